#include "runtime/audit/explain.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace observer::audit {

namespace {

amount sum_of(const amount& a, const amount& b) {
  auto lacks = [](const amount& one) {
    return one.how == knowledge::unknown || one.how == knowledge::at_least;
  };
  amount out;
  out.value = add_bounded(a.value, b.value);
  if (!a.is_number() && !b.is_number())
    out.how = lacks(a) || lacks(b) ? knowledge::unknown : knowledge::elsewhere;
  else
    out.how = lacks(a) || lacks(b) ? knowledge::at_least : knowledge::exact;
  return out;
}

class table_maker {
public:
  explicit table_maker(const audit_report& report) {
    for (auto& row : report.registrations) {
      if (!row.volume)
        continue;
      volumes_[{row.tr_id, row.symbol}] = *row.volume;
      auto& all = volumes_[{row.tr_id, ""}];
      all = add_bounded(all, *row.volume);
    }
    if (report.first_tick && report.last_tick)
      recorded_us_ = micros_between(*report.first_tick, *report.last_tick);
  }

  shortage_row row_of(const shortage_key& key, const cause_sum& sum) const {
    shortage_row row;
    row.key = key;
    row.sum = sum;
    row.shares = missing_shares(sum);
    row.records = missing_records(sum);
    weigh(row);
    return row;
  }

  void weigh(shortage_row& row) const {
    auto at = volumes_.find({row.key.tr_id, row.key.symbol});
    if (at != volumes_.end() && !row.key.tr_id.empty())
      row.volume = at->second;
    if (auto share = row.share())
      row.cost = *share;
    else if (row.shares.how != knowledge::elsewhere && recorded_us_ > 0)
      row.cost = std::min(1.0, static_cast<double>(row.sum.time.lasted_us)
                                 / static_cast<double>(recorded_us_));
  }

private:
  std::map<std::pair<std::string, std::string>, int64_t> volumes_;
  int64_t recorded_us_ = 0;
};

void sort_by_cost(std::vector<shortage_row>& rows) {
  auto rank = [](const shortage_row& row) {
    return std::tuple{-row.cost, -row.shares.value, -row.records.value,
                      -row.sum.time.lasted_us};
  };
  std::stable_sort(rows.begin(), rows.end(), [&](auto& a, auto& b) {
    return rank(a) < rank(b);
  });
}

} // namespace

std::optional<double> shortage_row::share() const {
  if (!shares.is_number() || volume.value_or(0) <= 0)
    return std::nullopt;
  return static_cast<double>(shares.value) / static_cast<double>(*volume);
}

shortage_table explain(const audit_report& report,
                       const report_choice& choice) {
  table_maker make{report};
  shortage_table out;
  std::map<std::pair<std::string, std::string>, shortage_row> totals;
  for (auto& [key, sum] : report.by_cause) {
    // What befell the whole feed befell each symbol.
    if (!choice.cause.empty() && key.cause != choice.cause)
      continue;
    if (!choice.symbol.empty() && !key.symbol.empty()
        && key.symbol != choice.symbol)
      continue;
    out.rows.push_back(make.row_of(key, sum));
    auto& row = out.rows.back();
    auto& total = totals[{key.cause, key.tr_id}];
    total.key = {key.cause, key.tr_id, ""};
    total.sum.add(row.sum);
    total.shares = sum_of(total.shares, row.shares);
    total.records = sum_of(total.records, row.records);
  }
  for (auto& [key, total] : totals) {
    make.weigh(total);
    out.totals.push_back(std::move(total));
  }
  sort_by_cost(out.rows);
  sort_by_cost(out.totals);
  return out;
}

} // namespace observer::audit
