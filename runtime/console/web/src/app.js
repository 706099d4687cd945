// The page: its frame, its views, and what they share.

import { html, render, useEffect, useRef, useState } from "./preact.js";
import { ActionDialog, ActionMenu, logLevel } from "./actions.js";
import { ActorPanel } from "./actor_panel.js";
import { heldBearer } from "./api.js";
import { Chart } from "./chart.js";
import { EventLine } from "./event_line.js";
import { Events } from "./events.js";
import { folded } from "./fold.js";
import * as format from "./format.js";
import {
  capital, language, onLanguage, setLanguage, t, term, troubleWord,
} from "./i18n.js";
import { Journal } from "./journal.js";
import { currentPlace, go, onPlace, views } from "./place.js";
import { useSeen } from "./polled.js";
import { stateWords, titleWords } from "./say.js";
import { SlotMap, SlotStrip } from "./slots.js";
import { SlotPanel } from "./slot_panel.js";
import { stream } from "./stream.js";
import { TokenForm } from "./token.js";
import { Tree } from "./tree.js";
import {
  Balance, CurrentFile, Figures, Verdict, verdictTone,
} from "./verdict.js";

const stale_after_ms = 4000;
const notice_ms = 8000;
const recent_events = 6;
/** As many of the newest events are in a status. */
const listed_most = 50;

/** The status that came within the page, or null. */
function firstStatus() {
  try {
    return JSON.parse(document.getElementById("first-status").textContent);
  } catch {
    return null;
  }
}

