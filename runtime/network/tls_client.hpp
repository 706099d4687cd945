#pragma once

// What a client says of its peer: that the name does not resolve, that nobody
// listens, that the certificate is somebody else's; and what to do about it.

#include <memory>
#include <string>
#include <string_view>
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

/// What a handshake leaves behind for the words of its failure: a peer that was
/// refused leaves no certificate to ask.
struct peer_notes {
  /// For whom its certificate is, as its owner wrote them.
  std::string names;
  /// It asked for a certificate of ours.
  bool wants_certificate = false;
};

/// Demands a certificate for `host`.
struct name_check {
  std::string host;
  std::shared_ptr<peer_notes> notes;

  bool operator()(bool valid, boost::asio::ssl::verify_context& context) const;
};

/// Tells the peer for whom the handshake is meant (SNI), unless that is an
/// address: those are no names (RFC 6066 section 3).
boost::system::error_code set_server_name(ssl_st* ssl, const std::string& host);

/// Keeps in the notes that a certificate was asked for. They outlive `ssl`.
void note_request(ssl_st* ssl, peer_notes& notes);

/// Prepares a stream for the handshake with `host`: asks for it by its name,
/// and refuses whoever is another.
template <class Stream>
boost::system::error_code expect_host(Stream& stream, const std::string& host,
                                      std::shared_ptr<peer_notes> notes) {
  auto ec = set_server_name(stream.native_handle(), host);
  note_request(stream.native_handle(), *notes);
  if (!ec) // keeps the notes as long as the stream
    stream.set_verify_callback(name_check{host, std::move(notes)}, ec);
  return ec;
}

/// Whether an answer without TLS is how one that speaks it refuses (an alert, RFC
/// 8446 section 5.1): the address lacks the `s` of its scheme.
bool is_tls_alert(std::string_view first_bytes);

/// Whether TLS itself says why, as after a handshake of version 1.3, whose end
/// the peer may refuse behind it.
bool is_of_tls(const boost::system::error_code& ec);

/// Why TLS failed and what to do. It never advises to do without.
std::string tls_words(ssl_st* ssl, const boost::system::error_code& ec,
                      const url& u, const peer_notes& notes);

} // namespace observer
