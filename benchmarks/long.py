"""The long parts of the tests: ``make long PART=NAME``; without a name, what there is and counts.

`make test` runs a short piece of each part; here it goes on for up to an hour. A part is a row of
numbered rounds, and a round's number is its seed. Each round that is done is in the record,
``benchmarks/results/long.json``, before the next one starts, so that a run that is interrupted goes
on where it stopped. A part's entry counts while the files that it names are what they were; a run
that finds them changed starts from the first round.

A round that finds a fault ends the run with exit code 1; its number and the error are in the
record, and the next run begins with it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from measure import machine, positive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Work = Callable[[int], Mapping[str, int]]

ROOT: Final = Path(__file__).resolve().parents[1]
RECORD: Final = ROOT / "benchmarks" / "results" / "long.json"
CLAIM: Final = "the long parts of the tests: rounds without a fault"

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "fuzz")]


@dataclass(frozen=True)
class Part:
    """One long part.

    Attributes:
        what: what a round does.
        work: the function that does it, as ``module:name`` in ``tests``: it takes the number of the
            round, returns counts of what it did, and raises where something is wrong.
        rounds: how many; a round takes a minute or two at most.
        files: files and folders on which the outcome depends.
        short: the test that does a piece of it in every ``make test``.
    """

    what: str
    work: str
    rounds: int
    files: tuple[str, ...]
    short: str


PARTS: Final[Mapping[str, Part]] = {}


def loaded(part: Part) -> Work:
    """The function that does a round."""
    module, _, name = part.work.partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    return work


def digests(files: tuple[str, ...], root: Path = ROOT) -> dict[str, str]:
    """A short digest of each file, or of all files in a folder."""
    return {name: _digest(root / name) for name in files}


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in inside:
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so":
            content = hashlib.sha256(file.read_bytes()).digest()
            found.update(str(file.relative_to(path)).encode() + b"\0" + content)
    return found.hexdigest()[:16]


def read(path: Path) -> dict[str, Any]:
    """The entries of the record by part."""
    if not path.exists():
        return {}
    results: dict[str, Any] = json.loads(path.read_text())["results"]
    return results


def counts(part: Part, entry: Mapping[str, Any] | None) -> bool:
    """Whether an entry is about today's files."""
    return entry is not None and entry["files"] == digests(part.files)


def run(name: str, record: Path, seconds: float) -> dict[str, Any]:
    """Do rounds of a part until all are done, the time is over, or one finds a fault.

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
    this = {"date": datetime.now(UTC).date().isoformat(), "commit": _commit(part.files)}
    this |= {"kernel": machine()["kernel"], "cpu": machine()["cpu"], "rounds": 0, "seconds": 0}
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
    return read(record).get(name, entry)


def _put(path: Path, name: str, entry: Mapping[str, Any]) -> None:
    results = {**read(path), name: entry}
    document = {"claim": CLAIM, "results": dict(sorted(results.items()))}
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(document, indent=2) + "\n")
    unfinished.replace(path)


def _commit(files: tuple[str, ...]) -> str:
    """The commit, with a plus sign where the part's files are not those of the commit."""

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    commit = git("rev-parse", "--short=12", "HEAD").stdout.strip()
    return commit + "+" * bool(commit and git("status", "--porcelain", "--", *files).stdout)


def listed(record: Path) -> str:
    """One line a part: its name, its rounds, whether they count, and what it does."""
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
    """Parse the options; run a part, or say which there are."""
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
