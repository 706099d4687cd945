// The supervision tree: each actor a row, drawn under its supervisor.

import { html, useState } from "./preact.js";
import * as format from "./format.js";
import { phaseWord, t, word } from "./i18n.js";
import { Original } from "./original.js";
import { go } from "./place.js";
import { Mark } from "./state_mark.js";

/** More workers alike than this are folded, but for those with a story. */
const fold_above = 8;

/** Unknown like the time of processing, before a message was handled. */
export function waitOf({ mean_us, wait_us }) {
  return format.known(mean_us) ? wait_us : null;
}

const columns = [
  { key: "name", word: "actor", text: true, value: (a) => a.name },
  { key: "state", word: "actor_state", text: true, value: (a) => a.state },
  { key: "handled_per_s", word: "handled_ps", show: format.rate },
  { key: "mailbox", word: "mailbox", show: format.count },
  { key: "mean_us", word: "mean", show: format.micros, wide: true },
  { key: "wait_us", word: "wait", show: format.micros, wide: true,
    value: waitOf },
  { key: "busy_ratio", word: "busy", wide: true,
    show: (v) => format.percent(v, 1) },
  { key: "handled", word: "handled", show: format.count, wide: true },
  { key: "dropped", word: "dropped", show: format.count, wide: true },
  { key: "restarts", word: "restarts", show: format.count },
  { key: "last_reason", word: "last_reason", text: true, wide: true,
    show: (v) => html`<${Original} text=${v} />` },
];

function valueOf(column, actor) {
  return column.value ? column.value(actor) : actor[column.key];
}

/** Worth a row of its own among many alike. */
function stands(actor) {
  return actor.state !== "up" || actor.restarts > 0 || actor.dropped > 0;
}

/** slot_0 … slot_40 are one family, by what they share of their names. */
function familyOf(actor) {
  return actor.name.replace(/\d+$/, "");
}

function shortName(name) {
  return name.slice(name.lastIndexOf("/") + 1);
}

/**
 * The rows in the tree's order. `rails` says for each level above whether its
 * line goes on below. A row with `family` stands for its quiet members.
 */
export function treeRows(actors, unfolded) {
  const names = new Set(actors.map(({ name }) => name));
  const below = new Map();
  for (const actor of actors) {
    const parent = names.has(actor.parent) ? actor.parent : null;
    if (!below.has(parent)) below.set(parent, []);
    below.get(parent).push(actor);
  }
  const rows = [];
  const visit = (parent, rails) => {
    const families = new Map();
    for (const actor of below.get(parent) ?? []) {
      const family = familyOf(actor);
      if (!families.has(family)) families.set(family, []);
      families.get(family).push(actor);
    }
    const entries = [...families].flatMap(([family, members]) => {
      if (members.length <= fold_above) {
        return members.map((actor) => ({ actor }));
      }
      const open = unfolded.has(family);
      const quiet = members.filter((actor) => !stands(actor));
      const shown = open ? members : members.filter(stands);
      return [...shown.map((actor) => ({ actor })),
        ...(quiet.length > 0 ? [{ family, quiet }] : [])];
    });
    entries.forEach((entry, i) => {
      const own = parent === null ? []
        : [...rails, i < entries.length - 1];
      rows.push({ ...entry, rails: own });
      if (entry.actor) visit(entry.actor.name, own);
    });
  };
  visit(null, []);
  return rows;
}

/** All actors by one column; unknown values stay last either way. */
export function sortedRows(actors, { key, down }) {
  const column = columns.find((one) => one.key === key);
  const sign = down ? -1 : 1;
  return [...actors].sort((a, b) => {
    const [x, y] = [valueOf(column, a), valueOf(column, b)];
    if (!format.known(x) || !format.known(y)) {
      return Number(!format.known(x)) - Number(!format.known(y));
    }
    return sign * (column.text
      ? String(x).localeCompare(String(y), "en", { numeric: true }) : x - y);
  }).map((actor) => ({ actor, rails: null }));
}

function Rails({ rails }) {
  return rails.map((goesOn, level) => html`<span key=${level} class=${
    level === rails.length - 1 ? (goesOn ? "rail tee" : "rail elbow")
      : (goesOn ? "rail pipe" : "rail")} aria-hidden="true" />`);
}

