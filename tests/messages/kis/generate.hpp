#pragma once

// Frames made up from a seed: valid ones, with every liberty the wire takes.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "messages/kis/tr.hpp"

namespace observer::samples {

inline std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (size_t from = 0;;) {
    auto at = text.find(by, from);
    out.push_back(text.substr(from, at - from));
    if (at == std::string_view::npos)
      return out;
    from = at + 1;
  }
}

inline std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (auto& part : parts) {
    if (&part != &parts.front())
      out += '^';
    out += part;
  }
  return out;
}

/// The values of one record, and the frame that holds some.
using values = std::vector<std::string>;

struct made_frame {
  kis::tr id;
  std::vector<values> records;
  std::string text;
};

inline std::string frame_text(std::string_view tr_id,
                              const std::vector<values>& records) {
  std::vector<std::string> rows;
  for (auto& r : records)
    rows.push_back(join(r));
  return fmt::format("0|{}|{:03}|{}", tr_id, records.size(), join(rows));
}

class maker {
public:
  explicit maker(uint64_t seed) : random_{seed} {
  }

  uint64_t below(uint64_t n) {
    return std::uniform_int_distribution<uint64_t>{0, n - 1}(random_);
  }

  std::string whole(uint64_t below_this) {
    auto zeros = below(8) == 0 ? "000" : "";
    return fmt::format("{}{}", zeros, below(below_this));
  }

  std::string signed_decimal() {
    constexpr const char* signs[] = {"", "-", "+"};
    return fmt::format("{}{}.{:02}", signs[below(3)], below(1000), below(100));
  }

  std::string time() {
    return fmt::format("{:02}{:02}{:02}", below(24), below(60), below(60));
  }

  /// A whole number, or what the wire puts where it has none.
  std::string maybe_whole() {
    switch (below(10)) {
      case 0:
        return "";
      case 1:
        return "(null)";
      default:
        return whole(1'000'000);
    }
  }

  /// What a column that is not recorded may hold.
  std::string anything() {
    constexpr const char* odd[] = {"", "(null)", "N", "-4.56", "AB1", "a b"};
    return below(4) == 0 ? odd[below(std::size(odd))] : whole(1'000'000'000);
  }

  std::string symbol() {
    constexpr const char* some[] = {"005930", "000660", "0074K0", "Q500001"};
    return some[below(std::size(some))];
  }

  values trade(size_t width) {
    values v(width);
    for (auto& value : v)
      value = anything();
    v[0] = symbol();
    v[1] = time();
    v[2] = whole(2'000'000);
    v[5] = below(8) == 0 ? "" : signed_decimal();
    for (auto i : {7, 8, 9, 10, 11, 36, 37})
      v[i] = maybe_whole();
    v[12] = whole(100'000);
    v[13] = whole(100'000'000);
    v[14] = whole(9'000'000'000'000);
    return v;
  }

  values quote(size_t width) {
    values v(width);
    for (auto& value : v)
      value = anything();
    v[0] = symbol();
    v[1] = time();
    for (size_t i = 3; i <= 53; ++i)
      v[i] = maybe_whole();
    v[3] = whole(2'000'000);
    v[13] = whole(2'000'000);
    v[50] = fmt::format("-{}", below(300'000));
    v[52] = signed_decimal();
    for (size_t i = 59; i < std::min<size_t>(width, 61); ++i)
      v[i] = maybe_whole();
    return v;
  }

  made_frame frame(kis::tr id, size_t count, size_t width) {
    made_frame out{id, {}, {}};
    for (size_t i = 0; i < count; ++i)
      out.records.push_back(is_trade(id) ? trade(width) : quote(width));
    out.text = frame_text(to_string(id), out.records);
    return out;
  }

private:
  std::mt19937_64 random_;
};

/// A new seed each run, in the test's output.
inline uint64_t fresh_seed() {
  std::random_device source;
  return (uint64_t{source()} << 32) | source();
}

} // namespace observer::samples
