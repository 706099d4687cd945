#include "messages/zstd_stream.hpp"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace observer {

struct zstd_stream::decoder {
  decoder() : context(ZSTD_createDCtx()) {
    if (!context
        || ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax,
                                               window_log_max))) {
      ZSTD_freeDCtx(context);
      throw std::bad_alloc{};
    }
  }
  ~decoder() {
    ZSTD_freeDCtx(context);
  }
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;

  ZSTD_DCtx* context;
};

namespace {

std::string words_of(size_t error) {
  if (ZSTD_getErrorCode(error) == ZSTD_error_frameParameter_windowTooLarge)
    return fmt::format("it needs a window of more than {} MiB to be read: "
                       "compress it again without --ultra and --long",
                       (1 << zstd_stream::window_log_max) >> 20);
  return ZSTD_getErrorName(error);
}

} // namespace

bool begins_like_zstd(std::string_view bytes) {
  constexpr std::string_view frame = "\x28\xB5\x2F\xFD";
  constexpr std::string_view skipped = "\x50\x2A\x4D\x18";
  auto n = std::min(bytes.size(), frame.size());
  if (bytes.substr(0, n) == frame.substr(0, n))
    return true;
  return n > 0 && (bytes[0] & 0xF0) == skipped[0]
         && bytes.substr(1, n - 1) == skipped.substr(1, n - 1);
}

zstd_stream::zstd_stream() : decoder_(std::make_unique<decoder>()) {}

zstd_stream::~zstd_stream() = default;

zstd_stream::step zstd_stream::next(std::string_view in, char* to,
                                    size_t size) {
  step out;
  while (problem_.empty()) {
    ZSTD_inBuffer input{in.data(), in.size(), out.taken};
    if (!in_frame_) {
      while (magic_bytes_ < sizeof(magic_) && out.taken < in.size())
        magic_[magic_bytes_++] = in[out.taken++];
      std::string_view begin{magic_, magic_bytes_};
      if (!begins_like_zstd(begin)) {
        problem_ = fmt::format("no zstd frame begins at byte {}",
                               taken_ + out.taken - magic_bytes_);
        break;
      }
      if (magic_bytes_ < sizeof(magic_))
        break;
      in_frame_ = true;
      input = {magic_, sizeof(magic_), 0};
    }
    auto of_magic = input.src == magic_;
    ZSTD_outBuffer output{to, size, out.made};
    auto before = input.pos;
    auto left = ZSTD_decompressStream(decoder_->context, &output, &input);
    if (!of_magic)
      out.taken = input.pos;
    if (ZSTD_isError(left)) {
      // What was made of the frame so far is no less damaged than the rest.
      problem_ = fmt::format("damaged before byte {}: {}", taken_ + out.taken,
                             words_of(left));
      break;
    }
    auto moved = input.pos != before || output.pos != out.made;
    out.made = output.pos;
    if (left == 0) {
      in_frame_ = false;
      magic_bytes_ = 0;
    }
    if (out.made == size || !moved || (left != 0 && out.taken == in.size()
                                       && !of_magic))
      break;
  }
  taken_ += out.taken;
  return out;
}

void zstd_stream::end() {
  if (!problem_.empty())
    return;
  if (in_frame_ || magic_bytes_ > 0)
    problem_ = fmt::format("ends within a frame, at byte {}", taken_);
  else if (taken_ == 0)
    problem_ = "is empty: no zstd file";
}

} // namespace observer
