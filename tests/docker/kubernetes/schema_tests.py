"""Every object against the schema of Kubernetes' API."""

from __future__ import annotations

import copy
import json
import re
import unittest
from typing import Any

import manifests
from manifests import Missing, Object, of_kind
from recorders import Test, everything


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
