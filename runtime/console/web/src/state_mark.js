// The letter, word and colour of a state: a colour never stands alone.

import { html } from "./preact.js";
import { word } from "./i18n.js";

/** tone: ok, warn, bad, busy or idle; letter: what a small cell shows. */
export const slotStates = {
  live: { tone: "ok", letter: "L" },
  silent: { tone: "warn", letter: "S" },
  rejecting: { tone: "bad", letter: "X" },
  subscribing: { tone: "busy", letter: "+" },
  releasing: { tone: "busy", letter: "−" },
  refused: { tone: "bad", letter: "R" },
  idle: { tone: "idle", letter: "·" },
};

const actorTones = {
  up: "ok", waiting: "warn", starting: "busy", stopping: "busy", down: "bad",
};

const phaseTones = {
  open: "ok", connecting: "busy", asking_key: "busy", waiting: "warn",
  closing: "busy", idle: "idle",
};

const fileTones = { open: "ok", sealed: "idle" };

const tones = {
  slot: (state) => slotStates[state]?.tone,
  actor: (state) => actorTones[state],
  phase: (state) => phaseTones[state],
  file: (state) => fileTones[state],
};

export function toneOf(group, state) {
  return tones[group](state) ?? "idle";
}

/** A dot in the state's colour and the state's word. */
export function Mark({ group, state }) {
  return html`<span class="mark ${toneOf(group, state)}">
    ${word(group, state)}</span>`;
}

/** A labelled figure with a note below. */
export function Figure({ label, value, note, tone = "" }) {
  return html`<div class="figure ${tone}">
    <dt>${label}</dt>
    <dd><strong>${value}</strong>${note && html`<small>${note}</small>`}</dd>
  </div>`;
}
