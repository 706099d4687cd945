"""Files, folders and locks that somebody takes away; a disk that hangs; calls
that a file system or a shortage refuses."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from case import (LEDGER_LINE, Daemon, House, Skipped, check, need_tool,
                  until)
from disk import mount_tmpfs, ordinary_user
from journal import compare, journal_files, read_ticks, read_truth

SECONDS_TO_NOTICE = 10.0
"""The promise is two; this machine may be busy."""


def open_file(daemon: Daemon) -> Path:
    """The tick file that is being written."""
    def look() -> Path | None:
        found = [path for path in journal_files(daemon.data)
                 if not Path(f"{path}.manifest.json").exists()]
        return found[-1] if found else None
    return until(look, "a file is open")


def recording(house: House, **options) -> tuple:
    """An exchange, and a daemon that has recorded some of it."""
    exchange = house.exchange(rate=1500)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, **options)
    daemon.persists(2000)
    return exchange, daemon


def all_is_kept(house: House, exchange, daemon: Daemon) -> str:
    """Stops both: every record that was sent is on disk."""
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    return str(final)


def noticed(daemon: Daemon, words: str) -> None:
    daemon.says(rf"file_taken: .*{words}", SECONDS_TO_NOTICE)
    daemon.says(r"written again", SECONDS_TO_NOTICE)
    daemon.persists_more(1000)
    until(lambda: daemon.events("storage", "file_taken"),
          "the system journal names file_taken")


def file_deleted(house: House) -> str:
    """The open file is deleted: noticed, a new part, all written again."""
    exchange, daemon = recording(house)
    open_file(daemon).unlink()
    noticed(daemon, "it was deleted")
    return all_is_kept(house, exchange, daemon)


def file_moved(house: House) -> str:
    """The open file is moved away: its lines are under its name's part again,
    and the moved file is left as it is."""
    exchange, daemon = recording(house)
    open_file(daemon).rename(house.path("moved.jsonl"))
    noticed(daemon, "moved.jsonl")
    return all_is_kept(house, exchange, daemon)


def file_replaced(house: House) -> str:
    """Another file takes the open file's name: it is not touched."""
    exchange, daemon = recording(house)
    path = open_file(daemon)
    other = house.path("other")
    other.write_text("of somebody else\n", "ascii")
    other.rename(path)
    noticed(daemon, "another file has this name")
    check(path.read_text("ascii") == "of somebody else\n",
          "the other file is left alone")
    path.unlink()
    return all_is_kept(house, exchange, daemon)


def folder_moved(house: House) -> str:
    """The dataset's folder is moved away: made again, all written again."""
    exchange, daemon = recording(house)
    (daemon.data / "scalp").rename(house.path("scalp.old"))
    noticed(daemon, "scalp.old")
    return all_is_kept(house, exchange, daemon)


def data_directory_moved(house: House) -> str:
    """The whole data directory is moved away and another lies there: taken,
    locked, and all written again."""
    exchange, daemon = recording(house)
    daemon.data.rename(house.path("data.old"))
    daemon.data.mkdir(exist_ok=True)
    noticed(daemon, "data.old")
    daemon.says("another directory lies at")
    second = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=daemon.data)
    check(second.process.wait() == 1, "a second observer does not start")
    check("in use by another observer" in second.log, second.log)
    return all_is_kept(house, exchange, daemon)


def mount_gone(house: House) -> str:
    """The journal's mount is taken off: recorded in the place beneath it."""
    disk = mount_tmpfs(house, 64 << 20)
    exchange, daemon = recording(house, data=disk)
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    noticed(daemon, "")
    return all_is_kept(house, exchange, daemon)


def file_emptied(house: House) -> str:
    """The open file is emptied (a log rotation that copies and truncates): what
    is gone is counted, named and a gap; what comes is recorded; no zeros."""
    exchange, daemon = recording(house)
    os.truncate(open_file(daemon), 0)
    lost = int(daemon.says(r"file_taken: (\d+) records lost",
                           SECONDS_TO_NOTICE)[1])
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    for path in daemon.data.rglob("*.jsonl"):
        check(b"\0" not in path.read_bytes(), f"no zeros in {path}")
    gaps = daemon.events("gap", "file_taken")
    told = sum(gap["records"] for gap in gaps)
    kept = sum(map(len, read_ticks(daemon.data)[0].values()))
    check(told >= lost > 0, f"events name what is gone: {told} of {lost}")
    check(kept + told == final.persisted,
          f"{kept} on disk and {told} named are the {final.persisted} that were "
          "acknowledged")
    return f"{final}, {told} named as lost"


