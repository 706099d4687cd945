// The daemon's executable with memory that runs out: linked into
// observer_starved, which is `observer` otherwise. STARVED_NEW=N:M makes the
// N-th `new` of the process and the M - 1 after it throw std::bad_alloc, on
// whichever thread they are; STARVED_NEW=count says at the end how many
// there were.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<uint64_t> made{0};
std::atomic<uint64_t> first{UINT64_MAX}, behind{UINT64_MAX};
bool counts = false;

/// Before anything else runs; makes nothing itself.
[[gnu::constructor]] void read_wish() {
  auto* wish = std::getenv("STARVED_NEW");
  if (!wish)
    return;
  if (std::strcmp(wish, "count") == 0) {
    counts = true;
    return;
  }
  char* rest = nullptr;
  auto n = std::strtoull(wish, &rest, 10);
  auto stretch = *rest == ':' ? std::strtoull(rest + 1, nullptr, 10) : 1;
  behind = n + stretch;
  first = n;
}

[[gnu::destructor]] void say_count() {
  if (counts)
    std::fprintf(stderr, "starved: %llu\n",
                 static_cast<unsigned long long>(made.load()));
}

void* taken(size_t size) {
  auto n = made.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n >= first.load(std::memory_order_relaxed)
      && n < behind.load(std::memory_order_relaxed))
    throw std::bad_alloc{};
  if (auto* p = std::malloc(size == 0 ? 1 : size))
    return p;
  throw std::bad_alloc{};
}

} // namespace

[[gnu::noinline]] void* operator new(size_t size) {
  return taken(size);
}

[[gnu::noinline]] void* operator new[](size_t size) {
  return taken(size);
}

[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete(void* p, size_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p, size_t) noexcept {
  std::free(p);
}
