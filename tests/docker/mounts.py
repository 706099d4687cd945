"""What the data directory is mounted on: nothing, somebody else's folder, a
read-only one, a named volume. Each is told at the start, with what to do."""

from __future__ import annotations

import os
import re

from case import Daemon, check, until
from journal import compare, read_truth
from place import DATA, USER, Place

START_S = 15
"""A start that is refused ends so soon."""


def refused(place: Place, daemon: Daemon, what: str, *words: str) -> str:
    """It ended by itself, with status 1 or 2, and named all of `words`."""
    status = until(lambda: daemon.process.status() is not None
                   and (daemon.process.status(),),
                   f"{what}: it ends; {daemon.tail()}", START_S)[0]
    check(status in (1, 2), f"{what}: exit 1 or 2, not {status}; "
          f"{daemon.tail()}")
    for word in words:
        check(re.search(word, daemon.log), f"{what}: /{word}/ is said: "
              f"{daemon.log[-800:]}")
    said = [line for line in daemon.log.splitlines()
            if re.search(words[0], line)][-1]
    return said.strip()


def no_volume(place: Place) -> str:
    """Nothing mounted: refused at the start, not lost with the container."""
    place.market()
    return refused(place, place.recorder(None), "no volume",
                   f"{DATA}.*mount|mount.*{DATA}")


def wrong_owner(place: Place) -> str:
    """A folder of root or of somebody else: who owns it, and the chown."""
    place.market()
    said = ""
    for owner, mode in ((0, 0o755), (0, 0o700), (1000, 0o750)):
        data = place.volume(f"data-{owner}-{mode:o}", owner, mode)
        said = refused(place, place.recorder(data), f"owner {owner} {mode:o}",
                       rf"chown\b.*\b{USER}(:{USER})?\b", DATA)
        check(not any(data.iterdir()), "nothing is left in it")
    return said


def read_only_volume(place: Place) -> str:
    """Mounted read-only: said as that."""
    place.market()
    data = place.volume()
    return refused(place, place.recorder(None, "-v", f"{data}:{DATA}:ro"),
                   "read-only", r"(?i)read-only")


def any_user(place: Place) -> str:
    """--user of the operator's choice, root included, with its own folder."""
    place.market(rate=500)
    for user in (12345, 0):
        data = place.volume(f"data-{user}", user)
        daemon = place.recorder(data, "--user", f"{user}:{user}")
        daemon.persists(200)
        daemon.stop()
        owners = {os.lstat(path).st_uid for path in data.rglob("*")}
        check(owners == {user}, f"all files are of {user}, not {owners}")
        place.audit(data)
        place.all_sealed(data)
    return "12345 and 0, without a capability"


def named_volume(place: Place) -> str:
    """A new named volume needs no chown."""
    place.market(rate=500)
    name = f"observer-test-{os.getpid()}"
    place.at_end(lambda: place.engine.call("volume", "rm", "-f", name))
    daemon = place.recorder(None, "-v", f"{name}:{DATA}")
    daemon.persists(200)
    final = daemon.stop()
    audit = place.container("audit", "--network", "none", "-v",
                            f"{name}:{DATA}:ro",
                            command=("audit", "--closed", DATA))
    check(audit.wait() == 0, f"its audit is sound: {audit.text()[-500:]}")
    return str(final)


def two_recorders(place: Place) -> str:
    """A second one on the same volume is refused, the first records on."""
    exchange = place.market(rate=500)
    data = place.volume()
    first = place.recorder(data)
    first.persists(100)
    said = refused(place, place.recorder(data), "the second",
                   r"(?i)another observer|in use|is held|already")
    first.persists_more(100)
    first.stop()
    exchange.stop()
    place.audit(data)
    compare(data, read_truth(place.truth)).require_whole()
    return said


CASES = [no_volume, wrong_owner, read_only_volume, any_user, named_volume,
         two_recorders]
