"""README's commands and examples, as they stand there.

    readme_test.py OBSERVER

Each indented block of README.md is run: by another test, which finds it by the
marker above it, or here, by its first line; or it says in `NOT_RUN` why not. One
that nobody knows is a failure. README.ko.md has no block of its own, and no link
of either leads nowhere.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import hashlib
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import House  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"

ELSEWHERE = {
    "duckdb": "config/readers.py",
    "pandas": "config/readers.py",
    "curl": "runtime/http/readme_curl.py",
    "nginx": "runtime/http/proxies.py",
    "nginx_password": "runtime/http/proxies.py",
    "caddy": "runtime/http/proxies.py",
}
"""By marker: the test that runs the block."""

NOT_RUN = {
    "tests/run": "it is what runs this",
    "DATA/scalp/": "no command: names of files",
    "coredumpctl gdb observer": "wants systemd, gdb and a crash; what gdb reads"
                                " is looked at by hardening_test.py",
    "tests/bench/run": "eight minutes of a quiet machine",
    "runtime/package": "a build of its own; what it makes is looked at by"
                       " package/deb_test.py",
    "install -o observer": "wants a machine of its own; package/machine has one",
    "docker build": "docker/run builds and starts the image",
    "docker buildx": "half an hour, and another machine",
    "docker compose": "docker/run brings the file up",
    "git pull": "docker/run goes to another version and back",
    "kubectl create": "wants a cluster; docker/kubernetes_test.py judges what"
                      " is applied",
}
"""By the beginning of a block: why not."""


def without_comments(line: str) -> str:
    return re.sub(r"\s+# .*$", "", line).rstrip()


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """(marker or empty, lines without their indentation) of each block."""
    found: list[tuple[str, list[str]]] = []
    marker, lines, inside_list = "", [], False
    for line in [*text.splitlines(), "end"]:
        if line.startswith("    ") and not inside_list:
            lines.append(line[4:])
            continue
        if line == "" and lines:
            lines.append("")
            continue
        if lines:
            found.append((marker, "\n".join(lines).strip("\n").split("\n")))
            lines = []
        if at := re.fullmatch(r"<!-- (/?)(\w+) -->", line):
            marker = "" if at[1] else at[2]
        inside_list = bool(re.match(r"(- |\d+\. )", line)) \
            or (inside_list and line.startswith(" "))
    return found


def text_of(name: str) -> str:
    return (SOURCE / name).read_text()


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            for title in re.findall(r"(?m)^#+ (.*)$", text)}


class Text(unittest.TestCase):
    def test_each_block_of_the_readme_is_run_by_somebody(self) -> None:
        runs = {first for first, _ in Commands.RUNS}
        for marker, lines in blocks(text_of("README.md")):
            known = ELSEWHERE.get(marker)
            if known:
                self.assertTrue((SOURCE / "tests" / known).is_file(), known)
                self.assertIn(f'"{marker}"', text_of(f"tests/{known}")
                              .replace("<!-- ", '"').replace(" -->", '"'))
                continue
            first = without_comments(lines[0])
            self.assertTrue(
                first in runs or any(first.startswith(k) for k in NOT_RUN),
                f"nobody runs this block of README.md: {lines}")

    def test_what_is_run_here_stands_in_the_readme(self) -> None:
        firsts = {without_comments(lines[0])
                  for _, lines in blocks(text_of("README.md"))}
        for first, _ in Commands.RUNS:
            self.assertIn(first, firsts)

    def test_the_korean_readme_has_the_blocks_of_the_english_one(self) -> None:
        english = {without_comments(line)
                   for _, lines in blocks(text_of("README.md"))
                   for line in lines}
        for _, lines in blocks(text_of("README.ko.md")):
            for line in lines:
                self.assertIn(without_comments(line), english)

    def test_no_link_leads_nowhere(self) -> None:
        for name in ("README.md", "README.ko.md"):
            text = text_of(name)
            for target in re.findall(r"\]\(([^)]+)\)", text):
                path, _, anchor = target.partition("#")
                there = path or name
                self.assertTrue((SOURCE / there).exists(),
                                f"{name}: {target}")
                if anchor:
                    self.assertIn(anchor, anchors(text_of(there)),
                                  f"{name}: {target}")

    def test_the_first_page_fits_a_screen(self) -> None:
        for name in ("README.md", "README.ko.md"):
            first_page = text_of(name).split("\n## ")[0]
            self.assertLess(len(first_page.splitlines()), 55, name)

    def test_the_picture_is_one(self) -> None:
        for name in ("README.md", "README.ko.md"):
            path = re.search(r"!\[[^\]]*\]\(([^)]+)\)", text_of(name))[1]
            head = (SOURCE / path).read_bytes()[:24]
            self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
            width, height = struct.unpack(">II", head[16:24])
            self.assertGreaterEqual(width, 900)
            self.assertLess(height, 2 * width)


class Commands(unittest.TestCase):
    """Each runs one block of README.md; `RUNS` says which."""

    RUNS: list[tuple[str, str]] = [
        ("runtime/quickstart", "test_quickstart"),
        ("export KIS_APP_KEY=…  KIS_APP_SECRET=…", "test_on_an_account"),
        ("export OBSERVER_ALLOWED_HOSTS=observer.example",
         "test_behind_a_proxy"),
        ("observer console", "test_on_the_terminal"),
        ("build/release/observer simulate", "test_simulate"),
        ("promtool check config config/prometheus/prometheus.yml",
         "test_promtool"),
        ("observer days", "test_days"),
        ("export OBSERVER_BACKUP_TARGET=/mnt/backup/observer",
         "test_backup"),
        ("observer completion bash > ~/.local/share/bash-completion/"
         "completions/observer", "test_completion_and_manual"),
    ]

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.house = House(OBSERVER, self.folder / "house",
                           random.Random(1), True, 1, False, print)
        self.house.__enter__()
        self.addCleanup(self.house.__exit__, None, None, None)

    def block(self, name: str) -> list[str]:
        first = next(first for first, test in self.RUNS if test == name)
        return next(lines for _, lines in blocks(text_of("README.md"))
                    if without_comments(lines[0]) == first)

    def words(self, line: str) -> str:
        """A line of README with this test's executable in it."""
        return re.sub(r"^(build/release/)?observer\b", str(OBSERVER),
                      line)

    def start(self, line: str, **more: str) -> subprocess.Popen[str]:
        started = subprocess.Popen(
            ["sh", "-c", "exec " + line], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **more})
        self.addCleanup(started.wait)
        self.addCleanup(started.stdout.close)
        self.addCleanup(started.kill)
        return started

    def read_until(self, program: subprocess.Popen[str], what: str) -> str:
        text = ""
        for line in program.stdout:
            text += line
            if re.search(what, line):
                return text
        self.fail(f"{what!r} did not come: {text}")

    def interrupt(self, program: subprocess.Popen[str]) -> str:
        program.send_signal(signal.SIGINT)
        rest = program.stdout.read()
        self.assertEqual(program.wait(timeout=60), 0, rest)
        return rest

    def recorder(self) -> str:
        """The address of one that records."""
        exchange = self.house.exchange(rate=100)
        port = free_port()
        daemon = self.house.daemon(exchange.rest_url, exchange.websocket_url,
                                   environment={"SERVICE_PORT": str(port)})
        daemon.says("console, status and metrics at")
        daemon.persists(20)
        return f"http://127.0.0.1:{port}"

    def test_quickstart(self) -> None:
        (line,) = self.block("test_quickstart")
        if OBSERVER != SOURCE / "build/release/observer":
            self.skipTest("it builds the release")
        program = self.start(str(SOURCE / line))
        said = self.read_until(program, r" on disk ")
        self.assertRegex(said, r"http://127\.0\.0\.1:\d+/")
        proof = self.interrupt(program)
        command = re.search(r"observer (audit .*)$", proof, re.M)
        done = subprocess.run([OBSERVER, *command[1].split()], text=True,
                              cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_on_an_account(self) -> None:
        """The keys and the folder are this test's; the hosts too."""
        exchange = self.house.exchange(rate=100)
        *exports, config, run = self.block("test_on_an_account")
        environment = {
            "KIS_BASE_URL": exchange.rest_url,
            "KIS_WEBSOCKET_URL": exchange.websocket_url,
            "OBSERVER_SUBSCRIBE_SPACING_MS": "10", "SERVICE_PORT": "0"}
        shell = "\n".join(exports).replace("KIS_APP_KEY=…",
                                           "KIS_APP_KEY=sim-appkey")
        shell = shell.replace("KIS_APP_SECRET=…",
                              "KIS_APP_SECRET=sim-appsecret")
        shell = shell.replace("/var/lib/observer", str(self.folder / "data"))
        self.assertNotIn("…", shell)
        said = subprocess.run(
            ["sh", "-euc", f"{shell}\n{self.words(config)}"], text=True,
            capture_output=True, check=False, env={**os.environ, **environment})
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertRegex(said.stdout, r"feed\.symbols .*005930")
        self.assertNotIn("sim-appsecret", said.stdout)
        script = self.folder / "run.sh"
        script.write_text(f"{shell}\nexec {self.words(run)}\n")
        program = self.start(f"sh {script}", **environment)
        self.read_until(program, r"\[저장\]")
        self.assertIn("in_flight=0", self.interrupt(program))

    def test_behind_a_proxy(self) -> None:
        lines = self.block("test_behind_a_proxy")
        shell = "\n".join(lines).replace("…", "0123456789abcdef")
        said = subprocess.run(
            ["sh", "-euc", f"{shell}\n{OBSERVER} config"], text=True,
            capture_output=True, check=False, cwd=self.folder,
            env={**os.environ, "KIS_APP_KEY": "k", "KIS_APP_SECRET": "s"})
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertRegex(said.stdout, r"allowed_hosts .*observer\.example")
        self.assertNotIn("0123456789abcdef", said.stdout)

    def test_on_the_terminal(self) -> None:
        """At a daemon of this test's, which has another port."""
        url = self.recorder()
        on_screen, from_afar, once = self.block("test_on_the_terminal")
        self.assertTrue(from_afar.startswith("ssh "))  # the same, elsewhere
        self.assertTrue(on_screen.startswith("observer console"))
        command, _, behind = once.partition(" | ")
        said = subprocess.run(
            ["sh", "-c", f"{self.words(command)} {url}"], text=True,
            capture_output=True, check=False)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(json.loads(said.stdout)["verdict"]["state"],
                         "recording")
        if shutil.which("jq"):
            jq = subprocess.run(["sh", "-c", behind], input=said.stdout,
                                text=True, capture_output=True, check=False)
            self.assertIn('"state": "recording"', jq.stdout)

    def past_day(self) -> Path:
        """A data directory with a closed day, that of README's examples."""
        data = self.folder / "data"
        line = (b'{"timestamp":"2026-09-14T15:07:46.123456+09:00",'
                b'"event":"connected","session_id":"s-s1","slot":-1,'
                b'"seq":1,"cause":"none","detail":"made up"}\n')
        name = "system/20260914.jsonl"
        (data / "system").mkdir(parents=True)
        (data / name).write_bytes(line)
        when = "2026-09-14T15:07:46.123456+09:00"
        (data / f"{name}.manifest.json").write_text(json.dumps({
            "format": 1, "file": Path(name).name, "dataset": "system",
            "lines": 1, "bytes": len(line),
            "sha256": hashlib.sha256(line).hexdigest(),
            "first_received": when, "last_received": when, "sealed_at": when,
            "sealed_because": "stop", "streams": [], "gaps": []}))
        return data

    def run_lines(self, lines: list[str], **folders: str) -> str:
        """What they print; each must end well."""
        said = ""
        environment = {**os.environ, "OBSERVER_DATA_DIR":
                       str(self.past_day())}
        for line in lines:
            line = self.words(without_comments(line))
            for name, here in folders.items():
                line = line.replace(f"/{name.replace('_', '/')}", here)
            done = subprocess.run(["sh", "-euc", line], text=True,
                                  capture_output=True, check=False,
                                  cwd=self.folder, env=environment)
            self.assertEqual(done.returncode, 0,
                             line + done.stdout + done.stderr)
            said += done.stdout
        return said

    def test_days(self) -> None:
        self.assertIn("20260914", self.run_lines(self.block("test_days")))

    def test_backup(self) -> None:
        target = self.folder / "backup"
        target.mkdir()
        export, *lines = self.block("test_backup")
        self.assertTrue(export.startswith("export "))
        # As typed into one shell.
        lines = [f"{without_comments(export)}; {self.words(line)}"
                 for line in lines]
        self.run_lines(lines, mnt_backup_observer=str(target),
                       tmp_restored=str(self.folder / "restored"))
        self.assertEqual(
            (self.folder / "restored/system/20260914.jsonl").read_bytes(),
            (self.folder / "data/system/20260914.jsonl").read_bytes())

    def test_simulate(self) -> None:
        for line in self.block("test_simulate"):
            program = self.start(
                f"{self.words(without_comments(line))} --rest-port 0"
                " --ws-port 0")
            self.read_until(program, r"rest http://\S+ websocket ws://")
            self.interrupt(program)

    def test_completion_and_manual(self) -> None:
        """The folders, which the system has, are this test's."""
        for line in self.block("test_completion_and_manual"):
            line = self.words(line).replace("/usr/local", str(self.folder))
            target = line.rsplit("> ", 1)[1]
            line = f"mkdir -p $(dirname {target})\n{line}\ntest -s {target}"
            done = subprocess.run(
                ["sh", "-euc", line], text=True, capture_output=True,
                check=False, env={**os.environ, "HOME": str(self.folder)})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool(self) -> None:
        promtool = SOURCE / "tests/config/promtool"
        asked = subprocess.run([promtool], text=True, capture_output=True,
                               check=False)
        if asked.returncode != 0:
            self.skipTest(asked.stderr.strip())
        found = asked.stdout.strip()
        for line in self.block("test_promtool"):
            done = subprocess.run(
                ["sh", "-c", line.replace("promtool", found, 1)], cwd=SOURCE,
                text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
