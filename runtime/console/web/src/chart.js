// Received and persisted per second over the last ten minutes.

import uPlot from "uplot";
import { html, useEffect, useRef, useState } from "./preact.js";
import { get } from "./api.js";
import * as format from "./format.js";
import { t, troubleWord } from "./i18n.js";

const every_ms = 2000;
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

function options(width, onCursor) {
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const spline = { points: { show: false }, spanGaps: false };
  return {
    width, height: height_px, padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (plot) => [0, top(plot.data[1])] } },
    axes: [
      { ...axis, size: 28, space: 90,
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
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx)] },
  };
}

function columns({ step_s, end_us, received, persisted }) {
  const end_s = Math.floor(end_us / 1e6);
  const first_s = end_s - (received.length - 1) * step_s;
  return [received.map((_, i) => first_s + i * step_s), received, persisted];
}

export function Chart({ paused }) {
  const frame = useRef();
  const plot = useRef(null);
  const [history, setHistory] = useState(null);
  const [trouble, setTrouble] = useState("");
  const [at, setAt] = useState(null);

  useEffect(() => {
    if (paused) return undefined;
    const stop = new AbortController();
    let timer;
    const ask = async () => {
      try {
        if (!document.hidden || !plot.current) {
          setHistory(await get("api/history", stop.signal));
          setTrouble("");
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        setTrouble(error.message);
      }
      if (!stop.signal.aborted) timer = setTimeout(ask, every_ms);
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [paused]);

  // The plot is made anew when its colours change, and follows its frame.
  const some = history !== null;
  useEffect(() => {
    // Held apart: the reference is gone before this effect is undone.
    const box = frame.current;
    if (!some || !box) return undefined;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const make = () => {
      const data = plot.current?.data ?? columns(history);
      plot.current?.destroy();
      plot.current = new uPlot(options(box.clientWidth, setAt), data, box);
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

  const data = some ? columns(history) : null;
  useEffect(() => {
    if (plot.current && data) plot.current.setData(data);
  }, [history]);

  const index = at ?? (data ? data[0].length - 1 : 0);
  const value = (column) => format.rate(data?.[column][index] ?? null);
  return html`<section class="card chart" aria-labelledby="chart">
    <header>
      <h2 id="chart">${t("last_ten")}</h2>
      <p class="legend">
        <span class="key received">${t("received")}
          ${" "}<b>${value(1)}</b></span>
        <span class="key persisted">${t("persisted")}
          ${" "}<b>${value(2)}</b></span>
        <span class="muted at">${data ? format.clock(data[0][index] * 1e6)
          : format.none}</span>
      </p>
    </header>
    <div class="plot" ref=${frame} role="img" aria-label=${
      t("chart_label", { received: value(1), persisted: value(2) })} />
    ${trouble && html`<p class="trouble">${
      t("failed", { reason: troubleWord(trouble) })}</p>`}
  </section>`;
}
