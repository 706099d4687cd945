#include "messages/kis/frame.hpp"

#include <algorithm>

#include "messages/kis/digits.hpp"

namespace observer::kis {

namespace {

constexpr uint32_t count_max = 9999;

/// The text behind its first `n` values, n from 1; it has more.
std::string_view behind_values(std::string_view text, uint32_t n) {
  return text.substr(separator_scan{text}.skip(n) + 1);
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

std::string_view without_space_at_end(std::string_view text) {
  auto last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last + 1); // npos + 1 is 0
}

size_t count_values(std::string_view payload) {
  return separator_scan{payload}.count() + 1;
}

/// A claim of `count` records, limited to what may be there, at least 1.
uint32_t at_most(uint32_t count, size_t possible) {
  return static_cast<uint32_t>(
    std::clamp<size_t>(count, 1, std::max<size_t>(possible, 1)));
}

/// Does the first record begin anew inside itself: its symbol and a time? Then
/// the count is too low, and reading on would lose every second record without
/// a word. Looked for where a record is far wider than the TR's ever were.
bool holds_two_records(const frame& f) {
  auto suspicious = width_min(f.id) + width_min(f.id) / 2;
  if (f.width < suspicious)
    return false;
  auto symbol = first_value(f.payload);
  auto rest = behind_values(f.payload, width_min(f.id));
  for (auto i = width_min(f.id); i + 1 < f.width; ++i) {
    auto value = first_value(rest);
    rest.remove_prefix(value.size() + 1);
    if (value == symbol && is_time(first_value(rest)))
      return true;
  }
  return false;
}

/// The same for records of several symbols: is the width a whole multiple of a
/// width that the TR may have, with a symbol and a time at each multiple?
bool holds_other_symbols(const frame& f) {
  for (uint32_t parts = 2; f.width / parts >= width_min(f.id); ++parts) {
    if (f.width % parts != 0)
      continue;
    auto rest = f.payload;
    uint32_t found = 1;
    for (; found < parts; ++found) {
      rest = behind_values(rest, f.width / parts);
      auto value = first_value(rest);
      if (!is_symbol(value)
          || !is_time(first_value(rest.substr(value.size() + 1))))
        break;
    }
    if (found == parts)
      return true;
  }
  return false;
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
    out.records = at_most(f.count, f.payload.size());
    return out;
  }
  auto id = parse_tr(f.tr_id);
  if (!id) {
    out.reason = reject_reason::unknown_tr;
    out.records = at_most(f.count, count_values(f.payload));
    return out;
  }
  out = split_payload(*id, f.count, f.payload);
  return out;
}

frame_result split_payload(tr id, uint32_t count, std::string_view payload) {
  payload = without_space_at_end(payload);
  frame_result out;
  out.value = {to_string(id), id, count, 0, payload};
  if (count < 1 || count > count_max) {
    out.reason = reject_reason::bad_count;
    return out;
  }
  auto values = count_values(payload);
  out.records = at_most(count, values);
  if (values % count != 0) {
    out.reason = reject_reason::width_not_whole;
    return out;
  }
  out.value.width = static_cast<uint32_t>(values / count);
  if (out.value.width < width_min(id))
    out.reason = reject_reason::width_too_small;
  else if (holds_two_records(out.value) || holds_other_symbols(out.value))
    out.reason = reject_reason::bad_count;
  return out;
}

bool record_cursor::next(std::string_view& record) {
  if (left_ == 0)
    return false;
  if (--left_ == 0) {
    record = payload_.substr(begin_);
    return true;
  }
  // split_frame counted the values: the separators are there.
  auto end = scan_.skip(width_);
  record = payload_.substr(begin_, end - begin_);
  begin_ = end + 1;
  return true;
}

std::string_view first_value(std::string_view record) {
  return record.substr(0, record.find('^'));
}

} // namespace observer::kis
