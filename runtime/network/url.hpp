#pragma once

// The addresses that a user gives: ws, wss, http, https.

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace observer {

struct url {
  /// Lower case.
  std::string scheme;
  /// Without the brackets of an IPv6 address.
  std::string host;
  std::string port;
  /// Path and query, at least "/".
  std::string target;

  bool secure() const {
    return scheme == "wss" || scheme == "https";
  }
  /// host:port as it stands in a Host header.
  std::string authority() const;
};

/// Understands `scheme://host[:port][/path]`.
result<url> parse_url(std::string_view text);

} // namespace observer
