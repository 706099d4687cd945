#include "messages/jsonl.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <initializer_list>

#include <fmt/format.h>

#include "messages/base64.hpp"
#include "messages/cause.hpp"
#include "messages/kis/digits.hpp"
#include "messages/korean_text.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"

namespace observer {

namespace {

using kis::append_number;

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char text[24];
  auto [end, error] = std::to_chars(text, text + sizeof text, value);
  static_cast<void>(error); // 24 characters hold any 64-bit number
  out.append(text, end);
}

/// `{"timestamp":"…",` or `{`.
void append_begin(std::string& out, const line_place* place) {
  if (place == nullptr) {
    out += '{';
    return;
  }
  out += R"({"timestamp":")";
  append_timestamp(out, place->received_us);
  out += R"(",)";
}

/// `,"session_id":"…","slot":3,"seq":7`; nothing without a place.
void append_place(std::string& out, const line_place* place) {
  if (place == nullptr)
    return;
  out += R"(,"session_id":")";
  out += place->session_id;
  out += R"(","slot":)";
  append_integer(out, place->slot);
  out += R"(,"seq":)";
  append_integer(out, place->seq);
}

void append_member(std::string& out, std::string_view key,
                   std::string_view number) {
  out += key;
  append_number(out, number);
}

void append_source(std::string& out, std::string_view market, kis::tr id) {
  out += R"(,"market":")";
  out += market;
  out += R"(","source":"websocket","tr_id":")";
  out += to_string(id);
  out += '"';
}

void append_levels(std::string& out, std::string_view key,
                   const std::array<kis::price_level, 10>& levels) {
  out += key;
  auto before = '[';
  for (auto& level : levels) {
    out += before;
    out += '[';
    append_number(out, level.price);
    out += ',';
    append_number(out, level.size);
    out += ']';
    before = ',';
  }
  out += ']';
}

/// A string cannot hold bytes that are no UTF-8: it shows them, and what reads
/// the record again takes them from base64. Its first `bytes_max` bytes.
void append_raw(std::string& out, std::string_view text, size_t bytes_max) {
  auto raw = redacted(text, utf8_prefix(text, bytes_max).size(),
                      text_kind::data);
  out += R"(,"raw":)";
  append_json_string(out, raw);
  if (is_utf8(raw))
    return;
  out += R"(,"raw_base64":")";
  append_base64(out, raw);
  out += '"';
}

void append_doubt(std::string& out, const doubt_mark& mark) {
  out += R"(,"doubt":)";
  auto before = '[';
  for (size_t i = 0; i < kis::doubt_count; ++i)
    if (auto d = static_cast<kis::doubt>(i); mark.doubts.has(d)) {
      out += before;
      out += '"';
      out += to_string(d);
      out += '"';
      before = ',';
    }
  out += ']';
  if (mark.raw.empty())
    return;
  append_raw(out, mark.raw, doubt_raw_bytes_max);
}

} // namespace

namespace {

// A line is written behind a pointer that stays in a register: each of these
// takes it and returns where the next goes.

/// A literal: its size is known, and copying it a few instructions.
template <size_t N>
char* put(char* to, const char (&text)[N]) {
  std::memcpy(to, text, N - 1);
  return to + N - 1;
}
char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}
/// A word of a few characters, as the wire's values are: two pieces that overlap
/// where the size is no power of two.
inline char* put_word(char* to, std::string_view text) {
  auto from = text.data();
  auto n = text.size();
  if (n > 16)
    return put_text(to, text);
  if (n >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + n - 8, from + n - 8, 8);
  } else if (n >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + n - 4, from + n - 4, 4);
  } else if (n > 0) {
    to[0] = from[0];
    to[n / 2] = from[n / 2];
    to[n - 1] = from[n - 1];
  }
  return to + n;
}
inline char* put_number(char* to, std::string_view wire) {
  if (!wire.empty() && wire.front() >= '1' && wire.front() <= '9')
    return put_word(to, wire);
  return to + kis::write_number(to, wire);
}
/// Any 64-bit number.
template <class Integer>
char* put_integer(char* to, Integer value) {
  constexpr size_t room = 20;
  return std::to_chars(to, to + room, value).ptr;
}
char* put_time(char* to, int64_t us) {
  write_timestamp(to, us);
  return to + timestamp_size;
}

/// What a trade's line has beside the wire's values, the session's id and the
/// gap's cause: keys, times, numbers of ours. And what a gap adds.
constexpr size_t trade_line_room = 512, gap_room = 160;

size_t bytes_of(std::initializer_list<std::string_view> values) {
  size_t n = 0;
  for (auto v : values)
    n += std::max<size_t>(v.size(), 4); // `null`
  return n;
}

} // namespace

