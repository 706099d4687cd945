#pragma once

// What a simulated exchange can be told.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
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

  /// One secret for all keys, or one for each. With these defaults a second
  /// account is there, whose key and secret are as long as KIS's own
  /// (simulate::full_length).
  std::vector<std::string> appkeys{"sim-appkey"};
  std::vector<std::string> appsecrets{"sim-appsecret"};
  /// The host of paper accounts instead of the real one.
  bool paper = false;
  /// Nothing: as KIS has it, 18, and 1 for paper accounts.
  std::optional<unsigned> rest_calls_per_second;
  /// 0: any number.
  unsigned approvals_per_second = 1;
  /// Closed days besides weekends and public holidays, as `20260924`.
  std::set<std::string> holidays;
  /// The calendar calls today open whatever day it is.
  bool open_today = false;
  /// Of `symbols`, those that do not trade.
  std::vector<std::string> halted;
  /// Trades that REST can look back at, over all symbols.
  size_t trades_kept = 1'000'000;
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

/// A default key or secret in the length of KIS's own, 36 or 180: filled up
/// with 0.
std::string full_length(std::string key, size_t length);
inline constexpr size_t appkey_length = 36, appsecret_length = 180;

unsigned rest_calls_per_second(const simulate_options& options);

/// `2026-09-24,20261009`, added to those that are there.
bool parse_holidays(std::string_view text, simulate_options& out,
                    std::string& problem);
/// `005930,000660`.
bool parse_halted(std::string_view text, simulate_options& out,
                  std::string& problem);
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
