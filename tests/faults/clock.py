"""A wall clock that is set by an hour under the daemon."""

from __future__ import annotations

import re
from pathlib import Path

from case import House, Skipped, check
from journal import compare, journal_files, read_truth

HOUR_S = 3600


def faketime_library() -> Path:
    """Its library for threads; the command alone has no changing offset."""
    for folder in Path("/usr/lib").glob("*/faketime"):
        library = folder / "libfaketimeMT.so.1"
        if library.exists():
            return library
    raise Skipped("no libfaketimeMT.so.1 here (Debian package faketime)")


def stepped(house: House, offset_s: int) -> str:
    """Records, steps the clock under the daemon, and records on."""
    library = faketime_library()
    if house.sanitised:
        raise Skipped("AddressSanitizer must be preloaded first")
    setting = house.path("offset")
    setting.write_text("+0\n", "ascii")
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(
        exchange.rest_url, exchange.websocket_url,
        environment={"LD_PRELOAD": str(library),
                     "FAKETIME_TIMESTAMP_FILE": str(setting),
                     "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "FAKETIME_CACHE_DURATION": "1"})
    daemon.persists(1000)
    setting.write_text(f"{offset_s:+d}\n", "ascii")
    words = daemon.says(r"\[connection\] clock_wrong: (the system clock was "
                        r"set .*)")[1]
    said_s = float(re.search(r"set ([-+0-9.]+) s", words)[1])
    check(abs(said_s - offset_s) < 5, f"the step is said: {words}")
    daemon.persists_more(2000)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    check(daemon.events("clock_stepped", "clock_wrong"),
          "the system journal names clock_wrong")
    check("-> lost" not in daemon.log and not daemon.events("disconnected"),
          "the session goes on")
    files = ", ".join(path.name for path in journal_files(daemon.data))
    return f"clock_wrong: {words}; {final}; {files}"


def clock_forward(house: House) -> str:
    """The clock is set forward by an hour: named, nothing lost."""
    return stepped(house, HOUR_S)


def clock_back(house: House) -> str:
    """The clock is set back by an hour: named, nothing lost."""
    return stepped(house, -HOUR_S)


CASES = [clock_forward, clock_back]
LONG = (clock_back,)
