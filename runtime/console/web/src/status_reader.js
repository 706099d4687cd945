// Reads the daemon's stream of statuses over one connection; one status after
// the other where something on the way (a proxy that gathers answers, a scanner
// of viruses) holds streams back.

import { answer, withBearer } from "./answer.js";

/** A stream brings something twice a second. */
const silent_ms = 6_000;
/** The first event of one that was held back: no longer than a page waits. */
const tried_ms = 2_000;
const ask_every_ms = 1_500;
/** So often is asked before the stream is tried again. */
const asked_in_turn = 40;
const backoff_first_ms = 500;
const backoff_most_ms = 10_000;

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

function wait(ms) {
  return new Promise((resume) => {
    setTimeout(resume, ms);
  });
}

/** An abort signal: `stop` aborts it, and silence of so many milliseconds. */
function patience(stop, ms) {
  const silence = new AbortController();
  const abort = () => silence.abort();
  let timer = setTimeout(abort, ms);
  stop.addEventListener("abort", abort);
  return {
    signal: silence.signal,
    again(next_ms) {
      clearTimeout(timer);
      timer = setTimeout(abort, next_ms);
    },
    end() {
      clearTimeout(timer);
      stop.removeEventListener("abort", abort);
      // Whatever is wrong with what came: no more of it.
      abort();
    },
  };
}

async function readOnce(bearer, stop, first_ms, onEvent) {
  const limit = patience(stop, first_ms);
  try {
    // A daemon that knows no changes sends whole statuses.
    const response = await answer("api/stream?changes=1",
      { headers: withBearer(bearer, { Accept: "text/event-stream" }),
        signal: limit.signal });
    const cut = eventCutter((name, data) => {
      if (name !== "status" && name !== "changes") return;
      onEvent(name, data);
    });
    const reader = response.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "ended";
      limit.again(silent_ms);
      cut(value);
    }
  } finally {
    limit.end();
  }
}

async function askOnce(bearer, stop) {
  const limit = patience(stop, silent_ms);
  try {
    return await (await answer("status",
      { headers: withBearer(bearer), signal: limit.signal })).text();
  } finally {
    limit.end();
  }
}

/**
 * Reads the stream for ever, with growing pauses between failures. `onEvent`
 * takes "status" or "changes" and its JSON; what it throws is a failure, after
 * which a whole status comes. `onTrouble` takes the words and code of a
 * failure. Returns what ends it.
 */
export function readStatuses(bearer, onEvent, onTrouble) {
  const stop = new AbortController();
  (async () => {
    let pause_ms = backoff_first_ms;
    let held_back = false;
    while (!stop.signal.aborted) {
      let code = 0;
      let words;
      try {
        words = await readOnce(bearer, stop.signal,
          held_back ? tried_ms : silent_ms, (name, data) => {
            onEvent(name, data);
            held_back = false;
            pause_ms = backoff_first_ms;
          });
      } catch (error) {
        code = error.status ?? 0;
        words = error.name === "AbortError" ? "silent" : error.message;
      }
      // Is it the stream alone that is silent?
      if (words === "silent") {
        try {
          for (let i = 0; i < asked_in_turn && !stop.signal.aborted; ++i) {
            if (i > 0) await wait(ask_every_ms);
            onEvent("status", await askOnce(bearer, stop.signal));
            held_back = true;
            pause_ms = backoff_first_ms;
          }
          continue;
        } catch (error) {
          code = error.status ?? 0;
          words = error.name === "AbortError" ? "silent" : error.message;
        }
      }
      if (stop.signal.aborted) return;
      onTrouble(words, code);
      if (code === 401) return;
      await wait(pause_ms * (0.75 + Math.random() / 2));
      pause_ms = Math.min(pause_ms * 2, backoff_most_ms);
    }
  })();
  return () => stop.abort();
}
