// `tests/simulate`: mornings of a recorder's life from seeds.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "simulation/morning.hpp"

using namespace observer::simulation;

namespace {

volatile std::sig_atomic_t interrupted = 0;

struct totals {
  uint64_t mornings = 0, failed = 0;
  std::map<std::string, uint64_t> faults;
  uint64_t ticks = 0, gaps = 0, missing = 0, rejected = 0, shed = 0;
  uint64_t gave_up = 0;
  std::vector<int64_t> recoveries_us;

  void add(const morning& m) {
    ++mornings;
    failed += !m.findings.empty();
    for (auto& [kind, n] : m.faults)
      faults[kind] += n;
    ticks += m.ticks;
    gaps += m.gaps;
    missing += m.missing_trades;
    rejected += m.rejected;
    shed += m.shed;
    gave_up += m.gave_up;
    recoveries_us.insert(recoveries_us.end(), m.recoveries_us.begin(),
                         m.recoveries_us.end());
  }

  void print() {
    uint64_t all = 0;
    for (auto& [kind, n] : faults)
      all += n;
    fmt::print("{} mornings, {} with findings; {} faults:\n", mornings, failed,
               all);
    for (auto& [kind, n] : faults)
      fmt::print("  {:<22}{:>7}\n", kind, n);
    fmt::print("{} ticks recorded, {} trades missing in {} gaps of their size; "
               "{} processes gave up and were started again\n",
               ticks, missing, gaps, gave_up);
    if (recoveries_us.empty())
      return;
    std::sort(recoveries_us.begin(), recoveries_us.end());
    auto at = [&](double q) {
      auto i = static_cast<size_t>(
        q * static_cast<double>(recoveries_us.size() - 1));
      return static_cast<double>(recoveries_us[i]) / 1e3;
    };
    fmt::print("from a scalp writer's kill to the next acknowledgement, {} "
               "times: p50 {:.0f} ms, p99 {:.0f} ms of simulated time\n",
               recoveries_us.size(), at(0.5), at(0.99));
  }
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Mornings of a recorder's life in simulated time, each with "
               "faults at random from its seed, each held against the truth.\n"
               "exit 0  nothing vanished\nexit 1  findings; each names its "
               "seed"};
  uint64_t seeds = 200, first = 1;
  bool verbose = false, log = false, replay = false;
  std::string flaw;
  app.add_option("--seeds", seeds, "How many mornings")->capture_default_str();
  app.add_option("--first", first, "The first seed")->capture_default_str();
  app.add_flag("--verbose", verbose, "Name every fault as it happens");
  app.add_flag("--log", log, "Print the daemon's warnings with it");
  app.add_flag("--replay", replay,
               "Live each morning twice: the files must be equal");
  app.add_option("--flaw", flaw,
                 "Put a flaw in that must be found: acknowledge-before-sync, "
                 "forget-at-restart or count-twice");
  CLI11_PARSE(app, argc, argv);
  morning_options o;
  if (flaw == "acknowledge-before-sync")
    o.flaw = sabotage::acknowledge_before_sync;
  else if (flaw == "forget-at-restart")
    o.flaw = sabotage::forget_at_restart;
  else if (flaw == "count-twice")
    o.flaw = sabotage::count_twice;
  else if (!flaw.empty()) {
    fmt::print(stderr, "--flaw {}: no such flaw\n", flaw);
    return 2;
  }
  std::signal(SIGINT, [](int) { interrupted = 1; });
  o.with_log = log;
  if (verbose || log)
    o.say = [](const std::string& text) { fmt::print("{}\n", text); };
  namespace fs = std::filesystem;
  auto root = fs::temp_directory_path()
              / fmt::format("observer-simulation-{}", getpid());
  auto on_terminal = isatty(STDOUT_FILENO) == 1;
  totals all;
  for (uint64_t seed = first; seed < first + seeds && !interrupted; ++seed) {
    o.seed = seed;
    o.directory = (root / std::to_string(seed)).string();
    fs::create_directories(o.directory);
    if (verbose)
      fmt::print("seed {}\n", seed);
    auto m = live(o);
    fs::remove_all(o.directory);
    if (replay) {
      fs::create_directories(o.directory);
      auto again = live(o);
      fs::remove_all(o.directory);
      if (again.digest != m.digest)
        m.findings.push_back("lived twice, and the files differ");
    }
    all.add(m);
    for (auto& f : m.findings)
      fmt::print("seed {}: {}\n", seed, f);
    if (on_terminal && seed % 10 == 0)
      fmt::print("\r{} of {}\x1b[K", seed - first + 1, seeds);
    std::fflush(stdout);
  }
  fs::remove_all(root);
  if (on_terminal)
    fmt::print("\r\x1b[K");
  all.print();
  return all.failed > 0 ? 1 : 0;
}
