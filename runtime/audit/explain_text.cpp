// What is missing as people read it: a table a TR, and a legend.

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <utility>

#include "runtime/audit/explain.hpp"
#include "runtime/audit/text_table.hpp"

namespace observer::audit {

namespace {

constexpr size_t symbol_width_max = 12;
constexpr std::string_view elsewhere_text = "–";
constexpr std::string_view unknown_text = "unknown";

/// As many digits as a column has room for.
std::string short_number(int64_t value) {
  constexpr int64_t exact_below = 100'000'000'000;
  constexpr int64_t mega = 1'000'000;
  return value < exact_below ? grouped(value)
                             : grouped(value / mega) + " M";
}

std::string text_of(const amount& a, const std::string& number) {
  switch (a.how) {
    case knowledge::elsewhere:
      return std::string{elsewhere_text};
    case knowledge::exact:
      return number;
    case knowledge::at_least:
      return "≥ " + number;
    case knowledge::unknown:
      break;
  }
  return std::string{unknown_text};
}

std::string share_text(const shortage_row& row) {
  if (!row.shares.is_number())
    return text_of(row.shares, "");
  auto text = percent(row.shares.value, row.volume.value_or(0));
  return text.empty() ? std::string{unknown_text} : text_of(row.shares, text);
}

std::string duration_text(const time_sum& time) {
  if (time.count == 0)
    return std::string{elsewhere_text};
  if (time.count == time.unknown)
    return std::string{unknown_text};
  constexpr int64_t second = 1'000'000;
  auto seconds = time.lasted_us / second;
  auto text = seconds < 60
                ? fmt::format("{}.{} s", seconds,
                              time.lasted_us % second / (second / 10))
                : fmt::format("{}:{:02}:{:02}", seconds / 3600,
                              seconds / 60 % 60, seconds % 60);
  return time.unknown > 0 ? "≥ " + text : text;
}

class explanation_text {
public:
  explanation_text(const audit_report& report, const report_choice& choice)
    : report_(report), table_(explain(report, choice)) {
    std::set<std::string> dates;
    for (auto& row : table_.rows)
      for (auto at : {&row.sum.time.from, &row.sum.time.to})
        if (*at)
          dates.emplace(view(**at).substr(0, 10));
    with_dates_ = dates.size() > 1;
    if (dates.size() == 1)
      date_ = *dates.begin();
  }

  bool empty() const {
    return table_.rows.empty();
  }

  void print(std::ostream& out) {
    out << fmt::format("what is missing, by cause, TR and symbol; what costs "
                       "most first; Korean time{}{}\n\n",
                       date_.empty() ? "" : " of ", date_);
    // TRs in the order of their worst rows, the whole feed last.
    std::vector<std::string_view> trs;
    for (auto& row : table_.rows)
      if (std::find(trs.begin(), trs.end(), row.key.tr_id) == trs.end())
        trs.push_back(row.key.tr_id);
    std::stable_partition(trs.begin(), trs.end(),
                          [](auto tr_id) { return !tr_id.empty(); });
    for (auto tr_id : trs)
      print_tr(tr_id, out);
    print_legend(out);
  }

private:
  std::string moment(const std::optional<stamp>& at) const {
    if (!at)
      return "?";
    auto text = view(*at);
    return with_dates_ ? fmt::format("{} {}", text.substr(5, 5),
                                     text.substr(11, 8))
                       : std::string{text.substr(11, 8)};
  }

  std::string span_text(const cause_sum& sum) const {
    auto& time = sum.time;
    if (!time.from && !time.to)
      return std::string{unknown_text};
    if (sum.unended)
      return moment(time.from) + "–end";
    return moment(time.from) == moment(time.to)
             ? moment(time.from)
             : moment(time.from) + "–" + moment(time.to);
  }

  void add(text_table& table, const shortage_row& row,
           const std::string& symbol, const std::string& lasting) const {
    auto& sum = row.sum;
    table.add({row.key.cause, symbol,
               sum.gaps.gaps > 0 ? fmt::format("{}", sum.gaps.gaps)
                                 : std::string{elsewhere_text},
               text_of(row.shares, short_number(row.shares.value)),
               share_text(row),
               text_of(row.records, short_number(row.records.value)),
               span_text(sum), lasting});
  }

