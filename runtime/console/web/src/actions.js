// Actions on the daemon: none is sent before its dialog was confirmed.

import { html, useEffect, useRef, useState } from "./preact.js";
import { act, session } from "./api.js";
import { language, sessionWord, t, troubleWord, trWord } from "./i18n.js";
import { Original } from "./original.js";

const who_key = "observer.who";
const who_most = 60;
const log_levels = ["trace", "debug", "info", "warning", "error", "critical"];
/** What a symbol alone means to the daemon. */
const tr_default = "H0STCNT0";

/** The log's level in the words that the order takes. */
export function logLevel({ log_level }) {
  return { warn: "warning", err: "error", off: "critical" }[log_level]
    ?? log_level;
}

/**
 * Another slot that has registered what `value` names, or null: a session holds
 * a registration once.
 */
export function heldElsewhere(status, target, value) {
  const [symbol, tr_id = tr_default] = value.split(":").reverse();
  return slots(status).find((slot) => String(slot.slot) !== target
    && slot.symbol === symbol && slot.tr_id === tr_id) ?? null;
}

/** By action: what it is done to, and the value it takes. */
const kinds = {
  restart_actor: {
    targets: (status) => status.actors.filter(({ parent }) => parent)
      .map(({ name }) => name),
  },
  pin: {
    targets: slotNumbers,
    value: { pattern: "([A-Z0-9]{8}:)?[A-Z0-9]{6}" },
  },
  release: { targets: (status) => slots(status).filter(({ symbol }) => symbol)
    .map(({ slot }) => String(slot)) },
  reconnect: { targets: (status) => status.sessions.map(({ name }) => name) },
  rotate: { targets: datasets },
  log_level: {
    value: {
      choices: log_levels,
      first: logLevel,
    },
  },
  crash_writer: { targets: datasets, grave: true },
};

function slots(status) {
  return status.sessions.flatMap((session) => session.slots);
}

function slotNumbers(status) {
  return slots(status).map(({ slot }) => String(slot));
}

function datasets(status) {
  const open = status.files.filter(({ state }) => state === "open")
    .map(({ dataset }) => dataset);
  return [...new Set(["scalp", ...open])];
}

/** The words of a target: a slot's number is told with what it has. */
function targetWords(action, target, status) {
  if (action === "reconnect") return sessionWord(target);
  if (action !== "pin" && action !== "release") return target;
  const { symbol, tr_id } = slots(status)
    .find(({ slot }) => String(slot) === target) ?? {};
  return [target, symbol, trWord(tr_id)].filter(Boolean).join(" · ");
}

/** What the daemon accepted: its own words, or of the order's parts. */
function acceptedWords(action, target, value, status, text) {
  if (language() !== "ko") return t("accepted", { text });
  return t("accepted", { text: [t(`act_${action}`),
    target && targetWords(action, target, status), value].filter(Boolean)
    .join(" · ") });
}

export function knownActions(allowed) {
  return Object.keys(kinds).filter((kind) => allowed.includes(kind));
}

function rememberedWho() {
  try {
    return localStorage.getItem(who_key) ?? "";
  } catch {
    return "";
  }
}

function Field({ id, label, note, children }) {
  return html`<p class="field"><label for=${id}>${label}</label>${children}
    ${note && html`<small class="muted">${note}</small>`}</p>`;
}

function Select({ id, value, options, onChange, words }) {
  return html`<select id=${id} value=${value}
    onChange=${(event) => onChange(event.currentTarget.value)}>
    ${options.map((option) => html`<option key=${option} value=${option}
      selected=${option === value}>${words ? words(option) : option}</option>`)}
  </select>`;
}

/**
 * One action's dialog. `wanted` is { action, target }; the browser keeps the
 * focus inside and gives it back to what opened it.
 */
