#pragma once

// What can go wrong at the simulated exchange, and when it does.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/random.hpp"

namespace observer::simulate {

/// Faults of a connection hit every session that is open at that moment.
enum class fault_kind : uint8_t {
  /// TCP reset without a close frame.
  drop,
  /// No data any more (or for `for=` seconds), PINGPONG only.
  silence,
  /// Frames and JSON that no client can read, between the good ones.
  garbage,
  /// The next registration is refused (OPSP0008, then other codes in turn).
  refuse,
  /// Trade records grow by one value.
  drift,
  /// Nothing is written for `for=` seconds; then everything at once.
  slow,
  /// OPSP8996, then the session is closed.
  duplicate_session,
  /// Every approval key issued so far is refused: OPSP0011.
  bad_key,
  /// Neither reads nor writes any more, and never closes.
  half_open
};

/// `duplicate-session`, as on the command line.
std::string_view name_of(fault_kind kind);
/// All names, for a message: `drop, silence, …`.
std::string fault_names();

/// One `--fault`. Seconds are the exchange's, counted from the opening of the
/// first session; records are those sent to anyone.
struct fault_plan {
  fault_kind kind = fault_kind::drop;
  std::optional<double> every_s;
  std::optional<double> at_s;
  std::optional<uint64_t> after_records;
  /// Silence and slow alone; nothing: silence stays, slow lasts 5 s.
  std::optional<double> for_s;
};

/// Reads `NAME[:every=SECONDS|:at=SECONDS|:after=RECORDS][:for=SECONDS]`.
/// With neither of the three: once, after 10 s; `refuse` and `bad-key` as soon
/// as a session opens, since they act on registrations. On failure `problem`
/// says what is wrong with which text.
std::optional<fault_plan> parse_fault(std::string_view text,
                                      std::string& problem);

/// Hands out each fault when its time has come. Not thread-safe.
class fault_schedule {
public:
  explicit fault_schedule(const std::vector<fault_plan>& plans);

  /// Faults due by now, in the order of the command line. `elapsed_s` counts
  /// from the first session. A periodic fault that was missed several times
  /// comes once.
  std::vector<fault_plan> due(double elapsed_s, uint64_t records);

private:
  struct entry {
    fault_plan plan;
    double next_s = 0;
    bool over = false;
  };
  std::vector<entry> entries_;
};

/// Texts that must not pass for data: cut short, miscounted, misnamed, not
/// JSON. `record` is a good record of `symbol` to spoil; the texts are valid
/// UTF-8, because a client's WebSocket layer would close the connection over
/// anything else.
std::vector<std::string> garbage_texts(std::string_view symbol,
                                       std::string_view record, dice& d);

} // namespace observer::simulate
