#include "runtime/simulate/feed.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace observer::simulate {

namespace {

std::string_view tr_id_of(venue where, bool quotes) {
  switch (where) {
    case venue::krx:
      return quotes ? "H0STASP0" : "H0STCNT0";
    case venue::nxt:
      return quotes ? "H0NXASP0" : "H0NXCNT0";
    default:
      return quotes ? "H0UNASP0" : "H0UNCNT0";
  }
}

void begin(data_frame& frame, const instrument& issue, bool quotes,
           size_t records) {
  frame.tr_id = tr_id_of(issue.where(), quotes);
  frame.symbol = issue.code();
  frame.text.clear();
  fmt::format_to(std::back_inserter(frame.text), "0|{}|{:03}|", frame.tr_id,
                 records);
  frame.records.clear();
}

/// Beyond this, issues that nobody hears are traded more slowly instead.
constexpr double overhead_max = 20;

} // namespace

feed::feed(market& issues, feed_config config)
    : issues_{issues}, config_{config}, dice_{config.seed ^ 0x66656564} {}

void feed::join(session_number session, const registration& subject) {
  auto where = channel_of(subject.first);
  if (!where)
    return;
  auto* issue = issues_.find(where->where, subject.second);
  if (!issue || issue->halted())
    return;
  auto [i, made] = line_of_.try_emplace(issue, lines_.size());
  if (made)
    lines_.push_back({issue, issues_.weight(issue->code()), {}, {}});
  auto& to =
    where->quotes ? lines_[i->second].quotes : lines_[i->second].trades;
  if (std::find(to.begin(), to.end(), session) == to.end())
    to.push_back(session);
  weigh();
}

void feed::leave(session_number session, const registration& subject) {
  auto where = channel_of(subject.first);
  for (auto& x : lines_)
    if (where && x.issue->where() == where->where
        && x.issue->code() == subject.second)
      std::erase(where->quotes ? x.quotes : x.trades, session);
  weigh();
}

void feed::leave(session_number session) {
  for (auto& x : lines_) {
    std::erase(x.trades, session);
    std::erase(x.quotes, session);
  }
  weigh();
}

void feed::weigh() {
  sums_.clear();
  heard_weight_ = 0;
  double sum = 0;
  for (auto& x : lines_) {
    sums_.push_back(sum += x.weight);
    if (!x.trades.empty() || !x.quotes.empty())
      heard_weight_ += x.weight;
  }
}

bool feed::is_live(const instrument& issue) const {
  return line_of_.contains(&issue);
}

double feed::overhead() const {
  if (heard_weight_ <= 0)
    return 1;
  return std::min(sums_.back() / heard_weight_, overhead_max);
}

const feed::line* feed::choose() {
  if (lines_.empty())
    return nullptr;
  auto at = double(dice_.next() >> 11) * 0x1p-53 * sums_.back();
  auto i = std::upper_bound(sums_.begin(), sums_.end(), at);
  return &lines_[std::min<size_t>(i - sums_.begin(), lines_.size() - 1)];
}

/// 43 of 100 frames are single, as measured; the others tail off towards the
/// maximum.
size_t feed::frame_size() {
  auto min = config_.records_min, max = config_.records_max;
  if (min == max || dice_.per_mille(430))
    return min;
  auto n = min + 1;
  while (n < max && dice_.per_mille(800))
    ++n;
  return n;
}

uint64_t feed::step(const stamp& now, const sink& out) {
  if (finished())
    return 0;
  auto* x = choose();
  if (!x)
    return 0;
  uint64_t made = frame_size();
  if (config_.total != 0)
    made = std::min(made, config_.total - sent_);
  begin(frame_, *x->issue, false, made);
  for (uint64_t i = 0; i < made; ++i) {
    if (i > 0)
      frame_.text += '^';
    auto offset = frame_.text.size();
    x->issue->trade(now, config_.width, frame_.text);
    frame_.records.push_back(
      {offset, frame_.text.size() - offset, x->issue->volume()});
  }
  if (!x->trades.empty() && out(x->trades, frame_) > 0)
    sent_ += made;
  if (!x->quotes.empty() && !finished()) {
    begin(frame_, *x->issue, true, 1);
    auto offset = frame_.text.size();
    x->issue->quote(now, frame_.text);
    frame_.records.push_back(
      {offset, frame_.text.size() - offset, x->issue->volume()});
    if (out(x->quotes, frame_) > 0)
      ++sent_;
    ++made;
  }
  return made;
}

void feed::widen() {
  config_.width = std::min(config_.width + 1, trade_width_max);
}

} // namespace observer::simulate
