// One event as a line: when, what, of which cause, what it is about, and how
// much of it.

import { html } from "./preact.js";
import * as format from "./format.js";
import {
  causeSentence, causeWord, eventWord, t, term, trWord,
} from "./i18n.js";
import { Original } from "./original.js";

const bad = new Set(["gap", "refused", "rejected", "disconnected", "shed",
  "storage", "width_changed", "width_unknown", "doubt", "restart", "silent",
  "clock_stepped", "clock_wrong", "paused"]);
const good = new Set(["connected", "subscribed", "started", "clock_right"]);

export function eventTone({ event, cause }) {
  if (good.has(event)) return "ok";
  if (bad.has(event)) return cause === "market_closed" ? "idle" : "warn";
  return "idle";
}

/** What an event is about: a slot's symbol, the connection, or an actor. */
export function subject({ slot, symbol, actor, tr_id }) {
  if (actor) return actor;
  if (slot === -1) return t("connection");
  const place = format.known(slot) ? `${t("slot")} ${slot}` : "";
  const what = [symbol, trWord(tr_id)].filter(Boolean).join(" ");
  return [what, place].filter(Boolean).join(" · ");
}

export function quantity({
  event, missing_shares, records, n = 1, unknown = 0,
}) {
  const parts = [];
  if (format.known(missing_shares) && missing_shares !== 0) {
    parts.push(t("shares", { n: format.count(missing_shares) }));
  }
  if (format.known(records)) {
    parts.push(t("records", { n: format.count(records) }));
  }
  if (event === "gap" && !format.known(missing_shares)) {
    parts.push(t("size_unknown"));
  } else if (n > 1 && unknown > 0) {
    parts.push(t("n_size_unknown", { n: unknown }));
  }
  return parts.join(", ");
}

/** What happened, in a sentence, made of the event's kind and its cause. */
export function sentence({ event, cause }) {
  return term("happened", event) ?? causeSentence(cause);
}

/** What is told of an event after its kind and subject. */
export function Told({ event }) {
  return html`<span class="muted">${sentence(event)}
    ${" "}${quantity(event)}${" "}
    ${event.attempt && html`${t("attempt", { n: event.attempt })}${" "}
      <span class="path">${event.supervisor}</span> `}
    <${Original} text=${event.detail} /></span>`;
}

/** `event.n` says of how many alike it tells. */
export function EventLine({ event, now_us }) {
  const many = event.n > 1;
  return html`<li>
    <time>${format.when(event.at_us, now_us)}</time>
    <span class="mark ${eventTone(event)}">${many
      ? `${event.n}${event.more ? "+" : ""} × ` : ""}${
      eventWord(event.event)}</span>
    <span class="what">
      ${event.cause && html`<b>${causeWord(event.cause)}</b> `}
      <span class=${event.actor ? "path" : ""}>${subject(event)}</span>${" "}
      <${Told} event=${event} />
      ${many && html`<span class="muted"> ${t("from_to", {
        from: format.when(event.first_us, now_us),
        to: format.when(event.at_us, now_us) })}</span>`}</span>
  </li>`;
}
