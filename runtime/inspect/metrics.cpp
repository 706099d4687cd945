#include "runtime/inspect/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<std::pair<std::string, std::string>>;

double seconds(int64_t us) {
  return static_cast<double>(us) / us_per_second;
}

/// Collects families in the order in which they were first named.
class family_list {
 public:
  void counter(const char* name, const char* help, double value,
               const labels& with = {}) {
    add(name, help, MetricType::Counter, with).counter.value = value;
  }
  void counter(const char* name, const char* help, uint64_t value,
               const labels& with = {}) {
    counter(name, help, static_cast<double>(value), with);
  }
  void gauge(const char* name, const char* help, double value,
             const labels& with = {}) {
    add(name, help, MetricType::Gauge, with).gauge.value = value;
  }
  void histogram(const char* name, const char* help,
                 const latency_histogram& of) {
    // Upper bounds in µs; the buckets of the source are 1/8 octave wide.
    constexpr int64_t bounds_us[]
      = {100,     250,     500,     1'000,     2'500,     5'000,
         10'000,  25'000,  50'000,  100'000,   250'000,   500'000,
         1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};
    auto& h = add(name, help, MetricType::Histogram, {}).histogram;
    h.sample_count = of.count();
    h.sample_sum = static_cast<double>(of.sum_us()) / us_per_second;
    for (auto us : bounds_us)
      h.bucket.push_back(
        {std::min(of.count_up_to(us), h.sample_count), seconds(us)});
    h.bucket.push_back({h.sample_count, INFINITY});
  }
  std::vector<MetricFamily> families;

 private:
  ClientMetric& add(const char* name, const char* help, MetricType type,
                    const labels& with) {
    auto [at, fresh] = index_.try_emplace(name, families.size());
    if (fresh)
      families.push_back({name, help, type, {}});
    auto& metrics = families[at->second].metric;
    auto& m = metrics.emplace_back();
    for (auto& [key, value] : with)
      m.label.push_back({key, value});
    return m;
  }

  std::map<std::string, size_t> index_;
};

void add_ledger(const observation& o, family_list& out) {
  out.counter("observer_frames_received_total",
              "Text messages that the socket brought: data and control.",
              o.frames);
  out.counter("observer_records_received_total",
              "Records split off the frames of data, those that no slot "
              "claims included: persisted + rejected + shed + in flight.",
              o.totals.received);
  out.counter("observer_records_persisted_total",
              "Records that are on disk as ticks: written, synced and "
              "acknowledged.",
              o.totals.persisted);
  for (size_t i = 1; i < reject_reason_count; ++i) {
    auto reason = to_string(static_cast<reject_reason>(i));
    uint64_t n = 0;
    for (auto& [known, count] : o.rejected_by_reason)
      if (known == reason)
        n = count;
    out.counter("observer_records_rejected_total",
                "Records that became no tick, by reason; they lie raw in the "
                "quarantine.", n,
                {{"reason", std::string{reason}}});
  }
  for (auto& [why, n] : o.shed_by_cause)
    if (n > 0 || why == cause::shed_by_bound)
      out.counter("observer_records_shed_total",
                  "Records given up at the bound of unacknowledged bytes.", n,
                  {{"reason", std::string{to_string(why)}}});
  out.counter("observer_quarantine_text_given_up_total",
              "Rejected records that the quarantine counts without their text.",
              o.quarantine_shed);
  out.counter("observer_log_lines_dropped_total",
              "Log lines that standard error did not take.",
              o.log_lines_dropped);
  out.gauge("observer_records_in_flight",
            "Records received and neither on disk nor counted otherwise.",
            static_cast<double>(o.totals.in_flight));
  out.counter("observer_records_unclaimed_total",
              "Of the received and rejected ones: those of no slot's "
              "symbol and TR, and frames that are none.",
              o.totals.unclaimed);
  for (auto& [name, n] : o.doubts)
    out.counter("observer_records_in_doubt_total",
                "Ticks on disk of which a value cannot be what its column "
                "says, by that doubt.",
                n, {{"doubt", std::string{name}}});
  out.gauge("observer_persist_ratio",
            "Since the start: persisted / (received - in flight); NaN before "
            "anything is decided.",
            o.totals.ratio().value_or(NAN));
  for (auto& [why, n] : o.gaps_by_cause)
    out.counter("observer_gaps_total",
                "Ticks before which the cumulative volume of a symbol shows "
                "that trades are missing, by cause.", n,
                {{"cause", std::string{to_string(why)}}});
  out.counter("observer_missing_shares_total",
              "Shares traded in those gaps, by the cumulative volume, of all "
              "TRs; of an issue H0UNCNT0 holds those of H0STCNT0 and H0NXCNT0 "
              "again.",
              o.missing_shares);
  out.gauge("observer_unacked_bytes",
            "Bytes held for records and lines that are not yet durable.",
            static_cast<double>(o.unacked_bytes));
  out.gauge("observer_unacked_age_seconds",
            "Age of the oldest record that is not yet on disk; 0 if all "
            "are.",
            static_cast<double>(o.unacked_age_ms.value_or(0)) / 1e3);
  for (auto& [data, bytes] : o.journal_bytes)
    out.counter("observer_journal_bytes_total", "Bytes committed to files.",
                bytes, {{"dataset", std::string{to_string(data)}}});
  for (auto& [data, records] : o.journal_lost)
    out.counter("observer_records_lost_total",
                "Records that were on disk, and are gone: somebody took their "
                "file away.",
                records, {{"dataset", std::string{to_string(data)}}});
}

