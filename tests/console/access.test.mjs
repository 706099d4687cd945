// The console for everybody who reads it: what axe-core finds in each view, in
// both languages and both schemes, wide and narrow; and that its Korean is.
//   node tests/console/access.test.mjs
// Pictures of all that are left in SCREENSHOTS, else build/console-screenshots.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { modules, start } from "./mock.mjs";

const need = createRequire(join(modules, "of-tests.js"));
const { chromium } = need("playwright-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");
const patience_ms = 20_000;
const pictures = process.env.SCREENSHOTS
  ?? join(modules, "../../console-screenshots");
const views = ["recording", "slots", "actors", "journal", "events"];
/** Each view, and the panels over it. */
const places = [...views.map((view) => `#${view}`), "#slots/8",
  "#actors/feed%2Fconnection", "#events?kind=rejected", "#recording?range=day"];

let mock;
let browser;
let context;
let page;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  mock = await start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
});

after(async () => {
  await browser?.close();
  mock?.close();
});

async function open(options, hash = "") {
  // The page forbids what is not its own; axe is ours, and runs beside it.
  context = await browser.newContext({ bypassCSP: true, ...options });
  page = await context.newPage();
  page.setDefaultTimeout(patience_ms);
  await page.addInitScript(axe);
  await page.goto(`${mock.url}/${hash}`);
  await page.waitForSelector("h1:not(.loading)");
}

/** Goes there within the page, and waits until what it asks for is there. */
async function visit(hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  const ready = { "#journal": "tr.sealed", "#events": ".events tbody tr",
    "#slots/8": ".panel .lines li", "#events?kind=rejected": ".rejects li",
    "#actors/feed%2Fconnection": ".panel" };
  await page.waitForSelector(ready[hash] ?? "h1:not(.loading)");
}

async function findings() {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document,
    { resultTypes: ["violations"], rules: {
      "label-content-name-mismatch": { enabled: true } } }));
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all }) =>
    `${id}: ${html.slice(0, 160)} ${[...any, ...all]
      .map(({ message }) => message).join("; ")}`));
}

function overflow() {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

describe("the console is for everybody", () => {
  afterEach(() => context?.close());

  for (const width of [1280, 320]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const locale of ["ko-KR", "en-US"]) {
        it(`${width} px, ${colorScheme}, ${locale}`, async () => {
          await open({ locale, colorScheme,
            viewport: { width, height: 800 } });
          // The panels are the same in both languages, but for their words.
          for (const hash of locale === "ko-KR" ? places
            : views.map((view) => `#${view}`)) {
            await visit(hash);
            assert.deepEqual(await findings(), [], hash);
            assert.equal(await overflow(), 0, `${hash} fits`);
            assert.equal(await page.locator("h1").count(), 1,
              `${hash} has its heading`);
            if (!views.includes(hash.slice(1))) continue;
            await page.screenshot({ fullPage: true, path: join(pictures,
              `${hash.slice(1)}_${locale.slice(0, 2)}_${width}_${
                colorScheme}.png`) });
          }
        });
      }
    }
  }

  for (const colorScheme of ["light", "dark"]) {
    it(`in trouble, dialogs and without contact, ${colorScheme}`, async () => {
      await open({ locale: "ko-KR", colorScheme,
        viewport: { width: 320, height: 800 } });
      for (const scenario of ["disk_full", "crash", "silent", "closed"]) {
        mock.market.set(scenario);
        await page.waitForSelector({ closed: ".verdict.idle",
          silent: ".verdict.warn" }[scenario] ?? ".verdict.bad");
        assert.deepEqual(await findings(), [], scenario);
        assert.equal(await overflow(), 0, scenario);
        mock.market.crash = null;
      }
      mock.market.set("recording");
      await page.locator(".menu summary").click();
      await page.locator(".menu li button").nth(1).click();
      await page.locator("#action-value").fill("H0NXCNT0:005930");
      await page.waitForSelector(".action .trouble:not(:empty)");
      assert.deepEqual(await findings(), [], "a dialog");
      await page.keyboard.press("Escape");
      await mock.pause(true);
      await page.waitForSelector("main.stale");
      assert.deepEqual(await findings(), [], "without contact");
      await mock.pause(false);
    });
  }

  it("tells by shape where the system has the colours", async () => {
    await open({ forcedColors: "active" }, "#recording");
    await visit("#recording");
    const colours = (selector, what, pseudo) => page.evaluate((wanted) =>
      [...document.querySelectorAll(wanted.selector)].map((one) =>
        getComputedStyle(one, wanted.pseudo)[wanted.what]),
    { selector, what, pseudo });
    const [text] = await colours("body", "color");
    const [back] = await colours("body", "backgroundColor");
    const [here] = await colours("nav a[aria-current]", "borderBottomColor");
    for (const other of await colours("nav a:not([aria-current])",
      "borderBottomColor")) {
      assert.equal(other, back, "no line below");
      assert.notEqual(here, other);
    }
    for (const dot of await colours(".brand .mark", "backgroundColor",
      "::before")) {
      assert.equal(dot, text);
    }
    const [chosen] = await colours(".choice [aria-pressed=true]",
      "backgroundColor");
    assert.notEqual(chosen, back);
    await page.screenshot({ path: join(pictures, "forced_colours.png") });
  });

  it("asks for the token so that all can answer", async () => {
    mock.market.set("401");
    context = await browser.newContext({ bypassCSP: true, locale: "ko-KR",
      viewport: { width: 320, height: 700 } });
    page = await context.newPage();
    await page.addInitScript(axe);
    await page.goto(mock.url);
    await page.waitForSelector("#token");
    assert.deepEqual(await findings(), []);
    assert.equal(await overflow(), 0);
    mock.market.set("recording");
  });
});

