"""Kill -9 at a random moment under load, restart, audit.

Acknowledged records lost: 0. Torn lines after recovery: 0. Duplicates: 0. What
was in flight is a recorded gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from case import Daemon, Failed, House, check, until
from journal import (compare, gap_causes, journal_files, lines_not_kept,
                     read_truth, whole_lines)
from kis_server import Approvals

RATE = 6000
"""Records a second."""

MOMENT_MAX_S = 1.3
"""The kill comes at most so long after the first line: the daemon says its
ledger each second, so that half of the rounds know an acknowledged count."""

SOON, TORN, AGAIN = 0.2, 0.3, 0.3
"""Shares of rounds: killed at the start, half a line planted as a write that
was cut off leaves it, killed again within recovery."""

CHAIN = 5
"""Rounds that share a folder, so that recovery meets older runs' files."""


@dataclass
class Figures:
    rounds: int = 0
    kills: int = 0
    sent: int = 0
    kept: int = 0
    in_gaps: int = 0
    gaps: int = 0
    before_first: int = 0
    after_last: int = 0
    gaps_daemon_down: int = 0
    torn_planted: int = 0
    torn_quarantined: int = 0
    acknowledged: int = 0
    readable: int = 0
    acknowledged_lost: int = 0
    lines_lost: int = 0
    torn: int = 0
    duplicates: int = 0
    lost_without_gap: int = 0
    round_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = max(self.round_s, default=0.0)
        mean = sum(self.round_s) / max(1, len(self.round_s))
        parts = (
            f"{self.rounds} rounds, {self.kills} kills",
            f"{self.acknowledged_lost} of {self.acknowledged} acknowledged "
            "records lost",
            f"{self.lines_lost} of {self.readable} readable lines lost",
            f"{self.torn} torn lines after recovery ({self.torn_planted} "
            f"planted, {self.torn_quarantined} quarantined)",
            f"{self.duplicates} duplicates",
            f"{self.lost_without_gap} lost without a gap",
            f"{self.sent} sent = {self.kept} kept + {self.in_gaps} in "
            f"{self.gaps} gaps ({self.gaps_daemon_down} daemon_down) + "
            f"{self.before_first} before the first line of a folder + "
            f"{self.after_last} after the last",
            f"{mean:.2f} s a round, {slowest:.2f} s the slowest")
        return ", ".join(parts)


def bytes_of(daemon: Daemon) -> int:
    return sum(path.stat().st_size
               for path in (daemon.data / "scalp").glob("*.jsonl"))


def kill_at_random(house: House, starts: Callable[[], Daemon],
                   figures: Figures, soon: bool) -> None:
    """Starts a daemon and kills it under load (`soon`: perhaps before any)."""
    daemon = starts()
    before = bytes_of(daemon)
    if soon:
        moment = time.monotonic() + house.dice.uniform(0, 0.15)
    else:
        until(lambda: bytes_of(daemon) > before
              or daemon.process.status() is not None,
              f"lines are written; {daemon.tail()}")
        # What no round knows, none can lose.
        if figures.acknowledged == 0:
            until(lambda: daemon.ledger().persisted > 0
                  or daemon.process.status() is not None,
                  f"the ledger counts; {daemon.tail()}")
        moment = time.monotonic() + house.dice.uniform(0, MOMENT_MAX_S)
    check(daemon.process.status() is None, f"it runs; {daemon.tail()}")
    time.sleep(max(0.0, moment - time.monotonic()))  # the random moment itself
    readable = whole_lines(daemon.data)
    daemon.process.kill()
    figures.kills += 1
    figures.readable += sum(c.count(b"\n") for c in readable.values())
    if house.dice.random() < TORN:
        figures.torn_planted += plant_torn_line(house, daemon.data)
    if house.dice.random() < AGAIN:
        again = starts()
        time.sleep(house.dice.uniform(0, 0.06))  # a random moment of recovery
        again.process.kill()
        figures.kills += 1
    # The next start recovers; what could be read before is still there then.
    recovering = starts()
    recovered(recovering, readable, figures)
    # What the daemon called persisted, it had synced: it is there.
    acknowledged = daemon.ledger().persisted
    run = daemon.log.partition(" run ")[2].partition(":")[0]
    own = sum(content.count(f'"session_id":"{run}-s'.encode())
              for content in whole_lines(daemon.data).values())
    figures.acknowledged += acknowledged
    figures.acknowledged_lost += max(0, acknowledged - own)
    recovering.process.kill()
    figures.kills += 1


def plant_torn_line(house: House, data: Path) -> int:
    """Adds the beginning of a line to the file that was being written."""
    for path in journal_files(data)[-1:]:
        content = path.read_bytes()
        if path.with_name(path.name + ".manifest.json").exists() \
                or not content.endswith(b"\n"):
            continue
        line = content.splitlines()[-1]
        with path.open("ab") as sink:
            sink.write(line[:house.dice.randrange(1, len(line))])
        return 1
    return 0


def recovered(daemon: Daemon, readable: dict, figures: Figures) -> None:
    """Once ticks are written anew, the earlier files must begin as before."""
    sizes = sum(len(content) for content in readable.values())
    until(lambda: bytes_of(daemon) > sizes, f"it goes on; {daemon.tail()}")
    figures.lines_lost += lines_not_kept(readable)


def one_chain(house: House, figures: Figures, rounds: int) -> None:
    """Rounds on one folder and one exchange, and their truth at the end."""
    exchange = house.exchange(rate=RATE)
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = house.path("data")

    def starts() -> Daemon:
        return house.daemon(keys.url, exchange.websocket_url)

    for _ in range(rounds):
        begin = time.monotonic()
        kill_at_random(house, starts, figures, soon=house.dice.random() < SOON)
        figures.rounds += 1
        daemon = starts()
        before = bytes_of(daemon)
        until(lambda: bytes_of(daemon) > before, f"it goes on; {daemon.tail()}")
        daemon.stop()
        house.audit(data)
        figures.round_s.append(time.monotonic() - begin)
        if figures.rounds % 10 == 0:
            house.say(f"kill: {figures}")
    exchange.stop()
    seen = compare(data, read_truth(exchange.truth))
    figures.sent += seen.sent
    figures.kept += seen.kept
    figures.in_gaps += seen.in_gaps
    figures.gaps += seen.gaps
    figures.before_first += seen.before_first
    figures.after_last += seen.after_last
    figures.gaps_daemon_down += gap_causes(data).get("daemon_down", 0)
    figures.torn += seen.torn
    # Cut off here only once it lies there: never nowhere, at worst twice.
    figures.torn_quarantined += sum(
        path.read_bytes().count(b'"reason":"torn_line"')
        for path in (data / "quarantine").glob("*.jsonl"))
    figures.duplicates += seen.duplicates
    figures.lost_without_gap += seen.lost


def kill(house: House) -> str:
    """Kill -9 at a random moment under load, restart, audit."""
    figures = Figures()
    while figures.rounds < house.rounds:
        chain = House(house.observer, house.path(f"chain-{figures.rounds}"),
                      house.dice, house.short, house.rounds, house.keep,
                      house.say)
        with chain:
            one_chain(chain, figures, min(CHAIN, house.rounds - figures.rounds))
        house.drop(chain.folder)
    wrong = (figures.acknowledged_lost + figures.lines_lost + figures.torn
             + figures.duplicates + figures.lost_without_gap)
    if wrong or figures.gaps_daemon_down == 0 or figures.acknowledged == 0 \
            or figures.torn_quarantined < figures.torn_planted:
        raise Failed(str(figures))
    return str(figures)


CASES = [kill]
