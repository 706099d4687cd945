#pragma once

// Bytes of a journal's file, as they are read, into its lines.

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

namespace observer {

/// Gives each whole line, without its newline, until `each` says false. A line of
/// more than `line_max` bytes is left out: memory is bounded by it.
class line_cutter {
 public:
  static constexpr size_t line_max = 1 << 20;

  explicit line_cutter(const std::function<bool(std::string_view)>& each)
    : each_(each) {}

  /// False once `each` said so.
  bool add(std::string_view bytes) {
    for (;;) {
      auto end = bytes.find('\n');
      if (!too_long_ && rest_.size() + std::min(end, bytes.size()) <= line_max)
        rest_ += bytes.substr(0, end);
      else
        too_long_ = true;
      if (end == bytes.npos)
        return true;
      if (!too_long_ && !each_(rest_))
        return false;
      rest_.clear();
      too_long_ = false;
      bytes.remove_prefix(end + 1);
    }
  }

 private:
  const std::function<bool(std::string_view)>& each_;
  std::string rest_;
  bool too_long_ = false;
};

} // namespace observer
