#include "messages/kis/doubt.hpp"

namespace observer::kis {

std::string_view to_string(doubt d) {
  switch (d) {
    case doubt::width:
      return "width";
    case doubt::side:
      return "side";
    case doubt::operation:
      return "operation";
    case doubt::halt:
      return "halt";
    case doubt::hour_class:
      return "hour_class";
    case doubt::ending:
      return "ending";
    case doubt::market:
      return "market";
    case doubt::hours:
      return "hours";
    case doubt::date:
      return "date";
    case doubt::price:
      return "price";
    case doubt::tick:
      return "tick";
    case doubt::volume:
      return "volume";
    case doubt::value:
      return "value";
    case doubt::average:
      return "average";
    case doubt::totals:
      return "totals";
  }
  return "unknown";
}

} // namespace observer::kis
