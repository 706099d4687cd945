#pragma once

// What is wrong with a mistyped word, and what it was probably meant to be.

#include <span>
#include <string>
#include <string_view>

namespace observer {

/// The candidate with the fewest insertions, deletions, substitutions and
/// swaps of neighbours away from `name`; empty when even that one differs in
/// more than a third of its letters.
std::string_view nearest(std::string_view name,
                         std::span<const std::string> candidates);

/// `; did you mean X?`, or empty.
std::string suggestion(std::string_view name,
                       std::span<const std::string> candidates);

/// Empty if `text` is one of `words`; else that it is none of them, which are
/// named, with the nearest.
std::string fault_of_choice(std::string_view text,
                            std::span<const std::string> words);

/// Empty if `text` is a finite number of 0 or more, or more than 0 if
/// `above_zero`; else what it should be.
std::string fault_of_number(std::string_view text, bool above_zero);

} // namespace observer
