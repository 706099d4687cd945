// What the page computes, without a browser.
//   node tests/console/parts.test.mjs

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { patchOf } from "./changes.mjs";
import { parts } from "./parts.mjs";

const page = await parts("actions", "changes", "chart", "event_line", "events",
  "fold", "format", "i18n", "place", "say", "slots", "status_reader", "tree",
  "words");
const terms = JSON.parse(readFileSync(
  new URL("../../runtime/console/terms.json", import.meta.url), "utf8"));
const now_us = Date.UTC(2026, 8, 14, 3) * 1000;

function inKorean(then) {
  page.i18n.setLanguage("ko");
  try {
    return then();
  } finally {
    page.i18n.setLanguage("en");
  }
}

describe("a place", () => {
  const { parsePlace, hashOf } = page.place;

  it("is the same after the way through its address", () => {
    for (const hash of ["#recording", "#slots/3", "#slots",
      "#actors/feed%2Fslot_3", "#recording?slot=40",
      "#events?kind=gap&cause=exchange_gap&text=%EA%B0%80+%26",
      "#recording?range=1h", "#actors?sort=mailbox&down=1"]) {
      assert.equal(hashOf(parsePlace(hash)), hash);
    }
  });

  it("is the first view where the address names none", () => {
    for (const hash of ["", "#", "#nonsense", "#slots%", "#%E0%A4%A"]) {
      assert.equal(parsePlace(hash).view, "recording", hash);
    }
  });

  it("shows no slot where the address has no number", () => {
    for (const hash of ["#slots/x", "#slots/-1", "#slots/99999", "#slots/"]) {
      assert.equal(parsePlace(hash).slot, null, hash);
    }
    assert.equal(parsePlace("#actors/%E0%A4%A").actor, "%E0%A4%A");
  });
});

describe("a stream of changes", () => {
  const { applied } = page.changes;

  /** A random document; small, so that two are often alike in part. */
  function made(random, deep) {
    const kind = Math.floor(random() * (deep > 0 ? 7 : 5));
    const some = Math.floor(random() * 4);
    const keys = ["a", "b c", "", "0", "길이"];
    switch (kind) {
      case 0: return null;
      case 1: return random() < 0.5;
      case 2: return some;
      case 3: return "x".repeat(some);
      case 4: return random() < 0.5 ? [] : {};
      case 5: return Array.from({ length: some }, () => made(random, deep - 1));
      default: return Object.fromEntries(keys.slice(0, some).map((key) =>
        [key, made(random, deep - 1)]));
    }
  }

  it("leads from any document to any other", () => {
    let seed = Number(process.env.SEED ?? Date.now() % 1e9);
    console.log(`# SEED=${seed}`);
    const random = () => {
      seed = (seed * 1664525 + 1013904223) % 4294967296;
      return seed / 4294967296;
    };
    for (let i = 0; i < 2000; ++i) {
      const [a, b] = [made(random, 4), made(random, 4)];
      const kept = structuredClone(a);
      const patch = patchOf(a, b);
      const found = patch === undefined ? a
        : applied(a, JSON.parse(JSON.stringify(patch)));
      assert.deepEqual(found, b);
      assert.deepEqual(a, kept, "what was before is left alone");
    }
  });

  it("is refused where it changes what is not there", () => {
    for (const [before, patch] of [[null, { a: [1] }], [{}, { a: [1] }],
      [{ a: 1 }, { a: { b: [1] } }], [[1], { 1: [2] }],
      [{}, JSON.parse("{\"__proto__\":{\"x\":[1]}}")]]) {
      assert.throws(() => applied(before, patch), /not there/);
    }
    assert.equal({}.x, undefined);
  });

  it("is cut into events wherever its bytes were", () => {
    const text = "event: status\r\ndata: {\"a\":1}\r\n\r\n: still here\n\n"
      + "event: changes\ndata: {\"a\":\ndata: [2]}\n\n";
    const whole = [];
    page.status_reader.eventCutter((...one) => whole.push(one))(text);
    assert.deepEqual(whole, [["status", "{\"a\":1}"],
      ["changes", "{\"a\":\n[2]}"]]);
  });
});

