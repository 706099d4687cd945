// The page: its frame, its views, and what they share.

import { html, render, useEffect, useRef, useState } from "./preact.js";
import { ActionDialog, ActionMenu } from "./actions.js";
import { ActorPanel } from "./actor_panel.js";
import { heldBearer, session } from "./api.js";
import { Chart } from "./chart.js";
import { EventLine } from "./event_line.js";
import { Events } from "./events.js";
import * as format from "./format.js";
import { language, onLanguage, setLanguage, t, troubleWord } from "./i18n.js";
import { Journal } from "./journal.js";
import { SlotMap, SlotStrip } from "./slots.js";
import { SlotPanel } from "./slot_panel.js";
import { stream } from "./stream.js";
import { TokenForm } from "./token.js";
import { Tree } from "./tree.js";
import {
  Balance, CurrentFile, Figures, Verdict, verdictSentence, verdictTone,
} from "./verdict.js";

const views = ["recording", "slots", "actors", "journal", "events"];
const stale_after_ms = 4000;
const notice_ms = 8000;
const recent_events = 6;

function viewOfAddress() {
  const name = location.hash.replace("#", "");
  return views.includes(name) ? name : "recording";
}

/** The daemon's statuses and how the contact with it is. */
function useDaemon() {
  const [status, setStatus] = useState(null);
  const [trouble, setTrouble] = useState(null);
  const [round, setRound] = useState(0);
  const [hidden, setHidden] = useState(document.hidden);
  const heard = useRef({ at_ms: null, now_us: 0 });
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
  useEffect(() => {
    const follow = () => setHidden(document.hidden);
    document.addEventListener("visibilitychange", follow);
    return () => document.removeEventListener("visibilitychange", follow);
  }, []);
  const { at_ms, now_us } = heard.current;
  const silent_ms = at_ms === null ? 0 : performance.now() - at_ms;
  return {
    status, trouble, hidden,
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

function Header({ daemon, view, caps, onAct }) {
  const { status, stale } = daemon;
  const tone = verdictTone(status, stale);
  return html`<header class="frame">
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    }}>${t("skip")}</a>
    <p class="brand"><b>${t("title")}</b>
      ${status && html`<span class="mark ${tone}">${
        stale ? t("stale") : t(`state_${status.verdict.state}`)}</span>
        <span class="muted wide">${status.host}</span>`}</p>
    <nav aria-label=${t("views")}>${views.map((name) => html`
      <a key=${name} href=${`#${name}`}
        aria-current=${name === view ? "page" : undefined}>${
          t(`view_${name}`)}</a>`)}</nav>
    <div class="tools">
      ${caps && status && html`<${ActionMenu} allowed=${caps.actions}
        onAct=${onAct} />`}
      <span class="languages" role="group" aria-label=${t("language")}>
        ${[["ko", "한국어"], ["en", "English"]].map(([code, name]) => html`
          <button type="button" key=${code} lang=${code}
            aria-pressed=${language() === code}
            onClick=${() => setLanguage(code)}>${name}</button>`)}</span>
    </div>
  </header>`;
}

function Recording({ daemon, onSlot }) {
  const { status, stale, now_us } = daemon;
  return html`<div class="view">
    <${Verdict} status=${status} stale=${stale}
      heard=${lostWords(daemon)} />
    <${Figures} status=${status} />
    <div class="columns">
      <${Chart} paused=${stale} />
      <${CurrentFile} status=${status} />
    </div>
    <section class="card" aria-labelledby="balance">
      <header class="bar-line"><h2 id="balance">${t("balance")}</h2></header>
      <${Balance} part=${status.ledger} inFlight=${status.ledger.in_flight} />
    </section>
    <section class="card" aria-labelledby="strip">
      <header class="bar-line"><h2 id="strip">${t("view_slots")}</h2>
        <span class="push" /><a href="#slots">${t("open_map")}</a></header>
      <${SlotStrip} status=${status} now_us=${now_us} onOpen=${onSlot} />
    </section>
    <section class="card" aria-labelledby="recent">
      <header class="bar-line"><h2 id="recent">${t("recent_events")}</h2>
        <span class="push" /><a href="#events">${t("all_events")}</a></header>
      ${status.events.length === 0 ? html`<p class="muted">${t("nothing")}</p>`
        : html`<ul class="lines">${status.events.slice(0, recent_events)
          .map((event, i) => html`<${EventLine} key=${i} event=${event}
            now_us=${now_us} />`)}</ul>`}
    </section>
  </div>`;
}

function Views({ daemon, view, opened, onOpen, onAct }) {
  const { status, stale, now_us } = daemon;
  const onSlot = (slot) => onOpen({ slot });
  const close = () => onOpen(null);
  return html`
    ${view === "recording" && html`<${Recording} daemon=${daemon}
      onSlot=${onSlot} />`}
    ${view === "slots" && html`<${SlotMap} status=${status} now_us=${now_us}
      onOpen=${onSlot} onAct=${onAct} />`}
    ${view === "actors" && html`<${Tree} status=${status}
      onOpen=${(actor) => onOpen({ actor })} />`}
    ${view === "journal" && html`<${Journal} status=${status} now_us=${now_us}
      paused=${stale} onAct=${onAct} />`}
    ${view === "events" && html`<${Events} status=${status} now_us=${now_us}
      paused=${stale} />`}
    ${opened?.slot !== undefined && html`<${SlotPanel} number=${opened.slot}
      status=${status} now_us=${now_us} onClose=${close} onAct=${onAct} />`}
    ${opened?.actor && html`<${ActorPanel} name=${opened.actor} status=${status}
      now_us=${now_us} onClose=${close} onAct=${onAct} onSlot=${onSlot} />`}`;
}

function App() {
  const daemon = useDaemon();
  const { status, trouble, stale, hidden } = daemon;
  const [, relabel] = useState("");
  const [view, setView] = useState(viewOfAddress());
  const [opened, setOpened] = useState(null);
  const [wanted, setWanted] = useState(null);
  const [caps, setCaps] = useState(null);
  const [notice, setNotice] = useState("");

  useEffect(() => onLanguage(relabel), []);
  useEffect(() => {
    const follow = () => {
      setView(viewOfAddress());
      setOpened(null);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  // Once a run: another run has another token and perhaps other rights.
  useEffect(() => {
    if (status) session().then(setCaps).catch(() => setCaps(null));
  }, [status?.run_id]);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(""), notice_ms);
    return () => clearTimeout(timer);
  }, [notice]);
  useEffect(() => {
    // A hidden tab hears nothing: its title is no verdict.
    document.title = !status ? t("title") : `${hidden ? t("paused")
      : stale ? t("stale") : verdictSentence(status)} – ${t("title")}`;
  });

  if (trouble?.code === 401) {
    return html`<main id="main"><${TokenForm} onToken=${daemon.again}
      refused=${heldBearer() !== ""} /></main>`;
  }
  const onAct = (action, target) => setWanted({ action, target });
  return html`
    <${Header} daemon=${daemon} view=${view} caps=${caps} onAct=${onAct} />
    <${Contact} daemon=${daemon} />
    <main id="main" tabindex="-1" class=${stale ? "stale" : ""}>
      ${status ? html`<${Views} daemon=${daemon} view=${view} opened=${opened}
        onOpen=${setOpened} onAct=${onAct} />`
        : html`<p class="muted">${t("loading")}</p>`}
    </main>
    <p class="notice" role="status">${notice}</p>
    ${status && html`<footer class="muted">
      <span>${t("running", { version: `Observer ${status.version}`,
        age: format.span(daemon.now_us - status.started_us) })}</span>
      <span>${status.run_id}</span><span>${status.data_dir}</span>
      <span>${t("log_now", { level: status.log_level })}</span>
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
