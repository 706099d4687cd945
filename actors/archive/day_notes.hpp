#pragma once

// What is noted of a day in DATA/state/days: why it is one with anomalies, by
// rule (YYYYMMDD.json, once it is over) or by hand (YYYYMMDD.mark.json: two
// files, so that neither the daemon nor an operator undoes the other's word), and
// when it was restored (YYYYMMDD.restored.json). And its certificate, DATA/state/YYYYMMDD.certificate.json, which others write.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/archive/days.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/market_hours.hpp"
#include "messages/result.hpp"

namespace observer {

struct day_anomaly {
  /// `reconnects`, `disconnected`, `holes`, `ratio`, `certificate`,
  /// `backup_failed`.
  std::string kind;
  /// With its figures.
  std::string detail;
  bool operator==(const day_anomaly&) const = default;
};

struct day_judgement {
  int64_t judged_at_us = 0;
  std::vector<day_anomaly> anomalies;
};

/// An operator's word; it counts for more than the rules.
struct day_mark {
  bool anomaly = true;
  std::string why;
  int64_t at_us = 0;
};

struct day_notes {
  std::optional<day_judgement> judged;
  std::optional<day_mark> mark;
  std::optional<int64_t> restored_at_us;

  bool is_anomaly() const {
    return mark ? mark->anomaly : judged && !judged->anomalies.empty();
  }
  /// Why, in words; empty if it is none.
  std::string why() const;
};

/// A day without notes has none. Fails where they cannot be read, or are not
/// ours: nobody knows then what was noted.
result<day_notes> read_day_notes(file_system& fs, const std::string& data_dir,
                                 int64_t day);
result<> write_judgement(file_system& fs, const std::string& data_dir,
                         int64_t day, const day_judgement& what);
result<> write_mark(file_system& fs, const std::string& data_dir, int64_t day,
                    const day_mark& what);
/// Before the first file of it is back: whoever deletes by age must not be
/// quicker.
result<> write_restored(file_system& fs, const std::string& data_dir,
                        int64_t day, int64_t now_us);

/// The percentage that the day's certificate says (`percent`); nothing if there
/// is none, or it says none.
struct day_certificate {
  bool there = false;
  std::optional<double> percent;
};
day_certificate read_certificate(file_system& fs, const std::string& data_dir,
                                 int64_t day);

/// When a day is one with anomalies.
struct anomaly_rules {
  uint64_t reconnects_min = 20;
  int64_t disconnected_us_min = int64_t{10} * 60 * 1'000'000;
  int64_t hole_us_min = int64_t{60} * 1'000'000;
  uint64_t holes_min = 2;
  double ratio_min = 0.97;
};

/// Gives the lines of a file of the journal, in whatever form it is there, one
/// after another, until `each` says false. `name` is of the plain lines.
using read_lines_function = std::function<result<>(
  file_system& fs, const std::string& data_dir, const catalogued_file& file,
  const std::function<bool(std::string_view line)>& each)>;
/// Of plain files; of others a problem.
result<> read_plain_lines(file_system& fs, const std::string& data_dir,
                          const catalogued_file& file,
                          const std::function<bool(std::string_view)>& each);

/// Judges a day that is over by its system journal and its manifests. Lines that
/// are none, or longer than 1 MiB, count for nothing.
result<day_judgement> judge_day(file_system& fs, const std::string& data_dir,
                                const archive_day& day,
                                const market_hours& hours,
                                const anomaly_rules& rules, int64_t now_us,
                                const read_lines_function& read_lines);

} // namespace observer
