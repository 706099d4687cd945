#!/usr/bin/env python3
"""docker/kubernetes: every object against the schema of Kubernetes' API, and
what no schema knows: that what the manifests say of the recorder is true.

    kubernetes_test.py [OBSERVER]
    kubernetes_test.py --write   makes components/rules/observer.yaml anew

Exit 77 is "skipped": its last line says what this machine lacks.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import copy
import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "kubernetes"))

import manifests  # noqa: E402
from manifests import FOLDER, SOURCE, Missing, Object, of_kind  # noqa: E402
from pod_security import violations  # noqa: E402

if manifests.yaml is None:
    print("skipped: there is no python3-yaml")
    sys.exit(77)
import yaml  # noqa: E402

RULES = SOURCE / "config/prometheus/observer.rules.yml"
WRAPPED_RULES = FOLDER / "components/rules/observer.yaml"
TABLE = SOURCE / "runtime/settings/table.cpp"
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


@dataclass
class Recorder:
    """One site of one overlay: a StatefulSet and what shares its namespace."""

    name: str
    objects: list[Object]
    settings: dict[str, str]

    @property
    def set(self) -> Object:
        return of_kind(self.objects, "StatefulSet")[0]

    @property
    def pod(self) -> Object:
        return self.set["spec"]["template"]["spec"]

    @property
    def container(self) -> Object:
        return self.pod["containers"][0]

    @property
    def labels(self) -> dict[str, str]:
        return self.set["spec"]["template"]["metadata"]["labels"]

    @property
    def policy(self) -> Object:
        return of_kind(self.objects, "NetworkPolicy")[0]["spec"]

    def mount(self, volume: str) -> str:
        return next(m["mountPath"] for m in self.container["volumeMounts"]
                    if m["name"] == volume)


def space_of(o: Object) -> str:
    return (o["metadata"]["name"] if o["kind"] == "Namespace"
            else o["metadata"].get("namespace", ""))


def overlay_names() -> tuple[str, ...]:
    try:
        manifests.kubectl()
    except Missing:
        return ()
    return manifests.OVERLAYS


def recorders() -> list[Recorder]:
    """The base as it is written, and each site of each overlay."""
    text = (FOLDER / "base/observer.env").read_text()
    out = [Recorder("base", manifests.written(), dict(
        line.split("=", 1) for line in text.splitlines()
        if line and not line.startswith("#")))]
    for name in overlay_names():
        objects = manifests.overlay(name)
        for chosen in of_kind(objects, "StatefulSet"):
            space = space_of(chosen)
            own = [o for o in objects if space_of(o) == space]
            out.append(Recorder(f"{name}: {space}", own,
                                of_kind(own, "ConfigMap")[0]["data"]))
    return out


def everything() -> list[tuple[str, Object]]:
    """Each object, and where it comes from."""
    out = [("written", o) for o in manifests.written()]
    for name in overlay_names():
        out += [(name, o) for o in manifests.overlay(name)]
    return out


def selects(wanted: dict[str, str], labels: dict[str, str]) -> bool:
    return wanted.items() <= labels.items()


def rules_of(policy: Object, way: str, port: int, protocol: str) -> list[Any]:
    """The rules of `ingress` or `egress` that let this port pass."""
    return [rule for rule in policy[way]
            if "ports" not in rule or any(
                p["port"] == port and p["protocol"] == protocol
                for p in rule["ports"])]


def lets_out_to_all(policy: Object, port: int, protocol: str = "TCP") -> bool:
    return any("to" not in rule
               for rule in rules_of(policy, "egress", port, protocol))


def admits(peers: list[Object], space: str, labels: dict[str, str]) -> bool:
    """Whether one of the peers is a pod of another namespace."""
    name = {"kubernetes.io/metadata.name": space}
    return any("namespaceSelector" in peer
               and selects(peer["namespaceSelector"]["matchLabels"], name)
               and selects(peer["podSelector"]["matchLabels"], labels)
               for peer in peers)


def wrapped_rules() -> str:
    """The alerts as an object of the Prometheus Operator."""
    _, groups = RULES.read_text().split("\ngroups:\n")
    return ("# Generated of config/prometheus/observer.rules.yml, which is to "
            "be changed:\n#   tests/docker/kubernetes_test.py --write\n"
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
            "metadata:\n  name: observer\n  namespace: monitoring\n  labels:\n"
            "    app.kubernetes.io/name: observer\nspec:\n  groups:\n"
            + re.sub(r"^(?=.)", "  ", groups, flags=re.M))


def of_each(test: Callable[[Any, Recorder], None]) -> Callable[[Any], None]:
    """The test is one of every recorder."""
    @functools.wraps(test)
    def run(self: Any) -> None:
        for recorder in recorders():
            with self.subTest(recorder=recorder.name):
                test(self, recorder)
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


class Test(unittest.TestCase):
    def folder(self) -> Path:
        path = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, path)
        return path


class Schema(Test):
    """Skipped where the packages cannot be had."""

    @classmethod
    def setUpClass(cls) -> None:
        try:
            manifests.fetch()
        except Missing as missing:
            raise unittest.SkipTest(str(missing)) from None

    def test_every_object_fits_its_schema(self) -> None:
        objects = everything()
        self.assertGreater(len(objects), 8)
        for (where, o), wrong in zip(
                objects, manifests.judge([o for _, o in objects])):
            self.assertEqual(wrong, [], f"{where}: {o['kind']}")

    def test_a_misspelt_field_is_refused_wherever_it_stands(self) -> None:
        wrong: dict[str, Object] = {}
        for _, o in everything():
            for path, bad in manifests.misspelt(o, o["kind"]):
                # One of the items of a list will do.
                wrong.setdefault(o["kind"] + re.sub(r"/\d+", "/#", path), bad)
        self.assertGreater(len(wrong), 100)
        for path, found in zip(wrong, manifests.judge(list(wrong.values()))):
            self.assertNotEqual(found, [], f"{path}: nobody saw the mistake")

    def test_wrong_values_are_refused(self) -> None:
        def changed(kind: str, path: str, value: Any) -> Object:
            o = copy.deepcopy(of_kind(manifests.written(), kind)[0])
            at: Any = o
            *parents, last = [int(p) if p.isdigit() else p
                              for p in path.split("/")]
            for parent in parents:
                at = at[parent]
            at[last] = value
            return o
        pod = "spec/template/spec/"
        wrong = [
            changed("StatefulSet", "spec/replicas", "1"),
            changed("StatefulSet", "spec/podManagementPolicy", "parallel"),
            changed("StatefulSet", "spec/selector", None),
            changed("StatefulSet", pod + "terminationGracePeriodSeconds",
                    "40s"),
            changed("StatefulSet", pod + "containers/0/args", "run"),
            changed("StatefulSet",
                    pod + "containers/0/resources/limits/memory", "1 GB"),
            changed("Service", "spec/ports/0/port", "http"),
            changed("NetworkPolicy", "spec/policyTypes", "Egress"),
            changed("PodDisruptionBudget", "spec/maxUnavailable", [1]),
            changed("ServiceMonitor", "spec/endpoints/0/interval", "10 s"),
            changed("PrometheusRule", "spec/groups/0/rules/0/expr", None),
            changed("Namespace", "apiVersion", "v2"),
        ]
        for o, found in zip(wrong, manifests.judge(wrong)):
            self.assertNotEqual(found, [], json.dumps(o)[:400])


class Overlays(Test):
    """What kubectl makes of them; skipped where it is missing or too old."""

    @classmethod
    def setUpClass(cls) -> None:
        try:
            manifests.kubectl()
        except Missing as missing:
            raise unittest.SkipTest(str(missing)) from None

    def test_the_image_is_of_this_version(self) -> None:
        version = re.search(r"project\(observer VERSION ([0-9.]+)",
                            (SOURCE / "CMakeLists.txt").read_text())
        assert version
        for recorder in recorders()[1:]:
            self.assertEqual(recorder.container["image"].rsplit(":")[-1],
                             version[1], recorder.name)

    def test_sites_share_nothing(self) -> None:
        objects = manifests.overlay("sites")
        sets = of_kind(objects, "StatefulSet")
        self.assertEqual(len(sets), 2)
        sites = [s["spec"]["template"]["metadata"]["labels"]["site"]
                 for s in sets]
        for found in (sites, [s["metadata"]["name"] for s in sets],
                      [space_of(s) for s in sets]):
            self.assertEqual(len(set(found)), 2, found)
        for s, site in zip(sets, sites):
            self.assertIn(site, s["metadata"]["name"])
            self.assertIn(site, space_of(s))
        symbols = [c["data"]["OBSERVER_SYMBOLS"]
                   for c in of_kind(objects, "ConfigMap")]
        self.assertEqual(len(set(symbols)), 2)
        # An alert that two objects hold is sent twice.
        groups = [g["name"] for rule in of_kind(objects, "PrometheusRule")
                  for g in rule["spec"]["groups"]]
        self.assertEqual(len(groups), len(set(groups)))
        self.assertGreater(len(groups), 2)

    def test_the_label_of_a_site_is_in_no_selector(self) -> None:
        """It would shut out DNS and Prometheus, whose pods do not have it."""
        for o in manifests.overlay("sites"):
            text = json.dumps(o.get("spec", {}))
            for found in re.findall(r'"(?:matchLabels|selector)": \{[^{}]*\}',
                                    text):
                self.assertNotIn('"site"', found)

    def test_a_changed_setting_is_another_pod(self) -> None:
        folder = self.folder() / "kubernetes"
        shutil.copytree(FOLDER, folder)
        chosen = folder / "overlays/single-node"

        def named() -> str:
            objects = manifests.build(chosen)
            name = of_kind(objects, "ConfigMap")[0]["metadata"]["name"]
            pod = of_kind(objects, "StatefulSet")[0]["spec"]["template"]["spec"]
            self.assertEqual(pod["containers"][0]["envFrom"],
                             [{"configMapRef": {"name": name}}])
            return str(name)
        before = named()
        with (chosen / "observer.env").open("a") as file:
            file.write("LOG_LEVEL=debug\n")
        self.assertNotEqual(named(), before)

    def test_the_node_keeps_the_folder_and_the_recorder(self) -> None:
        """Of the one node's overlay."""
        objects = manifests.overlay("single-node")
        kept = of_kind(objects, "StorageClass")[0]
        self.assertEqual(kept["reclaimPolicy"], "Retain")
        chosen = of_kind(objects, "StatefulSet")[0]["spec"]
        self.assertEqual(
            chosen["volumeClaimTemplates"][0]["spec"]["storageClassName"],
            kept["metadata"]["name"])
        pod = chosen["template"]["spec"]
        self.assertEqual(pod["priorityClassName"], "system-cluster-critical")
        tolerated = {t["key"].split("/")[1]: t for t in pod["tolerations"]}
        self.assertEqual(set(tolerated),
                         {"not-ready", "unreachable", "disk-pressure"})
        for one in tolerated.values():
            self.assertNotIn("tolerationSeconds", one)
        # It asks for no kind that a bare cluster does not know.
        for o in objects:
            self.assertNotIn("monitoring.coreos.com", o["apiVersion"])


