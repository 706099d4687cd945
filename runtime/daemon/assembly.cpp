#include "runtime/daemon/assembly.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/journal/disk_errors.hpp"
#include "actors/journal/storage_health.hpp"
#include "runtime/settings/entry.hpp"
#include "runtime/storage/data_directory.hpp"

namespace observer {

using std::chrono::milliseconds;

market_hours hours_of(const config& c) {
  market_hours out;
  out.always = c.track_b.debug;
  out.ranges.clear();
  for (auto& r : c.market.hours)
    out.ranges.push_back({r.begin_minute, r.end_minute});
  for (auto& d : c.market.holidays)
    out.holidays.insert(fmt::format("{:04}{:02}{:02}", d.year, d.month, d.day));
  return out;
}

namespace {

void fill_slots(const config& settings, session_memory& memory) {
  size_t i = 0;
  for (auto& pinned : settings.feed.symbols)
    memory.slots[i++]->wanted
      = registration{*kis::parse_tr(pinned.tr_id), pinned.symbol};
}

milliseconds ms(int64_t n) {
  return milliseconds{n};
}

journal_writer_config
writer_config(dataset data, const config& settings, const daemon_ports& ports,
              const session_memory& memory) {
  journal_writer_config w;
  w.data = data;
  w.data_dir = settings.data.dir;
  w.commit_interval = ms(settings.journal.commit_interval_ms);
  w.commit_bytes = static_cast<uint64_t>(settings.journal.commit_bytes);
  w.seal_linger = ms(settings.journal.seal_linger_ms);
  w.clock = ports.clock;
  w.files = ports.files;
  w.worker = ports.workers[static_cast<size_t>(data)];
  w.background = ports.background;
  w.memory = std::make_shared<writer_memory>();
  w.counters = memory.counters;
  w.health = memory.storage;
  w.board = memory.board;
  return w;
}

connection_config
feed_config(const config& settings, const daemon_ports& ports,
            const std::shared_ptr<session_memory>& memory) {
  auto& feed = settings.feed;
  connection_config c;
  c.url = settings.kis.websocket_url;
  c.customer_type = settings.kis.customer_type.front();
  c.subscribe_spacing = ms(feed.subscribe_spacing_ms);
  c.ack_deadline = ms(feed.ack_deadline_ms);
  c.open_deadline = ms(feed.connect_timeout_ms) + milliseconds{5'000};
  c.reconnect.first = ms(feed.reconnect_first_ms);
  c.reconnect.max = ms(feed.reconnect_max_ms);
  c.appkey_in_use_wait = ms(feed.appkey_in_use_wait_ms);
  c.transport_silence = ms(feed.transport_silence_ms);
  c.data_silence = ms(feed.data_silence_ms);
  c.hours = hours_of(settings);
  c.clock = ports.clock;
  c.network = ports.net;
  c.memory = memory;
  return c;
}

archiver_config archive_config(const config& settings,
                               const daemon_ports& ports,
                               const session_memory& memory) {
  archiver_config a;
  a.data_dir = settings.data.dir;
  a.run_id = memory.run_id;
  a.compress = settings.archive.compress;
  a.compress_after = std::chrono::hours{settings.archive.compress_after_h};
  if (auto at = parse_hours(settings.backup.at + "-24:00"))
    a.backup_at_minute = at->begin_minute;
  auto& r = settings.retention;
  a.retention.raw_days = r.raw_days;
  a.retention.anomaly_days = r.anomaly_days;
  a.retention.max_days = r.max_days;
  a.retention.without_backup = r.without_backup;
  a.retention.warn_percent = r.disk_warn_percent;
  a.retention.act_percent = r.disk_act_percent;
  a.hours = hours_of(settings);
  a.work = ports.work;
  a.clock_is_wrong = [board = memory.board] {
    return board->connection.view().clock_wrong;
  };
  a.clock = ports.clock;
  a.files = ports.files;
  a.worker = ports.archive;
  a.memory = std::make_shared<archiver_memory>(memory.first_session);
  a.health = memory.storage;
  a.board = memory.board;
  return a;
}

} // namespace

std::optional<problem> learn_past(const config& settings,
                                  const daemon_ports& ports,
                                  session_memory& memory,
                                  const std::function<bool()>& enough,
                                  past_effort effort) {
  past_wanted wanted;
  wanted.enough = enough;
  for (auto& pinned : settings.feed.symbols)
    if (auto id = kis::parse_tr(pinned.tr_id); id && kis::is_trade(*id))
      wanted.baselines.insert({pinned.tr_id, pinned.symbol});
  auto& dir = settings.data.dir;
  auto found = look_at_past(*ports.files, dir, dataset::scalp,
                            ports.clock->now_us(), {}, &wanted);
  if (auto& bad = found.problem) {
    auto why = fmt::format("cannot recover {}: {}", to_string(dataset::scalp),
                           bad->text());
    auto mendable = cause_of_errno(bad->code) != cause::io_error;
    return mendable ? unusable_directory(dir, why, bad->code)
                    : problem{fmt::format("{}: {}", dir, why)};
  }
  if (!found.set_aside.empty() && effort == past_effort::all)
    return problem{fmt::format("{}: cannot recover {}: {}", dir,
                               to_string(dataset::scalp),
                               found.set_aside.front())};
  for (auto& line : found.said)
    spdlog::warn("[recovery] {}", line);
  for (auto& line : found.set_aside) {
    spdlog::error("[recovery] {}", line);
    memory.storage->set_aside(dataset::scalp, line.substr(0, line.find(' ')),
                              cause::io_error, line);
  }
  memory.baselines = std::move(found.baselines);
  return std::nullopt;
}

result<assembly> assemble(const config& settings, const std::string& run_id,
                          uint64_t seed, const daemon_ports& ports) {
  assembly out;
  out.memory = std::make_shared<session_memory>(
    run_id, static_cast<uint64_t>(settings.feed.unacked_bytes_max));
  quarantine_bounds bounds;
  bounds.minute_bytes
    = static_cast<uint64_t>(settings.journal.quarantine_minute_bytes);
  bounds.day_bytes
    = static_cast<uint64_t>(settings.journal.quarantine_day_bytes);
  out.memory->quarantine = std::make_shared<quarantine_budget>(bounds);
  fill_slots(settings, *out.memory);
  auto& p = out.tree;
  p.wall_us = [clock = ports.clock] { return clock->now_us(); };
  for (auto data : all_datasets)
    p.writers[static_cast<size_t>(data)]
      = writer_config(data, settings, ports, *out.memory);
  p.credentials.base_url = settings.kis.base_url;
  p.credentials.app_key = settings.kis.app_key;
  p.credentials.app_secret = settings.kis.app_secret;
  p.credentials.network = ports.net;
  p.credentials.clock = ports.clock;
  auto& feed = p.feeds.emplace_back();
  feed.connection = feed_config(settings, ports, out.memory);
  feed.connection.seed = seed;
  feed.slot.silent_after = ms(settings.feed.silent_slot_ms);
  feed.slot.hours = hours_of(settings);
  feed.slot.clock = ports.clock;
  feed.slot.memory = out.memory;
  p.ledger.interval = std::chrono::seconds{settings.ledger.interval_s};
  p.ledger.counters = out.memory->counters;
  if (ports.archive) {
    p.archive = archive_config(settings, ports, *out.memory);
    out.archive = p.archive->memory->board;
  }
  return out;
}

} // namespace observer
