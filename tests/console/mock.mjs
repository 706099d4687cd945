// A backend for working on the console without the daemon:
//   node tests/console/mock.mjs [PORT]
// Opening /?scenario=crash (recording, crash, closed, disk_full, 401) changes
// what it plays. tests/console/run installs the packages it serves.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Market, scenarios } from "./market.mjs";
import * as surface from "./surface.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, "../../runtime/console/web");
/** Where the packages of web/ and of the tests are installed. */
export const modules = process.env.MODULES
  ?? join(here, "../../build/console-tests/node_modules");
const bearer = "sesame";
const action_token = "one-of-this-run";
const step_ms = 500;

const vendored = {
  "/vendor/preact.js": "preact/dist/preact.mjs",
  "/vendor/hooks.js": "preact/hooks/dist/hooks.mjs",
  "/vendor/htm.js": "htm/dist/htm.mjs",
  "/vendor/uplot.js": "uplot/dist/uPlot.esm.js",
  "/vendor/uplot.css": "uplot/dist/uPlot.min.css",
};

const types = {
  html: "text/html; charset=utf-8", css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8", svg: "image/svg+xml",
};

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; "
  + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
  + "form-action 'none'; frame-ancestors 'none'";

async function asset(path) {
  if (path === "/") return readFile(join(web, "src/index.html"));
  if (!(path in vendored)) return readFile(join(web, "src", normalize(path)));
  const text = await readFile(join(modules, vendored[path]), "utf8");
  // As embed_assets.cmake does it.
  return text.replace("from\"preact\"", "from\"./preact.js\"");
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
    case "pin":
      Object.assign(slot, { symbol: value.split(":").at(-1), state: "live",
        tr_id: "H0STCNT0", price: "50000" });
      break;
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

/** Starts the backend; resolves to { url, posts, market, close }. */
export async function start({ port = 0, scenario = "recording" } = {}) {
  const market = new Market(scenario);
  const posts = [];
  const streams = new Set();
  const timer = setInterval(() => {
    market.step();
    const text = `event: status\ndata: ${
      JSON.stringify(surface.status(market))}\n\n`;
    for (const stream of streams) stream.write(text);
  }, step_ms);

  const answers = {
    "/status": () => surface.status(market),
    "/api/history": () => surface.history(market),
    "/api/events": () => ({ events: market.events }),
    "/api/files": () => ({ files: surface.files(market) }),
    "/api/session": () => ({ token: action_token, chaos: true,
      version: market.version, actions: ["restart_actor", "pin", "release",
        "reconnect", "rotate", "log_level", "crash_writer"] }),
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const path = url.pathname;
    const say = (code, value) => {
      response.writeHead(code, { "Content-Type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const api = path === "/status" || path.startsWith("/api/");
    if (!api) {
      const wish = url.searchParams.get("scenario");
      if (scenarios.includes(wish)) market.set(wish);
      try {
        const content = await asset(path);
        const extension = path === "/" ? "html" : path.split(".").at(-1);
        response.writeHead(200, { "Content-Type": types[extension],
          "Content-Security-Policy": policy, "Cache-Control": "no-cache" });
        response.end(content);
      } catch {
        say(404, { error: `no such path: ${path}` });
      }
      return;
    }
    if (market.scenario === "401"
        && request.headers.authorization !== `Bearer ${bearer}`) {
      say(401, { error: "a bearer token is needed" });
    } else if (path === "/api/stream") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(`event: status\ndata: ${
        JSON.stringify(surface.status(market))}\n\n`);
      streams.add(response);
      request.on("close", () => streams.delete(response));
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
      say(200, answers[path]());
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
    url: `http://127.0.0.1:${server.address().port}`, posts, market,
    close: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await start({ port: Number(process.argv[2] ?? 8001),
    scenario: process.env.SCENARIO });
  console.log(`mock at ${url}/?scenario=${scenarios.join("|")}`);
}
