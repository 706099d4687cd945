#include "actors/feed/claims.hpp"

namespace observer {

std::optional<int> claims::find(const registration& what) const {
  for (int i = 0; i < slots_per_session; ++i)
    if (claimed_[static_cast<size_t>(i)] == what)
      return i;
  return std::nullopt;
}

std::optional<int> claims::claim(int slot, const registration& what) {
  std::lock_guard lock{mutex_};
  if (auto holder = find(what); holder && *holder != slot)
    return holder;
  claimed_.at(static_cast<size_t>(slot)) = what;
  return std::nullopt;
}

void claims::let_go(int slot) {
  std::lock_guard lock{mutex_};
  claimed_.at(static_cast<size_t>(slot)).reset();
}

std::optional<registration> claims::of(int slot) const {
  std::lock_guard lock{mutex_};
  return claimed_.at(static_cast<size_t>(slot));
}

std::optional<int> claims::holder(const registration& what) const {
  std::lock_guard lock{mutex_};
  return find(what);
}

} // namespace observer
