#pragma once

// Backups through a program of the operator's, `command:/path/to/hook`. Protocol
// 1; what is on the right of a verb are the program's arguments:
//
//   hook put NAME BYTES   reads so many bytes from standard input, and exits with 0
//                         once they are durable under that name. If its input
//                         ends before, it was given up: keep nothing of it.
//   hook get NAME         prints the bytes; exit 3: there is no such file
//   hook list FOLDER      prints a line for each file below, `BYTES NAME`, NAME as
//                         from that folder: `4711 scalp/20260914_15.jsonl`. None
//                         and exit 0 where there is no such folder
//   hook remove NAME      exit 0 when it is not there any more, or never was
//
// NAME is like `20260914/scalp/20260914_15.jsonl.zst`: letters, digits, and . _ - /
// only. Any other exit status is a failure, told with the last that it said on
// standard error. In its environment: OBSERVER_BACKUP_PROTOCOL=1, PATH, HOME, what
// names proxies and certificates, and all variables that begin with BACKUP_HOOK_;
// none of the recorder's own secrets. It is killed when it moves nothing for
// backup.timeout_s, and when the recorder stops.

#include <chrono>
#include <string>

#include "actors/archive/backup_target.hpp"
#include "runtime/archive/child_process.hpp"

namespace observer {

class hook_target : public backup_target {
 public:
  hook_target(std::string program, std::chrono::milliseconds patience)
    : program_(std::move(program)), patience_(patience) {}

  std::string name() const override {
    return "command:" + program_;
  }
  std::string id() const override {
    return name();
  }
  result<> prepare() override;
  result<> put(const std::string& name, uint64_t bytes,
               const bytes_source& from) override;
  result<> get(const std::string& name, const bytes_sink& to) override;
  result<std::vector<stored_file>> list(const std::string& folder) override;
  result<> remove(const std::string& name) override;

 private:
  child_job job(std::vector<std::string> arguments) const;
  /// A problem for every status but 0.
  result<> run(const child_job& job) const;

  std::string program_;
  std::chrono::milliseconds patience_;
};

} // namespace observer
