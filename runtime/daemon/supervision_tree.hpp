#pragma once

// The tree of the daemon: who supervises whom, in which order they start (and,
// in reverse, stop), and what each is made of.
//
//   guardian      rest for one, 3 in 60 s
//   ├─ persistence  one for one, 5 in 30 s   scalp_, quarantine_, system_writer
//   ├─ collection   one for one              credentials
//   ├─ remainder    one a session: finishes at a stop what its feed left
//   ├─ feed         one for one              41 slots, connection; one branch
//   │                                        a session
//   ├─ watch        one for one              ledger
//   └─ archive      one for one, never       archiver
//                   gives up
//
// Those below depend on those above: when one escalates, the guardian restarts
// it and all after it. The archive is the last: nobody waits for it, and whatever
// it dies of it is started again, at longer and longer intervals. Within the feed nobody restarts with another: lanes and
// slot memories outlive both ends. The feed stops its connection first (it was
// started last), then the slots drain, then the remainder sees to what is left of
// slots that could not, then the writers flush and seal.

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/archive/archiver.hpp"
#include "actors/broker/credentials.hpp"
#include "actors/feed/connection.hpp"
#include "actors/feed/slot.hpp"
#include "actors/journal/journal_writer.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/watch/ledger.hpp"

namespace observer {

/// One session: its connection, and what each of its slots is made of.
struct feed_parts {
  connection_config connection;
  slot_config slot;
};

/// Everything the actors are made of. Handles of supervisors in the configs
/// are filled in by the tree.
struct tree_parts {
  std::array<journal_writer_config, std::size(all_datasets)> writers;
  credentials_config credentials;
  /// The settings make one; their sessions differ in their memories and share
  /// the writers. The branches are called feed, feed_2, ….
  std::vector<feed_parts> feeds;
  ledger_config ledger;
  /// Nothing: there is no archive.
  std::optional<archiver_config> archive;
  std::function<int64_t()> wall_us;
  /// Where the tree is shown.
  std::shared_ptr<actor_board> board = std::make_shared<actor_board>();
};

/// Starts the guardian; it ends when told to (supervisor_stop) or when it gives
/// up, which its exit reason says.
supervisor_actor start_tree(caf::actor_system& system, const tree_parts& parts);

} // namespace observer
