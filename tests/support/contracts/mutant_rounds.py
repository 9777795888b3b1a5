"""Mutation testing of the contracts in rounds: every mutant is noticed by a test, or reviewed.

``python -m support.contracts.mutant_rounds FILE [FIRST [COUNT]]``, run in ``tests/``, prints what
becomes of some mutants of one source; a part of ``make long`` does all of them.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from support.contracts.mutant_bench import Bench
from support.contracts.mutant_build import Sources
from support.contracts.mutant_targets import CONSTRUCTING, FAMILIES, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from support.contracts.mutant_build import Build
    from support.contracts.mutant_targets import Target
    from support.contracts.mutants import Mutant

REVIEW: Final = Path(__file__).with_name("mutants_reviewed.toml")


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        kind: ``not a program``, ``the same code``, ``killed`` or ``survived``.
        by: the test that noticed it.
    """

    mutant: Mutant
    kind: str
    by: str = ""


class Drafts(Sources):
    """Sources that are compiled without the optimizer, in a quarter of the time."""

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "optimizer": {"enabled": False}}


@cache
def sources() -> Sources:
    """The sources as they are now."""
    return Sources()


@cache
def drafts() -> Drafts:
    """The sources as they are now, for drafts."""
    return Drafts()


@cache
def bench(test: str) -> Bench:
    """The compiled tests of one file."""
    return Bench.of(sources(), test)


def reviewed() -> dict[tuple[str, str], str]:
    """Survivors that somebody reviewed: source and name → ``equivalent`` or ``open``."""
    listed = tomllib.loads(REVIEW.read_text())["survivor"]
    return {(entry["file"], entry["name"]): entry["verdict"] for entry in listed}


def outcomes(file: str, mutants: Sequence[Mutant]) -> Iterator[Outcome]:
    """Try mutants of one source, first as drafts, then in the tests that contain its code.

    A draft does what the contract does, so a test that accepts the unchanged draft and refuses the
    mutant's notices the mutant. What survives is tried in the tests of constructors last, because
    they are compiled whole.
    """
    target = target_of(file, sources())
    rest = {mutant: Outcome(mutant, "not a program") for mutant in mutants}
    for outcome in _noticed_early(mutants, target):
        del rest[outcome.mutant]
        yield outcome
    first = [((f"test/{test}.t.sol",), (test,)) for test in target.inlined]
    last = [((f"test/{t}.t.sol",), (t,)) for t in target.tests if t in CONSTRUCTING]
    steps = (*first, (target.contracts, target.tests), *last)
    for number, (roots, tests) in enumerate(steps):
        tried = [m for m, found in rest.items() if number <= len(first) or found.kind == "survived"]
        for outcome in _tried(tried, roots, tests) if tried else ():
            if outcome.kind == "killed":
                del rest[outcome.mutant]
                yield outcome
            elif rest[outcome.mutant].kind != "survived":
                rest[outcome.mutant] = outcome
    yield from rest.values()


def _noticed_early(mutants: Sequence[Mutant], target: Target) -> Iterator[Outcome]:
    """Try drafts of mutants in the tests that accept the unchanged draft."""
    if not mutants:
        return
    try:
        (plain,) = drafts().compiled([None], target.contracts)
    except AssertionError:  # without the optimizer, the stack may be too deep
        return
    assert plain is not None
    builds = drafts().compiled(mutants, target.contracts)
    fair = [test for test in target.tests if bench(test).first_failure(plain) is None]
    for mutant, build in zip(mutants, builds, strict=True):
        if build is not None and (by := _noticing(fair, _changed(plain, build))):
            yield Outcome(mutant, "killed", by)


def _changed(plain: Build, build: Build) -> Build:
    """The contracts whose code a mutant changes."""
    return {name: code for name, code in build.items() if plain[name] != code}


def _noticing(tests: Sequence[str], changed: Build) -> str:
    """The test that notices changed code first, or nothing."""
    found = (bench(test).first_failure(changed) for test in tests if changed)
    return next((by for by in found if by), "")


def _tried(
    mutants: Sequence[Mutant], roots: tuple[str, ...], tests: tuple[str, ...]
) -> Iterator[Outcome]:
    """Try mutants in some contracts, or in a test that contains their code."""
    plain, *builds = sources().compiled([None, *mutants], roots)
    assert plain is not None
    for mutant, build in zip(mutants, builds, strict=True):
        if build is None:
            yield Outcome(mutant, "not a program")
            continue
        changed = _changed(plain, build)
        if not changed:
            yield Outcome(mutant, "the same code")
            continue
        by = _noticing(tests, changed)
        yield Outcome(mutant, "killed" if by else "survived", by)


def _described(outcome: Outcome) -> str:
    by = f" ({outcome.by})" if outcome.by else ""
    return f"{outcome.kind:13} {outcome.mutant.name}{by}"


def round_of(family: str, number: int) -> dict[str, int]:
    """Try a slice of the mutants of one family of sources.

    Raises:
        AssertionError: a mutant survived that nobody reviewed, or a reviewed one was noticed.
    """
    rounds, files = FAMILIES[family]
    every = sorted((m for file in files for m in sources().mutants(file)), key=lambda m: m.rank)
    mine, known = every[number::rounds], reviewed()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for file in files:
        for found in outcomes(file, [mutant for mutant in mine if mutant.file == file]):
            verdict = known.get((file, found.mutant.name))
            survived = found.kind == "survived"
            if survived != (verdict is not None):
                wrong.append(_described(found))
            counts[verdict if survived and verdict else found.kind] += 1
            counts["mutants"] += 1
    assert not wrong, "\n".join(wrong)
    return dict(counts)


def main(file: str, first: str = "0", count: str = "1000000") -> None:
    """Print what becomes of some mutants of a source, those first of its rank."""
    mutants = sources().mutants(file)[int(first) :][: int(count)]
    for start in range(0, len(mutants), 12):
        for outcome in outcomes(file, mutants[start : start + 12]):
            sys.stdout.write(_described(outcome) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
