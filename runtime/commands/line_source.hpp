#pragma once

// Lines of a file, of standard input or of a stream, however long the input is;
// of what is zstd, the lines that are in it.

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/process/unpacked_input.hpp"

namespace observer {

/// Bytes from a descriptor or a stream.
class byte_source {
public:
  byte_source() = default;
  byte_source(const byte_source&) = delete;
  byte_source& operator=(const byte_source&) = delete;
  ~byte_source();

  /// False with `problem` set if it cannot be had. No name, or `-`, is `in`.
  bool open(const std::string& file, std::istream& in);

  /// What is there, at most `n` bytes; waits for the first. 0 at the end and
  /// on a failure, which sets `problem`.
  size_t read(char* to, size_t n);

  std::string name;
  std::string problem;
  /// 0 if unknown.
  uint64_t bytes_total = 0;
  /// Of these.
  uint64_t bytes_taken() const {
    return input_.taken();
  }

private:
  ssize_t read_some(char* to, size_t n);

  unpacked_input input_{[this](char* to, size_t n) { return read_some(to, n); },
                        unpacked_input::form::as_it_begins};
  std::istream* stream_ = nullptr;
  int fd_ = -1;
  bool owned_ = false;
};

/// Cuts what comes in chunks into lines.
class line_splitter {
public:
  enum class found { line, too_long, nothing };
  static constexpr size_t chunk_bytes = 256 << 10;

  line_splitter(byte_source& from, size_t line_bytes_max)
    : from_{from}, line_bytes_max_{line_bytes_max} {
  }

  /// A line without its line feed, valid until the next fill(); or nothing
  /// until then. A line beyond the bound is told once, when it is noticed.
  found next(std::string_view& line);

  /// Reads on; false when there is nothing more, and nothing was before.
  bool fill();

  uint64_t bytes = 0;

private:
  /// What to make of text without a line feed.
  found rest(std::string_view& line);

  byte_source& from_;
  size_t line_bytes_max_;
  std::vector<char> buffer_ = std::vector<char>(2 * chunk_bytes);
  size_t begin_ = 0;
  size_t scanned_ = 0;
  size_t end_ = 0;
  bool skipping_ = false;
  bool at_end_ = false;
};

} // namespace observer
