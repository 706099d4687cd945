#include "runtime/process/unpacked_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace observer {

unpacked_input::unpacked_input(source from, form what)
  : from_(std::move(from)), form_(what) {
  if (form_ == form::zstd)
    stream_ = std::make_unique<zstd_stream>();
}

const std::string& unpacked_input::problem() const {
  static const std::string none;
  return stream_ ? stream_->problem() : none;
}

ssize_t unpacked_input::read(char* to, size_t size) {
  if (form_ == form::as_it_begins)
    if (auto bad = find_out(); bad < 0)
      return bad;
  if (stream_)
    return unpack(to, size);
  if (begin_ < end_) {
    auto n = std::min(size, end_ - begin_);
    std::memcpy(to, block_.get() + begin_, n);
    begin_ += n;
    if (begin_ == end_)
      block_.reset();
    return static_cast<ssize_t>(n);
  }
  if (at_end_)
    return 0;
  auto got = from_(to, size);
  taken_ += got > 0 ? static_cast<uint64_t>(got) : 0;
  return got;
}

/// Reads behind what is there.
ssize_t unpacked_input::fill() {
  if (!block_)
    block_.reset(new char[block_bytes]);
  if (begin_ == end_)
    begin_ = end_ = 0;
  auto got = from_(block_.get() + end_, block_bytes - end_);
  if (got > 0) {
    end_ += static_cast<size_t>(got);
    taken_ += static_cast<uint64_t>(got);
  }
  at_end_ = at_end_ || got == 0;
  return got;
}

/// Waits for no more bytes than it takes to tell.
ssize_t unpacked_input::find_out() {
  constexpr size_t telling = 4;
  while (end_ < telling && !at_end_) {
    if (auto got = fill(); got < 0)
      return got;
    if (!begins_like_zstd({block_.get(), std::min(end_, telling)}))
      break;
  }
  auto zstd = end_ >= telling && begins_like_zstd({block_.get(), telling});
  if (zstd)
    stream_ = std::make_unique<zstd_stream>();
  form_ = zstd ? form::zstd : form::plain;
  return 0;
}

ssize_t unpacked_input::unpack(char* to, size_t size) {
  for (;;) {
    auto done = stream_->next({block_.get() + begin_, end_ - begin_}, to,
                              size);
    begin_ += done.taken;
    if (done.made > 0)
      return static_cast<ssize_t>(done.made);
    if (!stream_->problem().empty())
      return -1;
    if (begin_ < end_)
      continue;
    if (at_end_) {
      stream_->end();
      return stream_->problem().empty() ? 0 : -1;
    }
    if (auto got = fill(); got < 0)
      return got;
  }
}

} // namespace observer