describe("alike events", () => {
  const { folded } = page.fold;
  const one = (slot, more = {}) => ({ at_us: 100 - slot, event: "subscribed",
    cause: null, slot, symbol: `00000${slot}`, detail: "SUBSCRIBE SUCCESS",
    missing_shares: null, records: null, ...more });

  it("are one line that counts them", () => {
    const [line, ...rest] = folded([0, 1, 2].map((slot) => one(slot)));
    assert.deepEqual(rest, []);
    assert.deepEqual([line.n, line.at_us, line.first_us, line.symbol],
      [3, 100, 98, null]);
    assert.equal(line.detail, "SUBSCRIBE SUCCESS");
  });

  it("add up what is missing, and unknown stays unknown", () => {
    const gap = (slot, missing_shares) => one(slot, { event: "gap",
      cause: "disconnected", missing_shares });
    assert.equal(folded([gap(1, 5), gap(2, 7)])[0].missing_shares, 12);
    assert.equal(folded([gap(1, null), gap(2, null)])[0].missing_shares, null);
    assert.equal(folded([gap(1, 5), gap(2, null)])[0].unknown, 1);
  });

  it("are a line for each TR where shares are missing", () => {
    const gap = (slot, tr_id) => one(slot, { event: "gap", tr_id,
      cause: "disconnected", missing_shares: 5 });
    assert.deepEqual(folded([gap(1, "H0STCNT0"), gap(2, "H0UNCNT0"),
      gap(3, "H0STCNT0")]).map(({ tr_id, missing_shares }) =>
      [tr_id, missing_shares]), [["H0STCNT0", 10], ["H0UNCNT0", 5]]);
    const registered = ["H0STCNT0", "H0UNCNT0"].map((tr_id, slot) =>
      one(slot, { tr_id }));
    assert.deepEqual(folded(registered).map(({ n, tr_id }) => [n, tr_id]),
      [[2, null]]);
  });

  it("say which TR they are of and that a size is unknown", () => {
    const { quantity, subject } = page.event_line;
    const gap = one(3, { event: "gap", tr_id: "H0NXCNT0", symbol: "005930" });
    inKorean(() => {
      assert.equal(subject(gap), "005930 NXT 체결 · 슬롯 3");
      assert.equal(quantity(gap), "누락량 알 수 없음");
      assert.equal(quantity({ ...gap, missing_shares: 7, n: 3, unknown: 2 }),
        "7주, 2건은 누락량 알 수 없음");
      assert.equal(quantity(one(1)), "");
    });
  });

  it("are one line where two kinds take turns in a burst", () => {
    const us = (slot) => -slot * 1e5;
    const events = [0, 1, 2, 3].flatMap((slot) => [
      one(slot, { at_us: us(slot) }),
      one(slot, { at_us: us(slot), event: "gap", cause: "disconnected" })]);
    assert.deepEqual(folded(events).map(({ event, n }) => [event, n]),
      [["subscribed", 4], ["gap", 4]]);
    const apart = events.map((event) => ({ ...event, at_us: event.at_us * 60 }));
    assert.equal(folded(apart).length, 8, "minutes apart");
  });

  it("that the list does not hold to their end are so many and more", () => {
    const events = [one(0), one(1)];
    assert.deepEqual(folded(events, 2).map(({ more }) => more), [true]);
    assert.deepEqual(folded(events, 3).map(({ more }) => more), [false]);
  });

  it("are not those of another cause, the connection or an operator", () => {
    assert.equal(folded([one(1), one(2, { cause: "no_reply" })]).length, 2);
    assert.equal(folded([one(-1), one(2)]).length, 2);
    assert.equal(folded([one(1, { event: "operator" }),
      one(2, { event: "operator" })]).length, 2);
  });
});

