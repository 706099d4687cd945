#include "runtime/network/tls_client.hpp"

#include <algorithm>
#include <string_view>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <fmt/format.h>

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
    *names = names_of(X509_STORE_CTX_get_current_cert(store));
  }
  return false;
}

error_code set_server_name(SSL* ssl, const std::string& host) {
  if (SSL_set_tlsext_host_name(ssl, host.c_str()) == 1)
    return {};
  return {static_cast<int>(ERR_get_error()), net::error::get_ssl_category()};
}

std::string tls_words(SSL* ssl, const error_code& ec, const url& u,
                      const std::string& names) {
  auto verdict = SSL_get_verify_result(ssl);
  switch (verdict) {
    case X509_V_OK:
      return fmt::format("TLS handshake failed: {}; does this port speak TLS? "
                         "Without it the address begins with http:// or ws://",
                         ec.message());
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return fmt::format("certificate refused: it is for {}, not for {}; "
                         "correct the host in the address, or have the server "
                         "show a certificate for {}",
                         names, u.host, u.host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("certificate refused: {}; the server needs a valid "
                         "one, or the clock of this machine is wrong",
                         X509_verify_cert_error_string(verdict));
    default:
      return fmt::format("certificate refused: {}; a server of your own needs "
                         "its CA in OBSERVER_CA_FILE",
                         X509_verify_cert_error_string(verdict));
  }
}

} // namespace observer
