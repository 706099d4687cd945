"""The broker changes its layout: nothing that is not recorded is called so."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from case import SYMBOLS, Daemon, House, check, until
from journal import gap_causes, journal_files
from kis_server import (KOREA, TRADE, Broker, Session,
                        wait_for_registrations)

SYMBOL = SYMBOLS[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Recorder:
    """A daemon with its HTTP service, registered at our own broker."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.broker = Broker()
        house.at_end(self.broker.close)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.daemon: Daemon = house.daemon(
            self.broker.approvals.url, self.broker.url,
            environment={"SERVICE_PORT": self.url.rsplit(":", 1)[1]})
        self.session: Session = wait_for_registrations(self.broker,
                                                       len(SYMBOLS))

    def ready(self) -> tuple[int, dict]:
        try:
            with urllib.request.urlopen(self.url + "/ready", timeout=5) as got:
                return got.status, json.load(got)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def send(self, at: int | None = None) -> None:
        """One trade; with `at`, a value is put in before that one."""
        header, record = self.broker.trades(SYMBOL, 1).rsplit("|", 1)
        values = record.split("^")
        if at is not None:
            values.insert(at, "4711")
        self.session.send(f"{header}|{'^'.join(values)}")

    def send_until(self, at: int | None, cause: str, within_s: float) -> float:
        """Sends 20 a second until /ready is 503 with this cause."""
        begin = time.monotonic()
        while time.monotonic() - begin < within_s:
            self.send(at)
            time.sleep(0.05)
            status, says = self.ready()
            if status == 503 and says["cause"] == cause:
                return time.monotonic() - begin
        check(False, f"/ready is 503, {cause}, within {within_s} s: "
                     f"{self.ready()}")
        return 0

    def send_well(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.send()
            time.sleep(0.05)

    def console_once(self) -> int:
        return subprocess.run(
            [str(self.house.observer), "console", "--once", self.url],
            capture_output=True, check=False, timeout=30).returncode


def every_record_rejected(house: House) -> str:
    """A value put in behind the symbol: every record is rejected."""
    recorder = Recorder(house)
    recorder.send_well(3)
    until(lambda: recorder.ready()[0] == 200, f"it records: {recorder.ready()}")
    took = recorder.send_until(1, "layout_changed", 12)
    check(recorder.console_once() == 1, "console --once says 1")
    text = recorder.ready()[1]["text"]
    check("bad_time" in text, f"the reason is said: {text}")
    recorder.daemon.says(r"\[ledger\] layout_changed: .*bad_time")
    recorder.send_well(15)
    check(recorder.ready()[0] == 200, f"it records again: {recorder.ready()}")
    final = recorder.daemon.stop()
    check(final.rejected > 0 and final.closes(), f"the ledger closes: {final}")
    house.audit(recorder.daemon.data)
    return f"503 layout_changed after {took:.1f} s; {final}"


def unknown_width_from_the_start(house: House) -> str:
    """48 values, one put in at 36, from the first frame on: it is on disk with
    its raw record, and not called recorded."""
    recorder = Recorder(house)
    took = recorder.send_until(36, "layout_changed", 12)
    check(recorder.daemon.events("width_unknown"), "the width is an event")
    final = recorder.daemon.stop()
    check(final.rejected == 0 and final.closes(), f"nothing is lost: {final}")
    house.audit(recorder.daemon.data)
    lines = [json.loads(line)
             for path in (recorder.daemon.data / "scalp").glob("*.jsonl")
             for line in path.read_text().splitlines()]
    check(len(lines) == final.persisted, "each is a line")
    check(all("width" in line["doubt"] and line["raw"].count("^") == 47
              for line in lines), f"each is marked and kept raw: {lines[0]}")
    check(all(line["bid_ask"]["ask_size"] == 4711 for line in lines),
          "the value that was put in is read as a size, and the mark says so")
    return f"503 layout_changed after {took:.1f} s; {final}"


def day_before(house: House) -> str:
    """A record of the day before, at the subscription and in the middle: the
    exchange's day decides, and there is no gap of minus 14,000,000 shares."""
    recorder = Recorder(house)
    now = datetime.now(KOREA)

    def send(day: datetime, volume: int) -> None:
        record = TRADE.format(SYMBOL, now.strftime("%H%M%S"), 3, volume,
                              volume * 249_500)
        recorder.session.send("0|H0STCNT0|001|" + record.replace(
            "^20261124^", f"^{day:%Y%m%d}^"))

    before = now - timedelta(days=1)
    send(before, 15_000_000)
    send(now, 1_000_003)
    send(now, 1_000_006)
    send(before, 15_000_000)
    send(now, 1_000_009)
    daemon = recorder.daemon
    daemon.persists(5)
    daemon.stop()
    house.audit(daemon.data)
    causes = gap_causes(daemon.data)
    check(not causes and not daemon.events("gap"), f"no gap: {causes}")
    said = sum(f'"business_date":"{before:%Y%m%d}"' in line
               for path in journal_files(daemon.data)
               for line in path.read_text("utf-8").splitlines())
    check(said == 2, f"the two of the day before say so, not {said}")
    return "5 records of two days, no gap"


CASES = [every_record_rejected, unknown_width_from_the_start, day_before]
LONG: tuple = ()
