"""What earlier runs and other people left in the data directory."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path

from case import Daemon, House, Skipped, check, until
from journal import compare, journal_files, read_truth
from kis_server import Approvals

MIB = 1 << 20


def strangers(house: House) -> str:
    """Files that are not the journal's stay as they are, byte for byte."""
    outside = house.path("outside.txt")
    outside.write_text("precious\n")
    scalp = house.path("data") / "scalp"
    scalp.mkdir(parents=True)
    names = ("notes.jsonl", "._x.jsonl", "20260914_09 (copy).jsonl",
             "20260914_09.jsonl", "20260914_09.JSONL", "x.tmp",
             "notes.jsonl.manifest.json.tmp", "20260914_9.jsonl")
    for name in names:
        (scalp / name).write_text("not a line of ours\n" * 3)
    (scalp / "20260914_10.jsonl").symlink_to(outside)
    before = {path: path.read_bytes() for path in scalp.iterdir()}
    exchange = house.exchange()
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url)
    daemon.persists(1000)
    daemon.stop()
    exchange.stop()
    for path, content in before.items():
        check(path.read_bytes() == content, f"{path.name} is as it was")
    said = daemon.log.count("no name of the journal's")
    check(said == len(names), f"each stranger is named once, not {said} times")
    check("20260914_09.jsonl: " in daemon.log, "the false friend is named")
    return f"{len(before)} strangers untouched"


def archived(house: House) -> str:
    """A compressed file keeps its name and its manifest; the audit knows it."""
    exchange = house.exchange()
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = house.path("data")
    for form in (".gz", ".xz", ""):
        daemon = house.daemon(keys.url, exchange.websocket_url)
        daemon.persists(500)
        daemon.stop()
        newest = journal_files(data)[-1]
        manifest = newest.with_name(newest.name + ".manifest.json")
        words = manifest.read_bytes()
        if form:
            newest.rename(newest.with_name(newest.name + form))
        else:
            newest.unlink()
        daemon = house.daemon(keys.url, exchange.websocket_url)
        daemon.persists(500)
        daemon.process.kill()
        check(not newest.exists(), f"{newest.name} is not taken again")
        check(manifest.read_bytes() == words, "its manifest stays")
    daemon = house.daemon(keys.url, exchange.websocket_url)
    daemon.persists(500)
    daemon.stop()
    exchange.stop()
    report = house.audit(data)
    states = [row["state"] for row in report["files"]]
    check(states.count("compressed") == 2 and states.count("away") == 1,
          f"the audit knows what was archived: {states}")
    return f"{len(states)} files, {report['verdict']}"


def unusable(house: House) -> str:
    """An old file that cannot be mended, folders that are none: recorded all
    the same, and said."""
    exchange = house.exchange()
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = house.path("data")
    daemon = house.daemon(keys.url, exchange.websocket_url)
    daemon.persists(500)
    daemon.process.kill()
    old = journal_files(data)[-1]
    with old.open("a") as torn: # to be cut off, which nobody can
        torn.write('{"timestamp":"2026-')
    # Not even root opens a directory as a file, or a file as a directory.
    for name in ("system", "quarantine"):
        folder = data / name
        if folder.exists():
            folder.rename(data.parent / name)
        folder.write_text("in the way\n")
    immutable = os.system(f"chattr +i '{old}' 2>/dev/null") == 0
    if immutable:
        house.at_end(lambda: os.system(f"chattr -i '{old}'"))
    daemon = house.daemon(keys.url, exchange.websocket_url)
    daemon.persists(1000)
    if immutable:
        daemon.says("cannot be sealed: .*"
                    "(Operation not permitted|Not a directory)")
    daemon.says(r"system_writer.*Not a directory")
    # Its events are not on disk, which is said; the exit status is of ticks.
    begin = time.monotonic()
    final = daemon.stop()
    took_s = time.monotonic() - begin
    check(took_s < 3, f"a stop is as quick as ever, not {took_s:.1f} s")
    check(re.search(r"system_writer\] cannot be written at the stop: [1-9]",
                    daemon.log), daemon.tail())
    check(final.in_flight == 0 and final.shed == 0, f"every tick is: {final}")
    exchange.stop()
    for name in ("system", "quarantine"):
        check((data / name).read_text() == "in the way\n", f"{name} untouched")
    if not immutable:
        raise Skipped("recorded; but chattr +i does not work here")
    os.system(f"chattr -i '{old}'")
    return f"recorded: {daemon.ledger()}"


