#include "support/failing_new.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include <dlfcn.h>
#include <execinfo.h>

namespace observer::test {

namespace {

struct failing_plan {
  std::atomic<bool> on{false};
  std::atomic<uint64_t> seen{0}, failed{0};
  uint64_t first = 0, behind = 0;
  /// Who asked for the first one that failed.
  std::array<void*, 64> callers{};
  int callers_count = 0;
};

failing_plan plan;
thread_local bool marked = false;

bool fails_now() {
  if (!marked || !plan.on.load(std::memory_order_acquire))
    return false;
  auto n = plan.seen.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n < plan.first || n >= plan.behind)
    return false;
  if (plan.failed.fetch_add(1, std::memory_order_relaxed) == 0)
    plan.callers_count = ::backtrace(plan.callers.data(),
                                     static_cast<int>(plan.callers.size()));
  return true;
}

} // namespace

void failing_new::fail_nth(uint64_t n, uint64_t stretch) {
  plan.on = false;
  // Its first call takes memory.
  plan.callers_count = ::backtrace(plan.callers.data(), 1);
  plan.callers_count = 0;
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

bool failing_new::failed_below(const char* part) {
  for (int i = 0; i < plan.callers_count; ++i) {
    Dl_info found{};
    if (::dladdr(plan.callers[static_cast<size_t>(i)], &found) != 0
        && found.dli_sname && std::strstr(found.dli_sname, part))
      return true;
  }
  return false;
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
