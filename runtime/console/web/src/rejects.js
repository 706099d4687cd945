// The last records that were rejected, as they came.

import { html, useEffect, useState } from "./preact.js";
import { subject } from "./event_line.js";
import * as format from "./format.js";
import { t, troubleWord, trWord, word } from "./i18n.js";
import { Original } from "./original.js";
import { usePolled } from "./polled.js";

const every_ms = 5000;
const limit = 20;

function passes(one, text) {
  return !text || format.sought([one.reason, word("reject", one.reason),
    one.symbol, one.tr_id, one.detail, one.raw].join(" "))
    .includes(format.sought(text));
}

function List({ filter, now_us, paused }) {
  const { value, trouble } = usePolled(`api/rejects?limit=${limit}`,
    { every_ms, on: !paused });
  if (trouble) {
    return html`<p class="trouble">${
      t("failed", { reason: troubleWord(trouble) })}</p>`;
  }
  const shown = (value?.rejects ?? []).filter((one) =>
    passes(one, filter.text));
  if (shown.length === 0) return html`<p class="muted">${t("nothing")}</p>`;
  return html`<ul class="rejects">${shown.map((one, i) => html`<li key=${i}>
    <p><time>${format.when(one.at_us, now_us)}</time>${" "}
      <b>${word("reject", one.reason)}</b> ${subject(one)}${" "}
      <span class="muted"><${Original}
        text=${one.detail} /></span></p>
    <code class="original" lang="en">${one.raw}</code></li>`)}</ul>`;
}

/** Open where rejections are asked for; asks for them only while it is. */
export function Rejects({ filter, now_us, paused }) {
  const asked = filter.kind === "rejected";
  const [open, setOpen] = useState(asked);
  useEffect(() => setOpen(asked), [asked]);
  return html`<section class="card" aria-labelledby="rejects">
    <details open=${open} onToggle=${(event) =>
      setOpen(event.currentTarget.open)}>
      <summary><h2 id="rejects">${t("last_rejects")}</h2></summary>
      <p class="muted">${t("rejects_note")}</p>
      ${open && html`<${List} filter=${asked ? filter : {}} now_us=${now_us}
        paused=${paused} />`}
    </details>
  </section>`;
}
