"""A start on real volumes: full, read-only, another owner's, a container's own,
one that another container has; what is said, and what health and doctor say.

    volumes.py OBSERVER

The mounts are made in a mount namespace of this test alone. Exit 77 is
"skipped": not root, or nothing can be mounted here.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import Daemon, House, until  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)) if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"
OBSERVER = OBSERVER.resolve()
UID = 999
KEYS = {"KIS_APP_KEY": "CANARY-key", "KIS_APP_SECRET": "CANARY-secret",
        "OBSERVER_SYMBOLS": "005930"}
NOWHERE = ("--base-url", "http://127.0.0.1:1",
           "--websocket-url", "ws://127.0.0.1:1")
AS_UID = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False,
                          timeout=60, env={"PATH": os.environ["PATH"],
                                           **environment})


def mount(*words: str) -> None:
    done = run("mount", *words)
    if done.returncode != 0:
        raise unittest.SkipTest(f"mount {' '.join(words)}: {done.stderr}")


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    sink = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(sink, bytes(4096)) > 0:
            pass
    except OSError:
        pass
    finally:
        os.close(sink)
    return ballast


class Volumes(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.house = House(OBSERVER, self.folder / "house", random.Random(1),
                           True, 1, False, print)
        self.house.__enter__()
        self.addCleanup(self.house.__exit__, None, None, None)
        self.mounts: list[Path] = []
        self.addCleanup(self.unmount)

    def unmount(self) -> None:
        for place in reversed(self.mounts):
            run("umount", "--lazy", str(place))

    def volume(self, *words: str, name: str = "data") -> Path:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        mount(*words, str(place))
        self.mounts.append(place)
        return place

    def tmpfs(self, options: str, name: str = "data") -> Path:
        return self.volume("-t", "tmpfs", "-o", options, "volume", name=name)

    def refused(self, data: Path, *before: str, **environment: str) -> str:
        done = run(*before, str(OBSERVER), "run", *NOWHERE, "--data-dir",
                   str(data), "--port", "0", **KEYS, **environment)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(str(data), done.stderr)
        self.assertNotIn("CANARY", done.stderr)
        return done.stderr

    def doctor(self, data: Path, *before: str,
               **environment: str) -> dict[str, dict[str, str]]:
        """The lines by their names; with a fault they win."""
        done = run(*before, str(OBSERVER), "doctor", "--offline", "--json",
                   "--data-dir", str(data), **KEYS, **environment)
        self.assertNotIn("CANARY", done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if report["failed"] else 0)
        return {line["name"]: line for line in
                sorted(report["checks"], key=lambda line: line["state"] != "ok")}

    def records(self, data: Path, *before: str, **environment: str) -> Daemon:
        exchange = self.house.exchange(rate=200)
        return self.house.daemon(exchange.rest_url, exchange.websocket_url,
                                 data=data, before=before,
                                 environment=environment)

    def recorded(self) -> Path:
        """A data directory of UID with a day of one line."""
        data = self.folder / "recorded"
        (data / "scalp").mkdir(parents=True)
        text = b'{"a":1}\n'
        (data / "scalp/20260914_10.jsonl").write_bytes(text)
        (data / "scalp/20260914_10.jsonl.manifest.json").write_text(json.dumps(
            {"format": 1, "file": "20260914_10.jsonl", "dataset": "scalp",
             "lines": 1, "bytes": len(text),
             "sha256": hashlib.sha256(text).hexdigest(),
             "first_received": None, "last_received": None,
             "sealed_at": "2026-09-14T11:00:00.000000+09:00",
             "sealed_because": "hour", "streams": [], "gaps": []}))
        for path in [data, *data.rglob("*")]:
            os.chown(path, UID, UID)
        return data

    # --- Room ---

    def test_a_volume_that_is_full_is_told_at_the_start_and_held_to(self) -> None:
        data = self.tmpfs("size=2m")
        ballast = fill(data)
        self.assertEqual(self.doctor(data)["sync"]["state"], "failed")
        daemon = self.records(data)
        said = daemon.says(r"data directory \S+ is full at the start: (.*)")[1]
        self.assertIn("No space left", said)
        until(lambda: daemon.ledger().received > 50, "records come")
        self.assertEqual(daemon.ledger().persisted, 0)
        ballast.unlink()
        daemon.persists(50)
        self.assertEqual(daemon.stop().shed, 0)

    def test_a_volume_without_inodes_is_told_at_the_start(self) -> None:
        data = self.tmpfs("size=16m,nr_inodes=3")
        names = [data / "a", data / "b"]
        for name in names:
            name.touch()
        self.assertEqual(self.doctor(data)["inodes"]["state"], "failed")
        daemon = self.records(data)
        self.assertIn("no inodes left", daemon.says(r"is full at the start: "
                                                    r"(.*)")[1])
        daemon.says(r"room for \d more files")
        mount("-o", "remount,nr_inodes=100", str(data))
        daemon.persists(50)
        daemon.stop()

    # --- Rights ---

    def test_a_read_only_volume_is_refused(self) -> None:
        data = self.tmpfs("ro,size=4m")
        said = self.refused(data)
        self.assertIn("is read-only", said)
        self.assertIn(f"mounted at {data}", said)
        self.assertEqual(self.doctor(data)["owner"]["state"], "failed")

    def test_a_volume_of_root_says_the_chown(self) -> None:
        data = self.tmpfs("size=4m,mode=0755")
        said = self.refused(data, *AS_UID)
        self.assertIn(f"chown -R {UID}:{UID} {data}", said)
        self.assertIn(f"chown -R {UID}:{UID} {data}",
                      self.doctor(data, *AS_UID)["owner"]["text"])
        os.chown(data, UID, UID)  # as it says
        daemon = self.records(data, *AS_UID)
        daemon.persists(20)
        daemon.stop()

    def test_a_volume_of_root_that_lets_all_write_is_taken(self) -> None:
        data = self.tmpfs("size=16m,mode=0777")
        daemon = self.records(data, *AS_UID)
        daemon.says(rf"belongs to uid 0 gid 0 \(mode 0777\): uid {UID} gid {UID}"
                    r" writes there because all others may")
        daemon.persists(20)
        daemon.stop()

    def test_root_without_capabilities_is_told_what_it_is(self) -> None:
        data = self.tmpfs(f"size=4m,mode=0755,uid={UID},gid={UID}")
        said = self.refused(data, "setpriv", "--bounding-set=-all",
                            "--inh-caps=-all")
        self.assertIn("chown -R 0:0", said)
        self.assertIn("without CAP_DAC_OVERRIDE", said)

    def test_a_dataset_of_another_user_is_told(self) -> None:
        data = self.tmpfs(f"size=16m,mode=0755,uid={UID},gid={UID}")
        (data / "quarantine").mkdir(mode=0o755)  # a run as root made it
        daemon = self.records(data, *AS_UID)
        daemon.says(rf"chown -R {UID}:{UID} {data}/quarantine")
        daemon.persists(20)
        daemon.process.stop()

    # --- Places ---

    def test_what_root_does_once_keeps_the_service_from_nothing(self) -> None:
        data = self.recorded()
        target = self.folder / "target"
        target.mkdir()
        os.chown(target, UID, UID)
        words = (str(OBSERVER), "backup", "--all", "--data-dir", str(data),
                 "--target", str(target))
        done = run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run(*AS_UID, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("inside", self.doctor(data, *AS_UID))
        # Of an earlier version, or copied: told by both, with what to do.
        os.chown(data / "state/backups", 0, 0)
        os.chown(data / "state/backups/.lock", 0, 0)
        done = run(*AS_UID, *words)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"chown -R {UID}:{UID} {data}/state/backups", done.stderr)
        for before in (AS_UID, ()):
            line = self.doctor(data, *before)["inside"]
            self.assertEqual(line["state"], "failed")
            self.assertIn(f"chown -R {UID}:{UID} {data}", line["text"])

    def test_a_service_is_told_what_its_unit_forbids(self) -> None:
        data = self.recorded()
        target = self.tmpfs("size=1m,ro", name="target")
        words = (str(OBSERVER), "backup", "--data-dir", str(data), "--target",
                 str(target))
        hint = f"ReadWritePaths={target}"
        done = run(*words, INVOCATION_ID="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn(hint, done.stderr)
        self.assertNotIn(hint, run(*words).stderr)

    def container(self) -> Path:
        """A root of layers as a container's, of this machine's own files."""
        layers = self.tmpfs("size=64m,mode=0755", name="layers")
        for name in ("upper", "work"):
            (layers / name).mkdir()
        root = self.volume(
            "-t", "overlay", "overlay", "-o",
            f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work",
            name="root")
        for words in (("-t", "proc", "proc", str(root / "proc")),
                      ("--bind", str(OBSERVER.parent),
                       str(root / "mnt"))):
            mount(*words)
            self.mounts.append(Path(words[-1]))
        return root

    def inside(self, root: Path, *words: str,
               **environment: str) -> subprocess.CompletedProcess[str]:
        return run("chroot", str(root), f"/mnt/{OBSERVER.name}", *words,
                   **environment)

    def test_a_container_without_a_volume_is_warned_or_refused(self) -> None:
        root = self.container()
        settings = {**KEYS, "OBSERVER_DATA_DIR": "/data", "SERVICE_PORT": "0"}
        words = ("run", *NOWHERE, "--seconds", "1")
        done = self.inside(root, *words, **settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lies on the file system of the container itself "
                      "(overlay)", done.stderr)
        done = self.inside(root, *words, OBSERVER_DATA_MUST_BE_MOUNTED="true",
                           **settings)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("docker run -v observer-data:/data", done.stderr)
        # With one it is as it should be.
        host = self.folder / "of-the-host"
        host.mkdir()
        mount("--bind", str(host), str(root / "data"))
        self.mounts.append(root / "data")
        done = self.inside(root, *words, OBSERVER_DATA_MUST_BE_MOUNTED="true",
                           **settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("[storage]", done.stderr)
        self.assertTrue((host / ".holder").exists())

    def test_health_needs_nothing_but_the_port(self) -> None:
        """Read-only root, no home, no locale, any uid, few descriptors."""
        root = self.container()
        port = str(free_port())
        daemon = self.records(self.folder / "recorded", SERVICE_PORT=port)
        daemon.persists(20)
        mount("-o", "remount,ro,bind", str(root))
        probe = ["chroot", f"--userspec={UID}:{UID}", str(root), "prlimit",
                 "--nofile=9", f"/mnt/{OBSERVER.name}", "health"]
        done = run(*probe, SERVICE_PORT=port)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Aready: .*\n\Z")
        done = run(*probe, "--alive", SERVICE_PORT=port,
                   OBSERVER_SERVICE_ADDRESS="0.0.0.0")
        self.assertEqual((done.returncode, done.stdout), (0, "alive\n"))
        # Nobody reads the line: the answer is the status.
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run(probe, stdout=full, stderr=full, check=False,
                                  env={"PATH": os.environ["PATH"],
                                       "SERVICE_PORT": port}, timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(run(*probe, SERVICE_PORT="0").returncode, 2)
        daemon.stop()
        done = run(*probe, SERVICE_PORT=port)
        self.assertEqual(done.returncode, 2)
        self.assertIn("connection refused", done.stderr)

    # --- Two of them ---

    def test_a_second_one_in_another_container_is_told_who_holds_it(self) -> None:
        data = self.folder / "shared"
        data.mkdir()
        command = [str(OBSERVER), "run", *NOWHERE, "--data-dir", str(data),
                   "--port", "0"]

        def pod(name: str) -> list[str]:
            return ["unshare", "--mount", "--uts", "--pid", "--fork",
                    "--kill-child", "--mount-proc", "sh", "-c",
                    f"hostname {name} && exec \"$@\"", "sh", *command]
        first = self.house.spawn(pod("pod-a"), "pod-a", dict(KEYS))
        until(lambda: (data / ".holder").exists() or first.status() is not None,
              f"the first holds it: {first.text()}")
        until(lambda: '"host":"pod-a"' in (data / ".holder").read_text(),
              "and says so")
        done = run(*pod("pod-b"), **KEYS)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(
            done.stderr,
            r"in use by another observer \(process \d+ of another container of "
            r"this machine, host name \"pod-a\", since 20")
        # From outside its number is one of this machine.
        self.assertRegex(self.refused(data),
                         r"in use by another observer \(process \d+\)")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root, to mount")
        sys.exit(77)
    if os.environ.get("OBSERVER_OWN_MOUNTS") != "1":
        unshare = shutil.which("unshare")
        if not unshare or subprocess.run(
                [unshare, "-m", "true"], check=False).returncode != 0:
            print("skipped: no mount namespace can be made here")
            sys.exit(77)
        os.environ["OBSERVER_OWN_MOUNTS"] = "1"
        os.execv(unshare, [unshare, "-m", "--propagation", "private",
                           sys.executable, __file__, str(OBSERVER)])
    unittest.main()