def lock_deleted(house: House) -> str:
    """`.lock` is deleted: a second observer does not start all the same, and
    the file is made again."""
    exchange, daemon = recording(house)
    lock = daemon.data / ".lock"
    lock.unlink()
    second = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=daemon.data)
    check(second.process.wait() == 1, "a second observer does not start")
    check(f"(process {daemon.process.pid})" in second.log, second.log)
    until(lock.exists, "the file is made again", SECONDS_TO_NOTICE)
    return all_is_kept(house, exchange, daemon)


def lock_is_a_link(house: House) -> str:
    """`.lock` leads to another file, by either kind of link: left alone."""
    for link in (os.symlink, os.link):
        precious = house.path(f"precious-{link.__name__}")
        precious.write_text("precious\n", "ascii")
        data = house.path(f"data-{link.__name__}")
        data.mkdir()
        link(precious, data / ".lock")
        exchange, daemon = recording(house, data=data)
        check("is left alone" in daemon.log, "it is said")
        all_is_kept(house, exchange, daemon)
        check(precious.read_text("ascii") == "precious\n",
              f"the target of {link.__name__} is as it was")
    return "target untouched"


def gone_in_words(daemon: Daemon, records: int, what: str) -> None:
    """The stop found records gone: words, exit 1, events on disk."""
    status = daemon.process.wait(30)
    words = re.search(r"(\d+) records that were on disk are gone: (.*)",
                      daemon.log)
    check(status == 1 and words, f"exit 1 with words: {status} {daemon.tail()}")
    check(what in words[2], f"the words name {what}: {words[0]}")
    check("told in system/" in words[2], f"and where it is told: {words[0]}")
    told = sum(gap["records"] for gap in daemon.events("gap", "file_taken"))
    check(told == int(words[1]) == records,
          f"events name the {records} that are gone: {told}, {words[1]}")


def held(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def all_came(daemon: Daemon) -> None:
    """What the stopped exchange had sent is on disk: nothing came in a second."""
    def still() -> bool:
        last = LEDGER_LINE.findall(daemon.log)[-2:]
        return (len(last) == 2 and last[0] == last[1]
                and held(open_file(daemon)) == daemon.ledger().persisted)
    until(still, "all that came is on disk")


def frozen(daemon: Daemon) -> None:
    """What comes now waits: the file is what it will be at the stop."""
    daemon.process.signal(signal.SIGSTOP)


def taken_and_stopped(house: House) -> str:
    """The open file is emptied and the stop comes at once: exit 1 with words, and
    the events on disk."""
    exchange, daemon = recording(house)
    exchange.process.signal(signal.SIGSTOP)
    all_came(daemon)
    path = open_file(daemon)
    records = held(path)
    os.truncate(path, 0)
    daemon.process.signal(signal.SIGTERM)
    gone_in_words(daemon, records, "emptied")
    house.audit(daemon.data)
    return f"{records} records"


def folder_replaced(house: House) -> str:
    """A plain file takes the place of the ticks' folder, which is deleted: what
    was in the open file cannot be written again, and the stop says so."""
    exchange, daemon = recording(house)
    exchange.process.signal(signal.SIGSTOP)
    all_came(daemon)
    folder = daemon.data / "scalp"
    records = held(open_file(daemon))
    shutil.rmtree(folder)
    folder.write_text("in the way\n", "ascii")
    daemon.says(r"file_taken: ", SECONDS_TO_NOTICE)
    daemon.process.signal(signal.SIGTERM)
    gone_in_words(daemon, records, "deleted")
    check(folder.read_text("ascii") == "in the way\n", "nobody touched it")
    return f"{records} records"


def file_deleted_and_killed(house: House) -> str:
    """The open file is deleted and the process killed: the checkpoint beside it
    tells the next run what is lost."""
    exchange, daemon = recording(house)
    path = open_file(daemon)
    checkpoint = path.with_name(path.name + ".checkpoint")
    until(checkpoint.exists, "there is a checkpoint")
    frozen(daemon)
    durable = json.loads(checkpoint.read_text().rsplit("}", 1)[0] + "}")
    path.unlink()
    daemon.process.kill()
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url)
    daemon.says(r"file_taken: \d+ records lost: .*the file is gone")
    daemon.persists(500)
    check(not checkpoint.exists(), "the checkpoint is gone")
    daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    gaps = daemon.events("gap", "file_taken")
    told = sum(gap["records"] for gap in gaps)
    check(told == durable["lines"],
          f"events name what was durable: {told} of {durable['lines']}")
    return f"{told} records told by {len(gaps)} events"


