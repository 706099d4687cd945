#include "runtime/doctor/peer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "messages/outside_text.hpp"

namespace observer {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// More of a name's addresses are not tried.
constexpr size_t addresses_tried = 4;

milliseconds left_of(steady::time_point until) {
  return std::max(std::chrono::duration_cast<milliseconds>(until - steady::now()),
                  milliseconds{0});
}

/// An open socket that is connected; -1 with errno.
int connected_socket(const peer_address& to, milliseconds patience) {
  auto fd = ::socket(to.place.ss_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  auto code = ::connect(fd, reinterpret_cast<const sockaddr*>(&to.place),
                        to.size) == 0
                ? 0
                : errno;
  if (code == EINPROGRESS) {
    pollfd wait{fd, POLLOUT, 0};
    auto n = ::poll(&wait, 1, static_cast<int>(patience.count()));
    socklen_t size = sizeof code;
    if (n == 0)
      code = ETIMEDOUT;
    else if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
      code = errno;
  }
  if (code == 0) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
  }
  ::close(fd);
  errno = code;
  return -1;
}

std::string tls_error() {
  char text[256];
  auto code = ERR_get_error();
  if (code == 0)
    return "the connection was closed, or gave no answer in time";
  ERR_error_string_n(code, text, sizeof text);
  if (auto reason = ERR_reason_error_string(code))
    return reason;
  return text;
}

std::string one_line_of(X509_NAME* name) {
  char text[256] = "";
  X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text);
  if (!*text)
    X509_NAME_get_text_by_NID(name, NID_organizationName, text, sizeof text);
  return outside_value(text);
}

int64_t end_of(const X509* certificate) {
  tm parts{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1
           ? static_cast<int64_t>(::timegm(&parts))
           : 0;
}

std::string usual_place(const char* variable, const char* usual) {
  auto set = std::getenv(variable);
  return set && *set ? set : usual;
}

std::string system_file() {
  return usual_place(X509_get_default_cert_file_env(),
                     X509_get_default_cert_file());
}

std::string system_folder() {
  return usual_place(X509_get_default_cert_dir_env(),
                     X509_get_default_cert_dir());
}

bool has_bytes(const std::string& path) {
  struct stat found;
  return ::stat(path.c_str(), &found) == 0 && found.st_size > 0;
}

} // namespace

result<std::vector<peer_address>> addresses_of(const url& peer) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  auto code = ::getaddrinfo(peer.host.c_str(), peer.port.c_str(), &wanted,
                            &found);
  if (code == EAI_NONAME || code == EAI_ADDRFAMILY) {
    wanted.ai_flags = 0; // a loopback address where no network is
    code = ::getaddrinfo(peer.host.c_str(), peer.port.c_str(), &wanted, &found);
  }
  if (code != 0)
    return problem{code == EAI_SYSTEM ? std::strerror(errno)
                                      : ::gai_strerror(code)};
  std::vector<peer_address> out;
  for (auto one = found; one && out.size() < 2 * addresses_tried;
       one = one->ai_next) {
    peer_address a;
    std::memcpy(&a.place, one->ai_addr,
                std::min<size_t>(one->ai_addrlen, sizeof a.place));
    a.size = one->ai_addrlen;
    char text[NI_MAXHOST] = "?";
    ::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0,
                  NI_NUMERICHOST);
    a.text = text;
    out.push_back(std::move(a));
  }
  ::freeaddrinfo(found);
  return out;
}

std::string roots_place(const std::string& ca_file) {
  return ca_file.empty() ? system_file() : ca_file;
}

std::string missing_roots(const std::string& ca_file) {
  if (!ca_file.empty())
    return has_bytes(ca_file)
             ? std::string{}
             : fmt::format("{} (OBSERVER_CA_FILE) is not there, or empty",
                           ca_file);
  auto folder = system_folder();
  if (has_bytes(system_file()) || ::access((folder + "/ca-certificates.crt").c_str(),
                                           R_OK) == 0)
    return {};
  return fmt::format("this machine, or this container, has no trusted roots "
                     "({}, {}): install the package ca-certificates, or mount a "
                     "PEM file of roots and name it in OBSERVER_CA_FILE",
                     system_file(), folder);
}

peer_connection::~peer_connection() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (fd_ >= 0)
    ::close(fd_);
  // What the library keeps of this thread's errors: a check's thread need not have
  // ended when the process does.
  OPENSSL_thread_stop();
}

