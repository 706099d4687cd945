// Mutations that know what a frame is: values, records, counts, symbols.

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "fuzz/whole_path.hpp"
#include "messages/numbers.hpp"
#include "runtime/simulate/random.hpp"

namespace observer::fuzz {

namespace {

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out;
  for (;;) {
    auto at = text.find(by);
    out.emplace_back(text.substr(0, at));
    if (at == text.npos)
      return out;
    text.remove_prefix(at + 1);
  }
}

std::string joined(const std::vector<std::string>& parts, char by) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0)
      out += by;
    out += parts[i];
  }
  return out;
}

constexpr const char* odd_values[]
  = {"",        "(null)",  "0",     "-0",   "-1",        "+1",      "1.5",
     "000000",  "999999",  "240000", "00",  "1e9",       "^",       "^^",
     "|",       "\"",      "\\",    "\x1d", "\xff\xfe",  "\xed\xa0\x80",
     "005930",  "000660",  "0074K0", "035720", "Q500001", "123456",
     "999999999999999999", "1000000000000000000", "18446744073709551616",
     "N",       "Y",       "C",     "\x01", "\x7f",      "가나다"};
constexpr const char* odd_counts[]
  = {"", "0", "000", "1", "001", "002", "2", "-1", "9999", "10000", "+1",
     " 1", "1 ", "4294967297", "0001", "00001", "x"};
constexpr const char* trs[]
  = {"H0STCNT0", "H0STASP0", "H0UNCNT0", "H0UNASP0", "H0NXCNT0", "H0NXASP0",
     "H0STCNI0", "h0stcnt0", "H0STMKO0", ""};
constexpr const char* other_lines[] = {
  "!s0", "!s1", "!s5", "!c", "!w", "!q", "!y", "!d", "!o", "!n", "!u", "!t1",
  "!t2", "!t4", "!t5", "!h", "!m", "!e00", "!e10", "!e11!", "!e13!", "!e54",
  "!z0", "!z4", "!z7", "!z8", "!r0", "!r3", "!a0H0STCNT0:005930",
  "!a0H0STCNT0:000660", "!a2H0NXCNT0:000660", "!a8H0STASP0:0074K0", "!K", "!P",
  "~0", "~123", "~1a1", "~9b9c", "%1", "%7", "%x", "", "{}", "{\"header\":{}}",
  R"({"header":{"tr_id":"PINGPONG","datetime":"20260914103000"}})",
  R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930"},"body":{"rt_cd":"1","msg_cd":"OPSP0008","msg1":"MAX"}})",
  R"({"header":{"tr_id":"H0STCNT0","tr_key":"000660"},"body":{"rt_cd":"1","msg_cd":"OPSP0007","msg1":"?"}})",
  R"({"header":{"tr_id":"H0STASP0","tr_key":"005930"},"body":{"rt_cd":"0","msg_cd":"OPSP0001","msg1":"UNSUBSCRIBE SUCCESS"}})",
  R"x({"header":{"tr_id":"(null)","tr_key":""},"body":{"rt_cd":"9","msg_cd":"OPSP8996","msg1":"ALREADY IN USE appkey"}})x",
  R"({"header":{"tr_id":"x","tr_key":"y"},"body":{"rt_cd":"1","msg_cd":"OPSP0011","msg1":"invalid approval"}})",
  "#\x81\x01x", "#\x01\x02" "0|", "#\x80\x01|", "#\x89\x01p", "#\x88",
  "#\x88\x02\x03\xe8", "#\x81\xff", "#\x81\x7e\x02", "#\x91\x01x",
  "0|H0STCNT0|001|", "0|H0STCNT0|001|^093000^", "1|H0STCNI0|001|c2VjcmV0"};

class mutator {
 public:
  explicit mutator(uint64_t seed) : dice_(seed) {}

  std::string mutated(std::string_view input) {
    auto lines = split(input, '\n');
    for (auto n = 1 + dice_.below(3); n > 0; --n)
      change(lines);
    return joined(lines, '\n');
  }

 private:
  size_t below(size_t n) {
    return n == 0 ? 0 : static_cast<size_t>(dice_.below(static_cast<int64_t>(n)));
  }
  template <size_t N>
  const char* one_of(const char* const (&list)[N]) {
    return list[below(N)];
  }

