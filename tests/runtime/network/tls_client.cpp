#define CAF_SUITE runtime_network_tls_client
#include "test.hpp"

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "runtime/network/tls_client.hpp"

namespace CAF_SUITE {

// What we say of peers that OpenSSL plays, in memory.

using namespace observer;
namespace net = boost::asio;
using boost::system::error_code;

namespace {

struct pair_of_keys {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
};

/// Signed by itself.
pair_of_keys make_pair(unsigned bits, const char* alt_name,
                       const char* usage = "serverAuth") {
  pair_of_keys out{{EVP_RSA_gen(bits), EVP_PKEY_free}, {X509_new(), X509_free}};
  auto c = out.certificate.get();
  X509_set_version(c, 2);
  X509_gmtime_adj(X509_getm_notBefore(c), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(c), 3'600);
  X509_set_pubkey(c, out.key.get());
  auto name = X509_get_subject_name(c);
  X509_NAME_add_entry_by_txt(
    name, "CN", MBSTRING_ASC,
    reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(c, name);
  auto alt = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                 alt_name);
  X509_add_ext(c, alt, -1);
  X509_EXTENSION_free(alt);
  auto use = X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, usage);
  X509_add_ext(c, use, -1);
  X509_EXTENSION_free(use);
  X509_sign(c, out.key.get(), EVP_sha256());
  return out;
}

const pair_of_keys& strong() {
  static auto pair = make_pair(2048, "DNS:kis.example,IP:192.0.2.7");
  return pair;
}

using settings = std::function<void(SSL_CTX*)>;

struct side {
  std::shared_ptr<SSL_CTX> context;
  std::shared_ptr<SSL> ssl;
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());

  explicit side(const SSL_METHOD* method, const settings& set)
    : context(SSL_CTX_new(method), SSL_CTX_free) {
    set(context.get());
    ssl = {SSL_new(context.get()), SSL_free};
    SSL_set_bio(ssl.get(), in, out);
  }
};

void carry(BIO* from, BIO* to) {
  char piece[4096];
  for (int n; (n = BIO_read(from, piece, sizeof piece)) > 0;)
    BIO_write(to, piece, n);
}

struct outcome {
  std::string words;
  /// What the server was asked for.
  std::string server_name;
};

/// What the client says of a server with these settings; `greeting` comes
/// instead of one that speaks TLS.
outcome met(const settings& server_is, const std::string& host = "kis.example",
            bool trusted = true, const std::string& greeting = {}) {
  side server{TLS_server_method(), [&](SSL_CTX* c) {
                SSL_CTX_use_certificate(c, strong().certificate.get());
                SSL_CTX_use_PrivateKey(c, strong().key.get());
                server_is(c);
              }};
  side client{TLS_client_method(), [&](SSL_CTX* c) {
                SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
                SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
                auto root = SSL_CTX_get0_certificate(server.context.get());
                X509_STORE_add_cert(SSL_CTX_get_cert_store(c),
                                    trusted ? root
                                            : make_pair(2048, "DNS:other")
                                                .certificate.get());
              }};
  auto ssl = client.ssl.get();
  auto notes = std::make_shared<peer_notes>();
  set_server_name(ssl, host);
  note_request(ssl, *notes);
  SSL_set1_host(ssl, host.c_str());
  SSL_set_connect_state(ssl);
  SSL_set_accept_state(server.ssl.get());
  if (!greeting.empty())
    BIO_write(client.in, greeting.data(), static_cast<int>(greeting.size()));
  error_code failed;
  for (int turn = 0; turn < 10 && !failed; ++turn) {
    ERR_clear_error();
    char piece[1];
    auto n = SSL_is_init_finished(ssl) ? SSL_read(ssl, piece, 1)
                                       : SSL_do_handshake(ssl);
    if (SSL_get_error(ssl, n) == SSL_ERROR_SSL)
      failed = {static_cast<int>(ERR_get_error()),
                net::error::get_ssl_category()};
    carry(client.out, server.in);
    SSL_do_handshake(server.ssl.get());
    carry(server.out, client.in);
  }
  auto asked_for = SSL_get_servername(server.ssl.get(),
                                      TLSEXT_NAMETYPE_host_name);
  url u{"https", host, "443", "/"};
  return {failed ? tls_words(ssl, failed, u, *notes) : "",
          asked_for ? asked_for : ""};
}

bool says(const outcome& o, std::string_view words) {
  // Never the advice to do without.
  return o.words.find(words) != std::string::npos
         && o.words.find("http://") == std::string::npos
         && o.words.find("ws://") == std::string::npos;
}

const settings usual = [](SSL_CTX*) {};

/// What today's OpenSSL does not do unless it is told to.
void allow_the_old(SSL_CTX* c) {
  SSL_CTX_set_security_level(c, 0);
}

} // namespace

