#include "messages/jsonl.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <initializer_list>

#include <fmt/format.h>

#include "messages/cause.hpp"
#include "messages/kis/digits.hpp"
#include "messages/korean_time.hpp"

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

} // namespace

namespace {

/// Writes at the end of a string that has been given room for all that comes;
/// what stands there is the string's once `finish` has cut the rest.
class line_writer {
 public:
  /// `room` is the most that will be written.
  line_writer(std::string& out, size_t room) : out_(out) {
    auto size = out.size();
    out.resize(size + room);
    at_ = out.data() + size;
  }
  void finish() {
    out_.resize(static_cast<size_t>(at_ - out_.data()));
  }

  /// A literal: its size is known, and copying it a few instructions.
  template <size_t N>
  void literal(const char (&text)[N]) {
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }
  void text(std::string_view t) {
    std::memcpy(at_, t.data(), t.size());
    at_ += t.size();
  }
  /// A word of a few characters: those that the wire's values are.
  void word(std::string_view t) {
    auto from = t.data();
    auto n = t.size();
    if (n > 16)
      return text(t);
    // Two pieces that overlap where the size is no power of two.
    if (n >= 8) {
      std::memcpy(at_, from, 8);
      std::memcpy(at_ + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
      std::memcpy(at_, from, 4);
      std::memcpy(at_ + n - 4, from + n - 4, 4);
    } else {
      for (size_t i = 0; i < n; ++i)
        at_[i] = from[i];
    }
    at_ += n;
  }
  void number(std::string_view wire) {
    if (!wire.empty() && wire.front() >= '1' && wire.front() <= '9')
      word(wire);
    else
      at_ += kis::write_number(at_, wire);
  }
  template <class Integer>
  void integer(Integer value) {
    at_ = std::to_chars(at_, at_ + integer_room, value).ptr;
  }
  void time(int64_t us) {
    write_timestamp(at_, us);
    at_ += timestamp_size;
  }

  /// Any 64-bit number.
  static constexpr size_t integer_room = 20;

 private:
  std::string& out_;
  char* at_;
};

/// What a trade's line has beside the wire's values, the session's id and the
/// gap's cause: keys, times, numbers of ours.
constexpr size_t trade_line_room = 768;

size_t bytes_of(std::initializer_list<std::string_view> values) {
  size_t n = 0;
  for (auto v : values)
    n += std::max<size_t>(v.size(), 4); // `null`
  return n;
}

} // namespace

void append_trade_line(std::string& out, const kis::trade& t, kis::tr id,
                       const line_place* place, const gap_mark* gap) {
  auto values = bytes_of({t.symbol, t.execution_time, t.price, t.open, t.high,
                          t.low, t.change_rate, t.volume, t.accumulated_volume,
                          t.accumulated_value, t.side, t.ask_price, t.bid_price,
                          t.ask_size, t.bid_size, t.market});
  line_writer w{out, trade_line_room + values
                       + (place ? place->session_id.size() : 0)
                       + (gap ? gap->cause.size() : 0)};
  if (place != nullptr) {
    w.literal(R"({"timestamp":")");
    w.time(place->received_us);
    w.literal(R"(","symbol":")");
  } else {
    w.literal(R"({"symbol":")");
  }
  w.word(t.symbol);
  w.literal(R"(","execution_time":")");
  w.word(t.execution_time);
  w.literal(R"(","price":{"current":)");
  w.number(t.price);
  w.literal(R"(,"open":)");
  w.number(t.open);
  w.literal(R"(,"high":)");
  w.number(t.high);
  w.literal(R"(,"low":)");
  w.number(t.low);
  w.literal(R"(,"change_rate":)");
  w.number(t.change_rate);
  w.literal(R"(},"volume":{"tick":)");
  w.number(t.volume);
  w.literal(R"(,"accumulated":)");
  w.number(t.accumulated_volume);
  w.literal(R"(,"trade_value":)");
  w.number(t.accumulated_value);
  w.literal(R"(},"side":")");
  w.word(t.side);
  w.literal(R"(","bid_ask":{"ask_price":)");
  w.number(t.ask_price);
  w.literal(R"(,"bid_price":)");
  w.number(t.bid_price);
  w.literal(R"(,"ask_size":)");
  w.number(t.ask_size);
  w.literal(R"(,"bid_size":)");
  w.number(t.bid_size);
  w.literal(R"(},"market":")");
  w.word(t.market);
  w.literal(R"(","source":"websocket","tr_id":")");
  w.word(to_string(id));
  w.literal(R"(")");
  if (place != nullptr) {
    w.literal(R"(,"session_id":")");
    w.text(place->session_id);
    w.literal(R"(","slot":)");
    w.integer(place->slot);
    w.literal(R"(,"seq":)");
    w.integer(place->seq);
  }
  if (gap != nullptr) {
    w.literal(R"(,"gap":{"cause":")");
    w.text(gap->cause);
    w.literal(R"(","missing_shares":)");
    w.integer(gap->missing_shares);
    w.literal(R"(,"records":)");
    if (gap->records == 0)
      w.literal("null");
    else
      w.integer(gap->records);
    w.literal(R"(,"after":")");
    w.time(gap->after_us);
    w.literal(R"("})");
  }
  w.literal("}\n");
  w.finish();
}

void append_quote_line(std::string& out, const kis::quote& q, kis::tr id,
                       const line_place* place) {
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
  append_json_string(out, r.detail);
  out += R"(,"tr_id":)";
  append_json_string(out, r.tr_id);
  if (!r.symbol.empty()) {
    out += R"(,"symbol":)";
    append_json_string(out, r.symbol);
  }
  out += R"(,"records":)";
  append_integer(out, r.records);
  out += R"(,"raw":)";
  append_json_string(out, r.raw);
  append_place(out, &place);
  out += "}\n";
}

namespace {

/// Length of the valid UTF-8 sequence at `at`, 0 if there is none.
size_t utf8_length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(at);
  size_t n = first < 0x80 ? 1
             : first >= 0xC2 && first <= 0xDF ? 2
             : first >= 0xE0 && first <= 0xEF ? 3
             : first >= 0xF0 && first <= 0xF4 ? 4
                                              : 0;
  if (n == 0 || at + n > text.size())
    return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(at + i) & 0xC0) != 0x80)
      return 0;
  if (n > 2) {
    // No overlong forms, no surrogates, nothing beyond U+10FFFF.
    auto second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)
        || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return 0;
  }
  return n;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    auto n = utf8_length(text, i);
    auto c = static_cast<unsigned char>(text[i]);
    if (n == 0 || c < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      ++i;
    } else {
      if (c == '"' || c == '\\')
        out += '\\';
      out.append(text, i, n);
      i += n;
    }
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
  std::string out;
  append_json_string(out, value.substr(0, shown_max));
  if (value.size() > shown_max)
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
