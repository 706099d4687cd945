// The worker that all tabs of a browser share: it reads one stream for all that
// have the same bearer token. A browser opens six connections to a host, and each
// tab's own stream would take one for good.
//
// A tab says { join: bearer }, again and again while it is there, and
// { leave: true }. It hears { joined: true } each time, { status: text } first,
// { changes: text } of what it heard last, and { trouble: { words, code } }.

import { applied } from "./changes.js";
import { readStatuses } from "./status_reader.js";

const gone_after_ms = 20_000;

/** By bearer: { ports, stop, status, trouble }. */
const sources = new Map();
/** By port: { bearer, heard_ms }. */
const tabs = new Map();

function tell(source, message) {
  for (const port of source.ports) port.postMessage(message);
}

function begin(bearer) {
  const source = { ports: new Set(), status: null, trouble: null, stop: null };
  sources.set(bearer, source);
  source.stop = readStatuses(bearer, (name, text) => {
    const what = JSON.parse(text);
    source.status = name === "status" ? what : applied(source.status, what);
    source.trouble = null;
    tell(source, { [name]: text });
  }, (words, code) => {
    source.trouble = { trouble: { words, code } };
    tell(source, source.trouble);
    // It reads no more: whoever comes with the token again is to ask again.
    if (code === 401) end(bearer, source);
  });
  return source;
}

function end(bearer, source) {
  source.stop?.();
  if (sources.get(bearer) === source) sources.delete(bearer);
}

function leave(port) {
  const tab = tabs.get(port);
  if (!tab) return;
  tabs.delete(port);
  const source = sources.get(tab.bearer);
  source?.ports.delete(port);
  if (source?.ports.size === 0) end(tab.bearer, source);
}

function join(port, bearer) {
  const tab = tabs.get(port);
  if (tab?.bearer === bearer) {
    tab.heard_ms = Date.now();
    port.postMessage({ joined: true });
    return;
  }
  leave(port);
  tabs.set(port, { bearer, heard_ms: Date.now() });
  const source = sources.get(bearer) ?? begin(bearer);
  source.ports.add(port);
  port.postMessage({ joined: true });
  if (source.trouble) port.postMessage(source.trouble);
  else if (source.status) {
    port.postMessage({ status: JSON.stringify(source.status) });
  }
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.join !== undefined) join(port, data.join);
    else if (data.leave) leave(port);
  };
};

// A tab that crashed says no word. One that slept joins again.
setInterval(() => {
  for (const [port, { heard_ms }] of tabs) {
    if (Date.now() - heard_ms > gone_after_ms) leave(port);
  }
}, gone_after_ms / 4);
