"""The objects that docker/kubernetes is made of, and the schema's judgement."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]

SOURCE = Path(__file__).resolve().parents[3]
FOLDER = SOURCE / "docker/kubernetes"
PACKAGES = SOURCE / "build/kubernetes-tests"
OVERLAYS = ("single-node", "sites", "sites/seoul", "sites/busan")

Object = dict[str, Any]

FREE = {"labels", "annotations", "matchLabels", "data", "requests", "limits"}
"""Maps whose keys are chosen by whoever writes them; so is a Service's
`selector`."""


class Missing(Exception):
    """What this machine lacks, in words."""


def files() -> list[Path]:
    return sorted(FOLDER.rglob("*.yaml"))


@functools.cache
def written() -> list[Object]:
    """The objects of all files, as they stand there."""
    found = []
    for file in files():
        if file.name != "kustomization.yaml":
            found += yaml.safe_load_all(file.read_text())
    return found


@functools.cache
def kubectl() -> str:
    """One that knows components: Debian 12's own, 1.20, does not."""
    program = shutil.which("kubectl")
    if not program:
        raise Missing("there is no kubectl")
    said = subprocess.run([program, "version", "--client", "-o", "json"],
                          capture_output=True, text=True, check=False)
    found = re.search(r'"gitVersion": *"v(\d+)\.(\d+)', said.stdout)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < (1, 21):
        raise Missing("kubectl is {}.{}; overlays need 1.21 or later"
                      .format(*version))
    return program


def build(folder: Path) -> list[Object]:
    out = subprocess.run([kubectl(), "kustomize", str(folder)],
                         capture_output=True, text=True, check=False)
    if out.returncode:
        raise AssertionError(f"{folder}: {out.stderr}")
    if "deprecated" in out.stderr.lower():
        raise AssertionError(f"{folder}: {out.stderr}")
    return list(yaml.safe_load_all(out.stdout))


@functools.cache
def overlay(name: str) -> list[Object]:
    return build(FOLDER / "overlays" / name)


def fetch() -> None:
    """The packages of the schema."""
    if not shutil.which("node"):
        raise Missing("there is no node (Debian: nodejs)")
    out = subprocess.run([str(Path(__file__).parent / "packages")],
                         capture_output=True, text=True, check=False)
    if out.returncode:
        raise Missing("the schema's packages cannot be had: "
                      + " ".join(out.stderr.split())[-300:])


def judge(objects: list[Object]) -> list[list[str]]:
    """Of each object what the schema says against it."""
    out = subprocess.run(
        ["node", str(Path(__file__).parent / "schema.mjs"), str(PACKAGES)],
        input=json.dumps(objects), capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    verdicts: list[list[str]] = json.loads(out.stdout)
    assert len(verdicts) == len(objects)
    return verdicts


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [o for o in objects if o["kind"] == kind]


def misspelt(node: Any, kind: str, path: str = "") -> list[tuple[str, Any]]:
    """Copies of `node`, each with one field's name wrong, and which."""
    out: list[tuple[str, Any]] = []
    if isinstance(node, list):
        for i, item in enumerate(node):
            out += [(p, node[:i] + [wrong] + node[i + 1:])
                    for p, wrong in misspelt(item, kind, f"{path}/{i}")]
    elif isinstance(node, dict):
        for key, value in node.items():
            out.append((f"{path}/{key}", {
                k + "x" if k == key else k: v for k, v in node.items()}))
            free = key in FREE or (kind == "Service" and key == "selector")
            if not free:
                out += [(p, {**node, key: wrong})
                        for p, wrong in misspelt(value, kind, f"{path}/{key}")]
    return out
