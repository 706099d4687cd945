"""The executable, with what the manifests give it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any

import manifests
from manifests import SOURCE, of_kind
from recorders import Recorder, Test, of_each, recorders

OBSERVER = SOURCE / "build/release/observer"
PATIENCE_S = 60.0
SKIPPED = 77

IN_A_POD = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOSTNAME": "observer-0",
    "KUBERNETES_SERVICE_HOST": "10.43.0.1", "KUBERNETES_SERVICE_PORT": "443",
    "KUBERNETES_SERVICE_PORT_HTTPS": "443",
    "KUBERNETES_PORT": "tcp://10.43.0.1:443",
    "KUBERNETES_PORT_443_TCP": "tcp://10.43.0.1:443",
    "KUBERNETES_PORT_443_TCP_PROTO": "tcp",
    "KUBERNETES_PORT_443_TCP_PORT": "443",
    "KUBERNETES_PORT_443_TCP_ADDR": "10.43.0.1"}
"""What the kubelet sets whatever `enableServiceLinks` says."""

CONFINED = """
root=$0 data=$1 tmp=$2 observer=$3
shift 3
{ mount --make-rprivate / && mount -t tmpfs tmpfs "${data%/*}" \\
  && cp "$observer" "${data%/*}/program" \\
  && mkdir "$data" && mount --bind "$root$data" "$data" \\
  && mount -t tmpfs tmpfs /run && cp -a "$root/run/." /run \\
  && mount -t tmpfs -o size=16m,mode=1777 tmpfs "$tmp" \\
  && mount -o remount,bind,ro / && cd /; } 2>&1 || exit 77
