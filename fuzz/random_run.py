"""Feed every parser damaged files, count what it says, and stop at the first fault of each.

``python fuzz/random_run.py --count 1000000 --json`` writes what ``benchmarks/results/fuzz.json``
holds. A run is bounded by ``--count`` and by ``--seconds`` for each parser, whichever comes first,
and says how many inputs it made. The slowest input is in processor time, so that a busy machine
does not count. Every hundredth input is measured: the most memory that was in use at once, against
2 × the file + 64 MiB.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

from parsers import PARSERS, Fault, Parser, judge

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

MEMORY = 64 << 20
_MEASURED = 100


def run(parser: Parser, count: int, seconds: float, seed: int) -> dict[str, Any]:
    """Counts, the slowest input and the largest use of memory; a fault is saved and reported."""
    rng = random.Random(seed)
    seeds = parser.seeds()
    said: Counter[str] = Counter()
    slowest = most = 0.0
    faults: list[str] = []
    end = time.monotonic() + seconds
    made = 0
    while made < count and time.monotonic() < end and not faults:
        data = parser.input(rng, seeds)
        made += 1
        measured = made % _MEASURED == 0
        if measured:
            tracemalloc.start()
        start = time.process_time()
        try:
            said[judge(parser, data)] += 1
        except Fault as fault:
            faults.append(str(fault))
            _save(parser, data)
        if measured:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            most = max(most, peak - 2 * len(data))
            if peak > 2 * len(data) + MEMORY:
                faults.append(f"{peak} bytes of memory for {len(data)} bytes of input")
                _save(parser, data)
        else:
            slowest = max(slowest, time.process_time() - start)
    return {
        "inputs": made,
        "seed": seed,
        "faults": faults,
        "slowest_ms": round(slowest * 1000, 1),
        "memory_beyond_twice_the_file_kib": round(max(most, 0) / 1024),
        "said": dict(sorted(said.items())),
    }


def _save(parser: Parser, data: bytes) -> None:
    path = Path(f"fault-{parser.name}-{hash(data) & 0xFFFFFFFF:08x}")
    path.write_bytes(data)
    print(f"saved {path}", file=sys.stderr)


def main() -> None:
    """Parse the options and run."""
    from measure import positive, report

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--count", type=positive, default=1_000_000, help="inputs a parser")
    parser.add_argument("--seconds", type=positive, default=86_400, help="bound for a parser")
    parser.add_argument("--seed", type=positive, default=1)
    parser.add_argument("--parser", action="append", choices=sorted(PARSERS), help="only this")
    options = parser.parse_args()
    results = {}
    for name in options.parser or PARSERS:
        results[name] = run(PARSERS[name], options.count, options.seconds, options.seed)
        print(name, results[name], file=sys.stderr)
    report("damaged files fed to every parser", results, options.json)
    if any(found["faults"] for found in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
