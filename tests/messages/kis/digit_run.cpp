#define CAF_SUITE messages_kis_digit_run
#include "messages/kis/digit_run.hpp"

#include <algorithm>
#include <random>
#include <string>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer::kis;

namespace {

bool plainly(const std::string& text, size_t size) {
  return std::all_of(text.end() - static_cast<std::ptrdiff_t>(size), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

void check(const std::string& text) {
  auto end = text.data() + text.size();
  for (size_t size = 1; size <= digit_run_max; ++size) {
    CAF_REQUIRE_EQUAL(ends_in_digits(end, size), plainly(text, size));
    CAF_REQUIRE_EQUAL(ends_in_digits_by_words(end, size), plainly(text, size));
  }
}

} // namespace

CAF_TEST(any byte in any place is a digit or none) {
  for (size_t place = 0; place < digit_run_max; ++place)
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(digit_run_max, '7');
      text[place] = static_cast<char>(byte);
      check(text);
    }
}

CAF_TEST(digits among others are told as one by one) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    std::string text(digit_run_max, '0');
    for (auto& c : text)
      c = static_cast<char>(random() % 4 == 0 ? random() % 256
                                              : '0' + random() % 10);
    check(text);
  }
}

} // namespace CAF_SUITE
