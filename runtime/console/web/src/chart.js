// Received and persisted per second over the last ten minutes, the hour or the
// day, with the gaps and the losses of the connection in their places.

import uPlot from "uplot";
import { html, useEffect, useRef, useState } from "./preact.js";
import { drawMarks } from "./chart_marks.js";
import * as format from "./format.js";
import { t, term, troubleWord } from "./i18n.js";
import { go } from "./place.js";
import { usePolled } from "./polled.js";

/** By its name in the address: how often it is asked for. */
const ranges = { "10m": 2000, "1h": 10_000, day: 30_000 };
const height_px = 236;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name)
    .trim();
}

// By what was received: what piled up while a writer was away is written in
// one second, and would flatten all the rest.
function top(received) {
  return Math.max(10, 1.4 * Math.max(...received.map((n) => n ?? 0)));
}

function options(width, marks, onCursor) {
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const spline = { points: { show: false }, spanGaps: false };
  return {
    width, height: height_px, padding: [14, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (plot) => [0, top(plot.data[1])] } },
    axes: [
      // Not by the reader's own zone and its daylight saving.
      { ...axis, size: 28, space: 90,
        splits: (_, __, from, to, step) => format.clockSteps(from, to, step),
        values: (_, ticks) => ticks.map((s) => format.clock(s * 1e6)) },
      { ...axis, size: 46, space: 34,
        values: (_, ticks) => ticks.map((v) => format.count(v)) },
    ],
    series: [
      {},
      { ...spline, stroke: colour("--received"), width: 1.5,
        fill: colour("--received-fill") },
      { ...spline, stroke: colour("--persisted"), width: 1.5, dash: [5, 3] },
    ],
    hooks: {
      setCursor: [({ cursor }) => onCursor(cursor.idx)],
      draw: [(plot) => drawMarks(plot, marks(), colour)],
    },
  };
}

/** Times, received and persisted per second, gaps and disconnects a step. */
export function columns(history) {
  const { step_s, end_us, received } = history;
  const end_s = Math.floor(end_us / 1e6);
  const first_s = end_s - (received.length - 1) * step_s;
  const per_s = (counts) => counts.map((n) =>
    (n === null ? null : n / step_s));
  const none = received.map(() => null);
  return {
    data: [received.map((_, i) => first_s + i * step_s), per_s(received),
      per_s(history.persisted)],
    gaps: history.gaps ?? none, disconnects: history.disconnects ?? none,
  };
}

function sum(counts) {
  return counts.reduce((all, n) => all + (n ?? 0), 0);
}

function Ranges({ range, place }) {
  return html`<span class="choice" role="group" aria-label=${t("range")}>
    ${Object.keys(ranges).map((one) => html`<button type="button" key=${one}
      aria-pressed=${one === range} onClick=${() => go({ ...place,
        query: { ...place.query, range: one === "10m" ? "" : one } })}>${
          t(`range_${one}`)}</button>`)}</span>`;
}

export function Chart({ paused, place }) {
  const frame = useRef();
  const plot = useRef(null);
  const marks = useRef({ gaps: [], disconnects: [] });
  const range = place.query.range in ranges ? place.query.range : "10m";
  const { value: history, trouble } = usePolled(`api/history?range=${range}`,
    { every_ms: ranges[range], on: !paused });
  const [at, setAt] = useState(null);
  const all = history ? columns(history) : null;
  if (all) marks.current = all;

  // The plot is made anew when its colours change, and follows its frame.
  const some = all !== null;
  useEffect(() => {
    // Held apart: the reference is gone before this effect is undone.
    const box = frame.current;
    if (!some || !box) return undefined;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const make = () => {
      const data = plot.current?.data ?? marks.current.data;
      plot.current?.destroy();
      plot.current = new uPlot(options(box.clientWidth, () => marks.current,
        setAt), data, box);
    };
    make();
    const follow = new ResizeObserver(() => {
      plot.current?.setSize({ width: box.clientWidth, height: height_px });
    });
    follow.observe(box);
    dark.addEventListener("change", make);
    return () => {
      follow.disconnect();
      dark.removeEventListener("change", make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [some]);

  useEffect(() => {
    if (plot.current && all) plot.current.setData(all.data);
  }, [history]);

  const index = at ?? (all ? all.data[0].length - 1 : 0);
  const value = (column) => format.rate(all?.data[column][index] ?? null);
  // Of the step under the pointer, else of all that is shown.
  const marked = (name) => format.count(!all ? null
    : at === null ? sum(all[name]) : all[name][at]);
  return html`<section class="card chart" aria-labelledby="chart">
    <header>
      <h2 id="chart">${t("flow")}</h2>
      <${Ranges} range=${range} place=${place} />
      <p class="legend">
        <span class="key received">${term("figure", "received")}
          ${" "}<b>${value(1)}</b></span>
        <span class="key persisted">${term("figure", "persisted")}
          ${" "}<b>${value(2)}</b></span>
        <span class="key gap">${term("figure", "gaps")}
          ${" "}<b>${marked("gaps")}</b></span>
        <span class="key cut">${t("cuts")}
          ${" "}<b>${marked("disconnects")}</b></span>
        <span class="muted at">${all ? format.clock(all.data[0][index] * 1e6)
          : format.none}</span>
      </p>
    </header>
    <div class="plot" ref=${frame} role="img" aria-label=${
      t("chart_label", { range: t(`range_${range}`), received: value(1),
        persisted: value(2), gaps: marked("gaps"),
        cuts: marked("disconnects") })} />
    ${trouble && html`<p class="trouble">${
      t("failed", { reason: troubleWord(trouble) })}</p>`}
  </section>`;
}
