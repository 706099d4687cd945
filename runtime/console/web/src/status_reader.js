// Reads the daemon's stream of statuses over one connection.

import { answer, withBearer } from "./answer.js";

const give_up_silent_ms = 15_000;
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

async function readOnce(bearer, stop, onEvent) {
  const silence = new AbortController();
  const abort = () => silence.abort();
  let timer = setTimeout(abort, give_up_silent_ms);
  stop.addEventListener("abort", abort);
  try {
    // A daemon that knows no changes sends whole statuses.
    const response = await answer("api/stream?changes=1",
      { headers: withBearer(bearer, { Accept: "text/event-stream" }),
        signal: silence.signal });
    const cut = eventCutter((name, data) => {
      if (name === "status" || name === "changes") onEvent(name, data);
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
    // Whatever is wrong with what came: no more of it.
    abort();
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
    while (!stop.signal.aborted) {
      let code = 0;
      let words;
      try {
        words = await readOnce(bearer, stop.signal, (name, data) => {
          onEvent(name, data);
          pause_ms = backoff_first_ms;
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
