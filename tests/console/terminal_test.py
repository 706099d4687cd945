"""`observer console` as a reader meets it: in a real terminal (tmux) against a
mock of the daemon. Usage: terminal_test.py OBSERVER_EXECUTABLE

Exit 77 is "skipped", with the reason.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mock_status import ITEMS, Mock  # noqa: E402

TERMS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../runtime/console/terms.json")
# Latin words that a Korean reader expects: names that people or the exchange
# gave, units, keys, settings.
LATIN = {"TR", "KRX", "NXT", "VI", "fsync", "pid", "KB", "MB", "GB", "ms", "µs",
         "Enter", "Esc", "Tab", "PgUp", "PgDn", "Home", "End", "HTTP",
         "trace", "debug", "info", "warning", "critical", "error", "scalp",
         "REST"}
NAMES = re.compile(
    r"“[^”]*(”|$)"                # quoted originals, cut at the edge or not
    r"|https?://\S+|/var/lib/observer|vm-1|H0[A-Z]{3}[A-Z0-9]{3}|H0[A-Z0-9]{0,6}…"
    r"|(guardian|persistence|collection|feed|watch)(/[a-z_0-9]*…?)?"
    r"|scalp/\S+|\d{8}T\d{6}-\w+|p50|p99|\bx\b")
EXECUTABLE = None
WAIT_S = 20
SKIPPED = 77


def cells(text):
    """Width on a terminal, by Unicode's own table."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, command, columns=100, rows=30, environment=()):
        self.dir = tempfile.TemporaryDirectory()
        self.socket = os.path.join(self.dir.name, "tmux")
        env = {"PATH": os.environ["PATH"], "HOME": self.dir.name,
               "TERM": "xterm-256color", "LANG": "C.UTF-8",
               "SHELL": "/bin/sh"}
        exports = " ".join(f"{k}={v}" for k, v in environment)
        # The shell stays, to see what the console leaves behind.
        shell = "PS1='prompt> ' exec sh"
        subprocess.run(
            ["tmux", "-u", "-f", "/dev/null", "-S", self.socket,
             "new-session", "-d", "-x", str(columns), "-y", str(rows),
             f"echo before; {exports} {command}; echo status=$?; {shell}"],
            check=True, env=env)

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-u", "-S", self.socket, *arguments], check=True,
            capture_output=True, text=True).stdout

    def lines(self, *options):
        return self.tmux("capture-pane", "-p", *options).split("\n")

    def text(self, *options):
        return "\n".join(self.lines(*options))

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def typed(self, text):
        self.tmux("send-keys", "-l", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def pane(self, variable):
        return self.tmux("display-message", "-p", "#{" + variable + "}").strip()

    def wait(self, is_there, what):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if is_there():
                return
            time.sleep(0.05)
        raise AssertionError(f"{what}; the screen shows:\n{self.text()}")

    def wait_for(self, words):
        self.wait(lambda: words in self.text(), f"no \"{words}\"")

    def wait_gone(self, words):
        self.wait(lambda: words not in self.text(), f"still \"{words}\"")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"],
                       capture_output=True)
        self.dir.cleanup()


