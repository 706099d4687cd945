#include "messages/kis/frame.hpp"

#include <algorithm>
#include <cstring>

namespace observer::kis {

namespace {

constexpr uint32_t count_max = 9999;

/// The position behind `n` separators from `at`, or nullptr.
const char* skip_values(const char* at, const char* end, uint32_t n) {
  while (n > 0) {
    auto next = static_cast<const char*>(
      std::memchr(at, '^', static_cast<size_t>(end - at)));
    if (next == nullptr)
      return nullptr;
    at = next + 1;
    --n;
  }
  return at;
}

bool parse_count(std::string_view text, uint32_t& count) {
  if (text.empty() || text.size() > 4)
    return false;
  count = 0;
  for (auto c : text) {
    if (c < '0' || c > '9')
      return false;
    count = count * 10 + static_cast<uint32_t>(c - '0');
  }
  return count >= 1 && count <= count_max;
}

} // namespace

frame_result split_frame(std::string_view text) {
  frame_result out;
  size_t bar[3];
  size_t from = 0;
  for (auto& at : bar) {
    at = text.find('|', from);
    if (at == std::string_view::npos) {
      out.reason = reject_reason::not_a_frame;
      return out;
    }
    from = at + 1;
  }
  auto enc = text.substr(0, bar[0]);
  auto& f = out.value;
  f.tr_id = text.substr(bar[0] + 1, bar[1] - bar[0] - 1);
  f.payload = text.substr(bar[2] + 1);
  if (enc != "0" && enc != "1") {
    out.reason = reject_reason::not_a_frame;
    return out;
  }
  if (!parse_count(text.substr(bar[1] + 1, bar[2] - bar[1] - 1), f.count)) {
    out.reason = reject_reason::bad_count;
    return out;
  }
  if (enc == "1") {
    out.reason = reject_reason::encrypted;
    out.records = f.count;
    return out;
  }
  auto values = static_cast<uint32_t>(
    std::count(f.payload.begin(), f.payload.end(), '^') + 1);
  out.records = std::min(f.count, values);
  auto id = parse_tr(f.tr_id);
  if (!id) {
    out.reason = reject_reason::unknown_tr;
    return out;
  }
  f.id = *id;
  if (values % f.count != 0) {
    out.reason = reject_reason::width_not_whole;
    return out;
  }
  f.width = values / f.count;
  if (f.width < width_min(f.id))
    out.reason = reject_reason::width_too_small;
  return out;
}

bool record_cursor::next(std::string_view& record) {
  if (left_ == 0)
    return false;
  if (--left_ == 0) {
    record = rest_;
    return true;
  }
  auto begin = rest_.data();
  auto end = begin + rest_.size();
  // split_frame counted the values: the separators are there.
  auto next = skip_values(begin, end, width_);
  record = {begin, static_cast<size_t>(next - begin - 1)};
  rest_ = {next, static_cast<size_t>(end - next)};
  return true;
}

std::string_view first_value(std::string_view record) {
  return record.substr(0, record.find('^'));
}

} // namespace observer::kis
