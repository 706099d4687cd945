#pragma once

// HTTP/1.1 requests in and replies out, apart from any socket.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/network/http_reader.hpp"

namespace observer::simulate {

/// Orders names as if they were written in lower case (ASCII).
struct less_ignoring_case {
  using is_transparent = void;
  bool operator()(std::string_view x, std::string_view y) const;
};

struct http_request {
  std::string method;
  /// Without the query.
  std::string path;
  /// Decoded. The broker takes parameter names in any case, and so does a look
  /// into this; of a name that comes twice the last one counts.
  std::map<std::string, std::string, less_ignoring_case> query;
  /// Names in lower case.
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  bool keep_alive = false;

  /// Empty when absent.
  std::string_view header(std::string_view lower_case_name) const;
};

struct http_reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json;charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The bytes of a reply.
std::string to_wire(const http_reply& reply, bool keep_alive);

/// Takes requests off a stream of bytes, one after the other.
class request_reader {
public:
  static constexpr size_t header_bytes_max = 16 * 1024;
  static constexpr size_t body_bytes_max = 64 * 1024;

  /// Consumes the front of `in`. Nothing when more bytes are needed or after
  /// `bad()`; what follows a request stays in `in`.
  std::optional<http_request> next(std::string& in);

  /// What was wrong with the stream: answer 400 and hang up. Empty: nothing.
  const std::string& bad() const {
    return bad_;
  }

private:
  http_reader reader_{http_reader::requests,
                                {header_bytes_max, body_bytes_max}};
  std::string bad_;
};

} // namespace observer::simulate
