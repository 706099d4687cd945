#pragma once

// The broker's end of one process's connections, as bytes: what a fuzzer gives
// goes through the reader of the real socket and on to the connection by the
// socket's own rules (one batch on the way, the rest gathers; what was read is
// handed on before the end). Registrations are answered well, the approval key
// is granted. Everything happens in the caller's thread, at once.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"

namespace observer::fuzz {

class wire : public network, public std::enable_shared_from_this<wire> {
 public:
  /// A longer message is a violation.
  static constexpr uint64_t message_bytes_max = 32 * 1024;

  explicit wire(std::shared_ptr<wall_clock> clock);
  ~wire() override;

  std::unique_ptr<web_socket> connect(const socket_target& target,
                                      connection_actor receiver) override;
  void request(const http_request& request,
               credentials_actor receiver) override;

  /// A session is up and nobody ended it.
  bool open() const;
  /// Bytes come from the broker, `piece` at a time; after the end, nobody is
  /// there to read them.
  void receive(std::string_view bytes, size_t piece = SIZE_MAX);
  /// The connection breaks.
  void drop(std::string_view why);
  /// What the broker still owes: replies to requests, as texts. Empty if
  /// `replies` is off.
  std::vector<std::string> take_replies();

  /// Sockets open, and requests are answered.
  bool reachable = true, replies = true;
  /// Texts that the reader made of the bytes; those that were handed on.
  uint64_t texts_read = 0, texts_handed_on = 0;

 private:
  struct session;
  class socket;

  void read(session& s);
  void hand_on(session& s, bool last);
  void end(session& s, socket_end how, std::string_view why);

  std::shared_ptr<wall_clock> clock_;
  std::shared_ptr<session> session_;
  std::vector<std::string> owed_;
};

} // namespace observer::fuzz
