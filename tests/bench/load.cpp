// The load of the bench: a KIS exchange on one loopback port, reduced to what
// recording needs. It hands out approval keys, answers registrations, and then
// sends frames that were made beforehand, as fast as the client takes them or at
// a fixed rate; over TLS if it is given a certificate, and to several sessions
// at once, each of which gets its part of the records.
//
// On standard output, one a line: `port N`, `ready` (all sessions are there and
// registered), `begin NS`, `end NS` (wall clock of the first and behind the last
// byte). It sends when a line comes in on standard input, and ends with it.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frames.hpp"
#include "runtime/simulate/http.hpp"
#include "runtime/simulate/websocket.hpp"

namespace {

using namespace observer;
using namespace std::chrono_literals;

struct options {
  uint64_t records = 100'000;
  uint32_t per_frame = 4;
  /// Records a second; 0: as fast as they are taken.
  uint64_t rate = 0;
  /// The client registers this many issues before anything is sent.
  int registrations = 0;
  int sessions = 1;
  /// Begin again behind the last record, until the client leaves.
  bool endless = false;
  /// PEM files; empty: no TLS.
  std::string certificate, key;
};

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "load: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

void say(std::string_view line) {
  std::cout << line << std::endl;
}

int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// All frames, as bytes of the WebSocket; `ends` is behind each frame.
struct prepared {
  std::string bytes;
  std::vector<size_t> ends;
};

prepared prepare(const options& o) {
  prepared out;
  bench::frame_maker maker{o.per_frame};
  std::string text;
  auto records = o.records / static_cast<uint64_t>(o.sessions);
  for (uint64_t left = records; left > 0;) {
    text.clear();
    maker.append(text, left);
    left -= std::min<uint64_t>(left, o.per_frame);
    simulate::append_frame(out.bytes, simulate::opcode::text, text);
    out.ends.push_back(out.bytes.size());
  }
  return out;
}

/// A blocking socket, closed at the end; with a TLS context, over TLS.
class connection {
public:
  connection(int fd, SSL_CTX* tls) : fd_(fd) {
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!tls)
      return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd_);
    alive_ = SSL_accept(ssl_) == 1;
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    SSL_free(ssl_);
    ::close(fd_);
  }

  void send(std::string_view bytes) {
    // What TLS enciphers at once.
    constexpr size_t piece = 1 << 20;
    while (!bytes.empty()) {
      auto part = ssl_ ? bytes.substr(0, piece) : bytes;
      auto n = ssl_ ? SSL_write(ssl_, part.data(), static_cast<int>(part.size()))
                    : ::send(fd_, part.data(), part.size(), MSG_NOSIGNAL);
      if (n <= 0)
        give_up("the client is gone");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  /// False at the end of the stream.
  bool receive(std::string& in) {
    char buffer[16 * 1024];
    auto n = !alive_ ? 0
             : ssl_  ? SSL_read(ssl_, buffer, sizeof buffer)
                     : ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0)
      return false;
    in.append(buffer, static_cast<size_t>(n));
    return true;
  }

private:
  int fd_;
  SSL* ssl_ = nullptr;
  bool alive_ = true;
};

void answer_registrations(connection& client, std::string in, int count) {
  simulate::frame_reader reader;
  while (count > 0) {
    auto message = reader.next(in);
    if (!message) {
      if (!client.receive(in))
        give_up("the client left before it was registered");
      continue;
    }
    if (message->op != simulate::opcode::text)
      continue;
    auto input = nlohmann::json::parse(message->payload)
                   .at("body")
                   .at("input");
    nlohmann::json reply{
      {"header",
       {{"tr_id", input.at("tr_id")},
        {"tr_key", input.at("tr_key")},
        {"encrypt", "N"}}},
      {"body",
       {{"rt_cd", "0"},
        {"msg_cd", "OPSP0000"},
        {"msg1", "SUBSCRIBE SUCCESS"},
        {"output", {{"iv", "0"}, {"key", "0"}}}}}};
    std::string out;
    simulate::append_frame(out, simulate::opcode::text, reply.dump());
    client.send(out);
    --count;
  }
}

