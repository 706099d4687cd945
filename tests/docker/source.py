"""Other builds of the image: from the sources, as a user's machine does it, and
with packages besides. By name alone: they take minutes."""

from __future__ import annotations

import os
import subprocess
import time

from case import check
from image import SOURCE, base_image, build, build_around
from place import Place


def from_source(place: Place) -> str:
    """Compiled in the build stage of docker/Dockerfile, from a clean clone."""
    clone = place.path("clone")
    done = subprocess.run(["git", "clone", "-q", str(SOURCE), str(clone)],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"git clone: {done.stderr}")
    tag = f"localhost/observer-test/from-source:{os.getpid()}"
    place.at_end(lambda: place.engine.call("rmi", "-f", tag))
    begin = time.monotonic()
    build(place.engine, clone, tag, "--build-arg",
          f"BASE={base_image(place.engine, place.folder)}")
    took = time.monotonic() - begin
    place.image = tag
    place.market(rate=500)
    data = place.volume()
    daemon = place.recorder(data)
    daemon.persists(500)
    final = daemon.stop()
    place.audit(data)
    return f"built in {took:.0f} s, {final}"


def with_rclone(place: Place) -> str:
    """EXTRA_PACKAGES brings a program with its libraries, and no shell."""
    tag = f"localhost/observer-test/with-rclone:{os.getpid()}"
    place.at_end(lambda: place.engine.call("rmi", "-f", tag))
    build_around(place.engine, place.observer, place.folder, tag,
                 "--build-arg", "EXTRA_PACKAGES=rclone")
    size = place.engine.inspect(tag)["Size"]
    check(size < 120 << 20, f"at most 120 MB, not {size >> 20}")
    made = place.container("rclone", "--network", "none", "--read-only",
                           "--tmpfs", "/tmp", "--entrypoint", "/usr/bin/rclone",
                           image=tag, command=("version",))
    check(made.wait() == 0, f"rclone runs: {made.text()}")
    return f"{size / 1e6:.0f} MB, {made.text().splitlines()[0]}"


CASES = [from_source, with_rclone]
LONG = (from_source, with_rclone)
