#include "runtime/network/trusted_roots.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "messages/exceptions.hpp"

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;

trusted_roots::trusted_roots(std::string ca_file)
  : ca_file_(std::move(ca_file)), file_(ca_file_) {
  if (!file_.empty())
    return;
  auto named = std::getenv(X509_get_default_cert_file_env());
  file_ = named && *named ? named : X509_get_default_cert_file();
}

std::optional<trusted_roots::stamp> trusted_roots::look() const {
  struct stat s = {};
  if (stat(file_.c_str(), &s) != 0)
    return std::nullopt;
  return stamp{s.st_dev, s.st_ino, static_cast<uint64_t>(s.st_size),
               s.st_mtim.tv_sec, s.st_mtim.tv_nsec};
}

error_code trusted_roots::load(net::ssl::context& tls) {
  // Before the reading: what is written meanwhile is read again.
  auto now = look();
  std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{
    X509_STORE_new(), X509_STORE_free};
  ERR_clear_error();
  auto loaded = store
                && (ca_file_.empty()
                      ? X509_STORE_set_default_paths(store.get())
                      : X509_STORE_load_file(store.get(), ca_file_.c_str()));
  auto count = [](X509_STORE* s) {
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(s));
  };
  // The system's file may be missing or broken without a word of OpenSSL's.
  auto before = SSL_CTX_get_cert_store(tls.native_handle());
  if (loaded && count(store.get()) == 0 && count(before) > 0) {
    ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_FOUND);
    loaded = 0;
  }
  if (!loaded)
    return {static_cast<int>(ERR_get_error()), net::error::get_ssl_category()};
  SSL_CTX_set_cert_store(tls.native_handle(), store.release());
  seen_ = now;
  return {};
}

void trusted_roots::refresh(net::ssl::context& tls) noexcept {
  tries([&] {
    auto now = look();
    if (!now || now == seen_)
      return;
    if (auto ec = load(tls); !ec)
      spdlog::info("[network] trusted roots {} changed: read anew", file_);
    else if (std::exchange(refused_, now) != now)
      spdlog::warn("[network] trusted roots {} changed and cannot be read: {}; "
                   "those before stay",
                   file_, ec.message());
  });
}

} // namespace observer
