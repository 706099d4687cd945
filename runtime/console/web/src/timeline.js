// Events drawn by time and cause: a lane a cause, a stroke an event.

import { html } from "./preact.js";
import * as format from "./format.js";
import { causeWord, t } from "./i18n.js";
import { eventTone } from "./event_line.js";

const lanes_most = 8;
const units = 1000;

export function lanesOf(events) {
  const lanes = new Map();
  for (const event of events) {
    const cause = event.cause ?? "none";
    if (!lanes.has(cause)) lanes.set(cause, []);
    lanes.get(cause).push(event);
  }
  const size = ([cause, lane]) => (cause === "none" ? 0 : lane.length);
  return [...lanes.entries()].sort((a, b) => size(b) - size(a))
    .slice(0, lanes_most);
}

export function Timeline({ events, now_us, chosen, onCause }) {
  if (events.length === 0) return null;
  const first_us = events[events.length - 1].at_us;
  // At least a minute, so that one event is not the whole width.
  const wide_us = Math.max(now_us - first_us, 60e6);
  const start_us = now_us - wide_us;
  const x = (us) => (us - start_us) / wide_us * (units - 4) + 2;
  return html`<figure class="timeline">
    <figcaption class="hidden">${t("timeline")}</figcaption>
    ${lanesOf(events).map(([cause, lane]) => html`
      <div class="lane" key=${cause}>
        <button type="button" class="link" aria-pressed=${chosen === cause}
          onClick=${() => onCause(cause)}>
          ${causeWord(cause === "none" ? null : cause)}
          ${" "}<b>${lane.length}</b></button>
        <svg viewBox=${`0 0 ${units} 16`} preserveAspectRatio="none"
            aria-hidden="true">
          <line x1="0" x2=${units} y1="15.5" y2="15.5" class="base" />
          ${lane.map((event, i) => html`<line key=${i} x1=${x(event.at_us)}
            x2=${x(event.at_us)} y1="3" y2="15"
            class=${`stroke ${eventTone(event)}`} />`)}
        </svg>
      </div>`)}
    <div class="lane scale muted"><span></span><p>
      <span>${format.when(start_us, now_us)}</span>
      <span>${format.when(now_us, now_us)}</span></p></div>
  </figure>`;
}
