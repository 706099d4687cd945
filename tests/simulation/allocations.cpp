#define CAF_SUITE simulation_allocations
#include "test.hpp"

// Memory runs out at the n-th `new` of the daemon's code, for every n: of its
// start, of its actors and of its disk's jobs, once or for a while. Either it
// goes on, and then nothing vanished; or it ends, and then the next process
// finds a sound directory. Each n is lived through in a process of its own.
//
// OBSERVER_ALLOCATIONS=all tries each n; else a few hundred of them.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages/korean_time.hpp"
#include "runtime/audit/command.hpp"
#include "simulation/world.hpp"
#include "support/failing_new.hpp"
#include "support/temporary_directory.hpp"

#ifdef __SANITIZE_ADDRESS__
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulation;
using test::failing_new;

namespace {

constexpr int64_t second = us_per_second;
/// A life that takes longer hangs.
constexpr unsigned patience_s = 120;

world_config tight() {
  world_config c;
  c.seed = 20260914;
  c.market.rate = 60;
  c.market.symbols = 4;
  c.around = [](const std::function<void()>& work) {
    failing_new::mark here{true};
    work();
  };
  return c;
}

/// Where the child's words go.
int words_fd = 2;

void tell(const std::string& text) {
  if (::write(words_fd, text.data(), text.size()) < 0)
    ::_exit(99);
}

[[noreturn]] void leave(int status) {
  ::_exit(status);
}

void prove(world& w) {
  test::temporary_directory folder;
  w.write_files(folder.path());
  std::ostringstream report, problems;
  audit_options o;
  o.path = folder.path();
  o.closed = true;
  o.threads = 1;
  if (run_audit(o, report, problems) != 0)
    tell("the audit says: " + report.str() + problems.str() + "\n");
}

/// The process is gone: another one starts on what it left.
void start_after(world& gone, const char* how) {
  failing_new::mend();
  auto c = tight();
  ++c.seed;
  c.lives_before = 100;
  world w{c};
  for (auto& path : gone.files->files())
    w.files->put(path, gone.files->text(path));
  if (!w.start())
    return tell(fmt::format("{}; the next process does not start\n", how));
  w.pass(5 * second);
  w.stop();
  for (auto& f : w.findings)
    tell(fmt::format("{}; the next process: {}\n", how, f));
  prove(w);
}

world* terminated = nullptr;

/// What no `catch` stopped ends the process; its words are the library's.
void on_terminate() {
  auto* w = std::exchange(terminated, nullptr);
  if (!w)
    ::_exit(98);
  start_after(*w, "ended by std::terminate");
  leave(0);
}

/// CAF 0.17.6 frees an actor's state a second time where memory runs out while it
/// copies the reason of its end. Nothing of ours can keep that from ending the
/// process, by this signal; what it leaves is that of a kill, which others try.
constexpr const char* known_words = "known: CAF's cleanup\n";

void leave_if_known() {
  if (!failing_new::failed_below("scheduled_actor7cleanup"))
    return;
  if (::write(words_fd, known_words, std::strlen(known_words)) < 0)
    ::_exit(99);
  ::_exit(0);
}

[[maybe_unused]] void on_fatal_signal(int number) {
  leave_if_known();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

/// Memory is there again: everything must come to its end.
void go_on(world& w) {
  failing_new::mend();
  for (int i = 0; i < 20 && !(w.running() && w.exchange->all_registered()); ++i)
    w.pass(10 * second);
  if (!w.exchange->all_registered())
    tell("not registered again within 200 s\n");
  // An old file for which there was no memory is tried again after a minute.
  auto aside = [&] {
    return std::ranges::any_of(all_datasets, [&](auto d) {
      return !w.memory().storage->describe_aside(d).empty();
    });
  };
  for (int i = 0; i < 14 && aside(); ++i)
    w.pass(5 * second);
  w.exchange->last_trades();
  w.pass(5 * second);
  if (!w.settled())
    tell(fmt::format("{} records in flight 5 s after all was well\n",
                     sum(w.counters()).in_flight));
  w.stop();
  for (auto& f : w.findings)
    tell(f + "\n");
  for (auto& f : compare(w.exchange->facts, w.ticks()).problems)
    tell(f + "\n");
  prove(w);
}

struct life {
  /// Empty if it kept its promises.
  std::string words;
  int status = 0;
};

/// What `child` does in a process of its own.
life in_a_process(const std::function<void()>& child) {
  int ends[2];
  if (::pipe(ends) != 0)
    CAF_FAIL("no pipe");
  auto pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    words_fd = ends[1];
    ::alarm(patience_s);
    std::set_terminate(on_terminate);
#ifdef __SANITIZE_ADDRESS__
    // It ends the process by a report.
    __sanitizer_set_death_callback(leave_if_known);
#else
    for (auto number : {SIGABRT, SIGSEGV})
      ::signal(number, on_fatal_signal);
#endif
    child();
    leave(0);
  }
  ::close(ends[1]);
  life out;
  char bytes[4096];
  for (ssize_t n; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    out.words.append(bytes, static_cast<size_t>(n));
  ::close(ends[0]);
  ::waitpid(pid, &out.status, 0);
  if (WIFSIGNALED(out.status))
    out.words += fmt::format("signal {}\n", WTERMSIG(out.status));
  else if (WEXITSTATUS(out.status) != 0)
    out.words += fmt::format("exit {}\n", WEXITSTATUS(out.status));
  return out;
}

/// Lives with the fault; what leaves an actor's turn ends the process.
void live_with(world& w, uint64_t n, uint64_t stretch,
               const std::function<void()>& span) {
  terminated = &w;
  failing_new::fail_nth(n, stretch);
  try {
    span();
  } catch (const std::exception& e) {
    return start_after(w, "ended by an exception");
  }
  go_on(w);
}

/// How many `new`s `span` makes where none fails.
uint64_t count(const std::function<void()>& span) {
  uint64_t n = 0;
  int ends[2];
  if (::pipe(ends) != 0)
    CAF_FAIL("no pipe");
  auto l = in_a_process([&] {
    failing_new::fail_nth(UINT64_MAX / 2);
    span();
    n = failing_new::seen();
    if (::write(ends[1], &n, sizeof n) != sizeof n)
      leave(97);
  });
  CAF_REQUIRE_EQUAL(l.words, "");
  CAF_REQUIRE_EQUAL(::read(ends[0], &n, sizeof n),
                    static_cast<ssize_t>(sizeof n));
  ::close(ends[0]);
  ::close(ends[1]);
  return n;
}

void try_each(const char* what, uint64_t all, uint64_t some,
              const std::function<void(uint64_t n, uint64_t stretch)>& child) {
  auto* wish = std::getenv("OBSERVER_ALLOCATIONS");
  auto every = wish && std::string_view{wish} == "all";
  auto step = every ? 1 : std::max<uint64_t>(1, all / some);
  uint64_t tried = 0, broken = 0, known = 0;
  for (uint64_t stretch : {uint64_t{1}, uint64_t{40}})
    for (uint64_t n = 1 + (stretch > 1 ? step / 2 : 0); n <= all;
         n += stretch > 1 ? 4 * step : step) {
      auto l = in_a_process([&] { child(n, stretch); });
      ++tried;
      if (l.words.empty())
        continue;
      if (l.words == known_words) {
        ++known;
        continue;
      }
      ++broken;
      CAF_ERROR(what << ": new number " << n << " of " << all << ", " << stretch
                     << " at a time: " << l.words);
      if (broken >= 5)
        return;
    }
  CAF_MESSAGE(what << ": " << tried << " of " << all << " tried, " << broken
                   << " broke something, " << known << " CAF");
  // Of an actor's end alone; more would hide something else.
  CAF_CHECK_LESS(known * 10, tried);
}

} // namespace

CAF_TEST(memory that runs out while it records takes nothing with it) {
  world w{tight()};
  CAF_REQUIRE(w.start());
  CAF_REQUIRE(w.pass_until(30 * second,
                           [&] { return w.exchange->all_registered(); }));
  w.pass(2 * second);
  auto span = [&] { w.pass(second / 2); };
  auto all = count(span);
  try_each("recording", all, 120, [&](uint64_t n, uint64_t stretch) {
    live_with(w, n, stretch, span);
  });
}

CAF_TEST(memory that runs out while it starts leaves a sound directory) {
  auto c = tight();
  world earlier{c};
  CAF_REQUIRE(earlier.start());
  earlier.pass(3 * second);
  earlier.kill_process();
  auto span = [](world& w) {
    w.start();
    w.pass(second);
  };
  auto all = count([&] { span(earlier); });
  try_each("starting", all, 80, [&](uint64_t n, uint64_t stretch) {
    live_with(earlier, n, stretch, [&] {
      span(earlier);
      if (!earlier.running())
        throw std::runtime_error{"it did not start"};
    });
  });
}

CAF_TEST(memory that runs out while it stops leaves a sound directory) {
  world w{tight()};
  CAF_REQUIRE(w.start());
  CAF_REQUIRE(w.pass_until(30 * second,
                           [&] { return w.exchange->all_registered(); }));
  w.pass(2 * second);
  auto all = count([&] { w.stop(); });
  try_each("stopping", all, 60, [&](uint64_t n, uint64_t stretch) {
    terminated = &w;
    failing_new::fail_nth(n, stretch);
    try {
      w.stop();
    } catch (const std::exception&) {
    }
    // Whether in order or past its deadline: that is told, and not an end.
    start_after(w, "stopped");
  });
}

} // namespace CAF_SUITE
