#pragma once

// H0STCNT0 frames of a market of 41 issues, made beforehand: for the load
// generator and for the micro-benchmarks.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace observer::bench {

/// The codes of the issues, slot by slot.
std::vector<std::string> symbols();

/// Makes frames of `per_frame` records of one issue each, the issues in turn.
/// The cumulative volume of each goes on from record to record.
class frame_maker {
public:
  explicit frame_maker(uint32_t per_frame);
  /// Trades at this time instead of now: the same text each time.
  frame_maker(uint32_t per_frame, int64_t now_us);
  ~frame_maker();

  /// Appends the next frame's text, of `records` at most.
  void append(std::string& out, uint64_t records);

private:
  struct market;
  std::unique_ptr<market> market_;
  uint32_t per_frame_;
};

} // namespace observer::bench
