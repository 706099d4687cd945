// The event list: gaps, restarts, refusals, rejections, by time and cause.

import { html } from "./preact.js";
import { eventTone, quantity, sentence, subject, Told } from "./event_line.js";
import * as format from "./format.js";
import { causeWord, eventWord, t, troubleWord, word } from "./i18n.js";
import { become, go, hashOf } from "./place.js";
import { usePolled } from "./polled.js";
import { Rejects } from "./rejects.js";
import { Timeline } from "./timeline.js";

const limit = 500;
const same_within_us = 2e6;
/** By their word in the address: how long. */
const periods = { "10m": 600, "1h": 3600, day: 86_400 };

function identity({ at_us, event, slot, actor, detail }) {
  return [at_us, event, slot, actor, detail].join("\n");
}

/** What the daemon lists, its restarts among them, newest first, each once. */
export function mergeEvents(listed, recent, restarts) {
  const seen = new Map();
  const add = (event) => seen.set(identity(event), event);
  listed.forEach(add);
  recent.forEach(add);
  // One that the journal tells of already is not told again.
  const told = [...seen.values()].filter(({ event }) => event === "restart");
  for (const { at_us, actor, supervisor, reason, attempt } of restarts) {
    if (told.some((event) => event.detail?.includes(actor)
        && Math.abs(event.at_us - at_us) < same_within_us)) continue;
    add({ at_us, event: "restart", cause: "actor_restarted", slot: null,
      symbol: null, actor, detail: reason, attempt, supervisor });
  }
  return [...seen.values()].sort((a, b) => b.at_us - a.at_us);
}

export function passes(event, { kind, cause, text, period }, now_us) {
  if (kind && event.event !== kind) return false;
  if (cause && (event.cause ?? "none") !== cause) return false;
  const s = periods[period];
  if (s && event.at_us < now_us - s * 1e6) return false;
  if (!text) return true;
  return format.sought([event.event, eventWord(event.event), event.cause,
    causeWord(event.cause), subject(event), sentence(event), event.detail]
    .join(" ")).includes(format.sought(text));
}

function Choice({ label, value, options, onChange }) {
  return html`<label>${label}
    <select value=${value} onChange=${(event) =>
      onChange(event.currentTarget.value)}>
      ${options.map(([key, words]) => html`<option key=${key} value=${key}
        selected=${key === value}>${words}</option>`)}
    </select></label>`;
}

function Filter({ filter, events, place }) {
  // What is asked for stays a choice, whatever there is.
  const unique = (values, wanted) =>
    [...new Set([...values, ...wanted ? [wanted] : []])].sort();
  const at = (change) => ({ ...place, query: { ...filter, ...change } });
  const choose = (change) => go(at(change));
  return html`<form class="filter"
      onSubmit=${(event) => event.preventDefault()}>
    <label class="grow"><span class="hidden">${t("search")}</span>
      <input type="search" placeholder=${t("search")} value=${filter.text ?? ""}
        onInput=${(event) =>
          become(at({ text: event.currentTarget.value }))} />
    </label>
    <${Choice} label=${t("kind")} value=${filter.kind ?? ""}
      options=${[["", t("any_kind")],
        ...unique(events.map((e) => e.event), filter.kind)
          .map((kind) => [kind, eventWord(kind)])]}
      onChange=${(kind) => choose({ kind })} />
    <${Choice} label=${t("cause")} value=${filter.cause ?? ""}
      options=${[["", t("any_cause")],
        ...unique(events.map((e) => e.cause ?? "none"), filter.cause)
          .map((cause) => [cause,
            causeWord(cause === "none" ? null : cause)])]}
      onChange=${(cause) => choose({ cause })} />
    <${Choice} label=${t("period")} value=${filter.period ?? ""}
      options=${[["", t("all_time")], ...Object.keys(periods)
        .map((period) => [period, t(`range_${period}`)])]}
      onChange=${(period) => choose({ period })} />
    <button type="button" class="quiet" onClick=${() =>
      go({ ...place, query: {} })}>${t("clear")}</button>
  </form>`;
}

function Row({ event, now_us }) {
  return html`<tr>
    <td>${format.when(event.at_us, now_us)}</td>
    <td class="text"><span class="mark ${eventTone(event)}">${
      eventWord(event.event)}</span></td>
    <td class="text">${event.cause ? causeWord(event.cause) : format.none}</td>
    <td class="text wide ${event.actor ? "path" : ""}">${subject(event)}</td>
    <td class="text detail"><span class="narrow-only ${event.actor ? "path"
      : ""}">${subject(event)} </span>
      <${Told} event=${event} /></td>
  </tr>`;
}

/** What was rejected or doubted, by reason; each leads to its events. */
function Reasons({ ledger }) {
  const chips = [
    ...Object.entries(ledger.rejected_by_reason ?? {}).map(([reason, n]) => ({
      words: word("reject", reason), n, query: { kind: "rejected",
        text: reason } })),
    ...Object.entries(ledger.doubts ?? {}).map(([name, n]) => ({
      words: `${causeWord("in_doubt")}: ${word("doubt", name)}`, n,
      query: { kind: "doubt" } })),
  ];
  if (chips.length === 0) return null;
  return html`<span class="push" /><span class="muted">${t("by_reason")}</span>
    ${chips.map(({ words, n, query }) => html`<a class="chip" key=${words}
      href=${hashOf({ view: "events", query })}>${words}${" "}
      <b>${format.count(n)}</b></a>`)}`;
}

export function Events({ status, now_us, paused, place }) {
  const filter = place.query;
  const newest = status.events[0]?.at_us ?? 0;
  const { value, trouble } = usePolled(`api/events?limit=${limit}`,
    { on: !paused, again: newest });
  const events = mergeEvents(value?.events ?? [], status.events,
    status.restarts);
  const shown = events.filter((event) => passes(event, filter, now_us));
  return html`<div class="view">
    <section class="card" aria-labelledby="events-title">
      <header class="bar-line"><h1 id="events-title">${t("view_events")}</h1>
        <span class="muted" role="status">${
          t("shown", { n: shown.length, all: events.length })}</span>
        <${Reasons} ledger=${status.ledger} />
      </header>
      <${Timeline} events=${shown} now_us=${now_us} chosen=${filter.cause}
        onCause=${(cause) => go({ ...place, query: { ...filter,
          cause: filter.cause === cause ? "" : cause } })} />
      <${Filter} filter=${filter} events=${events} place=${place} />
      ${trouble && html`<p class="trouble">${
        t("failed", { reason: troubleWord(trouble) })}</p>`}
    </section>
    ${status.ledger.rejected > 0 && html`<${Rejects} filter=${filter}
      now_us=${now_us} paused=${paused} />`}
    <section class="card" aria-labelledby="events-list">
      <h2 id="events-list" class="hidden">${t("list_of_events")}</h2>
      <table class="events">
        <thead><tr><th>${t("time")}</th><th class="text">${t("kind")}</th>
          <th class="text">${t("cause")}</th>
          <th class="text wide">${t("slot")}</th>
          <th class="text">${t("detail")}</th></tr></thead>
        <tbody>${shown.map((event) => html`<${Row} event=${event}
          key=${identity(event)}
          now_us=${now_us} />`)}</tbody>
      </table>
      ${shown.length === 0 && html`<p class="muted">${
        t(filter.kind === "rejected" ? "rejects_no_events" : "nothing")}</p>`}
    </section>
  </div>`;
}
