// The verdict in words: made of its items, the facts that the daemon's own
// sentence is made of too.

import terms from "../../terms.json";
import * as format from "./format.js";
import {
  capital, causeWord, language, sessionWord, t, term, word,
} from "./i18n.js";

/** A word of the daemon's in the reader's language, a TR by its word too. */
function known(name, value) {
  if (name === "names") {
    return term("doubt", value)
      ?? value.replace(/\bH0[A-Z0-9]{6}\b/, (id) => term("tr", id) ?? id);
  }
  if (name === "cause") return causeWord(value);
  if (name === "tr_id") return word("tr", value);
  if (name === "reason") return word("reject", value);
  if (name === "session") return sessionWord(value);
  for (const group of ["doubt", "closed", "reject"]) {
    const found = term(group, value);
    if (found) return found;
  }
  return terms.causes[value] ? causeWord(value) : value;
}

/** A fact by its name's ending: a rate, a Korean time, a number, words. */
export function factWords(name, value, now_us) {
  if (!format.known(value)) return format.none;
  if (name.endsWith("_per_s")) return format.rate(value);
  if (name.endsWith("_us")) return format.when(value, now_us);
  if (name.endsWith("bytes")) return format.bytes(value);
  if (Array.isArray(value)) {
    return value.map((one) => known(name, one)).join(", ");
  }
  if (typeof value === "number") return format.count(Math.floor(value));
  return typeof value === "string" ? known(name, value) : String(value);
}

/**
 * One item as the list of terms has its kind; else in the daemon's words. In
 * pieces: text, and { original } for somebody else's words.
 */
export function itemPieces(item, now_us) {
  const template = term("say", item.kind);
  if (template === null) return item.text ? [{ original: item.text }] : [];
  return template.split(/(\{\w+\})/).filter(Boolean).map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (name === undefined) return piece;
    return name === "text" && item.text ? { original: item.text }
      : factWords(name, item[name], now_us);
  });
}

/** Pieces as plain text. */
export function plainText(pieces) {
  return pieces.map((piece) => piece.original ?? piece).join("");
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
  return state === "recording" && severity !== "ok"
    ? word("verdict", "attention") : word("verdict", state);
}

/** What a title shows: the state and its cause, and nothing that flows. */
export function titleWords(status) {
  const { cause, state } = status.verdict;
  const words = stateWords(status);
  const why = cause && state !== "market_closed" ? `: ${causeWord(cause)}` : "";
  return capital(words) + why;
}

/** What is missing, a sentence for each TR: two of them are never added. */
export function missingWords(missing) {
  return missing.length === 0 ? [term("say", "none_missing")]
    : missing.map((item) => (language() !== "ko" && item.text
      ? item.text : plainText(itemPieces(item))));
}

/** The day's sum, in words; empty where a daemon does not say it. */
export function dayWords({ day }) {
  return day ? t("day_sum", {
    persisted: format.count(day.persisted), gaps: format.count(day.gaps),
    shares: format.count(day.missing_shares),
    disconnects: format.count(day.disconnects),
  }) : "";
}

/** Sentences of the verdict in pieces, the most important first. */
export function verdictParts(status) {
  const { verdict, now_us, rates } = status;
  const parts = (verdict.items ?? [])
    // The state says it already.
    .filter(({ kind }, _, all) => kind !== "closed" || all.length === 1)
    .map((item) => itemPieces(item, now_us))
    .filter((pieces) => pieces.length > 0);
  if (parts.length > 0) return parts;
  // An older daemon says its facts in English only.
  const why = verdict.cause && verdict.state !== "market_closed"
    ? ` – ${causeWord(verdict.cause)}` : "";
  return [[t(`say_${verdict.state}`, {
    received: format.rate(rates.received_per_s),
    persisted: format.rate(rates.persisted_per_s),
  }) + why]];
}

const headline_most = 3;

/** [pieces of the headline, what more there is to say, in pieces]. */
export function verdictSentences(status) {
  const { verdict } = status;
  const tells_day = (verdict.items ?? []).some(({ kind }) => kind === "day");
  const day = verdict.state === "market_closed" && !tells_day
    ? [dayWords(status)].filter(Boolean).map((words) => [words]) : [];
  if (language() !== "ko") return [[verdict.text], day];
  const parts = verdictParts(status);
  return [parts.slice(0, headline_most).flatMap((pieces, i) =>
    (i > 0 ? [" · ", ...pieces] : pieces)),
  [...parts.slice(headline_most), ...day]];
}
