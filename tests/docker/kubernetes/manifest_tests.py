"""What no schema knows: that the objects fit each other and the recorder."""

from __future__ import annotations

import copy
import re
from typing import Any

import manifests
import yaml
from manifests import FOLDER, SOURCE, of_kind
from pod_security import violations
from recorders import (Recorder, Test, admits, everything, lets_out_to_all,
                       of_each, recorders, rules_of, selects)

TABLE = SOURCE / "runtime/settings/table.cpp"


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
