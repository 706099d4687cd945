"""Names and their servers: addresses of which the first is a black hole, name
servers that are late, silent or fail for a while."""

from __future__ import annotations

import socket
import threading
import time

from case import Exchange, House, check, need_root, need_tool, until
from journal import compare, read_truth
from taken import Faults

NAME = "kis.example"
HOLE = "127.0.0.9"
EAI_AGAIN = -3


class BlackHole:
    """Neither takes nor refuses a connection: a listener whose queue is full."""

    def __init__(self, port: int) -> None:
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.bind((HOLE, port))
        self.door.listen(0)
        self.callers = [socket.socket() for _ in range(4)]
        self.callers[0].connect((HOLE, port))
        for caller in self.callers[1:]:
            caller.setblocking(False)
            caller.connect_ex((HOLE, port))

    def close(self) -> None:
        for one in (*self.callers, self.door):
            one.close()


def by_name(exchange: Exchange) -> tuple[str, str]:
    """The exchange's addresses, with a name in the place of the number."""
    return (exchange.rest_url.replace("127.0.0.1", NAME),
            exchange.websocket_url.replace("127.0.0.1", NAME))


def all_is_kept(house: House, exchange: Exchange, daemon) -> str:
    daemon.persists(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    return str(final)


def black_hole_first(house: House) -> str:
    """A name whose first address swallows everything: the second is used, for
    REST and WebSocket."""
    faults = Faults(house)
    exchange = house.exchange()
    for port in (exchange.rest_port, exchange.websocket_port):
        hole = BlackHole(port)
        house.at_end(hole.close)
    faults.set("addresses", f"{HOLE} 127.0.0.1")
    daemon = house.daemon(*by_name(exchange), environment=faults.environment)
    words = all_is_kept(house, exchange, daemon)
    check("rest_down" not in daemon.log and "disconnected" not in daemon.log,
          f"at the first attempt: {daemon.tail()}")
    return words


def silent_address_first(house: House) -> str:
    """A name whose first address takes connections and never answers: the next
    attempt begins with another."""
    faults = Faults(house)
    exchange = house.exchange()
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HOLE, exchange.websocket_port))
        door.listen(64)
        faults.set("addresses", f"{HOLE} 127.0.0.1")
        rest = exchange.rest_url
        daemon = house.daemon(rest, by_name(exchange)[1],
                              "--connect-timeout-ms", "500",
                              environment=faults.environment)
        words = daemon.says(r"no WebSocket within 500 ms: (.*)")[1]
        check(HOLE in words, f"the address is named: {words}")
        all_is_kept(house, exchange, daemon)
        count = daemon.log.count("no WebSocket within")
        check(count == 1, f"one attempt is lost, not {count}")
    return words


def slow_name_servers(house: House) -> str:
    """Name servers that answer behind every deadline: their answer is the next
    attempt's."""
    faults = Faults(house)
    exchange = house.exchange()
    faults.set("addresses", "127.0.0.1")
    faults.set("getaddrinfo", "slow 3000")
    daemon = house.daemon(exchange.rest_url, by_name(exchange)[1],
                          "--connect-timeout-ms", "1000",
                          environment=faults.environment)
    words = daemon.says(r"no WebSocket within 1000 ms: (.*)")[1]
    check("name servers" in words and NAME in words,
          f"they are named: {words}")
    return f"{words}; then {all_is_kept(house, exchange, daemon)}"


class LateNameServer:
    """Answers every question about an address with 127.0.0.1, `late_s` later."""

    def __init__(self, at: str, late_s: float) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((at, 53))
        self.late_s = late_s
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                question, peer = self.socket.recvfrom(1500)
            except OSError:
                return
            threading.Timer(self.late_s, self._answer, (question, peer)).start()

    def _answer(self, question: bytes, peer: tuple) -> None:
        end = question.index(b"\0", 12) + 5
        asks_for_v4 = question[end - 4:end - 2] == b"\0\1"
        head = question[:2] + b"\x81\x80\0\1" + (
            b"\0\1" if asks_for_v4 else b"\0\0") + b"\0\0\0\0"
        address = b"\xc0\x0c\0\1\0\1\0\0\0\x05\0\4" + bytes((127, 0, 0, 1))
        try:
            self.socket.sendto(head + question[12:end]
                               + (address if asks_for_v4 else b""), peer)
        except OSError:
            pass

    def close(self) -> None:
        self.socket.close()


def late_name_server(house: House) -> str:
    """A real name server that answers after 12 s, which is behind the system's
    own patience too: connected all the same."""
    need_root("another /etc/resolv.conf for one process")
    unshare = need_tool("unshare", "util-linux")
    at = "127.0.0.54"
    exchange = house.exchange()
    server = LateNameServer(at, 12)
    house.at_end(server.close)
    settings = house.path("resolv.conf")
    settings.write_text(f"nameserver {at}\n", "ascii")
    daemon = house.daemon(
        exchange.rest_url, by_name(exchange)[1], before=(
            unshare, "--mount", "sh", "-c",
            f"mount --bind {settings} /etc/resolv.conf && exec \"$@\"", "sh"))
    daemon.says(r"no WebSocket within .*name servers have not answered")
    return all_is_kept(house, exchange, daemon)


def dead_name_servers(house: House) -> str:
    """Name servers that never answer: a stop waits for none of them."""
    faults = Faults(house)
    faults.set("getaddrinfo", "hang")
    daemon = house.daemon(f"http://{NAME}:9443", f"ws://{NAME}:21000",
                          environment=faults.environment)
    daemon.says(r"rest_down: .*name servers have not answered")
    begin = time.monotonic()
    daemon.stop()
    took = time.monotonic() - begin
    check(took < 5, f"it stops at once, not after {took:.1f} s")
    return f"stopped after {took:.1f} s"


def names_fail_for_a_while(house: House) -> str:
    """The name is lost while the session breaks: the address known before is
    used."""
    faults = Faults(house)
    exchange = house.exchange("--fault", "drop:after=1500")
    faults.set("addresses", "127.0.0.1")
    daemon = house.daemon(*by_name(exchange), environment=faults.environment)
    daemon.persists(500)
    faults.set("getaddrinfo", EAI_AGAIN)
    until(lambda: daemon.log.count("[connection] open") >= 2,
          f"it connects anew; {daemon.tail()}")
    daemon.persists_more(500)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    return str(final)


CASES = [black_hole_first, silent_address_first, slow_name_servers,
         late_name_server, dead_name_servers, names_fail_for_a_while]
LONG = (late_name_server,)
