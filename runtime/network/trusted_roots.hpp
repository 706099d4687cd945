#pragma once

// The roots that certificates are judged by, for as long as the program runs:
// a file of them that was replaced (a package's update, a CA that was rotated)
// counts from the next connection on. A folder of roots is looked into by
// OpenSSL itself at each certificate.
//
// Concurrency. Of the thread that shakes hands with the context.

#include <cstdint>
#include <optional>
#include <string>

#include <boost/system/error_code.hpp>

namespace boost::asio::ssl {
class context;
}

namespace observer {

class trusted_roots {
 public:
  /// Of a PEM file; empty: those of the system.
  explicit trusted_roots(std::string ca_file);

  /// At the start.
  boost::system::error_code load(boost::asio::ssl::context& tls);

  /// Before a handshake. Where the new file is not there, or cannot be read
  /// (yet), the roots before stay, and it is tried again; that is said once.
  void refresh(boost::asio::ssl::context& tls) noexcept;

 private:
  struct stamp {
    uint64_t device, number, size;
    int64_t seconds, nanoseconds;
    bool operator==(const stamp&) const = default;
  };
  std::optional<stamp> look() const;

  std::string ca_file_;
  /// The one that is read as a whole; of the system's it may be missing.
  std::string file_;
  std::optional<stamp> seen_, refused_;
};

} // namespace observer
