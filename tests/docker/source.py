"""The whole build: from the sources to the image, as a user's machine does."""

from __future__ import annotations

import os
import subprocess
import time

from case import check
from image import SOURCE, base_image, build
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


CASES = [from_source]
LONG = (from_source,)
