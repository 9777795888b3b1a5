"""The long parts of the tests: ``make long PART=NAME``; without a name, it lists the parts.

``make test`` runs a short piece of each part; here a part runs for up to an hour. A part is a row
of numbered rounds, and a round's number is its seed. Each finished round is written to the record,
``benchmarks/results/long.json``, before the next one starts, so that an interrupted run continues
where it stopped. A part's entry counts while the files that it names are unchanged, except for the
comments and docstrings of Python files; if they changed, a run starts from the first round. Several
parts may run at once.

A round that finds a fault ends the run with exit code 1; its number and the error are in the
record, and the next run begins with it.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import importlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from long_parts import PARTS, ROOT
from measure import machine, positive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from long_parts import Part

    Work = Callable[..., Mapping[str, int]]

RECORD: Final = ROOT / "benchmarks" / "results" / "long.json"
CLAIM: Final = "the long parts of the tests: rounds without a fault"


def loaded(part: Part) -> Work:
    """Return the function that does a round."""
    from support.forks import fork_between_collections

    fork_between_collections()
    module, _, name = part.work.partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    return partial(work, part.about) if part.about else work


def digests(files: tuple[str, ...]) -> dict[str, str]:
    """Return a short digest of each file, or of all files in a folder."""
    return {name: _digest(ROOT / name) for name in files}


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in inside:
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so":
            content = hashlib.sha256(_code(file)).digest()
            found.update(str(file.relative_to(path)).encode() + b"\0" + content)
    return found.hexdigest()[:16]


def _code(file: Path) -> bytes:
    """Return the part of a file that has an effect: Python without comments and docstrings."""
    content = file.read_bytes()
    if file.suffix != ".py":
        return content
    tree = ast.parse(content)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body[0] = ast.Pass()
    return ast.unparse(tree).encode()


def read(path: Path) -> dict[str, Any]:
    """Return the entries of the record by part."""
    if not path.exists():
        return {}
    results: dict[str, Any] = json.loads(path.read_text())["results"]
    return results


def counts(part: Part, entry: Mapping[str, Any] | None) -> bool:
    """Return whether an entry is about the present files."""
    return entry is not None and entry["files"] == digests(part.files)


def run(name: str, record: Path, seconds: float) -> dict[str, Any]:
    """Run rounds of a part until all are done, the time is over, or one finds a fault.

    Returns:
        The part's entry in the record. It has ``fault`` if the last round found one.
    """
    part = PARTS[name]
    entry = read(record).get(name)
    if entry is None or not counts(part, entry):
        entry = {"what": part.what, "rounds": 0, "counts": {}, "runs": []}
        entry["files"] = digests(part.files)
    entry["of"] = part.rounds
    entry.pop("fault", None)
    work, end = loaded(part), time.monotonic() + seconds
    here = machine()
    this: dict[str, Any] = {"commit": _commit(part.files), "rounds": 0, "seconds": 0.0}
    this |= {name: here[name] for name in ("date", "cpu", "processors", "load", "kernel")}
    while entry["rounds"] < part.rounds and time.monotonic() < end and "fault" not in entry:
        start = time.monotonic()
        try:
            done = work(entry["rounds"])
        except Exception as error:
            entry["fault"] = {"round": entry["rounds"], "error": f"{type(error).__name__}: {error}"}
        else:
            entry["rounds"] += 1
            entry["counts"] = dict(sorted((Counter(entry["counts"]) + Counter(done)).items()))
            this["rounds"] += 1
        this["seconds"] = round(this["seconds"] + time.monotonic() - start, 1)
        _put(record, name, entry | {"runs": [*entry["runs"], this]})
    return entry


def _put(path: Path, name: str, entry: Mapping[str, Any]) -> None:
    lock = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another part may be at it
        results = {**read(path), name: entry}
        document = {"claim": CLAIM, "results": dict(sorted(results.items()))}
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(document, indent=2) + "\n")
        unfinished.replace(path)
    finally:
        os.close(lock)


def _commit(files: tuple[str, ...]) -> str:
    """Return the commit, with a plus sign if the part's files differ from those of the commit."""

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    commit = git("rev-parse", "--short=12", "HEAD").stdout.strip()
    return commit + "+" * bool(commit and git("status", "--porcelain", "--", *files).stdout)


def listed(record: Path) -> str:
    """Return one line for each part: its name, its rounds, whether they count, and its work."""
    found, lines = read(record), []
    for name, part in PARTS.items():
        entry = found.get(name)
        done = entry["rounds"] if entry else 0
        state = "never run" if entry is None else "counts" if counts(part, entry) else "changed"
        if entry is not None and "fault" in entry:
            state = "fault"
        lines.append(f"{name:24} {done:4} of {part.rounds:4}  {state:10} {part.what}")
    return "\n".join(lines)


def main() -> None:
    """Parse the options, and run a part or list the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=sorted(PARTS))
    parser.add_argument("--minutes", type=positive, default=55, help="no round starts later")
    parser.add_argument("--into", type=Path, default=RECORD, help="the record")
    options = parser.parse_args()
    if options.part is None:
        print(listed(options.into))
        return
    entry = run(options.part, options.into, options.minutes * 60)
    print(f"{options.part}: {entry['rounds']} of {entry['of']} rounds, {entry['counts']}")
    if "fault" in entry:
        sys.exit(f"round {entry['fault']['round']}: {entry['fault']['error']}")


if __name__ == "__main__":
    main()