/** The daemon's statuses and how the contact with it is. */
function useDaemon() {
  const [status, setStatus] = useState(firstStatus);
  const [trouble, setTrouble] = useState(null);
  const [round, setRound] = useState(0);
  const seen = useSeen();
  const heard = useRef({ at_ms: status && performance.now(),
    now_us: status?.now_us ?? 0 });
  const [, beat] = useState(0);
  useEffect(() => stream((next) => {
    heard.current = { at_ms: performance.now(), now_us: next.now_us };
    setTrouble(null);
    setStatus(next);
  }, (words, code) => setTrouble({ words, code })), [round]);
  useEffect(() => {
    const timer = setInterval(() => beat((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const { at_ms, now_us } = heard.current;
  const silent_ms = at_ms === null ? 0 : performance.now() - at_ms;
  return {
    status, trouble, hidden: !seen,
    stale: status !== null && (trouble !== null || silent_ms > stale_after_ms),
    // The daemon's clock, going on while nothing comes.
    now_us: now_us + Math.round(silent_ms * 1000),
    heard_us: now_us,
    again: () => {
      setTrouble(null);
      setRound((n) => n + 1);
    },
  };
}

function lostWords({ now_us, heard_us }) {
  return t("lost", { time: format.when(heard_us, now_us),
    age: format.span(now_us - heard_us) });
}

function Contact({ daemon }) {
  const { status, stale, trouble } = daemon;
  if (status && !stale) return null;
  const reason = troubleWord(trouble?.words ?? "silent");
  return html`<p class="contact" role="status">
    <b>${status ? lostWords(daemon) : t("never")}</b>
    ${" "}${(status || trouble) && t("lost_detail", { reason })}</p>`;
}

function Header({ daemon, view, onAct }) {
  const { status, stale } = daemon;
  const tone = verdictTone(status, stale);
  return html`<header class="frame">
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    }}>${t("skip")}</a>
    <p class="brand"><b>${t("title")}</b>
      ${status && html`<span class="mark ${tone}">${
        stale ? t("stale") : stateWords(status)}</span>
        <span class="muted wide">${status.host}</span>`}</p>
    <nav aria-label=${t("views")}>${views.map((name) => html`
      <a key=${name} href=${`#${name}`}
        aria-current=${name === view ? "page" : undefined}>${
          t(`view_${name}`)}</a>`)}</nav>
    <div class="tools">
      ${status && html`<${ActionMenu} run=${status.run_id}
        onAct=${onAct} />`}
      <span class="languages" role="group" aria-label=${t("language")}>
        ${[["ko", "한국어"], ["en", "English"]].map(([code, name]) => html`
          <button type="button" key=${code} lang=${code}
            aria-pressed=${language() === code}
            onClick=${() => setLanguage(code)}>${name}</button>`)}</span>
    </div>
  </header>`;
}

function Recording({ daemon, place, onSlot }) {
  const { status, stale, now_us } = daemon;
  return html`<div class="view">
    <${Verdict} status=${status} stale=${stale}
      heard=${lostWords(daemon)} />
    <${Figures} status=${status} />
    <div class="columns">
      <${Chart} paused=${stale} place=${place} />
      <${CurrentFile} status=${status} />
    </div>
    <section class="card" aria-labelledby="balance">
      <header class="bar-line"><h2 id="balance">${
        capital(term("figure", "balance"))}</h2></header>
      <${Balance} part=${status.ledger} inFlight=${status.ledger.in_flight} />
    </section>
    <section class="card" aria-labelledby="strip">
      <header class="bar-line"><h2 id="strip">${t("view_slots")}</h2>
        <span class="push" /><a href="#slots">${t("open_map")}</a></header>
      <${SlotStrip} status=${status} onOpen=${onSlot} />
    </section>
    <section class="card" aria-labelledby="recent">
      <header class="bar-line"><h2 id="recent">${t("recent_events")}</h2>
        <span class="push" /><a href="#events">${t("all_events")}</a></header>
      ${status.events.length === 0 ? html`<p class="muted">${t("nothing")}</p>`
        : html`<ul class="lines">${folded(status.events, listed_most)
          .slice(0, recent_events).map((event, i) => html`<${EventLine}
            key=${i} event=${event} now_us=${now_us} />`)}</ul>`}
    </section>
  </div>`;
}

function Views({ daemon, place, onAct }) {
  const { status, stale, now_us } = daemon;
  const { view } = place;
  const onSlot = (slot) => go({ ...place, slot, actor: null });
  const onActor = (actor) => go({ ...place, actor, slot: null });
  const close = () => go({ ...place, slot: null, actor: null });
  return html`
    ${view === "recording" && html`<${Recording} daemon=${daemon}
      place=${place} onSlot=${onSlot} />`}
    ${view === "slots" && html`<${SlotMap} status=${status} now_us=${now_us}
      onOpen=${onSlot} onAct=${onAct} />`}
    ${view === "actors" && html`<${Tree} status=${status}
      place=${place} onOpen=${onActor} />`}
    ${view === "journal" && html`<${Journal} status=${status} now_us=${now_us}
      paused=${stale} onAct=${onAct} />`}
    ${view === "events" && html`<${Events} status=${status} now_us=${now_us}
      paused=${stale} place=${place} />`}
    ${place.slot !== null && html`<${SlotPanel} number=${place.slot}
      status=${status} now_us=${now_us} onClose=${close} onAct=${onAct} />`}
    ${place.actor && html`<${ActorPanel} name=${place.actor} status=${status}
      now_us=${now_us} onClose=${close} onAct=${onAct}
      onSlot=${(slot) => go({ view: "slots", slot })} />`}`;
}

function App() {
  const daemon = useDaemon();
  const { status, trouble, stale, hidden } = daemon;
  const [, relabel] = useState("");
  const [place, setPlace] = useState(currentPlace);
  const [wanted, setWanted] = useState(null);
  const [notice, setNotice] = useState("");

  useEffect(() => onLanguage(relabel), []);
  useEffect(() => onPlace(() => setPlace(currentPlace())), []);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(""), notice_ms);
    return () => clearTimeout(timer);
  }, [notice]);
  useEffect(() => {
    // A hidden tab hears nothing: its title is no verdict.
    document.title = !status ? t("title") : `${hidden ? t("paused")
      : stale ? t("stale") : titleWords(status)} – ${t("title")}`;
  });

  if (trouble?.code === 401) {
    return html`<main id="main"><${TokenForm} onToken=${daemon.again}
      refused=${heldBearer() !== ""} /></main>`;
  }
  const onAct = (action, target) => setWanted({ action, target });
  return html`
    <${Header} daemon=${daemon} view=${place.view} onAct=${onAct} />
    <${Contact} daemon=${daemon} />
    <main id="main" tabindex="-1" class=${stale ? "stale" : ""}>
      ${status ? html`<${Views} daemon=${daemon} place=${place}
        onAct=${onAct} />`
        : html`<h1 class="loading muted">${t("loading")}</h1>`}
    </main>
    <p class="notice" role="status">${notice}</p>
    ${status && html`<footer class="muted">
      <span>${t("running", { version: `Observer ${status.version}`,
        age: format.span(daemon.now_us - status.started_us) })}</span>
      <span class="path">${status.run_id}</span>
      <span class="path">${status.data_dir}</span>
      <span>${t("log_now")} <span class="path">${
        logLevel(status)}</span></span>
      <span>${t("korean_time")} ${format.clock(daemon.now_us)}</span>
    </footer>`}
    ${wanted && html`<${ActionDialog} key=${`${wanted.action} ${wanted.target}`}
      wanted=${wanted} status=${status} onClose=${() => setWanted(null)}
      onDone=${(text) => {
        setWanted(null);
        setNotice(text);
      }} />`}`;
}

render(html`<${App} />`, document.getElementById("app"));
