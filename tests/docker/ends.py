"""How a container ends or stands still, and what of it is on disk then."""

from __future__ import annotations

import os
import signal
import time

from case import Skipped, check, until
from engine import seconds_until
from journal import compare, gap_causes, journal_files, read_truth
from place import Place

GRACE_S = 10
"""Of `docker stop`, unless told otherwise."""

PAUSE_S = 8


def kill_then_start(place: Place) -> str:
    """kill -9 under load, start: nothing durable lost, the hole is named."""
    exchange = place.market(rate=3000)
    data = place.volume()
    daemon = place.recorder(data)
    for _ in range(3):
        daemon.persists_more(500)
        time.sleep(place.dice.random() * 0.5)  # the moment of the kill
        daemon.process.kill()
        check(daemon.process.status() == -signal.SIGKILL, "it was killed")
        daemon.process.start()
        # The engine keeps the log of the lives before.
        until(lambda: daemon.log.count("[ledger] final")
              or daemon.ledger().persisted > 0, "it records again")
    daemon.persists_more(500)
    final = daemon.stop()
    exchange.stop()
    place.audit(data)
    place.all_sealed(data)
    compare(data, read_truth(place.truth)).require_whole()
    causes = gap_causes(data)
    check(set(causes) <= {"daemon_down"} and causes,
          f"the holes are daemon_down: {causes}")
    return f"3 kills, {final}, gaps {causes}"


def stop_in_grace(place: Place) -> str:
    """docker stop under full load: exit 0 in the grace, everything sealed."""
    exchange = place.market(rate=0)
    data = place.volume()
    daemon = place.recorder(data)
    daemon.persists(20000)
    begin = time.monotonic()
    status = daemon.process.stop(GRACE_S)
    took = time.monotonic() - begin
    check(status == 0, f"exit 0, not {status}; {daemon.tail()}")
    check(took < GRACE_S, f"within {GRACE_S} s, not {took:.1f}")
    final = daemon.ledger()
    check("[ledger] final" in daemon.log and final.closes()
          and final.in_flight == 0, f"the final ledger closes: {final}")
    exchange.stop()
    place.audit(data)
    place.all_sealed(data)
    return f"{took:.1f} s, {final}"


def signals_of_the_first(place: Place) -> str:
    """As process 1: what stops it does so in order, the rest is nothing."""
    exchange = place.market(rate=500)
    stopping = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
    for number in stopping:
        data = place.volume(f"data-{number.name}")
        daemon = place.recorder(data)
        daemon.persists(50)
        for nothing in (signal.SIGALRM, signal.SIGPIPE, signal.SIGCHLD,
                        signal.SIGTSTP):
            daemon.process.signal(nothing)
        daemon.persists_more(50)
        daemon.process.signal(number)
        status = daemon.process.wait()
        check(status == 0, f"{number.name}: exit 0, not {status}")
        check(f"{number.name}: stopping" in daemon.log,
              f"{number.name} is said; {daemon.tail()}")
        place.audit(data)
        place.all_sealed(data)
    exchange.stop()
    return ", ".join(number.name for number in stopping)


def paused(place: Place) -> str:
    """docker pause accuses nobody: an event, and all of it on disk."""
    exchange = place.market(rate=300)
    data = place.volume()
    daemon = place.recorder(data)
    daemon.persists(200)
    place.engine.do("pause", daemon.process.name)
    time.sleep(PAUSE_S)
    place.engine.do("unpause", daemon.process.name)
    daemon.persists_more(600)
    event = daemon.events("paused")
    check(event, "an event says that it did not run")
    final = daemon.stop()
    exchange.stop()
    place.audit(data)
    found = compare(data, read_truth(place.truth)).require_whole()
    check(found.gaps == 0, f"no gap, not {found.gaps}")
    check(not daemon.events("silent"), "nobody is called silent")
    return f"{PAUSE_S} s, {final}"


def restarts(place: Place) -> str:
    """unless-stopped: it comes back by itself, and closes what was open."""
    if place.engine.name != "docker":
        raise Skipped("podman restarts at once or not at all: docker only")
    exchange = place.market(rate=1000)
    data = place.volume()
    daemon = place.recorder(data, "--restart", "unless-stopped")
    daemon.persists(500)
    # Not by the engine, which would take it for the operator's wish.
    os.kill(daemon.process.pid, signal.SIGKILL)
    back = seconds_until(
        lambda: len(journal_files(data)) > 1
        and journal_files(data)[-1].stat().st_size, "it records again", 60)
    count = place.engine.inspect(daemon.process.name)["RestartCount"]
    check(count == 1, f"the engine restarted it once, not {count} times")
    daemon.persists_more(300)
    daemon.stop()
    exchange.stop()
    place.audit(data)
    compare(data, read_truth(place.truth)).require_whole()
    causes = gap_causes(data)
    check(set(causes) == {"daemon_down"}, f"daemon_down is named: {causes}")
    return f"recording again after {back:.1f} s"


CASES = [kill_then_start, stop_in_grace, signals_of_the_first, paused,
         restarts]
