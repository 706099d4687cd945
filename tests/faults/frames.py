"""Frames of odd sizes and in fragments, and a peer that does not read."""

from __future__ import annotations

import json
import time

from case import SYMBOLS, Daemon, House, Ledger, check, until
from journal import compare
from kis_server import (Broker, Session, pingpong, random_pieces,
                        wait_for_registrations)

KIB, MIB = 1 << 10, 1 << 20
SYMBOL = SYMBOLS[0]


def broker_of(house: House) -> Broker:
    broker = Broker()
    house.at_end(broker.close)
    return broker


def recorder(house: House, broker: Broker,
             *options: str) -> tuple[Daemon, Session]:
    """A daemon that has registered everything at our own broker."""
    daemon = house.daemon(broker.approvals.url, broker.url, *options)
    session = wait_for_registrations(broker, len(SYMBOLS))
    until(lambda: daemon.log.count("-> live") >= len(SYMBOLS),
          f"every registration is on; {daemon.tail()}")
    return daemon, session


def frame_of(broker: Broker, size_min: int) -> str:
    """A frame of at least so many bytes, in records as the broker counts them:
    at most 9999, which then grow by a long last value."""
    bare = broker.trades("probe", 1)
    del broker.sent["probe"]
    width = len(bare.rsplit("|", 1)[1]) + 1
    count = min(9999, size_min // width + 1)
    extra = max(0, size_min // count + 1 - width)
    digits = 3 if count < 1000 else 4
    return broker.trades(SYMBOL, count, digits=digits,
                         extra="^" + "x" * extra if extra else "")


def finish_whole(house: House, broker: Broker, daemon: Daemon) -> Ledger:
    """All that was sent is there; the ledger and the audit say so."""
    sent = sum(map(len, broker.sent.values()))
    daemon.persists(sent)
    final = daemon.stop()
    house.audit(daemon.data)
    compare(daemon.data, broker.sent).require_all()
    check(final.received == final.persisted == sent, f"{sent} sent, {final}")
    return final


def large_frames(house: House) -> str:
    """Frames of 64 KiB to 15 MiB: every record is on disk."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    sizes = []
    for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 15 * MIB):
        text = frame_of(broker, size)
        sizes.append(len(text))
        session.send(text)
        session.send(broker.trades(SYMBOL, 1))
    final = finish_whole(house, broker, daemon)
    return f"frames of {min(sizes)} to {max(sizes)} bytes, {final}"


def large_frame_miscounted(house: House) -> str:
    """A 15 MiB frame whose count has five digits: rejected by name, kept raw,
    and what follows is recorded."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    session.send(broker.trades(SYMBOL, 1))
    before = list(broker.sent[SYMBOL])
    record = len(broker.trades(SYMBOL, 1)) - len("0|H0STCNT0|001|") + 1
    text = broker.trades(SYMBOL, 15 * MIB // record, digits=5)
    broker.sent[SYMBOL] = before + [broker.sent[SYMBOL][-1]]
    session.send(text)
    last = broker.trades(SYMBOL, 1)
    session.send(last)
    broker.sent[SYMBOL] = before + broker.sent[SYMBOL][-1:]
    daemon.persists(2)
    until(lambda: daemon.ledger().rejected >= 1, "the frame is rejected")
    final = daemon.stop()
    house.audit(daemon.data)
    compare(daemon.data, broker.sent).require_whole()
    raw = [json.loads(line) for path in
           (daemon.data / "quarantine").glob("*.jsonl")
           for line in path.read_bytes().splitlines()]
    reasons = {entry.get("reason") for entry in raw}
    check(reasons == {"bad_count"}, f"the reason is bad_count, not {reasons}")
    return f"bad_count for {len(text)} bytes, {final}"


def frame_over_the_bound(house: House) -> str:
    """A message above feed.message_bytes_max: named, a new session, a gap."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker, "--message-bytes-max", "100000")
    session.send(broker.trades(SYMBOL, 100))
    daemon.persists(100)
    lost = broker.trades(SYMBOL, 900)
    session.send(lost)
    words = daemon.says(r"\[connection\] disconnected: (.*)")[1]
    check("a message of more than 100000 bytes (feed.message_bytes_max)"
          in words, f"limit and setting are said: {words}")
    again = wait_for_second(broker, daemon)
    again.send(broker.trades(SYMBOL, 100))
    daemon.persists(200)
    final = daemon.stop()
    report = house.audit(daemon.data)
    seen = compare(daemon.data, broker.sent).require_whole()
    check(seen.in_gaps == 900, f"the gap holds the 900, not {seen.in_gaps}")
    gaps = [entry["cause"] for entry in report["by_cause"] if entry["gaps"]]
    check(gaps == ["disconnected"],
          f"the gap names disconnected: {report['by_cause']}")
    return f"disconnected: {words}; {final}, 900 in a gap"


def fragments(house: House) -> str:
    """Messages in 2 to 500 fragments, single bytes and PINGs between them."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    count = 20 if house.short else 200
    for k in range(count):
        text = broker.trades(SYMBOLS[k % len(SYMBOLS)],
                             house.dice.choice([1, 20, 300]))
        pieces = random_pieces(house.dice.randrange(1, 1 << 30), len(text),
                               house.dice.choice([2, 7, 60, 500]))
        session.send(text, pieces=pieces, ping_between=k % 2 == 0)
        if k % 5 == 0:
            session.send(pingpong(), pieces=[1, 2, 3])
    large = frame_of(broker, 15 * MIB)
    session.send(large, pieces=[64 * KIB] * (len(large) // (64 * KIB)),
                 ping_between=True)
    final = finish_whole(house, broker, daemon)
    check(final.rejected == 0, f"nothing is rejected: {final}")
    return (f"{count} messages in fragments and one of {len(large)} bytes, "
            f"{final}")


def one_byte_at_a_time(house: House) -> str:
    """A frame that arrives byte by byte is a frame."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    payload = broker.trades(SYMBOL, 3).encode()
    wire = session.frame(1, True, payload)
    for k in range(len(wire)):
        session.socket.sendall(wire[k:k + 1])
    return str(finish_whole(house, broker, daemon))


def slow_reader(house: House) -> str:
    """A broker that sends PINGPONG and reads no answer: what waits for it is
    bounded, then the session is given up by name."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    session.may_read.clear()
    before = daemon.process.resident_bytes()
    sent = 0
    while not session.ended.is_set() and len(broker.sessions) == 1:
        try:
            for _ in range(100):
                session.send(pingpong())
            session.send(broker.trades(SYMBOL, 1))
        except OSError:
            break
        sent += 100
        check(sent < 1_000_000, f"it gives up; {daemon.tail()}")
    words = daemon.says(r"\[connection\] disconnected: (.*)")[1]
    check("the other side does not read" in words, f"the reason: {words}")
    again = wait_for_second(broker, daemon)
    again.send(broker.trades(SYMBOL, 100))
    daemon.persists(100)
    until(lambda: daemon.ledger().in_flight == 0, "all is on disk")
    grown = daemon.process.resident_bytes() - before
    check(grown < 32 * MIB or house.sanitised,
          f"memory is bounded, not {grown >> 20} MiB more")
    final = daemon.stop()
    house.audit(daemon.data)
    compare(daemon.data, broker.sent).require_whole()
    return (f"disconnected: {words}; {sent} PINGPONG sent, "
            f"{grown >> 10} KiB more memory, {final}")


def wait_for_second(broker: Broker, daemon: Daemon) -> Session:
    """The next session, once everything is registered anew."""
    until(lambda: len(broker.sessions) == 2, "it connects anew")
    again = wait_for_registrations(broker, len(SYMBOLS))
    until(lambda: daemon.log.count("-> live") >= 2 * len(SYMBOLS),
          "every registration is on again")
    return again


def slow_writer(house: House) -> str:
    """A broker that pauses within a frame: a pause is not an end."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    wire = session.frame(1, True, broker.trades(SYMBOL, 50).encode())
    half = len(wire) // 2
    session.socket.sendall(wire[:half])
    pause_over = time.monotonic() + 1.0
    until(lambda: time.monotonic() > pause_over, "the pause is over")
    check(daemon.ledger().received == 0, "half a frame is no record")
    session.socket.sendall(wire[half:])
    return str(finish_whole(house, broker, daemon))


def long_records(house: House) -> str:
    """Records of 2 to 7 MiB that are none: what is logged, kept and shown of
    them is short, and recording goes on beside them."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker, "--log-level", "trace")
    session.send(broker.trades(SYMBOL, 10))
    names = '"appsecret":"' * 1000
    sizes = (2 * MIB, 6 * MIB, 7 * MIB)
    for size in sizes:
        session.send(f"0|H0STCNT0|001|{SYMBOL}^090000^{names}" + "x" * size)
        session.send("0|" + "T" * size + "|001|x")
        session.send("\x1b[2J" * (size // 4))
        session.send(broker.trades(SYMBOL, 10))
    daemon.persists(10 * (1 + len(sizes)))
    final = daemon.stop()
    check(final.rejected == 3 * len(sizes), f"each is rejected: {final}")
    house.audit(daemon.data)
    compare(daemon.data, broker.sent).require_whole()
    longest = max(map(len, daemon.process.output.read_bytes().splitlines()))
    check(longest < 32 * KIB, f"a log line has {longest} bytes")
    for folder, bound in (("system", 16 * KIB), ("quarantine", MIB)):
        for path in (daemon.data / folder).glob("*.jsonl"):
            longest = max(map(len, path.read_bytes().splitlines()))
            check(longest < bound, f"a line of {folder} has {longest} bytes")
    return str(final)


def flood_of_nothing(house: House) -> str:
    """Empty messages by the hundred thousand: counted, thinned, told."""
    broker = broker_of(house)
    daemon, session = recorder(house, broker)
    session.send(broker.trades(SYMBOL, 10))
    count = 100_000 if house.short else 600_000
    session.socket.sendall(session.frame(1, True, b"") * count)
    session.send(broker.trades(SYMBOL, 10))
    until(lambda: daemon.ledger().persisted >= 20
          and daemon.ledger().rejected >= count, "all is counted")
    final = daemon.stop()
    check(final.rejected == count, f"each is counted: {final}")
    house.audit(daemon.data)
    paths = list((daemon.data / "quarantine").glob("*.jsonl"))
    size = sum(path.stat().st_size for path in paths)
    check(size < MIB, f"the quarantine has {size} bytes")
    told = sum(json.loads(line)["records"] for path in paths
               for line in path.read_bytes().splitlines())
    check(told == count, f"the quarantine tells of {told}, not of {count}")
    check(len(daemon.events("quarantine")) == 1, "it is said once")
    return f"{count} empty messages, {size} bytes of quarantine, {final}"


CASES = [long_records, flood_of_nothing, large_frames, large_frame_miscounted, frame_over_the_bound, fragments,
         one_byte_at_a_time, slow_reader, slow_writer]
LONG = (large_frame_miscounted, one_byte_at_a_time, slow_writer)
