"""README's curl lines, as they stand there, against a daemon that records.

    readme_curl.py OBSERVER

Exit 77 is "skipped": curl is not installed.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import json
import random
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import Daemon, House, until  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)) if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"
README = (SOURCE / "README.md").read_text()
README_URL = "http://127.0.0.1:8000"
TOKEN = "of-this-test-alone"


def block() -> str:
    found = re.search(r"<!-- curl -->\n(.*?)<!-- /curl -->", README, re.S)
    assert found and README_URL in found[1], "README.md has no <!-- curl -->"
    return re.sub(r"^ {4}", "", found[1], flags=re.M)


def paths() -> list[str]:
    """Those of README's table of the service that can be read and end."""
    section = README.split("\n## Is it recording?\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`/[^|]*) \|", section, re.M)
    found = [path.replace("/N", "/0") for row in rows
             for path in re.findall(r"`(/[^`]+)`", row)]
    return [path for path in found if path != "/api/stream"]


class Curl(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        house = House(OBSERVER.resolve(), folder / "house", random.Random(1),
                      True, 1, False, print)
        house.__enter__()
        self.addCleanup(house.__exit__, None, None, None)
        self.house = house
        self.exchange = house.exchange(rate=200)
        self.url = f"http://127.0.0.1:{free_port()}"

    def start(self, **more: str) -> Daemon:
        self.daemon = self.house.daemon(
            self.exchange.rest_url, self.exchange.websocket_url,
            environment={"SERVICE_PORT": self.url.rsplit(":", 1)[1], **more})
        self.daemon.says("console, status and metrics at")
        self.daemon.persists(20)
        return self.daemon

    def run_shell(self, text: str) -> str:
        done = subprocess.run(
            ["sh", "-euc", text.replace(README_URL, self.url)],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def curl(self, *words: str) -> str:
        done = subprocess.run(["curl", "-sS", "-m", "20", *words],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def files(self) -> int:
        return len(list((self.daemon.data / "scalp").glob("*.jsonl")))

    def order(self, text: str) -> None:
        """It is accepted, done, and in the system journal with its name."""
        before = self.files()
        answer = json.loads(self.run_shell(text))
        self.assertTrue(answer["accepted"], answer)
        until(lambda: self.files() > before, "another part is begun")
        until(lambda: any("me" in event["detail"]
                          for event in self.daemon.events("operator")),
              "the order is in the system journal")

    def test_the_lines_of_the_readme_give_an_order(self) -> None:
        self.start()
        self.order(block())

    def test_with_a_token_of_the_service_as_the_readme_says(self) -> None:
        self.start(OBSERVER_SERVICE_TOKEN=TOKEN)
        bearer = 'curl -H "Authorization: Bearer $OBSERVER_SERVICE_TOKEN" '
        self.order(f"OBSERVER_SERVICE_TOKEN={TOKEN}\n"
                   + block().replace("curl ", bearer))

    def test_the_paths_of_the_readme_answer(self) -> None:
        self.start()
        self.assertGreater(len(paths()), 7)
        for path in paths():
            status = self.curl("-o", "/dev/null", "-w", "%{http_code}",
                               "--compressed", self.url + path)
            self.assertEqual((path, status), (path, "200"))

    def test_what_curl_can_ask_is_answered(self) -> None:
        """Through a proxy's form, by HTTP/1.0, with HEAD, OPTIONS, TRACE, a
        body that waits, and a page that is known."""
        self.start()
        health = self.url + "/health"
        code = ("-o", "/dev/null", "-w", "%{http_code}")
        self.assertEqual(self.curl("-x", self.url, health), "alive\n")
        self.assertEqual(self.curl("-0", health), "alive\n")
        for method, status in (("OPTIONS", "204"), ("TRACE", "405"),
                               ("PUT", "405")):
            self.assertEqual(self.curl(*code, "-X", method, health), status)
        self.assertRegex(self.curl("-I", health), r"(?m)^Date: .* GMT\r?$")
        waits = self.curl(*code, "-H", "Expect: 100-continue", "-d", "{}",
                          self.url + "/api/actions")
        self.assertEqual(waits, "403")
        page = self.curl("-D", "-", "-o", "/dev/null", self.url + "/app.js")
        tag = re.search(r"(?mi)^etag: (\S+)", page)
        again = self.curl(*code, "-H", f"If-None-Match: W/{tag[1]}, \"x\"",
                          self.url + "/app.js")
        self.assertEqual(again, "304")
        for host in ("LOCALHOST", "Localhost.", "[::1]:1"):
            self.assertEqual(self.curl("-H", f"Host: {host}", health),
                             "alive\n")


if __name__ == "__main__":
    if not shutil.which("curl"):
        print("skipped: curl is not installed")
        sys.exit(77)
    unittest.main()
