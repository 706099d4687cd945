// One slot: its counters, last ticks, gaps and the continuity of its volume.

import { html } from "./preact.js";
import { EventLine } from "./event_line.js";
import * as format from "./format.js";
import { t, term, troubleWord, trWord, word } from "./i18n.js";
import { Original } from "./original.js";
import { Panel } from "./panel.js";
import { usePolled } from "./polled.js";
import { Mark } from "./state_mark.js";
import { Balance } from "./verdict.js";

const every_ms = 1000;

/** Shares missing between two ticks by their cumulative volume, or null. */
function jump(before, tick) {
  if (!before || !tick.accumulated || !tick.volume) return null;
  return Number(tick.accumulated) - Number(before.accumulated)
    - Number(tick.volume);
}

function Ticks({ ticks }) {
  if (ticks.length === 0) return html`<p class="muted">${t("no_ticks")}</p>`;
  const rows = ticks.map((tick, i) => ({ tick, off: jump(ticks[i - 1], tick) }))
    .reverse();
  return html`<table class="numbers">
    <thead><tr><th>${t("received_at")}</th><th>${t("executed")}</th>
      <th>${t("price")}</th><th>${t("volume")}</th><th>${t("accumulated")}</th>
      <th><span class="hidden">${t("continuity")}</span></th></tr></thead>
    <tbody>${rows.map(({ tick, off }) => html`<tr key=${
        `${tick.received_us}/${tick.accumulated}`}>
      <td>${format.clockMillis(tick.received_us)}</td>
      <td>${format.executionTime(tick.execution_time)}</td>
      <td>${format.digits(tick.price)}</td>
      <td>${format.digits(tick.volume)}</td>
      <td>${format.digits(tick.accumulated)}</td>
      <td>${off === null ? "" : off === 0
        ? html`<span class="ok" title=${t("continuous")}>✓</span>`
        : html`<span class="warn">${
          t("jump", { n: format.count(off) })}</span>`}</td>
    </tr>`)}</tbody>
  </table>`;
}

function Continuity({ volume }) {
  if (!format.known(volume.missing_shares)) {
    return html`<p class="muted">${t("no_continuity")}</p>`;
  }
  const whole = volume.missing_shares === 0 && volume.gaps === 0;
  return html`<p>
    <span class="mark ${whole ? "ok" : "warn"}">${whole ? t("continuous")
      : t("missing_n", { n: format.count(volume.missing_shares),
        gaps: format.count(volume.gaps) })}</span>
    <span class="muted"> ${t("accumulated")} ${
      format.count(volume.last_accumulated)}</span></p>`;
}

/** "bad_time: what it was": the reason by its word, the rest as it is. */
function Rejection({ words }) {
  const reason = /^(\w+): /.exec(words)?.[1] ?? words;
  const known = term("reject", reason);
  return html`<span class="chip">${known}${" "}<${Original}
    text=${known ? words.slice(reason.length + 2) : words} /></span>`;
}

export function SlotPanel({ number, status, now_us, onClose, onAct }) {
  const { value: detail, trouble } = usePolled(`api/slots/${number}`,
    { every_ms });

  // The counters come with every status; the rest is asked for.
  const slot = status.sessions.flatMap(({ slots }) => slots)
    .find((one) => one.slot === number) ?? detail?.slot;
  const actor = status.actors.find(({ name }) =>
    name === `feed/slot_${number}`);
  if (!slot) return null;
  return html`<${Panel} onClose=${onClose}
      title=${`${t("slot")} ${number} · ${slot.symbol ?? format.none}`}
      subtitle=${slot.tr_id ? `${trWord(slot.tr_id)} · ${slot.tr_id}`
        : word("slot", slot.state)}>
    <p class="row"><${Mark} group="slot" state=${slot.state} />
      ${slot.rejection && html`<${Rejection} words=${slot.rejection} />`}
      <b class="big">${format.digits(slot.price)}</b>
      <span>${format.rate(slot.ticks_per_s)}/s</span>
      <span class="muted">${format.known(slot.last_tick_us) && t("ago",
        { age: format.span(now_us - slot.last_tick_us) })}</span></p>
    <p class="row">
      <button type="button" onClick=${() => onAct("pin", String(number))}>
        ${t("do_pin")}…</button>
      <button type="button" disabled=${!slot.symbol}
        onClick=${() => onAct("release", String(number))}>
        ${t("do_release")}…</button>
      ${actor && html`<button type="button" onClick=${() =>
        onAct("restart_actor", actor.name)}>${t("do_restart_actor")}…</button>`}
    </p>
    <h3>${t("counters")}</h3>
    <${Balance} part=${slot} inFlight=${slot.unacked}
      text=${slot.symbol ?? ""} />
    ${trouble && html`<p class="trouble">${
      t("failed", { reason: troubleWord(trouble) })}</p>`}
    ${detail && html`
      <h3>${t("continuity")}</h3>
      <${Continuity} volume=${detail.volume} />
      <h3 id="last-ticks">${t("last_ticks")}</h3>
      <div class="scroll" tabindex="0" role="group"
        aria-labelledby="last-ticks"><${Ticks} ticks=${detail.ticks} /></div>
      <h3>${t("slot_gaps")}</h3>
      ${detail.gaps.length === 0 ? html`<p class="muted">${t("nothing")}</p>`
        : html`<ul class="lines">${detail.gaps.map((event) => html`
          <${EventLine} key=${event.at_us} event=${event}
            now_us=${now_us} />`)}</ul>`}`}
  </${Panel}>`;
}
