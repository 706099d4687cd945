// The made-up day as the answers of the daemon's HTTP surface.

import { readFileSync } from "node:fs";

const second_us = 1_000_000;
export const terms = JSON.parse(readFileSync(
  new URL("../../runtime/console/terms.json", import.meta.url), "utf8"));

/** What is missing of each TR. */
const missing = [
  { kind: "missing", tr_id: "H0STCNT0", gaps: 2, missing_shares: 1240,
    text: "H0STCNT0: 1,240 shares missing in 2 gaps" },
  { kind: "missing_unknown", tr_id: "H0STASP0", gaps: 1,
    text: "H0STASP0: 1 gap of unknown size" },
];

function day({ now_us, totals }) {
  return { since_us: now_us - 5 * 3600 * second_us, ...totals, lost: 0,
    gaps: 2, missing, disconnects: 1 };
}

/** The facts of a verdict, where the list of terms has words for them. */
function items(market, per_s) {
  if (!terms.say) return undefined;
  if (market.scenario === "closed") {
    return [{ kind: "closed", why: "after_close", text: "outside hours" },
      { kind: "day", ...day(market), text: "today" },
      ...missing];
  }
  if (market.scenario === "silent") {
    return [{ kind: "silence", seconds: 12, per_s_before: per_s + 480,
      text: "nothing for 12 s" }];
  }
  if (market.crash || market.scenario === "disk_full") return undefined;
  return [{ kind: "rates", received_per_s: per_s, persisted_per_s: per_s,
    live: 35, wanted: 39, text: "rates" },
  { kind: "refused", count: 1, of: 39, names: ["316140 H0STCNT0"],
    cause: "refused_symbol", text: "1 of 39 refused" },
  { kind: "silent", count: 1, of: 39, names: ["015760 H0STCNT0"],
    text: "1 of 39 silent" }];
}

function verdict(market, per_s) {
  const made = plainVerdict(market, per_s);
  const said = items(market, per_s);
  return said ? { ...made, items: said } : made;
}

function plainVerdict(market, per_s) {
  if (market.scenario === "silent") {
    return { recording: true, state: "recording", severity: "warn",
      cause: "connected_but_silent",
      text: "Recording: nothing for 12 s after 1,480/s" };
  }
  if (market.scenario === "closed") {
    return { recording: null, state: "market_closed", cause: "market_closed",
      severity: "ok", text: "The market is closed; nothing to record" };
  }
  if (market.scenario === "disk_full") {
    return { recording: false, state: "not_recording", cause: "disk_full",
      severity: "bad",
      text: "Not recording: no space is left on the disk" };
  }
  if (market.crash) {
    return { recording: false, state: "not_recording",
      cause: "writer_restarting", severity: "bad",
      text: "Not recording: the writer is being restarted" };
  }
  return { recording: true, state: "recording", cause: null, severity: "ok",
    text: `Recording: ${per_s.toLocaleString("en-US")} trades/s, all on disk` };
}

function actors(market, per_s) {
  const made = [];
  const add = (name, parent, handled_per_s, more = {}) => {
    const starts = market.starts.get(name) ?? 1;
    const down = market.crash?.actor === name;
    const last = market.restarts.find(({ actor }) => actor === name);
    made.push({
      name, parent, kind: "worker", state: down ? "waiting" : "up",
      phase: null, starts, restarts: starts - 1,
      last_reason: last?.reason ?? "",
      handled: Math.round(market.totals.received / 41), dropped: 0,
      mailbox: down ? 18 : Math.floor(market.random() * 3),
      handled_per_s: down ? 0 : handled_per_s,
      busy_ratio: Math.min(0.9, handled_per_s * 4e-5),
      mean_us: 6 + Math.round(market.random() * 30),
      wait_us: 20 + Math.round(market.random() * 60), ...more,
    });
  };
  const over = { kind: "supervisor", mean_us: 4, handled: 61 };
  add("guardian", null, 0.2, over);
  add("persistence", "guardian", 1, over);
  for (const dataset of ["scalp", "system", "quarantine"]) {
    add(`persistence/${dataset}_writer`, "persistence",
      dataset === "scalp" ? Math.round(per_s / 6) : 0);
  }
  add("collection", "guardian", 0, over);
  add("collection/credentials", "collection", 0);
  add("feed", "guardian", 0.5, over);
  add("feed/connection", "feed", Math.round(per_s / 3), { phase: "open" });
  for (const { slot, state, ticks_per_s } of market.slots) {
    add(`feed/slot_${slot}`, "feed", ticks_per_s, { phase: state });
  }
  add("watch", "guardian", 0, over);
  add("watch/ledger", "watch", 12);
  return made;
}

function hourFile(now_us, hours_ago, dataset) {
  const at = new Date(now_us / 1000 + (9 - hours_ago) * 3600_000).toISOString();
  const date = at.slice(0, 10).replaceAll("-", "");
  return dataset === "scalp" ? `scalp/${date}_${at.slice(11, 13)}`
    : `${dataset}/${date}`;
}

