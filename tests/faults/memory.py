"""Memory that runs out, on whichever thread: the n-th `new` of the process fails.

Either the daemon goes on and its ledger closes, or it ends with words; it never
hangs, and the next one finds a sound directory.
"""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

from case import SYMBOLS, Daemon, Exchange, Failed, House, Skipped, check, until
from journal import compare
from kis_server import Broker

RATE = 300
"""Records a second."""

SECONDS = 2
"""Of one life; its stop is within the range of the failures."""

PATIENCE_S = 40.0
"""A life that takes longer hangs: an orderly stop has a deadline of 9 s."""

STRETCHES = (1, 1, 1, 50, 2000)
"""So many fail one after the other."""


def starved(house: House) -> Path:
    """The executable whose `new` can fail."""
    found = house.observer.parent / "tests/observer_starved"
    if not found.is_file():
        raise Skipped(f"no {found}: build the target observer_starved")
    return found


def live(house: House, exchange: Exchange, executable: Path, data: Path,
         wish: str) -> Daemon:
    """A life from its start to its end, whatever that is."""
    usual, house.observer = house.observer, executable
    try:
        daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                              "--seconds", str(SECONDS), data=data,
                              environment={"STARVED_NEW": wish})
    finally:
        house.observer = usual
    try:
        daemon.process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise Failed(f"STARVED_NEW={wish}: it hangs; "
                     f"{daemon.tail()}") from None
    return daemon


def memory_runs_out(house: House) -> str:
    """The n-th new fails: it goes on or ends with words, and nothing corrupts."""
    executable = starved(house)
    rounds = 8 if house.short else 4 * house.rounds
    exchange = house.exchange(rate=RATE)
    whole = live(house, exchange, executable, house.path("whole"), "count")
    said = re.search(r"^starved: (\d+)$", whole.log, re.MULTILINE)
    check(said and whole.process.status() == 0,
          f"it says how many there are; {whole.tail()}")
    total = int(said[1])
    went_on = 0
    for i in range(rounds):
        # Each part of the life is met, each time elsewhere.
        low, high = total * i // rounds, total * (i + 1) // rounds
        wish = (f"{house.dice.randint(low + 1, max(low + 1, high))}:"
                f"{house.dice.choice(STRETCHES)}")
        data = house.path(f"data-{i}")
        daemon = live(house, exchange, executable, data, wish)
        status = daemon.process.status()
        if status == 0:
            went_on += 1
            final = daemon.ledger()
            check(final.closes() and final.in_flight == 0,
                  f"STARVED_NEW={wish}: its last ledger closes: {final}")
        else:
            check(status > 0 or status == -signal.SIGABRT,
                  f"STARVED_NEW={wish}: it ends by itself, not by signal "
                  f"{-status}; {daemon.tail()}")
            check(daemon.process.output.stat().st_size > 0,
                  f"STARVED_NEW={wish}: it says why it ends ({status})")
        after = live(house, exchange, house.observer, data, "")
        check(after.process.status() == 0,
              f"STARVED_NEW={wish}: the next one lives; {after.tail()}")
        house.audit(data)
        house.drop(data)
    return (f"{rounds} lives of {total} allocations each: {went_on} went on, "
            f"{rounds - went_on} ended with words; all directories sound")


def many_sessions(house: House) -> str:
    """Memory does not grow with the sessions that came and went."""
    # What is bounded is full by then: files are sealed at 512 streams.
    settled = 1_000
    sessions = settled + (1_000 if house.short else 9_000)
    broker = Broker()
    house.at_end(broker.close)
    daemon = house.daemon(broker.approvals.url, broker.url,
                          "--reconnect-first-ms", "100")
    seen = {}
    for i in range(1, sessions + 1):
        until(lambda: broker.sessions or daemon.process.status() is not None,
              f"session {i} is opened; {daemon.tail()}")
        session = broker.sessions[-1]
        until(lambda: len(session.registered) == len(SYMBOLS)
              or daemon.process.status() is not None,
              f"session {i} is registered; {daemon.tail()}")
        check(daemon.process.status() is None, daemon.tail())
        for symbol in SYMBOLS:
            session.send(broker.trades(symbol, 2))
        broker.sessions.clear()
        session.socket.shutdown(socket.SHUT_WR)
        if i in (100, settled, sessions) or i % 1_000 == 0:
            seen[i] = daemon.process.resident_bytes() // 1024
    sent = sum(map(len, broker.sent.values()))
    daemon.persists(sent)
    final = daemon.stop()
    house.audit(daemon.data)
    compare(daemon.data, broker.sent).require_all()
    told = ", ".join(f"{kb:,} kB after {i:,}" for i, kb in seen.items())
    grown = max(seen.values()) - seen[settled]
    check(grown <= 1_024, f"grown by {grown} kB since session {settled}: {told}")
    return f"{sessions} sessions, {final}: {told}"


CASES = (memory_runs_out, many_sessions)
LONG = (many_sessions,)
