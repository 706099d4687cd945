#pragma once

// Which slot of a session each registration belongs to: one, and no other is
// given it before that one lets go. The broker knows a registration by TR id
// and symbol only: a second slot's request would be answered to the first, and
// its release would end the first one's feed.
//
// Thread-safe: whoever gives orders claims, and so does the slot itself.

#include <array>
#include <mutex>
#include <optional>

#include "messages/batches.hpp"

namespace observer {

class claims {
 public:
  /// `slot` has `what` from now on, and nothing else. If another slot has it,
  /// that one's number, and nothing is changed.
  std::optional<int> claim(int slot, const registration& what);
  void let_go(int slot);
  /// What `slot` has.
  std::optional<registration> of(int slot) const;
  /// The slot that has it.
  std::optional<int> holder(const registration& what) const;

 private:
  std::optional<int> find(const registration& what) const;

  mutable std::mutex mutex_;
  std::array<std::optional<registration>, slots_per_session> claimed_;
};

} // namespace observer