class ConsoleTest(unittest.TestCase):
    def setUp(self):
        self.mock = Mock()
        self.addCleanup(lambda: self.mock and self.mock.stop())

    def console(self, options="", **how):
        terminal = Terminal(f"{EXECUTABLE} console {self.mock.url} {options}",
                            **how)
        self.addCleanup(terminal.close)
        return terminal

    def first_rows(self, terminal, n=3):
        return [line.split()[0] for line in terminal.lines()[3:3 + n]]

    def test_verdict_and_tabs(self):
        t = self.console()
        t.wait_for("Recording: 1,234 trades/s, all on disk")
        self.assertIn(" 1 Recording  2 Slots  3 Actors  4 Journal  5 Events",
                      t.lines()[1])
        for words in ["97,329", "bad time 3", "live 5", "empty 34",
                      "12.3 GB free", "balanced", "99.997 %",
                      "35 shares missing", "disconnects 2",
                      "subscribed ×3"]:
            t.wait_for(words)
        for key, words in [("2", "005930"), ("3", "feed/connection"),
                           ("5", "no byte for 45 s"),
                           ("4", "scalp/20260914_09.jsonl"),
                           ("1", "12.3 GB free")]:
            t.keys(key)
            if key == "3":
                t.keys("G")
            t.wait_for(words)
        t.keys("?")
        t.wait_for("sort by the next column")
        t.keys("?")
        t.wait_for("12.3 GB free")

    def test_sort_and_filter(self):
        t = self.console()
        t.wait_for("Recording")
        t.keys("3")
        t.wait_for("guardian")
        self.assertEqual(self.first_rows(t)[0], "guardian")
        t.keys("s")
        t.wait_for("actor▲")
        self.assertEqual(self.first_rows(t)[0], "collection")
        t.keys("S")
        t.wait_for("actor▼")
        t.keys("Home")
        t.wait(lambda: self.first_rows(t)[:1] == ["watch/ledger"],
               "not sorted in reverse")
        t.keys("5")
        t.wait_for("12 shares missing")
        t.keys("/")
        t.typed("NO_REPLY")
        t.wait_gone("12 shares missing")
        t.wait_for("no byte for 45 s")
        t.keys("Enter")
        t.wait_for("filter: NO_REPLY")
        t.keys("Escape")
        t.wait_for("12 shares missing")

    def test_korean_text_aligns(self):
        for columns, rows in [(80, 24), (120, 40)]:
            t = self.console("--lang ko", columns=columns, rows=rows)
            t.wait_for("정상 기록 중: 초당 1,234건 수신")
            t.keys("5")
            t.wait_for("시각 ")  # the heading; the first view has events too
            t.wait_for("운영자 조작")
            heading, *rows = t.lines()[2:6]
            for row, words in zip(rows, ["12주 누락", "“운영자가", "증권사가"]):
                self.assertEqual(cells(heading[:heading.index("내용")]),
                                 cells(row[:row.index(words)]))
            t.keys("2")
            t.wait_for("KRX 호가")
            heading, *rows = t.lines()[2:9]
            for row in rows:
                self.assertEqual(
                    cells(heading[:heading.index("TR")]),
                    cells(row[:re.search("KRX|NXT", row).start()]))
        # Searched in Korean, with the keys of a Korean keyboard.
        t.keys("5")
        t.keys("/")
        t.typed("운영자")
        t.wait_gone("응답 없음")
        t.wait_for("운영자가 슬롯 3을 고정")

    def english_of(self, text):
        """The Latin words that a Korean screen should not have."""
        rest = NAMES.sub(" ", text)
        return [w for w in re.findall(r"[A-Za-zµ][A-Za-zµ_]+", rest)
                if w not in LATIN]

    def test_a_korean_reader_meets_no_english(self):
        # Facts without a template of their own stay in the daemon's words.
        with open(TERMS, encoding="utf-8") as file:
            say = json.load(file).get("say", {})
        self.mock.facts.warns = True
        self.mock.facts.items = [i for i in ITEMS if i["kind"] in say]
        seen = []

        def look(words):
            t.wait_for(words)
            for line in t.lines():
                self.assertEqual(self.english_of(line), [], line)
                self.assertLessEqual(cells(line), columns)
            seen.append(words)

        for columns, rows in [(80, 24), (120, 40)]:
            t = self.console("--lang ko", columns=columns, rows=rows)
            if self.mock.facts.items:
                look("기록 중 · 주의")
                look("건수 대조")
                t.keys("PgDn")
                look("최근 이벤트")
            for key, words in [("2", "빈 슬롯 34개"), ("Enter", "세션 1 슬롯 0"),
                               ("Escape", "등록 거부"), ("3", "메시지 큐"),
                               ("4", "봉인 이유"), ("5", "거래소 측 누락"),
                               ("?", "다음 열로 정렬"), ("?", "12주 누락"),
                               ("3", "feed"), ("Enter", "감독자"),
                               ("Escape", "메시지 큐"), ("2", "KRX 호가"),
                               ("a", "새 파일로 전환"), ("Enter", "H0STCNT0:"),
                               ("x", ": x"), ("Enter", "x 등록: y를 누르면"),
                               ("n", "실행하지 않았습니다")]:
                t.keys(key)
                look(words)
            t.keys("a", "j", "Enter", "y")
            look("접수됨: 슬롯 0 해제")
            t.keys("/")
            look("검색:")
            t.typed("zz")
            t.wait_for("검색 결과 없음")
            t.keys("Escape", "q")
            t.wait_for("status=0")
        self.assertGreater(len(seen), 35)

    def test_a_korean_reader_is_told_of_lost_contact(self):
        t = self.console("--lang ko", columns=80, rows=24)
        t.wait_for("정상 기록 중")
        self.mock.stop()
        self.mock = None
        t.wait_for("연결 거부됨")
        self.assertTrue(t.lines()[0].startswith("● 연결 끊김: http://"))
        self.assertIn("마지막 확인", t.lines()[2])
        for line in t.lines():
            self.assertEqual(self.english_of(line), [], line)

    def test_resize(self):
        t = self.console()
        t.wait_for("Recording")
        t.keys("2")
        t.wait_for("005930")
        t.resize(60, 15)
        t.wait(lambda: all(cells(line) <= 60 for line in t.lines())
               and any("q leave" in line for line in t.lines()[14:15]),
               "not drawn to the smaller window")
        self.assertIn("Recording", t.lines()[0])
        t.resize(140, 40)
        t.wait(lambda: "q leave" in t.lines()[39], "not drawn to the larger")
        t.resize(12, 3)
        time.sleep(0.7)
        t.resize(100, 30)
        t.wait_for("005930")

    def test_restart_of_the_daemon(self):
        t = self.console()
        t.wait_for("97,329")
        port = self.mock.port
        self.mock.stop()
        self.mock = None
        t.wait_for(f"no contact with http://127.0.0.1:{port} for ")
        t.wait_for("connection refused")
        t.wait_for("for 2 s")
        self.assertIn("97,329", t.text())
        # It begins with that: what was last known is behind it, and dim.
        self.assertTrue(t.lines()[0].startswith("● no contact with "))
        self.assertIn("last known at ", t.lines()[2])
        self.assertIn("Recording: 1,234", t.lines()[2])
        self.assertIn("\x1b[2m", t.lines("-e")[2])
        self.mock = Mock(port)
        self.mock.facts.run_id = "20260914T120000-000001"
        t.wait_gone("no contact")
        t.wait_for("the daemon was restarted: run 20260914T120000-000001")
        t.wait_for("Recording")

    def test_before_the_daemon(self):
        port = self.mock.port
        self.mock.stop()
        self.mock = None
        t = Terminal(f"{EXECUTABLE} console http://127.0.0.1:{port}")
        self.addCleanup(t.close)
        t.wait_for("connection refused")
        self.mock = Mock(port)
        t.wait_for("Recording")

    def test_opening(self):
        t = self.console()
        t.wait_for("Recording")
        t.keys("2")
        t.wait_for("005930")
        t.keys("j", "Enter")
        t.wait_for("slot 1 of session 1")
        t.wait_for("12,364 accumulated")
        t.wait_for("traded shares    accumulated")
        t.wait_for("10:00:01       71,500")
        t.keys("Escape")
        t.wait_for("035720")
        t.keys("3")
        t.keys("/")
        t.typed("slot_3")
        t.keys("Enter", "Enter")
        t.wait_for("supervisor     feed")
        t.wait_for("runtime_error")

    def test_actions_ask_first(self):
        t = self.console()
        t.wait_for("Recording")
        t.keys("3")
        t.wait_for("guardian")
        t.keys("j", "a")
        t.wait_for("> restart the actor persistence")
        t.keys("Enter")
        t.wait_for("restart the actor persistence? y does it")
        t.keys("n")
        t.wait_for("not done")
        self.assertEqual(self.mock.facts.actions, [])
        t.keys("a", "Enter")
        t.wait_for("y does it")
        t.keys("y")
        t.wait_for("did restart_actor persistence")
        sent, = self.mock.facts.actions
        self.assertEqual((sent["action"], sent["target"], sent["confirm"]),
                         ("restart_actor", "persistence", True))
        self.assertLessEqual(len(sent["who"]), 60)
        t.keys("2")
        t.wait_for("005930")
        t.keys("j", "j", "a")
        t.wait_for("> register … in slot 2")
        t.keys("Enter")
        t.typed("005380")
        t.keys("Enter")
        t.wait_for("register 005380 in slot 2? y does it")
        t.keys("y")
        t.wait_for("did pin 2")
        self.assertEqual(self.mock.facts.actions[1]["value"], "005380")

    def test_a_registration_is_not_given_twice(self):
        t = self.console()
        t.wait_for("Recording")
        t.keys("2")
        t.wait_for("34 empty: 7–40")
        t.keys("G", "Enter")
        t.wait_gone("34 empty")
        t.keys("G", "a")
        t.wait_for("> register … in slot 40")
        t.keys("Enter")
        t.typed("H0NXCNT0:005930")
        t.keys("Enter")
        t.wait_for("slot 3 holds H0NXCNT0:005930 already")
        self.assertEqual(self.mock.facts.actions, [])

    def test_asks_at_most_twice_a_second(self):
        t = self.console()
        t.wait_for("Recording")
        before = self.mock.facts.asked
        time.sleep(3)
        self.assertIn(self.mock.facts.asked - before, range(4, 8))

    def test_q_gives_the_terminal_back(self):
        t = self.console()
        t.wait_for("Recording")
        self.assertEqual(t.pane("alternate_on"), "1")
        t.keys("q")
        t.wait_for("status=0")
        self.restored(t)

    def test_signals_give_the_terminal_back(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            t = self.console()
            t.wait_for("Recording")
            shell = t.pane("pane_pid")
            with open(f"/proc/{shell}/task/{shell}/children") as children:
                pid, = children.read().split()
            os.kill(int(pid), number)
            t.wait_for("status=0")
            self.restored(t)

    def restored(self, t):
        self.assertEqual(t.pane("alternate_on"), "0")
        self.assertEqual(t.pane("cursor_flag"), "1")
        self.assertIn("before", t.text())
        # Echo and line mode are back; what is typed sooner is echoed twice.
        t.wait_for("prompt>")
        t.typed("echo a''b")
        t.keys("Enter")
        t.wait(lambda: "ab" in t.lines(), "the shell does not work")

    def test_a_hung_daemon_does_not_hold_the_reader_up(self):
        t = self.console()
        t.wait_for("Recording")
        os_socket = self.mock.server.socket
        self.mock.server.shutdown()  # Accepted by the kernel, never answered.
        t.wait_for("no answer within 3 s")
        begin = time.monotonic()
        t.keys("q")
        t.wait_for("status=0")
        self.assertLess(time.monotonic() - begin, 2)
        os_socket.close()

    def once(self, *options, environment=()):
        return subprocess.run(
            [EXECUTABLE, "console", "--once", *options], text=True,
            capture_output=True, timeout=WAIT_S,
            env={"PATH": os.environ["PATH"], **dict(environment)})

    def test_once(self):
        shown = self.once(self.mock.url)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("Recording: 1,234 trades/s", shown.stdout)
        self.assertNotIn("\x1b", shown.stdout)
        facts = self.once("--json", self.mock.url)
        self.assertEqual(json.loads(facts.stdout)["ledger"]["received"], 97329)
        self.assertIn("a_field_of_a_later_version", facts.stdout)
        self.mock.facts.state = "market_closed"
        self.assertEqual(self.once(self.mock.url).returncode, 0)
        self.mock.facts.state = "not_recording"
        self.mock.facts.cause = "disk_full"
        self.assertEqual(self.once(self.mock.url).returncode, 1)
        korean = self.once(self.mock.url, environment=[("LANG", "ko_KR.UTF-8")])
        self.assertIn("기록 안 됨: 디스크 부족", korean.stdout)

    def test_once_says_all_of_the_verdict(self):
        self.mock.facts.warns, self.mock.facts.items = True, ITEMS
        shown = self.once(self.mock.url).stdout.split("\n")
        for fact in ITEMS:
            self.assertIn(fact["text"], shown[0])
        today, = [line for line in shown if line.startswith("Today")]
        self.assertIn("received 97,329", today)
        korean = self.once("--lang", "ko", self.mock.url).stdout.split("\n")
        self.assertTrue(korean[0].startswith("● 기록 중 · 주의: "))
        self.assertIn("999999 KRX 체결", korean[0])
        self.assertIn("051910 KRX 체결", korean[0])
        self.assertTrue(any(line.startswith("오늘 ") for line in korean))

    def test_language(self):
        korean = [("LC_ALL", "ko_KR.UTF-8")]
        shown = self.once("--lang", "en", self.mock.url, environment=korean)
        self.assertIn("Recording: 1,234 trades/s", shown.stdout)
        shown = self.once("--lang", "fr", self.mock.url)
        self.assertEqual((shown.returncode, shown.stdout), (2, ""))
        self.assertIn("--lang fr: no language of the console; say ko or en",
                      shown.stderr)
        facts = self.once("--json", "--lang", "ko", self.mock.url)
        self.assertIn("Recording: 1,234 trades/s", facts.stdout)

    def test_once_without_contact(self):
        self.mock.stop()
        shown = self.once(self.mock.url)
        self.assertEqual(shown.returncode, 2)
        self.assertEqual(shown.stdout, "")
        self.assertIn("connection refused", shown.stderr)
        korean = self.once("--lang", "ko", self.mock.url)
        self.assertEqual(korean.returncode, 2)
        self.assertIn("연결할 수 없음: 연결 거부됨", korean.stderr)
        self.mock = None

    def test_bearer_token(self):
        self.mock.facts.bearer = "CANARY-bearer"
        shown = self.once(self.mock.url)
        self.assertEqual(shown.returncode, 2)
        self.assertIn("OBSERVER_SERVICE_TOKEN", shown.stderr)
        shown = self.once(self.mock.url, environment=[
            ("OBSERVER_SERVICE_TOKEN", "CANARY-bearer")])
        self.assertEqual(shown.returncode, 0)
        with tempfile.NamedTemporaryFile("w", suffix=".token") as file:
            file.write("CANARY-bearer\n")
            file.flush()
            shown = self.once("--token-file", file.name, self.mock.url)
        self.assertEqual(shown.returncode, 0)
        self.assertNotIn("CANARY", shown.stdout + shown.stderr)

    def test_a_terminal_without_a_cursor(self):
        """What an editor's shell window is: it is told so, and left as it is."""
        near, far = os.openpty()
        told = subprocess.run([EXECUTABLE, "console", self.mock.url],
                              stdin=far, stdout=far, stderr=subprocess.PIPE,
                              text=True, timeout=60,
                              env={**os.environ, "TERM": "dumb"})
        os.set_blocking(near, False)
        try:
            drawn = os.read(near, 65536)
        except BlockingIOError:
            drawn = b""
        os.close(near)
        os.close(far)
        self.assertEqual(told.returncode, 2)
        self.assertIn('"dumb" has no cursor', told.stderr)
        self.assertIn("--once", told.stderr)
        self.assertEqual(drawn.strip(), b"")

    def test_without_a_terminal(self):
        shown = subprocess.run([EXECUTABLE, "console", self.mock.url],
                               stdin=subprocess.DEVNULL, text=True,
                               capture_output=True, timeout=WAIT_S)
        self.assertEqual(shown.returncode, 2)
        self.assertIn("--once", shown.stderr)


def main():
    global EXECUTABLE
    if shutil.which("tmux") is None:
        print("skipped: tmux is not installed (apt-get install tmux)")
        return SKIPPED
    EXECUTABLE = os.path.abspath(sys.argv.pop(1))
    result = unittest.main(exit=False, verbosity=2).result
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
