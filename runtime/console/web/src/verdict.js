// "Is it recording?": the sentence, its cause, and the figures behind it.

import { html } from "./preact.js";
import * as format from "./format.js";
import {
  capital, causeSentence, causeWord, language, t, term, word,
} from "./i18n.js";
import { Original } from "./original.js";
import { hashOf } from "./place.js";
import {
  missingWords, plainText, stateWords, titleWords, verdictSentences,
} from "./say.js";
import { Figure } from "./state_mark.js";

const glyphs = { ok: "✓", warn: "!", bad: "✕", idle: "–", unknown: "?" };

/** ok, warn, bad, idle, or unknown when the daemon is not in contact. */
export function verdictTone(status, stale) {
  if (!status || stale) return "unknown";
  const { state, severity } = status.verdict;
  if (state === "market_closed" && severity === "ok") return "idle";
  return severity in glyphs ? severity : "unknown";
}

function marketWords({ market, now_us, verdict }) {
  // Said among the items already.
  if (verdict.items?.some(({ kind }) => kind === "opens")) return "";
  if (market.open && market.closes_us) {
    return t("closes", { time: format.when(market.closes_us, now_us) });
  }
  return !market.open && market.opens_us
    ? t("opens", { time: format.when(market.opens_us, now_us) }) : "";
}

/** The answer to "Is it recording?"; Korean has the question in it. */
function answer(status, tone) {
  if (language() !== "ko") return t(`verdict_${tone}`);
  return tone === "unknown" ? t("stale") : stateWords(status);
}

function Pieces({ pieces }) {
  return pieces.map((piece) => (piece.original
    ? html`<${Original} text=${piece.original} />` : piece));
}

/** Without contact it claims nothing: what was last known comes second. */
export function Verdict({ status, stale, heard }) {
  const tone = verdictTone(status, stale);
  const { cause, state } = status.verdict;
  // That it is closed is the state, and no trouble.
  const closed = state === "market_closed";
  const [headline, more] = verdictSentences(status);
  return html`<section class="verdict ${tone}" aria-labelledby="verdict">
    <span class="glyph" aria-hidden="true">${glyphs[tone]}</span>
    <div>
      <p class="question">${t("is_recording")}${" "}
        <b>${answer(status, tone)}</b></p>
      <h1 id="verdict">${stale ? heard
        : html`<${Pieces} pieces=${headline} />`}</h1>
      <span class="hidden" role="status">${
        stale ? "" : titleWords(status)}</span>
      ${stale ? html`<p class="why muted">${t("last_known",
        { sentence: `${stateWords(status)} – ${plainText(headline)}` })}</p>`
      : html`
      ${more.map((pieces, i) => html`<p class="why" key=${i}><${Pieces}
        pieces=${pieces} /></p>`)}
      <p class="why">
        ${cause && !closed && html`<span class="chip">${t("cause")}:
          ${" "}<b>${causeWord(cause)}</b></span>
          ${" "}${causeSentence(cause)} `}
        ${status.storage.filter(({ cause: why }) => why)
          .map(({ dataset, text }) => html`<span class="chip">${
            t("storage_trouble", { dataset })}</span>
            ${" "}<${Original} text=${text} /> `)}
        <span class="muted">${marketWords(status)}</span>
      </p>`}
    </div>
  </section>`;
}

/** Where the events of what was rejected are, of one symbol or of all. */
function rejectedPlace(text = "") {
  return hashOf({ view: "events", query: { kind: "rejected", text } });
}

function topReason({ rejected_by_reason = {} }) {
  const [first] = Object.entries(rejected_by_reason)
    .sort(([, a], [, b]) => b - a);
  return first ? word("reject", first[0]) : "";
}

