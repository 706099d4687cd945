// One actor: its figures, last error and history of restarts.

import { html } from "./preact.js";
import * as format from "./format.js";
import { phaseWord, t, word } from "./i18n.js";
import { Original } from "./original.js";
import { Panel } from "./panel.js";
import { Figure, Mark } from "./state_mark.js";
import { waitOf } from "./tree.js";

export function ActorPanel({ name, status, now_us, onClose, onAct, onSlot }) {
  const actor = status.actors.find((one) => one.name === name);
  if (!actor) return null;
  const history = status.restarts.filter((restart) => restart.actor === name);
  const slot = /^feed\/slot_(\d+)$/.exec(name)?.[1];
  const role = word("role", actor.kind);
  const subtitle = actor.parent ? html`${role} · ← <span class="path">${
    actor.parent}</span>` : role;
  return html`<${Panel} title=${actor.name} subtitle=${subtitle}
      onClose=${onClose}>
    <p class="row"><${Mark} group="actor" state=${actor.state} />
      ${actor.phase && html`<span class="muted">${
        phaseWord(actor.phase)}</span>`}</p>
    <p class="row">
      ${actor.parent && html`<button type="button" onClick=${() =>
        onAct("restart_actor", name)}>${t("do_restart_actor")}…</button>`}
      ${slot !== undefined && html`<button type="button" class="quiet"
        onClick=${() => onSlot(Number(slot))}>${
          t("open_slot", { n: slot })}</button>`}
    </p>
    <dl class="figures small">
      <${Figure} label=${t("handled_ps")}
        value=${format.rate(actor.handled_per_s)} />
      <${Figure} label=${t("mailbox")} value=${format.count(actor.mailbox)} />
      <${Figure} label=${t("mean")} value=${format.micros(actor.mean_us)} />
      <${Figure} label=${t("wait")} value=${format.micros(waitOf(actor))} />
      <${Figure} label=${t("busy")}
        value=${format.percent(actor.busy_ratio, 1)} />
      <${Figure} label=${t("handled")} value=${format.count(actor.handled)} />
      <${Figure} label=${t("dropped")} value=${format.count(actor.dropped)} />
      <${Figure} label=${t("starts")} value=${format.count(actor.starts)} />
      <${Figure} label=${t("restarts")} value=${format.count(actor.restarts)}
        tone=${actor.restarts > 0 ? "warn" : ""} />
    </dl>
    <h3>${t("last_reason")}</h3>
    ${actor.last_reason ? html`<p><${Original} text=${actor.last_reason} /></p>`
      : html`<p class="muted">${t("no_error")}</p>`}
    <h3>${t("history")}</h3>
    ${history.length === 0 ? html`<p class="muted">${t("no_restart")}</p>`
      : html`<ul class="lines">${history.map((restart) => html`
        <li key=${restart.at_us}>
          <time>${format.when(restart.at_us, now_us)}</time>
          <span class="what"><${Original} text=${restart.reason} />${" "}
            <span class="muted">${t("attempt", { n: restart.attempt })}${" "}
              <span class="path">${restart.supervisor}</span></span>
          </span></li>`)}</ul>`}
  </${Panel}>`;
}
