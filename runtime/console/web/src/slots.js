// The slot map: the registrations of each session, one cell each; the empty
// ones last, in one.

import { html, useRef, useState } from "./preact.js";
import * as format from "./format.js";
import { causeWord, sessionWord, t, trWord, word } from "./i18n.js";
import { Original } from "./original.js";
import { Mark, slotStates, toneOf } from "./state_mark.js";

function letter(state) {
  return slotStates[state]?.letter ?? "?";
}

function age(slot, now_us) {
  return format.known(slot.last_tick_us)
    ? format.span(now_us - slot.last_tick_us) : format.none;
}

export function isEmpty({ state, symbol }) {
  return state === "idle" && !symbol;
}

/** What a pip says beyond its letter, which is what it shows. */
function label(slot) {
  return [letter(slot.state), slot.slot, slot.symbol, trWord(slot.tr_id),
    word("slot", slot.state)].filter(format.known).join(" ");
}

function Cell({ slot, now_us, reachable, onOpen, onFocus }) {
  const live = slot.state === "live";
  return html`<button type="button" class="cell ${toneOf("slot", slot.state)}"
      data-slot=${slot.slot} tabindex=${reachable ? 0 : -1}
      onClick=${onOpen} onFocus=${onFocus}>
    <span class="top"><span class="number">${slot.slot}</span>${" "}
      <b class="symbol">${slot.symbol ?? format.none}</b>${" "}
      <span class="letter" aria-hidden="true">${
        letter(slot.state)}</span></span>
    <span class="tr">${trWord(slot.tr_id) || format.none}</span>${" "}
    <span class="hidden">${word("slot", slot.state)}, </span>
    <span class="price">${live || slot.price ? format.digits(slot.price)
      : html`<span aria-hidden="true">${word("slot", slot.state)}</span>`
      }</span>${" "}
    <span class="line"><span>${format.rate(slot.ticks_per_s)}/s</span>${" "}
      <span class=${live ? "" : "strong"}>${age(slot, now_us)}</span></span>
    <span class="line"><span class=${slot.unacked > 0 ? "waits" : "muted"}>
      ${t("n_unacked", { n: format.count(slot.unacked) })}</span>${" "}
      ${slot.rejected > 0 && html`<span class="refuses">${t("n_rejected",
        { n: format.count(slot.rejected) })}</span>`}</span>
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
  const [chosen, setChosen] = useState(0);
  const [unfolded, setUnfolded] = useState(false);
  const map = useRef();
  const taken = session.slots.filter((slot) => !isEmpty(slot));
  const empty = session.slots.filter(isEmpty);
  const shown = unfolded ? [...taken, ...empty] : taken;
  const reachable = Math.min(chosen, shown.length - 1);
  const counts = {};
  for (const { state } of session.slots) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  const name = sessionWord(session.name);
  return html`<section class="session" aria-label=${name}>
    <header class="bar-line">
      <h2>${name}</h2>
      <${Mark} group="phase" state=${session.phase} />
      <span class="muted">${t("since",
        { time: format.when(session.since_us, now_us) })}</span>
      <span class="muted">${t("last_data", {
        age: format.known(session.last_frame_us)
          ? t("ago", { age: format.span(now_us - session.last_frame_us) })
          : format.none })}</span>
      ${format.known(session.last_heard_us) && html`<span class="muted">${
        t("last_heard",
          { age: format.span(now_us - session.last_heard_us) })}</span>`}
      <span class="muted">${t("connects",
        { n: session.connects, m: session.disconnects })}</span>
      ${session.last_cause && session.phase !== "open" && html`
        <span class="chip">${causeWord(session.last_cause)}</span>
        <span class="muted"><${Original} text=${session.last_text} /></span>`}
      <span class="push" />
      <button type="button" class="quiet" onClick=${() =>
        onAct("reconnect", session.name)}>${t("do_reconnect")}…</button>
    </header>
    <p class="legend">${Object.keys(slotStates).map((state) => html`
      <span class="key-cell ${toneOf("slot", state)}" key=${state}>
        <i>${letter(state)}</i>${word("slot", state)}
        ${" "}<b>${counts[state] ?? 0}</b></span>`)}
      <span class="muted hint">${t("map_hint")}</span>
    </p>
    <div class="map" ref=${map} role="group" aria-label=${t("view_slots")}
        onKeyDown=${(event) => setChosen(
          moved(event, reachable, shown.length))}>
      ${shown.map((slot, i) => html`<${Cell} key=${slot.slot}
        slot=${slot} now_us=${now_us} reachable=${i === reachable}
        onFocus=${() => setChosen(i)}
        onOpen=${() => onOpen(slot.slot)} />`)}
    </div>
    ${empty.length > 0 && html`<p class="empty-slots"><button type="button"
      class="quiet" aria-expanded=${unfolded}
      onClick=${() => setUnfolded(!unfolded)}>${unfolded ? "▾ " : "▸ "}${
        t("n_empty", { n: empty.length })}</button></p>`}
  </section>`;
}

export function SlotMap({ status, now_us, onOpen, onAct }) {
  return html`<div class="view" id="slot-map">
    <h1>${t("view_slots")}</h1>
    ${status.sessions.map((session) => html`<${Session} key=${session.name}
      session=${session} now_us=${now_us} onOpen=${onOpen} onAct=${onAct} />`)}
  </div>`;
}

/** The slots that are not empty, by what they have registered for. */
export function byTr(slots) {
  const groups = new Map();
  for (const slot of slots.filter((one) => !isEmpty(one))) {
    const tr_id = slot.tr_id ?? "";
    if (!groups.has(tr_id)) groups.set(tr_id, []);
    groups.get(tr_id).push(slot);
  }
  return [...groups];
}

/** The map in small for the first screen: a letter a slot, a line a TR. */
export function SlotStrip({ status, onOpen }) {
  return status.sessions.map((session) => html`
    <div class="strips" key=${session.name}>
      ${byTr(session.slots).map(([tr_id, slots]) => html`
        <div class="strip-line" key=${tr_id}>
          <span class="muted">${trWord(tr_id) || t("no_tr")}${" "}
            <b>${slots.length}</b></span>
          <div class="strip">${slots.map((slot) => html`<button type="button"
            class="pip ${toneOf("slot", slot.state)}" key=${slot.slot}
            tabindex="-1" title=${label(slot)} aria-label=${label(slot)}
            onClick=${() => onOpen(slot.slot)}
            >${letter(slot.state)}</button>`)}</div>
        </div>`)}
      ${session.slots.some(isEmpty) && html`<p class="muted">${t("n_empty",
        { n: session.slots.filter(isEmpty).length })}</p>`}
    </div>`);
}
