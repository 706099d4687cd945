#include "actors/journal/journal_line.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

/// The text behind `key` up to `end`, searched from the back: the keys that
/// place a line come last, and quotes inside values are escaped.
std::optional<std::string_view> member(std::string_view line,
                                       std::string_view key,
                                       std::string_view ends) {
  auto at = line.rfind(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  at += key.size();
  auto to = line.find_first_of(ends, at);
  if (to == std::string_view::npos)
    return std::nullopt;
  return line.substr(at, to - at);
}

template <class Integer>
bool parse_integer(std::optional<std::string_view> text, Integer& out) {
  if (!text)
    return false;
  auto [end, error]
    = std::from_chars(text->data(), text->data() + text->size(), out);
  return error == std::errc{} && end == text->data() + text->size();
}

/// A page that a crash left in the middle of lines reads as zeros, or as what
/// the disk had there: control characters, or the beginning of another line.
/// Our lines have neither; what came from outside is escaped in them.
bool is_patched(std::string_view line) {
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  return std::any_of(line.begin(), line.end(), is_control)
         || line.find(R"({"timestamp":")", 1) != line.npos;
}

} // namespace

std::optional<int64_t> line_time(std::string_view line) {
  constexpr std::string_view begin = R"({"timestamp":")";
  constexpr size_t timestamp_size = 32;
  if (!line.starts_with(begin) || line.size() < begin.size() + timestamp_size)
    return std::nullopt;
  return parse_timestamp(line.substr(begin.size(), timestamp_size));
}

std::optional<parsed_line> parse_line(dataset data, std::string_view line) {
  auto when = line_time(line);
  if (!when || !line.ends_with('}') || is_patched(line))
    return std::nullopt;
  auto session = member(line, R"("session_id":")", "\"");
  parsed_line out;
  auto& s = out.stream;
  if (!session
      || !parse_integer(member(line, R"("slot":)", ",}"), s.slot)
      || !parse_integer(member(line, R"("seq":)", ",}"), s.last_seq))
    return std::nullopt;
  s.session_id = *session;
  s.last_received_us = *when;
  if (data != dataset::scalp)
    return out;
  auto tr_id = member(line, R"("tr_id":")", "\"");
  auto symbol = member(line, R"("symbol":")", "\"");
  if (!tr_id || !symbol)
    return std::nullopt;
  s.tr_id = *tr_id;
  s.symbol = *symbol;
  uint64_t accumulated = 0;
  // A quote's volume is the exchange's of that moment, no tick of ours.
  if (auto id = kis::parse_tr(*tr_id); id && kis::is_trade(*id)
      && parse_integer(member(line, R"("accumulated":)", ",}"), accumulated)) {
    auto doubts = member(line, R"("doubt":[)", "]").value_or("");
    if (doubts.find(R"("volume")") == doubts.npos) {
      s.last_accumulated = accumulated;
    } else if (doubts.find(R"("tick")") == doubts.npos) {
      uint64_t tick = 0;
      if (parse_integer(member(line, R"("tick":)", ",}"), tick))
        out.moves_by = tick;
    }
  }
  if (auto date = member(line, R"("business_date":")", "\""))
    s.last_day = parse_korean_date(*date);
  if (auto why = member(line, R"("gap":{"cause":")", "\"")) {
    manifest_gap gap{s.last_seq, s.symbol, parse_cause(*why).value_or(cause::none), 0};
    parse_integer(member(line, R"("missing_shares":)", ",}"),
                  gap.missing_shares);
    out.gap = gap;
  }
  return out;
}

bool begins_like_a_line(std::string_view text) {
  constexpr std::string_view begin = R"({"timestamp":")";
  auto n = std::min(text.size(), begin.size());
  return n > 0 && text.substr(0, n) == begin.substr(0, n);
}

} // namespace observer
