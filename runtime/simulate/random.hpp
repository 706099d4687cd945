#pragma once

// The dice of the simulated exchange: a small generator whose numbers are the
// same on every machine, which the distributions of <random> do not promise.

#include <cstdint>

namespace observer::simulate {

/// SplitMix64: one word of state, passes the usual batteries, and any seed is
/// a good one. Not for secrets.
class dice {
public:
  explicit dice(uint64_t seed) : state_{seed} {}

  uint64_t next() {
    auto z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// 0 … n−1, for 0 < n < 2^32; the bias is below 2^-32 · n.
  int64_t below(int64_t n) {
    return static_cast<int64_t>(((next() >> 32) * static_cast<uint64_t>(n))
                                >> 32);
  }

  /// low … high, both included.
  int64_t between(int64_t low, int64_t high) {
    return low + below(high - low + 1);
  }

  /// True `n` times in 1,000.
  bool per_mille(int64_t n) {
    return below(1'000) < n;
  }

private:
  uint64_t state_;
};

} // namespace observer::simulate
