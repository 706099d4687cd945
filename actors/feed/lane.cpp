#include "actors/feed/lane.hpp"

#include <algorithm>
#include <exception>

namespace observer {

void failure_words::set_from_current() noexcept {
  auto put = [this](std::string_view words) {
    size_ = std::min(words.size(), bytes_.size());
    std::copy_n(words.data(), size_, bytes_.data());
  };
  try {
    throw;
  } catch (const std::exception& e) {
    put(e.what());
  } catch (...) {
    put("unknown exception");
  }
}

void former_ticks::put(const registration& what, const tick_baseline& last) {
  std::lock_guard lock{mutex_};
  auto& known = ticks_[{what.id, what.symbol}];
  if (!is_newer(known, last))
    known = last;
}

std::optional<tick_baseline>
former_ticks::find(const registration& what) const {
  std::lock_guard lock{mutex_};
  auto at = ticks_.find({what.id, what.symbol});
  return at == ticks_.end() ? std::nullopt : std::optional{at->second};
}

session_memory::session_memory(std::string id, uint64_t unacked_bytes_max)
  : run_id(std::move(id)),
    counters(std::make_shared<session_counters>()),
    budget(std::make_shared<byte_budget>(unacked_bytes_max)),
    rejects(std::make_shared<outbox>(dataset::quarantine, connection_slot,
                                     budget)),
    events(std::make_shared<outbox>(dataset::system, connection_slot, budget)),
    first_session(std::make_shared<const session_info>(
      session_info{run_id + "-s0", 0})) {
  for (int i = 0; i < slots_per_session; ++i) {
    auto at = static_cast<size_t>(i);
    lanes[at] = std::make_shared<lane>();
    slots[at] = std::make_shared<slot_memory>(i, budget);
    slots[at]->ticks.begin_session(first_session);
    slots[at]->rejects.begin_session(first_session);
    slots[at]->events.begin_session(first_session);
  }
  rejects->begin_session(first_session);
  events->begin_session(first_session);
}

} // namespace observer
