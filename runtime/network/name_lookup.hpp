#pragma once

// Names to addresses, holding up nobody: the C library's call does not return
// while name servers are silent (30 s with the usual settings), and cannot be
// called off.
//
// Operation. Each name has a thread of its own while it is asked for, and one
// answer for all who ask meanwhile; it goes on when they gave up, and the next
// one has its answer. What a name was before is remembered: an answer that is
// late, or a failure that may pass, is bridged with it (RFC 8767). Addresses at
// which an attempt failed come last.
//
// Concurrency. For one io_context's thread; it must be destroyed before that
// io_context. A thread that still asks outlives it, and finds nobody.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace observer {

/// The ports are 0.
struct found_addresses {
  boost::system::error_code error;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

/// Blocks; as getaddrinfo, and in its order. Name servers that are silent are
/// asked once more, with patience.
found_addresses ask_system(const std::string& name);

/// By turns of each family, the family of the first leads (RFC 8305 section 4).
std::vector<boost::asio::ip::tcp::endpoint>
in_turns(std::vector<boost::asio::ip::tcp::endpoint> found);

class name_lookup {
 public:
  using asks = std::function<found_addresses(const std::string& name)>;
  using answered = std::function<void(found_addresses)>;

  /// So long an answer is waited for where an earlier one is known.
  static constexpr std::chrono::milliseconds usual_patience{2'000};

  explicit name_lookup(boost::asio::io_context& io, asks ask = ask_system,
                       std::chrono::milliseconds patience = usual_patience);
  ~name_lookup();
  name_lookup(const name_lookup&) = delete;
  name_lookup& operator=(const name_lookup&) = delete;

  /// Calls `then` once, later, on the io_context's thread, unless the handle is
  /// dropped before; the addresses stand in the order in which to try them. A
  /// numeric name needs no thread.
  std::shared_ptr<void> find(const std::string& name, answered then);

  /// What became of an attempt at one of a name's addresses.
  void failed(const std::string& name, const boost::asio::ip::address& at);
  void worked(const std::string& name, const boost::asio::ip::address& at);

  /// More of a name's addresses are not used.
  static constexpr size_t addresses_max = 16;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace observer
