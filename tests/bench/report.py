"""Medians, ratios, targets: from the results of all rounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

COMMIT_INTERVAL_MS = 25.0
Samples = dict[str, dict[str, list[float]]]
"""Case name to figure to one value a round."""


def quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "min": min(values), "max": max(values)}


def bucket_ms(upper_ms: float) -> float:
    """The daemon's histogram has eight steps to a power of two (in µs), and
    tells a step's upper end."""
    return 2.0 ** (math.floor(math.log2(upper_ms * 1e3)) - 3) / 1e3


def summary(samples: Samples) -> dict[str, dict[str, dict[str, float]]]:
    return {case: {name: spread(values) for name, values in figures.items()}
            for case, figures in samples.items()}


def shown(values: list[float], digits: int = 2) -> str:
    m = spread(values)
    return (f"{m['median']:,.{digits}f} "
            f"({m['min']:,.{digits}f}–{m['max']:,.{digits}f})")


def table(samples: Samples) -> list[str]:
    """A line a case: medians, and in parentheses the least and the most."""
    out = [f"{'case':<26}{'ticks/s':>30}{'user µs':>22}{'system µs':>22}"
           f"{'MiB':>20}"]
    for case, f in samples.items():
        if "ticks_per_s" in f:
            mib = [x / 1024 for x in f["memory_kib"]]
            out.append(f"{case:<26}{shown(f['ticks_per_s'], 0):>30}"
                       f"{shown(f['user_us']):>22}{shown(f['system_us']):>22}"
                       f"{shown(mib, 1):>20}")
    return out


@dataclass
class Target:
    """What is aimed at; `at_least` or at most. What was measured may be too
    high by `coarse`."""
    what: str
    aim: float
    at_least: bool
    values: list[float]
    unit: str = ""
    coarse: float = 0

    @property
    def verdict(self) -> str:
        """`met`, `SHORT`, or `open` where the measure is too coarse to say."""
        m = median(self.values)
        if m >= self.aim if self.at_least else m <= self.aim:
            return "met"
        return "open" if 0 < m - self.aim < self.coarse else "SHORT"

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return (f"{self.verdict:<5}  {self.what:<58}"
                f"{sign} {self.aim:g}{self.unit:<8}"
                f"{shown(self.values)}{self.unit}")


def targets(samples: Samples, syncs: dict[int, list[float]]) -> list[Target]:
    """Those whose cases were measured. Ratios are taken round by round."""
    out: list[Target] = []

    def ratio(what: str, case: str, other: str, figure: str, aim: float,
              at_least: bool) -> None:
        a, b = samples.get(case), samples.get(other)
        if a and b:
            values = [x / y for x, y in zip(a[figure], b[figure]) if y > 0]
            if values:
                out.append(Target(what, aim, at_least, values))

    for loop in ("limit", "limit-ahead"):
        ratio(f"ticks/s against {loop}, 4 a frame", "observer/4", f"{loop}/4",
              "ticks_per_s", 1.5, True)
        for n, aim in ((4, 1.4), (20, 1.4), (1, 1.7)):
            ratio(f"CPU a tick against {loop}, {n} a frame", f"observer/{n}",
                  f"{loop}/{n}", "cpu_us", aim, False)
    ratio("ticks/s against Python", "observer/4", "python/4", "ticks_per_s", 30,
          True)
    ratio("ticks/s against Node", "observer/4", "node/4", "ticks_per_s", 8,
          True)
    ratio("CPU a tick, wss against ws", "observer-wss/4", "observer/4",
          "cpu_us", 1.3, False)
    ratio("ticks/s of 64 sessions against one", "sessions/4", "session/4",
          "ticks_per_s", 0.8, True)
    one, many = samples.get("quiet-session"), samples.get("quiet-sessions")
    if one and many:
        slots = 63 * 41
        out.append(Target("a quiet slot, of 2,624", 8, False,
                          [(b - a) / slots for a, b in
                           zip(one["memory_kib"], many["memory_kib"])],
                          " KiB"))
        out.append(Target("2,624 slots are up in", 2, False,
                          [ms / 1e3 for ms in many["up_ms"]], " s"))
    for rate, times in syncs.items():
        case = samples.get(f"observer@{rate}")
        if case and "ack_p99_ms" in case:
            aim = COMMIT_INTERVAL_MS + quantile(times, 0.99) + 2
            times_ms = case["ack_p99_ms"]
            out.append(Target(f"p99 receive to acknowledged, {rate} ticks/s",
                              round(aim, 1), False, times_ms, " ms",
                              bucket_ms(median(times_ms))))
    if quiet := samples.get("quiet"):
        out.append(Target("41 quiet slots, of a core", 0.5, False,
                          [100 * x for x in quiet["cpu_share"]], " %"))
    ratio("CPU at 5,000 ticks/s against limit", "observer@5000", "limit@5000",
          "cpu_us", 2.2, False)
    ratio("CPU at 5,000 ticks/s against Node", "observer@5000", "node@5000",
          "cpu_us", 1, False)
    if day := samples.get("observer@500"):
        out.append(Target("500 ticks/s, of a core", 3, False,
                          [100 * x for x in day["cpu_share"]], " %"))
    return out
