"""The journal against the exchange's truth, read apart from the daemon.

This is a second reader beside `observer audit`: it knows nothing of manifests
and sequences, only lines, volumes and what the exchange wrote down as sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from case import check


@dataclass
class Comparison:
    """What a journal holds of what was sent, in records."""

    sent: int = 0
    kept: int = 0
    duplicates: int = 0
    torn: int = 0
    lost: int = 0
    """Sent, not in the journal, and no gap says so."""
    in_gaps: int = 0
    """Sent, not in the journal, within a recorded gap."""
    before_first: int = 0
    """Sent before the first line of its symbol: no line before it that a gap
    could begin at."""
    after_last: int = 0
    """Sent after the last line of its symbol: no line follows that could
    carry a gap."""
    gaps: int = 0

    def require_whole(self) -> Comparison:
        """Nothing lost without a gap, nothing twice, nothing torn."""
        check(self.torn == 0, f"no torn line, not {self.torn}")
        check(self.duplicates == 0, f"no record twice, not {self.duplicates}")
        check(self.lost == 0, f"no record lost without a gap, not {self.lost}")
        check(self.kept > 0, "something was recorded")
        return self

    def require_all(self) -> Comparison:
        """Every record that was sent is there."""
        self.require_whole()
        check(self.kept == self.sent and self.gaps == 0,
              f"all {self.sent} sent are kept without a gap, not {self.kept} "
              f"with {self.gaps} gaps")
        return self


def journal_files(data: Path) -> list[Path]:
    """The tick files in the order in which they were written."""
    def order(path: Path) -> tuple[str, int]:
        hour, *part = path.name.removesuffix(".jsonl").split(".")
        return hour, int(part[0]) if part else 0
    return sorted((data / "scalp").glob("*.jsonl"), key=order)


def read_ticks(data: Path) -> tuple[dict[str, list[dict]], int]:
    """Ticks by symbol in order, and the number of torn lines."""
    ticks: dict[str, list[dict]] = {}
    torn = 0
    for path in journal_files(data):
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                tick = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                tick = None
            if tick is None:
                torn += 1
            else:
                ticks.setdefault(tick["symbol"], []).append(tick)
    return ticks, torn


def read_truth(path: Path) -> dict[str, list[int]]:
    """Cumulative volumes by symbol: the name of a record."""
    sent: dict[str, list[int]] = {}
    with path.open("rb") as source:
        for line in source:
            entry = json.loads(line)
            if "record" in entry and not entry.get("bad"):
                sent.setdefault(entry["symbol"], []).append(entry["acml_vol"])
    return sent


def compare(data: Path, sent: dict[str, list[int]]) -> Comparison:
    """Finds each record that was sent in the journal, or in its gaps."""
    ticks, torn = read_ticks(data)
    out = Comparison(sent=sum(map(len, sent.values())), torn=torn)
    for symbol, truth in sent.items():
        lines = ticks.get(symbol, [])
        out.kept += len(lines)
        seen: set[int] = set()
        missing: list[tuple[int, int]] = []
        before: int | None = None
        for tick in lines:
            volume = tick["volume"]["accumulated"]
            out.duplicates += volume in seen
            seen.add(volume)
            gap = tick.get("gap")
            if gap:
                out.gaps += 1
                begin = volume - tick["volume"]["tick"] - gap["missing_shares"]
                if before is not None:
                    check(begin == before, f"the gap of {symbol} at {volume} "
                          f"begins at {before}, not at {begin}")
                missing.append((begin, volume))
            before = volume
        first = lines[0]["volume"]["accumulated"] if lines else None
        for volume in truth:
            if volume in seen:
                continue
            if first is None or before is None or volume > before:
                out.after_last += 1
            elif volume < first:
                out.before_first += 1
            elif any(a < volume < b for a, b in missing):
                out.in_gaps += 1
            else:
                out.lost += 1
    return out


def gap_causes(data: Path) -> dict[str, int]:
    """How many ticks end a gap of each cause."""
    causes: dict[str, int] = {}
    for lines in read_ticks(data)[0].values():
        for tick in lines:
            if "gap" in tick:
                cause = tick["gap"]["cause"]
                causes[cause] = causes.get(cause, 0) + 1
    return causes


def whole_lines(data: Path) -> dict[Path, bytes]:
    """What readers may rely on now: the complete lines of each tick file."""
    out: dict[Path, bytes] = {}
    for path in journal_files(data):
        content = path.read_bytes()
        out[path] = content[:content.rfind(b"\n") + 1]
    return out


def lines_not_kept(before: dict[Path, bytes]) -> int:
    """Lines of a snapshot that the files no longer begin with."""
    gone = 0
    for path, content in before.items():
        now = path.read_bytes() if path.exists() else b""
        if not now.startswith(content):
            kept = set(now.splitlines())
            gone += max(1, sum(line not in kept
                               for line in content.splitlines()))
    return gone
