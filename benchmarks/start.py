"""Measure what everybody waits for first: the import of the package, and help on the command line.

Each is a process of its own, and the figure is the processor time that it took, user and system, so
that other work on the machine changes it little. ``import_alone_ms`` is the time of ``import
zkcredit`` less that of a Python that imports nothing, the least of each. It stays under 60 ms.
"""

from __future__ import annotations

import os
import statistics
import sys
from typing import Final

from measure import arguments, report

STARTS: Final = {
    "python": ("-c", "pass"),
    "import_zkcredit": ("-c", "import zkcredit"),
    "help": ("-m", "zkcredit.cli", "--help"),
    "loan_help": ("-m", "zkcredit.cli", "loan", "--help"),
    "version": ("-m", "zkcredit.cli", "--version"),
}


def main() -> None:
    """Measure, and print."""
    args = arguments(__doc__, repeat=20)
    results: dict[str, object] = {}
    least: dict[str, float] = {}
    for name, given in STARTS.items():
        processor_ms(given)  # files come from the disk once
        times = sorted(processor_ms(given) for _ in range(args.repeat))
        least[name] = times[0]
        results[name] = {
            "min_ms": round(times[0], 3),
            "median_ms": round(statistics.median(times), 3),
            "max_ms": round(times[-1], 3),
        }
    results["import_alone_ms"] = round(least["import_zkcredit"] - least["python"], 3)
    report("start", results, args.json)


def processor_ms(given: tuple[str, ...]) -> float:
    """Run a Python, and return its processor time in milliseconds.

    Raises:
        SystemExit: if it fails.
    """
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(
        sys.executable, [sys.executable, *given], os.environ, file_actions=nowhere
    )
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"{' '.join(given)}: ended with {status}")
    return (used.ru_utime + used.ru_stime) * 1000


if __name__ == "__main__":
    main()
