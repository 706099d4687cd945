"""The image itself: what is in it, and what it says of itself."""

from __future__ import annotations

import io
import json
import stat
import tarfile

from case import check
from engine import seconds_until
from journal import compare, gap_causes, journal_files, read_truth
from place import DATA, USER, Place

SIZE_MAX = 120 << 20


def members(place: Place) -> list[tarfile.TarInfo]:
    """Everything in the image."""
    made = place.container("files", "--network", "none", command=("-V",))
    made.wait()
    exported = place.engine.call("export", made.name)
    check(exported.returncode == 0, "the container can be exported")
    with tarfile.open(fileobj=io.BytesIO(exported.stdout)) as archive:
        return archive.getmembers()


def contents(place: Place) -> str:
    """Small, without a shell, without a setuid file; stripped."""
    files = members(place)
    size = sum(entry.size for entry in files)
    check(size < SIZE_MAX, f"at most 120 MB, not {size >> 20}")
    names = {entry.name.removeprefix("./") for entry in files}
    for shell in ("sh", "bash", "dash", "busybox", "apt-get", "dpkg"):
        check(not names & {f"bin/{shell}", f"usr/bin/{shell}"},
              f"no {shell} in it")
    raised = [entry.name for entry in files if entry.isfile()
              and entry.mode & (stat.S_ISUID | stat.S_ISGID)]
    check(not raised, f"no setuid file: {raised}")
    open_to_all = [entry.name for entry in files if not entry.issym()
                   and entry.mode & 0o002 and entry.name.strip("./") != "tmp"
                   and entry.isfile()]
    check(not open_to_all, f"nothing that anybody may write: {open_to_all}")
    programs = [name for name in names if name.startswith("usr/bin/")]
    check(programs == ["usr/bin/observer"], f"one program: {programs}")
    check("etc/ssl/certs/ca-certificates.crt" in names, "trusted roots")
    check(any(name.endswith("gconv/UHC.so") for name in names), "CP949")
    check(any(name.startswith("var/lib/dpkg/status.d/libssl") for name in
              names), "scanners find the packages that it is made of")
    return f"{size / 1e6:.1f} MB in {len(files)} files"


def says_of_itself(place: Place) -> str:
    """User, signal, health, no nameless volume, labels."""
    image = place.engine.inspect(place.image)
    config = image["Config"]
    check(config["User"] == f"{USER}:{USER}", f"user {config['User']}")
    check(config["Entrypoint"] == ["/usr/bin/observer"], "no shell starts it")
    check(config["Cmd"] == ["run"], "it records")
    check(config.get("StopSignal") in ("SIGTERM", "15"), "SIGTERM stops it")
    check(not config.get("Volumes"), "a nameless volume would hide that none "
          "is mounted")
    environment = dict(entry.split("=", 1) for entry in config["Env"])
    check(environment["OBSERVER_DATA_DIR"] == DATA, "where it records")
    check(not {name for name in environment if "KEY" in name
               or "TOKEN" in name}, "no secret")
    health = config.get("Healthcheck") or image.get("Healthcheck")
    check(health and health["Test"] == ["CMD", "/usr/bin/observer", "health"],
          f"its health is the verdict: {health}")
    labels = config["Labels"]
    for name in ("title", "version", "revision", "created"):
        check(labels.get(f"org.opencontainers.image.{name}"), name)
    return f"{len(labels)} labels"


def korean(place: Place) -> str:
    """CP949 is read, C.UTF-8 is there, the time zone is nobody's setting."""
    words = "한글 오류".encode("cp949")
    done = place.engine.call("run", "--rm", "-i", *place.engine.run_options,
                             "--network", "none", place.image, "decode",
                             stdin=words + b"\n")
    said = (done.stdout + done.stderr).decode(errors="replace")
    check("한글 오류" in said, f"CP949 is shown in UTF-8: {said}")
    place.market(rate=300)
    hours = set()
    for zone in ("UTC", "America/New_York", "Asia/Seoul"):
        data = place.volume(f"data-{zone.replace('/', '-')}")
        daemon = place.recorder(data, "-e", f"TZ={zone}")
        daemon.persists(20)
        daemon.stop()
        line = journal_files(data)[0].read_text().splitlines()[0]
        hours.add(json.loads(line)["timestamp"][10:13]
                  + json.loads(line)["timestamp"][-6:])
    check(len(hours) <= 2 and all(hour.endswith("+09:00") for hour in hours),
          f"Korean time whatever TZ is: {hours}")
    return "CP949, three time zones"


def console_inside(place: Place) -> str:
    """docker exec … observer console: the verdict, without a shell."""
    place.market(rate=300)
    data = place.volume()
    daemon = place.recorder(data)
    daemon.persists(300)
    def verdict() -> str:
        done = daemon.process.exec("/usr/bin/observer", "console", "--once")
        return done.stdout.decode() if done.returncode == 0 else ""
    seconds_until(verdict, "it records, and says so", 30)
    said = verdict()
    daemon.stop()
    return said.splitlines()[0].strip()


def upgrade(place: Place) -> str:
    """A newer image with an open hour, and back: one journal, two holes."""
    # Another image: what differs between two releases is up to them.
    other = f"{place.image}-next"
    made = place.container("next", "--network", "none", command=("-V",))
    made.wait()
    place.engine.do("commit", "-c", "LABEL next=1", made.name, other)
    place.at_end(lambda: place.engine.call("rmi", "-f", other))
    # A container that is committed keeps the command that it had.
    exchange = place.market(rate=1000)
    data = place.volume()
    for image in (place.image, other, place.image):
        daemon = place.recorder(data, image=image)
        daemon.persists(500)
        daemon.stop()
    exchange.stop()
    place.audit(data)
    place.all_sealed(data)
    found = compare(data, read_truth(place.truth)).require_whole()
    causes = gap_causes(data)
    check(set(causes) == {"daemon_down"}, f"the holes have a name: {causes}")
    return f"{found.kept} kept, {found.in_gaps} in gaps {causes}"


def health_tells(place: Place) -> str:
    """The health is the verdict, within ten seconds: broker gone, and back."""
    exchange = place.market(rate=300)
    data = place.volume()
    daemon = place.recorder(data)
    look = daemon.process.healthy
    first = seconds_until(look, "healthy while it records", 30)
    exchange.kill()
    gone = seconds_until(lambda: not look(), "unhealthy without a broker", 30)
    exchange.start()
    until_back = seconds_until(look, "healthy again", 60)
    check(gone <= 10, f"unhealthy within 10 s, not {gone:.1f}")
    daemon.stop()
    place.audit(data)
    return (f"healthy {first:.1f} s after the start, unhealthy {gone:.1f} s "
            f"after the broker died, healthy {until_back:.1f} s after it "
            "came back")


CASES = [contents, says_of_itself, korean, console_inside, upgrade,
         health_tells]
