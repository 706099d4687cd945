#define CAF_SUITE messages_kis_mutation
#include "test.hpp"

// Frames that were damaged on the way. What can be proved of each: the records
// that come out share the damaged text among them without a byte missing or
// added; and a record that is understood is one of the undamaged frame, except
// for the very value that was hit. Two cases are beyond any proof: a separator
// more or less in a frame of one record moves the values behind it; and a frame
// that was cut, or whose count was hit, may divide into another width at whose
// multiples a symbol and a time happen to stand.

#include <array>
#include <optional>

#include "messages/kis/digits.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/record.hpp"
#include "messages/kis/samples.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;
using observer::samples::maker;

namespace {

/// Everything that is recorded of a trade or quote, but for the market: that
/// is derived from the last column, which a cut frame lacks.
std::vector<std::string_view> numbers_of(const trade& t) {
  return {t.symbol,    t.execution_time,     t.price,
          t.open,      t.high,               t.low,
          t.volume,    t.accumulated_volume, t.accumulated_value,
          t.ask_price, t.bid_price,          t.ask_size,
          t.bid_size,  t.change_rate,        t.side};
}

std::vector<std::string_view> numbers_of(const quote& q) {
  std::vector<std::string_view> out{q.symbol,
                                    q.quote_time,
                                    q.total_ask_size,
                                    q.total_bid_size,
                                    q.accumulated_volume,
                                    q.expected_price,
                                    q.expected_size};
  for (size_t i = 0; i < 10; ++i)
    for (auto* level : {&q.asks[i], &q.bids[i]}) {
      out.push_back(level->price);
      out.push_back(level->size);
    }
  return out;
}

struct seen_record {
  std::string_view text;
  /// What was understood; nothing if the record was rejected.
  std::optional<std::vector<std::string_view>> numbers;
};

struct seen_frame {
  reject_reason reason;
  uint32_t claimed;
  std::vector<seen_record> records;
};

/// Reads a frame as the program does, and checks that its records are a
/// partition of the payload.
seen_frame read(std::string_view text) {
  auto split = split_frame(text);
  seen_frame out{split.reason, split.records, {}};
  if (split.reason != reject_reason::none)
    return out;
  auto& f = split.value;
  record_cursor cursor{f};
  size_t bytes = 0;
  for (std::string_view record; cursor.next(record);) {
    seen_record seen{record, std::nullopt};
    if (is_trade(f.id)) {
      trade t;
      if (parse_trade(record, f.width, t).reason == reject_reason::none)
        seen.numbers = numbers_of(t);
    } else {
      quote q;
      if (parse_quote(f.id, record, f.width, q).reason == reject_reason::none)
        seen.numbers = numbers_of(q);
    }
    if (samples::split(record, '^').size() != f.width)
      CAF_FAIL("a record of another width");
    bytes += record.size() + (out.records.empty() ? 0 : 1);
    out.records.push_back(std::move(seen));
  }
  if (out.records.size() != f.count || out.claimed != f.count
      || bytes != f.payload.size())
    CAF_FAIL("the records do not make up the payload");
  return out;
}

/// Which record and value of a frame a byte lies in.
struct location {
  size_t record, column;
};

location locate(std::string_view text, size_t at, size_t width) {
  auto payload = text.rfind('|') + 1;
  auto n = static_cast<size_t>(std::count(
    text.begin() + static_cast<ptrdiff_t>(payload),
    text.begin() + static_cast<ptrdiff_t>(at), '^'));
  return {n / width, n % width};
}

size_t header_size(std::string_view text) {
  return text.rfind('|') + 1;
}

/// Same values, but for the one at `column`?
bool differs_only_at(std::string_view a, std::string_view b, size_t column) {
  auto left = samples::split(a, '^');
  auto right = samples::split(b, '^');
  if (left.size() != right.size())
    return false;
  for (size_t i = 0; i < left.size(); ++i)
    if (i != column && left[i] != right[i])
      return false;
  return true;
}

/// The undamaged frame, and what is true of every damaged form of it.
class subject {
public:
  explicit subject(std::string text) : text_{std::move(text)} {
    original_ = read(text_);
    if (original_.reason != reject_reason::none)
      CAF_FAIL("the undamaged frame is rejected: " << text_);
    width_ = samples::split(original_.records[0].text, '^').size();
  }

  const std::string& text() const {
    return text_;
  }

  size_t count() const {
    return original_.records.size();
  }

  /// The byte at `at` became another.
  void check_changed(size_t at, char to) {
    auto damaged = text_;
    damaged[at] = to;
    auto separators_stay = text_[at] != '^' && to != '^';
    check(damaged, at, separators_stay);
  }

  /// The byte at `at` is gone.
  void check_removed(size_t at) {
    auto damaged = text_;
    damaged.erase(at, 1);
    check(damaged, at, text_[at] != '^');
  }

  /// Only the first `n` bytes came.
  void check_cut(size_t n) {
    auto damaged = text_.substr(0, n);
    auto seen = read(damaged);
    if (!all_were_there(seen))
      CAF_FAIL("invented from a frame cut at " << n << ": " << damaged);
    if (seen.reason == reject_reason::width_not_whole
        || seen.reason == reject_reason::width_too_small) {
      if (seen.claimed > count())
        CAF_FAIL("more records claimed than there were");
    }
  }

private:
  bool is_original(const std::vector<std::string_view>& numbers) const {
    for (auto& record : original_.records)
      if (record.numbers && *record.numbers == numbers)
        return true;
    return false;
  }

