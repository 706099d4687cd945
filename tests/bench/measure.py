"""One measurement: the load, a contender, and what it cost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contenders import LOAD, Contender, Skipped
from process import Process

SETTLE_S = 0.3
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Load:
    """What is sent, to how many sessions; `rate` 0: as fast as it is taken."""
    records: int
    per_frame: int = 4
    rate: int = 0
    sessions: int = 1
    tls: bool = False
    endless: bool = False


@dataclass
class Result:
    """Per tick in microseconds; memory is the most that was resident."""
    ticks_per_s: float
    user_us: float
    system_us: float
    memory_kib: int
    cpu_share: float
    more: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_us(self) -> float:
        return self.user_us + self.system_us

    def figures(self) -> dict[str, float]:
        out = {**asdict(self), "cpu_us": self.cpu_us, **self.more}
        del out["more"]
        return out


@contextmanager
def running(contender: Contender, load: Load,
            folder: Path) -> Iterator[tuple[Process, Process]]:
    """The load and the contender, connected and registered."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [str(LOAD), "--records", str(load.records), "--per-frame",
               str(load.per_frame), "--rate", str(load.rate),
               "--registrations", str(contender.registrations),
               "--sessions", str(load.sessions)]
    if load.endless:
        command.append("--endless")
    if load.tls:
        command += certificate(folder)
    source = Process(command, folder, folder / "load.log", talks=True)
    process = None
    try:
        process = contender.start(folder, source.hear("port"), load.sessions)
        source.hear("ready")
        time.sleep(SETTLE_S)
        yield source, process
    finally:
        for each in (process, source):
            if each:
                each.end()
        shutil.rmtree(folder, ignore_errors=True)


def certificate(folder: Path) -> list[str]:
    """Makes one for this machine, signed by itself; the load's options."""
    openssl = shutil.which("openssl")
    if not openssl:
        raise Skipped("openssl is not installed")
    pem, key = folder / "load.pem", folder / "load.key"
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-subj", "/CN=bench", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout",
                    str(key), "-out", str(pem)], check=True,
                   capture_output=True)
    return ["--tls-cert", str(pem), "--tls-key", str(key)]


def lines(files: list[Path]) -> int:
    count = 0
    for path in files:
        with path.open("rb") as source:
            while block := source.read(1 << 20):
                count += block.count(b"\n")
    return count


def await_all(contender: Contender, process: Process, folder: Path,
              records: int) -> int:
    """Until every record is in the files; when the last was written, in ns."""
    size, since = -1, time.monotonic()
    while True:
        files = list(folder.glob(contender.files))
        now = sum(path.stat().st_size for path in files)
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > 0.25 and size > 0:
            found = lines(files)
            if found > records:
                raise RuntimeError(f"{found} lines of {records} records")
            if found == records:
                return max(path.stat().st_mtime_ns for path in files)
            if time.monotonic() - since > 10:
                raise RuntimeError(f"{found} lines of {records} records: "
                                   f"{process.log.read_text()[-1000:]}")
        if not process.alive():
            raise RuntimeError(f"ended: {process.log.read_text()[-1000:]}")
        time.sleep(0.02)


def throughput(contender: Contender, load: Load, folder: Path) -> Result:
    """From the first byte that is sent to the write of the last line."""
    with running(contender, load, folder) as (source, process):
        before = process.cost()
        source.tell("go")
        begin = int(source.hear("begin"))
        source.hear("end")
        last = await_all(contender, process, folder, load.records)
        cost = process.cost().since(before)
        memory = process.memory_kib()
        process.stop()
        log = process.log.read_text(errors="replace")
        seconds = (last - begin) / 1e9
        return Result(load.records / seconds, cost.user / load.records,
                      cost.system / load.records, memory,
                      cost.total / 1e6 / seconds, contender.latencies(log))


def many_quiet(contender: Contender, sessions: int,
               folder: Path) -> dict[str, float]:
    """What so many sessions take in which nothing comes, and how soon all of
    their slots are registered."""
    load = Load(sessions, sessions=sessions)
    with running(contender, load, folder) as (_, process):
        return {"up_ms": float(process.hear("up")),
                "memory_kib": process.memory_kib("VmRSS")}


def full_load(contender: Contender, minutes: float, folder: Path,
              say: Callable[[str], None]) -> list[float]:
    """Resident MiB every five seconds under a load that never ends. The disk
    would not hold it: the journal is rotated, and what is sealed removed."""
    out: list[float] = []
    with running(contender, Load(4_000_000, endless=True),
                 folder) as (source, process):
        service = Service(process.log.read_text())
        source.tell("go")
        source.hear("begin")
        begin = time.monotonic()
        removed = 0
        while (passed := time.monotonic() - begin) < minutes * 60:
            time.sleep(5)
            out.append(process.memory_kib("VmRSS") / 1024)
            service.rotate()
            for sealed in (folder / "data/scalp").glob("*.manifest.json"):
                data = sealed.with_name(sealed.name.removesuffix(
                    ".manifest.json"))
                removed += data.stat().st_size
                data.unlink()
                sealed.unlink()
            if not process.alive():
                raise RuntimeError(process.log.read_text()[-1000:])
            if len(out) % 6 == 0:
                say(f"memory   {passed:5.0f} s  {out[-1]:6.1f} MiB resident, "
                    f"{removed / 1e9:6.1f} GB recorded")
    return out


class Service:
    """Orders to a recording daemon."""

    def __init__(self, log: str) -> None:
        self.url = re.search(r"http://[\d.]+:\d+", log)[0]
        with urllib.request.urlopen(self.url + "/api/session", timeout=10) as r:
            self.token = json.load(r)["token"]

    def rotate(self) -> None:
        order = urllib.request.Request(
            self.url + "/api/actions", method="POST",
            data=json.dumps({"action": "rotate", "target": "scalp",
                             "who": "bench", "confirm": True}).encode(),
            headers={"X-Observer-Token": self.token,
                     "Content-Type": "application/json"})
        urllib.request.urlopen(order, timeout=10).close()


def quiet(contender: Contender, seconds: float, folder: Path) -> dict[str, float]:
    """Registered, and nothing comes."""
    with running(contender, Load(1), folder) as (_, process):
        before, begin = process.on_cpu_us(), time.monotonic()
        time.sleep(seconds)
        share = ((process.on_cpu_us() - before) / 1e6
                 / (time.monotonic() - begin))
        return {"cpu_share": share, "memory_kib": process.memory_kib("VmRSS")}


def sync_times_ms(folder: Path, size: int, count: int,
                  interval_s: float) -> list[float]:
    """How long fdatasync takes after each of `count` appends of `size`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sync"
    out = []
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for _ in range(count):
            time.sleep(interval_s)
            os.write(fd, b"x" * size)
            begin = time.perf_counter()
            os.fdatasync(fd)
            out.append((time.perf_counter() - begin) * 1e3)
    finally:
        os.close(fd)
        path.unlink()
    return out
