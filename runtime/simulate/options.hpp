#pragma once

// What a simulated exchange can be told.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/simulate/fault.hpp"
#include "runtime/simulate/market.hpp"

namespace observer {

/// Seconds are the exchange's own, `speed` of which pass in one of ours.
struct simulate_options {
  /// Loopback only: an address of 127.0.0.0/8, `::1` or `localhost`.
  std::string host = "127.0.0.1";
  /// 0: any free port.
  uint16_t rest_port = 9443, ws_port = 21000;

  /// Records a second over everything registered; 0: as fast as the clients
  /// read.
  double rate = 500;
  double speed = 1;
  double burst_factor = 5, burst_s = 3;
  size_t records_min = 1, records_max = 20;
  size_t width = simulate::trade_width_now;
  std::vector<std::string> symbols = simulate::default_symbols(41);
  bool any_symbol = false;
  /// Nothing: a new one each time.
  std::optional<uint64_t> seed;
  /// 0: never stop.
  uint64_t total = 0;
  size_t wait_symbols = 0;

  /// One secret for all keys, or one for each.
  std::vector<std::string> appkeys{"sim-appkey"};
  std::vector<std::string> appsecrets{"sim-appsecret"};
  unsigned rest_calls_per_second = 18;
  double pingpong_after_s = 10, pingpong_deadline_s = 100;

  std::vector<simulate::fault_plan> faults;
  std::string truth_file;
  std::string tls_cert, tls_key;
  bool quiet = false;

  /// Told what happens (a session, a fault), one line each, on the exchange's
  /// thread.
  std::function<void(const std::string&)> on_event;
};

namespace simulate {

/// What is wrong with the options, in one line; nothing if they will do.
std::optional<std::string> problem_with(const simulate_options& options);

/// `10`, `005930,000660` or `any`. False: see `problem`.
bool parse_symbols(std::string_view text, simulate_options& out,
                   std::string& problem);
/// `5` or `1-20`.
bool parse_records(std::string_view text, simulate_options& out,
                   std::string& problem);
/// `5x3` (five times the rate for 3 s) or `off`.
bool parse_burst(std::string_view text, simulate_options& out,
                 std::string& problem);

} // namespace simulate

} // namespace observer
