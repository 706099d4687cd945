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

async function readOnce(bearer, stop, onText) {
  const silence = new AbortController();
  const abort = () => silence.abort();
  let timer = setTimeout(abort, give_up_silent_ms);
  stop.addEventListener("abort", abort);
  try {
    const response = await answer("api/stream",
      { headers: withBearer(bearer, { Accept: "text/event-stream" }),
        signal: silence.signal });
    const cut = eventCutter((name, data) => {
      if (name === "status") onText(data);
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
 * Reads statuses for ever, with growing pauses between failures. `onText` takes
 * each status as text; `onTrouble` the words and code of a failure. Returns what
 * ends it.
 */
export function readStatuses(bearer, onText, onTrouble) {
  const stop = new AbortController();
  (async () => {
    let pause_ms = backoff_first_ms;
    while (!stop.signal.aborted) {
      let code = 0;
      let words;
      try {
        words = await readOnce(bearer, stop.signal, (text) => {
          pause_ms = backoff_first_ms;
          onText(text);
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
