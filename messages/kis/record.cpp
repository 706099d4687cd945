#include "messages/kis/record.hpp"

#include <algorithm>

#include "messages/kis/digit_run.hpp"
#include "messages/kis/digits.hpp"
#include "messages/kis/separators.hpp"

namespace observer::kis {

namespace {

/// The first N values of a record; what follows them is left alone.
template <size_t N>
class values {
 public:
  explicit values(std::string_view record) : record_(record) {
    if (record.empty())
      return;
    begins_[0] = 0;
    auto found = separator_scan{record}.take(begins_ + 1, N);
    size_ = std::min(found + 1, N);
    if (found < N)
      begins_[found + 1] = static_cast<uint32_t>(record.size()) + 1;
  }

  /// How many of the N there are.
  size_t size() const {
    return size_;
  }
  std::string_view operator[](size_t i) const {
    return {record_.data() + begins_[i], begins_[i + 1] - begins_[i] - 1};
  }
  /// Is it digits, as nearly all numbers are? False may mean that nobody looked.
  bool is_digits(size_t i) const {
    static_assert(digit_run_max <= digits_max);
    size_t end = begins_[i + 1] - 1;
    auto size = end - begins_[i];
    return size - 1 < digit_run_max && end >= digit_run_max
           && ends_in_digits(record_.data() + end, size);
  }

