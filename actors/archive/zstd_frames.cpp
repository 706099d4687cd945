#include "actors/archive/zstd_frames.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include <zstd.h>

#include "messages/zstd_stream.hpp"

namespace observer {

namespace {

constexpr uint32_t skippable_magic = 0x184D2A5E;
constexpr uint32_t table_magic = 0x8F92EAB1;

void append_number(std::string& out, uint32_t n) {
  for (int i = 0; i < 4; ++i)
    out += static_cast<char>(n >> 8 * i & 0xFF);
}

} // namespace

std::string zstd_seek_table(const std::vector<zstd_frame>& frames) {
  constexpr size_t row_bytes = 8, end_bytes = 9;
  std::string out;
  append_number(out, skippable_magic);
  append_number(out,
                static_cast<uint32_t>(frames.size() * row_bytes + end_bytes));
  for (auto& f : frames) {
    append_number(out, f.bytes);
    append_number(out, f.plain_bytes);
  }
  append_number(out, static_cast<uint32_t>(frames.size()));
  out += '\0'; // no checksums in it
  append_number(out, table_magic);
  return out;
}

// -- writing ------------------------------------------------------------------

struct zstd_frame_writer::encoder {
  encoder() : context(ZSTD_createCCtx()), buffer(ZSTD_CStreamOutSize(), '\0') {
    if (!context)
      throw std::bad_alloc{};
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  ~encoder() {
    ZSTD_freeCCtx(context);
  }
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;

  ZSTD_CCtx* context;
  std::string buffer;
};

zstd_frame_writer::zstd_frame_writer(uint32_t frame_bytes)
  : frame_bytes_(frame_bytes), encoder_(std::make_unique<encoder>()) {}

zstd_frame_writer::~zstd_frame_writer() = default;

bool zstd_frame_writer::add(std::string_view lines, std::string& out) {
  while (!lines.empty()) {
    // Into this frame, to the end of the line that fills it.
    auto now = lines.size();
    auto ends = false;
    if (frame_.plain_bytes + lines.size() >= frame_bytes_) {
      auto full = frame_bytes_ > frame_.plain_bytes
                    ? frame_bytes_ - frame_.plain_bytes - 1
                    : 0;
      auto newline = lines.find('\n', full);
      auto most = 2 * size_t{frame_bytes_} - frame_.plain_bytes;
      ends = newline != lines.npos || lines.size() >= most;
      now = std::min({newline == lines.npos ? lines.size() : newline + 1, most,
                      lines.size()});
    }
    if (!compress(lines.substr(0, now), ends, out))
      return false;
    lines.remove_prefix(now);
  }
  return true;
}

bool zstd_frame_writer::compress(std::string_view lines, bool ends,
                                 std::string& out) {
  ZSTD_inBuffer input{lines.data(), lines.size(), 0};
  frame_.plain_bytes += static_cast<uint32_t>(lines.size());
  for (;;) {
    auto& buffer = encoder_->buffer;
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    auto left = ZSTD_compressStream2(encoder_->context, &output, &input,
                                     ends ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left))
      return false;
    out.append(buffer, 0, output.pos);
    frame_.bytes += static_cast<uint32_t>(output.pos);
    if (ends ? left == 0 : input.pos == input.size)
      break;
  }
  if (ends)
    frames_.push_back(std::exchange(frame_, {}));
  return true;
}

bool zstd_frame_writer::finish(std::string& out) {
  if ((frame_.plain_bytes > 0 || frames_.empty()) && !compress({}, true, out))
    return false;
  out += zstd_seek_table(frames_);
  return true;
}

// -- reading ------------------------------------------------------------------

struct zstd_frame_reader::decoder {
  decoder() : context(ZSTD_createDCtx()), buffer(ZSTD_DStreamOutSize(), '\0') {
    if (!context)
      throw std::bad_alloc{};
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax,
                           zstd_stream::window_log_max);
  }
  ~decoder() {
    ZSTD_freeDCtx(context);
  }
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;

  ZSTD_DCtx* context;
  std::string buffer;
};

zstd_frame_reader::zstd_frame_reader()
  : decoder_(std::make_unique<decoder>()) {}

zstd_frame_reader::~zstd_frame_reader() = default;

bool zstd_frame_reader::step(std::string_view& made) {
  ZSTD_inBuffer input{input_.data(), input_.size(), 0};
  auto& buffer = decoder_->buffer;
  ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
  if (whole_ && input_.empty())
    return true;
  // The formats before 1.0 are told by their first byte.
  if (whole_ && !begins_like_zstd(input_.substr(0, 4)))
    return false;
  auto left = ZSTD_decompressStream(decoder_->context, &output, &input);
  if (ZSTD_isError(left))
    return false;
  input_.remove_prefix(input.pos);
  bytes_ += input.pos;
  // Larger than the table can say is none of ours, and not compared.
  frame_.bytes += static_cast<uint32_t>(input.pos);
  frame_.plain_bytes += static_cast<uint32_t>(output.pos);
  whole_ = left == 0;
  if (whole_) {
    if (frame_.plain_bytes > 0)
      frames_.push_back(frame_);
    frame_ = {};
  }
  made = {buffer.data(), output.pos};
  return true;
}

} // namespace observer
