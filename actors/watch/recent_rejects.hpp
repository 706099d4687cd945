#pragma once

// The records that were rejected last, for whoever looks: so many, and no more
// than so many of a second, as a flood of them must cost little. The quarantine
// has all of them. Thread-safe.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "messages/reject_reason.hpp"

namespace observer {

struct reject_view {
  int64_t at_us = 0;
  reject_reason reason = reject_reason::none;
  /// As they came; empty where they are not known.
  std::string symbol, tr_id;
  /// -1: no slot claims it.
  int slot = -1;
  std::string detail;
  /// The beginning of the record, as text.
  std::string raw;
};

class recent_rejects {
 public:
  static constexpr size_t rejects_max = 100;
  static constexpr size_t a_second_max = 10;
  /// Of the raw text.
  static constexpr size_t raw_bytes_max = 1'000;

  void add(int64_t received_us, reject_reason reason, std::string_view symbol,
           std::string_view tr_id, int slot, std::string_view detail,
           std::string_view raw);
  /// Newest first.
  std::vector<reject_view> newest(size_t count) const;

 private:
  mutable std::mutex mutex_;
  std::deque<reject_view> rejects_;
  /// Since the epoch, and how many were taken in it.
  int64_t second_ = 0;
  size_t in_second_ = 0;
};

} // namespace observer