result<std::string>
peer_connection::connect(const std::vector<peer_address>& to,
                         milliseconds deadline) {
  auto until = steady::now() + deadline;
  std::string failures;
  for (size_t i = 0; i < std::min(to.size(), addresses_tried); ++i) {
    auto others = std::min(to.size(), addresses_tried) - i;
    fd_ = connected_socket(to[i], left_of(until)
                                    / static_cast<int64_t>(others));
    if (fd_ >= 0)
      return to[i].text;
    failures += fmt::format("{}{}: {}", failures.empty() ? "" : ", ", to[i].text,
                            std::strerror(errno));
  }
  return problem{failures};
}

/// What waits longer for the peer's next bytes is over.
void peer_connection::bound(milliseconds step) const {
  timeval t{};
  t.tv_sec = step.count() / 1000;
  t.tv_usec = std::max<suseconds_t>(step.count() % 1000 * 1000, 1000);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

result<peer_certificate>
peer_connection::shake_hands(const url& peer, const std::string& ca_file,
                             milliseconds deadline) {
  bound(deadline);
  ERR_clear_error();
  context_ = SSL_CTX_new(TLS_client_method());
  if (!context_)
    return problem{tls_error()};
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  auto loaded = ca_file.empty()
                  ? SSL_CTX_set_default_verify_paths(context_)
                  : SSL_CTX_load_verify_file(context_, ca_file.c_str());
  if (loaded != 1)
    return problem{fmt::format("the trusted roots cannot be read ({}): {}",
                               roots_place(ca_file), tls_error())};
  tls_ = SSL_new(context_);
  if (!tls_)
    return problem{tls_error()};
  // What is wrong is told and not only refused; nobody sends anything then.
  SSL_set_verify(tls_, SSL_VERIFY_NONE, nullptr);
  in6_addr ignored;
  auto numeric = ::inet_pton(AF_INET, peer.host.c_str(), &ignored) == 1
                 || ::inet_pton(AF_INET6, peer.host.c_str(), &ignored) == 1;
  auto param = SSL_get0_param(tls_);
  if (numeric) {
    X509_VERIFY_PARAM_set1_ip_asc(param, peer.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(param, peer.host.c_str(), 0);
    SSL_set_tlsext_host_name(tls_, peer.host.c_str());
  }
  SSL_set_fd(tls_, fd_);
  if (SSL_connect(tls_) != 1)
    return problem{tls_error()};
  peer_certificate out;
  out.protocol = SSL_get_version(tls_);
  auto certificate = SSL_get0_peer_certificate(tls_);
  if (!certificate)
    return problem{"it showed no certificate"};
  out.names = one_line_of(X509_get_subject_name(certificate));
  out.issuer = one_line_of(X509_get_issuer_name(certificate));
  out.ends_s = end_of(certificate);
  auto chain = SSL_get_peer_cert_chain(tls_);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    if (auto end = end_of(sk_X509_value(chain, i)); end > 0)
      out.ends_s = std::min(out.ends_s, end);
  if (auto verdict = SSL_get_verify_result(tls_); verdict != X509_V_OK)
    out.refused = X509_verify_cert_error_string(verdict);
  return out;
}

bool peer_connection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                  : static_cast<int>(::send(fd_, bytes.data(), bytes.size(),
                                            MSG_NOSIGNAL));
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

int peer_connection::receive(char* to, size_t size) {
  return tls_ ? SSL_read(tls_, to, static_cast<int>(size))
              : static_cast<int>(::recv(fd_, to, size, 0));
}

result<http_message> peer_connection::ask(const std::string& request,
                                          milliseconds deadline) {
  auto until = steady::now() + deadline;
  bound(deadline);
  if (!send_all(request))
    return problem{"it hung up before the request was sent"};
  http_reader reader{http_reader::responses, {64 * 1024, 64 * 1024}};
  char piece[8 * 1024];
  while (!reader.done() && reader.fault() == http_fault::none) {
    auto left = left_of(until);
    if (left.count() == 0)
      return problem{fmt::format("no answer within {} s",
                                 static_cast<double>(deadline.count()) / 1000)};
    bound(left);
    auto n = receive(piece, sizeof piece);
    if (n > 0)
      reader.take({piece, static_cast<size_t>(n)});
    else if (steady::now() < until)
      reader.end();
    if (n <= 0 && !reader.done() && reader.fault() == http_fault::none
        && steady::now() < until)
      return problem{"it hung up without an answer"};
  }
  if (reader.done())
    return reader.release();
  return problem{fmt::format("no HTTP answer: {}", reader.why())};
}

} // namespace observer
