#include "frames.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "messages/batches.hpp"
#include "runtime/simulate/instrument.hpp"

namespace observer::bench {

std::vector<std::string> symbols() {
  std::vector<std::string> out{"005930", "000660", "035720"};
  for (int i = 0; out.size() < slots_per_session; ++i)
    out.push_back(fmt::format("{:06}", 100'010 + 730 * i));
  return out;
}

struct frame_maker::market {
  std::vector<simulate::instrument> issues;
  size_t next = 0;
  simulate::stamp now;
};

frame_maker::frame_maker(uint32_t per_frame)
    : frame_maker(per_frame,
                  std::chrono::duration_cast<std::chrono::microseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count()) {
}

frame_maker::frame_maker(uint32_t per_frame, int64_t now_us)
    : market_(std::make_unique<market>()), per_frame_(per_frame) {
  market_->now = simulate::stamp_of(now_us);
  constexpr uint64_t seed = 1;
  for (auto& code : symbols())
    market_->issues.emplace_back(code, simulate::venue::krx, seed);
}

frame_maker::~frame_maker() = default;

void frame_maker::append(std::string& out, uint64_t records) {
  auto count = std::min<uint64_t>(per_frame_, records);
  auto& issue = market_->issues[market_->next];
  market_->next = (market_->next + 1) % market_->issues.size();
  fmt::format_to(std::back_inserter(out), "0|H0STCNT0|{:03}|", count);
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0)
      out += '^';
    issue.trade(market_->now, simulate::trade_width_now, out);
  }
}

} // namespace observer::bench
