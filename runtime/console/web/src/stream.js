// The statuses of a tab: while it is seen, from the reader that all tabs share,
// or from its own where the browser has no shared workers.

import { heldBearer } from "./api.js";
import { applied } from "./changes.js";
import { readStatuses } from "./status_reader.js";

/** Of what is said between tabs and worker: another one is another worker. */
const protocol = "observer 2";
const join_every_ms = 5_000;
/** Longer than a busy machine needs to start the worker. */
const answers_within_ms = 15_000;

let shared = typeof SharedWorker === "function";

/** Statuses from the worker; null if there is none to be had. */
function readShared(bearer, onEvent, onTrouble, onNone) {
  let worker;
  try {
    worker = new SharedWorker(new URL("shared_reader.js", import.meta.url),
      { type: "module", name: protocol });
  } catch {
    return null;
  }
  const { port } = worker;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    clearTimeout(silence);
    clearInterval(joining);
    port.postMessage({ leave: true });
    port.close();
  };
  const none = () => {
    if (ended) return;
    end();
    onNone();
  };
  let silence = null;
  const join = () => {
    port.postMessage({ join: bearer });
    silence ??= setTimeout(none, answers_within_ms);
  };
  const joining = setInterval(join, join_every_ms);
  worker.onerror = none;
  port.onmessage = ({ data }) => {
    if (ended) return;
    clearTimeout(silence);
    silence = null;
    for (const name of ["status", "changes"]) {
      if (data[name] !== undefined) onEvent(name, data[name]);
    }
    if (data.trouble) onTrouble(data.trouble.words, data.trouble.code);
  };
  join();
  return end;
}

/**
 * Statuses while the tab is seen; a hidden one holds no connection. `onStatus`
 * takes each status, `onTrouble` the words and code of a failure. Returns what
 * ends it.
 */
export function stream(onStatus, onTrouble) {
  const bearer = heldBearer();
  let status = null;
  const onEvent = (name, text) => {
    const what = JSON.parse(text);
    status = name === "status" ? what : applied(status, what);
    onStatus(status);
  };
  let end = null;
  const own = () => readStatuses(bearer, onEvent, onTrouble);
  const begin = () => (shared ? readShared(bearer, onEvent, onTrouble, () => {
    shared = false;
    if (end) end = own();
  }) : null) ?? own();
  const follow = () => {
    if (document.hidden) pause();
    else end ??= begin();
  };
  const pause = () => {
    end?.();
    end = null;
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", pause);
  addEventListener("pageshow", follow);
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    removeEventListener("pagehide", pause);
    removeEventListener("pageshow", follow);
    pause();
  };
}
