"""A disk that is full, limited, read-only, or gone: real ones."""

from __future__ import annotations

import os
from pathlib import Path

from case import (NOBODY, Daemon, House, Skipped, check, need_root, need_tool,
                  run_tool, until)
from journal import (compare, gap_causes, journal_files, lines_not_kept,
                     read_truth, whole_lines)
from kis_server import Approvals

MIB = 1 << 20


def mount_tmpfs(house: House, size_bytes: int) -> Path:
    """A small disk of its own, unmounted at the end."""
    need_root("mounts a small tmpfs")
    folder = house.path("disk")
    folder.mkdir()
    run_tool("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "faults",
             str(folder), why_skip="cannot mount a tmpfs here")
    house.at_end(lambda: run_tool("umount", "--lazy", str(folder)))
    return folder


def fill(folder: Path, leave_bytes: int) -> Path:
    """A file that takes all space but so much."""
    free = os.statvfs(folder)
    ballast = folder / "ballast"
    with ballast.open("wb") as sink:
        sink.write(bytes(free.f_bavail * free.f_frsize - leave_bytes))
    return ballast


def ordinary_user(house: House, *folders: Path) -> tuple[str, ...]:
    """What to put before a command so that it is not root; nothing if we are
    an ordinary user ourselves. The folders become that user's."""
    if os.geteuid() != 0:
        return ()
    tool = need_tool("setpriv", "util-linux")
    for folder in (house.folder, *folders):
        os.chown(folder, NOBODY, NOBODY)
    return (tool, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def named(daemon: Daemon, cause: str) -> str:
    """The daemon names the cause; its words."""
    return daemon.says(rf"\[connection\] {cause}: (.*)")[1]


def full_disk(house: House) -> str:
    """A full disk: held, named disk_full, and written once there is space."""
    disk = mount_tmpfs(house, 24 * MIB)
    ballast = fill(disk, MIB)
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=disk / "data")
    words = named(daemon, "disk_full")
    check("No space left" in words, f"the system's words are said: {words}")
    ballast.unlink()
    daemon.says(r"storage: scalp_writer: writes again")
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    check(final.shed == 0, f"nothing is shed within the bound: {final}")
    check(daemon.events("storage", "disk_full"),
          "the system journal names disk_full")
    return f"disk_full, {final}"


def full_disk_partly_freed(house: House) -> str:
    """Space for a part of what is held: that part is written, none is lost."""
    disk = mount_tmpfs(house, 32 * MIB)
    ballast = fill(disk, MIB)
    exchange = house.exchange(rate=6000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          data=disk / "data")
    named(daemon, "disk_full")
    # 400 bytes or more a line: above twice the space that will be free.
    until(lambda: daemon.ledger().in_flight * 400 > 8 * MIB,
          "enough is held")
    held = daemon.ledger()
    os.truncate(ballast, ballast.stat().st_size - 4 * MIB)
    daemon.persists(held.persisted + 2 * MIB // 500)
    ballast.unlink()
    until(lambda: daemon.ledger().persisted > held.received, "all is written")
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    check(final.shed == 0, f"nothing is shed within the bound: {final}")
    return f"disk_full, {final}"


def full_disk_shed(house: House) -> str:
    """A full disk for longer than the bound: shed, counted, a gap disk_full."""
    disk = mount_tmpfs(house, 24 * MIB)
    ballast = fill(disk, MIB)
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          "--unacked-bytes-max", "200000", data=disk / "data")
    named(daemon, "disk_full")
    until(lambda: daemon.ledger().shed > 100, "records are shed and counted")
    ballast.unlink()
    daemon.says(r"storage: scalp_writer: writes again")
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    report = house.audit(daemon.data)
    seen = compare(daemon.data, read_truth(exchange.truth)).require_whole()
    check(seen.in_gaps == final.shed,
          f"the gaps hold what was shed: {seen.in_gaps}, {final.shed}")
    causes = gap_causes(daemon.data)
    check(set(causes) == {"disk_full"}, f"every gap names disk_full: {causes}")
    return f"disk_full, {final}, {report['totals']['gaps']} gaps"


