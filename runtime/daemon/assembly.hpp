#pragma once

// A daemon put together from its settings and from the world it is given, up to
// the moment before its actors start. `daemon` gives it the machine's; a
// simulation gives it a world of its own, and so runs the same actors, wired in
// the same way.

#include <cstdint>
#include <memory>
#include <string>

#include "actors/ports/clock.hpp"
#include "actors/ports/disk.hpp"
#include "actors/ports/network.hpp"
#include "messages/result.hpp"
#include "runtime/daemon/supervision_tree.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

/// All that a daemon touches outside itself.
struct daemon_ports {
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<file_system> files;
  std::shared_ptr<disk> worker;
  std::shared_ptr<network> net;
};

struct assembly {
  std::shared_ptr<session_memory> memory;
  tree_parts tree;
};

/// When data is to be expected, by the settings.
market_hours hours_of(const config& settings);

/// Recovers what earlier runs left in the data directory (this thread reads
/// and repairs the files), and makes the memory and the tree of a new run.
/// `seed` is of the jitter. Fails when the directory cannot be recovered.
result<assembly> assemble(const config& settings, const std::string& run_id,
                          uint64_t seed, const daemon_ports& ports);

} // namespace observer
