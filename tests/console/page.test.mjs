// The console in a browser, as an operator meets it.
//   node tests/console/page.test.mjs                             a mock
//   BASE=http://127.0.0.1:8000 node tests/console/page.test.mjs  a daemon
// tests/console/run installs what it needs. TOKEN is the daemon's bearer token
// if it asks for one, SCREENSHOTS the folder of the pictures, CHROMIUM the
// browser.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { modules, start } from "./mock.mjs";

const { chromium } = createRequire(join(modules, "of-tests.js"))(
  "playwright-core");

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const pictures = process.env.SCREENSHOTS
  ?? join(root, "build/console-screenshots");
const writer = "persistence/scalp_writer";
const desk = { viewport: { width: 1280, height: 800 }, locale: "en-US" };
const patience_ms = 20_000;

let browser;
let mock = null;
let base = process.env.BASE?.replace(/\/$/, "");
let context;
let page;
let complaints;
let posts;

/** Waits for the page to give the focus back to what had it. */
async function focusReturns(pattern) {
  const end = Date.now() + 3_000;
  while (!pattern.test(await focused()) && Date.now() < end) {
    await page.waitForTimeout(50);
  }
  assert.match(await focused(), pattern, "the focus is given back");
}

async function open(options = {}, hash = "", before = () => {}) {
  context = await browser.newContext({ ...desk, ...options });
  page = await context.newPage();
  page.setDefaultTimeout(patience_ms);
  complaints = [];
  posts = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (request.method() === "POST") posts.push(request.url());
    if (!request.url().startsWith(base)) {
      complaints.push(`outside: ${request.url()}`);
    }
  });
  await page.addInitScript(before);
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  // The network of the page alone: what is under way ends too.
  await page.addInitScript(() => {
    const real = globalThis.fetch;
    let gate = new AbortController();
    globalThis.fetch = (path, options = {}) => {
      if (gate.signal.aborted) return Promise.reject(new TypeError("cut off"));
      const own = new AbortController();
      for (const signal of [gate.signal, options.signal]) {
        signal?.addEventListener("abort", () => own.abort());
      }
      return real(path, { ...options, signal: own.signal });
    };
    globalThis.cutOff = () => gate.abort();
    globalThis.letThrough = () => {
      gate = new AbortController();
    };
  });
  if (process.env.TOKEN) {
    await page.addInitScript((token) =>
      sessionStorage.setItem("observer.token", token), process.env.TOKEN);
  }
  await page.goto(`${base}/${hash}`);
  await page.waitForSelector(mock?.market.scenario === "401" ? "#token"
    : "nav");
}

async function picture(name) {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

function figure(index) {
  return page.locator(".figure strong").nth(index).textContent();
}

function receivedCount() {
  return page.locator(".balance b").first().textContent();
}

async function until(what, condition, within_ms = patience_ms) {
  const end = Date.now() + within_ms;
  while (!await condition()) {
    if (Date.now() > end) assert.fail(`not within ${within_ms} ms: ${what}`);
    await page.waitForTimeout(100);
  }
}

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (process.env.TOKEN) headers.Authorization = `Bearer ${process.env.TOKEN}`;
  return (await fetch(`${base}${path}`, { ...options, headers })).json();
}

/** Opens an action of the menu, by its name in the contract's order. */
async function choose(words) {
  await page.locator(".menu summary").click();
  await page.locator(".menu").getByRole("button", { name: words }).click();
  await page.waitForSelector("dialog.action[open]");
}

/** What has the focus, in a few words. */
function focused() {
  return page.evaluate(() => {
    const at = document.activeElement;
    return `${at.tagName.toLowerCase()}.${at.className} ${
      (at.getAttribute("aria-label") ?? at.textContent).trim().slice(0, 40)}`;
  });
}

before(async () => {
  mkdirSync(pictures, { recursive: true });
  if (!base) {
    mock = await start();
    base = mock.url;
  }
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
});

