#pragma once

// What the programs that run the entry `whole_path` need beyond it.

#include <cstdint>
#include <string>
#include <string_view>

namespace observer::fuzz {

/// Between inputs that one world lives through one after another.
inline constexpr std::string_view whole_path_next = "\n!_\n";

/// All inputs since the world of the last one began, that one included: what
/// breaks in company only breaks again with these as one input.
std::string_view whole_path_company();

/// An input like this one, other in a place or two: frames keep their form
/// where random bytes would break it. The same for the same seed.
std::string mutated_path(std::string_view input, uint64_t seed);

} // namespace observer::fuzz
