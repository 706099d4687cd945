#include "actors/watch/outcomes.hpp"

#include <algorithm>

namespace observer {

namespace {

void take(outcomes& out, uint64_t ticks, uint64_t rejected, uint64_t shed,
          uint64_t doubted, uint64_t misplaced, uint64_t strange_width) {
  out.came += ticks + rejected + shed;
  out.ticks += ticks;
  out.rejected += rejected;
  out.shed += shed;
  // A line is in doubt before it is on disk.
  out.doubted += doubted;
  out.misplaced += misplaced;
  out.strange_width += strange_width;
}

bool is_strange(reject_reason reason) {
  return reason != reject_reason::not_subscribed
         && reason != reject_reason::unknown_tr
         && reason != reject_reason::encrypted;
}

} // namespace

outcome_counts outcomes_of(const slot_counters& c) {
  outcome_counts out;
  // The end of a record's way before its beginning: never more ended than came.
  out.ticks = c.persisted.value();
  out.rejected = c.rejected_total();
  out.shed = c.shed.value();
  out.doubted = c.doubted.value();
  out.misplaced = c.misplaced.value();
  out.received = c.received.value();
  return out;
}

outcome_counts outcomes_of(const session_counters& c) {
  outcome_counts out;
  for (auto& slot : c.slots) {
    auto one = outcomes_of(slot);
    out.received += one.received;
    out.ticks += one.ticks;
    out.rejected += one.rejected;
    out.shed += one.shed;
    out.doubted += one.doubted;
    out.misplaced += one.misplaced;
  }
  out.strange_width
    = c.doubts[static_cast<size_t>(kis::doubt::width)].value();
  return out;
}

void outcome_window::add(int64_t second, const outcome_counts& so_far) {
  received_[added_++ % received_.size()] = so_far.received;
  auto less = [](uint64_t now, uint64_t then) {
    return static_cast<uint32_t>(now - std::min(now, then));
  };
  entry e{second,
          less(so_far.ticks, before_.ticks),
          less(so_far.rejected, before_.rejected),
          less(so_far.shed, before_.shed),
          less(so_far.doubted, before_.doubted),
          less(so_far.misplaced, before_.misplaced),
          less(so_far.strange_width, before_.strange_width)};
  before_ = so_far;
  if (e.ticks + e.rejected + e.shed + e.doubted > 0)
    ring_[next_++ % ring_.size()] = e;
}

outcomes outcome_window::recent(int64_t second) const {
  outcomes out;
  for (auto& e : ring_)
    if (e.second > second - seconds)
      take(out, e.ticks, e.rejected, e.shed, e.doubted, e.misplaced,
           e.strange_width);
  if (added_ >= received_.size()) {
    auto then = received_[added_ % received_.size()];
    out.late = then - std::min(then, before_.ended());
    out.came += out.late;
  }
  return out;
}

outcomes outcome_window::lately(int64_t second) const {
  auto out = recent(second);
  for (size_t i = 1; i <= ring_.size() && out.came < records_min; ++i) {
    auto& e = ring_[(next_ + ring_.size() - i) % ring_.size()];
    if (e.second > second - seconds)
      continue;
    if (e.second <= second - seconds_max)
      break;
    // Of a second that holds more, as many of each kind as it has of them, the
    // bad ones rounded up: which of them came last is not known.
    uint64_t all = e.ticks + e.rejected + e.shed;
    if (all == 0)
      continue;
    auto room = std::min(records_min - out.came, all);
    auto share = [&](uint64_t n) { return (n * room + all - 1) / all; };
    auto shed = share(e.shed);
    auto rejected = std::min(share(e.rejected), room - shed);
    auto ticks = room - shed - rejected;
    take(out, ticks, rejected, shed, std::min<uint64_t>(e.doubted, ticks),
         std::min<uint64_t>(e.misplaced, ticks),
         std::min<uint64_t>(e.strange_width, ticks));
  }
  return out;
}

// -- session ------------------------------------------------------------------

template <size_t N, class Kind>
void session_outcomes::kinds<N, Kind>::add(const std::array<uint64_t, N>& now) {
  auto& newest = so_far[added % so_far.size()];
  auto& before = so_far[(added + so_far.size() - 1) % so_far.size()];
  uint64_t largest = 0;
  for (size_t i = 0; i < N; ++i)
    if (auto more = now[i] - std::min(now[i], before[i]); more > largest) {
      largest = more;
      most = static_cast<Kind>(i);
    }
  newest = now;
  ++added;
}

template <size_t N, class Kind>
uint64_t session_outcomes::kinds<N, Kind>::recent(size_t kind) const {
  if (added == 0)
    return 0;
  auto& newest = so_far[(added - 1) % so_far.size()];
  // Before the ring is full its next place holds nothing, as at the start.
  auto& oldest = so_far[added % so_far.size()];
  return newest[kind] - std::min(newest[kind], oldest[kind]);
}

template <size_t N, class Kind>
size_t session_outcomes::kinds<N, Kind>::seconds(size_t kind) const {
  size_t out = 0;
  for (size_t i = 1; i < so_far.size() && i <= added; ++i) {
    auto& newer = so_far[(added + so_far.size() - i) % so_far.size()];
    auto& older = so_far[(added + so_far.size() - i - 1) % so_far.size()];
    out += newer[kind] > older[kind];
  }
  return out;
}

void session_outcomes::add(int64_t second, const session_counters& c) {
  second_ = second;
  window_.add(second, outcomes_of(c));
  std::array<uint64_t, reject_reason_count> rejected{}, unclaimed{};
  for (size_t i = 1; i < reject_reason_count; ++i) {
    unclaimed[i] = c.other.rejected[i].value();
    for (auto& slot : c.slots)
      rejected[i] += slot.rejected[i].value();
  }
  rejected_.add(rejected);
  unclaimed_.add(unclaimed);
  strangers_.add({c.strangers.value()});
  std::array<uint64_t, cause_count> shed{};
  for (size_t i = 1; i < cause_count; ++i)
    shed[i] = c.shed_by_cause[i].value();
  shed_.add(shed);
}

session_outcomes::unclaimed_records session_outcomes::unclaimed() const {
  unclaimed_records out;
  out.most = unclaimed_.most;
  for (size_t i = 1; i < reject_reason_count; ++i) {
    auto n = unclaimed_.recent(i);
    out.records += n;
    if (is_strange(static_cast<reject_reason>(i)))
      out.strange += n;
  }
  constexpr size_t keep_coming = 3;
  if (strangers_.seconds(0) >= keep_coming)
    out.strangers = strangers_.recent(0);
  return out;
}

cause cause_of(const outcomes& o, const session_outcomes& s) {
  if (o.lost() == 0)
    return cause::none;
  if (o.shed >= o.rejected && o.shed >= o.late)
    return s.shed_most();
  if (o.late > o.rejected)
    return cause::io_error;
  // Nearly all: not a bad value here and there.
  return o.below(200) ? cause::layout_changed : cause_of(s.rejected_most());
}

} // namespace observer
