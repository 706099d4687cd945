#include "messages/kis/tr.hpp"

namespace observer::kis {

std::string_view to_string(tr id) {
  switch (id) {
    case tr::h0stcnt0:
      return "H0STCNT0";
    case tr::h0stasp0:
      return "H0STASP0";
    case tr::h0uncnt0:
      return "H0UNCNT0";
    case tr::h0unasp0:
      return "H0UNASP0";
    case tr::h0nxcnt0:
      return "H0NXCNT0";
    case tr::h0nxasp0:
      return "H0NXASP0";
  }
  return "?";
}

std::optional<tr> parse_tr(std::string_view text) {
  for (auto id : all_trs)
    if (to_string(id) == text)
      return id;
  return std::nullopt;
}

bool is_symbol(std::string_view text) {
  if (text.size() < 6 || text.size() > 9)
    return false;
  // Longer ones begin with a letter (Q500001); a number of so many digits is
  // a volume that slipped into the symbol's place.
  if (text.size() > 6 && text.front() <= '9')
    return false;
  for (auto c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')))
      return false;
  return true;
}

} // namespace observer::kis
