#include "messages/numbers.hpp"

namespace observer {

std::string with_commas(int64_t n) {
  auto digits = std::to_string(n);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    out += digits[i];
    auto left = digits.size() - 1 - i;
    if (left > 0 && left % 3 == 0 && digits[i] != '-')
      out += ',';
  }
  return out;
}

} // namespace observer
