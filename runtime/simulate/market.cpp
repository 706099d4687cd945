#include "runtime/simulate/market.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace observer::simulate {

namespace {

constexpr std::array known_symbols{
  "005930", "000660", "0074K0", "373220", "207940", "005380", "000270",
  "068270", "005490", "035420", "006400", "051910", "105560", "035720",
  "028260", "012330", "055550", "003670", "066570", "086790", "032830",
  "015760", "034020", "009150", "011200", "033780", "017670", "018260",
  "096770", "010130", "042660", "012450", "329180", "247540", "086520",
  "196170", "028300", "277810", "064350", "042700", "352820"};
static_assert(known_symbols.size() == 41);

constexpr std::array channels{channel{venue::krx, false, "H0STCNT0"},
                              channel{venue::krx, true, "H0STASP0"},
                              channel{venue::nxt, false, "H0NXCNT0"},
                              channel{venue::nxt, true, "H0NXASP0"},
                              channel{venue::unified, false, "H0UNCNT0"},
                              channel{venue::unified, true, "H0UNASP0"}};

} // namespace

std::optional<channel> channel_of(std::string_view tr_id) {
  for (auto& x : channels)
    if (x.tr_id == tr_id)
      return x;
  return std::nullopt;
}

bool is_issue_code(std::string_view code) {
  if (code.size() == 7 && code[0] == 'Q')
    code.remove_prefix(1);
  return code.size() == 6 && std::all_of(code.begin(), code.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

std::vector<std::string> default_symbols(size_t count) {
  count = std::min(count, default_symbols_max);
  std::vector<std::string> result;
  for (auto x : known_symbols)
    if (result.size() < count)
      result.emplace_back(x);
  for (auto n = 400'010; result.size() < count; n += 10)
    result.push_back(fmt::format("{:06}", n));
  return result;
}

market::market(market_config config) : config_{std::move(config)} {
  for (auto& x : config_.symbols)
    rank_.try_emplace(x, rank_.size());
}

instrument* market::find(venue where, std::string_view code) {
  if (!rank_.contains(code) && !(config_.any_symbol && is_issue_code(code)))
    return nullptr;
  auto& slot = all_[{where, std::string{code}}];
  if (!slot) {
    slot = std::make_unique<instrument>(std::string{code}, where, config_.seed,
                                        config_.trades_kept);
    if (std::find(config_.halted.begin(), config_.halted.end(), code)
        != config_.halted.end())
      slot->halt();
  }
  return slot.get();
}

double market::weight(std::string_view code) const {
  auto i = rank_.find(code);
  auto rank = i == rank_.end() ? rank_.size() : i->second;
  return 1 / std::pow(static_cast<double>(rank + 1), 0.7);
}

} // namespace observer::simulate
