#include "simulation/truth.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace observer::simulation {

namespace {

/// The text between `key` and the next `end`.
std::string_view after(std::string_view line, std::string_view key,
                       std::string_view ends) {
  auto at = line.find(key);
  if (at == line.npos)
    return {};
  at += key.size();
  auto to = line.find_first_of(ends, at);
  return to == line.npos ? std::string_view{} : line.substr(at, to - at);
}

int64_t number(std::string_view text) {
  int64_t out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

} // namespace

bool read_tick(std::string_view line, found_tick& out) {
  if (!line.starts_with(R"({"timestamp":")") || !line.ends_with('}'))
    return false;
  out.symbol = after(line, R"("symbol":")", "\"");
  out.price = after(line, R"("current":)", ",}");
  out.volume = number(after(line, R"("tick":)", ",}"));
  out.accumulated = number(after(line, R"("accumulated":)", ",}"));
  out.session_id = after(line, R"("session_id":")", "\"");
  out.slot = static_cast<int>(number(after(line, R"("slot":)", ",}")));
  out.seq = static_cast<uint64_t>(number(after(line, R"("seq":)", ",}")));
  auto gap = line.find(R"("gap":{)");
  out.has_gap = gap != line.npos;
  if (out.has_gap) {
    auto rest = line.substr(gap);
    out.cause = after(rest, R"("cause":")", "\"");
    out.missing = number(after(rest, R"("missing_shares":)", ",}"));
  }
  return !out.symbol.empty() && out.accumulated >= 0 && out.volume >= 0;
}

comparison compare(const truth& t, const std::vector<found_tick>& ticks) {
  comparison out;
  constexpr size_t problems_max = 10;
  auto wrong = [&](std::string text) {
    if (out.problems.size() < problems_max)
      out.problems.push_back(std::move(text));
  };
  std::map<std::string, std::vector<const found_tick*>> by_symbol;
  for (auto& x : ticks)
    by_symbol[x.symbol].push_back(&x);
  out.ticks = ticks.size();
  for (auto& [symbol, found] : by_symbol) {
    auto at = t.trades.find(symbol);
    if (at == t.trades.end()) {
      wrong(fmt::format("{}: never traded", symbol));
      continue;
    }
    auto& real = at->second;
    std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) {
      return a->accumulated < b->accumulated;
    });
    auto next = real.begin();
    const found_tick* before = nullptr;
    for (auto* x : found) {
      auto who = fmt::format("{} volume {} ({} slot {} seq {})", symbol,
                             x->accumulated, x->session_id, x->slot, x->seq);
      if (before && before->accumulated == x->accumulated) {
        wrong(fmt::format("{}: twice, first as {} seq {}", who,
                          before->session_id, before->seq));
        continue;
      }
      int64_t missing = 0;
      bool all_withheld = true;
      while (next != real.end() && next->accumulated < x->accumulated) {
        if (before) {
          missing += next->volume;
          all_withheld = all_withheld && next->withheld;
          ++out.missing_trades;
        }
        ++next;
      }
      if (next == real.end() || next->accumulated != x->accumulated) {
        wrong(fmt::format("{}: no such trade", who));
        continue;
      }
      if (next->volume != x->volume || next->price != x->price)
        wrong(fmt::format("{}: {} at {}, the wire said {} at {}", who,
                          x->volume, x->price, next->volume, next->price));
      ++next;
      if (before && missing != (x->has_gap ? x->missing : 0))
        wrong(fmt::format("{}: {} shares are missing before it, it says {}",
                          who, missing,
                          x->has_gap ? std::to_string(x->missing) : "nothing"));
      if (x->has_gap) {
        ++out.gaps;
        out.causes.insert(x->cause);
        auto unexplained = x->cause.empty() || x->cause == "none"
                           || (x->cause == "exchange_gap" && !all_withheld);
        if (unexplained)
          wrong(fmt::format("{}: {} missing shares with the cause \"{}\"", who,
                            x->missing, x->cause));
      }
      before = x;
    }
  }
  return out;
}

} // namespace observer::simulation
