#!/usr/bin/env python3
"""The fetching of the web console's packages, against a registry on loopback."""
import base64
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

SCRIPT = (pathlib.Path(__file__).resolve().parents[2]
          / "runtime/console/fetch_packages.cmake")


def archive(files):
    """An npm archive: all within `package/`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo("package/" + name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return out.getvalue()


def integrity(data):
    digest = hashlib.sha512(data).digest()
    return "sha512-" + base64.b64encode(digest).decode()


class Registry(http.server.BaseHTTPRequestHandler):
    served = {}
    asked = []

    def do_GET(self):
        Registry.asked.append(self.path)
        body = self.served.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Registry)
        threading.Thread(target=self.server.serve_forever).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.data = archive({"dist/one.mjs": b"export default 1;"})
        Registry.asked = []
        Registry.served = {"/@scope/one/-/one-1.2.3.tgz": self.data}
        (self.folder / "web").mkdir()
        self.lock(integrity(self.data))

    def lock(self, words):
        (self.folder / "web/package-lock.json").write_text(json.dumps({
            "packages": {"": {"name": "page"},
                         "node_modules/@scope/one": {"version": "1.2.3",
                                                     "integrity": words}}}))

    def run_script(self, *more):
        port = self.server.server_address[1]
        return subprocess.run(
            ["cmake", f"-DFROM={self.folder}/web", f"-DINTO={self.folder}/out",
             *more, "-P", SCRIPT],
            env={**os.environ,
                 "npm_config_registry": f"http://127.0.0.1:{port}/"},
            capture_output=True, text=True, timeout=60)

    def has(self, name):
        return (self.folder / "out" / name).exists()

    def test_what_the_lock_states_is_unpacked(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        file = self.folder / "out/node_modules/@scope/one/dist/one.mjs"
        self.assertEqual(file.read_text(), "export default 1;")
        self.assertTrue(self.has("installed"))
        self.assertFalse(self.has("missing"))

    def test_what_is_there_is_not_fetched_again(self):
        self.run_script()
        self.assertEqual(len(Registry.asked), 1)
        self.run_script()
        self.assertEqual(len(Registry.asked), 1)

    def test_an_archive_that_was_changed_is_refused(self):
        Registry.served = {"/@scope/one/-/one-1.2.3.tgz":
                           archive({"dist/one.mjs": b"steal();"})}
        done = self.run_script()
        self.assertIn("not what the lock states", done.stderr)
        self.assertTrue(self.has("missing"))
        self.assertFalse(self.has("installed"))
        self.assertFalse(self.has("node_modules"))

    def test_one_that_was_changed_on_disk_is_fetched_anew(self):
        self.run_script()
        kept = self.folder / "out/archives/@scope-one-1.2.3.tgz"
        kept.write_bytes(b"torn")
        self.run_script()
        self.assertEqual(kept.read_bytes(), self.data)

    def test_an_archive_of_another_form_is_refused(self):
        for files in ({"../a/x": b"1", "../b/y": b"2"}, {}):
            data = archive(files)
            self.lock(integrity(data))
            Registry.served = {"/@scope/one/-/one-1.2.3.tgz": data}
            shutil.rmtree(self.folder / "out", ignore_errors=True)
            done = self.run_script()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("cannot be unpacked", done.stderr)
            self.assertTrue(self.has("missing"))

    def test_a_folder_of_the_lock_does_not_lead_elsewhere(self):
        (self.folder / "web/package-lock.json").write_text(json.dumps({
            "packages": {"node_modules/../../gone": {
                "version": "1.2.3", "integrity": integrity(self.data)}}}))
        (self.folder / "gone").mkdir()
        self.assertNotEqual(self.run_script().returncode, 0)
        self.assertTrue((self.folder / "gone").exists())

    def test_optional_packages_of_other_machines_are_left_out(self):
        one = {"version": "1.2.3", "integrity": integrity(self.data),
               "optional": True}
        cpu = {"x86_64": "x64", "aarch64": "arm64"}.get(
            os.uname().machine, os.uname().machine)
        kinds = {"ours": {"os": ["linux"], "cpu": [cpu], "libc": ["glibc"]},
                 "any": {}, "cpu": {"cpu": ["s390"]},
                 "musl": {"os": ["linux"], "cpu": [cpu], "libc": ["musl"]},
                 "system": {"os": ["win32", "darwin"], "cpu": [cpu]}}
        (self.folder / "web/package-lock.json").write_text(json.dumps({
            "packages": {f"node_modules/{name}": {**one, **kind}
                         for name, kind in kinds.items()}}))
        Registry.served = {f"/{name}/-/{name}-1.2.3.tgz": self.data
                           for name in kinds}
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.has("installed"))
        self.assertEqual(
            [name for name in kinds if self.has(f"node_modules/{name}")],
            ["ours", "any"])
        self.assertEqual(len(Registry.asked), 2)

    def test_a_package_that_is_needed_is_for_every_machine(self):
        (self.folder / "web/package-lock.json").write_text(json.dumps({
            "packages": {"node_modules/@scope/one": {
                "version": "1.2.3", "integrity": integrity(self.data),
                "os": ["win32"]}}}))
        self.run_script()
        self.assertTrue(self.has("node_modules/@scope/one"))

    def test_after_a_failure_the_next_build_does_not_ask_at_once(self):
        Registry.served = {}
        self.run_script()
        asked = len(Registry.asked)
        self.run_script()
        self.assertEqual(len(Registry.asked), asked)
        before = 1_000
        os.utime(self.folder / "out/missing", (before, before))
        self.run_script()
        self.assertGreater(len(Registry.asked), asked)

    def test_it_says_what_failed_and_when_a_build_asks_again(self):
        Registry.served = {}
        self.run_script()
        words = (self.folder / "out/missing").read_text().splitlines()
        self.assertRegex(words[1], r"^@scope/one 1\.2\.3: .*\w")
        self.assertRegex(words[2], r"after \d\d:\d\d asks again")

    def test_without_a_registry_the_build_goes_on(self):
        Registry.served = {}
        done = self.run_script()
        self.assertEqual(done.returncode, 0)
        self.assertIn("built without the web console", done.stderr)
        self.assertTrue(self.has("missing"))

    def test_unless_the_console_is_required(self):
        Registry.served = {}
        done = self.run_script("-DREQUIRED=ON")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("-DOBSERVER_CONSOLE=OFF", done.stderr)

    def test_a_lock_without_a_hash_is_refused(self):
        for words in ("sha1-abc=", "sha512-abc=", "sha512-'; true '"):
            self.lock(words)
            done = self.run_script()
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is no SHA-512", done.stderr)
        self.assertEqual(Registry.asked, [])


if __name__ == "__main__":
    if not shutil.which("cmake"):
        print("skipped: cmake is not installed")
        sys.exit(77)
    unittest.main()
