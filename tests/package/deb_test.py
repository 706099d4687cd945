#!/usr/bin/env python3
"""Packs what was built, and reads the packages as dpkg, lintian and systemd do.

    tests/package/deb_test.py BUILD

Exit 77, with the reason, where Debian's tools are not installed.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1]).resolve()
TOOLS = ["dpkg-deb", "dpkg-shlibdeps", "cpack", "readelf"]
EXPOSURE_MAX = 2.0  # of systemd-analyze security


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, **more)


def output(*command):
    done = run(*command)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def pack(into):
    output(ROOT / "runtime/package", "--as-built", BUILD, "--into", into)
    return sorted(pathlib.Path(into).glob("*.deb"))


def field(deb, name):
    return output("dpkg-deb", "-f", deb, name).strip()


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.work)
        # observer-dbgsym_… comes before observer_…
        cls.symbols, cls.deb = pack(cls.work / "packed")
        cls.files = cls.work / "files"
        output("dpkg-deb", "-x", cls.deb, cls.files)
        output("dpkg-deb", "-e", cls.deb, cls.work / "control")

    def test_names_and_versions(self):
        version = re.search(r"VERSION ([0-9.]+)", (
            ROOT / "CMakeLists.txt").read_text().split("project(")[1])[1]
        arch = output("dpkg", "--print-architecture").strip()
        self.assertEqual(self.deb.name, f"observer_{version}_{arch}.deb")
        self.assertEqual(self.symbols.name,
                         f"observer-dbgsym_{version}_{arch}.deb")
        self.assertEqual(field(self.deb, "Package"), "observer")
        self.assertEqual(field(self.symbols, "Depends"),
                         f"observer (= {version})")
        changelog = gzip.open(
            self.files / "usr/share/doc/observer/changelog.gz", "rt").read()
        self.assertTrue(changelog.startswith(f"observer ({version}) "),
                        "config/debian/changelog tells of another version")

    def test_it_depends_on_the_libraries_that_it_loads(self):
        depends = field(self.deb, "Depends")
        for library in ["libc6 (>=", "libcaf-core0.17", "libssl3", "libstdc++6",
                        "libncursesw6", "zlib1g",
                        "systemd-standalone-sysusers | systemd-sysusers"]:
            self.assertIn(library, depends)

    def test_everything_lies_where_debian_has_it(self):
        for name in ["usr/bin/observer", "lib/systemd/system/observer.service",
                     "usr/lib/sysusers.d/observer.conf",
                     "usr/share/man/man1/observer.1.gz",
                     "usr/share/bash-completion/completions/observer",
                     "usr/share/zsh/vendor-completions/_observer",
                     "usr/share/fish/vendor_completions.d/observer.fish",
                     "usr/share/doc/observer/copyright",
                     "usr/share/doc/observer/README.md.gz",
                     "usr/share/doc/observer/examples/observer.toml",
                     "usr/share/doc/observer/examples/credentials.conf",
                     "usr/share/observer/prometheus/observer.rules.yml",
                     "usr/share/observer/grafana/observer.json",
                     "usr/share/observer/duckdb/observer.sql"]:
            path = self.files / name
            self.assertTrue(path.is_file() and path.stat().st_size > 0, name)
        # What is an administrator's own is not ours to bring.
        self.assertFalse((self.files / "etc").exists())
        self.assertFalse((self.files / "var").exists())

    def test_owner_and_modes_are_not_the_builders(self):
        for deb in (self.deb, self.symbols):
            for line in output("dpkg-deb", "-c", deb).splitlines():
                mode, owner, *_, path = line.split()
                self.assertEqual(owner, "root/root", line)
                wanted = ("drwxr-xr-x" if path.endswith("/") else
                          "-rwxr-xr-x" if path == "./usr/bin/observer" else
                          "-rw-r--r--")
                self.assertEqual(mode, wanted, line)

    def test_the_example_is_usable_and_names_the_packages_folder(self):
        example = self.files / "usr/share/doc/observer/examples/observer.toml"
        done = run(self.files / "usr/bin/observer", "config", "--config",
                   example)
        self.assertEqual(done.returncode, 0, done.stderr)
        line = next(x for x in done.stdout.splitlines() if "data.dir" in x)
        self.assertIn("/var/lib/observer", line)

    def test_the_symbols_are_those_of_the_executable(self):
        notes = output("readelf", "-nW", self.files / "usr/bin/observer")
        build_id = re.search(r"Build ID: ([0-9a-f]+)", notes)[1]
        self.assertIn(
            f"./usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug",
            output("dpkg-deb", "-c", self.symbols))

    def test_packed_again_it_has_the_same_bytes(self):
        again = pack(self.work / "again")
        self.assertEqual([x.name for x in again],
                         [self.symbols.name, self.deb.name])
        for one, other in zip(again, (self.symbols, self.deb)):
            self.assertEqual(one.read_bytes(), other.read_bytes(), one.name)

    def test_lintian_has_nothing_to_say(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        done = run("lintian", "--tag-display-limit", "0", "--allow-root",
                   "--fail-on", "error,warning", self.deb, self.symbols)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_scripts_are_those_of_a_posix_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            script = self.work / "control" / name
            self.assertEqual(run("dash", "-n", script).returncode, 0, name)
            if shutil.which("shellcheck"):
                self.assertEqual(run("shellcheck", script).stdout, "")

    def test_a_purge_takes_settings_and_leaves_records(self):
        if run("unshare", "-m", "true").returncode:
            self.skipTest("no mount namespace can be made here")
        script = self.work / "control/postrm"
        # On folders of a namespace of its own; twice.
        done = run("unshare", "-m", "sh", "-euc", f"""
          mount --make-rprivate /
          [ -e /etc/observer ] || [ -e /var/lib/observer ] && exit 77
          mount -t tmpfs tmpfs /var/lib
          mkdir -p /tmp/e && cp -a /etc/. /tmp/e/
          mount -t tmpfs tmpfs /etc && cp -a /tmp/e/. /etc/ && rm -r /tmp/e
          mkdir -p /etc/observer /var/lib/observer/scalp
          echo key >/etc/observer/observer.toml
          echo tick >/var/lib/observer/scalp/20260914_15.jsonl
          for again in 1 2; do {script} remove; {script} purge; done
          test ! -e /etc/observer
          test -s /var/lib/observer/scalp/20260914_15.jsonl
          rm -r /var/lib/observer/scalp
          {script} purge
          test ! -e /var/lib/observer
        """)
        if done.returncode == 77:
            self.skipTest("this machine has an observer installed")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("/var/lib/observer keeps what was recorded", done.stdout)


class Service(unittest.TestCase):
    unit = ROOT / "config/systemd/observer.service"

    def setting(self, name):
        return re.search(rf"^{name}=(.*)$", self.unit.read_text(), re.M)[1]

    def test_its_words_are_known_to_systemd(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd is not installed")
        with tempfile.TemporaryDirectory() as work:
            unit = pathlib.Path(work) / "observer.service"
            unit.write_text(self.unit.read_text().replace(
                "/usr/bin/observer", str(BUILD / "observer")))
            done = run("systemd-analyze", "verify", "--man=no", unit)
            said = [x for x in done.stderr.splitlines() if "observer" in x]
            self.assertEqual((done.returncode, said), (0, []))

    def test_little_is_open_to_it(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd is not installed")
        said = output("systemd-analyze", "security", "--offline=true",
                      "--no-pager", self.unit)
        exposure = float(re.search(r"exposure level.*: ([0-9.]+)", said)[1])
        self.assertLessEqual(exposure, EXPOSURE_MAX)

    def test_a_stop_has_the_time_that_it_may_take(self):
        example = (ROOT / "config/observer.example.toml").read_text()
        deadline = int(re.search(r"stop_deadline_ms = (\d+)", example)[1])
        grace = int(self.setting("TimeoutStopSec").removesuffix("s"))
        # And the six seconds of live.cpp.
        self.assertGreaterEqual(grace * 1000, deadline + 6000)

    def test_unusable_settings_are_not_tried_again(self):
        self.assertEqual(self.setting("RestartPreventExitStatus"), "2")
        self.assertEqual(self.setting("Type"), "notify")


if __name__ == "__main__":
    missing = [x for x in TOOLS if not shutil.which(x)]
    if missing:
        print("skipped: not installed:", *missing)
        sys.exit(77)
    if not (BUILD / "package/observer.toml").exists():
        print("skipped: the target package_files was not built")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