export function Figures({ status }) {
  const { rates, ledger, latency } = status;
  const waits = ledger.in_flight > 0;
  const late = (ledger.unacked_age_ms ?? 0) > 2000;
  const gaps = ledger.missing?.reduce((sum, one) => sum + one.gaps, 0)
    ?? ledger.gaps;
  return html`<dl class="figures">
    <${Figure} label=${t("received_ps")}
      value=${format.rate(rates.received_per_s)}
      note=${t("over_s", { n: rates.over_s })} />
    <${Figure} label=${t("persisted_ps")}
      value=${format.rate(rates.persisted_per_s)}
      note=${t("over_s", { n: rates.over_s })} />
    <${Figure} label=${t("ratio")} value=${format.percent(ledger.ratio)}
      note=${t("ratio_note")} />
    <${Figure} label=${t("unacked")} value=${format.count(ledger.in_flight)}
      tone=${late ? "bad" : ""}
      note=${waits ? t("unacked_note", {
        age: format.millis(ledger.unacked_age_ms),
        bytes: format.bytes(ledger.unacked_bytes),
      }) : t("unacked_none")} />
    <${Figure} label=${t("rejected")} value=${format.count(ledger.rejected)}
      tone=${ledger.rejected > 0 ? "warn" : ""}
      note=${ledger.rejected > 0 ? html`${topReason(ledger)}${" "}
        <a href=${rejectedPlace()}>${t("see_raw")}</a>` : t("none_rejected")} />
    <${Figure} label=${t("latency")} value=${format.micros(latency.ack_p50_us)}
      note=${t("latency_note", { p99: format.micros(latency.ack_p99_us) })} />
    <${Figure} label=${t("gaps")} value=${format.count(gaps)}
      tone=${gaps > 0 ? "warn" : ""}
      note=${ledger.missing ? missingWords(ledger.missing).join(" · ")
        : t("missing_note", { n: format.count(ledger.missing_shares) })} />
  </dl>`;
}

/** received = persisted + rejected + shed + in flight, and whether it holds. */
export function Balance({ part, inFlight, text }) {
  const { received, persisted, rejected, shed } = part;
  const off = received - persisted - rejected - shed - inFlight;
  const count = (value, key) => html`<span class="term">
    <b>${format.count(value)}</b> ${term("figure", key)}</span>`;
  return html`<p class="balance">
    ${count(received, "received")}<i>=</i>${count(persisted, "persisted")}
    <i>+</i>${rejected > 0 ? html`<a class="warn" href=${rejectedPlace(text)}>
      ${count(rejected, "rejected")}</a>` : count(rejected, "rejected")}
    <i>+</i>${count(shed, "shed")}
    <i>+</i>${count(inFlight, "in_flight")}
    <span class="mark ${off === 0 ? "ok" : "bad"}">${off === 0 ? t("balanced")
      : t("unbalanced", { n: format.count(off) })}</span>
  </p>`;
}

/** The share of what earlier days lead to expect, as words and a bar. */
export function Expectation({ file }) {
  const share = file.expected_bytes > 0 ? file.bytes / file.expected_bytes
    : null;
  if (share === null) return html`<small>${t("no_expectation")}</small>`;
  const words = t(file.state === "open" ? "of_expected" : "of_expected_all", {
    share: format.share(share),
    bytes: format.bytes(file.expected_bytes),
  });
  const tone = share < 0.5 ? "bad" : share < 0.8 ? "warn" : "ok";
  const width = `${Math.min(share, 1) * 100}%`;
  return html`<span class="bar ${tone}"><span style=${{ width }} /></span>
    <small>${words}</small>`;
}

export function CurrentFile({ status }) {
  const file = status.files.find(({ dataset, state }) =>
    dataset === "scalp" && state === "open");
  return html`<section class="card" aria-labelledby="current-file">
    <h2 id="current-file">${t("current_file")}</h2>
    ${file ? html`
      <p class="path">${file.file}</p>
      <p class="big">${format.bytes(file.bytes)}
        <small> · ${
          t("n_lines", { n: format.count(file.lines) })}</small></p>
      <${Expectation} file=${file} />`
    : html`<p class="muted">${t("no_file")}</p>`}
    <dl class="pairs">
      <dt>${t("fsync")}</dt>
      <dd>${format.micros(status.latency.fsync_p50_us)}${" "}
        · p99 ${format.micros(status.latency.fsync_p99_us)}</dd>
      <dt>${t("disk_free")}</dt><dd>${format.bytes(status.disk.free_bytes)}</dd>
      <dt>${capital(term("figure", "exchange_lag"))}</dt>
      <dd>${format.lag(status.latency.exchange_lag_ms)}</dd>
    </dl>
  </section>`;
}
