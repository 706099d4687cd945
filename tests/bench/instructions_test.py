#!/usr/bin/env python3
"""Instructions a record on the path of a tick, held to what they were.

Counted by callgrind, so that neither the machine's speed nor its load matters:
the same program and input give the same count. Each part runs for two numbers
of records; the difference is the path without the start. A part may take up to
TOLERANCE more than instructions.json says; of one that takes as much less the
new figure should stand there, where `--write` puts it.

Exit status: 0 none takes more, 1 one does, 77 skipped with the reason.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOLERANCE = 0.05
FEW, MANY = 2_000, 6_000
KNOWN = Path(__file__).with_name("instructions.json")


def skip(why: str) -> None:
    print(f"skipped: {why}")
    sys.exit(77)


def counted(valgrind: str, program: str, part: str, records: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [valgrind, "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             program, part, str(records)], text=True, capture_output=True,
            check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(f"callgrind of {part} failed:\n{done.stderr}")
    return int(found[1])


def main() -> int:
    program, *more = sys.argv[1:]
    if platform.machine() != "x86_64":
        skip("the figures are of x86_64")
    valgrind = shutil.which("valgrind")
    if not valgrind:
        skip("valgrind is not installed")
    known = json.loads(KNOWN.read_text("ascii"))
    now = {part: round((counted(valgrind, program, part, MANY)
                        - counted(valgrind, program, part, FEW))
                       / (MANY - FEW)) for part in known}
    status = 0
    for part, count in now.items():
        ratio = count / known[part]
        verdict = "within"
        if ratio > 1 + TOLERANCE:
            verdict, status = "MORE", 1
        elif ratio < 1 - TOLERANCE:
            verdict = "LESS: write the new figure down"
        print(f"{part:<8}{count:6} instructions a record, {known[part]} known, "
              f"{100 * (ratio - 1):+.1f} %: {verdict}")
    if "--write" in more:
        KNOWN.write_text(json.dumps(now, indent=1) + "\n", "ascii")
        print(f"written to {KNOWN}")
        return 0
    if status:
        print(f"tolerance {100 * TOLERANCE:.0f} %; if the change is wanted: "
              f"{Path(__file__).name} {program} --write")
    return status


if __name__ == "__main__":
    sys.exit(main())
