#include "runtime/simulate/options.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "messages/numbers.hpp"
#include "runtime/simulate/calendar.hpp"

namespace observer::simulate {

namespace {

constexpr size_t records_max_allowed = 999; // three digits on the wire

/// The parts of a list with commas; one at its end is forgiven.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    text = comma == text.npos ? "" : text.substr(comma + 1);
  }
  return out;
}

bool loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

} // namespace

std::optional<std::string> problem_with(const simulate_options& x) {
  auto outside = [](double value, double min, double max) {
    return !std::isfinite(value) || value < min || value > max;
  };
  if (!loopback(x.host))
    return fmt::format("--host {}: the simulated exchange serves this machine "
                       "only; use 127.0.0.1, ::1 or localhost",
                       x.host);
  if (x.rest_port != 0 && x.rest_port == x.ws_port)
    return fmt::format("--rest-port and --ws-port are both {}; give two "
                       "different ports, or 0 for any free one",
                       x.rest_port);
  if (outside(x.rate, 0, 1e7))
    return fmt::format("--rate {}: give records a second, 0 to 10000000",
                       x.rate);
  if (outside(x.speed, 0.001, 10'000))
    return fmt::format("--speed {}: give a factor of 0.001 to 10000", x.speed);
  if (outside(x.burst_factor, 0, 1'000) || outside(x.burst_s, 0, 1e6))
    return fmt::format("--burst {}x{}: give a factor up to 1000 and seconds "
                       "up to 1000000",
                       x.burst_factor, x.burst_s);
  if (x.records_min < 1 || x.records_min > x.records_max
      || x.records_max > records_max_allowed)
    return fmt::format("--records {}-{}: a frame holds 1 to {} records",
                       x.records_min, x.records_max, records_max_allowed);
  if (x.width < trade_width_min || x.width > trade_width_max)
    return fmt::format("--width {}: a trade has {} to {} values", x.width,
                       trade_width_min, trade_width_max);
  if (x.symbols.empty() && !x.any_symbol)
    return "--symbols: name at least one, or \"any\"";
  for (auto& code : x.symbols)
    if (!is_issue_code(code))
      return fmt::format("--symbols: \"{}\" is not an issue code (six digits "
                         "or capitals, such as 005930)",
                         code);
  if (x.appkeys.empty()
      || (x.appsecrets.size() != 1 && x.appsecrets.size() != x.appkeys.size()))
    return fmt::format("{} --appkey and {} --appsecret: give one secret for "
                       "all keys, or one for each",
                       x.appkeys.size(), x.appsecrets.size());
  if (std::set<std::string>{x.appkeys.begin(), x.appkeys.end()}.size()
      != x.appkeys.size())
    return "--appkey: the same key twice";
  if (x.rest_calls_per_second == 0u)
    return "--rest-limit 0: give at least one call a second";
  for (auto& date : x.holidays)
    if (!midnight_us(date))
      return fmt::format("--holidays: \"{}\" is no day; give them as "
                         "2026-09-24",
                         date);
  for (auto& code : x.halted)
    if (!x.any_symbol
        && std::find(x.symbols.begin(), x.symbols.end(), code)
             == x.symbols.end())
      return fmt::format("--halted {}: it is not among --symbols", code);
  if (outside(x.pingpong_after_s, 0.001, 1e6)
      || outside(x.pingpong_deadline_s, 0.001, 1e6))
    return "--pingpong-after and --pingpong-deadline want 0.001 to 1000000 "
           "seconds";
  if (x.tls_cert.empty() != x.tls_key.empty())
    return "--tls-cert and --tls-key go together: give both or neither";
  return std::nullopt;
}

std::string full_length(std::string key, size_t length) {
  key.resize(std::max(key.size(), length), '0');
  return key;
}

unsigned rest_calls_per_second(const simulate_options& x) {
  return x.rest_calls_per_second.value_or(x.paper ? 1 : 18);
}

bool parse_holidays(std::string_view text, simulate_options& out,
                    std::string& problem) {
  for (auto& day : parts_of(text)) {
    auto date = day;
    if (date.size() == 10 && date[4] == '-' && date[7] == '-')
      date = date.substr(0, 4) + date.substr(5, 2) + date.substr(8);
    if (!midnight_us(date)) {
      problem = fmt::format("\"{}\" is no day; give them as "
                            "2026-09-24,2026-09-25",
                            day);
      return false;
    }
    out.holidays.insert(date);
  }
  return true;
}

bool parse_halted(std::string_view text, simulate_options& out,
                  std::string& problem) {
  for (auto& code : parts_of(text)) {
    if (!is_issue_code(code)) {
      problem =
        fmt::format("\"{}\" is not an issue code such as 005930", code);
      return false;
    }
    out.halted.push_back(code);
  }
  return true;
}

bool parse_symbols(std::string_view text, simulate_options& out,
                   std::string& problem) {
  out.any_symbol = text == "any";
  if (out.any_symbol) {
    out.symbols = default_symbols(41);
    return true;
  }
  // Six digits are a code; fewer are a count.
  if (text.size() < 6) {
    auto count = parse_number<size_t>(text);
    if (count && *count >= 1 && *count <= default_symbols_max) {
      out.symbols = default_symbols(*count);
      return true;
    }
  }
  out.symbols = parts_of(text);
  for (auto& code : out.symbols)
    if (!is_issue_code(code)) {
      problem = fmt::format("\"{}\" is neither a count (1 to {}), nor \"any\", "
                            "nor an issue code such as 005930",
                            code, default_symbols_max);
      return false;
    }
  if (out.symbols.empty())
    problem = "name at least one symbol";
  return !out.symbols.empty();
}

bool parse_records(std::string_view text, simulate_options& out,
                   std::string& problem) {
  auto dash = text.find('-');
  auto min = parse_number<size_t>(text.substr(0, dash));
  auto max = dash == text.npos ? min : parse_number<size_t>(text.substr(dash + 1));
  if (!min || !max || *min < 1 || *min > *max || *max > records_max_allowed) {
    problem = fmt::format("\"{}\" is not a number of records a frame: give N "
                          "or MIN-MAX within 1-{}",
                          text, records_max_allowed);
    return false;
  }
  out.records_min = *min;
  out.records_max = *max;
  return true;
}

bool parse_burst(std::string_view text, simulate_options& out,
                 std::string& problem) {
  if (text == "off") {
    out.burst_factor = 1;
    out.burst_s = 0;
    return true;
  }
  auto times = text.find('x');
  auto factor = parse_number<double>(text.substr(0, times));
  auto seconds =
    times == text.npos ? std::nullopt : parse_number<double>(text.substr(times + 1));
  if (!factor || !seconds) {
    problem = fmt::format("\"{}\" is not a burst: give FACTORxSECONDS, such "
                          "as 5x3, or \"off\"",
                          text);
    return false;
  }
  out.burst_factor = *factor;
  out.burst_s = *seconds;
  return true;
}

} // namespace observer::simulate