def file_size_limit(house: House) -> str:
    """A limit on file size: the file is sealed, the next part goes on."""
    tool = need_tool("prlimit", "util-linux")
    exchange = house.exchange(rate=4000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url,
                          before=(tool, f"--fsize={4 * MIB}"))
    until(lambda: len(journal_files(daemon.data)) >= 2
          or daemon.process.status() is not None,
          f"a second part is begun; {daemon.tail()}")
    check(daemon.process.status() is None,
          f"the limit is an error, not the end: {daemon.process.status()}")
    daemon.says("File too large")
    final = daemon.stop()
    exchange.stop()
    house.audit(daemon.data)
    compare(daemon.data, read_truth(exchange.truth)).require_all()
    check(final.shed == 0, f"nothing is shed: {final}")
    return (f"EFBIG said, {len(journal_files(daemon.data))} parts, {final}")


def read_only_folder(house: House) -> str:
    """A folder without the right to write: held, named permission, resumed."""
    data = house.path("data")
    scalp = data / "scalp"
    scalp.mkdir(parents=True)
    before = ordinary_user(house, data, scalp)
    scalp.chmod(0o555)
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, data=data,
                          before=before)
    words = named(daemon, "permission")
    check(str(scalp) in words and "Permission denied" in words,
          f"place and reason are said: {words}")
    check(daemon.ledger().persisted == 0, "nothing is called persisted")
    scalp.chmod(0o755)
    daemon.says(r"storage: scalp_writer: writes again")
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(data)
    compare(data, read_truth(exchange.truth)).require_all()
    check(daemon.events("storage", "permission"),
          "the system journal names permission")
    return f"permission, {final}"


def folder_made_read_only(house: House) -> str:
    """The folder loses the right to write under way, and a new file is due:
    held, named permission, resumed."""
    tool = need_tool("prlimit", "util-linux")
    data = house.path("data")
    scalp = data / "scalp"
    scalp.mkdir(parents=True)
    user = ordinary_user(house, data, scalp)
    exchange = house.exchange(rate=6000)
    # A limit on the file's size makes a new part due; it is larger than what
    # is held meanwhile, which goes to the new part in one write.
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, data=data,
                          before=(tool, f"--fsize={8 * MIB}", *user))
    until(lambda: journal_files(data), "the first file is made")
    scalp.chmod(0o555)
    words = named(daemon, "permission")
    check(str(scalp) in words and "Permission denied" in words,
          f"place and reason are said: {words}")
    scalp.chmod(0o755)
    daemon.says(r"storage: scalp_writer: writes again")
    daemon.persists_more(1000)
    final = daemon.stop()
    exchange.stop()
    house.audit(data)
    compare(data, read_truth(exchange.truth)).require_all()
    return f"permission, {len(journal_files(data))} parts, {final}"


def killed_on_full_disk(house: House) -> str:
    """Kill -9 on a full disk, a start while it is full, then space: what could
    be read stays, what was held is a gap."""
    disk = mount_tmpfs(house, 24 * MIB)
    ballast = fill(disk, MIB)
    exchange = house.exchange(rate=2000)
    keys = Approvals.of(exchange.rest_url)
    house.at_end(keys.close)
    data = disk / "data"
    daemon = house.daemon(keys.url, exchange.websocket_url, data=data)
    named(daemon, "disk_full")
    readable = whole_lines(data)
    daemon.process.kill()
    again = house.daemon(keys.url, exchange.websocket_url, data=data)
    outcome = again.says(r"No space left.*")[0]
    status = again.process.status()
    if status is None:
        until(lambda: again.process.status() is not None
              or again.ledger().received > 1000, "it ends or receives on")
        status = again.process.status()
    ballast.unlink()
    if status is not None:
        check(status == 1, f"it does not start, with exit 1, not {status}")
        check("free space there" in again.log, f"the remedy: {again.log}")
        again = house.daemon(keys.url, exchange.websocket_url, data=data)
    again.persists_more(1000)
    check(lines_not_kept(readable) == 0, "what could be read stays")
    final = again.stop()
    exchange.stop()
    house.audit(data)
    seen = compare(data, read_truth(exchange.truth)).require_whole()
    return (f"{'exit 1' if status is not None else 'held'}: {outcome}; {final};"
            f" {seen.in_gaps} in gaps {gap_causes(data)}")


