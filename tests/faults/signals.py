"""Signals while it records: each stops in order, asks for something, or is
nothing to it; none ends it unsealed."""

from __future__ import annotations

import signal

from case import Daemon, Exchange, House, check, until
from taken import Faults

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT,
            signal.SIGPWR, signal.SIGXCPU)
ASKING = (signal.SIGUSR1, signal.SIGUSR2)
NOTHING = (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO,
           signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTSTP, signal.SIGTTIN,
           signal.SIGTTOU, signal.SIGTRAP, signal.SIGSYS, signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH,
           signal.SIGRTMIN, signal.SIGRTMAX)


def recording(house: House, name: str) -> tuple[Exchange, Daemon]:
    exchange = house.exchange(rate=500)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=house.path(name))
    daemon.persists(100)
    return exchange, daemon


def proves(house: House, daemon: Daemon, name: str) -> None:
    final = daemon.ledger()
    check("[ledger] final" in daemon.log, f"{name}: a final ledger line")
    check(final.closes() and final.in_flight == 0,
          f"{name}: the ledger closes: {final}")
    house.audit(daemon.data)


def stopping_signals(house: House) -> str:
    """TERM, INT, HUP, QUIT, PWR and XCPU: an orderly stop, exit 0, sealed."""
    for number in STOPPING:
        exchange, daemon = recording(house, number.name)
        daemon.process.signal(number)
        # More of the same while it stops changes nothing.
        for again in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            daemon.process.signal(again)
        status = daemon.process.wait()
        check(status == 0, f"{number.name}: exit 0, not {status}; "
              f"{daemon.tail()}")
        check(f"{number.name}: stopping" in daemon.log
              or "SIGTERM: stopping" in daemon.log
              or "SIGHUP: stopping" in daemon.log
              or "SIGINT: stopping" in daemon.log,
              f"{number.name} is said; {daemon.tail()}")
        proves(house, daemon, number.name)
        exchange.process.kill()
    return ", ".join(number.name for number in STOPPING)


def other_signals(house: House) -> str:
    """Every other signal: recording goes on, and USR1 and USR2 do their work."""
    exchange, daemon = recording(house, "data")
    for number in NOTHING:
        daemon.process.signal(number)
        daemon.persists_more(1)
    daemon.process.signal(signal.SIGUSR2)
    daemon.says(r"\[ledger\] SIGUSR2: received=")
    daemon.process.signal(signal.SIGUSR1)
    daemon.says(r"SIGUSR1: the log's level is debug")
    daemon.process.signal(signal.SIGUSR1)
    daemon.says(r"SIGUSR1: the log's level is info")
    daemon.persists_more(100)
    final = daemon.stop()
    house.audit(daemon.data)
    exchange.process.kill()
    return f"{len(NOTHING)} ignored, {final}"


def nohup(house: House) -> str:
    """What nohup starts outlives its terminal."""
    exchange = house.exchange(rate=500)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          before=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
    daemon.persists(100)
    daemon.process.signal(signal.SIGHUP)
    daemon.persists_more(200)
    check(until(lambda: daemon.process.status() is None, "it runs"), "it runs")
    final = daemon.stop()
    house.audit(daemon.data)
    exchange.process.kill()
    return str(final)


def at_once(house: House) -> str:
    """A signal at the program's first statements: a stop in order, or nothing;
    it ends what is no recorder."""
    faults = Faults(house)
    exchange = house.exchange()
    for number in (*STOPPING, signal.SIGALRM, signal.SIGTRAP):
        faults.set("signal", int(number))
        daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                              data=house.path(f"at-once-{number.name}"),
                              environment=faults.environment)
        if number in STOPPING:
            status = daemon.process.wait()
            check(status == 0, f"{number.name}: exit 0, not {status}; "
                  f"{daemon.tail()}")
            check(f"{number.name}: stopping" in daemon.log,
                  f"{number.name} is said; {daemon.tail()}")
        else:
            daemon.persists(100)
            daemon.stop()
        house.audit(daemon.data)
    faults.set("signal", int(signal.SIGTERM))
    other = house.spawn([str(house.observer), "config"], "config",
                        faults.environment)
    check(other.wait() == -signal.SIGTERM, "SIGTERM ends `config`")
    exchange.process.kill()
    return ", ".join(number.name for number in STOPPING)


CASES = [stopping_signals, other_signals, nohup, at_once]
