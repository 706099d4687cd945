// Frames. The record's values are read here a second time, by the rules of the
// wire written down once more in the plainest way, and compared with what the
// program makes of them.

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "messages/base64.hpp"
#include "messages/cause.hpp"
#include "messages/flat_json.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/audit/records.hpp"

namespace observer::fuzz {

namespace {

using flat = std::vector<samples::flat_json_value>;
using values = std::vector<std::string_view>;

/// 2026-09-14T15:07:46.123456+09:00.
constexpr int64_t received_us = 1'789'366'066'123'456;
const std::string received = timestamp(received_us);
const line_place place{received_us, "20260914T085959-7f3a2c-s1", 3, 12345};
const gap_mark gap{"disconnected", -12, 0, received_us - 1};

values values_of(std::string_view text) {
  values out;
  for (;;) {
    auto at = text.find('^');
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos)
      return out;
    text.remove_prefix(at + 1);
  }
}

// -- The wire's values --------------------------------------------------------

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::string_view without_zeros(std::string_view digits) {
  auto first = digits.find_first_not_of('0');
  return first == digits.npos ? "0" : digits.substr(first);
}

bool is_whole(std::string_view text) {
  return all_digits(text) && without_zeros(text).size() <= 18;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  auto point = text.find('.');
  return is_whole(text.substr(0, point))
         && (point == text.npos || is_whole(text.substr(point + 1)));
}

bool is_nothing(std::string_view text) {
  return text.empty() || text == "(null)";
}

bool is_whole_or_nothing(std::string_view text) {
  return is_nothing(text) || is_whole(text);
}

/// As a JSON reader shows it.
std::string number(std::string_view text) {
  if (is_nothing(text))
    return "null";
  std::string sign = text.front() == '-' ? "-" : "";
  text.remove_prefix(text.front() == '-' || text.front() == '+');
  auto point = text.find('.');
  std::string whole{without_zeros(text.substr(0, point))};
  if (point != text.npos)
    return sign + whole + std::string{text.substr(point)};
  return whole == "0" ? whole : sign + whole;
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string{text} + '"';
}

bool has_head(const values& v) {
  auto symbol = v[0].size() >= 6 && v[0].size() <= 9
                && v[0].find_first_not_of(
                     "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                     == std::string_view::npos;
  return symbol && v[1].size() == 6 && all_digits(v[1])
         && v[1].substr(0, 2) <= "23" && v[1].substr(2, 2) <= "59"
         && v[1].substr(4) <= "59";
}

bool is_good_trade(const values& v) {
  auto good = has_head(v);
  for (auto i : {2, 12, 13, 14})
    good = good && is_whole(v[static_cast<size_t>(i)]);
  for (auto i : {7, 8, 9, 10, 11, 36, 37})
    good = good && is_whole_or_nothing(v[static_cast<size_t>(i)]);
  return good && (is_nothing(v[5]) || is_decimal(v[5]));
}

bool is_good_quote(kis::tr id, const values& v) {
  auto good = has_head(v) && is_whole(v[3]) && is_whole(v[13]);
  for (size_t i = 3; i <= 44; ++i)
    good = good && is_whole_or_nothing(v[i]);
  for (auto i : {47, 48, 53})
    good = good && is_whole_or_nothing(v[static_cast<size_t>(i)]);
  if (id == kis::tr::h0stasp0 && v.size() >= 62)
    good = good && is_whole_or_nothing(v[59]) && is_whole_or_nothing(v[60]);
  return good;
}

// -- The journal's lines ------------------------------------------------------

void add_place(flat& out) {
  out.emplace_back("session_id", in_quotes(place.session_id));
  out.emplace_back("slot", std::to_string(place.slot));
  out.emplace_back("seq", std::to_string(place.seq));
}

flat trade_values(const values& v, const kis::trade& t, kis::tr id,
                  bool with_gap) {
  flat out{{"timestamp", in_quotes(received)},
           {"symbol", in_quotes(v[0])},
           {"execution_time", in_quotes(v[1])},
           {"price.current", number(v[2])},
           {"price.open", number(v[7])},
           {"price.high", number(v[8])},
           {"price.low", number(v[9])},
           {"price.change_rate", number(v[5])},
           {"volume.tick", number(v[12])},
           {"volume.accumulated", number(v[13])},
           {"volume.trade_value", number(v[14])},
           {"side", in_quotes(v[21] == "1"   ? "buy"
                           : v[21] == "5" ? "sell"
                           : v[21] == "3" ? "auction"
                                          : "unknown")},
           {"bid_ask.ask_price", number(v[10])},
           {"bid_ask.bid_price", number(v[11])},
           {"bid_ask.ask_size", number(v[36])},
           {"bid_ask.bid_size", number(v[37])},
           {"market", in_quotes(t.market)},
           {"source", in_quotes("websocket")},
           {"tr_id", in_quotes(to_string(id))}};
  add_place(out);
  if (with_gap) {
    out.emplace_back("gap.cause", in_quotes(gap.cause));
    out.emplace_back("gap.missing_shares", std::to_string(gap.missing_shares));
    out.emplace_back("gap.records", "null");
    out.emplace_back("gap.after", in_quotes(timestamp(gap.after_us)));
  }
  return out;
}

flat quote_values(const values& v, const kis::quote& q, kis::tr id) {
  flat out{{"timestamp", in_quotes(received)},
           {"symbol", in_quotes(v[0])},
           {"execution_time", in_quotes(v[1])}};
  for (size_t i = 0; i < 10; ++i) {
    out.emplace_back("asks[][]", number(v[3 + i]));
    out.emplace_back("asks[][]", number(v[23 + i]));
  }
  for (size_t i = 0; i < 10; ++i) {
    out.emplace_back("bids[][]", number(v[13 + i]));
    out.emplace_back("bids[][]", number(v[33 + i]));
  }
  auto has_mid = id == kis::tr::h0stasp0 && v.size() >= 62;
  out.emplace_back("totals.ask_size", number(v[43]));
  out.emplace_back("totals.bid_size", number(v[44]));
  out.emplace_back("mid.price", has_mid ? number(v[59]) : "null");
  out.emplace_back("mid.size", has_mid ? number(v[60]) : "null");
  out.emplace_back("expected.price", number(v[47]));
  out.emplace_back("expected.size", number(v[48]));
  out.emplace_back("volume.accumulated", number(v[53]));
  out.emplace_back("market", in_quotes(q.market));
  out.emplace_back("source", in_quotes("websocket"));
  out.emplace_back("tr_id", in_quotes(to_string(id)));
  add_place(out);
  return out;
}

/// The market's word must be one of the README's.
bool is_market(std::string_view text) {
  for (auto word :
       {"pre", "regular", "after", "closing", "after_single", "unknown"})
    if (text == word)
      return true;
  return false;
}

/// Reads a line as the audit does.
audit::line_record audited(audit::dataset which, std::string_view line) {
  audit::line_reader reader{which};
  audit::line_record out;
  auto state = reader.read(line.substr(0, line.size() - 1), out);
  if (state != audit::line_state::good)
    throw broken{"the audit takes a line of ours: " + reader.problem() + ": "
                 + std::string{line}};
  require(audit::view(out.received) == received
            && out.session_id == place.session_id && out.slot == place.slot
            && out.seq == static_cast<int64_t>(place.seq),
          "the audit reads a line's place");
  return out;
}

void check_line(const std::string& line, const flat& expected) {
  auto seen = samples::flat_json(line);
  if (seen == expected)
    return;
  for (size_t i = 0; i < std::min(seen.size(), expected.size()); ++i)
    require(seen[i] == expected[i], "a line holds the wire's values",
            expected[i].first + ' ' + expected[i].second + " became "
              + seen[i].first + ' ' + seen[i].second);
  throw broken{"a line holds as many values as the wire: " + line};
}

void check_reject_line(reject_reason reason, std::string_view detail,
                       std::string_view tr_id, std::string_view raw,
                       uint32_t records) {
  require(is_one_line(detail), "a rejection's words fit a line",
          detail);
  std::string line;
  append_reject_line(line, {reason, detail, tr_id, raw, records}, place);
  auto seen = samples::flat_json(line);
  auto kept = redacted(raw, std::string::npos, text_kind::data);
  // The bytes themselves, where the raw text cannot hold them.
  auto coded = !is_utf8(kept);
  require(seen.size() == (coded ? 11 : 10),
          "a quarantine line is one JSON line", line);
  auto text = [&](size_t i) {
    auto& value = seen[i].second;
    return std::string_view{value}.substr(1, value.size() - 2);
  };
  require(text(1) == to_string(reason), "a quarantine line names the reason");
  require(text(2) == to_string(cause_of(reason)),
          "a quarantine line names the cause");
  require(seen[5].second == std::to_string(records),
          "a quarantine line says how many records it stands for");
  require(text(3) == outside_text(detail) && text(4) == outside_value(tr_id),
          "a quarantine line shows what came as text", line);
  require(holds_bytes(text(6), kept)
            && (!coded || from_base64(text(7)).value_or("") == kept),
          "a quarantine line holds the raw bytes but for secrets", line);
  audited(audit::dataset::quarantine, line);
}

// -- Frames -------------------------------------------------------------------

/// True if the record is accepted.
bool check_trade(const kis::frame& f, std::string_view record,
                 const values& v, bool with_gap) {
  kis::trade t;
  auto bad = kis::parse_trade(record, f.width, t);
  require((bad.reason == reject_reason::none) == is_good_trade(v),
          "a trade is accepted if and only if its values are as documented",
          record);
  if (bad.reason != reject_reason::none) {
    check_reject_line(bad.reason, describe(bad, f.id), f.tr_id, record, 1);
    return false;
  }
  require(is_market(t.market), "a trade's market is a known word");
  std::string line;
  append_trade_line(line, t, f.id, &place, with_gap ? &gap : nullptr);
  check_line(line, trade_values(v, t, f.id, with_gap));
  auto seen = audited(audit::dataset::scalp, line);
  require(seen.is_trade && seen.symbol == v[0] && seen.tr_id == f.tr_id
            && std::to_string(seen.tick) == number(v[12]) && seen.accumulated
            && std::to_string(*seen.accumulated) == number(v[13])
            && seen.gap.has_value() == with_gap,
          "the audit reads a trade's volume", line);
  return true;
}

bool check_quote(const kis::frame& f, std::string_view record,
                 const values& v) {
  kis::quote q;
  auto bad = kis::parse_quote(f.id, record, f.width, q);
  require((bad.reason == reject_reason::none) == is_good_quote(f.id, v),
          "a quote is accepted if and only if its values are as documented",
          record);
  if (bad.reason != reject_reason::none) {
    check_reject_line(bad.reason, describe(bad, f.id), f.tr_id, record, 1);
    return false;
  }
  require(is_market(q.market), "a quote's market is a known word");
  std::string line;
  append_quote_line(line, q, f.id, &place);
  check_line(line, quote_values(v, q, f.id));
  auto seen = audited(audit::dataset::scalp, line);
  require(!seen.is_trade && seen.symbol == v[0],
          "the audit reads a quote as one", line);
  return true;
}

void check_rejected(const kis::frame_result& split, std::string_view input) {
  auto& f = split.value;
  auto separators = std::count(f.payload.begin(), f.payload.end(), '^');
  auto possible = split.reason == reject_reason::encrypted
                    ? std::max<size_t>(f.payload.size(), 1)
                    : static_cast<size_t>(separators) + 1;
  require(split.records >= 1 && split.records <= std::max(f.count, 1u)
            && split.records <= possible,
          "a rejected frame counts as what it claims and could hold",
          std::to_string(split.records));
  auto words = describe(split, input);
  auto secret = split.reason == reject_reason::encrypted;
  require(!secret || words == "an encrypted notice is not recorded",
          "nothing of a personal notice is shown");
  check_reject_line(split.reason, words, f.tr_id,
                    secret ? std::string_view{} : input, split.records);
}

} // namespace

void frame(std::string_view input) {
  auto split = kis::split_frame(input);
  auto& f = split.value;
  require(lies_within(f.payload, input), "the payload is a part of the frame");
  if (split.reason != reject_reason::none) {
    check_rejected(split, input);
    return;
  }
  auto all = values_of(f.payload);
  require(f.count >= 1 && split.records == f.count
            && all.size() == size_t{f.count} * f.width
            && f.width >= width_min(f.id) && to_string(f.id) == f.tr_id,
          "a frame has as many values as it says");
  kis::record_cursor cursor{f};
  uint32_t accepted = 0, rejected = 0;
  size_t bytes = 0;
  for (std::string_view record; cursor.next(record);) {
    require(lies_within(record, f.payload), "a record is a part of the frame");
    auto n = accepted + rejected;
    require(n < f.count, "a frame has no more records than it says");
    values v{all.begin() + static_cast<ptrdiff_t>(size_t{n} * f.width),
             all.begin() + static_cast<ptrdiff_t>(size_t{n + 1} * f.width)};
    require(record.data() == v.front().data()
              && record.size()
                   == static_cast<size_t>(v.back().data() + v.back().size()
                                          - v.front().data()),
            "a record is its own values and no others");
    require(kis::first_value(record) == v.front(), "a record's first value");
    bytes += record.size() + 1;
    auto good = is_trade(f.id) ? check_trade(f, record, v, n % 2 == 1)
                               : check_quote(f, record, v);
    ++(good ? accepted : rejected);
  }
  require(accepted + rejected == f.count,
          "every record is accepted or rejected");
  require(bytes == f.payload.size() + 1, "the records make up the payload");
}

} // namespace observer::fuzz
