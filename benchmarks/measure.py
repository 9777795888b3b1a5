"""What the benchmarks share: repeated timing, the machine's name, one JSON document or a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def arguments(description: str | None, repeat: int) -> argparse.Namespace:
    """Parse what every benchmark takes: ``--json``, ``--repeat``, ``--threads``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeat", type=int, default=repeat, help="measured runs")
    parser.add_argument("--threads", type=int, default=2, help="threads of the kernel")
    return parser.parse_args()


def timed(work: Callable[[], object], repeat: int) -> dict[str, float]:
    """Milliseconds of ``repeat`` runs after one that is not counted."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return {
        "min_ms": round(min(times), 3),
        "median_ms": round(statistics.median(times), 3),
        "max_ms": round(max(times), 3),
    }


def machine() -> dict[str, Any]:
    """Where it was measured."""
    from zkcredit import _kernel

    return {
        "cpu": _cpu(),
        "processors": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "kernel": _kernel.kernel_name(),
    }


def report(claim: str, results: Mapping[str, Any], as_json: bool) -> None:
    """Print the results."""
    document = {"claim": claim, "machine": machine(), "results": results}
    if as_json:
        print(json.dumps(document, indent=2))
        return
    print(claim)
    for name, value in results.items():
        shown = value
        if isinstance(value, dict):
            shown = "  ".join(f"{key} {entry}" for key, entry in value.items())
        print(f"  {name:32} {shown}")


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
