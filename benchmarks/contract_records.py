"""The recorded checks of the contracts, as docs/explanation/contract-checks.md lists them.

``page.py`` writes the list between two comments of that page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RUNGS", "lines"]


def _fuzzing(counts: Mapping[str, int]) -> str:
    cases = counts.get("cases", 0)
    return f"{cases:,} cases" if cases else f"{counts['tests']:,} tests, none of them fuzzed"


def _calls(counts: Mapping[str, int]) -> str:
    guided = counts.get("guided by coverage", 0)
    return (
        f"{counts['calls']:,} calls, {counts['calls of each']:,} of each invariant; coverage guided"
        f" {guided:,}"
    )


def _campaigns(counts: Mapping[str, int]) -> str:
    found = counts.get("faults found", 0)
    return (
        f"{counts['calls']:,} calls; {counts['steps and invariants']} steps and invariants hold;"
        f" {found} fault of one that was put there is found"
    )


def _mutants(counts: Mapping[str, int]) -> str:
    killed, still = counts.get("killed", 0), counts.get("open", 0)
    same = counts.get("equivalent", 0) + counts.get("the same code", 0)
    return f"{killed:,} of {killed + still:,} are noticed; {same:,} more change nothing"


def _properties(counts: Mapping[str, int]) -> str:
    return f"{counts['properties']} properties hold, on {counts['paths']:,} paths"


def _findings(counts: Mapping[str, int]) -> str:
    return f"{sum(counts.values())} findings, each reviewed"


def _lives(counts: Mapping[str, int]) -> str:
    return (
        f"{counts['tables']:,} tables, of which {counts['tables refused']:,} are refused, and"
        f" {counts['steps']:,} steps of loans: equal to the unit"
    )


def _applicants(counts: Mapping[str, int]) -> str:
    return f"{counts['applicants']:,} applicants, {counts['accepted']:,} accepted, judged alike"


RUNGS: Final = {
    "forge-": _fuzzing,
    "invariants-": _calls,
    "medusa": _campaigns,
    "contract-mutants-": _mutants,
    "halmos-": _properties,
    "slither": _findings,
    "engine": _lives,
    "applicants": _applicants,
}
"""How the names of a rung's parts begin → its counts in words."""


def lines(record: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return a line for each part of the contracts: name, rounds, result, and when on what."""
    return [
        (f"`{name}`", f"{entry['rounds']} of {entry['of']}", words(entry["counts"]), _when(entry))
        for start, words in RUNGS.items()
        for name, entry in record["results"].items()
        if name.startswith(start)
    ]


def _when(entry: Mapping[str, Any]) -> str:
    last = entry["runs"][-1]
    return f"{last['date']}, {last['cpu']}, commit {last['commit']}"
