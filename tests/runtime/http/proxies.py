"""README's proxies with TLS before a recorder, real ones with the lines that
stand there: page, status, stream, orders, and who is refused.

    proxies.py OBSERVER

Exit 77 is "skipped": this machine lacks a part.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path
from urllib.parse import urljoin

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import Failed, House, until  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)) if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"
NAME = "observer.example"
TOKEN = "the-token-of-this-test"
ORDER = json.dumps({"action": "rotate", "target": "scalp", "who": "test",
                    "confirm": True})
JSON = ("-H", "Content-Type: application/json")
BEARER = ("-H", f"Authorization: Bearer {TOKEN}")


def readme(name: str) -> str:
    """The block between <!-- NAME --> and <!-- /NAME -->."""
    text = (SOURCE / "README.md").read_text()
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.S)
    assert found, f"README.md has no <!-- {name} -->"
    return re.sub(r"^ {4}", "", found[1], flags=re.M)


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, f"README has no {old}: {text}"
        text = text.replace(old, new)
    return text


def path_of(proxy: str) -> str | None:
    done = subprocess.run([SOURCE / "tests/runtime/http/proxy", proxy],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


class Proxied:
    """A recorder, and a proxy before it that has a certificate of its own.

    What the tests of each proxy are; `unittest` finds those of its heirs."""

    proxy: str
    config: str

    def setUp(self) -> None:
        path = path_of(self.proxy)
        if not path:
            self.skipTest(f"{self.proxy} is not installed")
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.house = House(OBSERVER.resolve(), self.folder / "house",
                           random.Random(1), True, 1, False, print)
        self.house.__enter__()
        self.addCleanup(self.house.__exit__, None, None, None)
        self.exchange = self.house.exchange(rate=200)
        self.inner, self.port = free_port(), free_port()
        self.url = f"https://{NAME}:{self.port}/"
        self.certificate = self.folder / "observer.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-days", "2", "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME}", "-out", self.certificate,
             "-keyout", self.folder / "observer.key"],
            check=True, capture_output=True)
        self.path = path

    def start(self, below: str = "/", **settings: str) -> None:
        """`below` is the folder of the page's address."""
        self.daemon = self.house.daemon(
            self.exchange.rest_url, self.exchange.websocket_url,
            environment={"SERVICE_PORT": str(self.inner), **settings})
        self.daemon.says("console, status and metrics at")
        config = self.folder / self.config
        config.write_text(self.configuration(below))
        self.house.spawn(self.command(self.path, config), self.proxy,
                         {"HOME": str(self.folder)})
        until(self.listens, f"{self.proxy} listens")
        self.daemon.persists(20)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def curl_words(self, path: str, *words: str) -> list[str]:
        return ["curl", "-sS", "--resolve", f"{NAME}:{self.port}:127.0.0.1",
                "--cacert", str(self.certificate), *words,
                urljoin(self.url, path)]

    def curl(self, path: str, *words: str) -> tuple[int, str]:
        """Status and body."""
        done = subprocess.run(
            self.curl_words(path, "-m", "30", "-w", "\n%{http_code}", *words),
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body

    def order(self, *words: str, origin: str | None = None) -> int:
        origin = origin or self.url.rstrip("/")
        return self.curl("api/actions", *JSON, "-d", ORDER,
                         "-H", f"Origin: {origin}", *words)[0]

    def check_page(self, below: str) -> None:
        """The page and all that it names, wherever it lies."""
        seen: set[str] = set()
        rest = [urljoin(self.url, below)]
        while rest:
            address = rest.pop()
            if address in seen or not address.startswith("https:"):
                continue
            seen.add(address)
            status, text = self.curl(address)
            self.assertEqual(status, 200, address)
            rest += [urljoin(address, name) for name in re.findall(
                r'(?:src|href|from) ?=? ?"(\.?[\w/]+\.\w+)"', text)]
        if len(seen) == 1:
            return  # a build without the console
        for name in ("app.js", "page.css"):
            self.assertIn(urljoin(self.url, below + name), seen)

    def check_stream(self, path: str, event: bytes, coding: str) -> None:
        """What the recorder sent has come, however long it says no more: the
        last event is whole."""
        text = b""
        decode = zlib.decompressobj(31).decompress if coding == "gzip" \
            else bytes
        coded = ("-H", f"Accept-Encoding: {coding}")
        with subprocess.Popen(self.curl_words(path, "-N", *coded, *BEARER),
                              stdout=subprocess.PIPE) as child:

            def more() -> bytes:
                nonlocal text
                text += decode(os.read(child.stdout.fileno(), 1 << 16))
                return text

            def whole() -> bool:
                try:
                    more()
                except BlockingIOError:
                    pass
                return text.endswith(b"\n\n")

            try:
                # Twice: the first moment may be one within an event.
                for attempt in (1, 2):
                    seen = text.count(event)
                    os.set_blocking(child.stdout.fileno(), True)
                    until(lambda: more().count(event) >= seen + 3,
                          "three events")
                    self.daemon.process.signal(signal.SIGSTOP)
                    os.set_blocking(child.stdout.fileno(), False)
                    try:
                        until(whole, "the event that was sent, to its end", 10)
                        break
                    except Failed:
                        if attempt == 2:
                            raise
                    finally:
                        self.daemon.process.signal(signal.SIGCONT)
            finally:
                child.kill()

    # -- tests -----------------------------------------------------------------

    def test_page_status_stream_and_orders_pass(self) -> None:
        self.start(OBSERVER_ALLOWED_HOSTS=f"{NAME}:{self.port}",
                   OBSERVER_SERVICE_TOKEN=TOKEN)
        self.check_page("")
        self.assertEqual(self.curl("status")[0], 401)
        status, text = self.curl("status", *BEARER)
        self.assertEqual((status, json.loads(text)["verdict"]["state"]),
                         (200, "recording"))
        self.check_stream("api/stream", b"event: status\n", "identity")
        self.check_stream("api/stream?changes=1", b"event: changes\n", "gzip")
        self.assertEqual(self.order(), 401)
        self.assertEqual(self.order(*BEARER), 202)
        until(lambda: self.daemon.events("operator"),
              "the order is in the system journal")

    def test_others_are_refused(self) -> None:
        self.start(OBSERVER_ALLOWED_HOSTS=f"{NAME}:{self.port}")
        token = json.loads(self.curl("api/session")[1])["token"]
        mine = ("-H", f"X-Observer-Token: {token}")
        self.assertEqual(self.order(), 403)
        for origin in ("https://evil.example", "null", f"https://{NAME}",
                       f"https://{NAME}:{self.port}.evil.example"):
            self.assertEqual(self.order(*mine, origin=origin), 403, origin)
        # A name that leads to this address in somebody else's hands; the proxy
        # may refuse it itself.
        evil = ("-H", "Host: evil.example")
        for path in ("", "status", "api/session"):
            status, text = self.curl(path, *evil)
            self.assertNotIn(token, text)
            self.assertNotIn("verdict", text)
            self.assertTrue(status == 403 or not text, (path, status, text))
        # It may end the stream before the order has come.
        done = subprocess.run(
            self.curl_words("api/actions", "-w", "\n%{http_code}", *JSON, "-d",
                            ORDER, *mine, *evil), capture_output=True,
            text=True, check=False, timeout=60)
        self.assertIn(done.returncode, (0, 92), done.stderr)
        self.assertFalse(done.stdout.endswith("202"), done.stdout)
        # And past the proxy.
        done = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *evil,
             f"http://127.0.0.1:{self.inner}/status"],
            capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "403")
        self.assertEqual(self.daemon.events("operator"), [])
        self.assertEqual(self.order(*mine), 202)

    def test_without_the_setting_the_refusal_names_it(self) -> None:
        self.start()
        status, text = self.curl("status")
        self.assertEqual(status, 403)
        self.assertIn("OBSERVER_ALLOWED_HOSTS", text)

    def test_a_browser_gives_an_order_below_a_path(self) -> None:
        self.start("/observer/",
                   OBSERVER_ALLOWED_HOSTS=f"{NAME}:{self.port}",
                   OBSERVER_SERVICE_TOKEN=TOKEN)
        self.check_page("observer/")
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        if not shutil.which("node") or not os.access(chromium, os.X_OK):
            self.skipTest("node or chromium is not installed")
        if subprocess.run([SOURCE / "tests/console/packages"],
                          capture_output=True, check=False).returncode:
            self.skipTest("the browser test's packages could not be fetched")
        if "built without" in self.curl("observer/")[1]:
            self.skipTest("this build has no web console")
        done = subprocess.run(
            ["node", SOURCE / "tests/console/proxied.mjs",
             self.url + "observer/", TOKEN],
            capture_output=True, text=True, check=False, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        until(lambda: self.daemon.events("operator"),
              "the order is in the system journal")


class Nginx(Proxied, unittest.TestCase):
    proxy, config = "nginx", "nginx.conf"
    of_location = ""

    def test_a_password_of_the_proxy_is_the_only_one(self) -> None:
        users = self.folder / "observer.htpasswd"
        users.write_text("me:{PLAIN}word\n", "ascii")
        self.of_location = replaced(readme("nginx_password"),
                                    ("/etc/nginx", str(self.folder)),
                                    ("TOKEN", TOKEN))
        self.start(OBSERVER_ALLOWED_HOSTS=f"{NAME}:{self.port}",
                   OBSERVER_SERVICE_TOKEN=TOKEN)
        self.assertEqual(self.curl("status")[0], 401)
        self.assertEqual(self.curl("status", *BEARER)[0], 401)
        me = ("-u", "me:word")
        self.assertEqual(self.curl("", *me)[0], 200)
        self.assertEqual(self.curl("status", *me)[0], 200)
        self.assertEqual(self.order(*me), 202)

    def command(self, path: str, config: Path) -> list[str]:
        return [path, "-p", str(self.folder), "-c", str(config),
                "-e", str(self.folder / "nginx.log")]

    def configuration(self, below: str) -> str:
        server = replaced(
            readme("nginx"), ("listen 443", f"listen 127.0.0.1:{self.port}"),
            ("/etc/ssl", str(self.folder)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.inner}"),
            ("location / {", f"location {below} {{\n{self.of_location}"))
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (f"{user}daemon off;\npid {self.folder}/nginx.pid;\n"
                f"events {{}}\nhttp {{\naccess_log off;\n{paths}{server}}}\n")


class Caddy(Proxied, unittest.TestCase):
    proxy, config = "caddy", "Caddyfile"

    def command(self, path: str, config: Path) -> list[str]:
        return [path, "run", "--config", str(config), "--adapter", "caddyfile"]

    def configuration(self, below: str) -> str:
        site = replaced(
            readme("caddy"), (NAME + " {", f"{NAME}:{self.port} {{\n"
                              f"tls {self.certificate} "
                              f"{self.folder / 'observer.key'}"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.inner}"))
        if below != "/":
            proxied = re.search(r"^ *reverse_proxy.*$", site, re.M)[0]
            site = site.replace(
                proxied, f"handle_path {below}* {{\n{proxied}\n}}")
        return ("{\nadmin off\nauto_https disable_redirects\n}\n" + site)


if __name__ == "__main__":
    if not shutil.which("curl") or not shutil.which("openssl"):
        print("skipped: curl or openssl is not installed")
        sys.exit(77)
    result = unittest.main(exit=False).result
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}")
    sys.exit(77 if result.wasSuccessful() and result.skipped
             else not result.wasSuccessful())
