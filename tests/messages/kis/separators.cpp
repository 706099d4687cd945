#define CAF_SUITE messages_kis_separators
#include "test.hpp"

#include <random>
#include <string>
#include <vector>

#include "messages/kis/separators.hpp"

namespace CAF_SUITE {

// What the vectors find is what a loop over the bytes finds.

using namespace observer::kis;

namespace {

/// Texts of all lengths around the blocks' borders, with few, many and no
/// separators, and bytes that differ from one in a single bit.
class texts {
 public:
  texts() {
    seed_ = std::random_device{}();
    random_.seed(seed_);
    CAF_MESSAGE("seed " << seed_);
  }
  std::string next() {
    auto size = random_() % 200;
    auto often = 1 + random_() % 40;
    std::string out;
    for (size_t i = 0; i < size; ++i)
      out += random_() % often == 0
               ? separator
               : static_cast<char>(separator ^ (1u << random_() % 8));
    return out;
  }
  uint64_t number(uint64_t below) {
    return random_() % below;
  }

 private:
  uint32_t seed_;
  std::mt19937_64 random_;
};

std::vector<uint32_t> offsets_in(std::string_view text) {
  std::vector<uint32_t> out;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == separator)
      out.push_back(static_cast<uint32_t>(i));
  return out;
}

constexpr int rounds = 2'000;

} // namespace

CAF_TEST(vectors and words see the same) {
  texts source;
  for (int i = 0; i < rounds; ++i) {
    auto text = source.next() + std::string(64, 'x');
    uint64_t expected = 0;
    for (auto at : offsets_in(text.substr(0, 64)))
      expected |= uint64_t{1} << at;
    CAF_REQUIRE_EQUAL(separators_in(text.data()), expected);
    CAF_REQUIRE_EQUAL(separators_in_words(text.data()), expected);
  }
}

CAF_TEST(all separators are counted) {
  texts source;
  for (int i = 0; i < rounds; ++i) {
    auto text = source.next();
    CAF_REQUIRE_EQUAL(separator_scan{text}.count(), offsets_in(text).size());
  }
}

CAF_TEST(offsets are those behind and at most as many as asked for) {
  texts source;
  for (int i = 0; i < rounds; ++i) {
    auto text = source.next();
    auto expected = offsets_in(text);
    auto most = source.number(expected.size() + 3);
    std::vector<uint32_t> found(most + 1, 0xdead);
    separator_scan scan{text};
    auto n = scan.take(found.data(), most);
    auto wanted = std::min<size_t>(most, expected.size());
    CAF_REQUIRE_EQUAL(n, wanted);
    CAF_REQUIRE_EQUAL(found[n], 0xdeadu);
    CAF_REQUIRE_EQUAL(scan.count(), expected.size() - n);
    found.resize(n);
    expected.resize(n);
    for (auto& behind : found)
      --behind;
    CAF_REQUIRE(found == expected);
  }
}

CAF_TEST(skipping goes on where it stopped and ends with the text) {
  texts source;
  for (int i = 0; i < rounds; ++i) {
    auto text = source.next();
    auto expected = offsets_in(text);
    separator_scan scan{text};
    for (size_t behind = 0;;) {
      auto n = static_cast<uint32_t>(1 + source.number(60));
      auto at = scan.skip(n);
      if (behind + n > expected.size()) {
        CAF_REQUIRE_EQUAL(at, std::string_view::npos);
        break;
      }
      behind += n;
      CAF_REQUIRE_EQUAL(at, expected[behind - 1]);
    }
  }
}

CAF_TEST(nothing is found in nothing) {
  separator_scan scan{{}};
  CAF_CHECK_EQUAL(scan.skip(1), std::string_view::npos);
  CAF_CHECK_EQUAL(separator_scan{{}}.count(), 0u);
}

} // namespace CAF_SUITE
