// The slot map: the 41 registrations of each session, one cell each.

import { html, useRef, useState } from "./preact.js";
import * as format from "./format.js";
import { causeWord, stateWord, t } from "./i18n.js";
import { Mark, slotStates, toneOf } from "./state_mark.js";

function letter(state) {
  return slotStates[state]?.letter ?? "?";
}

function age(slot, now_us) {
  return format.known(slot.last_tick_us)
    ? format.span(now_us - slot.last_tick_us) : format.none;
}

function label(slot, now_us) {
  return t("slot_label", {
    slot: slot.slot, state: stateWord("slot", slot.state),
    symbol: slot.symbol ?? format.none, price: format.digits(slot.price),
    rate: format.rate(slot.ticks_per_s), age: age(slot, now_us),
    unacked: format.count(slot.unacked),
  });
}

function Cell({ slot, now_us, reachable, onOpen, onFocus }) {
  const live = slot.state === "live";
  return html`<button type="button" class="cell ${toneOf("slot", slot.state)}"
      data-slot=${slot.slot} tabindex=${reachable ? 0 : -1}
      aria-label=${label(slot, now_us)} onClick=${onOpen} onFocus=${onFocus}>
    <span class="top"><span class="number">${slot.slot}</span>
      <b class="symbol">${slot.symbol ?? format.none}</b>
      <span class="letter">${letter(slot.state)}</span></span>
    <span class="price">${live || slot.price ? format.digits(slot.price)
      : stateWord("slot", slot.state)}</span>
    <span class="line"><span>${format.rate(slot.ticks_per_s)}/s</span>
      <span class=${live ? "" : "strong"}>${age(slot, now_us)}</span></span>
    <span class="line"><span class=${slot.unacked > 0 ? "waits" : "muted"}>
      ${t("n_unacked", { n: format.count(slot.unacked) })}</span></span>
  </button>`;
}

/** Arrow keys move among the cells, which are one stop of the tab key. */
function moved(event, from, total) {
  const cells = [...event.currentTarget.querySelectorAll(".cell")];
  const top = cells[0].offsetTop;
  const across = cells.filter((cell) => cell.offsetTop === top).length;
  const steps = {
    ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across,
  };
  let to;
  if (event.key in steps) to = from + steps[event.key];
  else if (event.key === "Home") to = 0;
  else if (event.key === "End") to = total - 1;
  else return from;
  event.preventDefault();
  if (to < 0 || to >= total) return from;
  cells[to].focus();
  return to;
}

function Session({ session, now_us, onOpen, onAct }) {
  const [reachable, setReachable] = useState(0);
  const map = useRef();
  const counts = {};
  for (const { state } of session.slots) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return html`<section class="session" aria-label=${session.name}>
    <header class="bar-line">
      <h2>${session.name}</h2>
      <${Mark} group="phase" state=${session.phase} />
      <span class="muted">${t("since",
        { time: format.when(session.since_us, now_us) })}</span>
      ${format.known(session.last_frame_us) && html`<span class="muted">${
        t("last_frame",
          { age: format.span(now_us - session.last_frame_us) })}</span>`}
      <span class="muted">${t("connects",
        { n: session.connects, m: session.disconnects })}</span>
      ${session.last_cause && session.phase !== "open" && html`
        <span class="chip">${causeWord(session.last_cause)}</span>
        <span>${session.last_text}</span>`}
      <span class="push" />
      <button type="button" class="quiet" onClick=${() =>
        onAct("reconnect", session.name)}>${t("do_reconnect")}…</button>
    </header>
    <p class="legend">${Object.keys(slotStates).map((state) => html`
      <span class="key-cell ${toneOf("slot", state)}" key=${state}>
        <i>${letter(state)}</i>${stateWord("slot", state)}
        ${" "}<b>${counts[state] ?? 0}</b></span>`)}
      <span class="muted hint">${t("map_hint")}</span>
    </p>
    <div class="map" ref=${map} role="group" aria-label=${t("view_slots")}
        onKeyDown=${(event) => setReachable(
          moved(event, reachable, session.slots.length))}>
      ${session.slots.map((slot, i) => html`<${Cell} key=${slot.slot}
        slot=${slot} now_us=${now_us} reachable=${i === reachable}
        onFocus=${() => setReachable(i)}
        onOpen=${() => onOpen(slot.slot)} />`)}
    </div>
  </section>`;
}

export function SlotMap({ status, now_us, onOpen, onAct }) {
  return html`<div class="view" id="slot-map">
    ${status.sessions.map((session) => html`<${Session} key=${session.name}
      session=${session} now_us=${now_us} onOpen=${onOpen} onAct=${onAct} />`)}
  </div>`;
}

/** The map in small for the first screen: a letter a slot. */
export function SlotStrip({ status, now_us, onOpen }) {
  return status.sessions.map((session) => html`
    <div class="strip" key=${session.name}>
      ${session.slots.map((slot) => html`<button type="button"
        class="pip ${toneOf("slot", slot.state)}" key=${slot.slot}
        tabindex="-1" title=${label(slot, now_us)}
        aria-label=${label(slot, now_us)} onClick=${() => onOpen(slot.slot)}
        >${letter(slot.state)}</button>`)}
    </div>`);
}