exec "$@" "${data%/*}/program" run
"""
"""Lays the mounts of a pod, in a mount namespace of its own; the program is
copied, for they may hide it."""


class Pod(Test):
    def give(self, recorder: Recorder, root: Path) -> dict[str, str]:
        """The environment of the container whose mounts lie below `root`,
        those of secrets as the kubelet lays them: links to links."""
        environment = dict(recorder.settings)
        for volume in recorder.pod["volumes"]:
            if "secret" not in volume:
                continue
            mount = root / recorder.mount(volume["name"]).strip("/")
            now = mount / "..2026_09_14_00_00_00.1"
            now.mkdir(parents=True)
            (mount / "..data").symlink_to(now.name)
            for item in volume["secret"]["items"]:
                file = now / item["path"]
                file.write_text(f"0123456789abcdef-{item['key']}\n")
                file.chmod(volume["secret"]["defaultMode"])
                (mount / item["path"]).symlink_to(f"..data/{item['path']}")
        (root / recorder.mount("data").strip("/")).mkdir(parents=True)
        mounts = {m["mountPath"] for m in recorder.container["volumeMounts"]}
        for name, value in environment.items():
            if value.startswith("/"):
                self.assertTrue(any(Path(value).is_relative_to(m)
                                    for m in mounts), f"{name}={value}")
                environment[name] = str(root / value.strip("/"))
        return {**IN_A_POD, **environment}

    def config(self, recorder: Recorder, root: Path) -> Any:
        out = subprocess.run(
            [OBSERVER, "config", "--json"], env=self.give(recorder, root),
            cwd=root, capture_output=True, text=True, check=False)
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        return json.loads(out.stdout)

    @of_each
    def test_every_setting_is_known_and_in_effect(
            self, recorder: Recorder) -> None:
        found = self.config(recorder, self.folder())
        sources = " ".join(row["source"] for row in found.values())
        for name in recorder.settings:
            self.assertIn(f"environment {name}", sources)

    @of_each
    def test_it_records_into_the_volume(self, recorder: Recorder) -> None:
        root = self.folder()
        found = self.config(recorder, root)["data.dir"]["value"]
        claim = recorder.set["spec"]["volumeClaimTemplates"][0]
        self.assertEqual(found, str(root / recorder.mount(
            claim["metadata"]["name"]).strip("/")))
        # Nothing else that it can write is kept.
        writable = [m["name"] for m in recorder.container["volumeMounts"]
                    if not m.get("readOnly")]
        self.assertEqual(sorted(writable), ["data", "tmp"])

    @of_each
    def test_the_grace_is_longer_than_the_orderly_stop(
            self, recorder: Recorder) -> None:
        found = self.config(recorder, self.folder())
        self.assertGreaterEqual(
            recorder.pod["terminationGracePeriodSeconds"] * 1000,
            found["run.stop_deadline_ms"]["value"] + 10_000)

    def runs(self, environment: dict[str, str], root: Path,
             *command: str | Path) -> int:
        """Starts the recorder of a closed broker; the port of its service."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        log = root / "log"
        with log.open("w") as file:
            process = subprocess.Popen(
                command or [OBSERVER, "run"], cwd=root, stdout=file,
                stderr=file, env=environment | {
                    "SERVICE_PORT": str(port), "OBSERVER_SYMBOLS": "005930",
                    "KIS_BASE_URL": "http://127.0.0.1:9",
                    "KIS_WEBSOCKET_URL": "ws://127.0.0.1:9"}
                # A folder of this machine is no volume.
                | ({} if command
                   else {"OBSERVER_DATA_MUST_BE_MOUNTED": "false"}))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        limit = time.monotonic() + PATIENCE_S
        while not self.ask(port, "/health"):
            status = process.poll()
            if status == SKIPPED:
                raise unittest.SkipTest(log.read_text().strip())
            self.assertIsNone(status, log.read_text())
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)  # between two looks

        def end() -> None:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE_S), 0, log.read_text())
        self.addCleanup(end)
        return port

    @staticmethod
    def ask(port: int, path: str, token: str = "") -> int:
        """The status of a GET as the kubelet sends it; 0 without contact."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers={
                "Host": f"10.42.0.7:{port}", "User-Agent": "kube-probe/1.32"}
                | ({"Authorization": f"Bearer {token}"} if token else {}))
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def test_probes_and_prometheus_are_answered(self) -> None:
        recorder = recorders()[0]
        self.assertEqual(recorder.container["args"], ["run"])
        root = self.folder()
        port = self.runs(self.give(recorder, root), root)
        probe = {kind: recorder.container[kind + "Probe"]["httpGet"]["path"]
                 for kind in ("startup", "liveness", "readiness")}
        self.assertEqual(self.ask(port, probe["startup"]), 200)
        # The broker is down: it is alive all the same.
        self.assertEqual(self.ask(port, probe["liveness"]), 200)
        self.assertIn(self.ask(port, probe["readiness"]), (200, 503))
        monitor = of_kind(manifests.written(), "ServiceMonitor")[0]
        end = monitor["spec"]["endpoints"][0]
        key = end["authorization"]["credentials"]["key"]
        self.assertEqual(self.ask(port, end["path"]), 401)
        self.assertEqual(
            self.ask(port, end["path"], f"0123456789abcdef-{key}"), 200)

    def test_the_address_of_ipv6_takes_both(self) -> None:
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
        except OSError as error:
            raise unittest.SkipTest(f"no IPv6: {error}") from None
        root = self.folder()
        port = self.runs(self.give(recorders()[0], root)
                         | {"OBSERVER_SERVICE_ADDRESS": "::"}, root)
        self.assertEqual(self.ask(port, "/health"), 200)
        with socket.create_connection(("::1", port), PATIENCE_S) as other:
            other.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            self.assertIn(b" 200 ", other.recv(64))

    def confined(self, owner: int, mode: int) -> tuple[Any, ...]:
        """The environment, folder and command line of the confined recorder,
        whose volume is root's and of the group `owner`."""
        recorder = recorders()[0]
        context = recorder.pod["securityContext"]
        root = self.folder()
        root.chmod(0o755)
        self.give(recorder, root)
        for file in (root / "run").rglob("*"):
            os.chown(file, 0, context["fsGroup"], follow_symlinks=False)
        volume = root / recorder.mount("data").strip("/")
        os.chown(volume, 0, owner)
        volume.chmod(mode)
        return (
            {**IN_A_POD, **recorder.settings}, root,
            "unshare", "-m", "sh", "-c", CONFINED, root,
            recorder.mount("data"), recorder.mount("tmp"), OBSERVER,
            "setpriv", f"--reuid={context['runAsUser']}",
            f"--regid={context['runAsGroup']}", "--clear-groups",
            "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")

    def test_it_starts_as_the_pod_confines_it(self) -> None:
        """Its user, no capability, a root that is read-only, the mounts where
        they are in the pod; a volume as fsGroup leaves it, and as K3s makes
        it. One that is root's alone it cannot take."""
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            raise unittest.SkipTest("a pod's confinement needs root, setpriv")
        user = recorders()[0].pod["securityContext"]["runAsUser"]
        group = recorders()[0].pod["securityContext"]["fsGroup"]
        for owner, mode in ((group, 0o2775), (0, 0o777)):
            with self.subTest(group=owner):
                environment, root, *command = self.confined(owner, mode)
                port = self.runs(environment, root, *command)
                self.assertEqual(self.ask(port, "/health"), 200)
                volume = root / recorders()[0].mount("data").strip("/")
                written = [f for f in volume.rglob("*") if f.is_file()]
                self.assertTrue(written)
                self.assertEqual({f.stat().st_uid for f in written}, {user})
        environment, root, *command = self.confined(0, 0o755)
        refused = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False,
            timeout=PATIENCE_S, env=environment | {
                "OBSERVER_SYMBOLS": "005930", "SERVICE_PORT": "0"})
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertRegex(refused.stderr, f"/var/lib/observer.*{user}")
