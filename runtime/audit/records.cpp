#include "runtime/audit/records.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "runtime/audit/record_keys.hpp"
#include "runtime/audit/shortage.hpp"

namespace observer::audit {

namespace {

constexpr std::array<std::string_view, 5> price_keys{
  "current", "open", "high", "low", "change_rate"};
constexpr std::array<std::string_view, 3> volume_keys{"tick", "accumulated",
                                                      "trade_value"};
constexpr std::array<std::string_view, 4> bid_ask_keys{
  "ask_price", "bid_price", "ask_size", "bid_size"};
constexpr std::array<std::string_view, 4> gap_keys{"cause", "missing_shares",
                                                   "records", "after"};
constexpr auto common_wanted = bits(timestamp_key, session_id_key, slot_key,
                                    seq_key);
constexpr auto scalp_wanted = common_wanted
                              | bits(symbol_key, execution_time_key,
                                     volume_key, market_key, source_key,
                                     tr_id_key);
constexpr auto trade_wanted = scalp_wanted
                              | bits(price_key, side_key, bid_ask_key);
constexpr auto quote_wanted = scalp_wanted | bits(asks_key, bids_key);

bool is_side(std::string_view text) {
  return text == "buy" || text == "sell" || text == "auction"
         || text == "unknown";
}

bool is_digits(std::string_view text, size_t size) {
  return text.size() == size
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

/// Keeps the first complaint; a broken text is json_'s to tell.
bool line_reader::demand(bool good, std::string_view field,
                         std::string_view wanted) {
  if (!good && problem_.empty())
    problem_ = fmt::format("{} is not {}", field, wanted);
  return good;
}

bool line_reader::want_text(std::string_view& out, std::string_view field) {
  if (json_.peek() == json_kind::string)
    return json_.read_string(out);
  json_.skip();
  return demand(false, field, "a string");
}

bool line_reader::want_stamp(stamp& out) {
  std::string_view text;
  if (!want_text(text, "timestamp"))
    return false;
  auto parsed = parse_stamp(text);
  if (parsed)
    out = *parsed;
  return demand(parsed.has_value(), "timestamp",
                "of the form 2026-09-14T15:07:46.123456+09:00");
}

bool line_reader::want_integer(int64_t& out, std::string_view field) {
  if (json_.peek() != json_kind::number)
    json_.skip();
  else if (json_.read_integer(out))
    return true;
  return demand(false, field, "an integer of at most 18 digits");
}

bool line_reader::want_integer_or_null(std::optional<int64_t>& out,
                                       std::string_view field) {
  out.reset();
  if (json_.peek() == json_kind::null)
    return json_.skip();
  int64_t value = 0;
  if (!want_integer(value, field))
    return false;
  out = value;
  return true;
}

bool line_reader::want_number_or_null(std::string_view field) {
  auto kind = json_.peek();
  return json_.skip()
         && demand(kind == json_kind::number || kind == json_kind::null, field,
                   "a number or null");
}

/// [[price,size],…]
bool line_reader::want_levels(std::string_view field) {
  constexpr std::string_view wanted = "an array of [price,size]";
  if (json_.peek() != json_kind::array)
    return json_.skip() && demand(false, field, wanted);
  json_.open_array();
  bool first_level = true;
  bool good = true;
  while (json_.next_element(first_level)) {
    if (json_.peek() != json_kind::array) {
      good = false;
      json_.skip();
      continue;
    }
    json_.open_array();
    bool first = true;
    int numbers = 0;
    while (json_.next_element(first)) {
      auto kind = json_.peek();
      good = good && (kind == json_kind::number || kind == json_kind::null);
      json_.skip();
      ++numbers;
    }
    good = good && numbers == 2;
  }
  return json_.ok() && demand(good, field, wanted);
}

void line_reader::read_price() {
  json_object members{json_, price_keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    if (key == 0) {
      auto kind = json_.peek();
      json_.skip();
      demand(kind == json_kind::number, "price.current", "a number");
    } else {
      want_number_or_null("a number of price");
    }
  }
  require(members.seen(), all_bits(price_keys.size()), price_keys, "price.");
}

void line_reader::read_volume(line_record& out) {
  json_object members{json_, volume_keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    if (key == 0)
      want_integer(out.tick, "volume.tick");
    else if (key == 1)
      want_integer_or_null(out.accumulated, "volume.accumulated");
    else
      want_number_or_null("volume.trade_value");
  }
  volume_seen_ = members.seen();
}

void line_reader::read_bid_ask() {
  json_object members{json_, bid_ask_keys};
  while (members.next() != json_object::end)
    want_number_or_null("a number of bid_ask");
  require(members.seen(), all_bits(bid_ask_keys.size()), bid_ask_keys,
          "bid_ask.");
}

void line_reader::read_gap(line_record& out) {
  declared_gap gap;
  json_object members{json_, gap_keys};
  int key;
  while ((key = members.next()) != json_object::end) {
    if (key == 0) {
      want_text(gap.cause, "gap.cause");
    } else if (key == 1) {
      want_integer_or_null(gap.missing_shares, "gap.missing_shares");
    } else if (key == 2) {
      want_integer_or_null(gap.records, "gap.records");
    } else {
      auto kind = json_.peek();
      std::string_view after;
      if (kind != json_kind::string)
        json_.skip();
      else if (json_.read_string(after) && !parse_stamp(after))
        kind = json_kind::none;
      else
        gap.after = after;
      demand(kind == json_kind::string || kind == json_kind::null,
             "gap.after", "a timestamp or null");
    }
  }
  require(members.seen(), all_bits(gap_keys.size()), gap_keys, "gap.");
  demand(is_cause(gap.cause), "gap.cause", "a cause of the closed list");
  out.gap = gap;
}

void line_reader::read_doubt(line_record& out) {
  constexpr std::string_view wanted = "an array of words of the closed list";
  if (json_.peek() != json_kind::array) {
    json_.skip();
    demand(false, "doubt", wanted);
    return;
  }
  json_.open_array();
  bool first = true;
  while (json_.next_element(first)) {
    std::string_view word;
    if (json_.peek() != json_kind::string) {
      json_.skip();
      demand(false, "doubt", wanted);
      continue;
    }
    json_.read_string(word);
    auto known = false;
    for (size_t i = 0; i < kis::doubt_count && !known; ++i)
      if (auto d = static_cast<kis::doubt>(i); to_string(d) == word) {
        out.doubts.add(d);
        known = true;
      }
    demand(known, "doubt", wanted);
  }
}

void line_reader::require(uint32_t seen, uint32_t wanted,
                          std::span<const std::string_view> keys,
                          std::string_view where) {
  auto absent = wanted & ~seen;
  if (absent == 0 || !problem_.empty())
    return;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (absent & (1u << i)) {
      problem_ = fmt::format("no key {}{}", where, keys[i]);
      return;
    }
  }
}

bool line_reader::read_place(int key, line_record& out) {
  switch (key) {
    case timestamp_key:
      want_stamp(out.received);
      return true;
    case session_id_key:
      if (want_text(out.session_id, "session_id"))
        demand(!out.session_id.empty(), "session_id", "a name");
      return true;
    case slot_key:
      want_integer(out.slot, "slot");
      return true;
    case seq_key:
      if (want_integer(out.seq, "seq"))
        demand(out.seq >= 1, "seq", "1 or more");
      return true;
    default:
      return false;
  }
}

void line_reader::read_members(line_record& out) {
  if (dataset_ != dataset::scalp)
    return read_side_members(out);
  json_object members{json_, line_keys};
  std::string_view text;
  int key;
  while ((key = members.next()) != json_object::end) {
    if (read_place(key, out))
      continue;
    switch (key) {
      case symbol_key:
        want_text(out.symbol, "symbol");
        break;
      case execution_time_key:
        if (want_text(text, "execution_time"))
          demand(is_digits(text, 6), "execution_time", "six digits");
        break;
      case price_key:
        read_price();
        break;
      case volume_key:
        read_volume(out);
        break;
      case side_key:
        if (want_text(text, "side"))
          demand(is_side(text), "side", "buy, sell, auction or unknown");
        break;
      case bid_ask_key:
        read_bid_ask();
        break;
      case asks_key:
        want_levels("asks");
        break;
      case bids_key:
        want_levels("bids");
        break;
      case market_key:
        if (json_.peek() == json_kind::null)
          json_.skip();
        else
          want_text(text, "market");
        break;
      case source_key:
        want_text(text, "source");
        break;
      case tr_id_key:
        want_text(out.tr_id, "tr_id");
        break;
      case doubt_key:
        read_doubt(out);
        break;
      case gap_key:
        read_gap(out);
        break;
      case business_date_key:
        if (want_text(text, "business_date")
            && demand(is_digits(text, out.day.size()), "business_date",
                      "eight digits"))
          std::copy_n(text.data(), out.day.size(), out.day.data());
        break;
      default:
        json_.skip();
    }
  }
  seen_ = members.seen();
  if ((seen_ & bits(business_date_key)) == 0)
    out.day = date_of(out.received);
}

void line_reader::check_presence(const line_record& out) {
  switch (dataset_) {
    case dataset::scalp:
      if (out.is_trade) {
        require(seen_, trade_wanted, line_keys, "");
        require(volume_seen_, all_bits(volume_keys.size()), volume_keys,
                "volume.");
        demand(out.accumulated.has_value(), "volume.accumulated",
               "an integer");
      } else {
        require(seen_, quote_wanted, line_keys, "");
        require(volume_seen_, bits(1), volume_keys, "volume.");
      }
      break;
    case dataset::swing:
      require(seen_, common_wanted, line_keys, "");
      break;
    case dataset::system:
      require(seen_, common_wanted | bits(event_key), line_keys, "");
      break;
    case dataset::quarantine:
      require(seen_, common_wanted | bits(reason_key, raw_key), line_keys,
              "");
      break;
  }
}

line_state line_reader::read(std::string_view line, line_record& out) {
  out = line_record{};
  problem_.clear();
  seen_ = volume_seen_ = 0;
  json_.reset(line);
  read_members(out);
  if (!json_.finish()) {
    problem_ = line.empty() ? std::string{"an empty line"}
                            : fmt::format("{} at byte {}", json_.error(),
                                          json_.error_offset() + 1);
    return line_state::not_json;
  }
  out.is_trade = dataset_ == dataset::scalp && !is_quote(out.tr_id);
  check_presence(out);
  return problem_.empty() ? line_state::good : line_state::wrong_fields;
}

} // namespace observer::audit
