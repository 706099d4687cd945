#pragma once

// One thing that a verdict rests on: what it is, its figures, and both in an
// English sentence. Who speaks another language makes a sentence of the figures
// by the template of the kind (group `say` of the console's terms.json).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "messages/cause.hpp"

namespace observer {

/// Nothing where it is not known. The name of a figure says what it is: `…_per_s`
/// a rate, `…_us` a moment, `cause` and `reason` words of their lists.
using figure = std::variant<std::monostate, uint64_t, int64_t, double,
                            std::string, std::vector<std::string>>;

struct fact {
  /// A literal, as are the names.
  std::string_view kind;
  std::string text;
  std::vector<std::pair<std::string_view, figure>> figures = {};
};

/// Names of a list that may be long: so many, then "…".
inline constexpr size_t names_max = 3;

/// Adds a name, or the "…" that stands for the rest.
inline void add_name(std::vector<std::string>& names, std::string name) {
  if (names.size() < names_max)
    names.push_back(std::move(name));
  else if (names.size() == names_max)
    names.emplace_back("…");
}

inline figure figure_of(cause why) {
  return why == cause::none ? figure{} : figure{std::string{to_string(why)}};
}

inline figure figure_of(reject_reason reason) {
  return reason == reject_reason::none ? figure{}
                                       : figure{std::string{to_string(reason)}};
}

} // namespace observer
