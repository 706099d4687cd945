// The event list: gaps, restarts, refusals, rejections, by time and cause.

import { html, useEffect, useState } from "./preact.js";
import { get } from "./api.js";
import { eventTone, quantity, subject } from "./event_line.js";
import * as format from "./format.js";
import { causeWord, eventWord, t, troubleWord } from "./i18n.js";
import { Timeline } from "./timeline.js";

const limit = 500;
const same_within_us = 2e6;
const periods = [
  ["all_time", null], ["ten_minutes", 600], ["one_hour", 3600],
  ["one_day", 86_400],
];
const everything = { kind: "", cause: "", text: "", period_s: null };

/** What the daemon lists, its restarts among them, newest first, each once. */
export function mergeEvents(listed, recent, restarts) {
  const seen = new Map();
  const add = (event) => seen.set([event.at_us, event.event, event.slot,
    event.actor, event.detail].join("\n"), event);
  listed.forEach(add);
  recent.forEach(add);
  // One that the journal tells of already is not told again.
  const told = [...seen.values()].filter(({ event }) => event === "restart");
  for (const { at_us, actor, supervisor, reason, attempt } of restarts) {
    if (told.some((event) => event.detail?.includes(actor)
        && Math.abs(event.at_us - at_us) < same_within_us)) continue;
    add({ at_us, event: "restart", cause: "actor_restarted", slot: null,
      symbol: null, actor, detail: `${reason} (${t("attempt",
        { n: attempt, supervisor })})` });
  }
  return [...seen.values()].sort((a, b) => b.at_us - a.at_us);
}

export function passes(event, { kind, cause, text, period_s }, now_us) {
  if (kind && event.event !== kind) return false;
  if (cause && (event.cause ?? "none") !== cause) return false;
  if (period_s && event.at_us < now_us - period_s * 1e6) return false;
  if (!text) return true;
  return [event.event, eventWord(event.event), event.cause,
    causeWord(event.cause), subject(event), event.detail].join(" ")
    .toLowerCase().includes(text.toLowerCase());
}

function Choice({ label, value, options, onChange }) {
  return html`<label>${label}
    <select value=${value} onChange=${(event) =>
      onChange(event.currentTarget.value)}>
      ${options.map(([key, words]) => html`<option key=${key} value=${key}
        selected=${key === value}>${words}</option>`)}
    </select></label>`;
}

function Filter({ filter, events, onChange }) {
  const unique = (values) => [...new Set(values)].sort();
  const set = (change) => onChange({ ...filter, ...change });
  return html`<form class="filter"
      onSubmit=${(event) => event.preventDefault()}>
    <label class="grow"><span class="hidden">${t("search")}</span>
      <input type="search" placeholder=${t("search")} value=${filter.text}
        onInput=${(event) => set({ text: event.currentTarget.value })} />
    </label>
    <${Choice} label=${t("kind")} value=${filter.kind}
      options=${[["", t("any_kind")], ...unique(events.map((e) => e.event))
        .map((kind) => [kind, eventWord(kind)])]}
      onChange=${(kind) => set({ kind })} />
    <${Choice} label=${t("cause")} value=${filter.cause}
      options=${[["", t("any_cause")],
        ...unique(events.map((e) => e.cause ?? "none"))
          .map((cause) => [cause,
            causeWord(cause === "none" ? null : cause)])]}
      onChange=${(cause) => set({ cause })} />
    <${Choice} label=${t("period")} value=${String(filter.period_s ?? "")}
      options=${periods.map(([key, s]) => [String(s ?? ""), t(key)])}
      onChange=${(s) => set({ period_s: s === "" ? null : Number(s) })} />
    <button type="button" class="quiet" onClick=${() => onChange(everything)}>
      ${t("clear")}</button>
  </form>`;
}

function Row({ event, now_us }) {
  return html`<tr>
    <td>${format.when(event.at_us, now_us)}</td>
    <td class="text"><span class="mark ${eventTone(event)}">${
      eventWord(event.event)}</span></td>
    <td class="text">${event.cause ? causeWord(event.cause) : format.none}</td>
    <td class="text wide">${subject(event)}</td>
    <td class="text detail"><span class="narrow-only">${subject(event)} </span>
      ${event.detail} <span class="muted">${quantity(event)}</span></td>
  </tr>`;
}

export function Events({ status, now_us, paused }) {
  const [listed, setListed] = useState([]);
  const [trouble, setTrouble] = useState("");
  const [filter, setFilter] = useState(everything);
  const newest = status.events[0]?.at_us ?? 0;
  useEffect(() => {
    if (paused) return undefined;
    const stop = new AbortController();
    get(`api/events?limit=${limit}`, stop.signal).then(({ events }) => {
      setListed(events);
      setTrouble("");
    }).catch((error) => {
      if (!stop.signal.aborted) setTrouble(error.message);
    });
    return () => stop.abort();
  }, [newest, paused]);

  const events = mergeEvents(listed, status.events, status.restarts);
  const shown = events.filter((event) => passes(event, filter, now_us));
  const reasons = [
    ...Object.entries(status.ledger.rejected_by_reason ?? {}),
    ...Object.entries(status.ledger.doubts ?? {}).map(([name, n]) =>
      [`${causeWord("in_doubt")}: ${name}`, n]),
  ];
  return html`<section class="view card" aria-labelledby="events-title">
    <header class="bar-line"><h2 id="events-title">${t("view_events")}</h2>
      <span class="muted" role="status">${
        t("shown", { n: shown.length, all: events.length })}</span>
      ${reasons.length > 0 && html`<span class="push" />
        <span class="muted">${t("by_reason")}</span>
        ${reasons.map(([reason, n]) => html`<span class="chip" key=${reason}>
          ${reason.replaceAll("_", " ")} <b>${format.count(n)}</b></span>`)}`}
    </header>
    <${Timeline} events=${shown} now_us=${now_us} chosen=${filter.cause}
      onCause=${(cause) => setFilter({ ...filter,
        cause: filter.cause === cause ? "" : cause })} />
    <${Filter} filter=${filter} events=${events} onChange=${setFilter} />
    ${trouble && html`<p class="trouble">${
      t("failed", { reason: troubleWord(trouble) })}</p>`}
    <table class="events">
      <thead><tr><th>${t("time")}</th><th class="text">${t("kind")}</th>
        <th class="text">${t("cause")}</th>
        <th class="text wide">${t("slot")}</th>
        <th class="text">${t("detail")}</th></tr></thead>
      <tbody>${shown.map((event) => html`<${Row} event=${event}
        key=${`${event.at_us} ${event.event} ${event.slot} ${event.actor}`}
        now_us=${now_us} />`)}</tbody>
    </table>
    ${shown.length === 0 && html`<p class="muted">${t("nothing")}</p>`}
  </section>`;
}
