"""What a container has little of: memory, disk, somebody who reads its log."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from case import Skipped, check, until
from journal import compare, read_truth
from place import Place

IN_MEMORY = ("-e", "OBSERVER_DATA_MUST_BE_MOUNTED=false")
"""The small disks of these tests are tmpfs, which the image refuses."""


def memory_limit(place: Place) -> str:
    """A memory limit under full load: it lives in it; where it cannot, the
    engine says OOM, and the next start closes what was open."""
    out = []
    for limit in ("128m", "48m", "16m"):
        exchange = place.market(rate=0)
        data = place.volume(f"data-{limit}")
        daemon = place.recorder(data, "--memory", limit, "--memory-swap", limit)
        until(lambda: daemon.process.status() is not None
              or daemon.ledger().persisted > 50000,
              f"{limit}: it records or is killed; {daemon.tail()}")
        used = 0
        if daemon.process.status() is None:
            used = daemon.process.resident_bytes() >> 20
            daemon.process.stop()
        state = daemon.process.state()
        if daemon.process.status() == 0:
            final = daemon.ledger()
            check(final.closes() and final.shed + final.in_flight == 0,
                  f"{limit}: all of it on disk: {final}")
            out.append(f"{limit}: lives ({used} MiB)")
        else:
            check(limit != "128m", f"128 MiB are enough: {daemon.tail()}")
            # Podman is not told of it where cgroups are of version 1: a kill
            # that is nobody's remains.
            check(state["OOMKilled"] or "memory" in daemon.log
                  or place.engine.name == "podman"
                  and state["ExitCode"] == 128 + signal.SIGKILL,
                  f"{limit}: the engine or the log names memory: {state}, "
                  f"{daemon.tail()}")
            out.append(f"{limit}: OOM, exit {state['ExitCode']}")
            # The operator gives it more.
            daemon = place.recorder(data)
            until(lambda: len(list(data.glob("scalp/*.checkpoint"))) < 2,
                  f"{limit}: the old file is closed")
            daemon.persists(500)
            daemon.stop()
        exchange.stop()
        place.audit(data)
        place.all_sealed(data)
    return "; ".join(out)


def disk_full(place: Place) -> str:
    """The volume fills up: named, held, and written when there is room."""
    exchange = place.market(rate=2000)
    data = place.volume()
    place.mount_tmpfs(data, "2m")
    daemon = place.recorder(data, *IN_MEMORY)
    place.sees_tmpfs(daemon)
    daemon.says(r"disk_full|No space left|no space")
    time.sleep(1)  # it holds what comes
    done = subprocess.run(["mount", "-o", "remount,size=256m", str(data)],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"remount: {done.stderr}")
    daemon.persists_more(3000)
    check(daemon.events("storage"), "an event `storage` tells it")
    final = daemon.stop()
    exchange.stop()
    check(final.shed == 0, f"nothing is given up: {final}")
    place.audit(data)
    compare(data, read_truth(place.truth)).require_all()
    return str(final)


def full_at_start(place: Place) -> str:
    """A volume without room at the start: said, and recorded once there is."""
    exchange = place.market(rate=500)
    data = place.volume()
    place.mount_tmpfs(data, "64k")
    fill = data / "somebody's"
    try:
        fill.write_bytes(b"x" * (64 << 10))
    except OSError:
        pass
    daemon = place.recorder(data, *IN_MEMORY)
    place.sees_tmpfs(daemon)
    # It waits for room, or ends with the reason, as its start decides.
    until(lambda: "space" in daemon.log or "full" in daemon.log,
          f"the full volume is named; {daemon.log[-500:]}")
    subprocess.run(["mount", "-o", "remount,size=64m", str(data)], check=True)
    if daemon.process.status() is not None:
        daemon.process.start()
    daemon.persists_more(300)
    daemon.stop()
    exchange.stop()
    place.audit(data)
    check(fill.exists(), "what is somebody's is left alone")
    return "told at the start, recorded with room"


def log_that_blocks(place: Place) -> str:
    """Nobody reads its log any more: lines are dropped, no record is."""
    exchange = place.market(rate=500)
    data = place.volume()
    daemon = place.recorder(data)
    daemon.persists(100)
    first = daemon.process.pid
    keeper = daemon.process.keeper()
    place.at_end(lambda: Path(f"/proc/{keeper}").exists()
                 and os.kill(keeper, signal.SIGCONT))
    os.kill(keeper, signal.SIGSTOP)
    pipe = os.open(f"/proc/{first}/fd/2", os.O_WRONLY | os.O_NONBLOCK)
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    os.close(pipe)

    def journal_bytes() -> int:
        return sum(path.stat().st_size
                   for path in (data / "scalp").glob("*.jsonl"))
    # Each asks for a line: more than the pipe and the log's queue take.
    for _ in range(8000):
        os.kill(first, signal.SIGUSR2)
        time.sleep(0.0005)  # those that come together are one
    check(Path(f"/proc/{first}/status").read_text().find("zombie") < 0,
          "it lives")
    before = journal_bytes()
    until(lambda: journal_bytes() > before + 50_000, "it records on")
    os.kill(keeper, signal.SIGCONT)
    daemon.persists_more(100)
    dropped = re.search(r"\[log\] \d+ lines .* dropped", daemon.log)
    final = daemon.stop()
    exchange.stop()
    place.audit(data)
    compare(data, read_truth(place.truth)).require_all()
    check(dropped, "what was dropped is said when lines flow again")
    return str(final)


def clock_set(place: Place) -> str:
    """The clock is set by an hour: named, nothing lost."""
    library = next(iter(Path("/usr/lib").glob(
        "*/faketime/libfaketimeMT.so.1")), None)
    if library is None:
        raise Skipped("no libfaketimeMT.so.1 here (Debian package faketime)")
    exchange = place.market(rate=1000)
    data = place.volume()
    setting = place.volume("clock") / "offset"
    setting.write_text("+0\n", "ascii")
    daemon = place.recorder(
        data, "-v", f"{library}:/faketime.so:ro",
        "-v", f"{setting.parent}:/clock:ro", "-e", "LD_PRELOAD=/faketime.so",
        "-e", "FAKETIME_TIMESTAMP_FILE=/clock/offset",
        "-e", "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "-e", "FAKETIME_CACHE_DURATION=1")
    daemon.persists(500)
    setting.write_text("+3600\n", "ascii")
    daemon.says(r"\[connection\] clock_wrong: the system clock was set")
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    place.audit(data)
    compare(data, read_truth(place.truth)).require_all()
    check(daemon.events("clock_stepped") or daemon.events("clock_wrong"),
          "the system journal names it")
    return str(final)


CASES = [memory_limit, disk_full, full_at_start, log_that_blocks, clock_set]
