#include "messages/cause.hpp"

namespace observer {

std::string_view to_string(cause c) {
  switch (c) {
    case cause::none:
      return "none";
    case cause::not_subscribed:
      return "not_subscribed";
    case cause::refused_limit:
      return "refused_limit";
    case cause::refused_symbol:
      return "refused_symbol";
    case cause::credentials_refused:
      return "credentials_refused";
    case cause::appkey_in_use:
      return "appkey_in_use";
    case cause::disconnected:
      return "disconnected";
    case cause::connected_but_silent:
      return "connected_but_silent";
    case cause::no_reply:
      return "no_reply";
    case cause::market_closed:
      return "market_closed";
    case cause::halted:
      return "halted";
    case cause::clock_wrong:
      return "clock_wrong";
    case cause::rest_down:
      return "rest_down";
    case cause::parse_rejected:
      return "parse_rejected";
    case cause::width_changed:
      return "width_changed";
    case cause::layout_changed:
      return "layout_changed";
    case cause::in_doubt:
      return "in_doubt";
    case cause::writer_restarting:
      return "writer_restarting";
    case cause::actor_restarted:
      return "actor_restarted";
    case cause::daemon_down:
      return "daemon_down";
    case cause::disk_full:
      return "disk_full";
    case cause::permission:
      return "permission";
    case cause::io_error:
      return "io_error";
    case cause::out_of_resources:
      return "out_of_resources";
    case cause::file_taken:
      return "file_taken";
    case cause::shed_by_bound:
      return "shed_by_bound";
    case cause::exchange_gap:
      return "exchange_gap";
  }
  return "unknown";
}

std::optional<cause> parse_cause(std::string_view word) {
  for (size_t i = 0; i < cause_count; ++i)
    if (to_string(static_cast<cause>(i)) == word)
      return static_cast<cause>(i);
  return std::nullopt;
}

cause cause_of(reject_reason reason) {
  switch (reason) {
    case reject_reason::none:
      return cause::none;
    case reject_reason::not_subscribed:
      return cause::not_subscribed;
    case reject_reason::width_not_whole:
    case reject_reason::width_too_small:
      return cause::width_changed;
    default:
      return cause::parse_rejected;
  }
}

} // namespace observer