def appended_to(house: House) -> str:
    """Somebody writes a line behind ours: kept in the quarantine, told."""
    exchange, daemon = recording(house)
    with open_file(daemon).open("a") as other:
        other.write("a line of somebody\n")
    daemon.says(r"kept in quarantine/", SECONDS_TO_NOTICE)
    until(lambda: daemon.events("storage", "file_taken"), "an event tells it")
    words = all_is_kept(house, exchange, daemon)
    kept = b"".join(path.read_bytes()
                    for path in (daemon.data / "quarantine").glob("*.jsonl"))
    check(b"a line of somebody" in kept, "it is in the quarantine")
    return words


def not_sealed(house: House) -> str:
    """A directory has the manifest's name, the folder is immutable: the stop says
    which file is not sealed, exit 1, and the next run seals it."""
    for block in ("directory", "note", "immutable"):
        data = house.path(f"data-{block}")
        exchange, daemon = recording(house, data=data)
        path = open_file(daemon)
        manifest = Path(f"{path}.manifest.json")
        if block == "directory":
            manifest.mkdir()
        elif block == "note":
            manifest.write_text("my notes\n")
        elif os.system(f"chattr +i '{path.parent}' 2>/dev/null") != 0:
            continue  # not on this file system
        def undo() -> None:
            os.system(f"chattr -i '{path.parent}' 2>/dev/null")
        house.at_end(undo)
        daemon.stop(1)
        check(re.search(rf"{path.name} is not sealed: .*lines are safe",
                        daemon.log), f"words: {daemon.tail()}")
        undo()
        if block == "directory":
            manifest.rmdir()
        elif block == "note":
            check(manifest.read_text() == "my notes\n", "nobody touched it")
            manifest.unlink()
        daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                              data=data)
        daemon.says(rf"{path.name}: was left open; sealed")
        daemon.persists(100)
        daemon.stop()
        exchange.stop()
        house.audit(data)
    return "exit 1, sealed by the next run"


def page_lost(house: House) -> str:
    """A page in the middle of an open file is gone after a power cut: its records
    are told by events, and the audit knows which lines."""
    exchange, daemon = recording(house)
    path = open_file(daemon)
    frozen(daemon)
    daemon.process.kill()
    with path.open("r+b") as file:
        file.seek(64 << 10)
        file.write(bytes(4096))
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url)
    daemon.says(r"io_error: \d+ records lost: .*the file is damaged there")
    daemon.persists(500)
    daemon.stop()
    exchange.stop()
    report = house.audit(daemon.data)
    damaged = sum(row["damaged_lines"] for row in report["files"])
    gaps = daemon.events("gap", "io_error")
    check(damaged >= 1 and gaps, f"{damaged} lines, {len(gaps)} events")
    return f"{sum(gap['records'] for gap in gaps)} records told"


# -- refused calls -------------------------------------------------------------


class Faults:
    """Calls of a process that fail or hang as long as it is wanted."""

    def __init__(self, house: House) -> None:
        if house.sanitised:
            raise Skipped("a sanitizer and a preloaded library do not mix")
        compiler = need_tool("cc", "gcc")
        self.library = house.path("preload.so")
        if not self.library.exists():
            subprocess.run(
                [compiler, "-shared", "-fPIC", "-O1", "-o", str(self.library),
                 str(Path(__file__).with_name("preload.c")), "-ldl"],
                check=True)
        self.folder = house.path("faults")
        self.folder.mkdir(exist_ok=True)
        house.at_end(lambda: shutil.rmtree(self.folder, ignore_errors=True))

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library),
                "FAULTS_DIR": str(self.folder)}

    def set(self, call: str, what: int | str) -> None:
        new = self.folder / f"{call}.new"
        new.write_text(str(what), "ascii")
        new.rename(self.folder / call)

    def clear(self, *calls: str) -> None:
        for call in calls:
            (self.folder / call).unlink(missing_ok=True)