// Names, units and terms that Korean writes as they are.
const allowed = new Set(["Observer", "English", "KRX", "NXT", "VI", "REST",
  "TR", "ID", "UTC", "Enter", "fsync", "p", "ms", "s", "B", "KB", "MB", "GB",
  "TB", "x", "vm", "scalp", "system", "quarantine", "kim"]);

/** Latin words that are seen, but for names of things and quoted originals. */
function latinWords() {
  return page.evaluate((fine) => {
    const ours = ".original, .path, [lang=en], [data-actor] th, .letter, "
      + ".notice, "
      + ".pip, .key-cell i, option, dialog.panel h2, .fold th";
    const found = [];
    const walk = document.createTreeWalker(document.body,
      NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.parentElement.closest(`${ours}, script, noscript`)) continue;
      // H0STCNT0, session ids and the like hold digits.
      const words = node.data.replace(/[A-Za-z]*\d\w*/g, " ")
        .match(/[A-Za-z]+/g) ?? [];
      for (const word of words) {
        if (!fine.includes(word)) found.push(`${word} in "${node.data}"`);
      }
    }
    for (const one of document.querySelectorAll("[aria-label], [title]")) {
      if (one.closest("[lang=en], [data-actor]")) continue;
      for (const name of ["aria-label", "title"]) {
        const text = (one.getAttribute(name) ?? "")
          .replace(/[A-Za-z]*\d\w*|\S*\/\S*/g, " ");
        // A pip's name begins with its letter.
        const rest = one.matches(".pip") ? text.slice(1) : text;
        for (const word of rest.match(/[A-Za-z]+/g) ?? []) {
          if (!fine.includes(word)) found.push(`${word} in ${name}="${text}"`);
        }
      }
    }
    return found;
  }, [...allowed]);
}

describe("the console speaks Korean", () => {
  afterEach(async () => {
    mock.market.set("recording");
    await context?.close();
  });

  it("in every view and panel", async () => {
    await open({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
    for (const hash of places) {
      await visit(hash);
      assert.deepEqual(await latinWords(), [], hash);
    }
  });

  it("in every trouble, and in its title", async () => {
    await open({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
    for (const [scenario, seen, title] of [
      ["recording", ".verdict.ok", /^정상 기록 중 – Observer$/],
      ["disk_full", ".verdict.bad", /^기록 안 됨: 디스크 부족 –/],
      ["silent", ".verdict.warn", /^기록 중 · 주의: 연결됐으나 수신 없음 –/],
      ["closed", ".verdict.idle", /^장외 시간 –/]]) {
      mock.market.set(scenario);
      await page.waitForSelector(seen);
      assert.deepEqual(await latinWords(), [], scenario);
      assert.match(await page.title(), title);
    }
    assert.match(await page.locator(".verdict").textContent(),
      /오늘.*저장.*누락/, "the day's sum");
  });

  it("in the dialog and the answer of every action", async () => {
    await open({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
    await page.waitForSelector(".verdict.ok");
    const count = 7;
    for (let i = 0; i < count; ++i) {
      await page.locator(".menu summary").click();
      await page.locator(".menu li button").nth(i).click();
      await page.waitForSelector("dialog.action[open]");
      assert.deepEqual(await latinWords(), [], `action ${i}`);
      const value = page.locator("input#action-value");
      if (await value.count() > 0) await value.fill("H0UNCNT0:000660");
      await page.locator("#action-who").fill("kim");
      await page.locator(".action .confirm").click();
      await page.waitForSelector("dialog.action", { state: "detached" });
      const said = await page.locator(".notice").textContent();
      assert.match(said, /^접수됨: [가-힣]/);
    }
    mock.market.crash = null;
  });
});
