#pragma once

// Takes HTTP/1.1 messages off a stream of bytes, apart from any socket: every
// program of ours reads HTTP with it. (Beast's parser of Boost 1.81 stops the
// program at bytes that a stranger may send; see the tests.)
//
// A message is the same however its bytes come: one after another they go
// through the same steps. What a message claims (a length, a chunk) costs
// nothing before it has come, and what it may bring is bounded.
//
// Strict where two readers could disagree about where a message ends: lines of
// requests end with CR LF, a length and chunks exclude each other, `chunked` is
// the only transfer encoding. An answer has one reader, and may be of an old
// server: its lines may end with LF, its names with blanks. Passed over are
// answers on the way (100 to 199, but 101), and blank lines before a request,
// which some send behind a body (RFC 9112 2.2).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observer {

struct http_limits {
  /// First line, fields and trailers of one message.
  size_t header_bytes_max = 16 * 1024;
  uint64_t body_bytes_max = 64 * 1024;
};

struct http_message {
  /// Of a request; the target is not decoded.
  std::string method, target;
  /// Of a response; 100 to 999.
  int status = 0;
  /// HTTP/1.0 or HTTP/1.1.
  int minor_version = 1;
  /// Names in lower case, in their order; trailers are left out.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  /// Whether another message may follow on the same stream.
  bool keep_alive = false;

  /// The first of that name; empty if there is none.
  std::string_view field(std::string_view lower_case_name) const;
  /// Whether the comma-separated fields of a name hold a word, in any case.
  bool lists(std::string_view lower_case_name, std::string_view word) const;
};

enum class http_fault : uint8_t {
  none,
  /// No HTTP.
  malformed,
  header_too_large,
  body_too_large,
  /// The stream ended within a message.
  ended,
};

class http_reader {
 public:
  enum kind_type : uint8_t { requests, responses };

  http_reader(kind_type kind, http_limits limits)
    : kind_(kind), limits_(limits) {}

  /// Takes bytes up to the end of a message, or of what there is; returns how
  /// many. None behind a message that was not released, and after a fault.
  size_t take(std::string_view bytes);
  /// There are no more bytes: the end of a message without a length.
  void end();

  /// Something of a message has come.
  bool begun() const {
    return step_ != step::first_line || message_bytes_ > blank_bytes_;
  }
  bool header_done() const {
    return step_ > step::fields;
  }
  bool done() const {
    return step_ == step::done;
  }
  http_fault fault() const {
    return fault_;
  }
  /// What is wrong, in a few words; empty if nothing is.
  const std::string& why() const {
    return why_;
  }

  /// What is known of the message so far.
  const http_message& message() const {
    return message_;
  }
  /// The message that is done; then the next one begins.
  http_message release();

 private:
  enum class step : uint8_t {
    first_line,
    fields,
    body_of_length,
    body_to_end,
    chunk_size,
    chunk,
    chunk_end,
    trailers,
    done,
  };

  size_t take_line_bytes(std::string_view bytes);
  size_t take_body_bytes(std::string_view bytes);
  void take_line();
  void take_request_line(std::string_view line);
  void take_status_line(std::string_view line);
  void take_field(std::string_view line);
  void take_chunk_size(std::string_view line);
  void finish_header();
  bool find_length(bool& chunked);
  void begin_body(bool chunked);
  void fail(http_fault fault, std::string_view why);
  void refuse(std::string_view why) {
    fail(http_fault::malformed, why);
  }

  kind_type kind_;
  http_limits limits_;
  step step_ = step::first_line;
  /// The line under way, without its end.
  std::string line_;
  bool line_has_cr_ = false;
  /// Bytes of lines, those of blank ones before a request, and those of the
  /// chunk's line under way.
  size_t message_bytes_ = 0, blank_bytes_ = 0, line_bytes_ = 0;
  /// Of the body, or of the chunk.
  uint64_t left_ = 0;
  bool has_length_ = false;
  /// Answers that were passed over.
  int interim_ = 0;
  http_message message_;
  http_fault fault_ = http_fault::none;
  std::string why_;
};

/// For a service that is asked itself, RFC 9112 3.2: who is asked stands in one
/// Host field (HTTP/1.0 may leave it out), or in a target of absolute form, as
/// proxies send it, which beats that field. Afterwards the target begins with
/// its path and the field says the same. Returns what is wrong; empty if nothing
/// is.
std::string_view settle_host(http_message& request);

/// The bytes of a request or of a response's header. Fields with characters
/// that would end their line are left out.
using http_fields = std::vector<std::pair<std::string, std::string>>;
std::string http_request_text(std::string_view method, std::string_view target,
                              const http_fields& fields,
                              std::string_view body);
void append_http_field(std::string& out, std::string_view name,
                       std::string_view value);

} // namespace observer
