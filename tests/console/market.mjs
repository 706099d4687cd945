// A day at the daemon, made up: what the mock backend answers from. It moves
// on by step(); a scenario says what goes wrong.

const second_us = 1_000_000;
const ring_s = 600;

const symbols = ["005930", "000660", "373220", "207940", "005380", "068270",
  "035420", "000270", "105560", "055550", "005490", "012330", "028260",
  "035720", "051910", "006400", "086790", "015760", "032830", "138040",
  "034730", "066570", "011200", "096770", "009150", "259960", "033780",
  "017670", "010130", "003670", "316140", "024110", "030200", "018260",
  "323410", "047050"];

// One symbol of three exchanges' trades and of quotes, in slots of its own.
const others = { 36: "H0NXCNT0", 37: "H0UNCNT0", 38: "H0STASP0" };

// A small generator with a seed: the same day every time.
function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export const scenarios = ["recording", "silent", "crash", "closed",
  "disk_full", "401"];

export class Market {
  constructor(scenario = "recording") {
    this.random = generator(7);
    this.now_us = Date.now() * 1000;
    this.started_us = this.now_us - 5 * 3600 * second_us;
    this.version = "0.3.0";
    this.log_level = "warning";
    this.events = [];
    this.restarts = [];
    this.received_ring = [];
    this.persisted_ring = [];
    this.totals = { received: 0, persisted: 0, rejected: 3, shed: 0 };
    this.in_flight = 0;
    this.crash = null;
    this.starts = new Map();
    this.part = 0;
    this.slots = Array.from({ length: 41 }, (_, slot) => this.#slot(slot));
    this.totals.received = this.slots.reduce((n, s) => n + s.received, 0);
    this.totals.persisted = this.totals.received - this.totals.rejected;
    this.files_bytes = 214_000_000;
    this.files_lines = 398_112;
    this.set(scenario);
    for (let i = 0; i < ring_s; ++i) {
      const n = this.scenario === "closed" ? 0
        : Math.round(900 + 300 * Math.sin(i / 50) + 220 * this.random());
      const down = i > 300 && i < 305;
      this.received_ring.push(n);
      this.persisted_ring.push(down ? 0 : i === 305 ? n * 6
        : Math.max(0, n + Math.round(40 * (this.random() - 0.5))));
    }
    this.#history();
  }

  set(scenario) {
    this.scenario = scenario;
    if (scenario === "crash") this.crashWriter("scalp", "crash scenario");
  }

  #slot(slot) {
    const symbol = slot in others ? symbols[0] : symbols[slot] ?? null;
    const state = slot === 17 ? "silent" : slot === 30 ? "refused"
      : slot === 34 ? "subscribing" : slot === 35 ? "releasing"
        : symbol ? "live" : "idle";
    const live = state === "live" || state === "silent";
    const received = live ? Math.floor(20_000 / (slot + 1)) + 900 : 0;
    return {
      slot, state, symbol,
      tr_id: symbol ? others[slot] ?? "H0STCNT0" : null,
      price: live ? String(Math.round(this.random() * 3000 + 200) * 100) : null,
      last_tick_us: live ? this.now_us - (slot === 17 ? 83 * second_us : 0)
        : null,
      ticks_per_s: 0, received,
      persisted: received - (slot === 3 ? 3 : 0), rejected: slot === 3 ? 3 : 0,
      shed: 0, unacked: 0, gaps: slot === 8 ? 2 : 0,
      missing_shares: slot === 8 ? 1240 : 0,
      accumulated: 1_000_000 + slot * 1000, ticks: [],
    };
  }