CAF_TEST(a server that is as it should be is no failure) {
  CAF_CHECK_EQUAL(met(usual).words, "");
  CAF_CHECK_EQUAL(met(usual).server_name, "kis.example");
}

CAF_TEST(an address is no server name) {
  CAF_CHECK_EQUAL(met(usual, "192.0.2.7").server_name, "");
  CAF_CHECK_EQUAL(met(usual, "2001:db8::1").server_name, "");
}

CAF_TEST(a server that speaks only old versions is called so) {
  auto old = [](SSL_CTX* c) {
    allow_the_old(c);
    SSL_CTX_set_min_proto_version(c, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION);
  };
  CAF_CHECK(says(met(old), "none of the versions that are safe"));
}

CAF_TEST(a server with other ciphers is called so) {
  auto odd = [](SSL_CTX* c) {
    allow_the_old(c);
    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(c, "CAMELLIA256-SHA");
  };
  CAF_CHECK(says(met(odd), "no cipher or signature in common"));
}

CAF_TEST(a weak key is called weak) {
  auto weak = [](SSL_CTX* c) {
    allow_the_old(c);
    auto pair = make_pair(1024, "DNS:kis.example");
    SSL_CTX_use_certificate(c, pair.certificate.get());
    SSL_CTX_use_PrivateKey(c, pair.key.get());
  };
  CAF_CHECK(says(met(weak), "key too weak; the server needs one of today's "
                            "strength"));
}

CAF_TEST(a wish for a certificate of ours is told in either version) {
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto wishes = [version](SSL_CTX* c) {
      SSL_CTX_set_min_proto_version(c, version);
      SSL_CTX_set_max_proto_version(c, version);
      SSL_CTX_set_verify(
        c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    };
    CAF_CHECK(says(met(wishes), "wants a certificate of its client"));
  }
}

CAF_TEST(a stranger who speaks no TLS is called so) {
  for (std::string greeting :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        "220 mail.example ESMTP\r\n"})
    CAF_CHECK(says(met(usual, "kis.example", true, greeting),
                   "does not speak TLS; is it the right port?"));
}

CAF_TEST(a certificate of somebody else is refused with both names) {
  CAF_CHECK(says(met(usual, "other.example"), "certificate refused: "));
}

CAF_TEST(a certificate that is none for servers is called so) {
  auto client_s = [](SSL_CTX* c) {
    auto pair = make_pair(2048, "DNS:kis.example", "clientAuth");
    SSL_CTX_use_certificate(c, pair.certificate.get());
    SSL_CTX_use_PrivateKey(c, pair.key.get());
  };
  auto told = met(client_s);
  CAF_CHECK(says(told, "not one for servers"));
  CAF_CHECK(!says(told, "OBSERVER_CA_FILE"));
}

CAF_TEST(an authority that is not trusted is told with what to do) {
  CAF_CHECK(says(met(usual, "kis.example", false), "OBSERVER_CA_FILE"));
}

CAF_TEST(a hang up is told as one) {
  url u{"https", "kis.example", "443", "/"};
  side client{TLS_client_method(), usual};
  for (error_code ec : {error_code{net::error::eof},
                        error_code{net::ssl::error::stream_truncated},
                        error_code{net::error::connection_reset}})
    CAF_CHECK(says({tls_words(client.ssl.get(), ec, u, {}), ""},
                   "closed during the TLS handshake"));
}

} // namespace CAF_SUITE
