#!/usr/bin/env python3
"""Backups to S3: the executable, rclone, and an S3 server of somebody else's.

    tests/archive/s3_test.py OBSERVER

Exit 77: skipped, with the reason.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build/archive-tests"
OBSERVER = str(pathlib.Path(sys.argv[1]).resolve())
KEY, SECRET = "S3RVER", "S3RVER"  # what this server takes
DAY = "20260914"
WRONG = "WRONG-SECRET-0123456789"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def fetch():
    for program in ("node", "rclone", "cmake"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    done = subprocess.run(
        ["cmake", f"-DFROM={ROOT}/tests/archive", f"-DINTO={PACKAGES}",
         "-DREQUIRED=ON", "-DFOR=the test of S3",
         f"-DNPM={shutil.which('npm') or ''}",
         "-P", f"{ROOT}/runtime/console/fetch_packages.cmake"],
        capture_output=True, text=True)
    if done.returncode:
        skip("the S3 server could not be fetched: " + done.stderr[-300:])


class Server:
    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None

    def start(self):
        script = PACKAGES / "node_modules/s3rver/bin/s3rver.js"
        self.log = open(self.folder.parent / "s3rver.log", "a")
        self.process = subprocess.Popen(
            ["node", script, "-d", self.folder, "-a", "127.0.0.1",
             "-p", str(self.port), "--silent", "--configure-bucket", "trades"],
            stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while True:
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < end and self.process.poll() is None, \
                (self.folder.parent / "s3rver.log").read_text()
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()


def seal(data, name, text):
    path = data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    manifest = {"format": 1, "file": path.name, "dataset": path.parent.name,
                "lines": text.count(b"\n"), "bytes": len(text),
                "sha256": hashlib.sha256(text).hexdigest(),
                "first_received": None, "last_received": None,
                "sealed_at": "2026-09-14T16:00:00.000000+09:00",
                "sealed_because": "hour", "streams": [], "gaps": []}
    path.with_name(path.name + ".manifest.json").write_text(
        json.dumps(manifest))


class World:
    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.server = Server(folder / "s3")
        (folder / "s3").mkdir()
        seal(self.data, f"scalp/{DAY}_09.jsonl", b'{"a":1}\n' * 1000)
        seal(self.data, f"scalp/{DAY}_10.jsonl", b'{"a":2}\n')
        # What rclone is called with, as every user of the machine sees it.
        self.calls = folder / "calls"
        wrapper = folder / "bin/rclone"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\necho "$@" >> {self.calls}\n'
                           f'exec {shutil.which("rclone")} "$@"\n')
        wrapper.chmod(0o755)

    def environment(self, secret=SECRET, key=KEY, path=None):
        key_file = self.folder / "secret"
        key_file.write_text(secret + "\n")
        key_file.chmod(0o600)
        return {"PATH": path or f"{self.folder}/bin:" + os.environ["PATH"],
                "OBSERVER_DATA_DIR": str(self.data),
                "OBSERVER_BACKUP_TARGET": "s3://trades/site-a",
                "OBSERVER_BACKUP_S3_ENDPOINT":
                    f"http://127.0.0.1:{self.server.port}",
                "OBSERVER_BACKUP_S3_KEY_ID": key,
                "OBSERVER_BACKUP_S3_SECRET_FILE": str(key_file),
                "OBSERVER_BACKUP_TIMEOUT_S": "60"}

    def start(self, *words, **more):
        return subprocess.Popen([OBSERVER, *words], text=True,
                                env=self.environment(**more),
                                cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, status, *words, **more):
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=300)
        assert process.returncode == status, (words, process.returncode, out,
                                              err)
        return out, err

    def stored(self, name):
        """The file in which the server keeps an object."""
        folder = self.server.folder / "trades/site-a" / DAY
        found = [p for p in folder.rglob("*")
                 if p.name == pathlib.Path(name).name + "._S3rver_object"]
        assert len(found) == 1, (name, found, list(folder.rglob("*"))[:20])
        return found[0]


def test_a_day_goes_there_and_back(w):
    out, _ = w.run(0, "backup", "--json")
    told = json.loads(out)["days"][0]
    assert (told["files"], told["sent_files"]) == (4, 4), told
    out, _ = w.run(0, "backup")
    assert "All closed days are backed up" in out, out
    out, _ = w.run(0, "backup", "verify")
    assert f"{DAY}  whole: 7 files" in out, out
    w.run(0, "restore", DAY, "--to", str(w.folder / "back"))
    for path in w.data.rglob(f"{DAY}*"):
        name = path.relative_to(w.data)
        if name.parts[0] != "state":
            assert (w.folder / "back" / name).read_bytes() \
                == path.read_bytes(), name


def test_what_rots_there_is_found_and_mended(w):
    path = w.stored(f"scalp/{DAY}_09.jsonl")
    text = bytearray(path.read_bytes())
    text[100] ^= 1
    path.write_bytes(text)
    out, _ = w.run(1, "backup", "verify", DAY)
    assert f"changed: scalp/{DAY}_09.jsonl" in out, out
    w.run(1, "restore", DAY, "--to", str(w.folder / "rotten"))
    assert not (w.folder / f"rotten/scalp/{DAY}_09.jsonl").exists()
    w.run(1, "backup", DAY)
    w.run(0, "backup", DAY)
    w.run(0, "backup", "verify", DAY)


def test_a_late_file_completes_the_package(w):
    seal(w.data, f"quarantine/{DAY}.jsonl", b'{"late":1}\n')
    out, _ = w.run(0, "backup", "--json")
    assert json.loads(out)["days"][0]["sent_files"] == 2, out
    w.run(0, "backup", "verify", DAY)


def test_a_refused_key_is_told_and_no_secret_shown(w):
    # This server looks at the key's name only.
    out, err = w.run(1, "backup", DAY, key="nobody", secret=WRONG)
    assert "InvalidAccessKeyId" in err or "403" in err, err
    assert WRONG not in out + err
    assert WRONG not in w.calls.read_text()


def test_without_rclone_it_is_said_what_to_install(w):
    _, err = w.run(1, "backup", DAY, path=str(w.folder / "nothing"))
    assert "apt install rclone" in err, err


def big(w, name):
    seal(w.data, name, random.Random(7).randbytes(40_000_000))


def until_it_sends(w, process):
    end = time.monotonic() + 60
    before = w.calls.read_text().count("rcat")
    while w.calls.read_text().count("rcat") == before:
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)


def test_a_server_that_dies_within_leaves_no_lie(w):
    big(w, f"scalp/{DAY}_11.jsonl")
    process = w.start("backup", DAY)
    until_it_sends(w, process)
    w.server.stop()
    out, err = process.communicate(timeout=200)
    assert process.returncode == 1, (out, err)
    w.server.start()
    # What was there before is still proven.
    w.run(0, "backup", "verify", DAY)
    w.run(0, "backup")
    w.run(0, "backup", "verify", DAY)


def children(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)],
                          capture_output=True, text=True)
    return [int(x) for x in done.stdout.split()]


def test_a_stop_ends_rclone_and_the_next_one_goes_on(w):
    big(w, f"scalp/{DAY}_12.jsonl")
    process = w.start("backup", DAY)
    until_it_sends(w, process)
    there = children(process.pid)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    out, err = process.communicate(timeout=100)
    assert process.returncode == 130, (process.returncode, out, err)
    assert time.monotonic() - begin < 20
    for pid in there:
        assert not pathlib.Path(f"/proc/{pid}").exists(), pid
    w.run(0, "backup")
    w.run(0, "backup", "verify", DAY)


def test_no_secret_reached_a_command_line(w):
    calls = w.calls.read_text()
    assert "rcat" in calls and SECRET not in calls.upper(), calls
    for path in w.data.rglob("*"):
        if path.is_file():
            assert WRONG.encode() not in path.read_bytes(), path


def main():
    fetch()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="observer-s3-"))
    w = World(folder)
    try:
        w.server.start()
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                begin = time.monotonic()
                test(w)
                print(f"passed {time.monotonic() - begin:5.1f} s  "
                      + name[5:].replace("_", " "), flush=True)
    finally:
        w.server.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
