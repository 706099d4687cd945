// What lines of system and quarantine tell: which records are not among the
// ticks, and why.

#include "runtime/audit/record_keys.hpp"
#include "runtime/audit/records.hpp"

namespace observer::audit {

namespace {

constexpr std::array<std::string_view, 5> loss_keys{
  "dataset", "session_id", "slot", "first_seq", "last_seq"};

} // namespace

void line_reader::read_loss(line_record& out) {
  told_loss loss;
  json_object members{json_, loss_keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    switch (key) {
      case 0:
        want_text(loss.dataset, "lost.dataset");
        break;
      case 1:
        want_text(loss.session_id, "lost.session_id");
        break;
      case 2:
        want_integer(loss.slot, "lost.slot");
        break;
      case 3:
        want_integer(loss.first_seq, "lost.first_seq");
        break;
      default:
        want_integer(loss.last_seq, "lost.last_seq");
    }
  }
  require(members.seen(), all_bits(loss_keys.size()), loss_keys, "lost.");
  out.loss = loss;
}

void line_reader::read_side_members(line_record& out) {
  json_object members{json_, line_keys};
  auto quarantine = dataset_ == dataset::quarantine;
  auto told = dataset_ != dataset::swing;
  auto system = dataset_ == dataset::system;
  told_shortage shortage;
  auto& happened = event_ = {};
  auto& event = happened.event;
  std::string_view text;
  std::optional<int64_t> records;
  int key;
  while ((key = members.next()) != json_object::end) {
    if (read_place(key, out))
      continue;
    switch (key) {
      case event_key:
        system ? want_text(event, "event") : json_.skip();
        break;
      case reason_key:
      case raw_key:
        quarantine ? want_text(text, line_keys[static_cast<size_t>(key)])
                   : json_.skip();
        break;
      case cause_key:
        told ? want_text(shortage.cause, "cause") : json_.skip();
        break;
      case symbol_key:
        told ? want_text(shortage.symbol, "symbol") : json_.skip();
        break;
      case tr_id_key:
        // Of lines that nobody numbered it may be anything.
        told && json_.peek() == json_kind::string
          ? json_.read_string(shortage.tr_id)
          : json_.skip();
        break;
      case from_key:
      case to_key: {
        auto& end = key == from_key ? happened.from : happened.to;
        if (!system || json_.peek() != json_kind::string)
          json_.skip();
        else if (json_.read_string(text) && parse_stamp(text))
          end = text;
        break;
      }
      case records_key:
        told ? want_integer_or_null(records, "records") : json_.skip();
        break;
      case lost_key:
        if (system && json_.peek() == json_kind::object)
          read_loss(out);
        else
          json_.skip();
        break;
      default:
        json_.skip(); // a word of its own
    }
  }
  seen_ = members.seen();
  demand(shortage.cause.empty() || is_cause(shortage.cause), "cause",
         "a cause of the closed list");
  // The event of a gap that a tick ends repeats that tick's mark.
  happened.of_tick = (seen_ & bits(tick_seq_key)) != 0;
  if (system) {
    happened.cause = shortage.cause;
    happened.tr_id = shortage.tr_id;
    happened.symbol = shortage.symbol;
    out.event = &happened;
  }
  auto unmarked = event == "gap" && !happened.of_tick;
  shortage.records = records.value_or(quarantine ? 1 : 0);
  if (shortage.records > 0 && (quarantine || unmarked)) {
    if (shortage.cause.empty())
      shortage.cause = "not_told"; // of a version that told only the reason
    out.shortage = shortage;
  } else if (!shortage.cause.empty() && !quarantine && !happened.of_tick) {
    shortage.records = 0;
    out.shortage = shortage;
  }
}

} // namespace observer::audit
