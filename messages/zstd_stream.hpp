#pragma once

// What is in a zstd file, as its bytes come: frames one after another, those
// that are to be skipped left out. Whoever reads a closed file of the journal
// reads it so; the writer (actors/archive/zstd_frames.hpp) shares nothing with
// this but the library.
//
// Memory. A frame's header asks for a window: up to 2^window_log_max bytes are
// given, more is a problem and never allocated. No size that a header claims is
// believed: what comes out is as much as the caller has room for, and how much
// it may be in all is the caller's to bound. The formats before 1.0, which the
// library can read with memory by the header's word, are no zstd here.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace observer {

class zstd_stream {
 public:
  /// 8 MiB: what `zstd -19` needs at most; `--ultra` and `--long` may need more.
  static constexpr int window_log_max = 23;

  zstd_stream();
  ~zstd_stream();
  zstd_stream(const zstd_stream&) = delete;
  zstd_stream& operator=(const zstd_stream&) = delete;

  struct step {
    /// Bytes of the input that are done with.
    size_t taken = 0;
    /// Bytes that were made.
    size_t made = 0;
  };
  /// Makes at most `size` bytes at `to`. More may come of the same input, even
  /// of none, until nothing is made. After a problem nothing happens any more.
  step next(std::string_view in, char* to, size_t size);
  /// The input ends here: within a frame, and without any, that is a problem.
  void end();

  /// What is wrong, and where in the input; empty while nothing is.
  const std::string& problem() const {
    return problem_;
  }
  /// Bytes of input so far.
  uint64_t taken() const {
    return taken_;
  }

 private:
  struct decoder;

  std::unique_ptr<decoder> decoder_;
  std::string problem_;
  uint64_t taken_ = 0;
  /// The first bytes of a frame, until they tell what it is.
  char magic_[4] = {};
  size_t magic_bytes_ = 0;
  bool in_frame_ = false;
};

/// Do these bytes begin as a zstd file does? Fewer than four: may they yet?
bool begins_like_zstd(std::string_view bytes);

} // namespace observer
