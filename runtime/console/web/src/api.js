// The daemon's HTTP surface: answers, actions and the stream of statuses.

const token_key = "observer.token";
const give_up_silent_ms = 15_000;
const backoff_first_ms = 500;
const backoff_most_ms = 10_000;

/** An answer that is no success; `status` is 0 when there was no answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let bearer = "";
let action_token = null;
try {
  // For this tab alone, and gone with it.
  bearer = sessionStorage.getItem(token_key) ?? "";
} catch {
  // Asked for again then.
}

export function setBearer(token) {
  bearer = token;
  try {
    sessionStorage.setItem(token_key, token);
  } catch {
    // Lives as long as the page then.
  }
}

export function hasBearer() {
  return bearer !== "";
}

function headers(more = {}) {
  return bearer ? { Authorization: `Bearer ${bearer}`, ...more } : more;
}

async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "no_answer");
  }
  if (response.ok) return response;
  let words = `${response.status} ${response.statusText}`.trim();
  try {
    words = (await response.json()).error ?? words;
  } catch {
    // The status says enough.
  }
  throw new ApiError(response.status, words);
}

export async function get(path, signal) {
  return (await answer(path, { headers: headers(), signal })).json();
}

/** What the console may do; also fetches the token that actions need. */
export async function session() {
  const found = await get("/api/session");
  action_token = found.token;
  return found;
}

export async function act(action, target, value, who) {
  const more = { "Content-Type": "application/json" };
  const body = JSON.stringify({ action, target, value, who, confirm: true });
  const post = () => answer("/api/actions", {
    method: "POST",
    headers: headers(action_token === null ? more
      : { ...more, "X-Observer-Token": action_token }),
    body,
  });
  try {
    return await (await post()).json();
  } catch (error) {
    // A restarted daemon has another token. What it refused was not done.
    if (error.status !== 401 && error.status !== 403) throw error;
    const before = action_token;
    await session();
    if (action_token === before) throw error;
    return (await post()).json();
  }
}

/** Cuts a stream of text into server-sent events: [name, data]. */
export function eventCutter(emit) {
  let rest = "";
  return (text) => {
    rest += text.replaceAll("\r\n", "\n");
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      let name = "message";
      const data = [];
      for (const line of rest.slice(0, end).split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      }
      rest = rest.slice(end + 2);
      if (data.length > 0) emit(name, data.join("\n"));
    }
  };
}

async function readOnce(stop, onStatus) {
  const silence = new AbortController();
  const abort = () => silence.abort();
  let timer = setTimeout(abort, give_up_silent_ms);
  stop.addEventListener("abort", abort);
  try {
    const response = await answer("/api/stream",
      { headers: headers({ Accept: "text/event-stream" }),
        signal: silence.signal });
    const cut = eventCutter((name, data) => {
      if (name === "status") onStatus(JSON.parse(data));
    });
    const reader = response.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "ended";
      clearTimeout(timer);
      timer = setTimeout(abort, give_up_silent_ms);
      cut(value);
    }
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", abort);
  }
}

/**
 * Reads statuses for ever, with growing pauses between failures. `onStatus`
 * takes each status; `onTrouble` takes the words and code of a failure.
 * Returns what ends it.
 */
export function stream(onStatus, onTrouble) {
  const stop = new AbortController();
  (async () => {
    let pause_ms = backoff_first_ms;
    while (!stop.signal.aborted) {
      let code = 0;
      let words;
      try {
        words = await readOnce(stop.signal, (status) => {
          pause_ms = backoff_first_ms;
          onStatus(status);
        });
      } catch (error) {
        code = error.status ?? 0;
        words = error.name === "AbortError" ? "silent" : error.message;
      }
      if (stop.signal.aborted) return;
      onTrouble(words, code);
      if (code === 401) return;
      await new Promise((resume) => {
        setTimeout(resume, pause_ms * (0.75 + Math.random() / 2));
      });
      pause_ms = Math.min(pause_ms * 2, backoff_most_ms);
    }
  })();
  return () => stop.abort();
}
