"""A broker of our own for what `observer simulate` does not do: frames of odd
sizes, WebSocket fragments, a peer that does not read, and keys without a limit.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KOREA = timezone(timedelta(hours=9))
SEND_PATIENCE = struct.pack("ll", 10, 0)
"""Sending fails after 10 s in which the peer's kernel takes nothing."""

TEXT, PING, PONG, CONTINUATION, CLOSE = 1, 9, 10, 0, 8

# A trade of 47 values as the wire has it; {} are symbol, time, tick volume,
# cumulative volume, cumulative value.
TRADE = ("{}^{}^249500^3^0^0.00^252727.72^248500^262000^246000^249500^249000"
         "^{}^{}^{}^175116^67403^-107713^68.76^4738708^3258240^1^0.40^123.34"
         "^090005^2^1000^033435^5^-12500^033436^2^3500^20261124^20^N^22032"
         "^7339^121966^83153^0.09^7101367^115.24^0^^248500^2")


class Approvals:
    """The REST side that issues keys: one fixed key, as often as it is asked
    for, or the key of an exchange, fetched once. A restart under test then
    need not wait for the broker's limit of one issue a second."""

    def __init__(self, key: str) -> None:
        body = json.dumps({"approval_key": key}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers.get("content-length", "0")))
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:  # type: ignore[override]
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @classmethod
    def of(cls, rest_url: str) -> Approvals:
        """Hands out one key of that exchange again and again."""
        body = json.dumps({"grant_type": "client_credentials",
                           "appkey": "sim-appkey",
                           "secretkey": "sim-appsecret"}).encode()
        request = urllib.request.Request(
            f"{rest_url}/oauth2/Approval", body,
            {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return cls(json.load(reply)["approval_key"])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Session:
    """One accepted WebSocket. `reading` off: the peer's bytes stay in the
    kernel, as with a reader that hangs."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.registered: list[str] = []
        self.texts: list[str] = []
        self.may_read = threading.Event()
        self.may_read.set()
        self.ended = threading.Event()
        self._buffer = b""
        self._sending = threading.Lock()

    # -- reading ---------------------------------------------------------------

    def serve(self) -> None:
        """Upgrades, then answers registrations until the peer is gone."""
        try:
            self._upgrade()
            for opcode, payload in self._messages():
                if opcode == TEXT:
                    self._answer(payload.decode())
                elif opcode == PING:
                    self.send(payload, opcode=PONG)
                elif opcode == CLOSE:
                    self.send(payload, opcode=CLOSE)
                    break
        except OSError:
            pass
        finally:
            self.ended.set()
            self.socket.close()

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self.may_read.wait()
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the peer is gone")
            self._buffer += more
        out, self._buffer = self._buffer[:size], self._buffer[size:]
        return out

    def _upgrade(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._take(1)
        fields = dict(line.split(": ", 1)
                      for line in head.decode().split("\r\n")[1:] if line)
        key = {name.lower(): value for name, value in fields.items()}[
            "sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        self.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\n"
                            b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        """Masked frames of a client, which does not fragment."""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            mask = self._take(4)
            payload = self._take(size)
            yield first & 15, bytes(
                byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def _answer(self, text: str) -> None:
        self.texts.append(text)
        request = json.loads(text)
        about = request.get("body", {}).get("input")
        if about is None:
            return  # an echoed PINGPONG
        on = request["header"]["tr_type"] == "1"
        code, words = ("OPSP0000", "SUBSCRIBE SUCCESS") if on else \
            ("OPSP0001", "UNSUBSCRIBE SUCCESS")
        self.send(json.dumps({
            "header": {**about, "encrypt": "N"},
            "body": {"rt_cd": "0", "msg_cd": code, "msg1": words,
                     "output": {"iv": "0" * 16, "key": "0" * 32}}}))
        if on:
            self.registered.append(about["tr_key"])

    # -- writing ---------------------------------------------------------------

    def send(self, message: str | bytes, *, opcode: int = TEXT,
             pieces: list[int] | None = None, ping_between: bool = False
             ) -> None:
        """One message; `pieces` are the sizes of its fragments, the rest of
        the message is the last one."""
        payload = message.encode() if isinstance(message, str) else message
        out = bytearray()
        at = 0
        for size in [*(pieces or []), len(payload)]:
            piece = payload[at:at + size]
            at += len(piece)
            last = at >= len(payload)
            kind = opcode if at == len(piece) else CONTINUATION
            out += self.frame(kind, last, piece)
            if last:
                break
            if ping_between:
                out += self.frame(PING, True, b"between")
        with self._sending:
            self.socket.sendall(out)

    @staticmethod
    def frame(opcode: int, last: bool, payload: bytes) -> bytes:
        """The bytes of one unmasked frame."""
        head = bytes([(128 if last else 0) | opcode])
        size = len(payload)
        if size < 126:
            head += bytes([size])
        elif size < 1 << 16:
            head += b"\x7e" + struct.pack(">H", size)
        else:
            head += b"\x7f" + struct.pack(">Q", size)
        return head + payload


class Broker:
    """Keys and sessions on loopback. One market, whose volumes go on."""

    def __init__(self) -> None:
        self.approvals = Approvals("11111111-2222-3333-4444-555555555555")
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sessions: list[Session] = []
        self.sent: dict[str, list[int]] = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                                  SEND_PATIENCE)
            session = Session(connection)
            self.sessions.append(session)
            threading.Thread(target=session.serve, daemon=True).start()

    def trades(self, symbol: str, count: int, *, extra: str = "",
               digits: int = 3) -> str:
        """A data frame of `count` new trades, each with `extra` at its end."""
        now = datetime.now(KOREA).strftime("%H%M%S")
        volumes = self.sent.setdefault(symbol, [])
        last = volumes[-1] if volumes else 1_000_000
        records = []
        for k in range(1, count + 1):
            volume = last + 3 * k
            volumes.append(volume)
            records.append(TRADE.format(symbol, now, 3, volume,
                                        volume * 249_500) + extra)
        return f"0|H0STCNT0|{count:0{digits}}|" + "^".join(records)

    def close(self) -> None:
        self._listener.close()
        self.approvals.close()
        for session in self.sessions:
            session.may_read.set()
            try:
                session.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def pingpong() -> str:
    now = datetime.now(KOREA).strftime("%Y%m%d%H%M%S")
    return json.dumps({"header": {"tr_id": "PINGPONG", "datetime": now}})


class SilentListener:
    """Accepts connections and never says a word, nor reads one."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)  # the kernel accepts for us
        self.port = self._listener.getsockname()[1]

    def close(self) -> None:
        self._listener.close()


class Proxy:
    """Passes bytes between the daemon and a port, until it is told to freeze:
    then both connections stay open and nothing passes any more, no FIN, no
    reset. New connections are accepted, and frozen as well, until `thaw`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self._passing = threading.Event()
        self._passing.set()
        self._held: list[socket.socket] = []
        self._far: list[socket.socket] = []
        self._generation = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(near)
            if not self._passing.is_set():
                continue
            far = socket.create_connection(("127.0.0.1", self._target_port))
            self._far.append(far)
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pass,
                                 args=(a, b, self._generation),
                                 daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket,
              generation: int) -> None:
        try:
            while data := source.recv(1 << 16):
                if generation != self._generation:
                    return  # lost on the way, and nobody says so
                sink.sendall(data)
            if generation == self._generation:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def freeze(self) -> None:
        self._generation += 1
        self._passing.clear()

    def thaw(self) -> None:
        """New connections pass again; the frozen ones never do: the target
        sees them end, the daemon hears nothing."""
        for far in self._far:
            far.close()
        self._passing.set()

    def close(self) -> None:
        self._listener.close()
        for held in self._held + self._far:
            held.close()


def random_pieces(seed: int, size: int, count: int) -> list[int]:
    """Sizes of `count` fragments of a message, single bytes among them."""
    state = seed or int.from_bytes(os.urandom(4), "big")
    out = []
    for _ in range(count - 1):
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        out.append(1 if state % 5 == 0 else 1 + state % max(1, size // count))
    return out


def wait_for_registrations(broker: Broker, count: int,
                           patience_s: float = 60.0) -> Session:
    """The newest session once so many symbols are on."""
    limit = time.monotonic() + patience_s
    while time.monotonic() < limit:
        if broker.sessions and len(broker.sessions[-1].registered) >= count:
            return broker.sessions[-1]
        time.sleep(0.005)  # between two looks
    raise TimeoutError(f"no session with {count} registrations")
