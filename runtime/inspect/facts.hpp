#pragma once

// What a verdict may rest on, each as one fact, made from an observation alone.
// The kinds and their figures are listed with the templates of the group `say`
// of the console's terms.json.

#include <string>
#include <string_view>

#include "runtime/inspect/fact.hpp"
#include "runtime/inspect/observation.hpp"

namespace observer {

struct slot_counts {
  size_t wanted = 0, live = 0, refused = 0, silent = 0, rejecting = 0;

  /// Neither live nor failed: still to be registered.
  size_t registering() const {
    return wanted - live - refused - silent - rejecting;
  }
};
slot_counts count_slots(const observation& o);

/// Of the last ten seconds if anything came in them, else of the last records.
const outcomes& last_outcomes(const observation& o);
/// Does most of what came become no tick?
bool fails(const outcomes& recent, const outcomes& lately);
/// Do the values of most ticks seem to stand in other columns?
bool is_misread(const outcomes& recent, const outcomes& lately);

/// `1,234`, `0.4`.
std::string rate_text(double per_s);

// -- of the feed --------------------------------------------------------------

fact rates_fact(const observation& o);
/// Slots in this state: `refused` and `silent`, else those that are to be
/// registered yet.
fact slots_fact(const observation& o, std::string_view state);
/// Of a slot that was refused, the newest cause and words.
cause refusal_of(const observation& o, std::string& text);
fact not_live_fact(const observation& o, int64_t for_us);
/// `per_s_before` only where the feed was busy before.
fact silence_fact(int64_t for_us, std::optional<double> per_s_before);
fact connection_fact(const observation& o, const session_observation* s,
                     cause why);
fact session_fact(const observation& o, const session_observation& s,
                  cause why);

// -- of the records -----------------------------------------------------------

/// Of what came lately, how much is on disk, and what became of the rest.
fact shortage_fact(const observation& o);
fact unclaimed_fact(const observation& o);
fact waiting_fact(const observation& o);
fact none_saved_fact(const observation& o);
/// `layout` or `doubt`: so many of so many ticks.
fact doubt_fact(const observation& o, std::string_view kind, uint64_t part,
                uint64_t of);

/// Slots that fail by themselves among others that do not.
struct failing_slots {
  size_t count = 0;
  cause why = cause::none;
  fact said;
};
failing_slots failing(const observation& o);

// -- of the disk and the day --------------------------------------------------

fact storage_fact(const storage_observation& s);
fact set_aside_fact(const storage_observation& s);
fact disk_fact(const observation& o);
fact closed_fact(const observation& o);
fact opens_fact(int64_t at_us);
fact day_fact(const observation& o);
/// What is missing, of each TR by itself; empty if nothing is.
std::vector<fact> missing_facts(const losses_by_tr& losses);
fact none_missing_fact();
/// The clock of this machine is not the exchange's.
fact clock_fact(int64_t lag_ms);

} // namespace observer
