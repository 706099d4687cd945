#include "runtime/network/tls_client.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;

std::string connect_advice(const url& u, const error_code& ec) {
  if (ec == net::error::host_not_found || ec == net::error::no_data
      || ec == net::error::host_not_found_try_again)
    return fmt::format("the name \"{}\" does not resolve; check the address "
                       "and the DNS of this machine",
                       u.host);
  if (ec == net::error::connection_refused)
    return fmt::format("nobody listens on port {}; is it the right port?",
                       u.port);
  if (ec == net::error::no_descriptors
      || ec == boost::system::errc::too_many_files_open_in_system)
    return "this process may open no more files now: allow it more (ulimit "
           "-n), or find what holds them";
  return "check the address and the network";
}

namespace {

/// The names that a certificate is for, as its owner wrote them.
std::string names_of(X509* certificate) {
  std::string out;
  auto add = [&out](std::string_view name) {
    out += (out.empty() ? "" : ", ");
    out += name;
  };
  auto text_of = [](const ASN1_STRING* s) {
    return std::string_view{
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(s)),
      static_cast<size_t>(ASN1_STRING_length(s))};
  };
  auto names = static_cast<GENERAL_NAMES*>(
    X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    auto name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      add(text_of(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      auto bytes = text_of(name->d.iPAddress);
      net::ip::address_v4::bytes_type v4;
      net::ip::address_v6::bytes_type v6;
      if (bytes.size() == v4.size()) {
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        add(net::ip::address_v4{v4}.to_string());
      } else if (bytes.size() == v6.size()) {
        std::copy(bytes.begin(), bytes.end(), v6.begin());
        add(net::ip::address_v6{v6}.to_string());
      }
    }
  }
  GENERAL_NAMES_free(names);
  if (out.empty()) {
    auto subject = X509_get_subject_name(certificate);
    auto at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0)
      add(text_of(
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  return out.empty() ? "no name at all" : out;
}

} // namespace

bool name_check::operator()(bool valid,
                            net::ssl::verify_context& context) const {
  if (net::ssl::host_name_verification{host}(valid, context))
    return true;
  auto store = context.native_handle();
  if (valid) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
    notes->names = names_of(X509_STORE_CTX_get_current_cert(store));
  }
  return false;
}

error_code set_server_name(SSL* ssl, const std::string& host) {
  error_code no_number;
  net::ip::make_address(host, no_number);
  if (!no_number || SSL_set_tlsext_host_name(ssl, host.c_str()) == 1)
    return {};
  return {static_cast<int>(ERR_get_error()), net::error::get_ssl_category()};
}

void note_request(SSL* ssl, peer_notes& notes) {
  SSL_set_cert_cb(
    ssl,
    [](SSL*, void* kept) {
      static_cast<peer_notes*>(kept)->wants_certificate = true;
      return 1; // goes on without one
    },
    &notes);
}

bool is_tls_alert(std::string_view first_bytes) {
  return first_bytes.starts_with("\x15\x03");
}

bool is_of_tls(const error_code& ec) {
  return ec.category() == net::error::get_ssl_category();
}

namespace {

/// Whether there is anything to judge a certificate by: in what was loaded, or
/// where OpenSSL looks on this machine.
bool has_roots(SSL* ssl) {
  auto store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  if (sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) > 0)
    return true;
  auto place = [](const char* variable, const char* usual) {
    auto set = std::getenv(variable);
    return std::filesystem::path{set && *set ? set : usual};
  };
  std::error_code unreadable;
  auto file = place(X509_get_default_cert_file_env(),
                    X509_get_default_cert_file());
  auto size = std::filesystem::file_size(file, unreadable);
  if (!unreadable && size > 0)
    return true;
  auto folder = place(X509_get_default_cert_dir_env(),
                      X509_get_default_cert_dir());
  return !std::filesystem::is_empty(folder, unreadable) && !unreadable;
}

std::string refusal_words(SSL* ssl, const url& u, const peer_notes& notes) {
  auto verdict = SSL_get_verify_result(ssl);
  auto words = X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return fmt::format("it is for {}, not for {}; correct the host in the "
                         "address, or have the server show a certificate for "
                         "{}",
                         notes.names, u.host, u.host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{}; the server needs a valid one, or the clock of "
                         "this machine is wrong",
                         words);
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return fmt::format("{}; the server needs one of today's strength (RSA of "
                         "2048 bits or more, SHA-256)",
                         words);
    case X509_V_ERR_INVALID_PURPOSE:
      return fmt::format("{}; it is not one for servers, which this one needs",
                         words);
    case X509_V_ERR_CERT_REVOKED:
      return fmt::format("{}; the server needs another one", words);
    default:
      break;
  }
  if (!has_roots(ssl))
    return fmt::format("{}; this machine has no trusted roots ({}): install "
                       "the package ca-certificates, or name a PEM file of "
                       "roots in OBSERVER_CA_FILE",
                       words, X509_get_default_cert_dir());
  return fmt::format("{}; a server of your own needs its CA in "
                     "OBSERVER_CA_FILE; elsewhere somebody may stand between (a "
                     "proxy that opens TLS)",
                     words);
}

/// Of what TLS itself says; empty where there is nothing to add.
std::string_view advice_of(int reason, const peer_notes& notes) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_UNEXPECTED_MESSAGE:
      return "what answers there does not speak TLS; is it the right port?";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "it speaks none of the versions that are safe, TLS 1.2 and 1.3; the "
             "server must be brought up to date";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "it wants a certificate of its client, and the observer has none; "
             "is it the right address?";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      return notes.wants_certificate
               ? "it wants a certificate of its client, and the observer has "
                 "none; is it the right address?"
               : "it has no cipher or signature in common with this machine's "
                 "OpenSSL, which refuses weak ones; the server must be brought "
                 "up to date";
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_WRONG_SIGNATURE_TYPE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_WRONG_CIPHER_RETURNED:
      return "it has no cipher or signature in common with this machine's "
             "OpenSSL, which refuses weak ones; the server must be brought up to "
             "date";
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
      return "its key is too weak to be trusted; the server needs one of "
             "today's strength";
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
      return "it wants the unsafe renegotiation of old servers; it must be "
             "brought up to date";
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      return "it does not know the name that it was asked for; correct the host "
             "in the address";
    default:
      return "";
  }
}

} // namespace

std::string tls_words(SSL* ssl, const error_code& ec, const url& u,
                      const peer_notes& notes) {
  if (SSL_get_verify_result(ssl) != X509_V_OK)
    return fmt::format("certificate refused: {}", refusal_words(ssl, u, notes));
  if (is_of_tls(ec)) {
    auto advice = advice_of(ERR_GET_REASON(static_cast<unsigned long>(ec.value())),
                            notes);
    return fmt::format("TLS refused: {}; {}", ec.message(),
                       advice.empty() ? "the server's log may say more" : advice);
  }
  if (ec == net::error::eof || ec == net::ssl::error::stream_truncated
      || ec == net::error::connection_reset || ec == net::error::broken_pipe)
    return fmt::format("the connection was closed during the TLS handshake "
                       "({}); is it the right port? A firewall or proxy may "
                       "stand between",
                       ec.message());
  return fmt::format("TLS handshake failed: {}; {}", ec.message(),
                     connect_advice(u, ec));
}

} // namespace observer
