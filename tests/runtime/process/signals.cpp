#define CAF_SUITE runtime_process_signals
#include "test.hpp"

#include <unistd.h>

#include "runtime/process/signals.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

// By real processes: tests/faults/signals.py.

CAF_TEST(each signal that means something is an order of its own) {
  process_signals signals;
  for (auto [number, order, name] :
       {std::tuple{SIGTERM, signal_order::stop, "SIGTERM"},
        std::tuple{SIGINT, signal_order::stop, "SIGINT"},
        std::tuple{SIGHUP, signal_order::stop, "SIGHUP"},
        std::tuple{SIGQUIT, signal_order::stop, "SIGQUIT"},
        std::tuple{SIGPWR, signal_order::stop, "SIGPWR"},
        std::tuple{SIGXCPU, signal_order::stop, "SIGXCPU"},
        std::tuple{SIGUSR1, signal_order::toggle_debug, "SIGUSR1"},
        std::tuple{SIGUSR2, signal_order::say_counts, "SIGUSR2"}}) {
    ::raise(number);
    auto got = signals.wait(0ms);
    CAF_CHECK(got.order == order);
    CAF_CHECK_EQUAL(std::string{got.name}, name);
  }
  CAF_CHECK(signals.wait(0ms).order == signal_order::none);
}

CAF_TEST(no other signal ends or stops the process) {
  process_signals signals;
  for (auto number : {SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGSTKFLT, SIGPIPE,
                      SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU, SIGTRAP, SIGSYS,
                      SIGCHLD, SIGURG, SIGWINCH, SIGRTMIN, SIGRTMIN + 7, SIGRTMAX})
    CAF_CHECK_EQUAL(::raise(number), 0);
  CAF_CHECK(signals.wait(0ms).order == signal_order::none);
}

CAF_TEST(what is given back acts as if it had come then) {
  static volatile sig_atomic_t seen = 0;
  auto before = ::signal(SIGTERM, [](int number) { seen = number; });
  process_signals signals;
  ::raise(SIGTERM);
  CAF_CHECK_EQUAL(int{seen}, 0);
  signals.give_back();
  CAF_CHECK_EQUAL(int{seen}, SIGTERM);
  struct sigaction now {};
  ::sigaction(SIGALRM, nullptr, &now);
  CAF_CHECK(now.sa_handler == SIG_DFL);
  ::signal(SIGTERM, before);
}

CAF_TEST(one may be made within another) {
  process_signals outer;
  {
    process_signals inner;
    ::raise(SIGINT);
    CAF_CHECK(inner.wait(0ms).order == signal_order::stop);
    ::raise(SIGALRM);
  }
  ::raise(SIGALRM);
  ::raise(SIGTERM);
  CAF_CHECK_EQUAL(std::string{outer.wait(0ms).name}, "SIGTERM");
}

CAF_TEST(what nohup ignores stays ignored) {
  auto before = ::signal(SIGHUP, SIG_IGN);
  {
    process_signals signals;
    ::raise(SIGHUP);
    CAF_CHECK(signals.wait(0ms).order == signal_order::none);
  }
  ::signal(SIGHUP, before);
}

CAF_TEST(a signal that came too late is dropped) {
  {
    process_signals signals;
    ::raise(SIGTERM);
  }
  // Else this process had ended.
  CAF_CHECK(true);
}

} // namespace CAF_SUITE
