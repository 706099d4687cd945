// One event as a line: when, what, why, about whom.

import { html } from "./preact.js";
import * as format from "./format.js";
import { causeWord, eventWord, t } from "./i18n.js";

const bad = new Set(["gap", "refused", "rejected", "disconnected", "shed",
  "storage", "width_changed", "width_unknown", "doubt", "restart", "silent", "clock_stepped",
  "paused"]);
const good = new Set(["connected", "subscribed", "started"]);

export function eventTone({ event, cause }) {
  if (good.has(event)) return "ok";
  if (bad.has(event)) return cause === "market_closed" ? "idle" : "warn";
  return "idle";
}

/** What an event is about: a slot's symbol, the connection, or an actor. */
export function subject({ slot, symbol, actor }) {
  if (actor) return actor;
  if (slot === -1) return t("connection");
  const place = format.known(slot) ? `${t("slot")} ${slot}` : "";
  return [symbol, place].filter(Boolean).join(" · ");
}

export function quantity({ missing_shares, records }) {
  const parts = [];
  if (format.known(missing_shares) && missing_shares !== 0) {
    parts.push(t("shares", { n: format.count(missing_shares) }));
  }
  if (format.known(records)) {
    parts.push(t("records", { n: format.count(records) }));
  }
  return parts.join(", ");
}

export function EventLine({ event, now_us }) {
  return html`<li>
    <time>${format.when(event.at_us, now_us)}</time>
    <span class="mark ${eventTone(event)}">${eventWord(event.event)}</span>
    <span class="what">
      ${event.cause && html`<b>${causeWord(event.cause)}</b> `}
      ${subject(event)} <span class="muted">${event.detail}
      ${" "}${quantity(event)}</span></span>
  </li>`;
}
