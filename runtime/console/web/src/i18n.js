// Which language the page speaks, its own words in it, and the words of the
// domain, which the terminal console has from the same list.

import terms from "../../terms.json";
import { words } from "./words.js";

const remembered = "observer.language";

function first() {
  try {
    const kept = localStorage.getItem(remembered);
    if (kept === "en" || kept === "ko") return kept;
  } catch {
    // Storage may be forbidden; the browser's language will do.
  }
  return (globalThis.navigator?.language ?? "").toLowerCase().startsWith("ko")
    ? "ko" : "en";
}

let current = first();
const listeners = new Set();

function announce() {
  if (globalThis.document) document.documentElement.lang = current;
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

/** `{name}` of a template replaced by what `value` says for the name. */
export function filled(template, value) {
  return template.replace(/\{(\w+)\}/g, (_, name) => value(name) ?? "");
}

/** The words for `key`, `{name}` replaced by `values.name`. */
export function t(key, values = {}) {
  const entry = words[key];
  return entry === undefined ? key : filled(pick(entry), (name) =>
    values[name]);
}

function plain(word) {
  return (word ?? "").replaceAll("_", " ");
}

/** The domain's word for `key`, or null if the list has none. */
export function term(group, key) {
  const entry = terms[group];
  return entry && Object.hasOwn(entry, key) ? pick(entry[key]) : null;
}

/** As a title begins. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The word, or what the daemon itself calls it, which may be newer. */
export function word(group, key) {
  return term(group, key) ?? plain(key);
}

/** A cause in a word or two. */
export function causeWord(cause) {
  if (!cause) return t("no_cause");
  return terms.causes[cause] ? pick(terms.causes[cause].word) : plain(cause);
}

/** What a cause means and what to do, in a sentence; empty if unknown. */
export function causeSentence(cause) {
  return terms.causes[cause] ? pick(terms.causes[cause].sentence) : "";
}

export function eventWord(event) {
  return word("event", event);
}

/** "KRX trades" of H0STCNT0. */
export function trWord(tr_id) {
  return tr_id ? word("tr", tr_id) : "";
}

/** "session 1" as it is called here. */
export function sessionWord(name) {
  const number = /^session (\d+)$/.exec(name)?.[1];
  return number ? t("session_n", { n: number }) : name;
}

/** A phase of a connection or of a slot's actor. */
export function phaseWord(phase) {
  return term("phase", phase) ?? word("slot", phase);
}

/** Why something failed: the page's own reasons have words, others are. */
export function troubleWord(reason) {
  return words[`trouble_${reason}`] ? t(`trouble_${reason}`) : reason;
}
