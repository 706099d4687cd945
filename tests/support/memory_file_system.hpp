#pragma once

// A file system in memory that forgets like a real one.
//
// Durability. What was written is visible at once, and survives cut_power()
// only up to the last sync; of the rest a random prefix survives. Directory
// entries (made, renamed, removed) survive from the last sync of their
// directory; of the later changes a random prefix, in order. After a sync that
// failed, what was unsynced is still visible and never becomes durable, however
// often it is synced again: so Linux behaves.
//
// Faults. Operations are counted. The n-th one can fail, once or for good, or
// stop the machine: then nothing has an effect and everything fails, until
// cut_power(). A write that fails or that the machine stops in leaves half of
// its bytes.
//
// Not thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "support/fault_plan.hpp"

namespace observer::test {

class memory_file_system : public file_system {
 public:
  explicit memory_file_system(uint64_t seed = 1) : random_(seed) {}

  // -- file_system ------------------------------------------------------------

  opened create(const std::string& path) override;
  opened open_existing(const std::string& path) override;
  content read(const std::string& path, uint64_t offset,
               uint64_t size_max) override;
  measured size(const std::string& path) override;
  listing list(const std::string& directory) override;
  std::optional<io_problem> truncate(const std::string& path,
                                     uint64_t size) override;
  std::optional<io_problem> rename(const std::string& from,
                                   const std::string& to) override;
  std::optional<io_problem> remove(const std::string& path) override;
  std::optional<io_problem> make_directory(const std::string& path) override;
  std::optional<io_problem> settle(const std::string& path,
                                   uint64_t from = 0) override;
  std::optional<io_problem> sync_directory(const std::string& path) override;
  room free_room(const std::string& path) override;

  // -- faults -----------------------------------------------------------------

  /// See fault_plan.
  void fail_nth(uint64_t n, int code, bool for_good = false) {
    plan_.fail_nth(n, code, for_good);
  }
  void fail_nth(fs_op kind, uint64_t n, int code, bool for_good = false) {
    plan_.fail_nth(kind, n, code, for_good);
  }
  void mend() {
    plan_.mend();
  }
  /// The machine stops at the n-th operation from now on.
  void stop_at(uint64_t n) {
    stop_at_ = operations_ + n;
  }
  /// Loses what was not durable; files that are open are dead. Goes on.
  void cut_power();
  /// The process is gone and the machine goes on: nothing written is lost, and
  /// files that are open are dead.
  void lose_process() {
    ++boots_;
  }

  // -- looks ------------------------------------------------------------------

  uint64_t operations() const {
    return operations_;
  }
  /// How often a fault struck.
  uint64_t failures() const {
    return plan_.failures();
  }
  bool stopped() const {
    return stopped_;
  }
  uint64_t syncs() const {
    return syncs_;
  }
  /// Of the directory and all below it.
  std::vector<std::string> files() const;
  bool exists(const std::string& path) const {
    return live_.contains(path);
  }
  /// Empty if there is none.
  std::string text(const std::string& path) const;
  /// The same, until the file changes.
  std::string_view view(const std::string& path) const;
  /// Bytes that a power cut leaves.
  uint64_t synced_bytes(const std::string& path) const;
  /// Would the file's name survive a power cut?
  bool entry_is_durable(const std::string& path) const;
  // -- what others do to files ------------------------------------------------

  /// Deletes a file; whoever has it open writes into nothing.
  void take_away(const std::string& path) {
    live_.erase(path);
    durable_.erase(path);
  }
  /// Leaves so many of its bytes.
  void shorten(const std::string& path, uint64_t bytes);
  /// Writes behind what is in it.
  void lengthen(const std::string& path, const std::string& bytes) {
    live_.at(path)->bytes += bytes;
  }
  /// What is free for whoever asks.
  uint64_t free_bytes = 1 << 30;
  uint64_t total_bytes = uint64_t{1} << 31;
  /// A file as an earlier run left it, durable; another one if it is open.
  void put(const std::string& path, const std::string& bytes);

 private:
  struct node {
    std::string bytes;
    uint64_t synced = 0;
    /// From here on nothing becomes durable any more.
    std::optional<uint64_t> lost_from;
  };
  using node_ptr = std::shared_ptr<node>;
  using entries = std::map<std::string, node_ptr>;
  struct change {
    std::string directory;
    std::function<void(entries&)> apply;
  };
  class open_file;

  /// Counts an operation; the problem with which it fails, if it does.
  std::optional<io_problem> begin(fs_op kind, const std::string& path);
  void changed(const std::string& path, std::function<void(entries&)> apply);
  static std::string directory_of(const std::string& path);

  std::mt19937_64 random_;
  entries live_, durable_;
  std::vector<change> pending_;
  std::set<std::string> directories_;
  fault_plan plan_;
  std::optional<uint64_t> stop_at_;
  uint64_t operations_ = 0, syncs_ = 0;
  /// Counts power cuts and lost processes.
  uint64_t boots_ = 0;
  bool stopped_ = false;
};

} // namespace observer::test
