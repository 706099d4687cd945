#include "messages/kis/record.hpp"

#include <algorithm>

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

template <size_t N>
record_problem check(const values<N>& v, uint32_t index, digits form,
                     bool required) {
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
  return {};
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
  // Behind column 58 only the KRX quote's columns are settled.
  if (id == tr::h0stasp0 && n >= 62) {
    for (uint32_t i : {59u, 60u})
      if (auto bad = check(v, i, digits::whole, false);
          bad.reason != reject_reason::none)
        return bad;
    out.mid_price = v[59];
    out.mid_size = v[60];
    if (n == 63)
      out.market = market_of_class(v[62]);
  }
  return {};
}

} // namespace observer::kis
