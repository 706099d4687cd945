#include "runtime/commands/line_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace observer {

byte_source::~byte_source() {
  if (owned_)
    ::close(fd_);
}

bool byte_source::open(const std::string& file, std::istream& in) {
  auto standard = file.empty() || file == "-";
  name = standard ? "standard input" : file;
  if (standard && &in != &std::cin) {
    stream_ = &in;
    return true;
  }
  if (standard) {
    fd_ = STDIN_FILENO;
  } else {
    fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd_ < 0) {
      problem = fmt::format("cannot open {}: {}", name, std::strerror(errno));
      return false;
    }
    owned_ = true;
  }
  struct stat about {};
  if (fstat(fd_, &about) == 0) {
    if (S_ISDIR(about.st_mode)) {
      problem = fmt::format("cannot read {}: it is a directory; name a file "
                            "of frames, one a line",
                            name);
      return false;
    }
    if (S_ISREG(about.st_mode))
      bytes_total = static_cast<uint64_t>(about.st_size);
  }
  return true;
}

size_t byte_source::read(char* to, size_t n) {
  auto got = input_.read(to, n);
  if (got < 0 && !input_.problem().empty())
    problem = fmt::format("cannot read {} on: as zstd it {}", name,
                          input_.problem());
  return got < 0 ? 0 : static_cast<size_t>(got);
}

ssize_t byte_source::read_some(char* to, size_t n) {
  if (stream_) {
    stream_->read(to, static_cast<std::streamsize>(n));
    if (stream_->bad())
      problem = fmt::format("cannot read {}", name);
    return static_cast<ssize_t>(stream_->gcount());
  }
  for (;;) {
    auto got = ::read(fd_, to, n);
    if (got >= 0)
      return got;
    if (errno == EINTR)
      continue;
    problem = fmt::format("cannot read {}: {}", name, std::strerror(errno));
    return -1;
  }
}

line_splitter::found line_splitter::next(std::string_view& line) {
  for (;;) {
    auto at = static_cast<const char*>(
      std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_));
    if (at == nullptr) {
      scanned_ = end_;
      return rest(line);
    }
    auto line_end = static_cast<size_t>(at - buffer_.data());
    auto begin = begin_;
    begin_ = scanned_ = line_end + 1;
    if (skipping_) {
      skipping_ = false;
      continue;
    }
    if (line_end - begin > line_bytes_max_)
      return found::too_long;
    line = {buffer_.data() + begin, line_end - begin};
    return found::line;
  }
}

bool line_splitter::fill() {
  if (at_end_)
    return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  scanned_ -= begin_;
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() < end_ + chunk_bytes)
    buffer_.resize(std::max(2 * buffer_.size(), end_ + chunk_bytes));
  auto got = from_.read(buffer_.data() + end_, chunk_bytes);
  end_ += got;
  bytes += got;
  at_end_ = got == 0;
  return true;
}

line_splitter::found line_splitter::rest(std::string_view& line) {
  if (skipping_) {
    begin_ = scanned_ = end_;
    return found::nothing;
  }
  if (end_ - begin_ > line_bytes_max_) {
    begin_ = scanned_ = end_;
    skipping_ = true;
    return found::too_long;
  }
  if (!at_end_ || begin_ == end_)
    return found::nothing;
  line = {buffer_.data() + begin_, end_ - begin_};
  begin_ = scanned_ = end_;
  return found::line;
}

} // namespace observer