class Manifests(Test):
    def test_all_files_are_in_use(self) -> None:
        """What no kustomization names is judged by nobody."""
        for file in manifests.files():
            if file.name != "kustomization.yaml":
                listed = yaml.safe_load(
                    (file.parent / "kustomization.yaml").read_text())
                self.assertIn(file.name, listed["resources"])

    @of_each
    def test_one_recorder_of_a_key(self, recorder: Recorder) -> None:
        spec = recorder.set["spec"]
        self.assertEqual(spec["replicas"], 1)
        self.assertEqual(spec["volumeClaimTemplates"][0]["spec"]
                         ["accessModes"], ["ReadWriteOnce"])
        self.assertEqual(set(
            spec["persistentVolumeClaimRetentionPolicy"].values()),
            {"Retain"})
        kinds = {o["kind"] for o in recorder.objects}
        self.assertNotIn("HorizontalPodAutoscaler", kinds)
        self.assertEqual(len(recorder.pod["containers"]), 1)

    @of_each
    def test_a_wrong_setting_can_be_put_right(self, recorder: Recorder) -> None:
        """OrderedReady would wait for the pod of the wrong one for ever."""
        spec = recorder.set["spec"]
        self.assertEqual(spec["podManagementPolicy"], "Parallel")
        self.assertEqual(spec["updateStrategy"]["type"], "RollingUpdate")

    @of_each
    def test_pods_are_restricted(self, recorder: Recorder) -> None:
        self.assertEqual(violations(recorder.pod), [])
        context = recorder.pod["securityContext"]
        for name in ("runAsUser", "runAsGroup", "fsGroup"):
            self.assertEqual(context[name], 999)
        self.assertTrue(recorder.container["securityContext"]
                        ["readOnlyRootFilesystem"])
        self.assertIs(recorder.pod["automountServiceAccountToken"], False)
        self.assertIs(recorder.pod["enableServiceLinks"], False)

    def test_namespaces_hold_pods_to_it(self) -> None:
        found = [o for _, o in everything() if o["kind"] == "Namespace"]
        self.assertTrue(found)
        for o in found:
            for mode in ("enforce", "audit", "warn"):
                self.assertEqual(o["metadata"]["labels"][
                    f"pod-security.kubernetes.io/{mode}"], "restricted")

    def test_each_rule_of_pod_security_sees_its_violation(self) -> None:
        good = recorders()[0].pod

        def broken(**changes: Any) -> list[str]:
            pod = copy.deepcopy(good)
            for key, value in changes.items():
                part, _, name = key.partition("__")
                at = {"pod": pod, "context": pod["securityContext"],
                      "container": pod["containers"][0],
                      "own": pod["containers"][0]["securityContext"]}[part]
                if value is None:
                    del at[name]
                else:
                    at[name] = value
            return violations(pod)
        for changes in (
                {"pod__hostNetwork": True}, {"pod__hostPID": True},
                {"pod__hostIPC": True},
                {"pod__volumes": [{"name": "x", "hostPath": {"path": "/"}}]},
                {"pod__volumes": [{"name": "x"}]},
                {"pod__initContainers": [{"name": "chown"}]},
                {"context__sysctls": [{"name": "kernel.msgmax"}]},
                {"context__runAsUser": 0}, {"context__runAsNonRoot": None},
                {"context__runAsNonRoot": False},
                {"context__seccompProfile": None},
                {"context__seccompProfile": {"type": "Unconfined"}},
                {"context__appArmorProfile": {"type": "Unconfined"}},
                {"context__seLinuxOptions": {"type": "spc_t"}},
                {"context__windowsOptions": {"hostProcess": True}},
                {"own__privileged": True}, {"own__runAsUser": 0},
                {"own__allowPrivilegeEscalation": None},
                {"own__capabilities": None},
                {"own__capabilities": {"drop": ["ALL"], "add": ["SYS_TIME"]}},
                {"own__procMount": "Unmasked"},
                {"container__ports": [{"containerPort": 1, "hostPort": 1}]},
                {"container__livenessProbe": {"httpGet": {"host": "x"}}}):
            self.assertNotEqual(broken(**changes), [], changes)

    @of_each
    def test_selectors_lead_to_the_pod(self, recorder: Recorder) -> None:
        spec = recorder.set["spec"]
        self.assertTrue(selects(spec["selector"]["matchLabels"],
                                recorder.labels))
        budget = of_kind(recorder.objects, "PodDisruptionBudget")[0]
        self.assertTrue(selects(budget["spec"]["selector"]["matchLabels"],
                                recorder.labels))
        self.assertTrue(selects(recorder.policy["podSelector"]
                                ["matchLabels"], recorder.labels))
        services = of_kind(recorder.objects, "Service")
        self.assertEqual(len(services), 2)
        for service in services:
            self.assertTrue(selects(service["spec"]["selector"],
                                    recorder.labels))
            # A recorder that does not record is what one wants to see.
            self.assertTrue(service["spec"]["publishNotReadyAddresses"])
            self.assertEqual(service["spec"]["ports"][0]["targetPort"],
                             recorder.container["ports"][0]["name"])
        headless = [s["metadata"]["name"] for s in services
                    if s["spec"].get("clusterIP") == "None"]
        self.assertEqual(headless, [spec["serviceName"]])

    def test_prometheus_reads_each_recorder_once(self) -> None:
        seen = 0
        for recorder in recorders():
            for monitor in of_kind(recorder.objects, "ServiceMonitor"):
                seen += 1
                spec = monitor["spec"]
                chosen = [s for s in of_kind(recorder.objects, "Service")
                          if selects(spec["selector"]["matchLabels"],
                                     s["metadata"]["labels"])]
                self.assertEqual(len(chosen), 1)
                # The alerts ask for this job.
                self.assertEqual(
                    chosen[0]["metadata"]["labels"][spec["jobLabel"]],
                    "observer")
                end = spec["endpoints"][0]
                self.assertIn(end["port"], [
                    p["name"] for p in chosen[0]["spec"]["ports"]])
                secrets = {v["secret"]["secretName"]:
                           [i["key"] for i in v["secret"]["items"]]
                           for v in recorder.pod["volumes"] if "secret" in v}
                credentials = end["authorization"]["credentials"]
                self.assertIn(credentials["key"],
                              secrets[credentials["name"]])
        self.assertGreater(seen, 0)

    @of_each
    def test_a_drain_ends(self, recorder: Recorder) -> None:
        budget = of_kind(recorder.objects, "PodDisruptionBudget")[0]["spec"]
        self.assertEqual(budget["maxUnavailable"],
                         recorder.set["spec"]["replicas"])
        self.assertEqual(budget["unhealthyPodEvictionPolicy"],
                         "AlwaysAllow")

    def test_nothing_secret_is_brought_along(self) -> None:
        for where, o in everything():
            self.assertNotEqual(o["kind"], "Secret", where)
        for file in FOLDER.rglob("kustomization.yaml"):
            self.assertNotIn("secretGenerator",
                             yaml.safe_load(file.read_text()), file)
        # A row whose environment has a _FILE is a secret.
        secrets = re.findall(r'row\("[a-z_.]*(?:secret|key|token|password)", '
                             r'"([A-Z_]+)"', TABLE.read_text())
        self.assertGreaterEqual(len(secrets), 4)
        for recorder in recorders():
            self.assertEqual([name for name in secrets
                              if name in recorder.settings], [], recorder.name)
            self.assertNotIn("env", recorder.container)

    @of_each
    def test_liveness_asks_for_nothing_but_an_answer(
            self, recorder: Recorder) -> None:
        """A broker, a disk or a database that is down restarts nothing."""
        path = {kind: recorder.container[kind + "Probe"]["httpGet"]["path"]
                for kind in ("startup", "liveness", "readiness")}
        self.assertEqual(path, {"startup": "/health",
                                "liveness": "/health",
                                "readiness": "/ready"})
        alive = recorder.container["livenessProbe"]
        self.assertGreaterEqual(
            alive["periodSeconds"] * alive["failureThreshold"], 120)

    @of_each
    def test_no_limit_evicts_or_slows_the_recorder(
            self, recorder: Recorder) -> None:
        self.assertEqual(set(recorder.container["resources"]["limits"]),
                         {"memory"})
        for volume in recorder.pod["volumes"]:
            if "emptyDir" in volume:
                self.assertEqual(volume["emptyDir"]["medium"], "Memory")
                self.assertIn("sizeLimit", volume["emptyDir"])

    def test_the_policy_lets_out_what_the_recorder_needs(self) -> None:
        broker = {int(port) for port in re.findall(
            r'"(?:https?|wss?)://[a-z.]+:(\d+)"', TABLE.read_text())}
        self.assertEqual(len(broker), 4, "the table's default hosts changed")
        database = re.search(r'row\("db.port", "DB_PORT", "", "(\d+)"',
                             TABLE.read_text())
        assert database
        nats = 4222
        for recorder in recorders():
            policy = recorder.policy
            self.assertEqual(set(policy["policyTypes"]), {"Ingress", "Egress"})
            for port in broker | {443, int(database[1]), nats}:
                self.assertTrue(lets_out_to_all(policy, port), port)
            for port in (22, 80, 6443, 8000):
                self.assertFalse(lets_out_to_all(policy, port), port)
            for protocol in ("UDP", "TCP"):
                rules = rules_of(policy, "egress", 53, protocol)
                self.assertTrue(any(
                    admits(rule["to"], "kube-system", {"k8s-app": "kube-dns"})
                    for rule in rules), protocol)

    @of_each
    def test_the_policy_lets_prometheus_in_and_few_else(
            self, recorder: Recorder) -> None:
        port = recorder.container["ports"][0]["containerPort"]
        self.assertEqual(str(port), recorder.settings["SERVICE_PORT"])
        rules = rules_of(recorder.policy, "ingress", port, "TCP")
        peers = [peer for rule in rules for peer in rule["from"]]
        prometheus = {"app.kubernetes.io/name": "prometheus"}
        self.assertTrue(admits(peers, "monitoring", prometheus))
        self.assertFalse(admits(peers, "default", prometheus))
        self.assertFalse(admits(peers, "monitoring", {"app": "x"}))
        self.assertEqual(rules_of(recorder.policy, "ingress", 22, "TCP"),
                         [])
        for rule in recorder.policy["ingress"]:
            self.assertTrue(rule["from"] and rule["ports"])


