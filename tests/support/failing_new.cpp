#include "support/failing_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace observer::test {

namespace {

struct failing_plan {
  std::atomic<bool> on{false};
  std::atomic<uint64_t> seen{0}, failed{0};
  uint64_t first = 0, behind = 0;
};

failing_plan plan;
thread_local bool marked = false;

bool fails_now() {
  if (!marked || !plan.on.load(std::memory_order_acquire))
    return false;
  auto n = plan.seen.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n < plan.first || n >= plan.behind)
    return false;
  plan.failed.fetch_add(1, std::memory_order_relaxed);
  return true;
}

} // namespace

void failing_new::fail_nth(uint64_t n, uint64_t stretch) {
  plan.on = false;
  plan.seen = plan.failed = 0;
  plan.first = n;
  plan.behind = n + stretch;
  plan.on.store(true, std::memory_order_release);
}

void failing_new::mend() {
  plan.on = false;
}

uint64_t failing_new::seen() {
  return plan.seen;
}

uint64_t failing_new::failed() {
  return plan.failed;
}

failing_new::mark::mark(bool on) : before_(marked) {
  marked = on;
}

failing_new::mark::~mark() {
  marked = before_;
}

namespace {

void* taken(size_t size) {
  if (fails_now())
    throw std::bad_alloc{};
  if (auto* p = std::malloc(size == 0 ? 1 : size))
    return p;
  throw std::bad_alloc{};
}

} // namespace

} // namespace observer::test

// The other forms of the library's call these. Not inlined: a compiler that sees
// malloc behind new and free behind delete warns of a mismatch.
__attribute__((noinline)) void* operator new(size_t size) {
  return observer::test::taken(size);
}

__attribute__((noinline)) void* operator new[](size_t size) {
  return observer::test::taken(size);
}

// Written out, because a sanitizer's own would not match the deletes below.
__attribute__((noinline)) void* operator new(size_t size,
                                             const std::nothrow_t&) noexcept {
  return observer::test::fails_now() ? nullptr : std::malloc(size ? size : 1);
}

__attribute__((noinline)) void* operator new[](size_t size,
                                               const std::nothrow_t&) noexcept {
  return observer::test::fails_now() ? nullptr : std::malloc(size ? size : 1);
}

__attribute__((noinline)) void operator delete(void* p) noexcept {
  std::free(p);
}

__attribute__((noinline)) void operator delete[](void* p) noexcept {
  std::free(p);
}

__attribute__((noinline)) void operator delete(void* p, size_t) noexcept {
  std::free(p);
}

__attribute__((noinline)) void operator delete[](void* p, size_t) noexcept {
  std::free(p);
}
