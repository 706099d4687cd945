#include "runtime/commands/run.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/supervision/last_words.hpp"
#include "actors/watch/ledger.hpp"
#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"
#include "messages/outside_text.hpp"
#include "runtime/commands/progress.hpp"
#include "runtime/daemon/daemon.hpp"
#include "runtime/daemon/system_clock.hpp"
#include "runtime/log/log.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/simulate/market.hpp"
#include "runtime/simulate/server.hpp"

namespace observer {

namespace {

/// Between two looks at the daemon, and at the signals.
constexpr std::chrono::milliseconds look{200};
/// At least, beside those that a start finds: for three open files with what is
/// beside each, the network, the service and its probes.
constexpr size_t descriptors_needed = 40, exchange_descriptors = 20;
/// For the log at the end; nobody may be reading it.
constexpr std::chrono::milliseconds last_words{1'000};

/// Of this process: never given back, so that a signal that comes while it ends
/// does not end it with another status.
const process_signals& signals() {
  static auto* all = new process_signals;
  return *all;
}

void fail(const std::string& text) {
  say_error("observer: " + outside_text(text));
}

/// Of all that is said from now on, on standard error.
void say_as(std::string_view format) {
  auto json = format == "json";
  set_error_form(json ? line_form::json : line_form::text);
  last_words_in_json(json);
}

/// How a user calls this program again from the same folder.
std::string own_path() {
  std::error_code ec;
  auto self = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec)
    return "observer";
  auto near = std::filesystem::relative(self, ec).string();
  return ec || near.starts_with("..") ? self.string() : near;
}

/// What must be there before anything starts.
std::optional<problem> check_runnable(const config& c) {
  if (auto ok = check_credentials(c); !ok)
    return ok.error();
  if (!c.track_b.enabled)
    return problem{"nothing to record: track_b.enabled is false "
                   "(TRACK_B_ENABLED), and the real-time feed is all that "
                   "there is"};
  if (c.feed.symbols.empty())
    return problem{"nothing to record: no symbols; name up to 41 with "
                   "OBSERVER_SYMBOLS=005930,000660 or feed.symbols in "
                   "observer.toml"};
  return std::nullopt;
}

/// The daemon's life between start and exit status.
int live(const config& c, const run_options& options) {
  static_cast<void>(signals());
  say_as(c.log.format);
  setup_log(c.log.level, c.log.format);
  for (auto& line : c.warnings)
    spdlog::warn("[config] {}", line);
  auto made = daemon::start(c, options.allow_chaos);
  if (!made) {
    fail(made.error().text);
    return 1;
  }
  auto d = std::move(made).value();
  spdlog::info("[observer] {} run {}: {} symbols into {}", OBSERVER_VERSION,
               d->run_id(), c.feed.symbols.size(), c.data.dir);
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
    shown.update();
  }
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
  spdlog::info("[ledger] final {}", ledger_line(d->counters()));
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

} // namespace

void add_run_options(CLI::App& app, run_options& options) {
  add_config_options(app, options.flags);
  app.add_flag("--progress", options.progress,
               "Show counts on standard error while it runs");
  app.add_option("--seconds", options.seconds,
                 "Stop after so many seconds (0: until a signal)")
    ->check(CLI::NonNegativeNumber);
  app.add_flag("--allow-chaos", options.allow_chaos,
               "Let operators crash a writer on purpose, from a console");
}

int run_daemon(const run_options& options) {
  // No reader of what is said may end it, not even a start that fails.
  ignore_broken_pipes();
  auto sources = process_sources(options.flags);
  say_as(wanted_format(sources));
  if (auto bad = check_descriptors(descriptors_needed)) {
    fail(bad->text);
    return 1;
  }
  std::string format;
  auto c = load_config(sources, &format);
  say_as(format);
  if (!c) {
    fail(c.error().text);
    return 2;
  }
  if (auto bad = check_runnable(*c)) {
    fail(bad->text);
    return 2;
  }
  return live(*c, options);
}

void add_demo_options(CLI::App& app, demo_options& options) {
  app.add_option("--data-dir", options.data_dir,
                 "Where to record (default: a new folder under ./data)");
  app.add_option("--symbols", options.symbols, "Symbols to record, 1 to 41")
    ->check(CLI::Range(1, 41))
    ->capture_default_str();
  app.add_option("--rate", options.rate, "Trades a second, all symbols together; the first three "
                 "seconds bring five times as many, as an opening does")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the simulated market")
    ->capture_default_str();
  app.add_option("--seconds", options.seconds,
                 "Stop after so many seconds (0: until Ctrl-C)")
    ->check(CLI::NonNegativeNumber);
  app.add_option("--port", options.port,
                 "TCP port of the console on 127.0.0.1; 0: none")
    ->check(CLI::Range(0, 65535))
    ->capture_default_str();
}

int run_demo(const demo_options& given) {
  auto options = given;
  std::string format{wanted_format(process_sources({}))};
  say_as(format);
  if (options.data_dir.empty())
    options.data_dir
      = "data/demo-" + korean_date_time(system_clock{}.now_us());
  if (auto bad = check_descriptors(descriptors_needed + exchange_descriptors)) {
    fail(bad->text);
    return 1;
  }
  // Blocked before the exchange's thread starts: signals are ours alone.
  static_cast<void>(signals());
  simulate_options market;
  market.rest_port = 0;
  market.ws_port = 0;
  market.rate = options.rate;
  market.seed = options.seed;
  market.quiet = true;
  // It trades on a Sunday too.
  market.open_today = true;
  market.trades_kept = 10'000;
  simulated_exchange exchange;
  if (auto bad = exchange.start(market)) {
    fail(*bad);
    return 1;
  }
  std::string symbols;
  for (auto& symbol :
       simulate::default_symbols(static_cast<size_t>(options.symbols)))
    symbols += (symbols.empty() ? "" : ",") + symbol;
  config_sources sources;
  sources.environment = {{"KIS_APP_KEY", "sim-appkey"},
                         {"KIS_APP_SECRET", "sim-appsecret"}};
  sources.flags = {{"kis.base_url", exchange.rest_url()},
                   {"kis.websocket_url", exchange.websocket_url()},
                   {"data.dir", options.data_dir},
                   {"feed.symbols", symbols},
                   {"track_b.debug", "true"},
                   {"service.port", std::to_string(options.port)},
                   {"log.level", "warning"},
                   {"log.format", format}};
  auto c = load_config(sources);
  if (!c) {
    fail(c.error().text);
    return 2;
  }
  auto say = [](const std::string& line) {
    standard_error().put(error_line("info", line));
  };
  say(fmt::format("Simulated exchange at {} and {}; recording {} symbols into {}",
                  exchange.rest_url(), exchange.websocket_url(),
                  options.symbols, options.data_dir));
  if (options.port != 0)
    say(fmt::format("Look at it: http://127.0.0.1:{}/", options.port));
  say("Ctrl-C stops.");
  run_options run;
  run.progress = true;
  run.allow_chaos = true;
  run.seconds = options.seconds;
  auto status = live(*c, run);
  if (status != 0)
    return status;
  auto sent = exchange.records_sent();
  exchange.stop();
  auto found = summarize(options.data_dir, 6);
  standard_output().put(fmt::format(
    "The exchange sent {} trades. {} now holds {} files, {} bytes:\n"
    "{}Prove it:  {} audit {}\n",
    with_commas(sent), options.data_dir, found.files, with_commas(found.bytes),
    found.names, own_path(), options.data_dir));
  return status_of_output_queue("demo", 0);
}

} // namespace observer
