"""A process that gets too few descriptors or threads: it runs, or says why not."""

from __future__ import annotations

import errno
import re
import signal

from case import House, check, need_tool, until
from journal import compare, read_truth
from taken import Faults, recording


def few_descriptors(house: House) -> str:
    """Each limit on descriptors from 3 on: it records, or ends at once with
    exit 1 and the number that is needed."""
    tool = need_tool("prlimit", "util-linux")
    exchange = house.exchange(rate=1500)
    refused, runs = [], 0
    limits = (*range(3, 17), 24, 32, 40, 48, 64) if house.short \
        else range(3, 65)
    for limit in limits:
        data = house.path(f"data-{limit}")
        daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                              data=data, before=(tool, f"--nofile={limit}"))
        until(lambda: daemon.process.status() is not None
              or daemon.ledger().persisted > 0,
              f"with {limit} it records or ends; {daemon.tail()}", 20)
        status = daemon.process.status()
        if status is None:
            runs += 1
            daemon.stop()
            continue
        check(runs == 0, f"{limit} are too few, and fewer were not")
        words = daemon.log.strip()
        if "error while loading shared libraries" in words:
            check(limit < 5, words)  # not ours to say
            continue
        check(status == 1, f"{limit}: exit 1, not {status}: {words}")
        said = re.search(r"may have (\d+) descriptors .*needs (\d+)", words)
        check(said and int(said[1]) == limit, f"{limit}: {words}")
        refused.append(int(said[2]))
    check(runs > 0, "with enough it records")
    check(len(set(refused)) == 1, f"one number is needed: {set(refused)}")
    exchange.stop()
    return f"{refused[0]} are needed, {len(refused)} limits refused"


def no_thread(house: House) -> str:
    """The n-th thread cannot be made: it says so and ends with exit 1, or runs
    and records without it."""
    faults = Faults(house)
    exchange = house.exchange(rate=1500)
    refused = runs = in_row = 0
    for n in range(1, 80):
        data = house.path(f"data-{n}")
        daemon = house.daemon(
            exchange.rest_url, exchange.websocket_url, data=data,
            environment={**faults.environment, "THREADS_FAIL_AT": str(n)})
        until(lambda: daemon.process.status() is not None
              or (data / "scalp").exists() and any((data / "scalp").iterdir()),
              f"without thread {n} it records or ends; {daemon.tail()}", 20)
        status = daemon.process.status()
        if status is None:
            status = daemon.process.stop()
            check(status == 0, f"{n}: stops in order, not {status}")
            runs += 1
            in_row += 1
            if in_row == 3:
                break  # all have been made
            continue
        in_row = 0
        words = daemon.log.strip()
        check(status == 1, f"{n}: exit 1, not {status}: {words}")
        check("cannot make a thread" in words and "ulimit -u" in words,
              f"{n}: {words}")
        refused += 1
    check(refused > 10 and runs > 0, f"{refused} refused, {runs} run")
    exchange.stop()
    return f"{refused} told, {runs} run"


def no_thread_any_more(house: House) -> str:
    """Once it runs no thread can be made any more: a reconnection does not end
    it, nor does a stop."""
    faults = Faults(house)
    exchange, daemon = recording(house, environment=faults.environment)
    faults.set("pthread_create", errno.EAGAIN)
    for _ in range(2):
        exchange.process.signal(signal.SIGSTOP)
        daemon.says("disconnected|silen", 30)
        exchange.process.signal(signal.SIGCONT)
        daemon.persists_more(1000)
    final = daemon.stop()
    faults.clear("pthread_create")
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_whole()
    return str(final)


CASES = [few_descriptors, no_thread, no_thread_any_more]
LONG = (no_thread_any_more,)
