"""A contender as a process: what it costs, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """CPU time of a process since it began: the sum in microseconds, and how
    it was divided in the kernel's clock ticks, which are too coarse to add."""
    total: float
    user_ticks: int
    system_ticks: int

    def since(self, before: Cost) -> Cost:
        return Cost(self.total - before.total,
                    self.user_ticks - before.user_ticks,
                    self.system_ticks - before.system_ticks)

    @property
    def user(self) -> float:
        ticks = self.user_ticks + self.system_ticks
        return self.total * self.user_ticks / ticks if ticks else self.total

    @property
    def system(self) -> float:
        return self.total - self.user


class Process:
    """In a session of its own; standard error goes to `log`."""

    def __init__(self, arguments: list[str], folder: Path, log: Path,
                 environment: dict[str, str] | None = None,
                 talks: bool = False) -> None:
        path = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
        self.log = log
        with log.open("wb") as sink:
            self._child = subprocess.Popen(
                arguments, cwd=folder, env={**path, **(environment or {})},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else sink,
                stderr=sink, text=True, start_new_session=True)

    def tell(self, line: str) -> None:
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def hear(self, word: str) -> str:
        """What follows `word` in the next line."""
        line = self._child.stdout.readline()
        if not line.startswith(word):
            raise RuntimeError(f"{self._child.args[0]} said {line!r} instead "
                               f"of {word!r}: {self.log.read_text()[-500:]}")
        return line[len(word):].strip()

    def alive(self) -> bool:
        return self._child.poll() is None

    def cost(self) -> Cost:
        stat = Path(f"/proc/{self._child.pid}/stat").read_text("ascii")
        fields = stat.rpartition(")")[2].split()
        return Cost(self.on_cpu_us(), int(fields[11]), int(fields[12]))

    def on_cpu_us(self) -> float:
        """CPU time of the threads that it has, by the scheduler's clock."""
        return sum(int((task / "schedstat").read_text("ascii").split()[0])
                   for task in Path(f"/proc/{self._child.pid}/task").iterdir()
                   ) / 1e3

    def memory_kib(self, what: str = "VmHWM") -> int:
        """Resident: the most so far, or with VmRSS what it is now."""
        for line in Path(f"/proc/{self._child.pid}/status").open():
            if line.startswith(what):
                return int(line.split()[1])
        return 0

    def stop(self) -> None:
        """SIGTERM, and until it is gone."""
        if self.alive():
            self._child.send_signal(signal.SIGTERM)
            self._child.wait(20)

    def end(self) -> None:
        """Whatever it does: gone. Safe to repeat."""
        if self.alive():
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
