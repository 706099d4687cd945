#include "runtime/commands/live.hpp"

#include <chrono>
#include <cstdlib>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/supervision/last_words.hpp"
#include "actors/watch/ledger.hpp"
#include "messages/outside_text.hpp"
#include "runtime/commands/progress.hpp"
#include "runtime/daemon/daemon.hpp"
#include "runtime/log/log.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/service_manager.hpp"
#include "runtime/process/signals.hpp"

namespace observer {

namespace {

/// Between two looks at the daemon, and at the signals.
constexpr std::chrono::milliseconds look{200};
/// For the log at the end; nobody may be reading it.
constexpr std::chrono::milliseconds last_words{1'000};
/// What a stop takes beside its deadline: actors that end, disks that are looked
/// at, the log.
constexpr std::chrono::milliseconds beside_deadline{6'000};

/// What a service manager is told, and whether it may be told that all is well.
class reporter {
 public:
  reporter(service_manager& manager, daemon& d) : manager_(manager), d_(d) {
    if (!manager.problem_text().empty())
      spdlog::warn("[service] {}", manager.problem_text());
  }

  void look() {
    manager_.look(
      std::chrono::steady_clock::now(),
      [this] { return hangs_.empty() ? d_.words() : hangs_; },
      [this] { return all_is_well(); });
  }

 private:
  bool all_is_well() {
    auto hangs = d_.hangs();
    if (hangs.empty() != hangs_.empty()) {
      if (hangs.empty())
        spdlog::warn("[service] what hung goes on");
      else
        spdlog::critical("[service] {}; the service manager is given no sign "
                         "of life while that lasts",
                         hangs);
    }
    hangs_ = std::move(hangs);
    return hangs_.empty();
  }

  service_manager& manager_;
  daemon& d_;
  std::string hangs_;
};

} // namespace

const process_signals& signals() {
  static auto* all = new process_signals;
  return *all;
}

void say_failure(const std::string& text) {
  say_error("observer: " + outside_text(text));
}

void say_as(std::string_view format) {
  auto json = format == "json";
  set_error_form(json ? line_form::json : line_form::text);
  last_words_in_json(json);
}

int live(const config& c, const run_options& options,
         const companion& beside) {
  static_cast<void>(signals());
  service_manager manager;
  say_as(c.log.format);
  setup_log(c.log.level, c.log.format);
  for (auto& line : c.warnings)
    spdlog::warn("[config] {}", line);
  auto made = daemon::start(c, options.allow_chaos);
  if (!made) {
    auto& why = made.error().text;
    say_failure(beside.reword ? beside.reword(why) : why);
    manager.say_status("cannot start: " + why);
    return 1;
  }
  auto d = std::move(made).value();
  spdlog::info("[observer] {} run {}: {} symbols into {}", OBSERVER_VERSION,
               d->run_id(), c.feed.symbols.size(), c.data.dir);
  manager.say_ready();
  reporter report{manager, *d};
  progress shown{d->counters(), options.progress};
  auto begin = std::chrono::steady_clock::now();
  int status = 0;
  for (;;) {
    auto signal = signals().wait(look);
    if (signal.order == signal_order::stop) {
      shown.finish();
      spdlog::info("[observer] {}: stopping", signal.name);
      break;
    }
    if (signal.order == signal_order::toggle_debug)
      spdlog::log(spdlog::get_level(), "[observer] {}: the log's level is {}",
                  signal.name, toggle_debug_log());
    if (signal.order == signal_order::say_counts)
      spdlog::log(spdlog::get_level(), "[ledger] {}: {}", signal.name,
                  ledger_line(d->counters()));
    if (auto why = d->failure(); !why.empty()) {
      shown.finish();
      spdlog::critical("[observer] {}: see the lines above; the process ends "
                       "so that its container starts anew",
                       why);
      status = 1;
      break;
    }
    if (options.seconds > 0
        && std::chrono::steady_clock::now() - begin
             >= std::chrono::seconds{options.seconds}) {
      shown.finish();
      spdlog::info("[observer] {} s are over: stopping", options.seconds);
      break;
    }
    if (beside.tell)
      if (auto line = beside.tell(*d); !line.empty())
        shown.say(line);
    shown.update();
    report.look();
  }
  manager.say_stopping(std::chrono::milliseconds{c.run.stop_deadline_ms}
                       + beside_deadline);
  auto all_stopped = d->stop();
  if (!all_stopped && status == 0) {
    // It is about records: what else is not done, the next run does.
    if (auto in_flight = sum(d->counters()).in_flight; in_flight > 0) {
      spdlog::critical("[observer] not stopped within {} ms: {} records are in "
                       "flight, not on disk",
                       c.run.stop_deadline_ms, in_flight);
      status = 1;
    } else {
      spdlog::warn("[observer] not all was finished within {} ms: no record is "
                   "in flight, and the next run seals what is not sealed",
                   c.run.stop_deadline_ms);
    }
  }
  for (auto& text : d->left_undone()) {
    spdlog::critical("[observer] {}", text);
    status = 1;
  }
  log_always("[ledger] final " + ledger_line(d->counters()));
  auto t = sum(d->counters());
  if (t.in_flight > 0) {
    spdlog::critical("[ledger] {} records are in flight at the end: received, "
                     "and not known to be on disk",
                     t.in_flight);
    status = 1;
  }
  if (t.received != t.accounted()) {
    spdlog::critical("[ledger] the ledger does not close: {} received, {} "
                     "accounted for",
                     t.received, t.accounted());
    status = 1;
  }
  flush_log(last_words);
  // Actors that could not be stopped may still run: no destructor waits.
  if (status != 0 || !all_stopped)
    std::_Exit(status);
  return 0;
}

} // namespace observer
