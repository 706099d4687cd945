#pragma once

// What signals mean to a command that runs until it is told to stop. None ends
// the process but those that say it has crashed, and SIGKILL:
//
//   TERM INT HUP QUIT PWR XCPU   stop in order. HUP is ignored where it was
//                                ignored at the start (nohup). Another one while
//                                it stops changes nothing.
//   USR1                         debug lines in the log, or no longer
//   USR2                         the counts in the log, now
//   all others that would end or suspend it by default   ignored: ALRM, VTALRM,
//                                PROF, IO, STKFLT, PIPE, XFSZ, TSTP, TTIN, TTOU,
//                                RTMIN to RTMAX; TRAP and SYS where somebody sent
//                                them
//
// SIGSTOP suspends it; SIGSEGV, BUS, FPE, ILL and ABRT end it with a core, and so
// do TRAP and SYS where the processor or the kernel raises them: those pass by
// what is ignored.

#include <signal.h>

#include <chrono>
#include <string_view>
#include <vector>

namespace observer {

enum class signal_order { none, stop, toggle_debug, say_counts };

class process_signals {
 public:
  /// Before any thread starts: the signals that mean something come to `wait`
  /// alone. One may be made within another.
  process_signals();
  /// As it was before; what came meanwhile is dropped.
  ~process_signals();
  process_signals(const process_signals&) = delete;
  process_signals& operator=(const process_signals&) = delete;

  /// As it was before, for a command that a signal may end: one that came
  /// meanwhile ends it now.
  void give_back();

  /// As short as `SIGHUP`.
  struct received {
    signal_order order = signal_order::none;
    std::string_view name;
  };
  /// What came, or nothing for so long.
  received wait(std::chrono::milliseconds patience) const;

 private:
  void ignore(int number);

  sigset_t orders_, before_;
  struct former {
    int number;
    struct sigaction action;
  };
  std::vector<former> ignored_;
};

/// A reader that has gone is an error of the write. For a command that goes on
/// without it.
void ignore_broken_pipes();

} // namespace observer
