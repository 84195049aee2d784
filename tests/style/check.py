#!/usr/bin/env python3
"""Checks that the tree follows its own rules: layers, banned calls, sizes, completeness. Usage: check.py [ROOT]

Every finding is one line "file:line: what, and what to do instead". Exit code 1 if there is any.
"""

import pathlib
import re
import sys

LAYERS = {
    "resources": set(),
    "docker-client": set(),
    "controller": {"resources"},
    "reconcilers": {"resources", "controller", "docker-client"},
    "api": {"resources", "controller"},
}
FOLDERS = set(LAYERS) | {"manifests", "examples", "tests", "docs", "build"}
DOT_FOLDERS = {".ci", ".cmake"}  # ours; any other is some tool's
LINES_MAX = 600
NO_README = "has no README.md: what lives there, a map of its files, what may depend on it"
CODE = {".cpp", ".hpp"}
SOURCES = CODE | {".c", ".cmake", ".py", ".sh", ".sql", ".yaml"}
# Whatever lies in these is taken as it is, into an image, a container or a database, or compared as a whole: the README is above.
DATA = ("manifests/images", "manifests/config", "manifests/sql", "tests/golden")

# What must not be called, where it may be after all, and what to use instead.
BANNED = [
    (r"\b(system_clock|high_resolution_clock)::now\b", r"controller/clock\.cpp|tests/", "use controller::Clock"),
    (r"\bsleep_(for|until)\b|\busleep\(|\bnanosleep\(", r"controller/clock\.cpp|tests/(bench|e2e|contract|support)/", "use Clock::sleep or a wait with a deadline"),
    (r"\bstd::s?rand\b|\brandom_device\b", r"controller/random\.cpp", "use controller::Random"),
    (r"\bstd::\w+_distribution\b", r"^$", "use Random::below, which is the same on every library"),
    (r"\bstd::(cout|cerr|clog)\b|\bprintf\(", r"main\.cpp|api/cli/|controller/log\.cpp|tests/", "use controller::log, or return the text"),
    (r"(?<![\w.])new [A-Za-z_:]+[({<\[;]", r"^$", "use std::make_unique or a value"),
    (r"(?<!\w)(malloc|free|system|popen|gets|strcpy|sprintf)\(", r"tests/", "use the standard library's types"),
    (r"(thread|threads_?\[.*\])\w*\.detach\(\)", r"^$", "use std::jthread and join"),
    (r"#include <(format|expected|print)>", r"^$", "not in GCC 12"),
    (r"\bstd::async\b", r"^$", "use Jobs"),
]
MARKS = re.compile(r"\b(FIX" r"ME|TO" r"DO|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'^\s*#include "([^"]+)"')


def code_only(line, state):
    """The line without comments and the content of strings; `state` remembers open block comments."""
    out, i, quote = [], 0, None
    while i < len(line):
        if state["block"]:
            end = line.find("*/", i)
            if end < 0:
                return "".join(out)
            state["block"], i = False, end + 2
        elif quote:
            if line[i] == "\\":
                i += 1
            elif line[i] == quote:
                quote = None
                out.append('"')
            i += 1
        elif line.startswith("//", i):
            break
        elif line.startswith("/*", i):
            state["block"], i = True, i + 2
        elif line[i] == '"' or (line[i] == "'" and not (out and out[-1].isalnum())):
            quote = line[i]
            out.append('"')
            i += 1
        else:
            out.append(line[i])
            i += 1
    return "".join(out)


def check_include(path, target):
    own, other = path.parts[0], pathlib.PurePosixPath(target).parts[0]
    if own not in LAYERS:
        return None
    if other not in LAYERS:
        return f'includes "{target}": include from the root of the repository, and only the layers below'
    if other != own and other not in LAYERS[own]:
        return f'includes "{target}": {own}/ may include {", ".join(sorted(LAYERS[own])) or "nothing"} of the project'
    parts = pathlib.PurePosixPath(target).parts
    if own == other == "reconcilers" and len(path.parts) > 2 and len(parts) > 2 and parts[1] not in (path.parts[1], "core"):
        return f'includes "{target}": a kind\'s folder may include reconcilers/core only'
    return None


def check_code(path, text):
    lines = text.splitlines()
    if path.suffix == ".hpp" and "#pragma once" not in text:
        yield 1, "header without #pragma once"
    state = {"block": False}
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include and (problem := check_include(path, include[1])):
            yield number, problem
        code = code_only(line, state)
        for pattern, allowed, instead in BANNED:
            if (hit := re.search(pattern, code)) and not re.search(allowed, path.as_posix()):
                yield number, f"{hit[0].strip()}: {instead}"


def check_file(root, path):
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    count = text.count("\n")
    if path.suffix in CODE | {".py"} and count > LINES_MAX:
        yield 1, f"{count} lines: more than {LINES_MAX}, split it"
    if path.suffix in CODE | {".py", ".cmake", ".yaml", ".sh"} or path.name == "CMakeLists.txt":
        for number, line in enumerate(text.splitlines(), 1):
            if MARKS.search(line):
                yield number, "an unfinished thing: finish it or leave it out"
    if path.suffix in CODE:
        yield from check_code(path, text)


def check_folders(root):
    for entry in sorted(root.iterdir()):
        if not entry.is_dir() or (entry.name.startswith(".") and entry.name not in DOT_FOLDERS):
            continue
        if entry.name not in FOLDERS | DOT_FOLDERS:
            yield entry.name, "a top-level folder that the design does not have"
        elif entry.name != "build" and not (entry / "README.md").exists():
            yield entry.name, NO_README


def check_readmes(root):
    """A folder that holds code or manifests says what lives there, under its own name."""
    for base in (*LAYERS, "manifests", "examples", "tests"):
        for folder in sorted(p for p in (root / base).rglob("*") if p.is_dir()):
            name, readme = folder.relative_to(root).as_posix(), folder / "README.md"
            if name.startswith(tuple(f"{data}/" for data in DATA)):
                if readme.exists():
                    yield name, "has a README.md among data that is taken as it is: put it above"
            elif readme.exists():
                if readme.read_text(encoding="utf-8").partition("\n")[0] != f"# {name}":
                    yield name, f"has a README.md that does not begin with '# {name}'"
            elif any(file.suffix in SOURCES for file in folder.iterdir()):
                yield name, NO_README


def check_kinds(root):
    """Every kind has its folder, its reconciler and a place where somebody can see it at work."""
    kinds = root / "resources" / "kinds.cpp"
    if not kinds.exists():
        return
    seen = "".join(p.read_text(errors="replace") for base in ("examples", "manifests", "tests") for p in (root / base).rglob("*") if p.suffix in {".yaml", ".cpp", ".hpp"})
    for folder in sorted(p for p in (root / "resources").iterdir() if p.is_dir()):
        name = folder.name
        for suffix in ("hpp", "cpp"):
            if not (folder / f"{name}.{suffix}").exists():
                yield f"resources/{name}", f"has no {name}.{suffix}"
        found = re.search(rf'"({name})"|\b({name})Spec\b', kinds.read_text(), re.IGNORECASE)
        if not found:
            yield f"resources/{name}", f"kind {name} is not in resources/kinds.cpp"
            continue
        kind = found[1] or found[2]
        if not re.search(rf"kind: {kind}\b|{kind}Spec\b", seen):
            yield f"resources/{name}", f"no example, manifest or test uses a {kind}"


def check_lists(root):
    """Every source is built: sources are listed by name, so one can be forgotten."""
    lists = "".join((root / folder / "CMakeLists.txt").read_text() for folder in [*LAYERS, "manifests"] if (root / folder / "CMakeLists.txt").exists())
    lists += "".join(p.read_text() for folder in LAYERS for p in (root / folder).glob("*/CMakeLists.txt"))
    for folder in LAYERS:
        for source in sorted((root / folder).rglob("*.cpp")):
            if not re.search(rf"(^|[\s/]){re.escape(source.name)}\b", lists):
                yield source.relative_to(root).as_posix(), "is in no CMakeLists.txt"


def findings(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or relative.parts[0] == "build" or any(part.startswith(".") for part in set(relative.parts) - DOT_FOLDERS):
            continue
        for number, problem in check_file(root, relative):
            yield f"{relative.as_posix()}:{number}: {problem}"
    for check in (check_folders, check_readmes, check_kinds, check_lists):
        for place, problem in check(root):
            yield f"{place}: {problem}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(findings(root))
    print("\n".join(found) if found else "the tree follows its rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