 private:
  std::string_view record_;
  /// Where each value begins, and the one behind the last would.
  uint32_t begins_[N + 1];
  size_t size_ = 0;
};

/// The one character of a code; 0 if it has another number of them.
char code_of(std::string_view value) {
  return value.size() == 1 ? value.front() : '\0';
}

/// MARKET_CLS_CODE, since 2026-09-14.
std::string_view market_of_class(std::string_view value) {
  switch (code_of(value)) {
    case '1':
      return "pre";
    case '2':
      return "regular";
    case '3':
      return "after";
    case '5':
      return "closing";
    default:
      return "unknown";
  }
}

/// NEW_MKOP_CLS_CODE, first character: what records before 2026-09-14 have.
std::string_view market_of_operation(std::string_view code) {
  if (code.size() != 2)
    return "unknown";
  switch (code[0]) {
    case '1':
      return "pre";
    case '2':
      return code[1] == '1' ? "closing" : "regular";
    case '3':
      return code[1] == '1' ? "closing" : "after";
    case '4':
      return "after_single";
    default:
      return "unknown";
  }
}

std::string_view side_of(std::string_view value) {
  switch (code_of(value)) {
    case '1':
      return "buy";
    case '5':
      return "sell";
    case '3':
      return "auction";
    default:
      return "unknown";
  }
}

struct column {
  uint32_t index;
  digits form;
  bool required;
};

/// The trade columns that are recorded as numbers.
constexpr column trade_columns[] = {
  {2, digits::whole, true},   {5, digits::decimal, false},
  {7, digits::whole, false},  {8, digits::whole, false},
  {9, digits::whole, false},  {10, digits::whole, false},
  {11, digits::whole, false}, {12, digits::whole, true},
  {13, digits::whole, true},  {14, digits::whole, true},
  {36, digits::whole, false}, {37, digits::whole, false},
};

// -- doubt --------------------------------------------------------------------

/// A code of at most `size_max` characters, or none.
bool can_be_code(std::string_view value, size_t size_max) {
  return value.size() <= size_max || is_absent(value);
}
/// Nothing there, in the forms that are seen.
bool is_nothing(std::string_view value) {
  return value.find_first_not_of('0') == value.npos || is_absent(value);
}
bool can_be_date(std::string_view value) {
  if (is_nothing(value))
    return true;
  if (value.size() != 8 || !is_number(value, digits::whole))
    return false;
  auto pair = [&](size_t i) {
    return (value[i] - '0') * 10 + value[i + 1] - '0';
  };
  return pair(4) >= 1 && pair(4) <= 12 && pair(6) >= 1 && pair(6) <= 31;
}
bool can_be_hour(std::string_view value) {
  return is_nothing(value) || is_time(value);
}
bool can_be_hour_class(std::string_view value) {
  constexpr std::string_view known = "0ABCD";
  return is_absent(value)
         || (value.size() == 1 && known.find(value[0]) != known.npos);
}
bool can_be_market_class(std::string_view value) {
  constexpr std::string_view known = "01235";
  return is_absent(value)
         || (value.size() == 1 && known.find(value[0]) != known.npos);
}

/// Are two characters of a time of day at most what they may be?
bool is_like_time(std::string_view v) {
  return v.size() == 6 && static_cast<unsigned char>(v[0] - '0') <= 2
         && static_cast<unsigned char>(v[2] - '0') <= 5
         && static_cast<unsigned char>(v[4] - '0') <= 5;
}

/// What nearly all records are: looked at in few steps.
bool is_usual(const values<47>& v, size_t n) {
  return is_like_time(v[24]) && is_like_time(v[27]) && is_like_time(v[30])
         && v[21].size() == 1 && v[33].size() == 8 && v[33][0] == '2'
         && (v[33][4] == '0' || (v[33][4] == '1' && v[33][5] <= '2'))
         && v[34].size() == 2 && v[35].size() == 1
         && v[43].size() == 1 && v[43][0] == '0' && v[44].empty()
         && (n < 47 || (v[46].size() == 1 && v[46][0] == '2'));
}

doubt_set doubts_of_codes(const values<47>& v, size_t n) {
  doubt_set out;
  auto look = [&](bool good, doubt d) {
    if (!good)
      out.add(d);
  };
  auto look_at_class = [&](std::string_view value, bool good, doubt d) {
    if (!good && value.size() > 1)
      out.add_foreign(d);
    else
      look(good, d);
  };
  look(can_be_code(v[21], 1), doubt::side);
  look(can_be_hour(v[24]) && can_be_hour(v[27]) && can_be_hour(v[30]),
       doubt::hours);
  look(can_be_date(v[33]), doubt::date);
  look(can_be_code(v[34], 2), doubt::operation);
  look(can_be_code(v[35], 1), doubt::halt);
  look_at_class(v[43], can_be_hour_class(v[43]), doubt::hour_class);
  look(can_be_code(v[44], 2), doubt::ending);
  if (n == 47)
    look_at_class(v[46], can_be_market_class(v[46]), doubt::market);
  return out;
}

/// Of checked digits.
bool is_less(std::string_view a, std::string_view b) {
  if (a.front() == '0' || b.front() == '0')
    return whole_value(a) < whole_value(b);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Trades outside the regular market, and those of blocks and baskets, may lie
/// outside of the day's prices: nobody promises otherwise. So may any until the
/// codes can be read; but if they cannot, prices tell more than codes.
bool should_lie_within(const trade& t, std::string_view operation) {
  // Of the words of markets one begins like it: before the long comparison.
  return (operation.size() == 2 && operation[0] == '2' && operation[1] == '0'
          && t.market.size() == 7 && t.market[2] == 'g')
         || t.doubts.has(doubt::operation) || t.doubts.has(doubt::market);
}

/// Is there a price: most are, and begin with no zero.
bool is_given(std::string_view price) {
  return !price.empty() && (price.front() > '0' || !is_nothing(price));
}

template <size_t N>
record_problem check(const values<N>& v, uint32_t index, digits form,
                     bool required) {
  if (v.is_digits(index))
    return {};
  auto value = v[index];
  if (is_number(value, form))
    return {};
  if (!is_absent(value))
    return {reject_reason::bad_number, index, value};
  if (required)
    return {reject_reason::missing_number, index, value};
  return {};
}

template <size_t N>
record_problem check_head(const values<N>& v) {
  if (!is_symbol(v[0]))
    return {reject_reason::bad_symbol, 0, v[0]};
  if (!is_time(v[1]))
    return {reject_reason::bad_time, 1, v[1]};
  return {};
}

} // namespace

record_problem parse_trade(std::string_view record, uint32_t width,
                           trade& out) {
  // 46 columns were there always; column 46 says the market since 2026-09-14.
  values<47> v{record};
  auto n = v.size();
  if (n < 46 || width < 46)
    return {reject_reason::width_too_small, static_cast<uint32_t>(n), {}};
  if (auto bad = check_head(v); bad.reason != reject_reason::none)
    return bad;
  for (auto& c : trade_columns)
    if (auto bad = check(v, c.index, c.form, c.required);
        bad.reason != reject_reason::none)
      return bad;
  out.symbol = v[0];
  out.execution_time = v[1];
  out.business_date = v[33];
  out.price = v[2];
  out.change_rate = v[5];
  out.open = v[7];
  out.high = v[8];
  out.low = v[9];
  out.ask_price = v[10];
  out.bid_price = v[11];
  out.volume = v[12];
  out.accumulated_volume = v[13];
  out.accumulated_value = v[14];
  out.side = side_of(v[21]);
  out.halted = code_of(v[35]) == 'Y' || code_of(v[43]) == 'C';
  out.ask_size = v[36];
  out.bid_size = v[37];
  out.market = n == 47 ? market_of_class(v[46]) : market_of_operation(v[34]);
  out.doubts = is_usual(v, n) ? doubt_set{} : doubts_of_codes(v, n);
  if (should_lie_within(out, v[34])
      && ((is_given(out.low) && is_less(out.price, out.low))
          || (is_given(out.high) && is_less(out.high, out.price))))
    out.doubts.add(doubt::price);
  return {};
}

bool is_odd_average(const trade& t) {
  __extension__ typedef unsigned __int128 wide;
  // The day's low and high, and further trades than the regular market's.
  constexpr uint64_t slack = 2, without_range = 16;
  auto volume = static_cast<wide>(whole_value(t.accumulated_volume));
  auto value = static_cast<wide>(whole_value(t.accumulated_value));
  if (volume == 0 || value == 0)
    return false;
  auto price = whole_value(t.price);
  auto low = is_nothing(t.low) ? price / without_range
                               : whole_value(t.low) / slack;
  auto high = is_nothing(t.high) ? price * without_range
                                 : whole_value(t.high) * slack;
  return value < volume * low || value > volume * high;
}

record_problem parse_quote(tr id, std::string_view record, uint32_t width,
                           quote& out) {
  values<63> v{record};
  auto n = v.size();
  if (n < 59 || width < 59)
    return {reject_reason::width_too_small, static_cast<uint32_t>(n), {}};
  if (auto bad = check_head(v); bad.reason != reject_reason::none)
    return bad;
  for (uint32_t i = 3; i <= 53; ++i) {
    // Columns 50 to 52 are changes and a rate; 45, 46 and 49 are not kept.
    if ((i >= 45 && i <= 46) || (i >= 49 && i <= 52))
      continue;
    // A best price says whether there is a book at all.
    auto required = i == 3 || i == 13;
    if (auto bad = check(v, i, digits::whole, required);
        bad.reason != reject_reason::none)
      return bad;
  }
  out.symbol = v[0];
  out.quote_time = v[1];
  for (size_t i = 0; i < 10; ++i) {
    out.asks[i] = {v[3 + i], v[23 + i]};
    out.bids[i] = {v[13 + i], v[33 + i]};
  }
  out.total_ask_size = v[43];
  out.total_bid_size = v[44];
  out.expected_price = v[47];
  out.expected_size = v[48];
  out.accumulated_volume = v[53];
  out.mid_price = out.mid_size = {};
  out.market = "unknown";
  out.doubts = {};
  if (!can_be_hour_class(v[2]))
    out.doubts.add(doubt::hour_class);
  auto larger = [](const std::array<price_level, 10>& levels,
                   std::string_view total) {
    return !is_nothing(total)
           && std::any_of(levels.begin(), levels.end(), [&](auto& level) {
                return !is_nothing(level.size) && is_less(total, level.size);
              });
  };
  if (larger(out.asks, out.total_ask_size)
      || larger(out.bids, out.total_bid_size))
    out.doubts.add(doubt::totals);
  // Behind column 58 only the KRX quote's columns are settled.
  if (id == tr::h0stasp0 && n >= 62) {
    for (uint32_t i : {59u, 60u})
      if (auto bad = check(v, i, digits::whole, false);
          bad.reason != reject_reason::none)
        return bad;
    out.mid_price = v[59];
    out.mid_size = v[60];
    if (n == 63) {
      out.market = market_of_class(v[62]);
      if (!can_be_market_class(v[62]))
        out.doubts.add(doubt::market);
    }
  }
  return {};
}

} // namespace observer::kis