def grow(data: Path, size: int) -> Path:
    """Makes the open tick file so large, and its checkpoint with it."""
    path = journal_files(data)[-1]
    checkpoint = path.with_name(path.name + ".checkpoint")
    text = checkpoint.read_text().splitlines(keepends=True)
    said = json.loads("".join(text[:-1]))
    content = path.read_bytes()
    whole, tail = content[:said["bytes"]], content[said["bytes"]:]
    times = max(1, size // len(whole))
    with path.open("wb") as sink:
        for _ in range(times):
            sink.write(whole)
        sink.write(tail)
    said["bytes"] *= times
    body = json.dumps(said, indent=1) + "\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    checkpoint.write_text(f"{body}{digest}\n")
    os.sync()
    return path


def first_tick(daemon: Daemon, begin: float) -> float:
    """Seconds from `begin` until a tick is in a file that was not there."""
    known = set(journal_files(daemon.data))
    known_bytes = {path: path.stat().st_size for path in known}
    until(lambda: any(path.stat().st_size > known_bytes.get(path, 0)
                      for path in journal_files(daemon.data)
                      if path not in known or path.stat().st_size
                      != known_bytes[path])
          or daemon.process.status() is not None,
          f"a first tick; {daemon.tail()}")
    check(daemon.process.status() is None, daemon.tail())
    return time.monotonic() - begin


def large(house: House) -> str:
    """The first tick after kill -9 does not wait for a large open file."""
    sizes = (10, 200) if house.short else (10, 1000, 10_000)
    out = []
    for size in sizes:
        if house.folder.stat() and os.statvfs(house.folder).f_bavail \
                * os.statvfs(house.folder).f_frsize < 3 * size * MIB:
            raise Skipped(f"no space for {size} MiB: {', '.join(out)}")
        folder = house.path(f"data-{size}")
        exchange = house.exchange(rate=8000)
        keys = Approvals.of(exchange.rest_url)
        house.at_end(keys.close)

        def starts() -> Daemon:
            return house.daemon(keys.url, exchange.websocket_url, data=folder)

        begin = time.monotonic()
        daemon = starts()
        fresh_s = first_tick(daemon, begin)
        until(lambda: list((folder / "scalp").glob("*.checkpoint"))
              or daemon.process.status() is not None, "a checkpoint is written")
        daemon.process.kill()
        path = grow(folder, size * MIB)
        begin = time.monotonic()
        daemon = starts()
        again_s = first_tick(daemon, begin)
        manifest = path.with_name(path.name + ".manifest.json")
        until(manifest.exists, "the old file is sealed", 600)
        sealed_s = time.monotonic() - begin
        said = json.loads(manifest.read_text())
        check(said["bytes"] == path.stat().st_size, "all of it is sealed")
        beside = path.with_name(path.name + ".checkpoint")
        until(lambda: not beside.exists(), "and has no checkpoint")
        daemon.stop()
        exchange.stop()
        house.drop(folder)
        out.append(f"{size} MiB: first tick after {again_s:.2f} s (fresh "
                   f"{fresh_s:.2f} s), sealed after {sealed_s:.1f} s")
        check(again_s < fresh_s + 1 + size * 0.002, out[-1])
    return "; ".join(out)


def stopped_while_recovering(house: House) -> str:
    """SIGTERM is obeyed while a large file without a checkpoint is read."""
    exchange = house.exchange(rate=8000)
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = house.path("data")
    daemon = house.daemon(keys.url, exchange.websocket_url)
    until(lambda: list((data / "scalp").glob("*.checkpoint")), "a checkpoint")
    daemon.process.kill()
    path = grow(data, (200 if house.short else 2000) * MIB)
    path.with_name(path.name + ".checkpoint").unlink()
    # A symbol that never traded: the file is read to its beginning.
    daemon = house.daemon(keys.url, exchange.websocket_url, "--symbols",
                          "005930,999999")
    time.sleep(0.1)  # into the reading
    begin = time.monotonic()
    daemon.stop()
    took_s = time.monotonic() - begin
    exchange.stop()
    check(took_s < 5, f"stopped within its deadline, not {took_s:.1f} s")
    return f"stopped after {took_s:.2f} s"


def sound_after_all(house: House) -> str:
    """Kills in a row with files being sealed behind: everything is there."""
    exchange = house.exchange(rate=6000)
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = house.path("data")
    for _ in range(4):
        daemon = house.daemon(keys.url, exchange.websocket_url)
        daemon.persists(3000)
        daemon.process.kill()
    daemon = house.daemon(keys.url, exchange.websocket_url)
    daemon.persists(3000)
    daemon.stop()
    exchange.stop()
    house.audit(data)
    seen = compare(data, read_truth(exchange.truth)).require_whole()
    return f"{seen.kept} kept, {seen.in_gaps} in {seen.gaps} gaps"


CASES = [strangers, archived, unusable, large, stopped_while_recovering,
         sound_after_all]
