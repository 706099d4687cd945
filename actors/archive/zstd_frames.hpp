#pragma once

// The form in which a closed file is kept: zstd, in frames that stand alone.
//
//   frame            some MiB of lines, cut at a line's end, with a checksum
//   frame …
//   seek table       a frame that readers skip, of the "zstd seekable format":
//                      5E 2A 4D 18, bytes that follow (4, little endian)
//                      for each frame: its bytes (4), bytes of its lines (4)
//                      number of frames (4), 0, B1 EA 92 8F
//
// A reader that wants what lies behind an offset adds up the table from its end
// and begins with the frame that holds it. `zstd -dc` and whoever uses the
// library's stream reads all frames as one and knows nothing of the table.
//
// Why this and not one frame. Tried with several frames, and the table at the
// end, in the middle and before them: zstd, DuckDB 1.5, zstandard.open of Python
// (0.20, and 0.25's source) and with it pandas give every line. What stops behind
// the first frame are calls that take a whole file at once: Python's
// zstandard.decompress and read_to_iter, zlib of node. Therefore no frame says
// how long its content is: without that zstandard.decompress fails, instead of
// giving the first frame for the whole. The table is not the first frame, as such
// calls would find nothing before it, and no error; nor would file(1) know what
// it is.
//
// Drawbacks. A frame knows nothing of those before it: some 1 % larger. The table
// has no checksums of its own: those of the frames prove what it leads to.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace observer {

/// A row of the table.
struct zstd_frame {
  uint32_t bytes = 0;
  /// Of the lines in it.
  uint32_t plain_bytes = 0;
  bool operator==(const zstd_frame&) const = default;
};

/// Makes such a file out of lines. Memory: some MiB, however long it gets.
class zstd_frame_writer {
 public:
  /// A frame ends with the line that reaches this, or at twice as much, should
  /// there be no line's end.
  static constexpr uint32_t frame_bytes = 8 << 20;
  static constexpr int level = 3;

  explicit zstd_frame_writer(uint32_t frame_bytes = zstd_frame_writer::frame_bytes);
  ~zstd_frame_writer();
  zstd_frame_writer(const zstd_frame_writer&) = delete;
  zstd_frame_writer& operator=(const zstd_frame_writer&) = delete;

  /// Appends to `out` what is ready. False if the library fails, which it does
  /// for want of memory: nothing more comes.
  bool add(std::string_view lines, std::string& out);
  /// The last frame, and the table.
  bool finish(std::string& out);

  const std::vector<zstd_frame>& frames() const {
    return frames_;
  }

 private:
  struct encoder;

  bool compress(std::string_view lines, bool ends, std::string& out);

  uint32_t frame_bytes_;
  std::unique_ptr<encoder> encoder_;
  zstd_frame frame_;
  std::vector<zstd_frame> frames_;
};

/// Reads such a file back, or any other of zstd frames, with no more memory than
/// those of ours need: a window of 2^23 bytes.
class zstd_frame_reader {
 public:
  zstd_frame_reader();
  ~zstd_frame_reader();
  zstd_frame_reader(const zstd_frame_reader&) = delete;
  zstd_frame_reader& operator=(const zstd_frame_reader&) = delete;

  /// Calls `take(std::string_view)`, which returns false to end it, with what is
  /// in these bytes, piece by piece. False: ended, or no zstd.
  template <class Take>
  bool add(std::string_view bytes, Take take) {
    for (input_ = bytes;;) {
      std::string_view made;
      if (!step(made))
        return false;
      if (!made.empty() && !take(made))
        return false;
      if (made.empty() && input_.empty())
        return true;
    }
  }
  /// All was read, and the last frame is whole.
  bool is_whole() const {
    return whole_ && bytes_ > 0;
  }
  /// Frames with something in them.
  const std::vector<zstd_frame>& frames() const {
    return frames_;
  }

 private:
  struct decoder;

  bool step(std::string_view& made);

  std::unique_ptr<decoder> decoder_;
  std::string_view input_;
  uint64_t bytes_ = 0;
  /// At the last frame's end.
  bool whole_ = true;
  zstd_frame frame_;
  std::vector<zstd_frame> frames_;
};

/// The table that these frames end with.
std::string zstd_seek_table(const std::vector<zstd_frame>& frames);

} // namespace observer