class Rules(Test):
    def test_the_alerts_are_those_of_config(self) -> None:
        self.assertEqual(WRAPPED_RULES.read_text(), wrapped_rules(),
                         f"run {__file__} --write")
        wrapped = yaml.safe_load(WRAPPED_RULES.read_text())
        self.assertEqual(wrapped["spec"], yaml.safe_load(RULES.read_text()))

    def test_a_pod_that_is_gone_is_told(self) -> None:
        tool = subprocess.run([str(SOURCE / "tests/config/promtool")],
                              capture_output=True, text=True, check=False)
        if tool.returncode:
            raise unittest.SkipTest(tool.stderr.strip())
        promtool = tool.stdout.split()[0]
        rules = yaml.safe_load((FOLDER / "components/rules/gone.yaml")
                               .read_text())["spec"]
        labels = {"severity": "critical", "job": "observer",
                  "instance": "observer/observer-0"}
        alert = rules["groups"][0]["rules"][0]["annotations"]
        told = {"exp_labels": labels, "exp_annotations": {
            key: text.replace("{{ $labels.instance }}", labels["instance"])
            for key, text in alert.items()}}

        def at(when: str, alerts: list[Any]) -> Any:
            return {"eval_time": when, "alertname": "ObserverGone",
                    "exp_alerts": alerts}
        series = 'up{job="observer",instance="observer/observer-0"}'
        tests = {
            "rule_files": ["rules.yml"], "evaluation_interval": "1m",
            "tests": [
                {"name": "gone after ten minutes", "interval": "1m",
                 "input_series": [{"series": series,
                                   "values": "1x10 stale _x10200"}],
                 "alert_rule_test": [at("10m", []), at("12m", []),
                                     at("14m", [told]), at("3d", [told]),
                                     at("169h", [])]},
                {"name": "restarted, and down, is not gone", "interval": "1m",
                 "input_series": [{"series": series,
                                   "values": "1x10 0x5 1x10 0x30"}],
                 "alert_rule_test": [at("12m", []), at("20m", []),
                                     at("50m", [])]},
                {"name": "others are none of ours", "interval": "1m",
                 "input_series": [{"series": 'up{job="x",instance="y"}',
                                   "values": "1x10 stale _x60"}],
                 "alert_rule_test": [at("30m", [])]}]}
        folder = self.folder()
        (folder / "rules.yml").write_text(yaml.safe_dump(rules))
        (folder / "tests.yml").write_text(yaml.safe_dump(tests))
        out = subprocess.run([promtool, "test", "rules", "tests.yml"],
                             cwd=folder, capture_output=True, text=True,
                             check=False)
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)


