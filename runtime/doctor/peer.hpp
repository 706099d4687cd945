#pragma once

// A peer that is asked step by step, so that each step has a line of its own:
// name, TCP, TLS, one request. Blocks; each step has a deadline, but the name's,
// which the C library does not let one bound.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "messages/result.hpp"
#include "runtime/network/http_reader.hpp"
#include "runtime/network/url.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace observer {

struct peer_address {
  sockaddr_storage place = {};
  socklen_t size = 0;
  /// In digits.
  std::string text = {};
};

/// Or why there is none, in the C library's words.
result<std::vector<peer_address>> addresses_of(const url& peer);

struct peer_certificate {
  /// TLSv1.3.
  std::string protocol = {};
  std::string names = {}, issuer = {};
  /// Of it and of those above it that the peer sent, the first to end.
  int64_t ends_s = 0;
  /// Why it is not trusted; empty if it is.
  std::string refused = {};
};

/// Where certificates are judged by: the file that was set, or the system's, and
/// what is missing there; the second is empty if nothing is.
std::string roots_place(const std::string& ca_file);
std::string missing_roots(const std::string& ca_file);

class peer_connection {
 public:
  peer_connection() = default;
  ~peer_connection();
  peer_connection(const peer_connection&) = delete;
  peer_connection& operator=(const peer_connection&) = delete;

  /// To the first that answers.
  result<std::string> connect(const std::vector<peer_address>& to,
                              std::chrono::milliseconds deadline);
  /// A certificate that is not trusted is no problem here: nothing may be sent
  /// then.
  result<peer_certificate> shake_hands(const url& peer,
                                       const std::string& ca_file,
                                       std::chrono::milliseconds deadline);
  /// One request, one answer of at most 64 KiB.
  result<http_message> ask(const std::string& request,
                           std::chrono::milliseconds deadline);

 private:
  void bound(std::chrono::milliseconds step) const;
  bool send_all(std::string_view bytes);
  int receive(char* to, size_t size);

  int fd_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
};

} // namespace observer
