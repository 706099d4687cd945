#pragma once

// An observation with everything present, for the suites that show it.

#include "messages/korean_time.hpp"
#include "runtime/inspect/observation.hpp"

namespace observer::inspect_test {

/// Of a Monday at 10:00: one session, two slots of which one is used, an actor
/// with a restart, files, troubles, events.
inline observation whole_observation() {
  observation o;
  o.now_us = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
  o.started_us = o.now_us - 1'000 * us_per_second;
  o.version = "1.2.3";
  o.run_id = "20260914T094320-abcdef";
  o.host = "host-1";
  o.data_dir = "/data";
  o.log_level = "info";
  o.pid = 4711;
  o.totals = {100, 90, 4, 3, 3};
  o.rejected_by_reason = {{"bad_time", 3}, {"garbage", 1}};
  for (size_t i = 1; i < cause_count; ++i) {
    o.gaps_by_cause.emplace_back(static_cast<cause>(i), i);
    o.shed_by_cause.emplace_back(static_cast<cause>(i), i);
  }
  o.doubts = {{"width", 2}};
  o.frames = 50;
  o.quarantine_shed = 1;
  o.gaps = 2;
  o.missing_shares = 77;
  o.unacked_bytes = 1'024;
  o.unacked_age_ms = 12;
  o.last_record_us = o.now_us - 250'000;
  o.received_per_s = 10.5;
  o.persisted_per_s = 9.5;
  o.received_in_minute = o.persisted_in_minute = 60;
  o.ack_p50_us = 1'000;
  o.ack_p99_us = 2'000;
  o.fsync_p50_us = 300;
  o.fsync_p99_us = 900;
  o.day = {100, 90, 4, 3, 0, 2, 77, 1};
  o.day_since_us = o.started_us;
  o.market_open = true;
  o.market_since_us = o.now_us - us_per_hour;
  o.opens_us = o.now_us + us_per_day;
  o.closes_us = o.now_us + us_per_hour;

  session_observation session;
  session.name = "session 1";
  session.connection.phase = "open";
  session.connection.since_us = o.now_us - 900 * us_per_second;
  session.connection.url = "ws://broker";
  session.connection.session_id = "run-s1";
  session.connection.attempts = 2;
  session.connection.last_cause = cause::disconnected;
  session.connection.last_text = "reset";
  session.connection.last_frame_us = o.now_us - 1'000;
  session.connection.last_heard_us = o.now_us - 900;
  session.connection.lag_ms = 120;
  session.connects = 2;
  session.disconnects = 1;
  session.slots.resize(2);
  auto& slot = session.slots[0];
  slot.view.state = "live";
  slot.view.what = registration{kis::tr::h0stcnt0, "005930"};
  slot.view.price = "70000";
  slot.view.last_tick_us = o.now_us - 250'000;
  slot.received = 100;
  slot.persisted = 90;
  slot.rejected = 4;
  slot.shed = 3;
  slot.unacked = 3;
  slot.gaps = 2;
  slot.missing_shares = 77;
  slot.ticks_per_s = 1.5;
  session.slots[1].view.state = "idle";
  o.sessions.push_back(session);

  actor_observation root, worker;
  root.view.name = "guardian";
  root.view.supervises = true;
  root.view.state = "up";
  root.view.starts = 1;
  worker.view.name = "feed";
  worker.view.parent = "guardian";
  worker.view.state = "up";
  worker.view.phase = "live";
  worker.view.starts = 3;
  worker.view.last_reason = "a reason";
  worker.view.handled = 1'000;
  worker.view.dropped = 1;
  worker.view.mailbox = 5;
  worker.view.wait_ns = 3'000;
  worker.handled_per_s = 10.0;
  worker.busy_ratio = 0.25;
  worker.mean_us = 7.5;
  o.actors = {root, worker};
  o.restarts.push_back({"guardian", {o.now_us, "feed", "a reason", 2}});

  o.events.push_back({o.now_us, "gap", cause::exchange_gap, 0, "005930",
                      "a hole", 77, 3});
  o.events.push_back(
    {o.now_us - 1, "connected", cause::none, -1, "", "", {}, {}});
  file_observation file;
  file.file = "scalp/20260914_10.jsonl";
  file.dataset = "scalp";
  file.lines = 90;
  file.bytes = 9'000;
  file.first_us = o.now_us - 10;
  file.last_us = o.now_us;
  file.expected_bytes = 10'000;
  o.files.push_back(file);
  file.file = "scalp/20260914_09.jsonl";
  file.sealed = true;
  file.sealed_because = "hour";
  o.files.push_back(file);
  for (auto data : all_datasets) {
    o.storage.push_back({data, cause::none, ""});
    o.journal_bytes.emplace_back(data, 9'000);
    o.journal_lost.emplace_back(data, 3);
  }
  o.disk.free_bytes = 1'000'000;
  o.disk.free_inodes = 2'000;
  o.disk.age_us = 500'000;
  o.archive.emplace();
  o.archive->backed_up_at_us = o.now_us;
  o.archive->disk = disk_fill{500, 1'000};
  o.archive->level = disk_level::fine;
  return o;
}

} // namespace observer::inspect_test
