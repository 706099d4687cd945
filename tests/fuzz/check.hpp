#pragma once

// How an entry says that a property does not hold.

#include <stdexcept>
#include <string>
#include <string_view>

namespace observer::fuzz {

/// A finding. Nothing in the program catches it.
class broken : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// Always on, whatever the build.
inline void require(bool holds, const char* property) {
  if (!holds)
    throw broken{property};
}

/// `shown` is what was seen instead.
inline void require(bool holds, const char* property,
                    std::string_view shown) {
  if (!holds)
    throw broken{std::string{property} + ": " + std::string{shown}};
}

} // namespace observer::fuzz
