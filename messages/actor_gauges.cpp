#include "messages/actor_gauges.hpp"

#include <algorithm>

namespace observer {

int64_t actor_gauges::now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

void actor_gauges::watch(bool on) {
  if (on && !watched()) {
    probe_ns_.store(0, std::memory_order_relaxed);
    probe_.store(0, std::memory_order_release);
  }
  watched_.store(on, std::memory_order_relaxed);
}

void actor_gauges::set_error(std::string text) {
  std::lock_guard guard{mutex_};
  error_ = std::move(text);
}

std::string actor_gauges::error() const {
  std::lock_guard guard{mutex_};
  return error_;
}

std::string_view actor_gauges::phase() const {
  auto literal = phase_.load(std::memory_order_relaxed);
  return literal != nullptr ? std::string_view{literal} : std::string_view{};
}

uint64_t actor_gauges::mailbox() const {
  // In this order: what arrives in between is not taken for handled.
  auto handled = handled_.value();
  auto enqueued = enqueued_.load(std::memory_order_relaxed);
  return enqueued > handled ? enqueued - handled : 0;
}

void actor_gauges::start_probe(uint64_t number) {
  uint64_t none = 0;
  if (probe_.load(std::memory_order_relaxed) != 0)
    return;
  auto now = now_ns();
  if (probe_.compare_exchange_strong(none, number))
    probe_ns_.store(now, std::memory_order_release);
}

void actor_gauges::note_time(int64_t begin_ns) {
  auto now = now_ns();
  busy_ns_.add(static_cast<uint64_t>(now - begin_ns));
  timed_.add();
  auto probe = probe_.load(std::memory_order_relaxed);
  auto since = probe_ns_.load(std::memory_order_acquire);
  if (probe == 0 || since == 0 || handled_.value() < probe)
    return;
  last_wait_ns_.store(std::max<int64_t>(0, begin_ns - since),
                      std::memory_order_relaxed);
  probe_ns_.store(0, std::memory_order_relaxed);
  probe_.store(0, std::memory_order_release);
}

int64_t actor_gauges::wait_ns() const {
  auto last = last_wait_ns_.load(std::memory_order_relaxed);
  auto since = probe_ns_.load(std::memory_order_acquire);
  if (!watched() || since == 0 || probe_.load(std::memory_order_relaxed) == 0)
    return last;
  return std::max(last, now_ns() - since);
}

} // namespace observer
