#include "support/fault_plan.hpp"

#include <cerrno>

namespace observer::test {

std::string_view to_string(fs_op kind) {
  constexpr std::string_view names[]
    = {"create",   "open",   "read",   "size",  "list",
       "write",    "sync",   "truncate", "rename", "remove",
       "make directory", "sync directory", "settle"};
  return names[static_cast<size_t>(kind)];
}

void fault_plan::fail_nth(uint64_t n, int code, bool for_good) {
  faults_.push_back({std::nullopt, n, code, for_good});
}

void fault_plan::fail_nth(fs_op kind, uint64_t n, int code, bool for_good) {
  faults_.push_back({kind, n, code, for_good});
}

std::optional<int> fault_plan::strike(fs_op kind) {
  auto reads = kind == fs_op::read || kind == fs_op::size || kind == fs_op::list
               || kind == fs_op::open_existing;
  for (auto& f : faults_) {
    if (f.kind && *f.kind != kind)
      continue;
    if (f.left > 1) {
      --f.left;
      continue;
    }
    if (f.left == 0)
      continue; // struck already
    if (reads && (f.code == ENOSPC || f.code == EDQUOT || f.code == EROFS))
      continue; // the next change does
    if (!f.for_good)
      f.left = 0;
    ++failures_;
    return f.code;
  }
  return std::nullopt;
}

} // namespace observer::test
