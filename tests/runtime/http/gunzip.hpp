#pragma once

// Reads gzip as it comes.

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

namespace observer::http_test {

class gunzip {
 public:
  gunzip() {
    if (inflateInit2(&z_, MAX_WBITS + 16) != Z_OK)
      throw std::bad_alloc{};
  }
  ~gunzip() {
    inflateEnd(&z_);
  }
  gunzip(const gunzip&) = delete;
  gunzip& operator=(const gunzip&) = delete;

  /// All that can be read now; throws at what is no gzip.
  std::string take(std::string_view bytes) {
    std::string out;
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z_.avail_in = static_cast<uInt>(bytes.size());
    char part[65536];
    do {
      z_.next_out = reinterpret_cast<Bytef*>(part);
      z_.avail_out = sizeof(part);
      auto got = inflate(&z_, Z_SYNC_FLUSH);
      if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR)
        throw std::runtime_error{"this is no gzip"};
      out.append(part, sizeof(part) - z_.avail_out);
      ended_ = got == Z_STREAM_END;
    } while (z_.avail_out == 0);
    return out;
  }
  /// Whether the end of gzip has come, with a sum that is right.
  bool ended() const {
    return ended_;
  }

 private:
  z_stream z_{};
  bool ended_ = false;
};

} // namespace observer::http_test
