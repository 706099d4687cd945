"""Refusals at the start of a session: TLS certificates, the app key in use."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from case import (Exchange, House, Skipped, check, need_tool, run_tool,
                  until)
from journal import compare, gap_causes, read_truth


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, PEM files."""

    certificate: Path
    key: Path


def make_authority(house: House, name: str) -> Pair:
    openssl = need_tool("openssl", "openssl")
    pair = Pair(house.path(f"{name}.pem"), house.path(f"{name}.key"))
    run_tool(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", f"/CN={name}", "-days", "2", "-keyout", str(pair.key),
             "-out", str(pair.certificate))
    return pair


def make_certificate(house: House, authority: Pair, name: str, alt_name: str,
                     *, days: int = 2) -> Pair:
    """Signed by the authority; with negative `days` it ended before today."""
    openssl = need_tool("openssl", "openssl")
    pair = Pair(house.path(f"{name}.pem"), house.path(f"{name}.key"))
    request, extra = house.path(f"{name}.csr"), house.path(f"{name}.ext")
    extra.write_text(f"subjectAltName={alt_name}\n", "ascii")
    run_tool(openssl, "req", "-newkey", "rsa:2048", "-nodes", "-subj",
             f"/CN={name}", "-keyout", str(pair.key), "-out", str(request))
    run_tool(openssl, "x509", "-req", "-in", str(request), "-CA",
             str(authority.certificate), "-CAkey", str(authority.key),
             "-CAcreateserial", "-extfile", str(extra), "-days", str(days),
             "-out", str(pair.certificate))
    return pair


def serve(house: House, pair: Pair, rate: float = 2000) -> Exchange:
    return house.exchange("--tls-cert", str(pair.certificate), "--tls-key",
                          str(pair.key), rate=rate)


def refused(house: House, pair: Pair, authority: Pair, *parts: str) -> str:
    """REST and WebSocket both refuse the certificate, and say why and where."""
    secured = serve(house, pair)
    trust = ("--ca-file", str(authority.certificate))
    # The REST side refuses first: no key, no connection.
    rest = house.daemon(secured.rest_url, secured.websocket_url, *trust,
                        data=house.path("data-rest"))
    rest_words = rest.says(r"\[connection\] rest_down: (.*)")[1]
    # The WebSocket alone: keys from an exchange without TLS.
    plain = house.exchange()
    socket = house.daemon(plain.rest_url, secured.websocket_url, *trust,
                          data=house.path("data-socket"))
    socket_words = socket.says(r"\[connection\] disconnected: (.*)")[1]
    for words, url in ((rest_words, secured.rest_url),
                       (socket_words, secured.websocket_url)):
        for part in ("certificate refused", url, *parts):
            check(part in words, f"\"{part}\" is said: {words}")
    for daemon, cause in ((rest, "rest_down"), (socket, "disconnected")):
        final = daemon.stop()
        check(final.received == 0, f"nothing is received: {final}")
        check(daemon.events("disconnected", cause),
              f"the system journal names {cause}")
        house.audit(daemon.data)
    return f"rest_down and disconnected: {socket_words}"


def tls(house: House) -> str:
    """TLS with a good certificate: recorded whole."""
    authority = make_authority(house, "authority")
    exchange = serve(house, make_certificate(house, authority, "good",
                                             "IP:127.0.0.1"))
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          "--ca-file", str(authority.certificate))
    daemon.persists(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    return str(final)


def tls_wrong_name(house: House) -> str:
    """A certificate for another name: refused, both names said."""
    authority = make_authority(house, "authority")
    pair = make_certificate(house, authority, "other",
                            "DNS:other.example,IP:192.0.2.7")
    return refused(house, pair, authority, "other.example, 192.0.2.7",
                   "127.0.0.1")


def tls_expired(house: House) -> str:
    """An expired certificate: refused, with that reason."""
    authority = make_authority(house, "authority")
    pair = make_certificate(house, authority, "old", "IP:127.0.0.1", days=-1)
    return refused(house, pair, authority, "certificate has expired", "clock")


def tls_foreign(house: House) -> str:
    """A certificate of an authority that is not trusted: refused."""
    trusted = make_authority(house, "trusted")
    foreign = make_authority(house, "foreign")
    pair = make_certificate(house, foreign, "server", "IP:127.0.0.1")
    return refused(house, pair, trusted, "unable to get local issuer",
                   "OBSERVER_CA_FILE")


def tls_roots_replaced(house: House) -> str:
    """The file of trusted roots is replaced under the daemon, by either name:
    what it refused is taken, and a file that is none changes nothing."""
    foreign = make_authority(house, "foreign")
    pair = make_certificate(house, foreign, "server", "IP:127.0.0.1")
    said = []
    for name in ("OBSERVER_CA_FILE", "SSL_CERT_FILE"):
        roots = house.path(f"{name}.roots")
        roots.write_bytes(make_authority(house, name).certificate.read_bytes())
        exchange = serve(house, pair)
        daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                              "--reconnect-max-ms", "1000",
                              data=house.path(f"data-{name}"),
                              environment={name: str(roots)})
        daemon.says("unable to get local issuer")
        replace(roots, b"no certificate\n")
        daemon.says("cannot be read: .*those before stay")
        replace(roots, foreign.certificate.read_bytes())
        daemon.persists(1000)
        daemon.says(r"trusted roots .* read anew")
        said.append(f"{name}: {daemon.stop()}")
        exchange.stop()
        house.audit(daemon.data)
    return "; ".join(said)


