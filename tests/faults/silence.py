"""Peers that say nothing: stopped, half-open, accepting and never answering.

In none of these does the kernel say that a connection has ended.
"""

from __future__ import annotations

import signal
import time

from case import (Daemon, Exchange, House, check, need_root, need_tool,
                  run_tool, until)
from journal import compare, gap_causes, read_truth
from kis_server import Approvals, Proxy, SilentListener


QUICK = ("--transport-silence-ms", "2000", "--connect-timeout-ms", "1000")
"""Silence is noticed after 2 s, and an attempt ends after 1 s."""


def silence_is_named(daemon: Daemon) -> str:
    """The watchdog of the connection names the half-dead one."""
    return daemon.says(
        r"\[connection\] connected_but_silent: (no byte for .*)")[1]


def finish(house: House, daemon: Daemon, exchange: Exchange,
           cause: str = "connected_but_silent", *, patience_s: float = 60.0
           ) -> str:
    """After the fault: goes on by itself, closes, and every hole is a gap."""
    daemon.persists(daemon.ledger().persisted + 1000, patience_s)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    seen = compare(daemon.data, read_truth(exchange.truth)).require_whole()
    causes = gap_causes(daemon.data)
    check(set(causes) <= {cause}, f"every gap names {cause}: {causes}")
    check(daemon.events("disconnected", cause),
          f"the system journal names {cause}")
    return (f"{cause}, {final}; {seen.in_gaps} sent within "
            f"{sum(causes.values())} gaps")


def exchange_stopped(house: House) -> str:
    """SIGSTOP of the exchange: named, retried, resumed after SIGCONT."""
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          *QUICK)
    daemon.persists(1000)
    exchange.process.signal(signal.SIGSTOP)
    silence_is_named(daemon)
    # The kernel still accepts for the stopped process: nothing answers.
    daemon.says(r"(?:no WebSocket within 1000 ms|no answer within)")
    exchange.process.signal(signal.SIGCONT)
    until(lambda: daemon.log.count("[connection] open") >= 2,
          f"it connects anew; {daemon.tail()}")
    return finish(house, daemon, exchange)


def half_open(house: House) -> str:
    """A connection that passes nothing any more, without FIN or reset."""
    exchange = house.exchange(rate=2000)
    proxy = Proxy(exchange.websocket_port)
    house.at_end(proxy.close)
    daemon = house.daemon(exchange.rest_url, f"ws://127.0.0.1:{proxy.port}",
                          *QUICK)
    daemon.persists(1000)
    proxy.freeze()
    silence_is_named(daemon)
    daemon.says("no WebSocket within 1000 ms")
    proxy.thaw()
    until(lambda: daemon.log.count("[connection] open") >= 2,
          f"it connects anew; {daemon.tail()}")
    return finish(house, daemon, exchange)


def packets_dropped(house: House) -> str:
    """A firewall that drops every packet of an open connection."""
    need_root("drops packets with iptables")
    tool = need_tool("iptables", "iptables")
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          *QUICK)
    daemon.persists(1000)
    port = str(exchange.websocket_port)
    rules = [("INPUT", "-i", "lo", "-p", "tcp", side, port, "-j", "DROP")
             for side in ("--sport", "--dport")]

    def drop(action: str, why_skip: str = "") -> None:
        for rule in rules:
            run_tool(tool, "-w", "5", action, *rule, why_skip=why_skip)

    dropping = [True]

    def stop_dropping() -> None:
        if dropping:
            dropping.clear()
            drop("-D")

    drop("-I", "iptables does not work here")
    house.at_end(stop_dropping)
    silence_is_named(daemon)
    stop_dropping()
    # The broker may not know yet that the old session is over: then it is in
    # use for it, and the daemon waits a minute.
    return finish(house, daemon, exchange, patience_s=120.0)


def exchange_half_open(house: House) -> str:
    """An exchange that neither reads nor writes any more, and never closes."""
    exchange = house.exchange("--fault", "half-open:after=2000", rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, *QUICK)
    silence_is_named(daemon)
    until(lambda: daemon.log.count("[connection] open") >= 2,
          f"it connects anew; {daemon.tail()}")
    return finish(house, daemon, exchange)


def stood_still(house: House) -> str:
    """SIGSTOP of the recorder for longer than every watchdog waits: one event
    says so, nothing is called silent, and what waited in the socket is kept."""
    exchange = house.exchange(rate=60)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          "--transport-silence-ms", "3000",
                          "--data-silence-ms", "3000",
                          "--silent-slot-ms", "3000")
    daemon.persists(50)
    daemon.process.signal(signal.SIGSTOP)
    time.sleep(9)  # the fault itself
    daemon.process.signal(signal.SIGCONT)
    words = daemon.says(r"\[connection\] paused: (.*)")[1]
    daemon.persists_more(600)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    wrong = [e["event"] for e in daemon.events()
             if e["event"] in ("silent", "disconnected", "clock_stepped",
                               "gap", "storage")]
    check(not wrong, f"nobody else is blamed: {wrong}")
    check(len(daemon.events("paused")) == 1, "one event says that it stood")
    return f"{words}; {final}"


def websocket_never_answers(house: House) -> str:
    """A WebSocket port that accepts and never answers: named, tried again."""
    keys = Approvals("11111111-2222-3333-4444-555555555555")
    house.at_end(keys.close)
    silent = SilentListener()
    house.at_end(silent.close)
    daemon = house.daemon(keys.url, f"ws://127.0.0.1:{silent.port}",
                          "--connect-timeout-ms", "300")
    until(lambda: daemon.log.count("no WebSocket within 300 ms") >= 3,
          f"three attempts end at their bound; {daemon.tail()}")
    final = daemon.stop()
    check(final.received == 0, f"nothing is received: {final}")
    found = daemon.events("disconnected", "disconnected")
    check(len(found) >= 3 and f":{silent.port}" in found[0]["detail"],
          f"the system journal says where: {found}")
    house.audit(daemon.data)
    return f"disconnected: {found[0]['detail']}"


def rest_never_answers(house: House) -> str:
    """A REST port that accepts and never answers: named rest_down."""
    silent = SilentListener()
    house.at_end(silent.close)
    daemon = house.daemon(f"http://127.0.0.1:{silent.port}", "ws://127.0.0.1:1")
    words = daemon.says(r"\[connection\] rest_down: (.*)")[1]
    check(f":{silent.port}" in words and "no answer within" in words,
          f"place and reason are said: {words}")
    daemon.stop()
    house.audit(daemon.data)
    check(daemon.events("disconnected", "rest_down"),
          "the system journal names rest_down")
    return f"rest_down: {words}"


CASES = [stood_still, exchange_stopped, half_open, packets_dropped,
         exchange_half_open, websocket_never_answers, rest_never_answers]
LONG = (packets_dropped, exchange_half_open, rest_never_answers)
