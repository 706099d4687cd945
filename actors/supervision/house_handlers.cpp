#include "actors/supervision/house_handlers.hpp"

#include <bit>
#include <memory>
#include <new>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message_view.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <caf/uniform_type_info_map.hpp>
#include <spdlog/spdlog.h>

#include "actors/supervision/measured_actor.hpp"
#include "messages/exceptions.hpp"

namespace observer {

namespace {

/// The types of a message, never its values.
std::string type_names(caf::actor_system& system,
                       const caf::type_erased_tuple& content) {
  std::string result;
  for (size_t i = 0; i < content.size(); ++i) {
    if (i > 0)
      result += ", ";
    auto [number, info] = content.type(i);
    auto& name = system.types().portable_name(number, info);
    result += !name.empty() ? name : info != nullptr ? info->name() : "?";
  }
  return result;
}

} // namespace

void install_house_handlers(caf::scheduled_actor* self, std::string name,
                            house_counters* counters) {
  // Without counters in the state the handlers share some of their own: the
  // thinning of log lines needs them.
  auto own = counters ? nullptr : std::make_shared<house_counters>();
  auto seen = counters ? counters : own.get();
  auto gauges = gauges_of(self);
  self->set_error_handler(
      [=, own = own](caf::scheduled_actor* actor, caf::error& error) {
        gauges->note_dropped();
        if (std::has_single_bit(++seen->errors))
          spdlog::warn("{}: dropped an error message ({} so far): {}", name,
                       seen->errors, in_words(actor->system(), error));
      });
  self->set_default_handler(
      [=, own = own](caf::scheduled_actor* actor,
                     caf::message_view& view) -> caf::result<caf::message> {
        gauges->note_dropped();
        if (std::has_single_bit(++seen->unexpected))
          spdlog::warn("{}: dropped an unexpected message ({} so far): {}",
                       name, seen->unexpected,
                       type_names(actor->system(), view.content()));
        if (actor->current_message_id().is_request())
          return caf::sec::unexpected_message;
        // Marked as answered: nothing at all goes back to the sender.
        actor->drop_current_message_id();
        return caf::message{};
      });
  self->set_exception_handler(
      [=](caf::scheduled_actor*, std::exception_ptr& exception) -> caf::error {
        // There may be no memory for words either.
        caf::error reason = caf::sec::runtime_error;
        tries([&] {
          auto words = in_words(exception);
          gauges->set_error(words);
          spdlog::error("{}: dies of an exception: {}", name, words);
          reason = caf::make_error(caf::sec::runtime_error, words);
        });
        return reason;
      });
  self->set_exit_handler([=](caf::scheduled_actor* actor, caf::exit_msg& msg) {
    if (!msg.reason)
      return;
    spdlog::debug("{}: quits: {}", name, in_words(actor->system(), msg.reason));
    actor->quit(std::move(msg.reason));
  });
  self->set_down_handler(
      [=, own = own](caf::scheduled_actor* actor, caf::down_msg& msg) {
        if (std::has_single_bit(++seen->downs))
          spdlog::warn("{}: dropped a down message ({} so far): {}", name,
                       seen->downs, in_words(actor->system(), msg.reason));
      });
}

std::string in_words(const std::exception_ptr& exception) {
  return words_of_exception(exception);
}

std::string in_words(caf::actor_system& system, const caf::error& reason) {
  if (is_normal_end(reason))
    return reason ? "asked to shut down" : "ended normally";
  // A text that came with the error says more than its code.
  auto& context = reason.context();
  if (context.match_elements<std::string>()
      && !context.get_as<std::string>(0).empty()) {
    auto& text = context.get_as<std::string>(0);
    return reason == caf::sec::runtime_error
               ? text
               : system.render(caf::error{reason.code(), reason.category()})
                     + ": " + text;
  }
  if (reason == caf::exit_reason::kill)
    return "killed";
  if (reason == caf::exit_reason::unhandled_exception)
    return "an unhandled exception";
  if (reason == caf::exit_reason::unreachable)
    return "unreachable: nobody held a handle any more";
  if (reason == caf::sec::runtime_error)
    return "an exception in a handler";
  return system.render(reason);
}

bool is_normal_end(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown;
}

} // namespace observer
