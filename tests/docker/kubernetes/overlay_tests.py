"""What kubectl makes of the overlays."""

from __future__ import annotations

import json
import re
import shutil
import unittest

import manifests
from manifests import FOLDER, SOURCE, Missing, of_kind
from recorders import Test, recorders, space_of


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
