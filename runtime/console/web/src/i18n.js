// Which language the page speaks, and its words in it.

import { words } from "./words.js";
import { causes, events } from "./words_domain.js";

const remembered = "observer.language";

function first() {
  try {
    const kept = localStorage.getItem(remembered);
    if (kept === "en" || kept === "ko") return kept;
  } catch {
    // Storage may be forbidden; the browser's language will do.
  }
  return (navigator.language ?? "").toLowerCase().startsWith("ko") ? "ko"
    : "en";
}

let current = first();
const listeners = new Set();

function announce() {
  document.documentElement.lang = current;
}
announce();

export function language() {
  return current;
}

export function setLanguage(next) {
  current = next;
  try {
    localStorage.setItem(remembered, next);
  } catch {
    // Not remembered then.
  }
  announce();
  for (const listener of listeners) listener(next);
}

export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function pick(entry) {
  return entry[current === "ko" ? 1 : 0];
}

/** The words for `key`, `{name}` replaced by `values.name`. */
export function t(key, values = {}) {
  const entry = words[key];
  if (entry === undefined) return key;
  return pick(entry).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function plain(word) {
  return word.replaceAll("_", " ");
}

/** A cause in a word or two. */
export function causeWord(cause) {
  if (!cause) return t("no_cause");
  return causes[cause] ? pick(causes[cause].word) : plain(cause);
}

/** What a cause means and what to do, in a sentence; empty if unknown. */
export function causeSentence(cause) {
  return causes[cause] ? pick(causes[cause].sentence) : "";
}

export function eventWord(event) {
  return events[event] ? pick(events[event]) : plain(event);
}

/** Why something failed: the page's own reasons have words, others are. */
export function troubleWord(reason) {
  return words[`trouble_${reason}`] ? t(`trouble_${reason}`) : reason;
}

/** The word of a state, which the daemon may know and the page not. */
export function stateWord(group, state) {
  const key = `${group}_${state}`;
  return words[key] ? t(key) : plain(state ?? "");
}