describe("a verdict", () => {
  const { say } = page;
  const status = (verdict, more = {}) => ({ now_us,
    rates: { received_per_s: 500, persisted_per_s: 499 },
    ledger: { in_flight: 9 }, ...more,
    verdict: { state: "recording", severity: "ok", cause: null,
      text: "Recording: as the daemon says", ...verdict } });

  it("is the daemon's own sentence in English", () => {
    assert.deepEqual(say.verdictSentences(status({}))[0],
      ["Recording: as the daemon says"]);
  });

  it("never tells in Korean what is in flight, and always the cause", () => {
    inKorean(() => {
      assert.deepEqual(say.verdictSentences(status({}))[0],
        ["초당 500건 수신, 499건 저장"]);
      assert.match(say.verdictSentences(status({ severity: "warn",
        cause: "refused_symbol" }))[0][0], /종목 거부$/);
    });
  });

  it("tells each item, an unknown one in the daemon's words", () => {
    inKorean(() => assert.deepEqual(say.verdictParts(status({ items: [
      { kind: "of_tomorrow", text: "3 of 41 are blue" },
      { kind: "mute" }, { kind: "of_tomorrow", text: "and 4 are not" }] })),
    [[{ original: "3 of 41 are blue" }], [{ original: "and 4 are not" }]]));
  });

  it("tells an item's facts by their names' endings",
    { skip: !terms.say && "the list has no templates yet" }, () => {
      for (const [kind, entry] of Object.entries(terms.say)) {
        const names = entry[1].match(/\{\w+\}/g) ?? [];
        const item = { kind };
        for (const name of names) item[name.slice(1, -1)] = 12345;
        item.text = "as it came";
        const words = inKorean(() =>
          say.plainText(say.itemPieces(item, now_us)));
        assert.doesNotMatch(words, /\{|undefined|12345/, kind);
        const empty = inKorean(() =>
          say.plainText(say.itemPieces({ kind }, now_us)));
        assert.doesNotMatch(empty, /undefined|NaN|null/, kind);
      }
    });

  it("names symbols by the word of their TR", () => {
    const fact = (item) => inKorean(() =>
      page.say.factWords("names", item, now_us));
    assert.equal(fact(["005930 H0NXCNT0", "…"]), "005930 NXT 체결, …");
    assert.equal(fact(["price"]), "가격");
  });

  it("is idle by the reason why the market is closed", () => {
    const closed = (why) => status({ state: "market_closed", items:
      [{ kind: "closed", why }] });
    inKorean(() => {
      assert.equal(say.stateWords(closed("before_open")), "개장 전");
      assert.equal(say.stateWords(closed("after_close")), "장외 시간");
      assert.match(say.stateWords(closed("holiday")), /휴장/);
      assert.equal(say.stateWords(status({ state: "market_closed" })),
        "장외 시간");
    });
  });

  it("tells the day's sum when the market is closed", () => {
    const day = { persisted: 1234567, gaps: 2, missing_shares: 1240,
      disconnects: 1 };
    const closed = status({ state: "market_closed" }, { day });
    inKorean(() => assert.deepEqual(say.verdictSentences(closed)[1],
      [["오늘 1,234,567건 저장 · 누락 구간 2개, 누락 1,240주 · 연결 끊김 1회"]]));
    assert.deepEqual(say.verdictSentences(status({}, { day }))[1], []);
  });

  it("never adds what is missing of two TRs", () => {
    const missing = [{ kind: "missing", tr_id: "H0STCNT0", gaps: 1,
      missing_shares: 206 }, { kind: "missing", tr_id: "H0UNCNT0", gaps: 2,
      missing_shares: 699 }, { kind: "missing_unknown", tr_id: "H0STASP0",
      gaps: 1 }];
    inKorean(() => {
      assert.deepEqual(say.missingWords(missing), ["KRX 체결 누락 1구간 206주",
        "통합 체결 누락 2구간 699주", "KRX 호가 누락 1구간, 누락량 알 수 없음"]);
      assert.deepEqual(say.missingWords([]), ["누락 없음"]);
    });
  });

  it("has a title that does not change with the rate", () => {
    const title = (rate) => say.titleWords({ ...status({}),
      rates: { received_per_s: rate } });
    assert.equal(title(1), title(500));
    assert.equal(title(1), "Recording");
    assert.equal(say.titleWords(status({ state: "not_recording",
      severity: "bad", cause: "disk_full" })), "Not recording: disk full");
  });
});

describe("the slots", () => {
  const slot = (number, symbol, tr_id = "H0STCNT0") => ({ slot: number,
    symbol, tr_id, state: symbol ? "live" : "idle" });
  const status = { sessions: [{ slots: [slot(0, "005930"),
    slot(1, "005930", "H0NXCNT0"), slot(2, null, null)] }] };

  it("are told apart by their TR, the empty ones left out", () => {
    assert.deepEqual(page.slots.byTr(status.sessions[0].slots)
      .map(([tr_id, slots]) => [tr_id, slots.length]),
    [["H0STCNT0", 1], ["H0NXCNT0", 1]]);
  });

  it("hold a symbol of a TR once", () => {
    const held = (target, value) =>
      page.actions.heldElsewhere(status, target, value)?.slot ?? null;
    assert.equal(held("2", "005930"), 0, "a symbol alone is of KRX trades");
    assert.equal(held("2", "H0NXCNT0:005930"), 1);
    assert.equal(held("2", "H0UNCNT0:005930"), null);
    assert.equal(held("0", "005930"), null, "its own");
    assert.equal(held("2", "000660"), null);
  });
});

describe("the page's figures", () => {
  it("are a dash before anything was measured", () => {
    for (const how of ["micros", "percent", "count", "rate", "millis"]) {
      assert.equal(page.format[how](null), "–", how);
      assert.equal(page.format[how](undefined), "–", how);
    }
  });

  it("claim no more of a lag than the second it is known to", () => {
    assert.equal(page.format.lag(null), "–");
    assert.equal(page.format.lag(0), "< 1 s");
    assert.equal(page.format.lag(3000), "3 s");
    assert.equal(page.format.lag(-12_000), "-12 s");
    inKorean(() => assert.equal(page.format.lag(0), "1초 미만"));
  });

  it("of an actor are unknown until it handled a message", () => {
    assert.equal(page.tree.waitOf({ mean_us: null, wait_us: 0 }), null);
    assert.equal(page.tree.waitOf({ mean_us: 4, wait_us: 0 }), 0);
  });

  it("say 100 % of all alone", () => {
    assert.equal(page.format.percent(1), "100 %");
    assert.equal(page.format.percent(0.9999999), "99.999 %");
  });

  it("are per second whatever a step of the history is", () => {
    const { data, gaps } = page.chart.columns({ step_s: 60, end_us: 600e6,
      received: [null, 1200], persisted: [60, 0] });
    assert.deepEqual(data, [[540, 600], [null, 20], [1, 0]]);
    assert.deepEqual(gaps, [null, null], "an older daemon marks none");
  });
});

describe("the axis of the chart", () => {
  it("has whole steps of the Korean clock, wherever the reader is", () => {
    const korean = (text) => Date.parse(`2026-11-01T${text}+09:00`) / 1000;
    // In New York the clocks go back in these hours.
    assert.deepEqual(page.format.clockSteps(korean("14:00:01"),
      korean("23:59:59"), 3 * 3600), [korean("15:00:00"), korean("18:00:00"),
      korean("21:00:00")]);
    assert.deepEqual(page.format.clockSteps(korean("00:00:00"),
      korean("00:10:00"), 300), [korean("00:00:00"), korean("00:05:00"),
      korean("00:10:00")]);
  });
});

describe("a filter of the events", () => {
  it("finds Korean that a Mac copied in letters", () => {
    const event = { event: "subscribed", cause: null, at_us: now_us };
    const text = inKorean(() => page.i18n.eventWord("subscribed"));
    assert.notEqual(text.normalize("NFD"), text);
    for (const form of ["NFC", "NFD"]) {
      assert.ok(inKorean(() => page.events.passes(event,
        { text: text.normalize(form) }, now_us)), form);
    }
  });
});

describe("the words", () => {
  const pairs = (list, at = "") => Object.entries(list).flatMap(([key, one]) =>
    (Array.isArray(one) ? [[`${at}${key}`, one]]
      : pairs(one, `${at}${key}.`)));

  it("are there in both languages, and say the same things", () => {
    for (const [key, [en, ko]] of [...pairs(page.words.words),
      ...pairs(terms)]) {
      const names = (text) => [...new Set(text.match(/\{\w+\}/g))].sort();
      assert.deepEqual(names(en), names(ko), key);
      if (key === "is_recording") continue; // Korean has it in the answer.
      if (/^[A-Za-z0-9{} /·.]*$/.test(ko)) {
        assert.ok(["title", "fsync", "latency_note"].includes(key)
          || /^\{\w+\}( · \{\w+\})*$/.test(ko), `${key}: ${ko}`);
      }
    }
  });

  it("are under one name once", () => {
    const text = readFileSync(
      new URL("../../runtime/console/terms.json", import.meta.url), "utf8");
    for (const indent of ["  ", "    "]) {
      let names = new Set();
      for (const line of text.split("\n")) {
        if (/^ {2}"/.test(line) && indent.length === 4) names = new Set();
        const name = new RegExp(`^${indent}"(\\w+)":`).exec(line)?.[1];
        if (!name) continue;
        assert.ok(!names.has(name), `"${name}" twice`);
        names.add(name);
      }
    }
  });

  it("have one word for one thing", () => {
    const given_up = new RegExp(["버림", "버리", "거절", "장부", "미확인",
      "진행 중", "처리 중", "메일함", "우편함", "보존 법칙", "장 마감",
      "무응답", "거래 정지"].join("|"));
    for (const [key, [, ko]] of [...pairs(page.words.words), ...pairs(terms)]) {
      assert.doesNotMatch(ko, given_up, key);
    }
  });
});
