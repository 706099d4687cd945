#include "messages/counters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace observer {

namespace {

/// Bucket of a duration: 8 linear steps within each power of two.
size_t bucket_of(int64_t us) {
  auto v = static_cast<uint64_t>(std::max<int64_t>(us, 0));
  if (v < 8)
    return v;
  auto octave = static_cast<size_t>(std::bit_width(v)) - 4; // 8..15 -> 0
  auto step = (v >> octave) & 7;
  return std::min<size_t>(8 + octave * 8 + step,
                          latency_histogram::bucket_count - 1);
}

int64_t upper_bound_us(size_t bucket) {
  if (bucket < 8)
    return static_cast<int64_t>(bucket);
  auto octave = (bucket - 8) / 8;
  auto step = (bucket - 8) % 8;
  return static_cast<int64_t>(((8 + step + 1) << octave) - 1);
}

} // namespace

void latency_histogram::add(int64_t us, uint64_t times) {
  buckets_[bucket_of(us)].add(times);
  sum_us_.add(static_cast<uint64_t>(std::max<int64_t>(us, 0)) * times);
}

uint64_t latency_histogram::count_up_to(int64_t us) const {
  uint64_t n = 0;
  for (size_t i = 0; i < buckets_.size() && upper_bound_us(i) <= us; ++i)
    n += buckets_[i].value();
  return n;
}

uint64_t latency_histogram::count() const {
  uint64_t n = 0;
  for (auto& b : buckets_)
    n += b.value();
  return n;
}

int64_t latency_histogram::quantile_us(double q) const {
  auto total = count();
  if (total == 0)
    return 0;
  auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total)));
  rank = std::clamp<uint64_t>(rank, 1, total);
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i].value();
    if (seen >= rank)
      return upper_bound_us(i);
  }
  return upper_bound_us(buckets_.size() - 1);
}

uint64_t slot_counters::rejected_total() const {
  uint64_t n = 0;
  for (auto& r : rejected)
    n += r.value();
  return n;
}

std::optional<double> ledger_totals::ratio() const {
  auto decided = received - std::min(received, in_flight);
  if (decided == 0)
    return std::nullopt;
  // While records move one may be on disk and not yet among those decided.
  return static_cast<double>(std::min(persisted, decided))
         / static_cast<double>(decided);
}

ledger_totals sum(const session_counters& c) {
  ledger_totals out;
  auto add = [&](const slot_counters& s) {
    // The end of a record's way is read before its beginning, so that a record
    // that moves meanwhile is not seen as one too many at the end.
    out.persisted += s.persisted.value();
    out.rejected += s.rejected_total();
    out.shed += s.shed.value();
    out.in_flight += s.unacked.value() + s.queued();
    out.received += s.received.value();
  };
  for (auto& s : c.slots)
    add(s);
  auto before = out.received;
  add(c.other);
  out.unclaimed = out.received - before;
  return out;
}

bool byte_budget::take(uint64_t bytes) {
  // Two takers at once may both pass: the bound is exceeded by one batch at
  // most, which is better than a lock on the path of a tick.
  if (used_.value() + bytes > bytes_max_)
    return false;
  used_.add(bytes);
  return true;
}

} // namespace observer