void send_all(connection& client, const prepared& load, const options& o) {
  if (o.rate == 0) {
    do
      client.send(load.bytes);
    while (o.endless);
    return;
  }
  auto begin = std::chrono::steady_clock::now();
  size_t sent = 0;
  for (size_t frame = 0; frame < load.ends.size();) {
    // All that is due by now, in one write.
    auto elapsed = std::chrono::steady_clock::now() - begin;
    auto rate = static_cast<double>(o.rate) / o.sessions;
    auto records = std::chrono::duration<double>(elapsed).count() * rate;
    auto due = std::min(load.ends.size(),
                        static_cast<size_t>(records / o.per_frame) + 1);
    if (due > frame) {
      client.send(std::string_view{load.bytes}.substr(
        sent, load.ends[due - 1] - sent));
      sent = load.ends[due - 1];
      frame = due;
    }
    auto next = static_cast<double>(frame * o.per_frame) / rate;
    std::this_thread::sleep_until(
      std::max(begin + std::chrono::nanoseconds{
                 static_cast<int64_t>(next * 1e9)},
               std::chrono::steady_clock::now() + 500us));
  }
}

/// An HTTP exchange: true when the client is a WebSocket from now on.
bool greet(connection& client, std::string& in) {
  simulate::request_reader reader;
  for (;;) {
    if (auto request = reader.next(in)) {
      if (request->method == "POST") {
        simulate::http_reply reply;
        reply.body = R"({"approval_key":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"})";
        client.send(to_wire(reply, false));
        return false;
      }
      auto upgrade = simulate::answer_upgrade(*request);
      client.send(upgrade.reply);
      return upgrade.accepted;
    }
    if (!client.receive(in))
      return false;
  }
}

int listen_on_loopback(uint16_t& port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0
      || ::listen(fd, 256) != 0
      || ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    give_up("cannot listen");
  port = ntohs(at.sin_port);
  return fd;
}

SSL_CTX* tls_of(const options& o) {
  if (o.certificate.empty())
    return nullptr;
  auto* tls = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(tls, o.certificate.c_str()) != 1
      || SSL_CTX_use_PrivateKey_file(tls, o.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fmt::print(stderr, "load: cannot use {} and {}\n", o.certificate, o.key);
    std::exit(1);
  }
  return tls;
}

/// Whoever opens a WebSocket and registers.
std::vector<std::unique_ptr<connection>> await_sessions(int listener,
                                                        const options& o) {
  auto* tls = tls_of(o);
  std::vector<std::unique_ptr<connection>> out;
  // Registrations come slowly, and from all sessions at once.
  std::vector<std::jthread> registrars;
  while (out.size() < static_cast<size_t>(o.sessions)) {
    auto fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0)
      give_up("accept");
    auto client = std::make_unique<connection>(fd, tls);
    std::string in;
    if (!greet(*client, in))
      continue;
    registrars.emplace_back(
      [who = client.get(), in = std::move(in), count = o.registrations] {
        answer_registrations(*who, in, count);
      });
    out.push_back(std::move(client));
  }
  return out;
}

void serve(int listener, const prepared& load, const options& o) {
  auto sessions = await_sessions(listener, o);
  say("ready");
  std::string line;
  if (!std::getline(std::cin, line))
    return;
  say(fmt::format("begin {}", wall_ns()));
  {
    std::vector<std::jthread> senders;
    for (auto& client : sessions)
      senders.emplace_back([&] { send_all(*client, load, o); });
  }
  say(fmt::format("end {}", wall_ns()));
  // The connections stay until the bench has seen enough.
  std::getline(std::cin, line);
}

} // namespace

int main(int argc, char** argv) {
  options o;
  bool list_symbols = false;
  CLI::App app{"A KIS exchange that sends prepared frames to one client."};
  app.add_option("--records", o.records, "how many in all");
  app.add_option("--per-frame", o.per_frame, "records a frame")
    ->check(CLI::Range(1, 999));
  app.add_option("--rate", o.rate, "records a second; 0: no limit");
  app.add_option("--registrations", o.registrations,
                 "to await before anything is sent");
  app.add_option("--sessions", o.sessions, "that share the records")
    ->check(CLI::Range(1, 1'000));
  app.add_flag("--endless", o.endless,
               "without a rate: begin again behind the last record");
  app.add_option("--tls-cert", o.certificate, "PEM file: speak TLS");
  app.add_option("--tls-key", o.key, "PEM file");
  app.add_flag("--symbols", list_symbols, "print the issues' codes and end");
  CLI11_PARSE(app, argc, argv);
  if (list_symbols) {
    for (auto& code : bench::symbols())
      say(code);
    return 0;
  }
  auto load = prepare(o);
  uint16_t port = 0;
  auto listener = listen_on_loopback(port);
  say(fmt::format("port {}", port));
  serve(listener, load, o);
}
