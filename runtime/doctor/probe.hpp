#pragma once

// Asks a daemon whether it is well, as a container's health check does: by the
// paths that need no token. Only what answers as ours do counts; a stranger
// that has the port is no healthy recorder.

#include <chrono>
#include <cstdint>
#include <string>

#include "messages/result.hpp"
#include "runtime/network/url.hpp"
#include "runtime/settings/load.hpp"

namespace observer {

enum class probe_question : uint8_t {
  /// /ready: it records, or the market is closed.
  ready,
  /// /health: the process is alive.
  alive,
};

enum class probe_verdict : uint8_t {
  well,
  /// It says itself that it is not.
  unwell,
  /// Nobody answered, or somebody else.
  no_contact,
};

struct probe_outcome {
  probe_verdict verdict = probe_verdict::no_contact;
  /// One line.
  std::string text = {};
};

/// Blocks, no longer than the deadline.
probe_outcome probe(const url& base, probe_question question,
                    std::chrono::milliseconds deadline);

/// As a user gave it: http://HOST[:PORT][/PREFIX].
result<url> service_at(const std::string& text);

/// Where a daemon of these settings serves, as seen from its own machine: an
/// address that stands for all is its loopback one. A problem if it serves
/// nowhere.
result<url> service_of(const service_settings& service);

struct probed_service {
  url base;
  /// Why the settings' file was passed over; empty if it was not.
  std::string passed_over = {};
};
/// The same from a process' sources. Nothing but address and port is judged, no
/// secret is read (a pipe gives it once), and a file that is not good is passed
/// over: the daemon that runs may have read it when it was.
result<probed_service> probed_service_of(const config_sources& sources);

} // namespace observer
