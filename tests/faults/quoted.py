"""Peers that send our keys back to us: no file, answer or line shows them."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from case import SYMBOLS, Daemon, House, check, until
from kis_server import CLOSE, Broker, wait_for_registrations
from layout import free_port

APP_KEY = "PSw7Kq2TzR9mLx4VbN8cYd3HfJ6gS1aU0eQp"
APP_SECRET = ("mB3/x+Qz7LkT9vWc2Rn8Yp5Hs1Gd4Fj6Ue0Ia/Xo+Vb="
              "tZ9/q+Ew3Ky7Mh2Pc8Ln5Db1Sf6Gj4Ru0Va/Ti+Xo==")
CAUSES_S = 30.0


class EchoingRest:
    """Refuses each request for a key, and quotes it."""

    def __init__(self, form: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # pylint: disable=invalid-name
                size = int(self.headers.get("content-length", "0"))
                text = self.rfile.read(size).decode()
                if form == "cut":
                    text = text[:text.index(APP_SECRET) + 40]
                if form == "html":
                    text = "<html>" + text.replace("/", "&#x2F;") + "</html>"
                if form == "url":
                    text = urllib.parse.quote(text, safe="")
                body = text if form == "html" else json.dumps(
                    {"error_code": "EGW00105", "error_description": text,
                     "msg1": text}).replace("/", "\\/")
                raw = body.encode()
                self.send_response(403, "no " + APP_SECRET[:20])
                self.send_header("x-echo", APP_SECRET)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:  # type: ignore[override]
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as got:
            return got.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def everything(house: House, daemon: Daemon, url: str) -> dict[str, str]:
    """All that anybody can read of a recorder."""
    out = {path: get(url + path) for path in
           ("/ready", "/status", "/metrics", "/api/events", "/api/history",
            "/api/files", "/api/slots/0", "/api/session")}
    for options in ((), ("--json",)):
        done = subprocess.run(
            [str(house.observer), "console", "--once", *options, url],
            capture_output=True, text=True, check=False, timeout=30)
        out[f"console {options}"] = done.stdout + done.stderr
    out["log"] = daemon.log
    for file in daemon.data.rglob("*"):
        if file.is_file():
            out[str(file)] = file.read_bytes().decode("utf-8", "replace")
    return out


def shown(secret: str, texts: dict[str, str]) -> list[str]:
    """Where eight characters of it in a row can be read, in any form."""
    raw = secret.encode()
    forms = [secret, secret.replace("/", "\\/"),
             urllib.parse.quote(secret, safe="")]
    forms += [base64.b64encode(b"x" * k + raw).decode()[4:-4] for k in range(3)]
    parts = {form[i:i + 8] for form in forms for i in range(len(form) - 7)}
    return sorted({f"{where}: …{part}…" for where, text in texts.items()
                   for part in parts if part in text})


def check_hidden(texts: dict[str, str], *secrets: str) -> None:
    for secret in secrets:
        found = shown(secret, texts)
        check(not found, f"nothing shows a key: {found[:4]}")


def rest_quotes_the_request(house: House) -> str:
    """The service that issues keys quotes our request in its error: JSON, an
    HTML page, percent signs, cut within the secret."""
    masked = 0
    for form in ("json", "cut", "url", "html"):
        rest = EchoingRest(form)
        house.at_end(rest.close)
        port = free_port()
        daemon = house.daemon(
            rest.url, "ws://127.0.0.1:1", data=house.path(f"data-{form}"),
            environment={"KIS_APP_KEY": APP_KEY, "KIS_APP_SECRET": APP_SECRET,
                         "SERVICE_PORT": str(port), "LOG_LEVEL": "trace"})
        daemon.says(r"\[connection\] (credentials_refused|rest_down)")
        url = f"http://127.0.0.1:{port}"
        until(lambda: "credentials_refused" in get(url + "/status")
              or "rest_down" in get(url + "/status"), "the cause is served",
              CAUSES_S)
        texts = everything(house, daemon, url)
        check_hidden(texts, APP_KEY, APP_SECRET)
        masked += sum("****" in text for text in texts.values())
        daemon.stop()
        check_hidden({"log": daemon.log}, APP_KEY, APP_SECRET)
    check(masked > 4, "what was quoted is told, masked")
    return f"masked in {masked} places"


def feed_sends_the_key_back(house: House) -> str:
    """A feed that echoes our registrations: into the quarantine, a refusal, a
    record, a close reason."""
    broker = Broker()
    house.at_end(broker.close)
    port = free_port()
    daemon = house.daemon(broker.approvals.url, broker.url, environment={
        "KIS_APP_KEY": APP_KEY, "KIS_APP_SECRET": APP_SECRET,
        "SERVICE_PORT": str(port), "LOG_LEVEL": "trace"})
    session = wait_for_registrations(broker, len(SYMBOLS))
    request = session.texts[0]
    key = json.loads(request)["header"]["approval_key"]
    encoded = base64.b64encode(b"key:" + key.encode()).decode()
    for text in (request, json.dumps(request), f"echo of {key}", encoded,
                 f"0|H0STCNT0|001|005930^{key}^1",
                 f"0|{key}|001|005930^090000^1",
                 f"0|H0STCNT0|001|{key}^090000^1",
                 "x" * 180 + key, request.encode() + b"\xff"):
        session.send(text)
    for code in ("OPSP0007", "OPSP9999", "ODD00001"):
        session.send(json.dumps({
            "header": {"tr_id": "H0STCNT0", "tr_key": SYMBOLS[0],
                       "encrypt": "N"},
            "body": {"rt_cd": "1", "msg_cd": code, "msg1": f"bad {request}"}}))
    session.send(broker.trades(SYMBOLS[0], 1, extra=f"^{key}"))
    daemon.persists(1)
    url = f"http://127.0.0.1:{port}"
    texts = everything(house, daemon, url)
    check_hidden(texts, key, APP_KEY, APP_SECRET)
    session.send(struct.pack(">H", 4000) + f"bye {key}".encode(), opcode=CLOSE)
    daemon.says(r"\[connection\] (disconnected|closed)")
    texts = everything(house, daemon, url)
    daemon.stop()
    texts["log"] = daemon.log
    check_hidden(texts, key, APP_KEY, APP_SECRET)
    masked = [where for where, text in texts.items() if "****" in text]
    check(any("quarantine" in where for where in masked),
          f"the quarantine keeps what was sent, masked: {masked}")
    check(any("system" in where for where in masked),
          f"the system journal tells of it, masked: {masked}")
    return f"masked in {len(masked)} places"


CASES = [rest_quotes_the_request, feed_sends_the_key_back]
