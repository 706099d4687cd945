"""Where one case lives: a network without a way out, an exchange and recorders
in containers, folders of this machine as their volumes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from case import SYMBOLS, Daemon, House, Skipped, check, until
from engine import Contained, Engine

DATA = "/var/lib/observer"
USER = 999

HARDENED = ("--read-only", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges")
"""As docker/compose.yaml runs it."""

REST = "http://127.0.0.1:9443"
FEED = "ws://127.0.0.1:21000"


@dataclass
class Place(House):
    """A House whose programs are containers; also a pod of one network."""

    engine: Engine = field(default_factory=lambda: Engine("", ""))
    image: str = ""
    _network: str = ""

    def container(self, what: str, *options: str, command: tuple[str, ...],
                  image: str = "") -> Contained:
        """Started in the background; gone when the case is over."""
        name = f"observer-test-{os.getpid()}-{self._name(what)}"
        started = Contained(self.engine, name)
        self.at_end(started.end)
        self.engine.do("run", "-d", "--name", name, *self.engine.run_options,
                       *options, image or self.image, *command)
        return started

    def network(self) -> str:
        """A network of the case alone, held by a program that does nothing:
        the exchange may die and come back in it."""
        if not self._network:
            holder = self.container(
                "network", "--network", "none", "--no-healthcheck",
                *HARDENED, command=("simulate", "--rest-port", "0",
                                    "--ws-port", "0", "--quiet"))
            self._network = f"container:{holder.name}"
        return self._network

    def volume(self, name: str = "data", owner: int = USER,
               mode: int = 0o750) -> Path:
        """A folder of this machine to be mounted."""
        folder = self.path(name)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
        os.chown(folder, owner, owner)
        return folder

    def market(self, *options: str, rate: float = 1000) -> Contained:
        """An exchange; what it sends stands in `truth/truth.jsonl`."""
        truth = self.volume("truth")
        settings = {"--rate": str(rate), "--burst": "off",
                    "--symbols": ",".join(SYMBOLS),
                    "--wait-symbols": str(len(SYMBOLS)),
                    "--seed": str(self.dice.randrange(1 << 32)),
                    "--approval-limit": "0", "--truth": "/truth/truth.jsonl"}
        exchange = self.container(
            "exchange", "--network", self.network(), "--no-healthcheck",
            *HARDENED, "-v", f"{truth}:/truth",
            command=("simulate", *(word for name, value in settings.items()
                                   if name not in options
                                   for word in (name, value)),
                     "--quiet", *options))
        until(lambda: "websocket" in exchange.text(), "the exchange starts")
        return exchange

    @property
    def truth(self) -> Path:
        return self.path("truth") / "truth.jsonl"

    def recorder(self, data: Path | None, *options: str,
                 settings: tuple[str, ...] = (), image: str = "") -> Daemon:
        """A recorder of that exchange; `options` are the engine's."""
        mount = ("-v", f"{data}:{DATA}") if data else ()
        started = self.container(
            "recorder", "--network", self.network(), *HARDENED,
            "-e", "KIS_APP_KEY=sim-appkey",
            "-e", "KIS_APP_SECRET=sim-appsecret", *mount, *options,
            command=("run", "--base-url", REST, "--websocket-url", FEED,
                     "--ignore-hours", "--symbols", ",".join(SYMBOLS),
                     "--subscribe-spacing-ms", "10",
                     "--ledger-interval-s", "1",
                     "--reconnect-first-ms", "100",
                     "--reconnect-max-ms", "500", *settings),
            image=image)
        return Daemon(started, data or self.path("no-data"))

    def all_sealed(self, data: Path) -> None:
        """Every file of the journal has its manifest, and none is open."""
        for path in data.glob("*/*.jsonl"):
            check(path.with_name(path.name + ".manifest.json").exists(),
                  f"{path.name} is sealed")
        left = [path.name for path in data.glob("*/*.checkpoint")]
        check(not left, f"no file is left open: {left}")

    def mount_tmpfs(self, folder: Path, size: str) -> None:
        """A disk of that size under `folder`, until the case is over."""
        options = f"size={size},uid={USER},gid={USER},mode=750"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs",
                               str(folder)], capture_output=True, text=True,
                              check=False)
        check(done.returncode == 0, f"mount: {done.stderr}")
        self.at_end(lambda: subprocess.run(["umount", "-l", str(folder)],
                                           check=False))

    def sees_tmpfs(self, daemon: Daemon) -> None:
        """Skipped where the engine lives among other mounts than this test."""
        pid = until(lambda: daemon.process.pid, "it runs")
        mounts = Path(f"/proc/{pid}/mountinfo").read_text("utf-8")
        if not any(line.split()[4] == DATA and " - tmpfs " in line
                   for line in mounts.splitlines()):
            raise Skipped("the engine does not see what is mounted here")
