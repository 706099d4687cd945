#include "runtime/commands/demo.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"
#include "runtime/commands/live.hpp"
#include "runtime/commands/progress.hpp"
#include "runtime/daemon/daemon.hpp"
#include "runtime/daemon/system_clock.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/nearest.hpp"
#include "runtime/simulate/market.hpp"
#include "runtime/simulate/server.hpp"

namespace observer {

namespace {

/// Of the exchange, beside the daemon's.
constexpr size_t exchange_descriptors = 20;

/// How a user calls this program again from the same folder.
std::string own_path() {
  std::error_code ec;
  auto self = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec)
    return "observer";
  auto near = std::filesystem::relative(self, ec).string();
  if (ec || near.starts_with(".."))
    return self.string();
  return near.find('/') == near.npos ? "./" + near : near;
}

void say(const std::string& line) {
  standard_error().put(error_line("info", line));
}

/// Whether a port of 127.0.0.1 can be listened on now: 0, or errno. `port` 0 is
/// any free one, and is then which one.
int try_port(int& port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return errno;
  int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  auto good = ::bind(fd, plain, length) == 0 && ::listen(fd, 1) == 0
              && ::getsockname(fd, plain, &length) == 0;
  auto error = good ? 0 : errno;
  ::close(fd);
  if (good)
    port = ntohs(address.sin_port);
  return error;
}

/// `wanted`, or another port where that one cannot be had, which is said.
int free_port(int wanted) {
  auto error = try_port(wanted);
  if (error == 0)
    return wanted;
  int other = 0;
  if (try_port(other) != 0)
    return wanted;
  say(fmt::format("Port {} of 127.0.0.1 cannot be had ({}): the console takes "
                  "another one",
                  wanted, std::strerror(error)));
  return other;
}

std::string named_by_flag(const std::string& problem) {
  constexpr std::string_view variable = "OBSERVER_DATA_DIR";
  auto out = problem;
  for (size_t at; (at = out.find(variable)) != out.npos;)
    out.replace(at, variable.size(), "--data-dir");
  return out;
}

/// What has come true since the last look, a line each: none earlier.
class news {
 public:
  explicit news(const demo_options& options)
    : symbols_{options.symbols}, data_dir_{options.data_dir} {}

  std::string operator()(const daemon& d) {
    if (auto port = d.http_port(); port != 0 && !std::exchange(listens_, true))
      return fmt::format("Look at it: http://127.0.0.1:{}/", port);
    if (sum(d.counters()).persisted > 0 && !std::exchange(records_, true))
      return fmt::format("Recording {} symbols into {}; Ctrl-C stops", symbols_,
                         data_dir_);
    return {};
  }

 private:
  int symbols_;
  std::string data_dir_;
  bool listens_ = false, records_ = false;
};

} // namespace

void add_demo_options(CLI::App& app, demo_options& options) {
  app.add_option("--data-dir", options.data_dir,
                 "Where to record [default a new folder in ./data]");
  app.add_option("--symbols", options.symbols, "Symbols to record, 1 to 41")
    ->check(CLI::Range(1, 41))
    ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "Trades a second, all symbols together; the first three "
                 "seconds bring five times as many, as an opening does")
    ->check(CLI::Validator{
      [](std::string& text) { return fault_of_number(text, true); }, ""})
    ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the simulated market")
    ->capture_default_str();
  app.add_option("--seconds", options.seconds,
                 "Stop after so many seconds (0: until Ctrl-C)")
    ->check(CLI::Validator{
      [](std::string& text) { return fault_of_number(text, false); }, ""});
  app.add_option("--port", options.port,
                 "TCP port of the console on 127.0.0.1, another one where "
                 "somebody has it; 0: none")
    ->check(CLI::Range(0, 65535))
    ->capture_default_str();
}

int run_demo(const demo_options& given) {
  auto options = given;
  // A build while it runs puts another file there.
  auto self = own_path();
  std::string format{wanted_format(process_sources({}))};
  say_as(format);
  if (options.data_dir.empty())
    options.data_dir
      = "data/demo-" + korean_date_time(system_clock{}.now_us());
  if (auto bad = check_descriptors(descriptors_needed + exchange_descriptors)) {
    say_failure(bad->text);
    return 1;
  }
  if (options.port != 0)
    options.port = free_port(options.port);
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
    say_failure(*bad);
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
    say_failure(c.error().text);
    return 2;
  }
  say(fmt::format("Simulated exchange at {} and {}", exchange.rest_url(),
                  exchange.websocket_url()));
  run_options run;
  run.progress = true;
  run.allow_chaos = true;
  run.seconds = options.seconds;
  auto status = live(*c, run, {.tell = news{options},
                              // Of its settings it knows its own flags alone.
                              .reword = named_by_flag});
  if (status != 0)
    return status;
  auto sent = exchange.records_sent();
  exchange.stop();
  auto found = summarize(options.data_dir, 6);
  standard_output().put(fmt::format(
    "The exchange sent {} trades. {} now holds {} files, {} bytes:\n"
    "{}Prove it:  {} audit {}\n",
    with_commas(sent), options.data_dir, found.files, with_commas(found.bytes),
    found.names, self, options.data_dir));
  return status_of_output_queue("demo", 0);
}

} // namespace observer
