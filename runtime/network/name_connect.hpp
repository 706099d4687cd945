#pragma once

// A TCP connection to a name, by whichever of its addresses answers first (RFC
// 8305): they take turns by family, the next one begins when the last has not
// answered for 250 ms or has failed, and none is given up for another before
// one is there. What its user waits for at most is the user's business.
//
// Concurrency. All of it on the thread of the lookup's io_context.

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "runtime/network/name_lookup.hpp"
#include "runtime/network/url.hpp"

namespace observer {

class name_connect {
 public:
  /// The time between two addresses.
  static constexpr std::chrono::milliseconds head_start{250};

  /// Who hears one of these, once; nothing after `cancel`.
  struct user {
    std::function<void(boost::asio::ip::tcp::socket)> connected;
    /// The first address's error, and the words for all.
    std::function<void(const boost::system::error_code& ec,
                       const std::string& words)>
      failed;
    /// An exception ended it.
    std::function<void(const std::exception_ptr& thrown)> broke_off;
  };

  virtual ~name_connect() = default;
  /// Closes what is under way, and lets go of its user.
  virtual void cancel() = 0;
  /// What is waited for, in words that follow "no answer within 10 s: ".
  virtual std::string waits_for() const = 0;
};

/// `names` and `io` outlive it.
std::shared_ptr<name_connect> connect_by_name(boost::asio::io_context& io,
                                              name_lookup& names,
                                              const url& address,
                                              name_connect::user user);

} // namespace observer
