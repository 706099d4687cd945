"""A container engine, Docker or Podman: what the cases ask of it, in one way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from case import Failed, Skipped, check, until

COMMAND_S = 120
"""Bound of one command of the engine; building is bounded by the build."""

PODMAN_RUN = ("--ulimit", "nofile=16384:16384", "--ulimit", "nproc=4096:4096")
"""Its defaults are more than what root has in a small machine."""


WORKING = tempfile.TemporaryDirectory(prefix="observer-engine-")
"""Where it is called: Podman's monitor leaves a file `oom` there."""


@dataclass
class Engine:
    """`docker` or `podman`, as root."""

    name: str
    program: str
    runtime: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def call(self, *words: str, timeout_s: float = COMMAND_S,
             stdin: bytes | None = None) -> subprocess.CompletedProcess:
        """Runs a command of the engine, whatever its status."""
        return subprocess.run(
            [self.program, *self.runtime, *words], capture_output=True,
            check=False, timeout=timeout_s, input=stdin, cwd=WORKING.name,
            env={**os.environ, **self.environment})

    def do(self, *words: str, timeout_s: float = COMMAND_S) -> str:
        """Its standard output; Failed where it is refused."""
        done = self.call(*words, timeout_s=timeout_s)
        check(done.returncode == 0, f"{self.name} {' '.join(words)}: "
              f"{(done.stderr or done.stdout).decode(errors='replace')[-800:]}")
        return done.stdout.decode(errors="replace").strip()

    def inspect(self, name: str) -> dict:
        return json.loads(self.do("inspect", name))[0]

    def has_image(self, name: str) -> bool:
        return self.call("image", "inspect", name).returncode == 0

    @property
    def run_options(self) -> tuple[str, ...]:
        return PODMAN_RUN if self.name == "podman" else ()


def find_engine(name: str | None) -> Engine:
    """The one that was asked for, else a Docker that answers, else Podman."""
    if os.geteuid() != 0:
        raise Skipped("needs root: owners of folders, mounts, other users")
    if name in (None, "docker"):
        # The client of the engine that is installed, not a newer one.
        program = shutil.which("docker", path="/usr/bin") \
            or shutil.which("docker")
        if program:
            docker = Engine("docker", program)
            if docker.call("version").returncode == 0:
                return docker
    if name in (None, "podman"):
        program = shutil.which("podman")
        if program and (shutil.which("runc") or shutil.which("crun")):
            # crun of Debian 12 refuses machines with both kinds of cgroups.
            runtime = ("--runtime", "runc") if shutil.which("runc") else ()
            return Engine("podman", program, runtime)
    raise Skipped(f"no {name or 'docker that answers, and no podman'} here "
                  "(Debian packages docker.io; or podman, runc, iptables)")


class Contained:
    """A container, as `process.Process` is a child: for case.Daemon."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    def state(self) -> dict:
        return self.engine.inspect(self.name)["State"]

    @property
    def pid(self) -> int:
        """Of its first process, as this machine sees it."""
        return self.state()["Pid"]

    def status(self) -> int | None:
        """None while it runs; a signal that ended it is negative."""
        state = self.state()
        if state["Running"] or state["Status"] in ("created", "paused",
                                                   "restarting"):
            return None
        code = state["ExitCode"]
        return 128 - code if code > 128 else code

    def text(self) -> str:
        """All that it has said so far."""
        done = self.engine.call("logs", self.name)
        return (done.stderr + done.stdout).decode(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self.engine.call("kill", "-s", signal.Signals(number).name, self.name)

    def stop(self, grace_s: int = 10) -> int:
        """As `docker stop` does: SIGTERM, and SIGKILL after the grace."""
        self.engine.do("stop", "-t", str(grace_s), self.name)
        return self.wait()

    def kill(self) -> None:
        self.engine.do("kill", self.name)
        self.wait()

    def start(self) -> None:
        self.engine.do("start", self.name)

    def wait(self, patience_s: float = 60) -> int:
        until(lambda: self.status() is not None, f"{self.name} ends",
              patience_s)
        status = self.status()
        assert status is not None
        return status

    def exec(self, *words: str) -> subprocess.CompletedProcess:
        return self.engine.call("exec", self.name, *words)

    def keeper(self) -> int:
        """The process of the engine that reads what it says."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("ascii")
        return int(stat.rpartition(")")[2].split()[1])

    def resident_bytes(self) -> int:
        words = Path(f"/proc/{self.pid}/statm").read_text("ascii").split()
        return int(words[1]) * os.sysconf("SC_PAGE_SIZE")

    def healthy(self) -> bool:
        """What the engine holds of it: by its own timer, or asked for now
        where the engine needs systemd for a timer (podman)."""
        if self.engine.name == "podman":
            return self.engine.call("healthcheck", "run",
                                    self.name).returncode == 0
        return self.state()["Health"]["Status"] == "healthy"

    def end(self) -> None:
        """Gone, whatever it does. Safe to repeat."""
        self.engine.call("unpause", self.name)
        self.engine.call("rm", "-f", "-v", self.name)


def seconds_until(look, what: str, patience_s: float) -> float:
    """How long it took until `look()` was true."""
    begin = time.monotonic()
    until(look, what, patience_s)
    return time.monotonic() - begin


__all__ = ["Contained", "Engine", "Failed", "find_engine", "seconds_until"]
