"""The alerts as objects of the Prometheus Operator."""

from __future__ import annotations

import re
import subprocess
import unittest
from typing import Any

import yaml
from manifests import FOLDER, SOURCE
from recorders import Test

RULES = SOURCE / "config/prometheus/observer.rules.yml"
WRAPPED_RULES = FOLDER / "components/rules/observer.yaml"


def wrapped_rules() -> str:
    """The alerts as an object of the Prometheus Operator."""
    _, groups = RULES.read_text().split("\ngroups:\n")
    return ("# Generated of config/prometheus/observer.rules.yml, which is to "
            "be changed:\n#   tests/docker/kubernetes_test.py --write\n"
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
            "metadata:\n  name: observer\n  namespace: monitoring\n  labels:\n"
            "    app.kubernetes.io/name: observer\nspec:\n  groups:\n"
            + re.sub(r"^(?=.)", "  ", groups, flags=re.M))


class Rules(Test):
    def test_the_alerts_are_those_of_config(self) -> None:
        self.assertEqual(WRAPPED_RULES.read_text(), wrapped_rules(),
                         "run tests/docker/kubernetes_test.py --write")
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
