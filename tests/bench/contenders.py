"""Who records what the load sends."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from process import Process

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build/release"
LOAD = BUILD / "tests/bench/bench_load"
MICRO = BUILD / "tests/bench/bench_micro"
REGISTRATIONS = 41


class Skipped(Exception):
    """Why a contender cannot run on this machine."""


@dataclass
class Contender:
    """`files` is a pattern below the folder that it records into."""
    name: str
    title: str
    files: str = "out.jsonl"
    registrations: int = 0

    def start(self, folder: Path, port: str, sessions: int = 1) -> Process:
        """Records from the load at this port."""
        raise NotImplementedError

    def latencies(self, _log: str) -> dict[str, float]:
        """From receive to acknowledged, if it tells."""
        return {}


class Observer(Contender):
    """The daemon as it is installed, without its HTTP service."""
    secure = ""
    service_port = "0"

    def start(self, folder: Path, port: str, _sessions: int = 1) -> Process:
        symbols = subprocess.run([LOAD, "--symbols"], check=True, text=True,
                                 capture_output=True).stdout.split()
        return Process(
            [str(BUILD / "observer"), "run"], folder, folder / "log",
            {"KIS_APP_KEY": "bench", "KIS_APP_SECRET": "bench",
             "KIS_BASE_URL": f"http{self.secure}://127.0.0.1:{port}",
             "KIS_WEBSOCKET_URL": f"ws{self.secure}://127.0.0.1:{port}",
             **({"OBSERVER_CA_FILE": str(folder / "load.pem")}
                if self.secure else {}),
             "OBSERVER_DATA_DIR": str(folder / "data"),
             "OBSERVER_SYMBOLS": ",".join(symbols),
             "OBSERVER_SUBSCRIBE_SPACING_MS": "10",
             "SERVICE_PORT": self.service_port})

    def latencies(self, log: str) -> dict[str, float]:
        found = re.findall(r"ack_p50_ms=([\d.]+) ack_p99_ms=([\d.]+)", log)
        if not found:
            return {}
        return {"ack_p50_ms": float(found[-1][0]),
                "ack_p99_ms": float(found[-1][1])}


class ObserverTls(Observer):
    """The same over TLS, as `wss://`."""
    secure = "s"


class ObserverServed(Observer):
    """The same with its HTTP service."""
    service_port = "18000"


class Sessions(Contender):
    """The daemon's tree with as many sessions as are wanted."""

    def start(self, folder: Path, port: str, sessions: int = 1) -> Process:
        return Process([str(BUILD / "tests/bench/bench_sessions"), "--port",
                        port, "--data-dir", str(folder / "data"),
                        "--sessions", str(sessions)], folder, folder / "log",
                       talks=True)


class Limit(Contender):
    """The loop without actors."""

    def start(self, folder: Path, port: str, _sessions: int = 1) -> Process:
        more = ["--ahead"] if self.name == "limit-ahead" else []
        return Process([str(BUILD / "tests/bench/bench_limit"), "--port", port,
                        "--file", "out.jsonl", *more], folder, folder / "log")


class Python(Contender):
    """Debian's python3-websockets."""

    def start(self, folder: Path, port: str, _sessions: int = 1) -> Process:
        for python in ("/usr/bin/python3", sys.executable):
            known = subprocess.run([python, "-c", "import websockets"],
                                   check=False, stderr=subprocess.DEVNULL)
            if known.returncode == 0:
                return Process([python, "-B", str(HERE / "peer.py"), port,
                                "out.jsonl"], folder, folder / "log")
        raise Skipped("python3-websockets is not installed")


class Node(Contender):
    """Node and `ws`, which is fetched into build/bench/node."""

    def start(self, folder: Path, port: str, _sessions: int = 1) -> Process:
        node = shutil.which("node")
        if not node:
            raise Skipped("node is not installed")
        return Process([node, str(HERE / "peer.mjs"), port, "out.jsonl"],
                       folder, folder / "log",
                       {"NODE_MODULES": str(self.packages())})

    @staticmethod
    def packages() -> Path:
        into = ROOT / "build/bench/node"
        lock = HERE / "package-lock.json"
        fetched = into / "lock"
        if not fetched.exists() or fetched.read_bytes() != lock.read_bytes():
            into.mkdir(parents=True, exist_ok=True)
            try:
                subprocess.run(
                    ["cmake", f"-DFROM={HERE}", f"-DINTO={into}",
                     "-DREQUIRED=ON", "-DFOR=the bench's peer in Node",
                     f"-DNPM={shutil.which('npm') or ''}", "-P",
                     ROOT / "runtime/console/fetch_packages.cmake"],
                    check=True, timeout=120)
            except (OSError, subprocess.SubprocessError) as why:
                raise Skipped(f"ws cannot be fetched: {why}") from why
            shutil.copy(lock, fetched)
        return into


ALL: dict[str, Contender] = {
    c.name: c for c in (
        Observer("observer", "observer run", "data/scalp/*.jsonl",
                 REGISTRATIONS),
        ObserverTls("observer-wss", "observer run, wss", "data/scalp/*.jsonl",
                    REGISTRATIONS),
        ObserverServed("observer-served", "observer run, watched",
                       "data/scalp/*.jsonl", REGISTRATIONS),
        Sessions("session", "one session", "data/scalp/*.jsonl",
                 REGISTRATIONS),
        Sessions("sessions", "64 sessions", "data/scalp/*.jsonl",
                 REGISTRATIONS),
        Limit("limit", "limit: one thread, no actors"),
        Limit("limit-ahead", "limit, reading 256 KiB at a time"),
        Python("python", "Python, websockets"),
        Node("node", "Node, ws"),
    )
}