void append_trade_line(std::string& out, const kis::trade& t, kis::tr id,
                       const line_place* place, const gap_mark* gap,
                       const doubt_mark* doubt) {
  // Rare, and of no known size: made by itself.
  std::string marks;
  if (doubt != nullptr && !doubt->doubts.empty())
    append_doubt(marks, *doubt);
  auto values = bytes_of({t.symbol, t.execution_time, t.price, t.open, t.high,
                          t.low, t.change_rate, t.volume, t.accumulated_volume,
                          t.accumulated_value, t.side, t.ask_price, t.bid_price,
                          t.ask_size, t.bid_size, t.market});
  auto size = out.size();
  out.resize(size + trade_line_room + values
             + (place ? place->session_id.size() + place->business_date.size()
                      : 0)
             + (gap ? gap_room + gap->cause.size() : 0) + marks.size());
  auto at = out.data() + size;
  if (place != nullptr) {
    at = put(at, R"({"timestamp":")");
    at = put_time(at, place->received_us);
    at = put(at, R"(","symbol":")");
  } else {
    at = put(at, R"({"symbol":")");
  }
  at = put_word(at, t.symbol);
  at = put(at, R"(","execution_time":")");
  at = put_word(at, t.execution_time);
  at = put(at, R"(","price":{"current":)");
  at = put_number(at, t.price);
  at = put(at, R"(,"open":)");
  at = put_number(at, t.open);
  at = put(at, R"(,"high":)");
  at = put_number(at, t.high);
  at = put(at, R"(,"low":)");
  at = put_number(at, t.low);
  at = put(at, R"(,"change_rate":)");
  at = put_number(at, t.change_rate);
  at = put(at, R"(},"volume":{"tick":)");
  at = put_number(at, t.volume);
  at = put(at, R"(,"accumulated":)");
  at = put_number(at, t.accumulated_volume);
  at = put(at, R"(,"trade_value":)");
  at = put_number(at, t.accumulated_value);
  at = put(at, R"(},"side":")");
  at = put_word(at, t.side);
  at = put(at, R"(","bid_ask":{"ask_price":)");
  at = put_number(at, t.ask_price);
  at = put(at, R"(,"bid_price":)");
  at = put_number(at, t.bid_price);
  at = put(at, R"(,"ask_size":)");
  at = put_number(at, t.ask_size);
  at = put(at, R"(,"bid_size":)");
  at = put_number(at, t.bid_size);
  at = put(at, R"(},"market":")");
  at = put_word(at, t.market);
  at = put(at, R"(","source":"websocket","tr_id":")");
  at = put_word(at, to_string(id));
  at = put(at, R"(")");
  if (place != nullptr) {
    at = put(at, R"(,"session_id":")");
    at = put_text(at, place->session_id);
    at = put(at, R"(","slot":)");
    at = put_integer(at, place->slot);
    at = put(at, R"(,"seq":)");
    at = put_integer(at, place->seq);
    if (!place->business_date.empty()) {
      at = put(at, R"(,"business_date":")");
      at = put_word(at, place->business_date);
      at = put(at, R"(")");
    }
  }
  if (!marks.empty())
    at = put_text(at, marks);
  if (gap != nullptr) {
    at = put(at, R"(,"gap":{"cause":")");
    at = put_text(at, gap->cause);
    at = put(at, R"(","missing_shares":)");
    at = put_integer(at, gap->missing_shares);
    at = put(at, R"(,"records":)");
    if (gap->records == 0)
      at = put(at, "null");
    else
      at = put_integer(at, gap->records);
    at = put(at, R"(,"after":")");
    at = put_time(at, gap->after_us);
    at = put(at, R"("})");
  }
  at = put(at, "}\n");
  out.resize(static_cast<size_t>(at - out.data()));
}

void append_quote_line(std::string& out, const kis::quote& q, kis::tr id,
                       const line_place* place, const doubt_mark* doubt) {
  append_begin(out, place);
  out += R"("symbol":")";
  out += q.symbol;
  out += R"(","execution_time":")";
  out += q.quote_time;
  append_levels(out, R"(","asks":)", q.asks);
  append_levels(out, R"(,"bids":)", q.bids);
  append_member(out, R"(,"totals":{"ask_size":)", q.total_ask_size);
  append_member(out, R"(,"bid_size":)", q.total_bid_size);
  append_member(out, R"(},"mid":{"price":)", q.mid_price);
  append_member(out, R"(,"size":)", q.mid_size);
  append_member(out, R"(},"expected":{"price":)", q.expected_price);
  append_member(out, R"(,"size":)", q.expected_size);
  append_member(out, R"(},"volume":{"accumulated":)", q.accumulated_volume);
  out += '}';
  append_source(out, q.market, id);
  append_place(out, place);
  if (doubt != nullptr && !doubt->doubts.empty())
    append_doubt(out, *doubt);
  out += "}\n";
}

