#pragma once

// Are the last characters of a text digits? Sixteen bytes at a time: the path
// of a tick asks that a dozen times a record. With SSE2 or NEON where the
// compiler has them, in plain words elsewhere.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace observer::kis {

/// Bytes before the end that are read, and the longest run.
inline constexpr size_t digit_run_max = 16;

/// Are the `size` characters before `end` digits, of 1 to digit_run_max? Reads
/// digit_run_max bytes. The form without vectors, for whom it has to do and for
/// the test.
inline bool ends_in_digits_by_words(const char* end, size_t size) {
  auto others = [](const char* at) {
    constexpr uint64_t zones = 0xf0f0f0f0f0f0f0f0, zeros = 0x3030303030303030;
    constexpr uint64_t low4 = 0x0f0f0f0f0f0f0f0f, six = 0x0606060606060606;
    uint64_t word;
    std::memcpy(&word, at, 8);
    if constexpr (std::endian::native == std::endian::big)
      word = __builtin_bswap64(word);
    // 0 in each byte that is a digit.
    return ((word & zones) ^ zeros) | (((word & low4) + six) & zones);
  };
  auto last = others(end - 8);
  if (size <= 8)
    return last >> (64 - 8 * size) == 0;
  return last == 0 && others(end - 16) >> (128 - 8 * size) == 0;
}

/// The same, as fast as this machine can.
inline bool ends_in_digits(const char* end, size_t size) {
#if defined(__SSE2__)
  auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
  auto digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  auto good = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
  auto others = static_cast<uint32_t>(_mm_movemask_epi8(good)) ^ 0xffffu;
  return others >> (16 - size) == 0;
#elif defined(__aarch64__)
  auto bytes = vld1q_u8(reinterpret_cast<const uint8_t*>(end) - 16);
  auto bad = vcgtq_u8(vsubq_u8(bytes, vdupq_n_u8('0')), vdupq_n_u8(9));
  // Four bits a byte.
  auto others = vget_lane_u64(
    vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(bad), 4)), 0);
  return others >> (64 - 4 * size) == 0;
#else
  return ends_in_digits_by_words(end, size);
#endif
}

} // namespace observer::kis
