"""The image under test: docker/Dockerfile around an executable that is built.

Its base is Debian's, from the engine, from its registry, or, where none can be
reached, made by debootstrap.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from case import Skipped, check
from engine import Engine

SOURCE = Path(__file__).resolve().parents[2]
BASE = "docker.io/library/debian:bookworm-slim"
OWN = "localhost/observer-test/observer"
BUILD_S = 1800


def base_image(engine: Engine, work: Path) -> str:
    """The name of a Debian 12 that the engine has."""
    if engine.has_image(BASE):
        return BASE
    if engine.call("pull", "-q", BASE).returncode == 0:
        return BASE
    # Under a name of its own: it is not the official one.
    own = "localhost/observer-test/debian:bookworm"
    if engine.has_image(own):
        return own
    if not shutil.which("debootstrap"):
        raise Skipped(f"no image {BASE} can be had, and no debootstrap is "
                      "here to make one (Debian package debootstrap)")
    root = work / "base"
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", "bookworm", str(root)],
        capture_output=True, text=True, check=False, timeout=BUILD_S)
    if done.returncode != 0:
        raise Skipped(f"no image {BASE} can be had, and debootstrap failed: "
                      f"{done.stdout.strip()[-300:]}")
    # Security updates, as the official image has them.
    (root / "etc/apt/sources.list").write_text("".join(
        f"deb http://deb.debian.org/{place} main\n" for place in (
            "debian bookworm", "debian bookworm-updates",
            "debian-security bookworm-security")), "ascii")
    archive = work / "base.tar"
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."],
                   check=True)
    shutil.rmtree(root)
    engine.do("import", str(archive), own, timeout_s=BUILD_S)
    archive.unlink()
    return own


def build(engine: Engine, context: Path, tag: str, *arguments: str) -> None:
    """Builds docker/Dockerfile of a folder; Skipped without its packages."""
    podman = ("--format", "docker") if engine.name == "podman" else ()
    machine = subprocess.run(["dpkg", "--print-architecture"], text=True,
                             capture_output=True, check=False).stdout.strip()
    done = engine.call(
        "build", *podman, *engine.run_options,
        "--build-arg", f"BUILDPLATFORM=linux/{machine or 'amd64'}",
        *arguments, "-f", str(context / "docker/Dockerfile"), "-t", tag,
        str(context), timeout_s=BUILD_S)
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0 and ("Temporary failure" in said
                                 or "Could not resolve" in said
                                 or "Unable to locate package" in said):
        raise Skipped("the image's packages cannot be fetched here: "
                      f"{said.strip().splitlines()[-1][:300]}")
    check(done.returncode == 0, f"docker/Dockerfile builds: {said[-1500:]}")


PARTS = [SOURCE / "docker" / name
         for name in ("Dockerfile", "assemble", "libraries")]


def build_around(engine: Engine, observer: Path, work: Path, tag: str,
                 *arguments: str) -> None:
    """docker/Dockerfile with this executable in the place of compiling."""
    version = Path("/etc/debian_version")
    if not version.exists() or not version.read_text().startswith("12"):
        raise Skipped("the executable is no Debian 12's: `tests/docker/run "
                      "--only from_source` builds one")
    listed = subprocess.run([SOURCE / "docker/libraries", str(observer)],
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Skipped(f"libraries of {observer}: {listed.stderr.strip()}")
    context = work / "context"
    for folder in ("docker", "runtime", "prebuilt"):
        (context / folder).mkdir(parents=True)
    for part in PARTS:
        shutil.copy2(part, context / "docker")
    shutil.copy2(SOURCE / "runtime/install-packages", context / "runtime")
    shutil.copy2(observer, context / "prebuilt/observer")
    debug = observer.with_name("observer.debug")
    if debug.exists():
        shutil.copy2(debug, context / "prebuilt")
    else:
        (context / "prebuilt/observer.debug").touch()
    (context / "prebuilt/libraries").write_text(listed.stdout)
    build(engine, context, tag, "--build-arg", "PREBUILT=prebuilt",
          "--build-arg", f"BASE={base_image(engine, work)}", *arguments)
    shutil.rmtree(context)


def test_image(engine: Engine, observer: Path, work: Path) -> str:
    """The image of this executable; made once for each."""
    digest = hashlib.sha256()
    for part in (observer, *PARTS):
        digest.update(part.read_bytes())
    tag = f"{OWN}:{digest.hexdigest()[:16]}"
    if engine.has_image(tag):
        return tag
    build_around(engine, observer, work, tag)
    # Those of earlier executables; one that is in use stays.
    for old in engine.do("images", "--format", "{{.Repository}}:{{.Tag}}",
                         OWN).splitlines():
        if old != tag and old.startswith(OWN):
            engine.call("rmi", old)
    return tag
