// The verdict in words: made of its items, the facts that the daemon's own
// sentence is made of too.

import terms from "../../terms.json";
import * as format from "./format.js";
import {
  capital, causeWord, filled, language, t, term, word,
} from "./i18n.js";

/** A word of the daemon's in the reader's language. */
function known(name, value) {
  if (name === "cause") return causeWord(value);
  if (name === "reason") return word("reject", value);
  for (const group of ["doubt", "closed", "reject"]) {
    const found = term(group, value);
    if (found) return found;
  }
  return terms.causes[value] ? causeWord(value) : value;
}

/** A fact by its name's ending: a rate, a Korean time, a number, words. */
function fact(name, value, now_us) {
  if (!format.known(value)) return format.none;
  if (name.endsWith("_per_s")) return format.rate(value);
  if (name.endsWith("_us")) return format.when(value, now_us);
  if (name.endsWith("bytes")) return format.bytes(value);
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "number") return format.count(Math.floor(value));
  return typeof value === "string" ? known(name, value) : String(value);
}

/** One item as the list of terms has its kind; else in the daemon's words. */
export function itemWords(item, now_us) {
  const template = term("say", item.kind);
  return template === null ? item.text ?? ""
    : filled(template, (name) => fact(name, item[name], now_us));
}

/** Why the market is closed, or null: before_open, holiday … */
export function closedWhy({ items = [] }) {
  return items.find(({ kind }) => kind === "closed")?.why ?? null;
}

/** The state in a word or two, the cause not among them. */
export function stateWords({ verdict }) {
  const { state, severity } = verdict;
  if (state === "market_closed") {
    return term("closed", closedWhy(verdict)) ?? word("verdict", state);
  }
  return state === "recording" && severity !== "ok" ? t("state_attention")
    : word("verdict", state);
}

/** What a title shows: the state and its cause, and nothing that flows. */
export function titleWords(status) {
  const { cause, state } = status.verdict;
  const words = stateWords(status);
  const why = cause && state !== "market_closed" ? `: ${causeWord(cause)}` : "";
  return capital(words) + why;
}

/** The day's sum, in words; empty where a daemon does not say it. */
export function dayWords({ day }) {
  return day ? t("day_sum", {
    persisted: format.count(day.persisted), gaps: format.count(day.gaps),
    shares: format.count(day.missing_shares),
    disconnects: format.count(day.disconnects),
  }) : "";
}

/** Sentences of the verdict, the most important first. */
export function verdictParts(status) {
  const { verdict, now_us, rates } = status;
  const parts = (verdict.items ?? []).map((item) => itemWords(item, now_us))
    .filter(Boolean);
  if (parts.length > 0) return parts;
  // An older daemon says its facts in English only.
  const why = verdict.cause && verdict.state !== "market_closed"
    ? ` – ${causeWord(verdict.cause)}` : "";
  return [t(`say_${verdict.state}`, {
    received: format.rate(rates.received_per_s),
    persisted: format.rate(rates.persisted_per_s),
  }) + why];
}

const headline_most = 3;

/** [the headline, what more there is to say]. */
export function verdictSentences(status) {
  const { verdict } = status;
  const tells_day = (verdict.items ?? []).some(({ kind }) => kind === "day");
  const day = verdict.state === "market_closed" && !tells_day
    ? [dayWords(status)].filter(Boolean) : [];
  if (language() !== "ko") return [verdict.text, day];
  const parts = verdictParts(status);
  return [parts.slice(0, headline_most).join(" · "),
    [...parts.slice(headline_most), ...day]];
}