  void change(std::vector<std::string>& lines) {
    auto at = below(lines.size());
    switch (below(12)) {
      case 0:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at),
                     one_of(other_lines));
        return;
      case 1:
        if (lines.size() > 1)
          lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
        return;
      case 2: {
        auto copy = lines[at];
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), copy);
        return;
      }
      case 3:
        std::swap(lines[at], lines[below(lines.size())]);
        return;
      default:
        lines[at] = changed_frame(lines[at], lines);
    }
  }

  std::string changed_frame(const std::string& line,
                            std::vector<std::string>& lines) {
    auto parts = split(line, '|');
    if (parts.size() < 4)
      return changed_bytes(line);
    auto payload = std::vector<std::string>(parts.begin() + 3, parts.end());
    auto values = split(joined(payload, '|'), '^');
    auto count = parse_number<size_t>(parts[2]).value_or(1);
    auto width = count == 0 ? values.size() : values.size() / count;
    change_values(parts, values, std::max<size_t>(width, 1), lines);
    return fmt::format("{}|{}|{}|{}", parts[0], parts[1], parts[2],
                       joined(values, '^'));
  }

  void change_values(std::vector<std::string>& parts,
                     std::vector<std::string>& values, size_t width,
                     std::vector<std::string>& lines) {
    auto records = values.size() / width;
    auto at = below(values.size());
    auto place = [&](size_t i) {
      return values.begin() + static_cast<std::ptrdiff_t>(i);
    };
    switch (below(16)) {
      case 0:
        values.erase(place(at));
        break;
      case 1:
        values.insert(place(at), one_of(odd_values));
        break;
      case 2:
      case 3:
        values[at] = one_of(odd_values);
        break;
      case 4: // the first value of a record
        values[std::min(below(records + 1) * width, values.size() - 1)]
          = one_of(odd_values);
        break;
      case 5:
        parts[2] = one_of(odd_counts);
        break;
      case 6:
        parts[1] = one_of(trs);
        break;
      case 7: // one more record, counted
      case 8: {
        if (records == 0 || values.size() > 400)
          break;
        auto from = below(records) * width;
        std::vector<std::string> copy(place(from), place(from + width));
        values.insert(values.end(), copy.begin(), copy.end());
        parts[2] = fmt::format("{:03}", records + 1);
        break;
      }
      case 9: // each record has one value more
        for (auto r = records; r > 0; --r)
          values.insert(place(below(4) == 0 ? (r - 1) * width + below(width)
                                            : r * width),
                        "7");
        break;
      case 10: // one less
        for (auto r = records; r > 0; --r)
          values.erase(place(r * width - 1));
        break;
      case 11:
        std::swap(values[at], values[below(values.size())]);
        break;
      case 12:
        values.resize(at + 1);
        break;
      case 13:
        values[at] = changed_bytes(values[at]);
        break;
      case 14: // what the exchange sends next
      case 15: {
        auto next = values;
        for (size_t r = 0; r < records; ++r)
          advance(next, r * width, records);
        if (lines.size() < 12)
          lines.push_back(fmt::format("{}|{}|{}|{}", parts[0], parts[1],
                                      parts[2], joined(next, '^')));
        break;
      }
    }
    if (values.empty())
      values.emplace_back();
  }

  /// A trade's cumulative volume goes on by its own.
  void advance(std::vector<std::string>& values, size_t record,
               size_t records) {
    if (record + 13 >= values.size())
      return;
    auto volume = parse_number<uint64_t>(values[record + 12]);
    auto sum = parse_number<uint64_t>(values[record + 13]);
    if (volume && sum)
      values[record + 13] = std::to_string(*sum + *volume * records);
  }

  std::string changed_bytes(std::string text) {
    auto at = below(text.size() + 1);
    switch (below(4)) {
      case 0:
        text.insert(at, one_of(odd_values));
        break;
      case 1:
        if (at < text.size())
          text[at] = static_cast<char>(text[at] ^ 1 << below(8));
        break;
      case 2:
        text.erase(at, below(8));
        break;
      default:
        text.insert(at, 1, static_cast<char>(below(256)));
    }
    return text;
  }

  simulate::dice dice_;
};

} // namespace

std::string mutated_path(std::string_view input, uint64_t seed) {
  return mutator{seed}.mutated(input);
}

} // namespace observer::fuzz
