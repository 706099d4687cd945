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

import os
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "kubernetes"))

import manifests  # noqa: E402

if manifests.yaml is None:
    print("skipped: there is no python3-yaml")
    sys.exit(77)

import pod_tests  # noqa: E402
import rules_tests  # noqa: E402
from manifest_tests import Manifests  # noqa: E402, F401
from overlay_tests import Overlays  # noqa: E402, F401
from pod_tests import SKIPPED, Pod  # noqa: E402, F401
from rules_tests import Rules  # noqa: E402, F401
from schema_tests import Schema  # noqa: E402, F401

if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        rules_tests.WRAPPED_RULES.write_text(rules_tests.wrapped_rules())
        sys.exit(0)
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        pod_tests.OBSERVER = Path(sys.argv.pop(1)).resolve()
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", result.skipped[0][1])
        sys.exit(SKIPPED)