void add_feed(const observation& o, family_list& out) {
  constexpr const char* states[] = {"idle",      "subscribing", "live",
                                    "rejecting", "silent",      "refused",
                                    "releasing"};
  constexpr const char* phases[] = {"idle", "asking_key", "connecting",
                                    "open", "closing",    "waiting"};
  for (auto state : states) {
    double n = 0;
    for (auto& s : o.sessions)
      for (auto& slot : s.slots)
        n += slot.view.state == state;
    out.gauge("observer_slots",
              "Slots by state. silent: registered, and no data for "
              "feed.silent_slot_ms in trading hours.", n, {{"state", state}});
  }
  for (auto& s : o.sessions) {
    out.counter("observer_connects_total", "Sessions that were opened.",
                s.connects, {{"session", s.name}});
    out.counter("observer_disconnects_total",
                "Sessions that ended, whoever ended them.", s.disconnects,
                {{"session", s.name}});
    for (auto phase : phases)
      out.gauge("observer_connection_state",
                "1 for the state that the connection is in.",
                s.connection.phase == phase,
                {{"session", s.name}, {"state", phase}});
    if (s.connection.lag_ms)
      out.gauge("observer_exchange_lag_seconds",
                "Our receive time less the exchange's time of a record, to "
                "the second.",
                static_cast<double>(*s.connection.lag_ms) / 1e3);
  }
  if (o.last_record_us)
    out.gauge("observer_last_record_age_seconds",
              "Since the newest record of a slot was received; PINGPONG "
              "does not count.",
              seconds(std::max<int64_t>(0, o.now_us - *o.last_record_us)));
  out.gauge("observer_market_open", "1 in trading hours.", o.market_open);
}

void add_actors(const observation& o, family_list& out) {
  for (auto& a : o.actors)
    out.gauge("observer_actor_mailbox_size", "Messages that wait.",
              static_cast<double>(a.view.mailbox), {{"actor", a.view.name}});
  for (auto& a : o.actors)
    out.counter("observer_restarts_total", "Starts after the first.",
                a.view.starts > 0 ? a.view.starts - 1 : 0,
                {{"actor", a.view.name}});
}

void add_storage(const observation& o, family_list& out) {
  for (auto& s : o.storage)
    out.gauge("observer_storage_trouble",
              "1 while a writer cannot write, and why.", s.why != cause::none,
              {{"dataset", std::string{to_string(s.data)}},
               {"cause", s.why == cause::none ? ""
                                              : std::string{to_string(s.why)}}});
  if (o.disk.free_bytes)
    out.gauge("observer_disk_free_bytes",
              "Free for this process on the journal's file system.",
              static_cast<double>(*o.disk.free_bytes));
  if (o.disk.free_inodes)
    out.gauge("observer_disk_free_inodes",
              "How many more files can be made on the journal's file system.",
              static_cast<double>(*o.disk.free_inodes));
  out.gauge("observer_disk_look_age_seconds",
            "Since a look at the journal's file system last returned.",
            seconds(o.disk.age_us));
  // The hour's file may have several parts.
  auto hour = korean_date_hour(o.now_us);
  double bytes = 0;
  std::optional<uint64_t> expected;
  for (auto& f : o.files)
    if (f.file.starts_with("scalp/" + hour)) {
      bytes += static_cast<double>(f.bytes);
      expected = f.expected_bytes;
    }
  out.gauge("observer_hour_file_bytes",
            "Size of this hour's file of ticks, all parts.", bytes);
  if (expected)
    out.gauge("observer_hour_file_expected_bytes",
              "What the median of the last days had at this minute.",
              static_cast<double>(*expected));
}

