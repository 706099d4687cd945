#pragma once

// A daemon put together from its settings and from the world it is given, up to
// the moment before its actors start. `daemon` gives it the machine's; a
// simulation gives it a world of its own, and so runs the same actors, wired in
// the same way.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  /// One a dataset, in the order of all_datasets: no tick waits for another
  /// file's sync, and no disk's hang is counted twice.
  std::array<std::shared_ptr<disk>, std::size(all_datasets)> workers;
  std::shared_ptr<network> net;
  /// For what may take long: the past is sealed there. May be null, see
  /// journal_writer_config.
  std::shared_ptr<disk> background = {};
  /// For what is done to closed files. Null: there is no archive.
  std::shared_ptr<disk> archive = {};
  archive_work work = {};
};

struct assembly {
  std::shared_ptr<session_memory> memory;
  /// Null where there is no archive.
  std::shared_ptr<archive_board> archive = {};
  tree_parts tree;
};

/// When data is to be expected, by the settings.
market_hours hours_of(const config& settings);

/// Makes the memory and the tree of a new run. `seed` is of the jitter. Before
/// the tree is started, learn_past tells the memory of earlier runs.
result<assembly> assemble(const config& settings, const std::string& run_id,
                          uint64_t seed, const daemon_ports& ports);

/// Learns what the first tick of each symbol needs to know of the past: where
/// its volume stood. Blocks; reads manifests and the ends of open files, and
/// changes nothing. With a checkpoint beside each open file that takes some
/// milliseconds; without, the file is read from its end until it told all
/// symbols, at most until `enough`. Files that cannot be read are set aside.
/// Fails when the folder of the ticks cannot be used; with `past_effort::all`
/// also when a file cannot be read: the reason may pass.
enum class past_effort { all, what_can_be_read };
std::optional<problem> learn_past(const config& settings,
                                  const daemon_ports& ports,
                                  session_memory& memory,
                                  const std::function<bool()>& enough = {},
                                  past_effort effort = past_effort::all);

} // namespace observer
