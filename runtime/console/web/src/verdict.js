// "Is it recording?": the sentence, its cause, and the figures behind it.

import { html } from "./preact.js";
import * as format from "./format.js";
import { causeSentence, causeWord, language, t } from "./i18n.js";
import { Figure } from "./state_mark.js";

const glyphs = { ok: "✓", warn: "!", bad: "✕", idle: "–", unknown: "?" };

/** ok, warn, bad, idle, or unknown when the daemon is not in contact. */
export function verdictTone(status, stale) {
  if (!status || stale) return "unknown";
  const { state, severity } = status.verdict;
  if (state === "market_closed" && severity === "ok") return "idle";
  return severity in glyphs ? severity : "unknown";
}

/** The daemon's own sentence, or in Korean one made of the same facts. */
export function verdictSentence(status) {
  const { verdict, rates, ledger } = status;
  if (language() !== "ko") return verdict.text;
  const rest = ledger.in_flight > 0 && verdict.severity !== "ok"
    ? t("say_unacked", { count: format.count(ledger.in_flight) })
    : t("say_all_on_disk");
  const sentence = t(`say_${verdict.state}`,
    { rate: format.rate(rates.received_per_s), rest });
  const why = verdict.cause && verdict.state !== "market_closed"
    ? ` – ${causeWord(verdict.cause)}` : "";
  return sentence + why;
}

function marketWords({ market, now_us }) {
  if (market.open && market.closes_us) {
    return t("closes", { time: format.when(market.closes_us, now_us) });
  }
  return !market.open && market.opens_us
    ? t("opens", { time: format.when(market.opens_us, now_us) }) : "";
}

/** Without contact it claims nothing: what was last known comes second. */
export function Verdict({ status, stale, heard }) {
  const tone = verdictTone(status, stale);
  const cause = status.verdict.cause;
  return html`<section class="verdict ${tone}" aria-labelledby="verdict">
    <span class="glyph" aria-hidden="true">${glyphs[tone]}</span>
    <div>
      <p class="question">${t("is_recording")}${" "}
        <b>${t(`verdict_${tone}`)}</b></p>
      <h1 id="verdict">${stale ? heard : verdictSentence(status)}</h1>
      <span class="hidden" role="status">${t(`state_${status.verdict.state}`)}
        ${" "}${cause ? causeWord(cause) : ""}</span>
      ${stale ? html`<p class="why muted">${t("last_known",
        { sentence: verdictSentence(status) })}</p>` : html`<p class="why">
        ${cause && html`<span class="chip">${t("cause")}:
          ${" "}<b>${causeWord(cause)}</b></span>
          ${" "}${causeSentence(cause)} `}
        ${status.storage.filter(({ cause: why }) => why)
          .map(({ dataset, text }) => html`<span class="chip">${
            t("storage_trouble", { dataset })}</span> ${text} `)}
        <span class="muted">${marketWords(status)}</span>
      </p>`}
    </div>
  </section>`;
}

export function Figures({ status }) {
  const { rates, ledger, latency } = status;
  const waits = ledger.in_flight > 0;
  const late = (ledger.unacked_age_ms ?? 0) > 2000;
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
    <${Figure} label=${t("latency")} value=${format.micros(latency.ack_p50_us)}
      note=${t("latency_note", { p99: format.micros(latency.ack_p99_us) })} />
    <${Figure} label=${t("gaps")} value=${format.count(ledger.gaps)}
      tone=${ledger.missing_shares > 0 ? "warn" : ""}
      note=${`${format.count(ledger.missing_shares)} ${t("missing_shares")}`} />
  </dl>`;
}

/** received = persisted + rejected + shed + in flight, and whether it holds. */
export function Balance({ part, inFlight }) {
  const { received, persisted, rejected, shed } = part;
  const off = received - persisted - rejected - shed - inFlight;
  const term = (value, key) => html`<span class="term">
    <b>${format.count(value)}</b> ${t(key)}</span>`;
  return html`<p class="balance" aria-label=${t("balance")}>
    ${term(received, "received")}<i>=</i>${term(persisted, "persisted")}
    <i>+</i>${term(rejected, "rejected")}<i>+</i>${term(shed, "shed")}
    <i>+</i>${term(inFlight, "in_flight")}
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
      <dt>${t("exchange_lag")}</dt>
      <dd>${format.millis(status.latency.exchange_lag_ms)}</dd>
    </dl>
  </section>`;
}
