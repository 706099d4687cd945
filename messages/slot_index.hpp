#pragma once

// The index of a slot, which can only be one: what a file, a request or another
// actor says is checked where it becomes an index, and nowhere has to be again.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "messages/batches.hpp"

namespace observer {

class slot_index {
 public:
  /// Nothing if a session has no slot of this number.
  static constexpr std::optional<slot_index> of(int64_t number) {
    if (number < 0 || number >= slots_per_session)
      return std::nullopt;
    return slot_index{static_cast<uint8_t>(number)};
  }
  /// Of each slot, in order.
  static constexpr std::array<slot_index, slots_per_session> all() {
    return numbered(std::make_index_sequence<slots_per_session>{});
  }

  /// Into an array of `slots_per_session`.
  constexpr operator size_t() const {
    return number_;
  }

 private:
  explicit constexpr slot_index(uint8_t number) : number_(number) {}

  template <size_t... Numbers>
  static constexpr std::array<slot_index, slots_per_session>
  numbered(std::index_sequence<Numbers...>) {
    return {slot_index{static_cast<uint8_t>(Numbers)}...};
  }

  uint8_t number_;
};

static_assert(slots_per_session <= UINT8_MAX);

} // namespace observer
