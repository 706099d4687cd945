#include "runtime/process/signals.hpp"

#include <ctime>

namespace observer {

namespace {

struct meaning {
  int number;
  std::string_view name;
  signal_order order;
};

constexpr meaning meanings[] = {
  {SIGTERM, "SIGTERM", signal_order::stop},
  {SIGINT, "SIGINT", signal_order::stop},
  {SIGHUP, "SIGHUP", signal_order::stop},
  {SIGQUIT, "SIGQUIT", signal_order::stop},
  {SIGPWR, "SIGPWR", signal_order::stop},
  {SIGXCPU, "SIGXCPU", signal_order::stop},
  {SIGUSR1, "SIGUSR1", signal_order::toggle_debug},
  {SIGUSR2, "SIGUSR2", signal_order::say_counts},
};

bool is_ignored(int number) {
  struct sigaction now {};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

timespec in_timespec(std::chrono::milliseconds span) {
  constexpr auto second = std::chrono::milliseconds{1'000};
  return {static_cast<time_t>(span / second),
          static_cast<long>((span % second).count()) * 1'000'000};
}

} // namespace

process_signals::process_signals() {
  sigemptyset(&orders_);
  for (auto& m : meanings)
    if (m.number != SIGHUP || !is_ignored(SIGHUP))
      sigaddset(&orders_, m.number);
  pthread_sigmask(SIG_BLOCK, &orders_, &before_);
  // SIGCHLD: as the first process of a container it inherits children of
  // others, which the kernel then takes away.
  for (auto number : {SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGSTKFLT, SIGPIPE,
                      SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU, SIGTRAP, SIGSYS,
                      SIGCHLD})
    ignore(number);
  for (auto number = SIGRTMIN; number <= SIGRTMAX; ++number)
    ignore(number);
}

void process_signals::ignore(int number) {
  former was{number, {}};
  // Who has a handler wants the signal: a profiler.
  if (::sigaction(number, nullptr, &was.action) != 0
      || was.action.sa_handler != SIG_DFL)
    return;
  struct sigaction ignoring {};
  ignoring.sa_handler = SIG_IGN;
  if (::sigaction(number, &ignoring, nullptr) == 0)
    ignored_.push_back(was);
}

process_signals::~process_signals() {
  timespec now{0, 0};
  while (sigtimedwait(&orders_, nullptr, &now) > 0)
    continue;
  give_back();
}

void process_signals::give_back() {
  for (auto& was : ignored_)
    ::sigaction(was.number, &was.action, nullptr);
  ignored_.clear();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

process_signals::received
process_signals::wait(std::chrono::milliseconds patience) const {
  auto time = in_timespec(patience);
  auto number = sigtimedwait(&orders_, nullptr, &time);
  for (auto& m : meanings)
    if (m.number == number)
      return {m.order, m.name};
  return {};
}

void ignore_broken_pipes() {
  struct sigaction ignoring {};
  ignoring.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignoring, nullptr);
}

} // namespace observer
