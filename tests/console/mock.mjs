// A backend for working on the console without the daemon:
//   node tests/console/mock.mjs [PORT]
// Opening /?scenario=crash (recording, crash, closed, disk_full, 401) changes
// what it plays. tests/console/run installs the packages it serves.

import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, createGzip, gzipSync } from "node:zlib";
import { patchOf } from "./changes.mjs";
import { Market, scenarios } from "./market.mjs";
import * as surface from "./surface.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const console_sources = join(here, "../../runtime/console");
/** Where the packages of web/ and of the tests are installed. */
export const modules = process.env.MODULES
  ?? join(here, "../../build/console-tests/node_modules");
const bearer = "sesame";
const action_token = "one-of-this-run";
const step_ms = 500;

const files = {
  "/": "index.html", "/app.js": "app.js", "/page.css": "page.css",
  "/shared_reader.js": "shared_reader.js",
};
const types = {
  html: "text/html; charset=utf-8", css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; "
  + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
  + "form-action 'none'; frame-ancestors 'none'";

/** The page's files, made as the build makes them, in a folder of their own. */
function bundled() {
  const into = mkdtempSync(join(modules, "../bundled-"));
  execFileSync("cmake", [`-DWEB=${join(console_sources, "web/src")}`,
    `-DNODE_MODULES=${modules}`, `-DINTO=${into}`, "-DREQUIRED=ON", "-P",
    join(console_sources, "bundle_web.cmake")], { stdio: "inherit" });
  return into;
}

function body(request) {
  return new Promise((resolve) => {
    let text = "";
    request.on("data", (piece) => {
      text += piece;
    });
    request.on("end", () => resolve(text));
  });
}

function carryOut(market, { action, target, value, who, confirm }) {
  if (!confirm || !who) return [400, "who and confirm are needed"];
  const slot = market.slots[Number(target)];
  switch (action) {
    case "crash_writer":
      market.crashWriter(target || "scalp", `injected by ${who}`);
      break;
    case "restart_actor":
      market.restart(target, who);
      break;
    case "log_level":
      market.log_level = value;
      break;
    case "pin": {
      const [symbol, tr_id = "H0STCNT0"] = value.split(":").reverse();
      Object.assign(slot, { symbol, tr_id, state: "live", price: "50000" });
      break;
    }
    case "release":
      Object.assign(slot, { symbol: null, state: "idle", price: null });
      break;
    case "rotate":
      market.part += 1;
      market.files_bytes = market.files_lines = 0;
      break;
    case "reconnect":
      break;
    default:
      return [400, `unknown action ${action}`];
  }
  const text = `${action} ${target} ${value ?? ""}`.trim();
  market.operator(`${text}, by ${who}`);
  return [202, text];
}

/** Sends one status: what changed of it to who knows the one before. */
function tell(one, now) {
  const [name, what] = one.changes && one.told
    ? ["changes", patchOf(one.told, now)] : ["status", now];
  one.told = structuredClone(now);
  if (what !== undefined) {
    one.out.write(`event: ${name}\ndata: ${JSON.stringify(what)}\n\n`);
  }
}

/**
 * Starts the backend; resolves to { url, posts, market, close }. One of old
 * answers every stream with whole statuses.
 */
export async function start(
  { port = 0, scenario = "recording", knows_changes = true } = {}) {
  const market = new Market(scenario);
  const folder = bundled();
  const posts = [];
  const streams = new Set();
  /** The paths that were asked for, in their order. */
  const asked = [];
  let paused = false;
  const timer = setInterval(() => {
    if (paused) return;
    market.step();
    const now = surface.status(market);
    for (const one of streams) tell(one, now);
  }, step_ms);

  const answers = {
    "/status": () => surface.status(market),
    "/api/history": (query) => surface.history(market, query.get("range")),
    "/api/rejects": () => ({ rejects: surface.rejects(market) }),
    "/api/events": () => ({ events: market.events }),
    "/api/files": () => ({ files: surface.files(market) }),
    "/api/session": () => ({ token: action_token, chaos: true,
      version: market.version, actions: ["restart_actor", "pin", "release",
        "reconnect", "rotate", "log_level", "crash_writer"] }),
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const path = url.pathname;
    asked.push(path);
    const packs = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const send = (code, content, headers) => {
      response.writeHead(code, { ...headers,
        ...packs && { "Content-Encoding": "gzip" } });
      response.end(packs ? gzipSync(content) : content);
    };
    const say = (code, value) => send(code, JSON.stringify(value),
      { "Content-Type": "application/json" });
    const api = path === "/status" || path.startsWith("/api/");
    if (!api) {
      const wish = url.searchParams.get("scenario");
      if (scenarios.includes(wish)) market.set(wish);
      const file = files[path];
      if (!file) {
        say(404, { error: `no such path: ${path}` });
        return;
      }
      let content = await readFile(join(folder, file));
      if (path === "/" && market.scenario !== "401") {
        const first = JSON.stringify(surface.status(market))
          .replaceAll("<", "\\u003c");
        content = content.toString().replace(
          /(id="first-status">)null(?=<)/, (_, tag) => tag + first);
      }
      send(200, content, { "Content-Type": types[file.split(".").at(-1)],
        "Content-Security-Policy": policy,
        "Cache-Control": path === "/" ? "no-store" : "no-cache" });
      return;
    }
    if (market.scenario === "401"
        && request.headers.authorization !== `Bearer ${bearer}`) {
      say(401, { error: "a bearer token is needed" });
    } else if (path === "/api/stream") {
      response.writeHead(200, { "Content-Type": "text/event-stream",
        ...packs && { "Content-Encoding": "gzip" } });
      const out = packs
        ? createGzip({ flush: constants.Z_SYNC_FLUSH }) : response;
      if (packs) out.pipe(response);
      const one = { out, told: null,
        changes: url.searchParams.get("changes") === "1" && knows_changes };
      tell(one, surface.status(market));
      streams.add(one);
      request.on("close", () => streams.delete(one));
    } else if (path === "/api/actions" && request.method === "POST") {
      const order = JSON.parse(await body(request));
      posts.push(order);
      if (request.headers["x-observer-token"] !== action_token) {
        say(403, { error: "the token is of another run" });
        return;
      }
      const [code, text] = carryOut(market, order);
      say(code, code === 202 ? { accepted: true, text } : { error: text });
    } else if (path in answers) {
      say(200, answers[path](url.searchParams));
    } else {
      const number = /^\/api\/slots\/(\d+)$/.exec(path)?.[1];
      const found = number && surface.slot(market, Number(number));
      if (found) say(200, found);
      else say(404, { error: `no such path: ${path}` });
    }
  });
  await new Promise((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`, posts, market, asked,
    /** Whether it says nothing more, as a daemon that hangs. */
    pause(now) {
      paused = now;
    },
    close: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await start({ port: Number(process.argv[2] ?? 8001),
    scenario: process.env.SCENARIO });
  console.log(`mock at ${url}/?scenario=${scenarios.join("|")}`);
}
