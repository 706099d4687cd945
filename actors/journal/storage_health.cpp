#include "actors/journal/storage_health.hpp"

#include <cerrno>

namespace observer {

cause cause_of_errno(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return cause::disk_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return cause::permission;
    default:
      return cause::io_error;
  }
}

void storage_health::report(dataset d, cause why, std::string text) {
  std::lock_guard guard{mutex_};
  auto& e = entries_[static_cast<size_t>(d)];
  if (e.why.load(std::memory_order_relaxed) != why
      && changes_.size() < changes_max)
    changes_.push_back({d, {why, text}});
  e.text = std::move(text);
  e.why.store(why, std::memory_order_relaxed);
}

std::vector<storage_health::change> storage_health::take_changes() {
  std::lock_guard guard{mutex_};
  return std::exchange(changes_, {});
}

storage_health::trouble storage_health::describe(dataset d) const {
  std::lock_guard guard{mutex_};
  auto& e = at(d);
  return {e.why.load(std::memory_order_relaxed), e.text};
}

} // namespace observer
