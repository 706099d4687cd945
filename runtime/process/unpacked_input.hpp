#pragma once

// Bytes of a file, a pipe or a stream; of what is zstd, what is in it. Memory is
// that of a zstd_stream and a block, whatever the input claims.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "messages/zstd_stream.hpp"

namespace observer {

class unpacked_input {
 public:
  /// As read(2): what is there, at most so many bytes; 0 at the end; -1 for a
  /// failure.
  using source = std::function<ssize_t(char*, size_t)>;
  enum class form : uint8_t {
    plain,
    zstd,
    /// Told by its first bytes, which no text of ours begins with.
    as_it_begins,
  };

  unpacked_input(source from, form what);

  /// What is there, at most `size` bytes, of which there is at least one; waits
  /// for the first. 0 at the end. -1 when the source fails, or what is in it is
  /// damaged: then `problem` has words.
  ssize_t read(char* to, size_t size);

  /// What is damaged, and where; empty where the source itself failed.
  const std::string& problem() const;
  /// Bytes of the source so far.
  uint64_t taken() const {
    return taken_;
  }
  bool is_zstd() const {
    return stream_ != nullptr;
  }

 private:
  ssize_t fill();
  ssize_t find_out();
  ssize_t unpack(char* to, size_t size);

  static constexpr size_t block_bytes = 128 << 10;

  source from_;
  form form_;
  /// Of a zstd input; of another until its first bytes were handed on.
  std::unique_ptr<char[]> block_;
  size_t begin_ = 0, end_ = 0;
  std::unique_ptr<zstd_stream> stream_;
  bool at_end_ = false;
  uint64_t taken_ = 0;
};

} // namespace observer
