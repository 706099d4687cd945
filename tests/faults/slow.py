"""A disk that takes its time, and datasets beside the ticks that it holds up."""

from __future__ import annotations

import signal
import time

from case import House, check, until
from journal import compare, journal_files, read_truth
from taken import Faults, ask, free_port, recording


def slow_syncs(house: House) -> str:
    """Each sync takes 1.5 s: the service answers before the start is over, no
    disk is called hung, and a stop is orderly; what it did not seal, the next
    run does."""
    faults = Faults(house)
    syncs = ("fdatasync", "fsync", "fsync_directory")
    exchange = house.exchange(rate=500)
    for call in syncs:
        faults.set(call, "slow 1500")
    port = free_port()
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, "--port",
                          str(port), environment={**faults.environment,
                                                  "SERVICE_PORT": str(port)})
    begin = time.monotonic()

    def answers() -> bool:
        try:
            return ask(port, "/health")[0] == 200
        except OSError:
            return False
    until(answers, "/health answers", 10)
    health_s = time.monotonic() - begin
    check(" run " not in daemon.log, "the claim of the directory is under way")
    daemon.persists(500)
    time.sleep(8)  # of commits
    check("has not finished" not in daemon.log, f"it is slow: {daemon.tail()}")
    begin = time.monotonic()
    final = daemon.stop()
    stop_s = time.monotonic() - begin
    exchange.stop()
    check(stop_s < 12, f"in time: {stop_s:.1f} s")
    faults.clear(*syncs)
    unsealed = [path for path in journal_files(daemon.data)
                if not path.with_name(path.name + ".manifest.json").exists()]
    for path in unsealed:
        check(path.name in daemon.log, f"{path.name} is named: {daemon.tail()}")
    again = house.daemon("http://127.0.0.1:1", "ws://127.0.0.1:1",
                         data=daemon.data)
    again.says(r"\[observer\] .* run ")
    for path in unsealed:
        until(path.with_name(path.name + ".manifest.json").exists, "sealed", 20)
    again.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    return (f"/health after {health_s:.2f} s, stopped after {stop_s:.1f} s, "
            f"{len(unsealed)} left to seal, {final}")


def ticks_go_first(house: House) -> str:
    """The disk hangs for all files but the ticks': these are written, and a
    stop is exit 0."""
    faults = Faults(house)
    exchange, daemon = recording(house, environment=faults.environment)
    faults.set("fdatasync_beside", "hang")
    exchange.process.signal(signal.SIGSTOP)  # a disconnection: an event
    daemon.says("disconnected|silen", 30)
    exchange.process.signal(signal.SIGCONT)
    daemon.says(r"system_writer\] io_error: the disk has not finished", 30)
    daemon.persists_more(3000)
    begin = time.monotonic()
    final = daemon.stop()
    seconds = time.monotonic() - begin
    faults.clear("fdatasync_beside")
    exchange.stop()
    check(seconds < 13, f"in time: {seconds:.1f} s")
    compare(daemon.data, read_truth(exchange.truth)).require_whole()
    return f"stopped after {seconds:.1f} s, {final}"


CASES = [slow_syncs, ticks_go_first]
LONG = (ticks_go_first,)
