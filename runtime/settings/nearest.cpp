#include "runtime/settings/nearest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "messages/outside_text.hpp"

namespace observer {

namespace {

size_t distance(std::string_view a, std::string_view b) {
  // Three rows of the table: two before, one before, this one.
  std::vector<size_t> older(b.size() + 1), last(b.size() + 1),
    row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto differs = a[i - 1] != b[j - 1] ? 1u : 0u;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

} // namespace

std::string_view nearest(std::string_view name,
                         std::span<const std::string> candidates) {
  // A longer name is a paste accident, and the table grows with it.
  if (name.size() > 100)
    return {};
  std::string_view best;
  auto best_distance = std::string_view::npos;
  for (auto& candidate : candidates) {
    auto d = distance(name, candidate);
    if (d < best_distance && d <= candidate.size() / 3) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string suggestion(std::string_view name,
                       std::span<const std::string> candidates) {
  auto near = nearest(name, candidates);
  return near.empty() ? "" : "; did you mean " + std::string{near} + "?";
}

std::string fault_of_choice(std::string_view text,
                            std::span<const std::string> words) {
  if (std::ranges::find(words, text) != words.end())
    return {};
  return fmt::format("\"{}\" is none of {}{}", outside_value(text),
                     fmt::join(words, ", "), suggestion(text, words));
}

std::string fault_of_number(std::string_view text, bool above_zero) {
  double n = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad == std::errc{} && end == text.data() + text.size()
      && std::isfinite(n) && (above_zero ? n > 0 : n >= 0))
    return {};
  return fmt::format("\"{}\" is not a number {}", outside_value(text),
                     above_zero ? "above 0" : "of 0 or more");
}

} // namespace observer
