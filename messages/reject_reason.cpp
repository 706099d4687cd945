#include "messages/reject_reason.hpp"

namespace observer {

std::string_view to_string(reject_reason reason) {
  switch (reason) {
    case reject_reason::none:
      return "none";
    case reject_reason::not_a_frame:
      return "not_a_frame";
    case reject_reason::bad_count:
      return "bad_count";
    case reject_reason::encrypted:
      return "encrypted";
    case reject_reason::unknown_tr:
      return "unknown_tr";
    case reject_reason::width_not_whole:
      return "width_not_whole";
    case reject_reason::width_too_small:
      return "width_too_small";
    case reject_reason::bad_symbol:
      return "bad_symbol";
    case reject_reason::bad_time:
      return "bad_time";
    case reject_reason::missing_number:
      return "missing_number";
    case reject_reason::bad_number:
      return "bad_number";
    case reject_reason::not_subscribed:
      return "not_subscribed";
    case reject_reason::garbage:
      return "garbage";
    case reject_reason::crashed:
      return "crashed";
  }
  return "unknown";
}

} // namespace observer