def no_locks(house: House) -> str:
    """A file system without locks: recorded, with a warning and no number of
    another process."""
    faults = Faults(house)
    for code in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):
        data = house.path(f"data-{code}")
        data.mkdir()
        (data / ".lock").write_text("4711", "ascii")
        faults.set("flock", code)
        faults.set("flock_directory", code)
        exchange, daemon = recording(house, data=data,
                                     environment=faults.environment)
        check("cannot be locked" in daemon.log, daemon.tail())
        check("4711" not in daemon.log, "no process is named")
        all_is_kept(house, exchange, daemon)
        faults.clear("flock", "flock_directory")
    return "recorded, said"


def no_directory_sync(house: House) -> str:
    """A file system that syncs no directory: recorded, said once."""
    faults = Faults(house)
    for code in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
        faults.set("fsync_directory", code)
        faults.set("syncfs", code)
        exchange, daemon = recording(house, data=house.path(f"data-{code}"),
                                     environment=faults.environment)
        all_is_kept(house, exchange, daemon)
        said = daemon.log.count("cannot be synced")
        check(said == 1, f"it is said once, not {said} times")
    return "recorded, said once"


def unstable_numbers(house: House) -> str:
    """One and the same file has another number at each look: no file is taken
    for another; one that is deleted is noticed all the same, and so is a second
    observer."""
    faults = Faults(house)
    faults.set("numbers", "")
    exchange, daemon = recording(house, environment=faults.environment)
    time.sleep(2)  # two looks without a write
    check(not re.search("file_taken|taken away|another directory|in use",
                        daemon.log), f"nothing was taken: {daemon.tail()}")
    check(len(journal_files(daemon.data)) == 1, "there is one part")
    second = house.daemon(exchange.rest_url, exchange.websocket_url,
                          environment=faults.environment)
    check(second.process.wait() == 1, "a second observer does not start")
    check("in use by another observer" in second.log, second.log)
    open_file(daemon).unlink()
    noticed(daemon, "it was deleted")
    (daemon.data / ".lock").unlink()
    daemon.says(r"\.lock was taken away: made again")
    daemon.persists_more(1000)
    check(daemon.log.count("made again") == 1, "it is made again once")
    check("another directory" not in daemon.log, "the directory is the same")
    return all_is_kept(house, exchange, daemon)


def parent_to_pass_through(house: House) -> str:
    """A data directory below one of mode 0711 that is not ours."""
    data = house.path("above") / "data"
    data.mkdir(parents=True)
    before = ordinary_user(house, data)
    if not before:
        raise Skipped("needs root: another's folder")
    os.chown(data.parent, 0, 0)
    data.parent.chmod(0o711)
    exchange, daemon = recording(house, data=data, before=before)
    return all_is_kept(house, exchange, daemon)


def no_descriptors(house: House) -> str:
    """No descriptors for six seconds, when a new part is due: held, named, and
    nothing is lost."""
    faults = Faults(house)
    exchange, daemon = recording(house, environment=faults.environment)
    faults.set("open", errno.EMFILE)
    open_file(daemon).unlink()
    daemon.says(r"\[connection\] out_of_resources: .*Too many open files")
    time.sleep(6)  # so long it lasts
    check(daemon.process.status() is None, f"it lives; {daemon.tail()}")
    check("giving up" not in daemon.log, "no writer gives up")
    faults.clear("open")
    daemon.persists_more(3000)
    return all_is_kept(house, exchange, daemon)


