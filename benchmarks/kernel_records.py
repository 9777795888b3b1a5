"""The recorded checks of the kernel, as docs/explanation/kernel-checks.md lists them.

``page.py`` writes the list between two comments of that page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LISTED", "line", "units_of"]


def _agreement(results: Mapping[str, Any]) -> str:
    least = min(row["vectors"] for row in results.values())
    same = sum(row["same"] for row in results.values())
    return f"{same} of {len(results)} primitives are the same, by {least:,} vectors or more each"


def _processors(results: Mapping[str, Any]) -> str:
    right = sum(all(row.values()) for row in results.values())
    taken = ", ".join(f"{name} takes {row['unit']}" for name, row in results.items())
    return f"{right} of {len(results)} processors are right: {taken}"


def _systems(results: Mapping[str, Any]) -> str:
    same = sum(row["same_results"] for row in results.values())
    compilers = sorted({row["compiler"].replace("GNU", "gcc") for row in results.values()})
    systems = "; ".join(results)
    return f"{same} of {len(results)} systems are the same ({systems}), by {', '.join(compilers)}"


def _sanitizers(results: Mapping[str, Any]) -> str:
    clean = sum(row["clean"] for row in results.values())
    tests = sorted({row["passed"] for row in results.values()})
    failed = sum(row["failed"] + row["errors"] for row in results.values())
    (compiler,) = {row["compiler"].replace("GNU", "gcc") for row in results.values()}
    counts = f"{' to '.join(map(str, tests))} tests each, {failed} failed"
    return f"{clean} of {len(results)} units are clean: {counts}, {compiler}"


LISTED: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "kernel_agreement": _agreement,
    "old_processor": _processors,
    "other_systems": _systems,
    "sanitized": _sanitizers,
}
"""The records, and how each is told."""


def units_of(name: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the units that a record speaks of, the fastest first."""
    results = record["results"]
    if name == "kernel_agreement":
        found = set(record["claim"].partition(":")[0].split(", "))
    elif name == "old_processor":
        found = {row["unit"] for row in results.values()}
    elif name == "other_systems":
        found = {unit for row in results.values() for unit in row["units"].split(", ")}
    else:
        found = set(results)
    return tuple(unit for unit in UNITS if unit in found)


def line(name: str, record: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return the file, where and when it was recorded, its units and its result."""
    machine = record["machine"]
    return (
        f"`{name}.json`",
        f"{machine['date']}, {machine['cpu']}",
        ", ".join(units_of(name, record)),
        LISTED[name](record["results"]),
    )
