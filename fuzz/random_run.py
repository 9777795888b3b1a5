"""Feed every parser damaged files, count what it says, and stop at the first fault of each.

``--count`` and ``--seconds`` limit the run of each parser. A fault is an error that is not typed,
more than a second for one input, or more memory than twice the file plus 64 MiB; the input is
saved. Seconds are processor time, so that a busy machine does not matter. Memory is measured for
every hundredth input, instead of time.

``--into benchmarks/results/fuzz.json`` replaces the entry of each parser when it is done, and keeps
everything else in the file. ``--join FILE...`` does not run anything, and takes entries from the
``--json`` output of earlier runs. ``--replay FILE`` feeds one file to one ``--parser``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import sys
import time
import tracemalloc
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parsers import PARSERS, Fault, Parser, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

MEMORY = 64 << 20  # bytes, beside twice the file
HANG = 1.0  # seconds of processor time for one input
_MEASURED = 100


def run(
    parser: Parser, count: int, seconds: float, seed: int, faults: Path = Path()
) -> dict[str, Any]:
    """Feed one parser.

    Args:
        parser: the parser.
        count: maximum number of inputs.
        seconds: maximum processor time in seconds.
        seed: the same seed makes the same inputs.
        faults: folder in which inputs that show a fault are saved.

    Returns:
        The parser's entry for the record; ``faults`` names the saved files.

    Raises:
        Fault: if a good file of the corpus is not accepted, so that the run would show nothing.
    """
    rng = random.Random(seed)
    seeds = parser.seeds()
    if not any(judge(parser, good) == "accepted" for good in seeds):  # and loads what loads lazily
        raise Fault(f"{parser.name}: no file of the corpus is accepted")
    said: Counter[str] = Counter()
    slowest = most = 0.0
    found: list[str] = []
    end = time.process_time() + seconds
    made = 0
    while made < count and time.process_time() < end and not found:
        data = parser.input(rng, seeds)
        made += 1
        measured = made % _MEASURED == 0
        if measured:
            tracemalloc.start()
        start = time.process_time()
        try:
            said[judge(parser, data)] += 1
        except Fault as fault:
            found.append(str(fault))
        took = time.process_time() - start
        if measured:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            most = max(most, peak - 2 * len(data))
            if peak > 2 * len(data) + MEMORY:
                found.append(f"{peak} bytes of memory for {len(data)} bytes of input")
        else:
            slowest = max(slowest, took)
            if took > HANG:
                found.append(f"{took:.1f} s for one input")
        if found:
            found.append(f"saved as {_save(parser, data, faults)}")
    return {
        "inputs": made,
        "seed": seed,
        "date": datetime.now(UTC).date().isoformat(),
        "faults": found,
        "slowest_ms": round(slowest * 1000, 1),
        "memory_beyond_twice_the_file_kib": round(max(most, 0) / 1024),
        "said": dict(sorted(said.items())),
    }


def _save(parser: Parser, data: bytes, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fault-{parser.name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def run_all(
    names: list[str], jobs: int, count: int, seconds: float, seed: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Feed these parsers, ``jobs`` at a time; each entry comes when its parser is done."""
    spawn = multiprocessing.get_context("spawn")  # the kernel has threads, which fork does not copy
    with ProcessPoolExecutor(jobs, spawn, max_tasks_per_child=1) as pool:
        work = {pool.submit(_run_named, name, count, seconds, seed): name for name in names}
        for done in as_completed(work):
            yield work[done], done.result()


def _run_named(name: str, count: int, seconds: float, seed: int) -> dict[str, Any]:
    return run(PARSERS[name], count, seconds, seed)  # processes are sent the name


def entries_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return the parsers' entries in a file of ``--json``."""
    document = json.loads(path.read_text())
    date = document["machine"].get("date")
    return {name: {"date": date, **entry} for name, entry in document["results"].items()}


def put_into(path: Path, entries: dict[str, dict[str, Any]]) -> None:
    """Replace these parsers' entries in the record, and drop those of parsers that are gone."""
    record = json.loads(path.read_text())
    results = record["results"]
    known = {**results["parsers"], **entries}
    results["parsers"] = {name: known[name] for name in PARSERS if name in known}
    guided = results["guided_by_coverage"]
    results["guided_by_coverage"] = {name: n for name, n in guided.items() if name in PARSERS}
    path.write_text(json.dumps(record, indent=2) + "\n")


def main() -> None:
    """Parse the options, and run or join."""
    from measure import positive, report

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--count", type=positive, default=1_000_000, help="inputs a parser")
    parser.add_argument("--seconds", type=positive, default=86_400, help="bound for a parser")
    parser.add_argument("--seed", type=positive, default=1)
    parser.add_argument("--jobs", type=positive, default=1, help="parsers at a time")
    parser.add_argument("--parser", action="append", choices=sorted(PARSERS), help="only this")
    parser.add_argument("--into", type=Path, help="the record whose entries are replaced")
    parser.add_argument("--join", type=Path, nargs="+", default=[], help="results to take instead")
    parser.add_argument("--replay", type=Path, help="a file for the parser")
    options = parser.parse_args()
    names = options.parser or list(PARSERS)
    if options.replay:
        for name in names:
            print(name, judge(PARSERS[name], options.replay.read_bytes()))
        return
    if options.join:
        found = iter([pair for path in options.join for pair in entries_of(path).items()])
    else:
        found = run_all(names, options.jobs, options.count, options.seconds, options.seed)
    results = {}
    for name, entry in found:
        results[name] = entry
        print(name, entry, file=sys.stderr)
        if options.into:
            put_into(options.into, {name: entry})
    report("damaged files fed to every parser", results, options.json)
    if any(entry["faults"] for entry in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