  #event(event, more, ago_s = 0) {
    this.events.unshift({
      at_us: this.now_us - ago_s * second_us, event, cause: null, slot: null,
      symbol: null, detail: "", missing_shares: null, records: null, ...more,
    });
    this.events.length = Math.min(this.events.length, 500);
  }

  #history() {
    const past = [
      ["started", { detail: "0.3.0, 41 slots" }, 17_990],
      ["connected", { slot: -1, detail: "session 1 open" }, 17_985],
      ["disconnected", { slot: -1, cause: "disconnected",
        detail: "the broker closed the connection (1006)" }, 9_210],
      ["connected", { slot: -1, detail: "after 1 attempt, 2.1 s" }, 9_208],
      ["gap", { slot: 8, symbol: symbols[8], cause: "disconnected",
        detail: "09:41:02 to 09:41:05", missing_shares: 840, records: 12 },
      9_207],
      ["gap", { slot: 8, symbol: symbols[8], cause: "exchange_gap",
        detail: "the cumulative volume jumped", missing_shares: 400 }, 6_111],
      ["rejected", { slot: 3, symbol: symbols[3], cause: "parse_rejected",
        detail: "bad_time", records: 3 }, 4_020],
      ["refused", { slot: 30, symbol: symbols[30], cause: "refused_symbol",
        detail: "OPSP0011 invalid symbol" }, 2_800],
      ["operator", { detail: "log level debug, by kim" }, 1_900],
      ["operator", { detail: "log level info, by kim" }, 1_500],
      ["silent", { slot: 17, symbol: symbols[17],
        cause: "connected_but_silent", detail: "no tick for 60 s" }, 23],
    ];
    for (const [event, more, ago_s] of past) this.#event(event, more, ago_s);
    this.events.sort((a, b) => b.at_us - a.at_us);
  }

  subscribedAll() {
    for (const { slot, symbol } of this.slots) {
      this.#event("subscribed", { slot, symbol,
        detail: "OPSP0000 SUBSCRIBE SUCCESS" });
    }
  }

  crashWriter(dataset, why) {
    const actor = `persistence/${dataset}_writer`;
    const attempt = (this.starts.get(actor) ?? 1);
    this.crash = { actor, reason: `runtime_error: ${why}`,
      since_us: this.now_us, until_us: this.now_us + 4 * second_us };
    this.restarts.unshift({ at_us: this.now_us, supervisor: "persistence",
      actor, reason: this.crash.reason, attempt });
    this.#event("restart", { cause: "writer_restarting", detail: actor });
  }

  restart(actor, who) {
    this.starts.set(actor, (this.starts.get(actor) ?? 1) + 1);
    this.restarts.unshift({ at_us: this.now_us, supervisor: "persistence",
      actor, reason: `asked for by ${who}`, attempt: 1 });
  }

  operator(detail) {
    this.#event("operator", { detail });
  }

  get blocked() {
    return this.crash !== null || this.scenario === "disk_full";
  }

  /** Half a second passes. */
  step() {
    this.now_us = Date.now() * 1000;
    if (this.crash && this.now_us >= this.crash.until_us) {
      const { actor } = this.crash;
      this.starts.set(actor, (this.starts.get(actor) ?? 1) + 1);
      this.crash = null;
    }
    let fresh = 0;
    for (const slot of this.slots) fresh += this.#tick(slot);
    let stored = 0;
    for (const slot of this.slots) {
      const keep = this.blocked ? slot.unacked
        : Math.min(slot.unacked, Math.floor(this.random() * 2));
      stored += slot.unacked - keep;
      slot.persisted += slot.unacked - keep;
      slot.unacked = keep;
    }
    this.totals.received += fresh;
    this.totals.persisted += stored;
    this.in_flight = this.totals.received - this.totals.persisted
      - this.totals.rejected;
    this.files_lines += stored;
    this.files_bytes += stored * 530;
    this.#second(fresh, stored);
  }

  #tick(slot) {
    if (slot.state !== "live" || this.scenario === "closed"
        || this.scenario === "silent") {
      slot.ticks_per_s = 0;
      return 0;
    }
    const n = Math.round((90 / (slot.slot + 1) + 8) * (0.3 + this.random()));
    for (let i = 0; i < Math.min(n, 5); ++i) {
      const volume = 1 + Math.floor(this.random() * 90);
      slot.accumulated += volume;
      slot.price = String(Math.max(100,
        Number(slot.price) + 100 * Math.round(2 * this.random() - 1)));
      slot.ticks.push({
        received_us: this.now_us - (5 - i) * 40_000,
        execution_time: new Date(this.now_us / 1000 + 9 * 3600_000)
          .toISOString().slice(11, 19).replaceAll(":", ""),
        price: slot.price, volume: String(volume),
        accumulated: String(slot.accumulated),
      });
    }
    slot.ticks = slot.ticks.slice(-20);
    slot.ticks_per_s = n * 2;
    slot.received += n;
    slot.unacked += n;
    slot.last_tick_us = this.now_us - Math.floor(this.random() * 300_000);
    return n;
  }

  #second(fresh, stored) {
    const second = Math.floor(this.now_us / second_us);
    if (this.second === second) {
      this.received_ring[ring_s - 1] += fresh;
      this.persisted_ring[ring_s - 1] += stored;
      return;
    }
    this.second = second;
    this.received_ring = [...this.received_ring.slice(1), fresh];
    this.persisted_ring = [...this.persisted_ring.slice(1), stored];
  }
}