function Row({ actor, rails, onOpen }) {
  const name = rails && rails.length > 0
    ? shortName(actor.name) : actor.name;
  return html`<tr class=${`actor ${actor.state}`} data-actor=${actor.name}>
    <th scope="row"><span class="branch">
      ${rails && html`<${Rails} rails=${rails} />`}
      <button type="button" class="link ${actor.kind}" title=${
        `${actor.name} (${word("role", actor.kind)})`}
        onClick=${() => onOpen(actor.name)}>${name}</button></span></th>
    <td class="text"><${Mark} group="actor" state=${actor.state} />
      ${actor.phase && actor.phase !== actor.state && html`<span class="muted
        phase">${phaseWord(actor.phase)}</span>`}</td>
    ${columns.slice(2).map((column) => html`<td key=${column.key}
      class=${`${column.wide ? "wide" : ""} ${column.text ? "text" : ""} ${
        column.key === "restarts" && actor.restarts > 0 ? "warn" : ""}`}
      title=${column.text ? valueOf(column, actor) || undefined : undefined}
      >${column.show(valueOf(column, actor))}</td>`)}
  </tr>`;
}

/** The quiet members of a family in one row, with their sums. */
function Fold({ row, unfolded, onToggle }) {
  const { family, quiet } = row;
  const open = unfolded.has(family);
  const sum = (key) => quiet.reduce((all, actor) => all + (actor[key] ?? 0), 0);
  const summed = new Set(["handled_per_s", "mailbox", "handled", "dropped",
    "restarts"]);
  const words = {
    first: shortName(quiet[0].name), last: shortName(quiet.at(-1).name),
    n: quiet.length,
  };
  return html`<tr class="fold">
    <th scope="row" colspan="2"><span class="branch">
      <${Rails} rails=${row.rails} />
      <button type="button" class="link" aria-expanded=${open}
        onClick=${() => onToggle(family)}>${open ? "▾ " : "▸ "}${
          t(open ? "tree_less" : "tree_more", words)}</button></span></th>
    ${columns.slice(2).map((column) => html`<td key=${column.key}
      class=${column.wide ? "wide" : ""}>${summed.has(column.key) && !open
        ? column.show(sum(column.key)) : ""}</td>`)}
  </tr>`;
}

function Title({ column, sort, onSort }) {
  const active = sort?.key === column.key;
  const direction = active ? (sort.down ? "descending" : "ascending") : "none";
  return html`<th scope="col" aria-sort=${direction}
      class=${`${column.wide ? "wide" : ""} ${column.text ? "text" : ""}`}>
    <button type="button" onClick=${() => onSort({
      key: column.key,
      // Numbers are asked for by their largest, names by their first.
      down: active ? !sort.down : !column.text,
    })}>${t(column.word)}<span aria-hidden="true">${active
      ? (sort.down ? " ↓" : " ↑") : ""}</span></button></th>`;
}

/** The order is part of the place: ?sort=mailbox&down=1. */
function sortOf({ sort, down }) {
  return columns.some(({ key }) => key === sort)
    ? { key: sort, down: down === "1" } : null;
}

export function Tree({ status, place, onOpen }) {
  const sort = sortOf(place.query);
  const setSort = (wanted) => go({ ...place, query: wanted
    ? { sort: wanted.key, down: wanted.down ? "1" : "" } : {} });
  const [unfolded, setUnfolded] = useState(new Set());
  const { actors } = status;
  const rows = sort ? sortedRows(actors, sort) : treeRows(actors, unfolded);
  const toggle = (name) => {
    const next = new Set(unfolded);
    if (!next.delete(name)) next.add(name);
    setUnfolded(next);
  };
  return html`<section class="view card" aria-labelledby="tree-title">
    <header class="bar-line">
      <h1 id="tree-title">${t("view_actors")}</h1>
      <span>${t("actors_summary", {
        up: actors.filter(({ state }) => state === "up").length,
        all: actors.length,
        restarts: actors.reduce((sum, { restarts }) => sum + restarts, 0),
      })}</span>
      <span class="muted hint">${t("tree_note")}</span>
      <span class="push" />
      ${sort && html`<button type="button" class="quiet"
        onClick=${() => setSort(null)}>${t("tree_order")}</button>`}
    </header>
    <table class="numbers tree">
      <thead><tr>${columns.map((column) => html`<${Title} key=${column.key}
        column=${column} sort=${sort} onSort=${setSort} />`)}</tr></thead>
      <tbody>${rows.map((row) => row.actor
        ? html`<${Row} key=${row.actor.name} actor=${row.actor}
            rails=${row.rails} onOpen=${onOpen} />`
        : html`<${Fold} key=${`fold ${row.family}`} row=${row}
            unfolded=${unfolded} onToggle=${toggle} />`)}</tbody>
    </table>
  </section>`;
}
