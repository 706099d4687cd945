#include "runtime/audit/command.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <iostream>
#include <mutex>
#include <numeric>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/audit/file_audit.hpp"
#include "runtime/audit/inventory.hpp"
#include "runtime/audit/report.hpp"
#include "runtime/process/standard_streams.hpp"

namespace observer {

namespace {

using namespace audit;

constexpr unsigned threads_max = 64;
constexpr std::chrono::milliseconds progress_period{500};

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// Ctrl-C sets `interrupted` while this lives.
class interrupt_watch {
public:
  interrupt_watch() {
    interrupted = false;
    struct sigaction action = {};
    action.sa_handler = [](int) {
      interrupted.store(true, std::memory_order_relaxed);
    };
    sigemptyset(&action.sa_mask);
    good_ = ::sigaction(SIGINT, &action, &before_) == 0;
  }
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;
  ~interrupt_watch() {
    if (good_)
      ::sigaction(SIGINT, &before_, nullptr);
  }

private:
  struct sigaction before_ = {};
  bool good_ = false;
};

/// `2026-09-14` as `20260914`; another text as it is.
std::string without_dashes(const std::string& day) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-')
    return day;
  return day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
}

/// Audits all files, the largest first so that the threads end together.
class file_audits {
public:
  file_audits(const std::vector<journal_file>& files, bool closed,
              const std::atomic<bool>* stop)
    : files_(files), closed_(closed), results_(files.size()),
      order_(files.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return files_[a].bytes > files_[b].bytes;
    });
    for (auto& file : files_)
      bytes_ += file.bytes;
    progress_.stop = stop;
  }

  /// Blocks until every file has its result, or the stop is set.
  std::vector<file_result> run(unsigned threads, std::ostream* progress) {
    threads = static_cast<unsigned>(
      std::clamp<size_t>(threads, 1, std::max<size_t>(files_.size(), 1)));
    running_ = threads;
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; ++i)
      workers.emplace_back([this] { work(); });
    if (progress)
      show_progress(*progress);
    for (auto& worker : workers)
      worker.join();
    return std::move(results_);
  }

  bool stopped() const {
    return progress_.stopped();
  }
  std::string done_of_all() const {
    constexpr uint64_t mega = 1'000'000;
    return fmt::format("{} of {} MB", progress_.bytes_done.load() / mega,
                       bytes_ / mega);
  }

private:
  void work() {
    while (!progress_.stopped()) {
      auto turn = next_.fetch_add(1, std::memory_order_relaxed);
      if (turn >= order_.size())
        break;
      auto& file = files_[order_[turn]];
      auto& result = results_[order_[turn]];
      try {
        result = audit_file(file, closed_, progress_);
      } catch (const std::exception& error) {
        result = {};
        result.findings.add(finding_kind::unreadable, file.shown, 0,
                            "its audit broke off: {}; audit it alone",
                            error.what());
      }
    }
    std::lock_guard guard{mutex_};
    --running_;
    finished_.notify_all();
  }

  void show_progress(std::ostream& out) {
    bool shown = false;
    std::unique_lock guard{mutex_};
    while (!finished_.wait_for(guard, progress_period,
                               [&] { return running_ == 0; })) {
      out << '\r' << done_of_all() << std::flush;
      shown = true;
    }
    if (shown)
      out << "\r\x1b[K" << std::flush;
  }

  const std::vector<journal_file>& files_;
  bool closed_;
  std::vector<file_result> results_;
  /// Indices into files_, in the order of work.
  std::vector<size_t> order_;
  uint64_t bytes_ = 0;
  std::atomic<size_t> next_{0};
  audit_progress progress_;
  std::mutex mutex_;
  std::condition_variable finished_;
  /// Guarded by mutex_.
  unsigned running_ = 0;
};

} // namespace

void add_audit_options(CLI::App& app, audit_options& options) {
  app.add_option("DIR", options.path,
                 "Data directory (the one that holds scalp/), or one journal "
                 "file")
    ->required();
  app.add_option("--day,--date", options.day,
                 "Audit the files of this Korean day only (20260914 or "
                 "2026-09-14)")
    ->check([](const std::string& day) {
      return is_date(without_dashes(day))
               ? std::string{}
                          : day + " is not a day; write it as 20260914";
    });
  app.add_flag("--closed", options.closed,
               "Demand that every file be sealed, as after a stop");
  app.add_flag("--present", options.present,
               "Demand that every sealed file be here, or compressed beside "
               "its manifest");
  app.add_flag("--json", options.json, "Print the report as one JSON object");
  app.add_flag("--explain", options.explain,
               "Add up what is missing by cause, TR and symbol: how much, "
               "when, of how much, and what to do");
  app.add_option("--symbol", options.symbol,
                 "With --explain or --json: what is missing of this symbol "
                 "only");
  app.add_option("--cause", options.cause,
                 "With --explain or --json: what is missing for this cause "
                 "only");
  app.add_flag("--verbose", options.verbose,
               "Add the files and the streams (session and slot), and name "
               "the files that are not of the journal");
  app.add_option("--threads", options.threads, "Files read at the same time")
    ->check(CLI::Range(1u, threads_max))
    ->capture_default_str();
}

int run_audit(const audit_options& options, std::ostream& out,
              std::ostream& err) {
  auto day = without_dashes(options.day);
  if (!day.empty() && !is_date(day)) {
    err << "observer audit: " << outside_value(options.day)
        << " is not a day; write it as 20260914\n";
    return 2;
  }
  auto found = take_inventory(options.path, day);
  if (!found.problem.empty()) {
    err << "observer audit: " << outside_text(found.problem) << '\n';
    return 2;
  }
  auto for_people = &err == &std::cerr;
  std::optional<interrupt_watch> watch;
  if (for_people && !options.stop)
    watch.emplace();
  auto on_terminal = for_people && rewrites_lines(STDERR_FILENO);
  file_audits audits{found.files, options.closed,
                     options.stop ? options.stop
                     : watch      ? &interrupted
                                  : nullptr};
  auto results = audits.run(std::min(options.threads, threads_max),
                            on_terminal ? &err : nullptr);
  if (audits.stopped()) {
    err << "observer audit: interrupted after " << audits.done_of_all()
        << ": nothing is judged\n";
    return 130;
  }
  auto report = make_report(found, options.path, day,
                            std::move(results), options.present);
  auto filtered = !options.symbol.empty() || !options.cause.empty();
  report_choice choice{options.explain || filtered, options.verbose,
                       options.symbol, options.cause};
  // Names of files and texts of lines are somebody else's.
  std::ostringstream text;
  if (options.json) {
    print_json(report, choice, text);
    out << json_for_terminal(
      redacted(text.view(), std::string::npos, text_kind::own));
  } else {
    print_text(report, choice, text);
    out << lines_for_terminal(text.view());
  }
  return report.sound() ? 0 : 1;
}

} // namespace observer
