"""What it costs in a container: by name alone, for it takes minutes."""

from __future__ import annotations

import os
import time
from pathlib import Path

from case import check
from engine import seconds_until
from place import DATA, FEED, HARDENED, REST, Place

MINUTES = 4
SYMBOLS = ",".join(f"{100000 + n:06d}" for n in range(41))


def cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2]
    used = [int(word) for word in words.split()[11:13]]
    return sum(used) / os.sysconf("SC_CLK_TCK")


def ordinary_hour(place: Place) -> str:
    """500 ticks/s of 41 symbols: start to first tick, memory, CPU, stop."""
    place.market("--symbols", "any", "--wait-symbols", "1", rate=500)
    data = place.volume()
    begin = time.monotonic()
    daemon = place.container(
        "recorder", "--network", place.network(), *HARDENED,
        "-v", f"{data}:{DATA}", "-e", "KIS_APP_KEY=sim-appkey",
        "-e", "KIS_APP_SECRET=sim-appsecret",
        "-e", f"OBSERVER_SYMBOLS={SYMBOLS}", "-e", "TRACK_B_DEBUG=true",
        command=("run", "--base-url", REST, "--websocket-url", FEED))
    seconds_until(lambda: any(path.stat().st_size for path in
                              (data / "scalp").glob("*.jsonl"))
                  if (data / "scalp").exists() else False,
                  "the first tick is on disk", 60)
    first = time.monotonic() - begin
    pid = daemon.pid
    peak = 0
    used, at = cpu_s(pid), time.monotonic()
    while time.monotonic() < at + MINUTES * 60:
        time.sleep(5)
        peak = max(peak, daemon.resident_bytes())
    core = (cpu_s(pid) - used) / (time.monotonic() - at)
    resident = daemon.resident_bytes()
    begin = time.monotonic()
    check(daemon.stop() == 0, "it stops in order")
    stop = time.monotonic() - begin
    place.audit(data)
    return (f"docker run to the first tick on disk {first:.1f} s; after "
            f"{MINUTES} minutes {resident >> 20} MiB resident, {peak >> 20} "
            f"at most, {core:.1%} of a core; stopped in {stop:.1f} s")


CASES = [ordinary_hour]
LONG = (ordinary_hour,)
