// Many tabs of the console at once, in a browser that opens six connections to a
// host. BASE, CHROMIUM, TOKEN as for page.test.mjs.

import assert from "node:assert/strict";
import { createConnection, createServer } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { modules, start } from "./mock.mjs";

const { chromium } = createRequire(join(modules, "of-tests.js"))(
  "playwright-core");

const many = 20;
const patience_ms = 60_000;

let mock = null;
let browser;
let context;
let gate;

/** Passes bytes on to the service, knows its streams, and may be shut. */
async function openGate(target) {
  const passing = new Set();
  const streams = new Set();
  let shut = false;
  const server = createServer((near) => {
    if (shut) {
      near.destroy();
      return;
    }
    const far = createConnection(Number(target.port), target.hostname);
    passing.add(near);
    near.on("data", (bytes) => {
      if (bytes.includes("GET /api/stream")) streams.add(near);
    });
    near.pipe(far).pipe(near);
    const end = () => {
      passing.delete(near);
      streams.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.on("error", end);
      socket.on("close", end);
    }
  });
  await new Promise((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
  const cut = () => {
    for (const near of passing) near.destroy();
  };
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    streams: () => streams.size,
    shut() {
      shut = true;
      cut();
    },
    reopen() {
      shut = false;
    },
    close() {
      cut();
      server.close();
    },
  };
}

async function until(what, condition) {
  const end = Date.now() + patience_ms;
  while (!await condition()) {
    if (Date.now() > end) assert.fail(`not within ${patience_ms} ms: ${what}`);
    await new Promise((resume) => {
      setTimeout(resume, 50);
    });
  }
}

async function tab() {
  const page = await context.newPage();
  page.setDefaultTimeout(patience_ms);
  await page.goto(`${gate.url}/`);
  return page;
}

function shows(page) {
  return page.waitForSelector(".verdict.ok");
}

/** Its numbers move on. */
async function isLive(page) {
  const received = () => page.locator(".balance b").first().textContent();
  const first = await received();
  await until("another count", async () => await received() !== first);
}

/** The browser hides a tab, or shows it again. */
function hide(page, hidden) {
  return page.evaluate((now) => {
    for (const [name, value] of [["hidden", now],
      ["visibilityState", now ? "hidden" : "visible"]]) {
      Object.defineProperty(document, name,
        { configurable: true, get: () => value });
    }
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

before(async () => {
  if (!process.env.BASE) mock = await start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
});

after(async () => {
  await browser?.close();
  mock?.close();
});

describe("tabs of the console", () => {
  beforeEach(async () => {
    gate = await openGate(new URL(mock?.url ?? process.env.BASE));
    context = await browser.newContext({ locale: "en-US",
      viewport: { width: 900, height: 600 } });
    if (process.env.TOKEN) {
      await context.addInitScript((token) =>
        sessionStorage.setItem("observer.token", token), process.env.TOKEN);
    }
  });
  afterEach(async () => {
    await context.close();
    gate.close();
  });

  it("are twenty over one stream, and each is live", async () => {
    const tabs = [];
    for (let i = 0; i < many; ++i) {
      tabs.push(await tab());
      await shows(tabs.at(-1));
    }
    for (const page of [tabs[0], tabs[7], tabs.at(-1)]) await isLive(page);
    assert.equal(gate.streams(), 1);
    // Whichever began the stream: closing it ends no other's.
    await tabs.shift().close();
    for (const page of tabs) await shows(page);
    await isLive(tabs[3]);
    assert.equal(gate.streams(), 1);
  });

  it("let the stream go when none is seen, and have it back", async () => {
    const [one, two] = [await tab(), await tab()];
    await Promise.all([shows(one), shows(two)]);
    await hide(one, true);
    await isLive(two);
    await until("a title that is no verdict", async () =>
      (await one.title()).startsWith("paused"));
    await hide(two, true);
    await until("no stream", () => gate.streams() === 0);
    await hide(one, false);
    await until("a stream", () => gate.streams() === 1);
    await shows(one);
    await isLive(one);
    assert.match(await one.title(), /^Recording/);
    await one.close();
    await until("no stream", () => gate.streams() === 0);
  });

  it("hear nothing and ask for nothing while they are not seen", async () => {
    await context.addInitScript(() => {
      const Real = globalThis.SharedWorker;
      globalThis.heard = 0;
      globalThis.SharedWorker = class extends Real {
        constructor(...words) {
          super(...words);
          this.port.addEventListener("message", () => {
            globalThis.heard += 1;
          });
        }
      };
    });
    const [one, two] = [await tab(), await tab()];
    await Promise.all([shows(one), shows(two)]);
    const heard = () => one.evaluate(() => globalThis.heard);
    assert.ok(await heard() > 0, "what is counted");
    const asked = [];
    for (const hash of ["#recording", "#slots/1"]) {
      await one.evaluate((to) => {
        location.hash = to;
      }, hash);
      await hide(one, true);
      await isLive(two); // What was under way has come by now.
      const before = await heard();
      const note = (request) => asked.push(request.url());
      one.on("request", note);
      await one.waitForTimeout(2500);
      one.off("request", note);
      assert.deepEqual([hash, asked, await heard()], [hash, [], before]);
      await hide(one, false);
    }
  });

  it("all say when the contact is lost, and find it again", async () => {
    const tabs = [await tab(), await tab()];
    for (const page of tabs) await shows(page);
    gate.shut();
    for (const page of tabs) await page.waitForSelector(".verdict.unknown");
    gate.reopen();
    for (const page of tabs) await shows(page);
    assert.equal(gate.streams(), 1);
  });

  it("are taken back by the worker that gave them up", async () => {
    const page = await tab();
    await shows(page);
    const heard = await page.evaluate(async () => {
      const { port } = new SharedWorker("shared_reader.js",
        { type: "module", name: "observer 2" });
      const bearer = sessionStorage.getItem("observer.token") ?? "";
      const next = (key) => new Promise((resolve) => {
        port.onmessage = ({ data }) => {
          if (data[key] !== undefined) resolve(key);
        };
      });
      const words = [];
      for (const message of [{ join: bearer }, { join: bearer },
        { leave: true }, { join: bearer }]) {
        port.postMessage(message);
        if (message.join !== undefined) words.push(await next("joined"));
      }
      words.push(await next("status"));
      port.postMessage({ leave: true });
      return words;
    });
    assert.deepEqual(heard, ["joined", "joined", "joined", "status"]);
    assert.equal(gate.streams(), 1);
    await isLive(page);
  });

  it("read on where the worker is gone", async () => {
    await context.addInitScript(() => {
      // One that says a word and no more.
      globalThis.SharedWorker = class {
        constructor() {
          const { port1, port2 } = new MessageChannel();
          this.port = port1;
          let first = true;
          port2.onmessage = () => {
            if (first) port2.postMessage({ joined: true });
            first = false;
          };
        }
      };
    });
    const page = await tab();
    await shows(page);
    await isLive(page);
  });

  it("take turns where a browser has no shared workers", async () => {
    await context.addInitScript(() => {
      delete globalThis.SharedWorker;
    });
    const tabs = [];
    for (let i = 0; i < 8; ++i) {
      if (i > 0) await hide(tabs.at(-1), true);
      tabs.push(await tab());
      await shows(tabs.at(-1));
    }
    await until("one stream", () => gate.streams() === 1);
    await hide(tabs[0], false);
    await isLive(tabs[0]);
  });

  it("read on their own where the shared worker does not answer", async () => {
    await context.route("**/shared_reader.js", (route) => route.abort());
    const page = await tab();
    await shows(page);
    await isLive(page);
  });
});