def replace(file: Path, content: bytes) -> None:
    """As a package manager does: whole, under the same name."""
    beside = file.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(file)


class RoughService:
    """A REST side behind a gateway of another kind: TLS that ends without a
    farewell, answers on the way, a long header, no length."""

    def __init__(self, pair: Pair, key: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._answer = (
            "HTTP/1.1 100 Continue\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            f"HTTP/1.1 200 OK\r\nSet-Cookie: {'c' * 9000}\r\n\r\n"
            + json.dumps({"approval_key": key})).encode()
        threading.Thread(target=self._serve, args=(context,),
                         daemon=True).start()

    def _serve(self, context: ssl.SSLContext) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with context.wrap_socket(near, server_side=True) as session:
                request = b""
                while b"client_credentials" not in request:
                    request += session.recv(1 << 16)
                session.sendall(self._answer)
                # Closed as it is: no close_notify.

    def close(self) -> None:
        self._listener.close()


def tls_rough(house: House) -> str:
    """REST answers without length and farewell, behind answers on the way, with
    a header of 9 KB: taken."""
    authority = make_authority(house, "authority")
    exchange = house.exchange()
    with urllib.request.urlopen(urllib.request.Request(
            f"{exchange.rest_url}/oauth2/Approval",
            json.dumps({"grant_type": "client_credentials",
                        "appkey": "sim-appkey",
                        "secretkey": "sim-appsecret"}).encode(),
            {"content-type": "application/json"}), timeout=30) as reply:
        key = json.load(reply)["approval_key"]
    service = RoughService(make_certificate(house, authority, "good",
                                            "IP:127.0.0.1"), key)
    house.at_end(service.close)
    daemon = house.daemon(service.url, exchange.websocket_url, "--ca-file",
                          str(authority.certificate))
    daemon.persists(1000)
    check("rest_down" not in daemon.log, daemon.tail())
    return str(daemon.stop())


def tls_old(house: House) -> str:
    """A server that speaks only TLS 1.1: that is said, and nobody is advised to
    do without TLS."""
    openssl = need_tool("openssl", "openssl")
    authority = make_authority(house, "authority")
    pair = make_certificate(house, authority, "good", "IP:127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = house.spawn([openssl, "s_server", "-accept", f"127.0.0.1:{port}",
                          "-cert", str(pair.certificate), "-key", str(pair.key),
                          "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
                         "old")
    until(lambda: server.status() is not None or answers(port),
          "the old server listens")
    if server.status() is not None:
        raise Skipped(f"openssl has no TLS 1.1 here: {server.text()}")
    daemon = house.daemon(f"https://127.0.0.1:{port}",
                          f"wss://127.0.0.1:{port}", "--ca-file",
                          str(authority.certificate))
    words = daemon.says(r"\[connection\] rest_down: (.*)")[1]
    check("none of the versions that are safe" in words
          and "http://" not in words, words)
    daemon.stop()
    return words


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def second_session(house: House) -> str:
    """A second daemon with the same app key: it waits a minute and says so,
    and the first one loses nothing."""
    exchange = house.exchange(rate=2000)
    first = house.daemon(exchange.rest_url, exchange.websocket_url,
                         data=house.path("data-first"))
    first.persists(1000)
    second = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=house.path("data-second"))
    words = second.says(r"\[connection\] appkey_in_use: (.*)")[1]
    wait = float(second.says(r"next attempt in ([0-9.]+) s")[1])
    check(wait >= 60, f"the second waits a minute or more, not {wait} s")
    first.persists_more(1000)
    ours = second.stop()
    check(ours.persisted == 0, f"the second records nothing: {ours}")
    check(second.events("disconnected", "appkey_in_use"),
          "the second's system journal names appkey_in_use")
    house.audit(second.data)
    final = first.stop()
    exchange.stop()
    house.audit(first.data)
    seen = compare(first.data, read_truth(exchange.truth)).require_whole()
    check(seen.gaps == 0 and not first.events("disconnected"),
          f"the first is not disturbed: {seen}")
    return f"appkey_in_use: {words}; waits {wait:.0f} s; the first: {final}"


def session_taken_over(house: House) -> str:
    """OPSP8996 in the middle of a recording: named, and no hot loop."""
    exchange = house.exchange("--fault", "duplicate-session:after=2000",
                              rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url)
    words = daemon.says(r"\[connection\] appkey_in_use: (.*)")[1]
    wait = float(daemon.says(r"next attempt in ([0-9.]+) s")[1])
    check(wait >= 60, f"it waits a minute or more, not {wait} s")
    final = daemon.stop()
    until(lambda: daemon.process.status() is not None, "it ends")
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_whole()
    check(not gap_causes(daemon.data), "no tick follows, so no gap is in one")
    check(daemon.events("disconnected", "appkey_in_use"),
          "the system journal names appkey_in_use")
    return f"appkey_in_use: {words}; waits {wait:.0f} s; {final}"


CASES = [tls, tls_wrong_name, tls_expired, tls_foreign, tls_roots_replaced,
         tls_rough, tls_old, second_session, session_taken_over]
LONG = (session_taken_over,)
