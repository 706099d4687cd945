#pragma once

// The real network: Boost.Beast on one Asio thread.
//
// Concurrency. All sockets live on the network's own thread; calls from actors
// are posted there, events go back as messages. Receivers are held weakly, so
// that an actor system can end while a socket is still open.

#include <memory>

#include "actors/ports/ports.hpp"
#include "messages/result.hpp"
#include "runtime/network/network_config.hpp"

namespace observer {

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
