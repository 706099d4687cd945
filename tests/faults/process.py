"""A child process: output in a file, ended with its whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

STOP_PATIENCE_S = 60.0


class Process:
    """Started at once, in a process group of its own.

    Standard output and error go to one file. The environment holds what is
    given and a PATH, so that nothing of the caller's settings leaks in.
    """

    def __init__(self, arguments: list[str], output: Path,
                 environment: dict[str, str]) -> None:
        self.output = output
        self._read = 0
        self._text = ""
        path = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        with output.open("wb") as sink:
            self._child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                cwd=output.parent, env={"PATH": path, **environment},
                start_new_session=True)

    @property
    def pid(self) -> int:
        return self._child.pid

    def status(self) -> int | None:
        """None while it runs."""
        return self._child.poll()

    def text(self) -> str:
        """All that it has said so far."""
        with self.output.open("rb") as source:
            source.seek(self._read)
            more = source.read()
        # A line that is being written is read when it is whole.
        whole = more[:more.rfind(b"\n") + 1]
        self._read += len(whole)
        self._text += whole.decode("utf-8", "replace")
        return self._text

    def signal(self, number: signal.Signals) -> None:
        if self.status() is None:
            os.kill(self.pid, number)

    def stop(self) -> int:
        """SIGTERM and the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL, and until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, patience_s: float = STOP_PATIENCE_S) -> int:
        return self._child.wait(patience_s)

    def resident_bytes(self) -> int:
        """Memory in use now; 0 when it has ended."""
        try:
            words = Path(f"/proc/{self.pid}/statm").read_text("ascii").split()
        except OSError:
            return 0
        return int(words[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """Whatever it does: gone, with its children. Safe to repeat."""
        if self.status() is None:
            try:
                os.killpg(self.pid, signal.SIGCONT)
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            limit = time.monotonic() + STOP_PATIENCE_S
            while self.status() is None and time.monotonic() < limit:
                time.sleep(0.005)
