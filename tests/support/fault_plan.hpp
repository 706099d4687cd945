#pragma once

// Which operation of a file system fails: the n-th of all or of one kind, once
// or for good. Shared by the file system in memory and by the faulty one.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace observer::test {

enum class fs_op : uint8_t {
  create,
  open_existing,
  read,
  size,
  list,
  write,
  sync,
  truncate,
  rename,
  remove,
  make_directory,
  sync_directory,
  settle,
};

std::string_view to_string(fs_op kind);

/// Not thread-safe.
class fault_plan {
 public:
  /// The n-th operation from now on fails with errno `code` (1 is the next);
  /// with `for_good` all after it too. A code that reading never fails with
  /// (no space, no quota, read-only) waits for the next change.
  void fail_nth(uint64_t n, int code, bool for_good = false);
  /// The same among the operations of one kind.
  void fail_nth(fs_op kind, uint64_t n, int code, bool for_good = false);
  /// Nothing fails any more.
  void mend() {
    faults_.clear();
  }

  /// Counts an operation; the errno with which it fails, if it does.
  std::optional<int> strike(fs_op kind);
  /// How often a fault struck.
  uint64_t failures() const {
    return failures_;
  }

 private:
  struct fault {
    std::optional<fs_op> kind;
    uint64_t left;
    int code;
    bool for_good;
  };

  std::vector<fault> faults_;
  uint64_t failures_ = 0;
};

} // namespace observer::test
