#include "messages/journal_event.hpp"

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

void append_event_line(std::string& out, const journal_event& e,
                       const line_place& place) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, R"({{"timestamp":"{}","event":"{}")",
                 timestamp(place.received_us), e.event);
  if (e.why != cause::none)
    fmt::format_to(to, R"(,"cause":"{}")", to_string(e.why));
  if (!e.detail.empty()) {
    out += R"(,"detail":)";
    append_json_string(out, outside_text(e.detail));
  }
  if (!e.symbol.empty()) {
    fmt::format_to(to, R"(,"tr_id":"{}","symbol":)", e.tr_id);
    append_json_string(out, outside_value(e.symbol));
  }
  if (e.tick_seq != 0)
    fmt::format_to(to, R"(,"tick_seq":{})", e.tick_seq);
  if (e.from_us)
    fmt::format_to(to, R"(,"from":"{}")", timestamp(*e.from_us));
  if (e.to_us)
    fmt::format_to(to, R"(,"to":"{}")", timestamp(*e.to_us));
  if (e.missing_shares)
    fmt::format_to(to, R"(,"missing_shares":{})", *e.missing_shares);
  if (e.records)
    fmt::format_to(to, R"(,"records":{})", *e.records);
  if (e.lost) {
    fmt::format_to(to, R"(,"lost":{{"dataset":"{}","session_id":)",
                   e.lost->dataset);
    append_json_string(out, e.lost->session_id);
    fmt::format_to(to, R"(,"slot":{},"first_seq":{},"last_seq":{}}})",
                   e.lost->slot, e.lost->first_seq, e.lost->last_seq);
  }
  fmt::format_to(to, R"(,"session_id":"{}","slot":{},"seq":{}}})",
                 place.session_id, place.slot, place.seq);
  out += '\n';
}

} // namespace observer
