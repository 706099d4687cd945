#pragma once

// Lines of a journal as a recorder writes them, made by hand.

#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace audit_test {

inline const std::string first_session = "20260914T085959-7f3a2c-s1";
inline const std::string later_session = "20260914T151000-0b11aa-s1";

struct trade {
  int64_t seq = 1;
  int64_t tick = 1;
  int64_t accumulated = 0;
  /// What follows seq, e.g. `,"gap":{…}`.
  std::string more = {};
  std::string session_id = first_session;
  int64_t slot = 3;
  std::string symbol = "005930";
  std::string date = "2026-09-14";
  int hour = 15;
  /// Within the hour; seq's own by default.
  std::optional<int64_t> second = {};
  std::string tr_id = "H0STCNT0";
};

inline std::string received(const trade& t) {
  auto second = t.second.value_or(t.seq);
  return fmt::format("{}T{:02}:{:02}:{:02}.000000+09:00", t.date, t.hour,
                     second / 60 % 60, second % 60);
}

inline std::string line(const trade& t) {
  return fmt::format(
    R"({{"timestamp":"{}","symbol":"{}","execution_time":"150746",)"
    R"("price":{{"current":249250,"open":249500,"high":254500,"low":248500,)"
    R"("change_rate":-3.95}},"volume":{{"tick":{},"accumulated":{},)"
    R"("trade_value":3728926343750}},"side":"sell","bid_ask":)"
    R"({{"ask_price":249500,"bid_price":null,"ask_size":85729,)"
    R"("bid_size":141952}},"market":"regular","source":"websocket",)"
    R"("tr_id":"{}","session_id":"{}","slot":{},"seq":{}{}}})"
    "\n",
    received(t), t.symbol, t.tick, t.accumulated, t.tr_id, t.session_id, t.slot,
    t.seq, t.more);
}

/// `after` as it stands in the line, with its quotes.
inline std::string gap(const std::string& missing,
                       const std::string& cause = "disconnected",
                       const std::string& after = "null") {
  return fmt::format(R"(,"gap":{{"cause":"{}","missing_shares":{},)"
                     R"("records":null,"after":{}}})",
                     cause, missing, after);
}

/// A line of system, received at a time of the day.
struct happening {
  std::string time = "15:00:00";
  std::string event = {};
  std::string cause = {};
  std::string tr_id = {};
  std::string symbol = {};
  std::string more = {};
  std::string session_id = first_session;
  int64_t slot = 3;
  std::string date = "2026-09-14";
};

inline std::string line(const happening& e, int64_t seq) {
  auto member = [](const char* key, const std::string& value) {
    return value.empty() ? "" : fmt::format(R"(,"{}":"{}")", key, value);
  };
  return fmt::format(R"({{"timestamp":"{}T{}.000000+09:00","event":"{}"{}{}{}{},)"
                     R"("session_id":"{}","slot":{},"seq":{}}})"
                     "\n",
                     e.date, e.time, e.event, member("cause", e.cause),
                     member("tr_id", e.tr_id), member("symbol", e.symbol),
                     e.more, e.session_id, e.slot, seq);
}

/// Ticks from..to of slot 3, ten shares each, cumulative from zero.
inline std::string trades(int64_t from, int64_t to, int hour = 15) {
  std::string text;
  for (auto seq = from; seq <= to; ++seq) {
    trade t;
    t.seq = seq;
    t.tick = 10;
    t.accumulated = seq * 10;
    t.hour = hour;
    text += line(t);
  }
  return text;
}

inline std::string quote(int64_t seq, int64_t slot, int64_t accumulated) {
  return fmt::format(
    R"({{"timestamp":"2026-09-14T15:00:{:02}.000000+09:00",)"
    R"("symbol":"005930","execution_time":"150746",)"
    R"("asks":[[249500,10],[250000,0]],"bids":[[249000,7]],)"
    R"("volume":{{"accumulated":{}}},"market":"regular",)"
    R"("source":"websocket","tr_id":"H0STASP0","session_id":"{}",)"
    R"("slot":{},"seq":{}}})"
    "\n",
    seq, accumulated, first_session, slot, seq);
}

} // namespace audit_test
