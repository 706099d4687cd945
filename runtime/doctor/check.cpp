#include "runtime/doctor/check.hpp"

#include <condition_variable>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "messages/exceptions.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

/// A check on its way; what it finds outlives whoever waits.
struct running_check {
  check_report report;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;

  void finish() {
    std::lock_guard guard{mutex};
    done = true;
    changed.notify_all();
  }
};

void look_at(const doctor_check& check, running_check& run) {
  try {
    check.look(run.report);
  } catch (...) {
    auto thrown = std::current_exception();
    tries([&] {
      run.report.fail(check.name, fmt::format("could not be looked at: {}",
                                              words_of_exception(thrown)));
    });
  }
  run.finish();
}

} // namespace

std::string_view to_string(check_state state) {
  switch (state) {
    case check_state::ok:
      return "ok";
    case check_state::warning:
      return "warning";
    case check_state::failed:
      return "failed";
    case check_state::skipped:
      return "skipped";
  }
  return "?";
}

void check_report::add(check_state state, std::string&& name,
                       std::string&& text) {
  std::lock_guard guard{mutex_};
  if (lines_.size() < lines_max)
    lines_.push_back({std::move(name), state, outside_text(text)});
}

void check_report::ok(std::string name, std::string text) {
  add(check_state::ok, std::move(name), std::move(text));
}

void check_report::warn(std::string name, std::string text) {
  add(check_state::warning, std::move(name), std::move(text));
}

void check_report::fail(std::string name, std::string text) {
  add(check_state::failed, std::move(name), std::move(text));
}

void check_report::skip(std::string name, std::string text) {
  add(check_state::skipped, std::move(name), std::move(text));
}

std::vector<check_line> check_report::lines() const {
  std::lock_guard guard{mutex_};
  return lines_;
}

void run_checks(const std::vector<doctor_check>& checks,
                const std::function<void(const check_line&)>& tell,
                bool* left_behind) {
  using steady = std::chrono::steady_clock;
  auto begin = steady::now();
  std::vector<std::shared_ptr<running_check>> running;
  std::vector<bool> threadless;
  for (auto& check : checks) {
    auto run = std::make_shared<running_check>();
    running.push_back(run);
    threadless.push_back(false);
    try {
      std::thread{[check, run] { look_at(check, *run); }}.detach();
    } catch (const std::system_error&) {
      threadless.back() = true;
    }
  }
  for (size_t i = 0; i < checks.size(); ++i) {
    auto& run = *running[i];
    if (threadless[i])
      look_at(checks[i], run); // without a deadline, which needs a thread
    bool done = false;
    {
      std::unique_lock lock{run.mutex};
      done = run.changed.wait_until(lock, begin + checks[i].deadline,
                                    [&] { return run.done; });
    }
    for (auto& line : run.report.lines())
      tell(line);
    if (done)
      continue;
    if (left_behind)
      *left_behind = true;
    tell({checks[i].name, check_state::failed,
          fmt::format("not done within {} s: what it asked (a disk, a server, the "
                      "name servers) has not answered; it is waited for no longer",
                      static_cast<double>(checks[i].deadline.count()) / 1000)});
  }
}

} // namespace observer