export function files(market) {
  const { now_us } = market;
  const hour_us = 3600 * second_us;
  const made = [{
    file: `${hourFile(now_us, 0, "scalp")}${market.part
      ? `.${market.part}` : ""}.jsonl`,
    dataset: "scalp", state: "open", lines: market.files_lines,
    bytes: market.files_bytes, first_us: now_us - 1800 * second_us,
    last_us: now_us, expected_bytes: 240_000_000, sealed_because: null,
  }];
  for (const [dataset, lines] of [["system", 412], ["quarantine", 3]]) {
    made.push({ file: `${hourFile(now_us, 0, dataset)}.jsonl`, dataset,
      state: "open", lines, bytes: lines * 260, first_us: market.started_us,
      last_us: now_us - 23 * second_us, expected_bytes: null,
      sealed_because: null });
  }
  for (let ago = 1; ago < 6; ++ago) {
    made.push({ file: `${hourFile(now_us, ago, "scalp")}.jsonl`,
      dataset: "scalp", state: "sealed", lines: 3_600_000 - ago * 120_000,
      bytes: 530 * (3_600_000 - ago * 120_000),
      first_us: now_us - (ago + 0.5) * hour_us,
      last_us: now_us - (ago - 0.5) * hour_us,
      expected_bytes: 1_900_000_000, sealed_because: "hour" });
  }
  return made;
}

const ranges = { "10m": 1, "1h": 10, day: 60 };

/** The step that is not over yet is left out. */
export function history({ now_us, received_ring, persisted_ring }, range) {
  const step_s = ranges[range ?? "10m"];
  const received = [null, ...received_ring.slice(0, -1)];
  const marks = (at) => received.map((_, i) => (i === at ? 1 : 0));
  return { step_s, end_us: now_us - step_s * second_us, received,
    persisted: [null, ...persisted_ring.slice(0, -1)],
    gaps: marks(305), disconnects: marks(300) };
}

export function rejects({ now_us, slots }) {
  const { symbol, tr_id } = slots[3];
  return [23, 24, 61].map((ago_s) => ({
    at_us: now_us - ago_s * second_us, reason: "bad_time",
    cause: "parse_rejected", symbol, tr_id, slot: 3,
    detail: "field 2 is \"9x5959\"",
    raw: `${symbol}^9x5959^299000^2^1500^0.50^298766.31^${ago_s}`,
  }));
}

/** A slot without what only its own page shows. */
function publicSlot({ ticks, accumulated, ...slot }) {
  return slot;
}

export function status(market) {
  const { now_us, totals } = market;
  const closed = market.scenario === "closed";
  const mean = (ring) => Math.round(
    ring.slice(-6, -1).reduce((sum, n) => sum + n, 0) / 5);
  const per_s = mean(market.received_ring);
  const held_us = market.crash ? now_us - market.crash.since_us : 0;
  const full = market.scenario === "disk_full";
  return {
    now_us, version: market.version, run_id: "20260914T085959-7f3a2c",
    started_us: market.started_us, host: "vm-1", data_dir: "/var/lib/observer",
    pid: 4711, log_level: market.log_level, verdict: verdict(market, per_s),
    rates: { received_per_s: per_s,
      persisted_per_s: market.blocked ? 0 : mean(market.persisted_ring),
      over_s: 5 },
    ledger: { ...totals, in_flight: market.in_flight,
      ratio: totals.persisted / (totals.received - market.in_flight),
      unacked_bytes: market.in_flight * 530,
      unacked_age_ms: market.in_flight === 0 ? null
        : market.crash ? Math.round(held_us / 1000) : full ? 41_000 : 21,
      rejected_by_reason: { bad_time: 3 }, gaps: 2, missing },
    latency: { ack_p50_us: 24_000, ack_p99_us: 43_000, fsync_p50_us: 410,
      fsync_p99_us: 3_900, exchange_lag_ms: closed ? null : 180 },
    market: { open: !closed,
      opens_us: closed ? now_us + 15 * 3600 * second_us : null,
      closes_us: closed ? null : now_us + 2 * 3600 * second_us },
    day: day(market),
    sessions: [{
      name: "session 1", phase: "open",
      since_us: now_us - 9_208 * second_us, url: "ws://127.0.0.1:40093",
      session_id: "20260914T085959-7f3a2c-s1", attempts: 0, connects: 2,
      disconnects: 1, last_cause: "disconnected",
      last_text: "the broker closed the connection",
      last_frame_us: now_us - 12_000, last_heard_us: now_us - 9_000,
      slots: market.slots.map(publicSlot),
    }],
    actors: actors(market, per_s), restarts: market.restarts.slice(0, 100),
    files: files(market).slice(0, 4),
    storage: [{ dataset: "scalp", cause: full ? "disk_full" : null,
      text: full ? "write: No space left on device" : "" }],
    disk: { free_bytes: full ? 0 : 81_400_000_000 },
    events: market.events.slice(0, 50),
  };
}

export function slot(market, number) {
  const found = market.slots[number];
  if (!found) return null;
  return {
    slot: publicSlot(found), ticks: found.ticks,
    gaps: market.events.filter((event) =>
      event.slot === number && event.event === "gap"),
    volume: { last_accumulated: found.ticks.length > 0 ? found.accumulated
      : null, missing_shares: found.missing_shares, gaps: found.gaps },
  };
}
