#pragma once

// What is to be set of the way to the broker: the socket's and the requests'.

#include <chrono>
#include <cstdint>
#include <string>

namespace observer {

struct network_config {
  /// Name, TCP, TLS and upgrade together.
  std::chrono::milliseconds connect_timeout{10'000};
  /// The same of a request and its answer. Whoever asks waits a little longer
  /// (credentials_config::answer_deadline), to hear what was waited for.
  std::chrono::milliseconds http_timeout{7'000};
  /// Frames that follow a batch sooner than this are gathered and handed on
  /// together; 0 hands on what one read brought. Their stamps stay those of
  /// their reads, and a commit counts its interval from them.
  std::chrono::microseconds collect{5'000};
  /// A larger message ends the session.
  uint64_t message_bytes_max = 16 << 20;
  /// PEM file of trusted roots; empty: the system's.
  std::string ca_file;
};

} // namespace observer
