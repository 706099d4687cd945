// Numbers, sizes, ages and Korean times as text. Null is an en dash everywhere.

import { t } from "./i18n.js";

export const none = "–";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1, maximumFractionDigits: 1,
});

export function known(value) {
  return value !== null && value !== undefined;
}

export function count(value) {
  return known(value) ? grouped.format(value) : none;
}

/** Events per second: a decimal below ten, where it matters. */
export function rate(value) {
  if (!known(value)) return none;
  return value > 0 && value < 10 ? tenths.format(value) : grouped.format(value);
}

/** Digits as on the wire, grouped; never through a double. */
export function digits(text) {
  if (!known(text)) return none;
  const [, sign, whole, rest] = /^([+-]?)(\d+)(.*)$/.exec(text) ?? [];
  if (whole === undefined) return text;
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

export function bytes(value) {
  if (!known(value)) return none;
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    ++unit;
  }
  const text = unit === 0 || size >= 100 ? grouped.format(size)
    : tenths.format(size);
  return `${text} ${units[unit]}`;
}

/** A share in percent, rounded down: 100 % is said only of all. */
export function percent(value, decimals = 3) {
  if (!known(value)) return none;
  const scale = 10 ** decimals;
  const floored = Math.floor(value * 100 * scale + 1e-7) / scale;
  return `${value >= 1 ? "100" : floored.toFixed(decimals)} %`;
}

/** A part of what is expected, which it may exceed: 93 %, 112 %. */
export function share(value) {
  return known(value) ? `${grouped.format(Math.floor(value * 100))} %` : none;
}

/** A duration in microseconds in the unit that suits it. */
export function micros(value) {
  if (!known(value)) return none;
  if (value < 1000) return `${grouped.format(value)} µs`;
  if (value < 10_000) return `${(value / 1000).toFixed(1)} ms`;
  if (value < 1_000_000) return `${grouped.format(value / 1000)} ms`;
  return span(value);
}

export function millis(value) {
  return known(value) ? micros(value * 1000) : none;
}

/** What is known to the second only: < 1 s, 3 s, -12 s. */
export function lag(ms) {
  if (!known(ms)) return none;
  const size = Math.abs(ms);
  if (size < 1000) return t("under_a_second");
  return (ms < 0 ? "-" : "") + span(Math.floor(size / 1000) * 1e6, 0);
}

/** A longer duration in microseconds: 0.4 s, 12 s, 3 min, 2 h 5 min, 4 d. */
export function span(value, decimals = 1) {
  if (!known(value)) return none;
  const s = Math.max(0, value) / 1e6;
  if (s < 10) return t("seconds", { n: s.toFixed(decimals) });
  if (s < 120) return t("seconds", { n: Math.floor(s) });
  const min = Math.floor(s / 60);
  if (min < 60) return t("minutes", { n: min });
  const h = Math.floor(min / 60);
  if (h < 48) return t("hours", { h, min: min % 60 });
  return t("days", { n: Math.floor(h / 24) });
}

// Korea has kept +09:00 without daylight saving since 1988.
const korea_s = 9 * 3600;
const korea_ms = korea_s * 1000;

function korean(us) {
  return new Date(Math.floor(us / 1000) + korea_ms).toISOString();
}

export function clock(us) {
  return known(us) ? korean(us).slice(11, 19) : none;
}

export function clockMillis(us) {
  return known(us) ? korean(us).slice(11, 23) : none;
}

export function day(us) {
  return known(us) ? korean(us).slice(0, 10) : none;
}

/** The whole steps of the Korean clock within, for an axis: in seconds. */
export function clockSteps(from_s, to_s, step_s) {
  const steps = [];
  for (let s = Math.ceil((from_s + korea_s) / step_s) * step_s - korea_s;
    s <= to_s; s += step_s) {
    steps.push(s);
  }
  return steps;
}

/** As texts are compared: a Mac may copy Korean in letters, not syllables. */
export function sought(text) {
  return text.normalize("NFC").toLowerCase();
}

/** The time alone on the day of `now`, else with its date. */
export function when(us, now) {
  if (!known(us)) return none;
  return day(us) === day(now) ? clock(us) : `${day(us).slice(5)} ${clock(us)}`;
}

/** "100001", the exchange's own time of a trade. */
export function executionTime(text) {
  return /^\d{6}$/.test(text ?? "")
    ? `${text.slice(0, 2)}:${text.slice(2, 4)}:${text.slice(4)}`
    : text ?? none;
}
