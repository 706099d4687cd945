#pragma once

// gzip: who wants an answer so, an answer at once, and a stream whose reader has
// each event as soon as it is written. At a level that costs the one thread of
// the service little.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace observer {

/// Whether an Accept-Encoding field (all of that name, commas between them)
/// likes gzip, and plain text no better. Nothing that is not known or not well
/// written counts.
bool wants_gzip(std::string_view accept_encoding);

/// Whether a body of that type and size is worth it.
bool gzip_pays(std::string_view content_type, size_t size);

/// The whole of a text. Throws std::bad_alloc alone.
std::string gzipped(std::string_view text);

/// Compresses one text after another, each by what stood in those before it.
/// Movable; not thread-safe.
class gzip_stream {
 public:
  /// What one keeps at most, whatever goes through it.
  static constexpr size_t memory_max = 104 * 1024;

  /// Throws std::bad_alloc alone.
  gzip_stream();
  ~gzip_stream();
  gzip_stream(gzip_stream&&) noexcept;
  gzip_stream& operator=(gzip_stream&&) noexcept;

  /// The bytes after which a reader has all of `text`. Throws std::bad_alloc
  /// alone, and is of no use then.
  std::string piece(std::string_view text);
  /// Bytes that it keeps.
  size_t memory() const {
    return *memory_;
  }

 private:
  struct end {
    void operator()(z_stream_s* z) const noexcept;
  };
  std::unique_ptr<size_t> memory_;
  std::unique_ptr<z_stream_s, end> z_;
};

} // namespace observer
