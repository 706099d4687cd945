#pragma once

// The real network: Boost.Beast on one Asio thread.
//
// Concurrency. All sockets live on the network's own thread; calls from actors
// are posted there, events go back as messages. Receivers are held weakly, so
// that an actor system can end while a socket is still open.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/ports/ports.hpp"
#include "messages/result.hpp"

namespace observer {

struct network_config {
  /// Name, TCP, TLS and upgrade together.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds http_timeout{10'000};
  /// Frames that follow a batch sooner than this are gathered and handed on
  /// together; 0 hands on what one read brought. Their stamps stay those of
  /// their reads, and a commit counts its interval from them.
  std::chrono::microseconds collect{5'000};
  /// A larger message ends the session.
  uint64_t message_bytes_max = 16 << 20;
  /// PEM file of trusted roots; empty: the system's.
  std::string ca_file;
};

class beast_network : public network {
 public:
  /// A problem if the CA file cannot be used.
  static result<std::unique_ptr<beast_network>>
  make(const network_config& config, std::shared_ptr<wall_clock> clock);

  /// Abandons what is open and joins the thread.
  ~beast_network() override;

  std::unique_ptr<web_socket> connect(const socket_target& target,
                                      connection_actor receiver) override;
  void request(const http_request& request,
               credentials_actor receiver) override;

 private:
  struct impl;
  explicit beast_network(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace observer