  /// Is all that was understood of the undamaged frame, as far as anybody can
  /// tell? Only if each record but the first begins with a symbol and a time at
  /// the multiples of another width, that may be records of this width. The
  /// first is the undamaged one's beginning, whatever the width.
  bool all_were_there(const seen_frame& seen) const {
    auto begins = [](std::string_view record) {
      auto values = samples::split(record, '^');
      return is_symbol(values[0]) && is_time(values[1]);
    };
    for (size_t i = 0; i < seen.records.size(); ++i) {
      auto& record = seen.records[i];
      if (!record.numbers || is_original(*record.numbers))
        continue;
      auto other_width = samples::split(record.text, '^').size() != width_;
      if (i == 0 || !other_width || !begins(record.text))
        return false;
    }
    return true;
  }

  void check(const std::string& damaged, size_t at, bool separators_stay) {
    auto seen = read(damaged);
    if (seen.reason != reject_reason::none)
      return;
    if (at < header_size(text_)) {
      // A header that still makes sense: whatever it says, what is understood
      // was there.
      if (!all_were_there(seen))
        CAF_FAIL("invented with a damaged header: " << damaged);
      return;
    }
    auto hit = locate(text_, at, width_);
    if (separators_stay) {
      if (seen.records.size() != original_.records.size())
        CAF_FAIL("a record more or less: " << damaged);
      for (size_t i = 0; i < seen.records.size(); ++i) {
        auto& before = original_.records[i].text;
        auto& after = seen.records[i].text;
        if (i == hit.record ? !differs_only_at(before, after, hit.column)
                            : before != after)
          CAF_FAIL("record " << i << " differs elsewhere: " << damaged);
        if (i != hit.record && !seen.records[i].numbers)
          CAF_FAIL("record " << i << " is lost for another's damage");
      }
      return;
    }
    if (count() > 1)
      CAF_FAIL("a separator more or less went unseen: " << damaged);
    // One record: the values before the damage are as they were.
    auto before = samples::split(original_.records[0].text, '^');
    auto after = samples::split(seen.records[0].text, '^');
    for (size_t i = 0; i < hit.column; ++i)
      if (before[i] != after[i])
        CAF_FAIL("value " << i << " changed before the damage: " << damaged);
  }

  std::string text_;
  seen_frame original_;
  size_t width_ = 0;
};

/// Bytes that mean something somewhere, and some that never do.
constexpr char telling_bytes[] = {'^', '|', '0',  '1',  '2',  '5',    '9',
                                  '-', '+', '.',  ' ',  'A',  'z',    '(',
                                  '{', '"', '\n', '\r', '\0', '\x80', '\xFF'};

std::vector<std::string> some_frames() {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  std::vector<std::string> out;
  for (auto text : samples::trades_46)
    out.emplace_back(text);
  out.emplace_back(samples::trade_47);
  out.emplace_back(samples::quote_63);
  // As real frames do, these hold one symbol each.
  for (auto id : {tr::h0stcnt0, tr::h0stasp0, tr::h0unasp0}) {
    auto made = make.frame(id, 1 + make.below(4), width_min(id) + make.below(5));
    for (auto& record : made.records)
      record[0] = made.records[0][0];
    out.push_back(samples::frame_text(to_string(id), made.records));
  }
  return out;
}

} // namespace

CAF_TEST(a changed byte invents no record) {
  for (auto& text : some_frames()) {
    subject frame{text};
    for (size_t at = 0; at < text.size(); ++at)
      for (auto to : telling_bytes)
        if (to != text[at])
          frame.check_changed(at, to);
  }
}

CAF_TEST(a byte of a single trade changed to any other invents nothing) {
  subject frame{std::string{samples::trade_47}};
  for (size_t at = 0; at < frame.text().size(); ++at)
    for (int to = 0; to < 256; ++to)
      if (static_cast<char>(to) != frame.text()[at])
        frame.check_changed(at, static_cast<char>(to));
}

CAF_TEST(a lost byte invents no record) {
  for (auto& text : some_frames()) {
    subject frame{text};
    for (size_t at = 0; at < text.size(); ++at)
      frame.check_removed(at);
  }
}

CAF_TEST(a frame cut at any byte yields nothing that was not there (F08)) {
  for (auto& text : some_frames()) {
    subject frame{text};
    for (size_t n = 0; n < text.size(); ++n)
      frame.check_cut(n);
  }
}

CAF_TEST(a frame of several records that lost a value is rejected whole) {
  for (auto& text : some_frames()) {
    subject frame{text};
    if (frame.count() == 1)
      continue;
    auto end = text.size();
    for (size_t lost = 1; lost < frame.count(); ++lost) {
      end = text.rfind('^', end - 1);
      auto seen = read(std::string_view{text}.substr(0, end));
      CAF_CHECK(seen.reason == reject_reason::width_not_whole);
      CAF_CHECK_EQUAL(seen.claimed, frame.count());
    }
  }
}

CAF_TEST(noise is read without harm) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  constexpr std::string_view alphabet = "0|^^^^^^H0STCNT0|0019.-\r\n\0\xFFz";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = make.below(2) == 0 ? "0|H0STCNT0|001|" : "";
    for (auto n = make.below(400); n > 0; --n)
      text += alphabet[make.below(alphabet.size())];
    auto seen = read(text);
    for (auto& record : seen.records)
      if (record.numbers)
        CAF_CHECK(is_symbol(record.numbers->front()));
  }
}

} // namespace CAF_SUITE
