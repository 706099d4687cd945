#!/usr/bin/env python3
"""Reads an executable and fails where a protection of the build is missing.

    tests/hardening_test.py EXECUTABLE [--seen]

--seen only prints what is there. Exit 77, with the reason, where binutils are
not installed.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

# What each source of the executable is compiled with.
FLAGS = ["-fPIE", "-D_GLIBCXX_ASSERTIONS", "-D_FORTIFY_SOURCE=2",
         "-fstack-protector-strong", "-fstack-clash-protection"]
BRANCHES = {"x86": "-fcf-protection", "arm": "-mbranch-protection=standard"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C",
                               "LANGUAGE": "C"}).stdout


def machine_of(path):
    header = output("readelf", "-hW", path)
    return ("arm" if "AArch64" in header else
            "x86" if "X86-64" in header else None)


def stack_probes(machine, code):
    """A frame of more than a page is touched page by page (clash protection).
    On ARM frames of 64 KiB are, and we have none."""
    return (machine == "arm"
            or re.search(r"\bor[ql]\s+\$0x0,(0x[0-9a-f]+)?\(%rsp\)", code))


def landing_pads(machine, code):
    """Of the program's own functions, the share that begins with a landing
    pad (IBT) or signs its return address (PAC, BTI)."""
    if machine == "x86":
        return len(re.findall(r"\bendbr64\b", code))
    return len(re.findall(r"\b(paciasp|bti)\b", code))


def protections(path):
    """Name -> whether it is there."""
    header = output("readelf", "-hW", path)
    machine = machine_of(path)
    segments = output("readelf", "-lW", path)
    dynamic = output("readelf", "-dW", path)
    symbols = output("readelf", "--dyn-syms", "-W", path)
    code = output("objdump", "-d", "--no-show-raw-insn", "-j", ".text", path)
    stack = re.search(r"GNU_STACK.*", segments)
    return {
        "position independent (-pie)":
            "DYN (Position-Independent Executable file)" in header,
        "relocations read-only (-z relro)": "GNU_RELRO" in segments,
        "all bound at start (-z now)":
            re.search(r"FLAGS_1.*\bNOW\b|BIND_NOW", dynamic),
        "no code on the stack": stack and "RWE" not in stack.group(),
        "no segment writable and executable":
            not re.search(r"LOAD.*\bRWE\b", segments),
        "stack canaries (-fstack-protector-strong)":
            "__stack_chk_fail" in symbols,
        "checked copies (_FORTIFY_SOURCE)":
            re.search(r"\b__(mem|str|sn|vsn|f|vf)[a-z]*_chk\b", symbols),
        "checked indices (_GLIBCXX_ASSERTIONS)":
            "__glibcxx_assert_fail" in symbols,
        "stack clash protection": stack_probes(machine, code),
        "landing pads (-fcf-protection, -mbranch-protection)":
            landing_pads(machine, code) > 500,
    }


def compiled(path):
    """Name -> whether every source of the executable was compiled with it."""
    folder = pathlib.Path(path).parent
    commands = [row["command"].split() for row in
                json.loads((folder / "compile_commands.json").read_text())
                if "/tests/" not in row["file"].removeprefix(str(folder))]
    commands = [words for words in commands
                if not any("tests/CMakeFiles" in w or "tests/bench" in w
                           for w in words)]
    flags = FLAGS + [BRANCHES[machine_of(path)]]
    return {f"{len(commands)} sources compiled with {flag}":
            commands and all(flag in words for words in commands)
            for flag in flags}


def symbols(path):
    """Name -> whether it is so: stripped, and what was stripped lies beside."""
    debug = path + ".debug"
    build_id = re.compile(r"Build ID: ([0-9a-f]{40})")
    own = build_id.search(output("readelf", "-nW", path))
    kept = build_id.search(output("readelf", "-nW", debug))
    sections = output("readelf", "-SW", path)
    main_at = re.search(r"^([0-9a-f]+) [tT] main$", output("nm", debug), re.M)
    line = output("addr2line", "-e", debug, "0x" + main_at.group(1))
    return {
        "no symbols in the executable":
            ".symtab" not in sections and ".debug_" not in sections,
        "it names the file that has them": ".gnu_debuglink" in sections,
        "both have one build-id": own and kept and own[1] == kept[1],
        "an address leads to its line":
            re.search(r"runtime/main\.cpp:\d+", line),
    }


def main():
    path = sys.argv[1]
    for tool in ("readelf", "objdump", "nm", "addr2line"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed (binutils)")
            return 77
    if not machine_of(path):
        print("skipped: not known for this kind of machine")
        return 77
    found = protections(path)
    if "--seen" not in sys.argv:
        found |= compiled(path)
        found |= symbols(path)
    for name, there in found.items():
        print(f"{'yes' if there else 'NO ':<4}{name}")
    return 0 if "--seen" in sys.argv or all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
