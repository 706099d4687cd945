#pragma once

// Finds the `^` between the values of a payload, 64 bytes at a time: the path
// of a tick spends most of its parsing here. With SSE2 or NEON where the
// compiler has them (every x86-64, every 64-bit ARM), in plain words elsewhere.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace observer::kis {

inline constexpr char separator = '^';

/// Bit i says whether `at[i]` is a separator; reads 64 bytes. The form without
/// vectors, for whom it has to do and for the test.
inline uint64_t separators_in_words(const char* at) {
  constexpr uint64_t low7 = 0x7f7f7f7f7f7f7f7f;
  constexpr uint64_t pattern = 0x0101010101010101 * uint64_t{separator};
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) {
    uint64_t word;
    std::memcpy(&word, at + 8 * i, 8);
    if constexpr (std::endian::native == std::endian::big)
      word = __builtin_bswap64(word);
    word ^= pattern; // 0 where there is one
    auto found = ~(((word & low7) + low7) | word | low7); // 0x80 where 0
    out |= ((found >> 7) * 0x0102040810204080 >> 56) << 8 * i;
  }
  return out;
}

/// The same, as fast as this machine can.
inline uint64_t separators_in(const char* at) {
#if defined(__SSE2__)
  auto sixteen = [at](int i) {
    auto bytes
      = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
    auto found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(separator));
    return uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(found))} << 16 * i;
  };
  return sixteen(0) | sixteen(1) | sixteen(2) | sixteen(3);
#elif defined(__aarch64__)
  // Each lane keeps the one bit that it stands for; three rounds of adding
  // neighbours make of 64 lanes 8 bytes.
  constexpr uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                1, 2, 4, 8, 16, 32, 64, 128};
  auto pattern = vdupq_n_u8(separator);
  auto lane_bits = vld1q_u8(bits);
  uint8x16_t found[4];
  for (int i = 0; i < 4; ++i)
    found[i] = vandq_u8(
      vceqq_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(at) + 16 * i),
               pattern),
      lane_bits);
  auto half = vpaddq_u8(vpaddq_u8(found[0], found[1]),
                        vpaddq_u8(found[2], found[3]));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(half, half)), 0);
#else
  return separators_in_words(at);
#endif
}

/// Steps from separator to separator. Views the text.
class separator_scan {
 public:
  explicit separator_scan(std::string_view text)
    : at_(text.data()), left_(text.size()) {
    load();
  }

  /// The offset of the n-th separator from here (n from 1), which is then
  /// behind us; npos if there are fewer.
  size_t skip(uint32_t n) {
    for (;;) {
      auto here = count_bits(found_);
      if (n <= here)
        break;
      n -= here;
      if (!next_block())
        return std::string_view::npos;
    }
    for (; n > 1; --n)
      found_ &= found_ - 1;
    auto offset = offset_ + static_cast<size_t>(std::countr_zero(found_));
    found_ &= found_ - 1;
    return offset;
  }

  /// Writes the offsets behind the next separators, at most `most`; returns how
  /// many. Those are then behind us.
  size_t take(uint32_t* offsets, size_t most) {
    auto to = offsets, end = offsets + most;
    do {
      auto behind = static_cast<uint32_t>(offset_) + 1;
      for (auto found = found_; found != 0; found &= found - 1) {
        if (to == end) {
          found_ = found;
          return most;
        }
        *to++ = behind + static_cast<uint32_t>(std::countr_zero(found));
      }
      found_ = 0;
    } while (next_block());
    return static_cast<size_t>(to - offsets);
  }

  /// All that are left.
  size_t count() {
    size_t n = 0;
    do
      n += count_bits(found_);
    while (next_block());
    found_ = 0;
    return n;
  }

 private:
  static constexpr size_t block = 64;

  /// std::popcount calls a function where the processor may lack the
  /// instruction, as any x86-64 may.
  static uint32_t count_bits(uint64_t x) {
#if defined(__x86_64__) && !defined(__POPCNT__)
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return static_cast<uint32_t>(x * 0x0101010101010101 >> 56);
#else
    return static_cast<uint32_t>(std::popcount(x));
#endif
  }

  /// Looks at the block at `at_`; reads nothing outside the text.
  void load() {
    if (left_ >= block) {
      found_ = separators_in(at_);
    } else if (offset_ + left_ >= block) {
      // The end of a longer text: the block that ends there.
      found_ = separators_in(at_ + left_ - block) >> (block - left_);
    } else {
      char padded[block] = {};
      if (left_ > 0)
        std::memcpy(padded, at_, left_);
      found_ = separators_in(padded);
    }
  }
  bool next_block() {
    if (left_ <= block)
      return false;
    at_ += block;
    left_ -= block;
    offset_ += block;
    load();
    return true;
  }

  const char* at_;
  size_t left_;
  size_t offset_ = 0;
  /// Those of the block that are not behind us.
  uint64_t found_ = 0;
};

} // namespace observer::kis