def refuses_to_start(house: House, data: Path, reason: str,
                     before: tuple[str, ...] = ()) -> str:
    """With a sentence that names folder, reason and remedy, and exit 1."""
    daemon = house.daemon("http://127.0.0.1:1", "ws://127.0.0.1:1", data=data,
                          before=before)
    status = daemon.process.wait()
    words = daemon.log.strip()
    check(status == 1, f"exit status 1, not {status}: {words}")
    for part in (str(data), reason, "OBSERVER_DATA_DIR"):
        check(part in words, f"{part} is said: {words}")
    return f"exit 1: {reason}"


def start_without_permission(house: House) -> str:
    """A data folder that is not ours: no start, with a sentence that helps."""
    data = house.path("data")
    data.mkdir()
    before = ordinary_user(house, data)
    data.chmod(0o555)
    return refuses_to_start(house, data, "Permission denied", before)


def start_read_only(house: House) -> str:
    """A read-only file system at the start: no start, the journal untouched."""
    disk = mount_tmpfs(house, 24 * MIB)
    data = disk / "data"
    exchange = house.exchange(rate=2000)
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, data=data)
    daemon.persists(1000)
    daemon.stop()
    run_tool("mount", "-o", "remount,ro", str(disk))
    words = refuses_to_start(house, data, "Read-only file system")
    house.audit(data)
    return words


def file_system_gives_up(house: House) -> str:
    """A file system that the kernel turns read-only under open files."""
    need_root("mounts an ext4 image")
    need_tool("mkfs.ext4", "e2fsprogs")
    image, disk = house.path("image"), house.path("disk")
    disk.mkdir()
    with image.open("wb") as sink:
        sink.truncate(64 * MIB)
    run_tool("mkfs.ext4", "-q", "-E", "lazy_itable_init=0", str(image))
    run_tool("mount", "-o", "loop,errors=remount-ro", str(image), str(disk),
             why_skip="cannot mount an ext4 image here")
    house.at_end(lambda: run_tool("umount", "--lazy", str(disk)))
    device = next(line.split()[0] for line in
                  Path("/proc/mounts").read_text("utf-8").splitlines()
                  if line.split()[1] == str(disk))
    trigger = Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error")
    if not os.access(trigger, os.W_OK):
        raise Skipped(f"this kernel has no {trigger}")
    exchange = house.exchange(rate=2000)
    data = disk / "data"
    options = ("--unacked-bytes-max", "500000", "--stop-deadline-ms", "3000")
    daemon = house.daemon(exchange.rest_url, exchange.websocket_url, *options,
                          data=data)
    daemon.persists(1000)
    trigger.write_text("tests/faults", "ascii")
    words = daemon.says(r"\[connection\] (permission|io_error): (.*)")
    until(lambda: daemon.ledger().shed > 100, "records are shed and counted")
    status = daemon.process.stop()
    final = daemon.ledger()
    check(final.closes(), f"the ledger closes: {final}")
    check(status == 1, f"what could not be written ends as exit 1: {status}")
    # A new life on the repaired file system.
    run_tool("umount", str(disk))
    run_tool("sh", "-c", f"e2fsck -fy '{image}' || test $? -le 2")
    run_tool("mount", "-o", "loop", str(image), str(disk))
    again = house.daemon(exchange.rest_url, exchange.websocket_url, *options,
                         data=data)
    again.persists(1000)
    again.stop()
    exchange.stop()
    house.audit(data)
    compare(data, read_truth(exchange.truth)).require_whole()
    return f"{words[1]}, {final}, causes after repair {gap_causes(data)}"


CASES = [full_disk, full_disk_partly_freed, full_disk_shed,
         killed_on_full_disk, file_size_limit, read_only_folder,
         folder_made_read_only, start_without_permission, start_read_only,
         file_system_gives_up]
LONG = (full_disk_partly_freed, full_disk_shed, killed_on_full_disk,
        folder_made_read_only, file_system_gives_up)