  std::string heading_of(std::string_view tr_id) const {
    if (tr_id.empty())
      return "whole feed, and what names no TR";
    int64_t volume = 0, before = 0;
    for (auto& row : report_.registrations)
      if (row.tr_id == tr_id) {
        volume = add_bounded(volume, row.volume.value_or(0));
        before = add_bounded(before, row.before_first.value_or(0));
      }
    auto text = cut_to_width(tr_id, 10);
    if (auto market = market_of(tr_id); !market.empty())
      text += fmt::format(" ({})", market);
    if (volume > 0)
      text += fmt::format(": {} shares traded", short_number(volume));
    if (before > 0)
      text += fmt::format(", {} before the first tick",
                          percent(before, volume));
    return text;
  }

  void print_tr(std::string_view tr_id, std::ostream& out) {
    out << heading_of(tr_id) << '\n';
    text_table table{{"cause", "symbol", "gaps", "shares", "of volume",
                      "records", "from–to", "lasting"},
                     2,
                     6};
    for (auto& row : table_.rows)
      if (row.key.tr_id == tr_id)
        add(table, row,
            row.key.symbol.empty()
              ? "-"
              : cut_to_width(row.key.symbol, symbol_width_max),
            duration_text(row.sum.time));
    // Times of several symbols at once are no sum.
    if (!tr_id.empty())
      for (auto& total : table_.totals)
        if (total.key.tr_id == tr_id && symbols_of(total.key) > 1)
          add(table, total, "all", std::string{elsewhere_text});
    table.print(out, "  ");
    out << '\n';
  }

  ptrdiff_t symbols_of(const shortage_key& total) const {
    return std::count_if(table_.rows.begin(), table_.rows.end(),
                         [&](auto& row) {
                           return row.key.cause == total.cause
                                  && row.key.tr_id == total.tr_id;
                         });
  }

  void print_legend(std::ostream& out) const {
    std::set<std::string_view> causes;
    for (auto& row : table_.rows)
      causes.insert(row.key.cause);
    out << "causes, and what to do\n";
    size_t width = 0;
    for (auto cause : causes)
      width = std::max(width, cause.size());
    for (auto cause : causes) {
      auto words = words_of_cause(cause);
      out << fmt::format("  {:{}}  {}\n", cause, width,
                         words.meaning.empty() ? "told by no cause of the list"
                                               : words.meaning);
      if (!words.remedy.empty())
        out << fmt::format("  {:{}}  → {}\n", "", width, words.remedy);
    }
    out << "unknown  no tick that came after it tells how much\n"
           "≥        so much at least: a part of it is unknown\n"
           "–        nothing of its own: what it cost is in the rows of its "
           "symbols, or the lines are there\n"
           "–end     it lasted until the session ended\n";
    auto recorded = [&](std::string_view tr_id) {
      return std::any_of(report_.registrations.begin(),
                         report_.registrations.end(),
                         [&](auto& row) { return row.tr_id == tr_id; });
    };
    if (recorded("H0UNCNT0")
        && (recorded("H0STCNT0") || recorded("H0NXCNT0")))
      out << "H0UNCNT0 holds the trades of H0STCNT0 and H0NXCNT0 again: never "
             "add them up\n";
    out << '\n';
  }

  const audit_report& report_;
  shortage_table table_;
  bool with_dates_ = false;
  std::string date_;
};

} // namespace

void print_explanation(const audit_report& report, const report_choice& choice,
                       std::ostream& out) {
  explanation_text words{report, choice};
  if (!words.empty()) {
    words.print(out);
    return;
  }
  auto known = std::any_of(
    report.registrations.begin(), report.registrations.end(),
    [&](auto& row) { return row.symbol == choice.symbol; });
  if (!choice.symbol.empty() && !known)
    out << fmt::format("{} occurs nowhere in these files\n", choice.symbol);
  auto of = (choice.symbol.empty() ? "" : " of " + choice.symbol)
            + (choice.cause.empty() ? "" : " for " + choice.cause);
  out << fmt::format("nothing{} is short: no gap is declared, no record was "
                     "rejected, no event names a cause\n\n",
                     of);
}

} // namespace observer::audit
