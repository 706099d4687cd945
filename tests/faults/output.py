"""Standard error as it is not in tests: not read, gone, full, closed from the
start. The log may lose lines, and says so; recording loses nothing."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path

from case import (SYMBOLS, Exchange, Failed, House, check, until)

STOP_PATIENCE_S = 30.0
KEYS = {"KIS_APP_KEY": "sim-appkey", "KIS_APP_SECRET": "sim-appsecret"}


def started(house: House, exchange: Exchange, data: Path, redirection: str,
            stderr: int = subprocess.DEVNULL, *options: str,
            port: int = 0) -> subprocess.Popen:
    """A recorder that logs much, through a shell that redirects."""
    words = [str(house.observer), "run", "--progress", "--log-level", "trace",
             "--base-url", exchange.rest_url, "--websocket-url",
             exchange.websocket_url, "--data-dir", str(data), "--ignore-hours",
             "--subscribe-spacing-ms", "10", "--ledger-interval-s", "1",
             "--port", str(port), "--symbols", ",".join(SYMBOLS), *options]
    child = subprocess.Popen(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
        cwd=house.folder, env={"PATH": os.environ["PATH"], **KEYS},
        start_new_session=True)
    house.at_end(child.kill)
    return child


def ticks(data: Path) -> int:
    return sum(path.read_bytes().count(b"\n")
               for path in (data / "scalp").glob("*.jsonl"))


def records(child: subprocess.Popen, data: Path, more: int) -> None:
    wanted = ticks(data) + more
    until(lambda: ticks(data) >= wanted or child.poll() is not None,
          f"{more} more ticks are on disk in {data.name}")
    check(child.poll() is None, f"{data.name}: it runs, not {child.poll()}")


def stops(house: House, child: subprocess.Popen, data: Path) -> float:
    begun = time.monotonic()
    child.terminate()
    try:
        status = child.wait(STOP_PATIENCE_S)
    except subprocess.TimeoutExpired as why:
        raise Failed(f"{data.name}: SIGTERM is not obeyed") from why
    check(status == 0, f"{data.name}: exit 0, not {status}")
    house.audit(data)
    return time.monotonic() - begun


def log_not_read(house: House) -> str:
    """A pipe of 4 KiB that nobody reads: recording and the stop go on; what was
    dropped is counted, and said once it is read again."""
    exchange = house.exchange(rate=500)
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    data = house.path("not-read")
    child = started(house, exchange, data, "", writing)
    os.close(writing)
    records(child, data, 500)
    # Filled long ago; enough of them pass the queue's bound, too.
    for _ in range(20_000):
        os.kill(child.pid, 12)  # SIGUSR2: a line each
    records(child, data, 500)
    seconds = stops(house, child, data)
    os.close(reading)
    exchange.process.kill()
    return f"{ticks(data)} ticks, stopped within {seconds:.1f} s"


def log_read_again(house: House) -> str:
    """A reader that comes back finds whole lines, and how many are missing."""
    exchange = house.exchange(rate=200)
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    data = house.path("read-again")
    child = started(house, exchange, data, "", writing, port=18_763)
    os.close(writing)
    records(child, data, 100)

    def dropped() -> int:
        os.kill(child.pid, 12)
        with urllib.request.urlopen("http://127.0.0.1:18763/metrics",
                                    timeout=30) as reply:
            text = reply.read().decode()
        return int(float(re.search(
            r"^observer_log_lines_dropped_total (\S+)$", text, re.M)[1]))

    until(lambda: dropped() > 10, "dropped lines are a metric")
    text = b""
    limit = time.monotonic() + 60
    while not re.search(rb"\[log\] (\d+) lines of (\d+) bytes were dropped",
                        text):
        text += os.read(reading, 65536)
        os.kill(child.pid, 12)
        check(time.monotonic() < limit, "the drop is said")
    os.set_blocking(reading, True)
    child.terminate()
    while more := os.read(reading, 65536):
        text += more
    check(child.wait(STOP_PATIENCE_S) == 0, "exit 0")
    house.audit(data)
    check(b"[ledger] final" in text, "the end is said")
    exchange.process.kill()
    return re.search(rb"\[log\] .*", text)[0].decode()


def log_gone(house: House) -> str:
    """A reader that is gone, a full disk, closed at the start: exit 0, sound."""
    exchange = house.exchange(rate=300)
    reading, gone = os.pipe()
    os.close(reading)
    for name, redirection, stderr in (
            ("reader-gone", "", gone), ("full", "2>/dev/full", -3),
            ("closed", "2>&-", -3), ("all-closed", "0<&- 1>&- 2>&-", -3)):
        data = house.path(name)
        child = started(house, exchange, data, redirection,
                        subprocess.DEVNULL if stderr == -3 else stderr)
        records(child, data, 200)
        files = [os.readlink(f"/proc/{child.pid}/fd/{fd}") for fd in (0, 1, 2)]
        check(not any(str(data) in file or "anon_inode" in file
                      or "socket" in file for file in files),
              f"{name}: descriptors 0 to 2 are nobody else's: {files}")
        stops(house, child, data)
        lock = (data / ".lock").read_bytes()
        check(b"[" not in lock and len(lock) < 64, f"{name}: the lock is one")
    os.close(gone)
    exchange.process.kill()
    return "reader gone, disk full, closed, all closed: recorded and sealed"


def simulator_output(house: House) -> str:
    """`simulate` and `demo` without a reader of standard error go on."""
    for what in (("demo", "--seconds", "3", "--port", "0", "--data-dir",
                  str(house.path("demo"))),):
        for redirection in ("2>/dev/full", "2>&-"):
            done = subprocess.run(
                ["sh", "-c", f'exec "$@" {redirection}', "sh",
                 str(house.observer), *what], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, cwd=house.folder, check=False,
                env={"PATH": os.environ["PATH"]}, timeout=120)
            check(done.returncode == 0,
                  f"{what[0]} {redirection}: exit 0, not {done.returncode}")
    return "demo"


def output_not_read(house: House) -> str:
    """`simulate` and `demo` with a full standard output that nobody reads obey
    SIGTERM; what they print comes in order once somebody reads."""
    for command, words in (
            ("simulate", ("--rest-port", "0", "--ws-port", "0")),
            ("demo", ("--port", "0", "--symbols", "3", "--data-dir",
                      str(house.path("demo-unread"))))):
        for read_again in (False, True):
            reading, writing = os.pipe()
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
            os.write(writing, b"." * 4095 + b"\n")
            errors = house.path(f"{command}-{read_again}.err")
            with errors.open("wb") as sink:
                child = subprocess.Popen(
                    [str(house.observer), command, *words],
                    stdin=subprocess.DEVNULL, stdout=writing, stderr=sink,
                    cwd=house.folder, env={"PATH": os.environ["PATH"]},
                    start_new_session=True)
            house.at_end(child.kill)
            os.close(writing)
            if command == "simulate":
                until(lambda: b"nobody reads standard output"
                      in errors.read_bytes(), "simulate says it is not read")
            else:
                records(child, house.path("demo-unread"), 100)
            text = b""
            if read_again and command == "simulate":
                while text.count(b"\n") < 2:
                    text += os.read(reading, 65536)
            child.terminate()
            if read_again:
                while more := os.read(reading, 65536):
                    text += more
            try:
                status = child.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired as why:
                raise Failed(f"{command}: SIGTERM is not obeyed") from why
            check(status == 0, f"{command}: exit 0, not {status}")
            check((b"nobody reads" in errors.read_bytes()) != read_again
                  or command == "simulate", f"{command}: unread is said")
            if read_again:
                first = (b"observer simulate: rest " if command == "simulate"
                         else b"The exchange sent ")
                check(text.split(b"\n", 1)[1].startswith(first),
                      f"{command}: it is said to who reads: {text[-200:]}")
            os.close(reading)
    house.audit(house.path("demo-unread"))
    return "demo, simulate"


def output_refused(house: House) -> str:
    """`simulate` and `demo` whose standard output is full or closed exit 2."""
    for redirection in (">/dev/full", ">&-"):
        for command, words in (
                ("simulate", ("--rest-port", "0", "--ws-port", "0")),
                ("demo", ("--seconds", "1", "--port", "0", "--data-dir",
                          str(house.path("demo-refused"))))):
            done = subprocess.run(
                ["sh", "-c", f'exec "$@" {redirection}', "sh",
                 str(house.observer), command, *words],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                cwd=house.folder, check=False,
                env={"PATH": os.environ["PATH"]}, timeout=120)
            check(done.returncode == 2 and
                  f"observer {command}: standard output could not be written"
                  in done.stderr, f"{command} {redirection}: exit 2 and a word, "
                  f"not {done.returncode}: {done.stderr[-300:]}")
    return "full, closed"


CASES = [log_not_read, log_read_again, log_gone, simulator_output,
         output_not_read, output_refused]
LONG = (log_read_again,)