# -- a disk that hangs -----------------------------------------------------------


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and text, within two seconds."""
    url = f"http://127.0.0.1:{port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def free_port() -> int:
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def disk_hangs(house: House) -> str:
    """Every call to the disk hangs: the service answers and names it, and a
    stop ends in time, with words, exit 1 and the number that is not on disk."""
    faults = Faults(house)
    port = free_port()
    exchange = house.exchange(rate=1500)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, "--port",
                          str(port), "--stop-deadline-ms", "4000",
                          environment={**faults.environment,
                                       "SERVICE_PORT": str(port)})
    daemon.persists(2000)
    ask(port, "/status")
    for call in ("fdatasync", "fsync", "statvfs", "opendir", "open"):
        faults.set(call, "hang")
    until(lambda: ask(port, "/ready")[0] == 503, "/ready says it", 20)
    check(ask(port, "/health")[0] == 200, "/health answers")
    metrics = ask(port, "/metrics")[1]
    check("observer_disk_free_bytes" in metrics, "what was free is told")
    age = float(re.search(r"^observer_disk_look_age_seconds (\S+)", metrics,
                          re.MULTILINE)[1])
    check(age > 1, f"the figures are old, and say so: {age}")
    for path in ("/status", "/api/files", "/api/history", "/api/events"):
        check(ask(port, path)[0] == 200, f"{path} answers")
    begin = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    status = daemon.process.wait(30)
    seconds = time.monotonic() - begin
    words = re.search(r"not stopped within .*", daemon.log)
    check(status == 1 and words, f"exit 1 with words: {status} {daemon.tail()}")
    check(re.search(r"[1-9]\d* records are in flight, not on disk", words[0]),
          words[0])
    check(seconds < 15, f"in time: {seconds:.1f} s")
    return f"stopped after {seconds:.1f} s: {words[0]}"


def start_hangs(house: House) -> str:
    """A disk that hangs at the start: no start, with words, in time."""
    faults = Faults(house)
    faults.set("fdatasync", "hang")
    daemon = house.daemon("http://127.0.0.1:1", "ws://127.0.0.1:1",
                          environment=faults.environment)
    status = daemon.process.wait(30)
    check(status == 1 and "has not answered" in daemon.log,
          f"exit 1 with words: {status} {daemon.tail()}")
    return "exit 1"


def looks_hang(house: House) -> str:
    """Looks at the file system hang while writing works: recording goes on,
    the service answers, and the stop is orderly."""
    faults = Faults(house)
    port = free_port()
    exchange = house.exchange(rate=1500)
    faults.set("statvfs", "hang")
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, "--port",
                          str(port), environment={**faults.environment,
                                                  "SERVICE_PORT": str(port)})
    daemon.persists(2000)
    until(lambda: ask(port, "/ready")[0] == 200, "/ready", 20)
    check("observer_disk_look_age_seconds" in ask(port, "/metrics")[1], "age")
    return all_is_kept(house, exchange, daemon)


def no_inodes(house: House) -> str:
    """A file system without an inode left: told as that."""
    disk = house.path("disk")
    disk.mkdir()
    if os.geteuid() != 0:
        raise Skipped("needs root: mounts a small tmpfs")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                           "size=64m,nr_inodes=40", "faults", str(disk)],
                          check=False, capture_output=True)
    if done.returncode:
        raise Skipped("cannot mount a tmpfs here")
    house.at_end(lambda: subprocess.run(["umount", "--lazy", str(disk)],
                                        check=False))
    port = free_port()
    exchange = house.exchange(rate=1500)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, "--port",
                          str(port), data=disk / "data",
                          environment={"SERVICE_PORT": str(port)})
    daemon.persists(1000)
    fillers = []
    while True:
        try:
            path = disk / f"filler-{len(fillers)}"
            path.touch()
            fillers.append(path)
        except OSError:
            break
    open_file(daemon).unlink()
    (disk / "last").touch()  # its inode, too
    words = daemon.says(r"\[connection\] disk_full: (.*)")[1]
    check("no inodes left" in words, words)
    until(lambda: "observer_disk_free_inodes 0\n" in ask(port, "/metrics")[1],
          "the metric says 0", 10)
    for path in fillers:
        path.unlink()
    daemon.says(r"storage: scalp_writer: writes again")
    return all_is_kept(house, exchange, daemon)


CASES = [file_deleted, file_moved, file_replaced, folder_moved,
         data_directory_moved, mount_gone, file_emptied, taken_and_stopped,
         folder_replaced, file_deleted_and_killed, appended_to, not_sealed,
         page_lost, lock_deleted,
         lock_is_a_link, no_locks, no_directory_sync, unstable_numbers,
         parent_to_pass_through, no_descriptors, disk_hangs, start_hangs,
         looks_hang, no_inodes]
LONG = (file_moved, mount_gone, no_locks, no_directory_sync,
        parent_to_pass_through, start_hangs, looks_hang, no_inodes,
        folder_replaced, not_sealed)
