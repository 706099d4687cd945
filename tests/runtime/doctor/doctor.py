"""`observer doctor` as a user meets it: TLS of all kinds, a name server that is
silent, settings that cannot be read, a daemon that runs; and no secret anywhere.

    doctor.py OBSERVER

Exit 77 is "skipped": openssl is not installed.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import House, until  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)) if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"
OBSERVER = OBSERVER.resolve()
KEYS = {"KIS_APP_KEY": "sim-appkey", "KIS_APP_SECRET": "CANARY-secret",
        "OBSERVER_SYMBOLS": "005930"}


class Doctor(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.house = House(OBSERVER, self.folder / "house", random.Random(1),
                           True, 1, False, print)
        self.house.__enter__()
        self.addCleanup(self.house.__exit__, None, None, None)
        self.data = self.folder / "data"
        self.data.mkdir()

    def doctor(self, *words: str, **environment: str) -> list[dict[str, str]]:
        done = subprocess.run(
            [OBSERVER, "doctor", "--json", *words], capture_output=True,
            text=True, check=False, timeout=90, cwd=self.folder,
            env={"PATH": os.environ["PATH"], "SERVICE_PORT": "0",
                 "OBSERVER_DATA_DIR": str(self.data),
                 "KIS_BASE_URL": "http://127.0.0.1:1",
                 "KIS_WEBSOCKET_URL": "ws://127.0.0.1:1", **KEYS,
                 **environment})
        self.assertNotIn("CANARY", done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if report["failed"] else 0)
        for line in report["checks"]:
            self.assertNotIn("\n", line["text"])
        return report["checks"]

    def line(self, checks: list[dict[str, str]], name: str,
             state: str) -> str:
        """The first of that name, which must be of that state."""
        found = [line for line in checks if line["name"] == name]
        self.assertTrue(found, f"no line {name}: {checks}")
        self.assertEqual(found[0]["state"], state, found[0])
        return found[0]["text"]

    def certificate(self, name: str, days: int = 365) -> tuple[Path, Path]:
        key, pem = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", key, "-out", pem, "-days", str(days), "-subj",
             f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
            check=True, capture_output=True)
        return key, pem

    def https(self, name: str, days: int = 365) -> tuple[str, Path]:
        """A server of that certificate that answers with its state; its URL."""
        key, pem = self.certificate(name, days)
        port = free_port()
        server = self.house.spawn(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
             str(pem), "-key", str(key), "-www"], "server")
        until(lambda: "ACCEPT" in server.text() or server.status(),
              f"it serves: {server.text()}")
        return f"https://localhost:{port}", pem

    def test_a_certificate_that_is_trusted_is_told_with_its_end(self) -> None:
        address, pem = self.https("localhost")
        checks = self.doctor(KIS_BASE_URL=address, OBSERVER_CA_FILE=str(pem))
        text = self.line(checks, "tls", "ok")
        self.assertIn("TLSv1.3, certificate of localhost by localhost, good for "
                      "36", text)
        self.assertIn(str(pem), text)
        # It tells no time, and no approval key.
        self.line(checks, "clock", "skipped")
        self.line(checks, "keys", "failed")

    def test_a_certificate_that_ends_soon_is_a_warning(self) -> None:
        address, pem = self.https("localhost", 3)
        checks = self.doctor(KIS_BASE_URL=address, OBSERVER_CA_FILE=str(pem))
        self.line(checks, "tls", "warning")

    def test_a_strange_certificate_gets_no_key(self) -> None:
        address, _ = self.https("localhost")
        checks = self.doctor(KIS_BASE_URL=address)
        self.assertIn("refused: self-signed", self.line(checks, "tls", "failed"))
        self.line(checks, "keys", "skipped")

    def test_a_certificate_of_another_name_gets_no_key(self) -> None:
        address, pem = self.https("somewhere.example")
        checks = self.doctor(KIS_BASE_URL=address, OBSERVER_CA_FILE=str(pem))
        self.assertIn("hostname mismatch", self.line(checks, "tls",
                                                     "failed").lower())
        self.line(checks, "keys", "skipped")

    def test_a_container_without_roots_is_told_what_to_install(self) -> None:
        address, _ = self.https("localhost")
        nowhere = str(self.folder / "nothing")
        checks = self.doctor(KIS_BASE_URL=address, SSL_CERT_FILE=nowhere,
                             SSL_CERT_DIR=nowhere)
        text = self.line(checks, "tls", "failed")
        self.assertIn("ca-certificates", text)
        self.assertIn("OBSERVER_CA_FILE", text)

    def test_keys_and_clock_are_asked_of_the_exchange(self) -> None:
        exchange = self.house.exchange()
        there = {"KIS_BASE_URL": exchange.rest_url,
                 "KIS_WEBSOCKET_URL": exchange.websocket_url}
        refused = self.line(self.doctor(**there), "keys", "failed")
        self.assertIn("EGW0010", refused)
        checks = self.doctor(KIS_APP_SECRET="sim-appsecret", **there)
        self.line(checks, "keys", "ok")
        self.assertFalse([line for line in checks if line["state"] == "failed"])

    def test_settings_that_cannot_be_read_leave_the_machine(self) -> None:
        checks = self.doctor(SERVICE_PORT="many")
        self.assertIn("service.port", self.line(checks, "settings", "failed"))
        self.line(checks, "descriptors", "ok")
        self.assertFalse([line for line in checks if line["name"] == "volume"])

    def test_missing_keys_are_what_a_run_would_say(self) -> None:
        checks = self.doctor("--offline", KIS_APP_KEY="")
        self.assertIn("KIS_APP_KEY", self.line(checks, "settings", "failed"))

    def test_a_daemon_that_runs_says_how_it_is(self) -> None:
        exchange = self.house.exchange(rate=200)
        port = str(free_port())
        daemon = self.house.daemon(
            exchange.rest_url, exchange.websocket_url, data=self.data,
            environment={"SERVICE_PORT": port})
        daemon.says("console, status and metrics at")
        daemon.persists(50)
        checks = self.doctor("--offline", SERVICE_PORT=port)
        self.assertIn("an observer serves", self.line(checks, "service", "ok"))
        daemon.stop()
        checks = self.doctor("--offline", SERVICE_PORT=port)
        self.assertIn("is free", self.line(checks, "service", "ok"))


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("skipped: openssl is not installed")
        sys.exit(77)
    unittest.main()
