#include "actors/feed/record_hole.hpp"

namespace observer {

/// How much a cause can explain, to choose between several.
int record_hole::weight(cause why) {
  return why == cause::none            ? 0
         : is_rejection(why)           ? 1
         : why == cause::shed_by_bound ? 2
                                       : 3;
}

void record_hole::note(cause why, uint64_t records) {
  records_ += records;
  if (weight(why) > weight(why_))
    why_ = why;
}

void record_hole::note_shed(cause why, uint64_t records) {
  note(why, records);
  shed_ += records;
  shed_why_ = why;
}

record_hole::volume_check record_hole::explain(const tick_baseline& before,
                                               int64_t missing) const {
  auto why = why_ == cause::none ? cause::exchange_gap : why_;
  // Records that were shed for another reason than the hole's have an event of
  // their own; which of the shares were theirs nobody knows.
  auto records = shed_why_ == why ? records_ : not_shed();
  return {before.accumulated,
          {to_string(why), missing, records, before.received_us},
          why};
}

} // namespace observer
