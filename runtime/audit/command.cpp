#include "runtime/audit/command.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <iostream>
#include <mutex>
#include <numeric>
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

namespace observer {

namespace {

using namespace audit;

constexpr unsigned threads_max = 64;
constexpr std::chrono::milliseconds progress_period{500};

/// Audits all files, the largest first so that the threads end together.
class file_audits {
public:
  file_audits(const std::vector<journal_file>& files, bool closed)
    : files_(files), closed_(closed), results_(files.size()),
      order_(files.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return files_[a].bytes > files_[b].bytes;
    });
    for (auto& file : files_)
      bytes_ += file.bytes;
  }

  /// Blocks until every file has its result.
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

private:
  void work() {
    for (;;) {
      auto turn = next_.fetch_add(1, std::memory_order_relaxed);
      if (turn >= order_.size())
        break;
      auto& file = files_[order_[turn]];
      auto& result = results_[order_[turn]];
      try {
        result = audit_file(file, closed_, bytes_done_);
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
      constexpr uint64_t mega = 1'000'000;
      out << fmt::format("\r{} of {} MB", bytes_done_.load() / mega,
                         bytes_ / mega)
          << std::flush;
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
  std::atomic<uint64_t> bytes_done_{0};
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
  app.add_option("--day", options.day,
                 "Audit the files of this Korean day only (YYYYMMDD)")
    ->check([](const std::string& day) {
      return is_date(day) ? std::string{}
                          : day + " is not a day; write it as 20260914";
    });
  app.add_flag("--closed", options.closed,
               "Demand that every file be sealed, as after a stop");
  app.add_flag("--present", options.present,
               "Demand that every sealed file be here, or compressed beside "
               "its manifest");
  app.add_flag("--json", options.json, "Print the report as one JSON object");
  app.add_flag("--explain", options.explain,
               "Add up what is missing by cause and symbol");
  app.add_flag("--verbose", options.verbose,
               "Name the files that are not of the journal");
  app.add_option("--threads", options.threads, "Files read at the same time")
    ->check(CLI::Range(1u, threads_max))
    ->capture_default_str();
}

int run_audit(const audit_options& options, std::ostream& out,
              std::ostream& err) {
  if (!options.day.empty() && !is_date(options.day)) {
    err << "observer audit: " << outside_value(options.day)
        << " is not a day; write it as 20260914\n";
    return 2;
  }
  auto found = take_inventory(options.path, options.day);
  if (!found.problem.empty()) {
    err << "observer audit: " << outside_text(found.problem) << '\n';
    return 2;
  }
  auto on_terminal = &err == &std::cerr && isatty(STDERR_FILENO) == 1;
  file_audits audits{found.files, options.closed};
  auto results = audits.run(std::min(options.threads, threads_max),
                            on_terminal ? &err : nullptr);
  auto report = make_report(found, options.path, options.day,
                            std::move(results), options.present);
  // Names of files and texts of lines are somebody else's.
  std::ostringstream text;
  if (options.json) {
    print_json(report, text);
    out << json_for_terminal(
      redacted(text.view(), std::string::npos, text_kind::own));
  } else {
    print_text(report, {options.explain, options.verbose}, text);
    out << lines_for_terminal(text.view());
  }
  return report.sound() ? 0 : 1;
}

} // namespace observer
