"""What every fault case is made of: a folder, an exchange, a daemon, a verdict.

A case is a function that takes a `House`. It returns figures to print, or
raises `Failed` (the daemon broke a promise) or `Skipped` (this machine lacks
what the case needs). The house starts programs on loopback with free ports and
ends every one of them, whatever happens.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from process import Process

T = TypeVar("T")

SYMBOLS = ("005930", "000660", "035720")
"""Three that every simulated market trades."""

PATIENCE_S = 60.0
"""Bound of every wait: for a broken program, not for a slow machine."""

NOBODY = 65534


class Failed(Exception):
    """A promise was broken; the text says which."""


class Skipped(Exception):
    """This machine cannot run the case; the text says what is missing."""


@dataclass(frozen=True)
class Ledger:
    """A ledger line of the daemon, in records."""

    received: int
    persisted: int
    rejected: int
    shed: int
    in_flight: int

    def closes(self) -> bool:
        done = self.persisted + self.rejected + self.shed
        return self.received == done + self.in_flight

    def __str__(self) -> str:
        text = f"{self.received} received, {self.persisted} persisted"
        for name in ("rejected", "shed", "in_flight"):
            if getattr(self, name):
                text += f", {getattr(self, name)} {name.replace('_', ' ')}"
        return text


LEDGER_LINE = re.compile(
    r"\[ledger\] (?:final )?received=(\d+) persisted=(\d+) rejected=(\d+)"
    r" shed=(\d+) in_flight=(\d+)")


def check(condition: object, promise: str) -> None:
    """`promise` is what had to be true."""
    if not condition:
        raise Failed(promise)


def until(look: Callable[[], T], what: str,
          patience_s: float = PATIENCE_S) -> T:
    """Looks again and again until the answer is true; Failed with `what`."""
    limit = time.monotonic() + patience_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > limit:
            raise Failed(f"waited {patience_s:.0f} s in vain: {what}")
        time.sleep(0.005)  # between two looks


@dataclass
class Exchange:
    """A simulated exchange that runs."""

    process: Process
    rest_url: str
    websocket_url: str
    truth: Path

    @property
    def websocket_port(self) -> int:
        return int(self.websocket_url.rsplit(":", 1)[1])

    @property
    def rest_port(self) -> int:
        return int(self.rest_url.rsplit(":", 1)[1])

    def stop(self) -> None:
        """Orderly: the truth file is complete afterwards."""
        status = self.process.stop()
        check(status == 0, f"the exchange stops in order, not with {status}")


@dataclass
class Daemon:
    """An `observer run`, and where it records."""

    process: Process
    data: Path

    @property
    def log(self) -> str:
        return self.process.text()

    def says(self, pattern: str,
             patience_s: float = PATIENCE_S) -> re.Match[str]:
        """Waits for a log line that matches."""
        def look() -> re.Match[str] | None:
            status = self.process.status()  # before its last words are read
            found = re.search(pattern, self.log)
            if not found and status is not None:
                raise Failed(f"the daemon ended ({status}) without saying "
                             f"/{pattern}/: {self.tail()}")
            return found
        return until(look, f"no log line /{pattern}/; {self.tail()}",
                     patience_s)

    def tail(self) -> str:
        return "the log ends: " + " ~ ".join(self.log.splitlines()[-3:])

    def ledger(self) -> Ledger:
        """The newest ledger line; zeros before the first."""
        found = LEDGER_LINE.findall(self.log)
        if not found:
            return Ledger(0, 0, 0, 0, 0)
        return Ledger(*(int(n) for n in found[-1]))

    def persists(self, records: int, patience_s: float = PATIENCE_S) -> None:
        """Waits until the daemon acknowledges so many records in all."""
        until(lambda: self.ledger().persisted >= records
              or self.process.status() is not None,
              f"{records} persisted; {self.tail()}", patience_s)
        check(self.process.status() is None, f"it runs on; {self.tail()}")

    def persists_more(self, records: int) -> None:
        self.persists(self.ledger().persisted + records)

    def stop(self, status_expected: int = 0) -> Ledger:
        """SIGTERM; the final ledger, which must close."""
        status = self.process.stop()
        check(status == status_expected,
              f"exit status {status_expected} after SIGTERM, not {status}; "
              f"{self.tail()}")
        final = self.ledger()
        check("[ledger] final" in self.log, "a final ledger line is said")
        check(final.closes(), f"the final ledger closes: {final}")
        if status_expected == 0:
            check(final.in_flight == 0, f"nothing stays in flight: {final}")
        return final

    def events(self, event: str = "", cause: str = "") -> list[dict]:
        """Lines of the system journal with that event and that cause."""
        out = []
        for path in sorted((self.data / "system").glob("*.jsonl")):
            for line in path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    continue
                entry = json.loads(line)
                if event in ("", entry.get("event")) \
                        and cause in ("", entry.get("cause")):
                    out.append(entry)
        return out


@dataclass
class House:
    """Where one case lives: its folder, its programs, its chance."""

    observer: Path
    folder: Path
    dice: random.Random
    short: bool
    rounds: int
    keep: bool
    say: Callable[[str], None]
    _undo: list[Callable[[], object]] = field(default_factory=list)
    _number: int = 0

    def __enter__(self) -> House:
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C waits until everything is gone.
        stops = {signal.SIGINT, signal.SIGTERM}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
        try:
            while self._undo:
                self._undo.pop()()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def sanitised(self) -> bool:
        """Built with AddressSanitizer: memory and preloading differ."""
        return b"__asan_init" in self.observer.read_bytes()

    def at_end(self, undo: Callable[[], object]) -> None:
        """Called when the case is over, the last one first."""
        self._undo.append(undo)

    def drop(self, folder: Path) -> None:
        """Removes a folder that is no longer of use, to save the disk."""
        if not self.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self.folder / name

    def _name(self, what: str) -> str:
        self._number += 1
        return f"{what}-{self._number}"

    def spawn(self, arguments: list[str], what: str,
              environment: dict[str, str] | None = None) -> Process:
        """A program whose output goes to a file of the case's folder."""
        started = Process(arguments, self.path(self._name(what)),
                          environment or {})
        self.at_end(started.end)
        return started

    def exchange(self, *options: str, rate: float = 3000) -> Exchange:
        """Starts an exchange; it trades when all SYMBOLS are registered."""
        truth = self.path(self._name("truth.jsonl"))
        process = self.spawn(
            [str(self.observer), "simulate", "--rest-port", "0",
             "--ws-port", "0", "--rate", str(rate), "--burst", "off",
             "--symbols", ",".join(SYMBOLS), "--wait-symbols",
             str(len(SYMBOLS)),
             "--seed", str(self.dice.randrange(1 << 32)), "--truth", str(truth),
             "--quiet", *options], "exchange")
        said = until(lambda: re.search(r"rest (\S+) websocket (\S+)",
                                       process.text()) or process.status(),
                     "the exchange says where it is")
        check(isinstance(said, re.Match),
              f"the exchange starts: {process.text()}")
        return Exchange(process, said[1], said[2], truth)

    def daemon(self, rest_url: str, websocket_url: str, *options: str,
               data: Path | None = None,
               environment: dict[str, str] | None = None,
               before: tuple[str, ...] = ()) -> Daemon:
        """Starts a recorder with short times, which a test can wait for.

        `before` goes before the command, e.g. ("setpriv", …).
        """
        folder = data or self.path("data")
        settings = {"--subscribe-spacing-ms": "10", "--ledger-interval-s": "1",
                    "--reconnect-first-ms": "100", "--reconnect-max-ms": "500",
                    "--transport-silence-ms": "10000",
                    "--symbols": ",".join(SYMBOLS)}
        arguments = [word for name, value in settings.items()
                     if name not in options for word in (name, value)]
        process = self.spawn(
            [*before, str(self.observer), "run", "--base-url", rest_url,
             "--websocket-url", websocket_url, "--data-dir", str(folder),
             "--ignore-hours", *arguments, *options], "daemon",
            {"KIS_APP_KEY": "sim-appkey", "KIS_APP_SECRET": "sim-appsecret",
             "SERVICE_PORT": "0",
             **(environment or {})})
        return Daemon(process, folder)

    def audit(self, data: Path, *, closed: bool = True) -> dict:
        """The report of `observer audit`, which must find the journal sound."""
        options = ["--closed"] if closed else []
        done = subprocess.run(
            [str(self.observer), "audit", "--json", *options, str(data)],
            capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        check(done.returncode in (0, 1), f"audit runs: {done.stderr}")
        report = json.loads(done.stdout)
        check(report["sound"] and done.returncode == 0,
              f"{report['verdict']}: {json.dumps(report['findings'])[:600]}")
        return report


def need_root(why: str) -> None:
    if os.geteuid() != 0:
        raise Skipped(f"needs root: {why}")


def need_tool(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise Skipped(f"no {name} here (Debian package {package})")
    return found


def run_tool(*arguments: str, why_skip: str = "") -> None:
    """Runs a tool; Skipped with `why_skip` if it fails, else Failed."""
    done = subprocess.run(arguments, capture_output=True, text=True,
                          check=False, timeout=PATIENCE_S)
    if done.returncode == 0:
        return
    words = f"{' '.join(arguments)}: {done.stderr.strip()}"
    if why_skip:
        raise Skipped(f"{why_skip}: {words}")
    raise Failed(words)