void add_archive(const archive_view& a, family_list& out) {
  out.gauge("observer_backup_configured", "1 where there is a backup target.",
            a.has_target);
  if (a.backed_up_at_us)
    out.gauge("observer_backup_last_success_timestamp_seconds",
              "When a backup was last verified, since the epoch.",
              seconds(*a.backed_up_at_us));
  out.gauge("observer_backup_days_pending",
            "Closed days of which something has no verified backup.",
            static_cast<double>(a.pending_days));
  out.gauge("observer_backup_pending_bytes",
            "What of them is on this disk.",
            static_cast<double>(a.pending_bytes));
  out.counter("observer_archive_errors_total",
              "Compressions, backups and deletions that failed.", a.errors);
  out.counter("observer_archive_compressed_bytes_total",
              "Plain bytes that were compressed.", a.compressed_plain_bytes);
  out.counter("observer_archive_written_bytes_total",
              "What they were compressed to.", a.compressed_bytes);
  out.gauge("observer_archive_hangs",
            "1 while something of the archive does not come back.", a.hangs);
  out.counter("observer_retention_deleted_bytes_total",
              "Bytes of files that were deleted.", a.deleted_bytes);
  out.counter("observer_retention_deleted_files_total",
              "Files that were deleted.", a.deleted_files);
  out.gauge("observer_retention_due_without_backup_bytes",
            "Would be deleted by their age, and no verified backup has them.",
            static_cast<double>(a.due_unbacked_bytes));
  out.gauge("observer_retention_nothing_more",
            "1 while the disk asks for more than may be deleted.",
            a.nothing_more);
  if (a.disk)
    out.gauge("observer_disk_used_ratio",
              "Used of the journal's file system, 0 to 1.",
              static_cast<double>(a.disk->total_bytes
                                  - std::min(a.disk->free_bytes,
                                             a.disk->total_bytes))
                / static_cast<double>(a.disk->total_bytes));
}

/// Under the names that every Prometheus client has for them.
void add_process(const process_figures& p, family_list& out) {
  out.counter("process_cpu_seconds_total",
              "User and system time of all threads.", p.cpu_s);
  out.gauge("process_resident_memory_bytes", "Memory that is resident.",
            static_cast<double>(p.resident_bytes));
  out.gauge("process_virtual_memory_bytes", "Address space that is taken.",
            static_cast<double>(p.virtual_bytes));
  if (p.open_fds)
    out.gauge("process_open_fds", "Open file descriptors.",
              static_cast<double>(*p.open_fds));
  if (p.max_fds)
    out.gauge("process_max_fds", "How many may be open.",
              static_cast<double>(*p.max_fds));
  out.gauge("process_start_time_seconds",
            "When the process started, since the epoch.", p.started_s);
  out.gauge("process_threads", "Threads.", static_cast<double>(p.threads));
}

} // namespace

std::string metrics_text(const observation& o, const verdict& v,
                         const latency_histogram& acks,
                         const latency_histogram& syncs,
                         const std::optional<process_figures>& process) {
  family_list out;
  out.gauge("observer_ready",
            "What /ready answers: 1 while it records or the market is closed.", v.ready());
  add_ledger(o, out);
  out.histogram("observer_ack_latency_seconds",
                "From the socket to the acknowledgement, by record.", acks);
  out.histogram("observer_fsync_seconds", "Syncs of journal files.", syncs);
  add_feed(o, out);
  add_actors(o, out);
  add_storage(o, out);
  if (o.archive)
    add_archive(*o.archive, out);
  if (process)
    add_process(*process, out);
  out.gauge("observer_start_time_seconds",
            "When the daemon started, since the epoch.",
            seconds(o.started_us));
  out.gauge("observer_build_info", "1.", 1, {{"version", o.version}});
  return prometheus::TextSerializer{}.Serialize(out.families);
}

} // namespace observer