class Pod(Test):
    """The executable, with what the manifests give it."""

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

    def runs(self, recorder: Recorder, root: Path, **more: str) -> int:
        """Starts the recorder of a closed broker; the port of its service."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        environment = self.give(recorder, root) | {
            "SERVICE_PORT": str(port), "OBSERVER_SYMBOLS": "005930",
            "KIS_BASE_URL": "http://127.0.0.1:9",
            "KIS_WEBSOCKET_URL": "ws://127.0.0.1:9"} | more
        with (root / "log").open("w") as log:
            process = subprocess.Popen(
                [OBSERVER, *recorder.container["args"]], env=environment,
                cwd=root, stdout=log, stderr=log)

        def end() -> None:
            process.send_signal(signal.SIGTERM)
            try:
                self.assertEqual(process.wait(PATIENCE_S), 0,
                                 (root / "log").read_text())
            finally:
                process.kill()
        self.addCleanup(end)
        limit = time.monotonic() + PATIENCE_S
        while not self.ask(port, "/health"):
            self.assertIsNone(process.poll(), (root / "log").read_text())
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)  # between two looks
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
        root = self.folder()
        port = self.runs(recorder, root)
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
        port = self.runs(recorders()[0], self.folder(),
                         OBSERVER_SERVICE_ADDRESS="::")
        self.assertEqual(self.ask(port, "/health"), 200)
        with socket.create_connection(("::1", port), PATIENCE_S) as other:
            other.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            self.assertIn(b" 200 ", other.recv(64))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        WRAPPED_RULES.write_text(wrapped_rules())
        sys.exit(0)
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        OBSERVER = Path(sys.argv.pop(1)).resolve()
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", result.skipped[0][1])
        sys.exit(SKIPPED)
