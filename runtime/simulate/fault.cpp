#include "runtime/simulate/fault.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "messages/numbers.hpp"

namespace observer::simulate {

namespace {

constexpr std::array names{
  std::pair{fault_kind::drop, "drop"},
  std::pair{fault_kind::silence, "silence"},
  std::pair{fault_kind::garbage, "garbage"},
  std::pair{fault_kind::refuse, "refuse"},
  std::pair{fault_kind::drift, "drift"},
  std::pair{fault_kind::slow, "slow"},
  std::pair{fault_kind::duplicate_session, "duplicate-session"},
  std::pair{fault_kind::bad_key, "bad-key"},
  std::pair{fault_kind::half_open, "half-open"}};

constexpr double default_at_s = 10;

std::optional<double> seconds(std::string_view text, double min) {
  auto x = parse_number<double>(text);
  return x && std::isfinite(*x) && *x >= min && *x <= 1e6 ? x : std::nullopt;
}

} // namespace

std::string_view name_of(fault_kind kind) {
  for (auto& [k, name] : names)
    if (k == kind)
      return name;
  return "?";
}

std::string fault_names() {
  std::string out;
  for (auto& [kind, name] : names)
    out += (out.empty() ? "" : ", ") + std::string{name};
  return out;
}

std::optional<fault_plan> parse_fault(std::string_view text,
                                      std::string& problem) {
  auto whole = text;
  auto wrong = [&](std::string why) {
    problem = fmt::format("\"{}\": {}", whole, why);
    return std::nullopt;
  };
  auto word = [&] {
    auto colon = text.find(':');
    auto out = text.substr(0, colon);
    text = colon == text.npos ? "" : text.substr(colon + 1);
    return out;
  };
  fault_plan plan;
  auto name = word();
  auto found = false;
  for (auto& [kind, known] : names)
    if (name == known) {
      plan.kind = kind;
      found = true;
    }
  if (!found)
    return wrong(fmt::format("no such fault; there are {}", fault_names()));
  while (!text.empty()) {
    auto part = word();
    auto equals = part.find('=');
    auto key = part.substr(0, equals);
    auto value = equals == part.npos ? "" : part.substr(equals + 1);
    if (key == "every") {
      if (!(plan.every_s = seconds(value, 0.001)))
        return wrong("every= wants seconds between 0.001 and 1000000");
    } else if (key == "at") {
      if (!(plan.at_s = seconds(value, 0)))
        return wrong("at= wants seconds between 0 and 1000000");
    } else if (key == "after") {
      if (!(plan.after_records = parse_number<uint64_t>(value)))
        return wrong("after= wants a number of records");
    } else if (key == "for") {
      if (plan.kind != fault_kind::silence && plan.kind != fault_kind::slow)
        return wrong("for= goes with silence and slow only");
      if (!(plan.for_s = seconds(value, 0.001)))
        return wrong("for= wants seconds between 0.001 and 1000000");
    } else {
      return wrong(
        fmt::format("\"{}\" is none of every=, at=, after=, for=", part));
    }
  }
  if (plan.every_s.has_value() + plan.at_s.has_value()
        + plan.after_records.has_value()
      > 1)
    return wrong("give one of every=, at= and after=");
  if (!plan.every_s && !plan.at_s && !plan.after_records)
    plan.at_s =
      plan.kind == fault_kind::refuse || plan.kind == fault_kind::bad_key
        ? 0
        : default_at_s;
  if (plan.kind == fault_kind::slow && !plan.for_s)
    plan.for_s = 5;
  return plan;
}

fault_schedule::fault_schedule(const std::vector<fault_plan>& plans) {
  for (auto& x : plans)
    entries_.push_back({x, x.every_s.value_or(x.at_s.value_or(0)), false});
}

std::vector<fault_plan> fault_schedule::due(double elapsed_s,
                                            uint64_t records) {
  std::vector<fault_plan> out;
  for (auto& x : entries_) {
    if (x.over)
      continue;
    if (x.plan.after_records) {
      if (records < *x.plan.after_records)
        continue;
      x.over = true;
    } else {
      if (elapsed_s < x.next_s)
        continue;
      if (x.plan.every_s)
        x.next_s +=
          *x.plan.every_s
          * (std::floor((elapsed_s - x.next_s) / *x.plan.every_s) + 1);
      else
        x.over = true;
    }
    out.push_back(x.plan);
  }
  return out;
}

std::vector<std::string> garbage_texts(std::string_view symbol,
                                       std::string_view record, dice& d) {
  auto cut = [&](size_t values) {
    size_t end = 0;
    for (size_t i = 0; i < values && end != record.npos; ++i)
      end = record.find('^', end + 1);
    return record.substr(0, end);
  };
  std::string noise;
  for (auto i = d.between(20, 200); i > 0; --i)
    noise += static_cast<char>(d.between(' ', '~'));
  auto elsewhere = std::string{record};
  // A width that divides by chance: the code is not where it should be.
  elsewhere.erase(0, elsewhere.find('^') + 1);
  return {
    // Seen at the real exchange: four records announced, one and a half come.
    fmt::format("0|H0STCNT0|004|{}^{}", record, cut(23)),
    fmt::format("0|H0STCNT0|001|{}", cut(17)),
    fmt::format("0|H0STCNT0|000|{}", record),
    fmt::format("0|H0STCNT0|0x1|{}", record),
    fmt::format("0|H0STCNT0|999|{}", record),
    fmt::format("0|H0STCNT0|001|{}^0", elsewhere),
    fmt::format("0|H0XXXXX0|001|{}", record),
    fmt::format("7|H0STCNT0|001|{}", record),
    "0|H0STCNT0|001|",
    "0|H0STCNT0",
    "|||",
    fmt::format("#{}", noise),
    R"({"header":{"tr_id":"H0STCNT0","tr_key":")",
    fmt::format(R"({{"header":{{"tr_id":"H0STCNT0","tr_key":"{}"}}}})", symbol),
    R"({"body":[1,2,{"rt_cd":null}]})",
    "[]",
    "null"};
}

} // namespace observer::simulate