export function ActionDialog({ wanted, status, onClose, onDone }) {
  const { action } = wanted;
  const kind = kinds[action];
  const targets = kind.targets ? kind.targets(status) : [];
  const dialog = useRef();
  const [target, setTarget] = useState(wanted.target ?? targets[0] ?? "");
  const [value, setValue] = useState(kind.value?.first?.(status) ?? "");
  const [who, setWho] = useState(rememberedWho());
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState("");
  const held = action === "pin" && value
    ? heldElsewhere(status, target, value) : null;

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current.showModal();
    // Where something is to be written first; else on the way out.
    (dialog.current.querySelector("input:placeholder-shown")
      ?? dialog.current.querySelector(".cancel")).focus();
    return () => opener?.focus?.();
  }, []);

  const send = async (event) => {
    event.preventDefault();
    if (asking || !who.trim() || held) return;
    setAsking(true);
    setTrouble("");
    try {
      localStorage.setItem(who_key, who.trim());
    } catch {
      // Asked for again next time.
    }
    try {
      const { text } = await act(action, target, value, who.trim());
      onDone(acceptedWords(action, target, value, status, text));
    } catch (error) {
      setTrouble(troubleWord(error.message));
      setAsking(false);
    }
  };

  return html`<dialog class="action" ref=${dialog} onClose=${onClose}
      aria-labelledby="action-title" aria-describedby="action-effect">
    <form onSubmit=${send}>
      <h2 id="action-title">${t(`act_${action}`)}</h2>
      <p id="action-effect">${t(`effect_${action}`)}</p>
      ${kind.targets && html`<${Field} id="action-target"
          label=${t(`target_${action}`)}>
        <${Select} id="action-target" value=${target}
          options=${targets.includes(target) || !target ? targets
            : [target, ...targets]}
          words=${(one) => targetWords(action, one, status)}
          onChange=${setTarget} /></${Field}>`}
      ${kind.value && html`<${Field} id="action-value"
          label=${t(`value_${action}`)}
          note=${kind.value.pattern && t("value_bad")}>
        ${kind.value.choices ? html`<${Select} id="action-value" value=${value}
            options=${kind.value.choices} onChange=${setValue} />`
          : html`<input id="action-value" required value=${value}
            placeholder="005930" pattern=${kind.value.pattern}
            autocomplete="off" spellcheck=${false} onInput=${(event) =>
              setValue(event.currentTarget.value.trim().toUpperCase())} />`}
        </${Field}>`}
      <${Field} id="action-who" label=${t("who")} note=${t("who_note")}>
        <input id="action-who" required maxlength=${who_most} placeholder=" "
          value=${who} autocomplete="name"
          onInput=${(event) => setWho(event.currentTarget.value)} /></${Field}>
      <p class="trouble" role="alert">${trouble && html`${t("refused")}: <${
        Original} text=${trouble} />`}${held && t("held",
        { slot: held.slot, what: `${held.symbol} ${trWord(held.tr_id)}` })}</p>
      <p class="buttons">
        <button type="button" class="quiet cancel"
          onClick=${() => dialog.current.close()}>${t("cancel")}</button>
        <button type="submit" class=${kind.grave ? "confirm grave" : "confirm"}
          disabled=${asking || !who.trim() || held !== null}>${
            asking ? t("doing") : t("confirm")}</button>
      </p>
    </form>
  </dialog>`;
}

/**
 * The menu of all actions, in the frame of every view. What is allowed is asked
 * when it is opened, once a run.
 */
export function ActionMenu({ run, onAct }) {
  const menu = useRef();
  const [caps, setCaps] = useState({ run: null, allowed: [] });
  useEffect(() => {
    const outside = (event) => {
      if (!menu.current?.contains(event.target)) menu.current.open = false;
    };
    document.addEventListener("click", outside);
    return () => document.removeEventListener("click", outside);
  }, []);
  const ask = () => {
    if (!menu.current.open || caps.run === run) return;
    session().then(({ actions }) => setCaps({ run, allowed: actions }))
      .catch(() => setCaps({ run: null, allowed: [] }));
  };
  const choose = (kind) => {
    menu.current.open = false;
    menu.current.querySelector("summary").focus();
    onAct(kind);
  };
  return html`<details class="menu" ref=${menu} onToggle=${ask}
      onKeyDown=${(event) => {
      if (event.key !== "Escape" || !menu.current.open) return;
      menu.current.open = false;
      menu.current.querySelector("summary").focus();
    }}>
    <summary>${t("actions")}</summary>
    <ul>${caps.allowed.length === 0 && html`<li class="muted">${
        t("loading")}</li>`}
      ${knownActions(caps.allowed).map((kind) => html`<li key=${kind}>
      <button type="button" class=${kinds[kind].grave ? "grave" : ""}
        onClick=${() => choose(kind)}>${t(`act_${kind}`)}…</button></li>`)}</ul>
  </details>`;
}