void append_reject_line(std::string& out, const reject_line& r,
                        const line_place& place) {
  append_begin(out, &place);
  out += R"("reason":")";
  out += to_string(r.reason);
  out += R"(","cause":")";
  out += to_string(cause_of(r.reason));
  out += R"(","detail":)";
  append_json_string(out, outside_text(r.detail));
  out += R"(,"tr_id":)";
  append_json_string(out, outside_value(r.tr_id));
  if (!r.symbol.empty()) {
    out += R"(,"symbol":)";
    append_json_string(out, outside_value(r.symbol));
  }
  out += R"(,"records":)";
  append_integer(out, r.records);
  if (r.raw.size() > reject_raw_bytes_max) {
    out += R"(,"raw_bytes":)";
    append_integer(out, r.raw.size());
  }
  append_raw(out, r.raw, reject_raw_bytes_max);
  append_place(out, &place);
  out += "}\n";
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    auto n = utf8_length(text, i);
    auto c = static_cast<unsigned char>(text[i]);
    if (n == 0) {
      append_json_escape(out, text.substr(i, 1));
      ++i;
      continue;
    }
    if (steers_terminal(text.substr(i, n))) {
      append_json_escape(out, text.substr(i, n));
    } else {
      if (c == '"' || c == '\\')
        out += '\\';
      out.append(text, i, n);
    }
    i += n;
  }
  out += '"';
}

namespace {

std::string_view trade_column_name(uint32_t column) {
  switch (column) {
    case 0:
      return "symbol";
    case 1:
      return "execution time";
    case 2:
      return "price";
    case 5:
      return "change rate";
    case 7:
      return "open";
    case 8:
      return "high";
    case 9:
      return "low";
    case 10:
      return "ask price";
    case 11:
      return "bid price";
    case 12:
      return "volume";
    case 13:
      return "accumulated volume";
    case 14:
      return "accumulated value";
    case 36:
      return "ask size";
    case 37:
      return "bid size";
    default:
      return "value";
  }
}

std::string_view quote_column_name(uint32_t column) {
  if (column >= 3 && column <= 12)
    return "ask price";
  if (column >= 13 && column <= 22)
    return "bid price";
  if (column >= 23 && column <= 32)
    return "ask size";
  if (column >= 33 && column <= 42)
    return "bid size";
  switch (column) {
    case 0:
      return "symbol";
    case 1:
      return "quote time";
    case 43:
      return "total ask size";
    case 44:
      return "total bid size";
    case 47:
      return "expected price";
    case 48:
      return "expected size";
    case 53:
      return "accumulated volume";
    case 59:
      return "mid price";
    case 60:
      return "mid size";
    default:
      return "value";
  }
}

/// A value in quotes, on one line whatever its bytes, cut where it is long.
std::string shown(std::string_view value) {
  constexpr size_t shown_max = 40;
  auto head = utf8_prefix(value, 2 * shown_max).size();
  auto text = readable(redacted(value, head), value.size() > head);
  std::string out;
  append_json_string(out, utf8_prefix(text, shown_max));
  if (text.size() > shown_max)
    out += "…";
  return out;
}

} // namespace

std::string describe(const kis::record_problem& p, kis::tr id) {
  if (p.reason == reject_reason::width_too_small)
    return fmt::format("{} values; {} has at least {}", p.column,
                       to_string(id), kis::width_min(id));
  auto where = fmt::format("column {} ({})", p.column,
                           is_trade(id) ? trade_column_name(p.column)
                                        : quote_column_name(p.column));
  switch (p.reason) {
    case reject_reason::bad_symbol:
      return fmt::format("{}: {} is no symbol", where, shown(p.value));
    case reject_reason::bad_time:
      return fmt::format("{}: {} is no time HHMMSS", where, shown(p.value));
    case reject_reason::missing_number:
      return p.value.empty()
               ? fmt::format("{} is empty", where)
               : fmt::format("{}: {} is no number", where, shown(p.value));
    case reject_reason::bad_number:
      return fmt::format("{}: {} is not a number as documented", where,
                         shown(p.value));
    default:
      return fmt::format("{}: {}", where, shown(p.value));
  }
}

std::string describe(const kis::frame_result& r, std::string_view text) {
  auto& f = r.value;
  switch (r.reason) {
    case reject_reason::not_a_frame:
      return fmt::format("{} is not enc|TR|count|values", shown(text));
    case reject_reason::bad_count:
      if (f.width == 0)
        return fmt::format("{}: the count is no number from 1 to 9999",
                           shown(text));
      return fmt::format("{} values a record, and the symbol comes again "
                         "within: more records than {}",
                         f.width, f.count);
    case reject_reason::encrypted:
      return "an encrypted notice is not recorded";
    case reject_reason::unknown_tr:
      return fmt::format("{} is not recorded", shown(f.tr_id));
    case reject_reason::width_not_whole:
      return fmt::format("{} values are no multiple of {}",
                         std::count(f.payload.begin(), f.payload.end(), '^')
                           + 1,
                         f.count);
    case reject_reason::width_too_small:
      return fmt::format("{} values a record; {} has at least {}", f.width,
                         to_string(f.id), kis::width_min(f.id));
    default:
      return std::string{to_string(r.reason)};
  }
}

} // namespace observer
