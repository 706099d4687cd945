#pragma once

// Text as zstd has it, made with nothing of ours.

#include <stdexcept>
#include <string>
#include <string_view>

#include <zstd.h>

namespace observer::test {

/// One frame, as others make it: with its size in the header.
inline std::string zstd_text(std::string_view text, int level = 3,
                             int window_log = 0) {
  auto context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log > 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  // By stream where a window is asked for: one call would shrink it.
  auto left = window_log > 0
                ? ZSTD_compressStream2(context, &output, &input,
                                       ZSTD_e_continue)
                : 0;
  if (!ZSTD_isError(left))
    left = ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  if (left != 0)
    throw std::runtime_error{"zstd does not compress"};
  out.resize(output.pos);
  return out;
}

/// A frame that readers skip.
inline std::string zstd_skipped(std::string_view bytes) {
  std::string out{"\x5E\x2A\x4D\x18", 4};
  for (int i = 0; i < 4; ++i)
    out += static_cast<char>(bytes.size() >> 8 * i & 0xFF);
  return out += bytes;
}

/// What is in the frames; throws where they are none.
inline std::string text_of_zstd(std::string_view bytes) {
  std::string out, piece(1 << 16, '\0');
  auto context = ZSTD_createDCtx();
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  size_t left = 0;
  while (input.pos < input.size && !ZSTD_isError(left)) {
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    do {
      output.pos = 0;
      left = ZSTD_decompressStream(context, &output, &input);
      if (!ZSTD_isError(left))
        out.append(piece, 0, output.pos);
    } while (!ZSTD_isError(left) && output.pos == output.size);
  }
  ZSTD_freeDCtx(context);
  if (left != 0)
    throw std::runtime_error{"no whole zstd"};
  return out;
}

} // namespace observer::test
