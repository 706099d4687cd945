#pragma once

// What a client says of its peer: that the name does not resolve, that nobody
// listens, that the certificate is somebody else's; and what to do about it.

#include <memory>
#include <string>
#include <utility>

#include <boost/system/error_code.hpp>

#include "runtime/network/url.hpp"

struct ssl_st;
namespace boost::asio::ssl {
class verify_context;
}

namespace observer {

/// What the user can do about a failed connect, beside the system's words.
std::string connect_advice(const url& u, const boost::system::error_code& ec);

/// Demands a certificate for `host`, and keeps for whom a refused one is: a
/// failed handshake leaves no certificate to ask.
struct name_check {
  std::string host;
  std::shared_ptr<std::string> names;

  bool operator()(bool valid, boost::asio::ssl::verify_context& context) const;
};

/// Tells the peer for whom the handshake is meant (SNI).
boost::system::error_code set_server_name(ssl_st* ssl, const std::string& host);

/// Prepares a stream for the handshake with `host`: asks for it by its name,
/// and refuses whoever is another. `names` is what name_check keeps.
template <class Stream>
boost::system::error_code expect_host(Stream& stream, const std::string& host,
                                      std::shared_ptr<std::string> names) {
  auto ec = set_server_name(stream.native_handle(), host);
  if (!ec)
    stream.set_verify_callback(name_check{host, std::move(names)}, ec);
  return ec;
}

/// Why a handshake failed and what to do; `names` is what name_check kept.
std::string tls_words(ssl_st* ssl, const boost::system::error_code& ec,
                      const url& u, const std::string& names);

} // namespace observer
