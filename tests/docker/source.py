"""Other builds of the image: from the sources, as a user's machine does it, for
another one, and with packages besides."""

from __future__ import annotations

import os
import subprocess
import time

from case import Skipped, check, need_tool, run_tool
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


def for_arm64(place: Place) -> str:
    """Another architecture's root is put together here, and holds nothing of
    this one: runtime/package arm64's executable, or a small one."""
    qemu = need_tool("qemu-aarch64-static", "qemu-user-static")
    need_tool("readelf", "binutils")
    observer = SOURCE / "build/arm64/observer"
    if not observer.exists():
        compiler = need_tool("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu")
        text = place.path("small.cpp")
        text.write_text("#include <clocale>\n#include <iostream>\n"
                        "int main() { std::cout << (std::setlocale(LC_ALL, "
                        '"") ? "observer" : "no locale"); }\n', "ascii")
        observer = place.path("observer")
        run_tool(compiler, "-o", str(observer), str(text))
    root = place.path("root")
    listed = subprocess.run([SOURCE / "docker/libraries", str(place.observer)],
                            capture_output=True, text=True, check=True)
    done = subprocess.run(
        [SOURCE / "docker/assemble", str(root), "arm64", str(observer),
         *listed.stdout.split()], capture_output=True, text=True, check=False)
    if "Could not resolve" in done.stderr or "Failed to fetch" in done.stderr:
        raise Skipped("the packages of arm64 cannot be fetched here")
    check(done.returncode == 0, f"docker/assemble: {done.stderr[-600:]}")
    machines = {path.read_bytes()[18] for path in root.rglob("*")
                if path.is_file() and not path.is_symlink()
                and path.read_bytes()[:4] == b"\x7fELF"}
    check(machines == {0xb7}, f"AArch64 alone: {machines}")
    ran = subprocess.run([qemu, "-L", str(root), str(root / "usr/bin/observer"),
                          "-V"], capture_output=True, text=True, check=False,
                         env={"LANG": "C.UTF-8",
                              "LOCPATH": str(root / "usr/lib/locale")})
    check(ran.stdout.startswith("observer"), f"it runs: {ran.stdout}"
          f"{ran.stderr[-300:]}")
    return f"runs under qemu, {ran.stdout.splitlines()[0]}"


CASES = [for_arm64, from_source, with_rclone]
LONG = (from_source, with_rclone)
