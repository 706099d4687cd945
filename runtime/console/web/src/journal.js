// The journal: its files, and how fast the disk confirms them.

import { html } from "./preact.js";
import * as format from "./format.js";
import { causeWord, t, troubleWord, word } from "./i18n.js";
import { Original } from "./original.js";
import { usePolled } from "./polled.js";
import { Figure, Mark } from "./state_mark.js";
import { Expectation } from "./verdict.js";

const every_ms = 10_000;

/** The files of the last days, those of the status as fresh as it is. */
export function mergeFiles(listed, current) {
  const files = new Map(listed.map((file) => [file.file, file]));
  for (const file of current) files.set(file.file, file);
  const rank = { open: 0, sealed: 1 };
  return [...files.values()].sort((a, b) =>
    (rank[a.state] ?? 2) - (rank[b.state] ?? 2)
    || (b.last_us ?? b.first_us ?? 0) - (a.last_us ?? a.first_us ?? 0)
    || b.file.localeCompare(a.file));
}

function Row({ file, now_us, onAct }) {
  const open = file.state === "open";
  return html`<tr class=${file.state}>
    <th scope="row" class="path">${file.file}
      ${file.sealed_because && html`<small class="muted">${
        word("sealed_because", file.sealed_because)}</small>`}</th>
    <td class="text"><${Mark} group="file" state=${file.state} /></td>
    <td>${format.count(file.lines)}</td>
    <td>${format.bytes(file.bytes)}</td>
    <td class="wide expect">${format.known(file.expected_bytes)
      ? html`<${Expectation} file=${file} />` : format.none}</td>
    <td class="wide">${format.when(file.first_us, now_us)}</td>
    <td class="wide">${format.when(file.last_us, now_us)}</td>
    <td>${open && html`<button type="button" class="quiet"
      onClick=${() => onAct("rotate", file.dataset)}
      aria-label=${`${t("do_rotate")}… ${file.file}`}>
      ${t("do_rotate")}…</button>`}</td>
  </tr>`;
}

export function Journal({ status, now_us, paused, onAct }) {
  const { value, trouble } = usePolled("api/files", { every_ms, on: !paused });
  const files = mergeFiles(value?.files ?? [], status.files);
  const { latency } = status;
  return html`<div class="view">
    <h1>${t("view_journal")}</h1>
    <dl class="figures">
      <${Figure} label=${t("fsync")}
        value=${format.micros(latency.fsync_p50_us)}
        note=${t("fsync_note", { p99: format.micros(latency.fsync_p99_us) })} />
      <${Figure} label=${t("ack")} value=${format.micros(latency.ack_p50_us)}
        note=${t("fsync_note", { p99: format.micros(latency.ack_p99_us) })} />
      <${Figure} label=${t("disk_free")}
        value=${format.bytes(status.disk.free_bytes)}
        note=${html`<span class="path">${status.data_dir}</span>`} />
      ${status.storage.filter(({ cause }) => cause).map((one) => html`
        <${Figure} key=${one.dataset} tone="bad"
          label=${t("storage_trouble", { dataset: one.dataset })}
          value=${causeWord(one.cause)}
          note=${html`<${Original} text=${one.text} />`} />`)}
    </dl>
    <section class="card" aria-labelledby="files">
      <header class="bar-line"><h2 id="files">${t("files")}</h2>
        <span class="muted">${t("files_summary", { n: files.length,
          bytes: format.bytes(files.reduce((sum, f) => sum + f.bytes, 0)) })}
        </span></header>
      ${trouble && html`<p class="trouble">${
        t("failed", { reason: troubleWord(trouble) })}</p>`}
      <table class="numbers files">
        <thead><tr><th class="text">${t("file")}</th>
          <th class="text">${t("slot_state")}</th><th>${t("lines")}</th>
          <th>${t("size")}</th><th class="wide expect">${t("expected")}</th>
          <th class="wide">${t("first_record")}</th>
          <th class="wide">${t("last_record")}</th>
          <th><span class="hidden">${t("actions")}</span></th></tr></thead>
        <tbody>${files.map((file) => html`<${Row} key=${file.file} file=${file}
          now_us=${now_us} onAct=${onAct} />`)}</tbody>
      </table>
    </section>
  </div>`;
}
