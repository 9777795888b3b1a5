"""Each check of a ceremony is needed: without it, an attack ends in another way."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from support.groth16.ceremony_mutants import (
    ATTACKS,
    MODULES,
    MUTANTS,
    CeremonyMutant,
    conditions,
    outcome,
    refusals,
)

HONEST = {"an honest key", "honest powers"}
LEGITIMATE = {
    "a lower mark", "a party and a beacon", "one party in phase 1",
}  # fmt: skip
"""Attacks that are accepted, as what they are: their makers wanted a higher origin."""


def test_every_refusal_has_a_mutant_without_it() -> None:
    deleted = Counter((one.module, one.old) for one in MUTANTS if one.new is None)
    there = Counter((module, found) for module in MODULES for found in conditions(module))
    assert deleted == there
    assert len(MUTANTS) >= 45
    assert len({one.name for one in MUTANTS}) == len(MUTANTS)


def test_a_refusal_without_a_mutant_would_be_found() -> None:
    source = (
        "if a:\n    raise UnsafeKey('b')\nif c:\n    raise InvalidInput('d')\nif e:\n    pass\n"
    )
    assert [ast.unparse(found.test) for found in refusals(ast.parse(source))] == ["a"]


def test_every_attack_is_of_use() -> None:
    assert {one.attack for one in MUTANTS} == ATTACKS.keys()


@pytest.mark.parametrize("name", list(ATTACKS))
def test_the_shipped_verification_refuses_every_attack(name: str) -> None:
    accepted = outcome(ATTACKS[name]).startswith("accepted")
    assert accepted == (name in HONEST | LEGITIMATE)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_mutant_is_noticed(mutant: CeremonyMutant, monkeypatch: pytest.MonkeyPatch) -> None:
    attack = ATTACKS[mutant.attack]
    shipped = outcome(attack)
    mutant.put(monkeypatch)
    assert outcome(attack, crashes=mutant.new is None) != shipped


@pytest.mark.parametrize("place", ["", "no such text"])
def test_a_mutant_of_no_one_place_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="places"):
        CeremonyMutant("x", "x", "steps", place, "x", "y").changed("text text")
    with pytest.raises(ValueError, match="places"):
        CeremonyMutant("x", "x", "steps", "not there", "x").changed("if a:\n    raise UnsafeKey\n")