after(async () => {
  await browser?.close();
  mock?.close();
});

describe("the console", () => {
  beforeEach(() => mock?.market.set("recording"));
  afterEach(() => context?.close());

  it("says at once that it records, and its numbers live", async () => {
    await open();
    await page.waitForSelector(".verdict.ok");
    await page.waitForSelector(".plot canvas");
    const received = () => page.locator(".balance b").first().textContent();
    const first = await received();
    await until("another count", async () => await received() !== first);
    assert.match(await page.locator("h1").textContent(), /Recording: /);
    assert.notEqual(await figure(0), "0");
    assert.match(await page.locator(".balance").textContent(), /balanced/);
    await page.waitForTimeout(3000);
    await picture("first_screen");
    assert.deepEqual(complaints, []);
  });

  it("shows 41 slots, and a slot's ticks and continuity", async () => {
    await open({}, "#slots");
    await page.waitForSelector(".cell");
    const taken = await page.locator(".cell").count();
    const fold = page.locator(".empty-slots button");
    if (await fold.count() > 0) await fold.click();
    assert.equal(await page.locator(".cell").count() % 41, 0);
    assert.equal(await page.locator(".cell:nth-child(-n+1) .tr").textContent(),
      "KRX trades");
    assert.ok(taken > 0);
    await page.waitForTimeout(1500);
    await picture("slot_map");
    await page.locator(".cell.ok").first().click();
    await page.waitForSelector(".panel tbody tr");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".panel", { state: "detached" });
    await focusReturns(/button\.cell/);
    assert.deepEqual(complaints, []);
  });

  it("sends no action before it is confirmed by a name", async () => {
    await open();
    await choose(/log level/);
    await page.waitForTimeout(300);
    const confirm = page.locator(".action .confirm");
    assert.equal(await confirm.isDisabled(), true, "nameless");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.action", { state: "detached" });
    await focusReturns(/summary/);
    assert.deepEqual(posts, []);

    await choose(/log level/);
    await page.locator("#action-who").fill("test of the console");
    await page.locator(".cancel").click();
    await page.waitForSelector("dialog.action", { state: "detached" });
    assert.deepEqual(posts, []);

    await choose(/log level/);
    await page.locator("#action-who").fill("test of the console");
    await confirm.click();
    await page.waitForSelector(".notice:not(:empty)");
    assert.equal(posts.length, 1);
    await choose(/log level/);
    assert.equal(await page.locator("#action-who").inputValue(),
      "test of the console", "the name is remembered");
    assert.match(await focused(), /cancel/, "the safe choice is first");
    assert.deepEqual(complaints, []);
  });

  it("shows a writer's crash in the tree, and its recovery", async (test) => {
    const { chaos } = await ask("/api/session");
    if (!chaos) {
      test.skip("the daemon runs without --allow-chaos");
      return;
    }
    await open({}, "#actors");
    const row = page.locator(`tr[data-actor="${writer}"]`);
    const starts = async () => (await ask("/status")).actors
      .find(({ name }) => name === writer).starts;
    const before_starts = await starts();
    await row.waitFor();
    await choose(/crash/);
    await page.locator("#action-who").fill("test of the console");
    await page.locator(".action .confirm").click();
    // A daemon may be up again before a status was sent: its restart is then
    // the trace of the crash.
    await until("a crash in the tree", async () =>
      /\b(down|waiting|starting)\b/.test(await row.getAttribute("class"))
      || await starts() > before_starts);
    await picture("tree");
    await until("the writer up again", async () =>
      await starts() > before_starts
      && /\bup\b/.test(await row.getAttribute("class")));
    assert.equal(posts.length, 1);
    await row.getByRole("button").click();
    await page.waitForSelector(".panel .lines li");
    assert.deepEqual(complaints, []);
  });

  it("sorts the actors by any column, and goes back to the tree", async () => {
    await open({}, "#actors");
    await page.waitForSelector("tr.actor");
    const folded = await page.locator("tr.actor").count();
    const titles = page.locator("thead button");
    for (let i = 0; i < await titles.count(); ++i) {
      await titles.nth(i).click();
      assert.notEqual(await page.locator("thead th").nth(i)
        .getAttribute("aria-sort"), "none");
    }
    assert.ok(await page.locator("tr.actor").count() > folded, "flattened");
    await page.getByRole("button", { name: "Back to the tree" }).click();
    await until("the tree", async () =>
      await page.locator("tr.actor").count() === folded);
    assert.deepEqual(complaints, []);
  });

  it("filters the events", async () => {
    await open({}, "#events");
    await page.waitForSelector(".events tbody tr");
    const rows = page.locator(".events tbody tr");
    const all = await rows.count();
    await page.locator("input[type=search]").fill("no such thing");
    await until("an empty list", async () => await rows.count() === 0);
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await until("all events", async () => await rows.count() >= all);
    assert.deepEqual(complaints, []);
  });

  it("leads by its address to a slot, and back and a reload too", async () => {
    await open({}, "#slots/2");
    const title = page.locator(".panel h2");
    assert.match(await title.textContent(), /^Slot 2 · /);
    await page.getByRole("link", { name: "Events" }).click();
    await page.waitForSelector(".events tbody tr");
    assert.equal(await page.locator(".panel").count(), 0);
    await page.goBack();
    assert.match(await title.textContent(), /^Slot 2 · /);
    await page.reload();
    assert.match(await title.textContent(), /^Slot 2 · /);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".panel", { state: "detached" });
    assert.match(page.url(), /#slots$/);
    await page.goBack();
    assert.match(await title.textContent(), /^Slot 2 · /);
    assert.deepEqual(complaints, []);
  });

  it("keeps a filter of the events in its address", async () => {
    await open({}, "#events");
    await page.waitForSelector(".events tbody tr");
    const kinds = page.locator(".filter select").first();
    const kind = await kinds.locator("option").nth(1)
      .evaluate((option) => option.value);
    await kinds.selectOption(kind);
    await until("an address of the filter", () =>
      page.url().endsWith(`#events?kind=${kind}`));
    await page.locator("input[type=search]").fill("가 & b");
    await page.reload();
    await page.waitForSelector("input[type=search]");
    assert.equal(await page.locator("input[type=search]").inputValue(),
      "가 & b");
    assert.equal(await kinds.inputValue(), kind);
    await page.goBack();
    await until("no filter", async () => await kinds.inputValue() === "");
    assert.deepEqual(complaints, []);
  });

  it("shows the hour and the day as it shows ten minutes", async () => {
    await open();
    await page.waitForSelector(".plot canvas");
    for (const [words, range] of [["1 hour", "1h"], ["day", "day"]]) {
      const asked = page.waitForRequest((request) =>
        request.url().endsWith(`api/history?range=${range}`));
      await page.getByRole("button", { name: words, exact: true }).click();
      await asked;
      assert.ok(page.url().endsWith(`#recording?range=${range}`));
      await page.waitForSelector(".plot canvas");
    }
    await page.reload();
    await page.waitForSelector(".choice [aria-pressed=true]");
    assert.equal(await page.locator(".choice [aria-pressed=true]")
      .textContent(), "day");
    assert.deepEqual(complaints, []);
  });

  it("has a title that stays while the figures flow", async () => {
    await open();
    await page.waitForSelector(".verdict.ok");
    await page.evaluate(() => {
      globalThis.titles = new Set([document.title]);
      new MutationObserver(() => globalThis.titles.add(document.title))
        .observe(document.querySelector("title"), { childList: true });
    });
    const received = () => page.locator(".balance b").first().textContent();
    const first = await received();
    await until("another count", async () => await received() !== first);
    await page.waitForTimeout(1500);
    assert.deepEqual(await page.evaluate(() => [...globalThis.titles]),
      ["Recording – Observer"]);
  });

  it("gives no order for what another slot has", async () => {
    await open();
    const [slot] = (await ask("/status")).sessions[0].slots;
    await choose(/^Register a symbol/);
    await page.locator("#action-target").selectOption("1");
    await page.locator("#action-value").fill(`${slot.tr_id}:${slot.symbol}`);
    await page.locator("#action-who").fill("test of the console");
    const confirm = page.locator(".action .confirm");
    assert.equal(await confirm.isDisabled(), true);
    assert.match(await page.locator(".action .trouble").textContent(),
      /^Slot 0 has registered .* already/);
    await page.locator("#action-value").press("Enter");
    await page.locator("#action-value").fill("H0UNCNT0:000660");
    assert.equal(await confirm.isDisabled(), false);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.action", { state: "detached" });
    assert.deepEqual(posts, []);
  });

  it("offers the level that the log has", async () => {
    await open();
    await choose(/log level/);
    assert.notEqual(await page.locator("#action-value").inputValue(), "");
  });

  it("lists the journal's files", async () => {
    await open({}, "#journal");
    await page.waitForSelector("tr.open .path");
    assert.match(await page.locator("tr.open .path").first().textContent(),
      /\.jsonl/);
    assert.deepEqual(complaints, []);
  });

  it("is reached by the keyboard alone", async () => {
    await open({}, "#slots");
    await page.waitForSelector(".cell");
    const met = [];
    for (let i = 0; i < 20; ++i) {
      await page.keyboard.press("Tab");
      met.push(await focused());
    }
    for (const wanted of [/Skip to content/, /Recording/, /Slots/, /Actors/,
      /Journal/, /Events/, /Actions/, /한국어/, /English/, /Reconnect/,
      /button\.cell/]) {
      assert.ok(met.some((one) => wanted.test(one)),
        `${wanted} among ${met.join("; ")}`);
    }
    assert.equal(met.filter((one) => /button\.cell/.test(one)).length, 1,
      "the map is one stop");
    await page.locator(".cell").first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() =>
      document.activeElement.dataset.slot), "1");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".panel[open]");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".panel", { state: "detached" });
    assert.equal(await page.evaluate(() =>
      document.activeElement.dataset.slot), "1");
    assert.deepEqual(complaints, []);
  });

  it("fits 390 px in every view, and speaks Korean to a Korean", async () => {
    await open({ viewport: { width: 390, height: 844 }, locale: "ko-KR" });
    for (const view of ["slots", "actors", "journal", "events", "recording"]) {
      await page.evaluate((name) => {
        location.hash = name;
      }, view);
      await page.waitForTimeout(600);
      const [wide, seen] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= seen, `${view} is ${wide} px wide`);
    }
    assert.equal(await page.evaluate(() => document.documentElement.lang),
      "ko");
    assert.match(await page.locator("h1").textContent(), /수신.*초당|초당.*수신/);
    await page.waitForTimeout(1500);
    await picture("narrow");
    await page.getByRole("button", { name: "English" }).click();
    assert.match(await page.locator("h1").textContent(), /Recording/);
    await page.reload();
    await page.waitForSelector("h1:not(.loading)");
    assert.match(await page.locator("h1").textContent(), /Recording/,
      "the switch is remembered");
    assert.deepEqual(complaints, []);
  });

  it("follows the dark scheme", async () => {
    await open({ colorScheme: "dark" });
    await page.waitForSelector(".plot canvas");
    await page.waitForTimeout(2500);
    const back = await page.evaluate(() =>
      getComputedStyle(document.body).backgroundColor.match(/\d+/g));
    assert.ok(back.every((part) => Number(part) < 64), String(back));
    await picture("dark");
    assert.deepEqual(complaints, []);
  });

  it("says since when it has no contact, and finds it again", async () => {
    // Its own stream is the page's network too; a shared one: tabs.test.mjs.
    await open({}, "", () => {
      delete globalThis.SharedWorker;
    });
    await page.waitForSelector(".verdict.ok");
    await page.evaluate(() => globalThis.cutOff());
    await page.waitForSelector(".verdict.unknown");
    assert.match(await page.locator(".contact").textContent(),
      /No contact since \d\d:\d\d:\d\d/);
    assert.match(await page.locator("h1").textContent(), /No contact/,
      "what was known last is no verdict");
    await page.evaluate(() => globalThis.letThrough());
    await page.waitForSelector(".verdict.ok");
    assert.equal(await page.locator(".contact").count(), 0);
  });
});

