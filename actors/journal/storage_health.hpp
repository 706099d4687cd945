#pragma once

// What keeps the writers from writing: their word for those who must explain a
// hole. Outlives writers; thread-safe.

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/journal/journal_notes.hpp"
#include "messages/batches.hpp"
#include "messages/cause.hpp"

namespace observer {

class storage_health {
 public:
  struct trouble {
    cause why = cause::none;
    /// What, where, which value.
    std::string text;
  };

  /// A file of the past that could not be opened, read or sealed, by its name
  /// in the data directory. Does not keep anybody from writing.
  void set_aside(dataset d, const std::string& file, cause why,
                 std::string text);
  /// It is in order now.
  void mended(dataset d, const std::string& file);
  /// What is set aside of this dataset, in words; empty if nothing is.
  std::string describe_aside(dataset d) const;

  /// Something to be told that keeps nobody from writing.
  void remark(dataset d, cause why, std::string text);

  /// Files whose manifests could not be written, and why; those of before are
  /// forgotten.
  void set_unsealed(dataset d, std::vector<std::string> files);
  /// Of all datasets.
  std::vector<std::string> unsealed() const;

  /// `cause::none`: this dataset is written again.
  void report(dataset d, cause why, std::string text);
  cause of(dataset d) const {
    return at(d).why.load(std::memory_order_relaxed);
  }
  trouble describe(dataset d) const;
  /// The disk does not let it write; not: a writer that is about to.
  bool refuses(dataset d) const;

  struct change {
    dataset data;
    trouble now;
  };
  /// Records that were acknowledged and are gone with the file that held them,
  /// in the words and figures of an event.
  struct loss {
    dataset data = dataset::scalp;
    std::string tr_id, symbol, detail;
    std::string session_id;
    int slot = 0;
    uint64_t first_seq = 0, last_seq = 0;
    uint64_t records = 0;
    int64_t from_us = 0, to_us = 0;
    cause why = cause::file_taken;
    /// The file of the system journal that tells of it; empty: none so far.
    std::string told_in = {};
  };
  void report_loss(loss what);
  /// Since the last call, oldest first, at most `losses_max`: past it they are
  /// added up in the last one, which then names no stream.
  std::vector<loss> take_losses();
  static constexpr size_t losses_max = 1'024;
  /// The process is going to end: losses that nobody took so far, and those from
  /// now on, are its last words, whoever takes them besides.
  void begin_end();
  std::vector<loss> last_losses() const;

  /// What changed since the last call, oldest first, at most `changes_max`:
  /// a trouble that came and went between two looks is among it.
  std::vector<change> take_changes();
  static constexpr size_t changes_max = 64;

 private:
  struct entry {
    std::atomic<cause> why{cause::none};
    std::string text;
    /// By file; no more than `aside_max`.
    std::map<std::string, std::string> aside;
    std::vector<std::string> unsealed;
  };
  static constexpr size_t aside_max = 64;
  const entry& at(dataset d) const {
    return entries_[static_cast<size_t>(d)];
  }

  mutable std::mutex mutex_;
  std::vector<change> changes_;
  static void add(std::vector<loss>& to, const loss& what);

  std::vector<loss> losses_, last_;
  bool ending_ = false;
  std::array<entry, std::size(all_datasets)> entries_;
};

/// In the words and figures of an event.
storage_health::loss loss_of(dataset d, const lost_records& lost);

} // namespace observer
