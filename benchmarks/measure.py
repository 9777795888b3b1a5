"""What the benchmarks share: repeated timing, the machine's class, one JSON document or a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

_NUMBERS = ("cpu family", "model")


def arguments(
    description: str | None, *, repeat: int | None = None, threads: int | None = None
) -> argparse.Namespace:
    """Parse ``--json``, and ``--repeat`` and ``--threads`` if they have a default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    for name, default, meaning in (
        ("--repeat", repeat, "measured runs"),
        ("--threads", threads, "threads of the kernel"),
    ):
        if default is not None:
            parser.add_argument(name, type=positive, default=default, help=meaning)
    return parser.parse_args()


def timed(work: Callable[[], object], repeat: int) -> dict[str, float]:
    """Return the milliseconds of ``repeat`` runs, after one that does not count."""
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


def report(claim: str, results: Mapping[str, Any], as_json: bool) -> None:
    """Print the results, with the machine and the date."""
    where = machine()
    if as_json:
        print(json.dumps({"claim": claim, "machine": where, "results": results}, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False)
    times = {name: value for name, value in results.items() if isinstance(value, dict)}
    plain = {name: _shown(value) for name, value in results.items() if name not in times}
    console.print(claim, style="bold")
    if times:
        console.print(_listed(plain))
        shown = {
            name: {title: _shown(entry) for title, entry in value.items()}
            for name, value in times.items()
        }
        console.print(_table(shown))
    else:
        console.print(_table({name: {"": value} for name, value in plain.items()}))
    console.print(_listed(where), style="dim")


def _table(rows: Mapping[str, Mapping[str, str]]) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    titles = next(iter(rows.values()))
    table = Table("", *(title.replace("_", " ") for title in titles), box=SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, cells in rows.items():
        table.add_row(name.replace("_", " "), *cells.values())
    return table


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())


def machine() -> dict[str, Any]:
    """Return the class of the machine, and nothing that identifies it."""
    from zkcredit import _kernel

    return {
        "cpu": _cpu(),
        "processors": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),  # far above the threads: others were working too
        "kernel": _kernel.kernel_name(),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu() -> str:
    # Hypervisors give several generations one name; family and model tell them apart.
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    pairs = (line.partition(":") for line in lines)
    known = {name.strip(): value.strip() for name, _, value in pairs}
    if "model name" not in known:
        return platform.machine()
    numbers = [f"{name.removeprefix('cpu ')} {known[name]}" for name in _NUMBERS if name in known]
    return ", ".join([known["model name"], " ".join(numbers)]) if numbers else known["model name"]


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def positive(text: str) -> int:
    """Return an option's number, at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