describe("the console over a made-up day", { skip: Boolean(base) }, () => {
  afterEach(() => context?.close());

  for (const [scenario, verdict, words] of [
    ["disk_full", "bad", /Not recording.*disk/],
    ["closed", "idle", /market is closed/],
  ]) {
    it(`tells ${scenario} as it is`, async () => {
      mock.market.set(scenario);
      await open();
      await page.waitForSelector(`.verdict.${verdict}`);
      assert.match(await page.locator("h1").textContent(), words);
      assert.deepEqual(complaints, []);
    });
  }

  it("leads from what was rejected to how it came", async () => {
    mock.market.set("recording");
    await open();
    await page.locator(".figure.warn a").click();
    await page.waitForSelector(".rejects li");
    assert.match(page.url(), /#events\?kind=rejected$/);
    assert.match(await page.locator(".rejects code").first().textContent(),
      /\^9x5959\^/);
    for (const kind of await page.locator(".events .mark").allTextContents()) {
      assert.match(kind, /rejected/);
    }
    assert.deepEqual(complaints, []);
  });

  it("tells events alike as one", async () => {
    mock.market.set("recording");
    mock.market.subscribedAll();
    await open();
    await until("one line", async () => /41 × subscribed/.test(
      await page.locator(".lines li").first().textContent()));
  });

  it("is figures before its first answer", async () => {
    mock.market.set("recording");
    context = await browser.newContext(desk);
    page = await context.newPage();
    await page.route("**/api/**", () => {});
    await context.addInitScript(() => {
      delete globalThis.SharedWorker;
    });
    await page.goto(base);
    await page.waitForSelector(".verdict.ok");
    assert.notEqual(await figure(0), "–");
  });

  it("reads a daemon that knows no changes", async () => {
    const old = await start({ knows_changes: false });
    try {
      context = await browser.newContext(desk);
      page = await context.newPage();
      await page.goto(old.url);
      const first = await receivedCount();
      await until("another count", async () =>
        await receivedCount() !== first);
    } finally {
      old.close();
    }
  });

  it("is live where something on the way holds streams back", async () => {
    mock.market.set("recording");
    context = await browser.newContext(desk);
    page = await context.newPage();
    await page.route("**/api/stream*", () => {});
    await context.addInitScript(() => {
      delete globalThis.SharedWorker;
    });
    await page.goto(base);
    for (let i = 0; i < 3; ++i) {
      const before = await receivedCount();
      await until("another count", async () =>
        await receivedCount() !== before);
    }
    assert.equal(await page.locator(".contact").count(), 0);
  });

  it("is not to be translated: a translator's copy stands still", async () => {
    await open();
    assert.deepEqual(await page.evaluate(() => [
      document.documentElement.translate,
      document.querySelector("meta[name=google]").content,
    ]), [false, "notranslate"]);
  });

  it("asks for a token where one is needed", async () => {
    mock.market.set("401");
    await open();
    const trouble = page.locator(".token .trouble");
    await page.locator("#token").fill("ㄴㄷㄴ믿");
    await page.keyboard.press("Enter");
    await until("what is wrong", async () =>
      /ASCII/.test(await trouble.textContent()));
    await page.locator("#token").fill("wrong");
    await page.keyboard.press("Enter");
    await until("its refusal", async () =>
      /refused/.test(await trouble.textContent()));
    await page.locator("#token").fill("sesame");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".verdict");
    assert.match(page.url(), /\/$/, "the token is in no address");
  });
});
