#pragma once

// What a check found, line by line, and how many of them run side by side: each
// on a thread of its own, so that a name server or a disk that hangs costs its
// own line and no other.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace observer {

enum class check_state : uint8_t { ok, warning, failed, skipped };

std::string_view to_string(check_state state);

struct check_line {
  /// Of the check, two words at most.
  std::string name = {};
  check_state state = check_state::ok;
  /// What was found; of what is not in order also what to do. Without secrets.
  std::string text = {};
};

/// Takes a check's lines as they are found. Thread-safe.
class check_report {
 public:
  void ok(std::string name, std::string text);
  void warn(std::string name, std::string text);
  void fail(std::string name, std::string text);
  /// What could not be looked at, and why.
  void skip(std::string name, std::string text);
  std::vector<check_line> lines() const;

  /// A check that says the same for ever says no more than this.
  static constexpr size_t lines_max = 200;

 private:
  void add(check_state state, std::string&& name, std::string&& text);

  mutable std::mutex mutex_;
  std::vector<check_line> lines_;
};

struct doctor_check {
  std::string name;
  /// It must not use what may be gone when it is left behind.
  std::function<void(check_report&)> look;
  std::chrono::milliseconds deadline{10'000};
};

/// Runs all at once and hands on the lines in the order of the checks, each check's
/// as soon as those before it are done. One that is not back at its deadline is a
/// failure and is left behind with its thread: the process must end without
/// waiting for it, which `left_behind` says.
void run_checks(const std::vector<doctor_check>& checks,
                const std::function<void(const check_line&)>& tell,
                bool* left_behind = nullptr);

} // namespace observer
