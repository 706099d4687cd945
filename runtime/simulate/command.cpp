#include "runtime/simulate/command.hpp"

#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/simulate/server.hpp"

namespace observer {

using namespace simulate;

namespace {

constexpr std::chrono::seconds progress_every{5};
constexpr std::chrono::milliseconds last_words_patience{1'000};

/// A line on standard error; whether anybody reads it is nothing to us.
template <class... Ts>
void say(fmt::format_string<Ts...> form, Ts&&... values) {
  standard_error().put(error_line(
    "info",
    "observer simulate: " + fmt::format(form, std::forward<Ts>(values)...)));
}

/// An option whose text a function of ours reads.
template <class Parse>
CLI::Option* add_parsed(CLI::App& sub, const char* flag, Parse parse,
                        const std::string& help) {
  return sub.add_option_function<std::string>(
    flag,
    [flag, parse](const std::string& text) {
      std::string problem;
      if (!parse(text, problem))
        throw CLI::ValidationError(flag, problem);
    },
    help);
}

} // namespace

void add_simulate_options(CLI::App& sub, simulate_options& x) {
  sub.description(
    "The broker's REST and WebSocket protocol with a made-up market, on this "
    "machine, for trying and testing any client without an account. Runs until "
    "a signal stops it.");
  sub.footer(
    "Faults (--fault NAME[:every=S|:at=S|:after=RECORDS][:for=S]; seconds "
    "count from\nthe first session; without a time: once after 10 s, refuse "
    "and bad-key at once):\n"
    "  drop               TCP reset, no close frame\n"
    "  silence            no more data for open sessions (or for=S), only "
    "PINGPONG\n"
    "  garbage            frames and JSON that cannot be read, between good "
    "ones\n"
    "  refuse             the next registration is refused: OPSP0008, then "
    "others\n"
    "  drift              trade records grow by one value\n"
    "  slow               nothing is written for 5 s (or for=S), then all at "
    "once\n"
    "  duplicate-session  OPSP8996, then the session is closed\n"
    "  bad-key            approval keys issued so far are refused: OPSP0011\n"
    "  half-open          neither reads nor writes any more, never closes\n\n"
    "REST answers POST /oauth2/tokenP, /oauth2/Approval, /oauth2/revokeP,\n"
    "/uapi/hashkey, and GET /uapi/domestic-stock/v1/quotations/\n"
    "  inquire-price                 FHKST01010100\n"
    "  inquire-asking-price-exp-ccn  FHKST01010200\n"
    "  inquire-ccnl                  FHKST01010300\n"
    "  inquire-daily-price           FHKST01010400, days before today are "
    "made up\n"
    "  inquire-time-itemconclusion   FHPST01060000, the trades that the socket "
    "sent\n"
    "  inquire-time-itemchartprice   FHKST03010200, bars of those trades\n"
    "  inquire-daily-itemchartprice  FHKST03010100, as inquire-daily-price\n"
    "  intstock-multprice            FHKST11300006, not with --paper\n"
    "  chk-holiday                   CTCA0903R, not with --paper\n"
    "  market-time                   HHMCM000002C0, not with --paper\n"
    "  search-info                   CTPF1604R, not with --paper\n"
    "  search-stock-info             CTPF1002R, not with --paper\n\n"
    "Without --appkey and --appsecret a second account is accepted for "
    "clients that\ncount characters: the same key and secret, filled up with 0 "
    "to 36 and 180.\n\n"
    "At the start one line goes to standard output:\n"
    "  observer simulate: rest http://127.0.0.1:9443 websocket ws://… seed 42");

  sub.add_option("--host", x.host, "Loopback address to listen on")
    ->capture_default_str();
  sub.add_option("--rest-port", x.rest_port, "REST port; 0: any free one")
    ->capture_default_str();
  sub.add_option("--ws-port", x.ws_port, "WebSocket port; 0: any free one")
    ->capture_default_str();
  sub
    .add_option("--rate", x.rate,
                "Records a second over everything registered; 0: as fast as "
                "clients read")
    ->capture_default_str();
  sub
    .add_option("--speed", x.speed,
                "How many seconds of the exchange pass in one: rate, hours "
                "in records, PINGPONG, limits and fault times")
    ->capture_default_str();
  add_parsed(
    sub, "--burst",
    [&x](auto& text, auto& problem) { return parse_burst(text, x, problem); },
    "FACTORxSECONDS of the rate when trading begins, or off [5x3]");
  add_parsed(
    sub, "--symbols",
    [&x](auto& text, auto& problem) { return parse_symbols(text, x, problem); },
    "What trades: a count, codes (005930,000660), or \"any\" for whatever is "
    "asked for; other codes are accepted and silent [41]");
  add_parsed(
    sub, "--records",
    [&x](auto& text, auto& problem) { return parse_records(text, x, problem); },
    "Records a frame: N, or MIN-MAX with single ones most often [1-20]");
  sub
    .add_option("--width", x.width,
                "Values a trade record: 46, 47 (since 2026-09-14), 48 …")
    ->capture_default_str();
  sub.add_option("--seed", x.seed,
                 "The same seed makes the same trades [a new one each time]");
  sub.add_option("--total", x.total,
                 "Stop trading after this many records, stay connected "
                 "[0: never]");
  sub.add_option("--wait-symbols", x.wait_symbols,
                 "Begin to trade when this many registrations are on [1]");
  sub
    .add_option("--appkey", x.appkeys,
                "Accepted appkey, may be repeated [sim-appkey]")
    ->take_all()
    ->expected(1);
  sub
    .add_option("--appsecret", x.appsecrets,
                "Its secret: one for all, or one for each key "
                "[sim-appsecret]")
    ->take_all()
    ->expected(1);
  sub.add_flag("--paper,--virtual", x.paper,
               "As the hosts of paper accounts: 1 REST call a second, KRX "
               "only, real-only TRs answered EGW02006");
  sub.add_option("--rest-limit", x.rest_calls_per_second,
                 "REST calls a second and appkey before EGW00201 [18; 1 with "
                 "--paper]");
  sub
    .add_option("--approval-limit", x.approvals_per_second,
                "Approval keys a second and appkey before EGW00201; 0: any "
                "number, for clients that ask before each registration")
    ->capture_default_str();
  add_parsed(
    sub, "--holidays",
    [&x](auto& text, auto& problem) { return parse_holidays(text, x, problem); },
    "Days that the calendar closes besides weekends and public holidays: "
    "2026-12-24,2026-12-28");
  sub.add_flag("--open-today", x.open_today,
               "The calendar calls today open whatever day it is");
  add_parsed(
    sub, "--halted",
    [&x](auto& text, auto& problem) { return parse_halted(text, x, problem); },
    "Codes that do not trade today: silent on the socket, 0 in a price");
  sub
    .add_option("--trades-kept", x.trades_kept,
                "Trades that REST can look back at, over all symbols")
    ->check(CLI::Range(size_t{0}, size_t{100'000'000}))
    ->capture_default_str();
  sub
    .add_option("--pingpong-after", x.pingpong_after_s,
                "Seconds without a frame before PINGPONG")
    ->capture_default_str();
  sub
    .add_option("--pingpong-deadline", x.pingpong_deadline_s,
                "Seconds without an answer to it before the end")
    ->capture_default_str();
  sub.add_option("--truth", x.truth_file,
                 "Write every record that was sent to this file, as JSON "
                 "lines")
    ->type_name("FILE");
  sub
    .add_option_function<std::vector<std::string>>(
      "--fault",
      [&x](const std::vector<std::string>& texts) {
        for (auto& text : texts) {
          std::string problem;
          auto plan = parse_fault(text, problem);
          if (!plan)
            throw CLI::ValidationError("--fault", problem);
          x.faults.push_back(*plan);
        }
      },
      "Something that goes wrong, see below; may be repeated")
    ->take_all()
    ->expected(1);
  sub.add_option("--tls-cert", x.tls_cert,
                 "PEM certificate: serve https and wss on the two ports")
    ->type_name("FILE");
  sub.add_option("--tls-key", x.tls_key, "PEM key of the certificate")
    ->type_name("FILE");
  sub.add_flag("--quiet", x.quiet, "No progress on standard error");
}

int run_simulate(const simulate_options& given) {
  auto options = given;
  if (auto problem = problem_with(options)) {
    say_error("observer simulate: " + *problem);
    return 2;
  }
  if (!options.quiet && !options.on_event)
    options.on_event = [](const std::string& what) {
      say("{}", what);
    };
  // Before any thread is made.
  process_signals signals;

  simulated_exchange exchange;
  if (auto problem = exchange.start(options)) {
    say_error("observer simulate: " + *problem);
    return 1;
  }
  standard_output().put(
    fmt::format("observer simulate: rest {} websocket {} seed {}\n",
                exchange.rest_url(), exchange.websocket_url(),
                exchange.seed()));
  // Whoever cannot know where it listens has no use for it.
  if (auto status = status_of_output_queue("simulate", 0); status != 0)
    return status;

  auto began = std::chrono::steady_clock::now();
  uint64_t told = 0;
  for (;;) {
    if (signals.wait(progress_every).order == signal_order::stop)
      break;
    auto x = exchange.counts();
    if (options.quiet || x.sessions_opened == 0 || x.records == told)
      continue;
    told = x.records;
    auto age = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - began);
    say("{} s: {} sessions, {} registrations; sent {} records in {} frames, {} "
        "bytes; {} faults",
        age.count(), x.sessions, x.registrations, x.records, x.frames, x.bytes,
        x.faults);
  }
  exchange.stop();
  if (!options.quiet) {
    auto x = exchange.counts();
    say("stopped; {} records in {} frames to {} sessions", x.records, x.frames,
        x.sessions_opened);
    standard_error().flush(last_words_patience);
  }
  return status_of_output_queue("simulate", 0);
}

} // namespace observer
