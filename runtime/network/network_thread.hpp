#pragma once

// The real network: one thread that all sockets live on.
//
// Concurrency. The thread runs an io_context of its own; calls from actors are
// posted there, events go back as messages. Receivers are held weakly, so
// that an actor system can end while a socket is still open.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"
#include "messages/result.hpp"
#include "runtime/network/network_config.hpp"

namespace observer {

struct found_addresses; // of name_lookup

class network_thread : public network {
 public:
  /// A problem if the CA file cannot be used.
  static result<std::unique_ptr<network_thread>>
  make(const network_config& config, std::shared_ptr<wall_clock> clock);
  /// `ask` says what a name's addresses are; it may block.
  static result<std::unique_ptr<network_thread>>
  make(const network_config& config, std::shared_ptr<wall_clock> clock,
       std::function<found_addresses(const std::string&)> ask);

  /// Abandons what is open and joins the thread.
  ~network_thread() override;

  std::unique_ptr<web_socket> connect(const socket_target& target,
                                      connection_actor receiver) override;
  void request(const http_request& request,
               credentials_actor receiver) override;

  /// Asks the thread to count one up, unless that is still to come, and says how
  /// far it has counted: it turns if that is more each time. For one thread.
  uint64_t turns();

 private:
  struct impl;
  explicit network_thread(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace observer
