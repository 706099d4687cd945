"""The recorders of docker/kubernetes, each with what belongs to it."""

from __future__ import annotations

import functools
import shutil
import tempfile
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import manifests
from manifests import FOLDER, Missing, Object, of_kind


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
