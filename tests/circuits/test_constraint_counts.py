from __future__ import annotations

import json

import pytest
from support.circuits.constraint_counts import SNAPSHOT, sizes

from zkcredit.circuits.catalogue import circuit_names, get_statement
from zkcredit.r1cs import compile_statement

COMMITTED = json.loads(SNAPSHOT.read_text())


def test_every_statement_is_in_the_snapshot() -> None:
    assert sorted(COMMITTED) == list(circuit_names())


@pytest.mark.parametrize("name", circuit_names())
def test_sizes_are_those_that_were_reviewed(name: str) -> None:
    """If this fails on purpose: run `python -m support.circuits.constraint_counts`, and review."""
    assert sizes(compile_statement(get_statement(name))) == COMMITTED[name]


def test_parts_of_eligibility_are_those_of_the_design() -> None:
    gadgets = COMMITTED["eligibility"]["gadgets"]
    expected = {
        "holder": 213,
        "nullifier": 240,
        "credential": 609,
        "revocation": 96 + 240 + 6 * 409,
        "registry": 261 + 2 * 409,
        "policy": 244,
        "attributes": 160,
        "conditions": 319,
        "context": 1,
    }
    assert {name: gadgets[name] for name in expected} == expected
    assert gadgets["eddsa"] <= 2437
    parts = sum(count for name, count in gadgets.items() if "." not in name)
    assert parts == COMMITTED["eligibility"]["constraints"]


def test_parts_of_ledger_eligibility_are_those_of_the_docstrings() -> None:
    gadgets = COMMITTED["ledger_eligibility"]["gadgets"]
    expected = {"opening": 2837, "policy": 244, "slots": 16, "conditions": 182 + 3, "context": 1}
    assert {name: gadgets[name] for name in expected} == expected
    assert sum(expected.values()) == COMMITTED["ledger_eligibility"]["constraints"]


def test_parts_of_ledger_entry_are_those_of_the_docstrings() -> None:
    gadgets = COMMITTED["ledger_entry"]["gadgets"]
    expected = {"opening": 2837, "slots": 5 * 40, "context": 1}
    assert {name: gadgets[name] for name in expected} == expected
    assert sum(expected.values()) == COMMITTED["ledger_entry"]["constraints"] <= 3200
    assert len(COMMITTED["ledger_entry"]["public_inputs"]) == 7


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("escrow_eligibility", {"seal": 2508}),
        ("scored_eligibility", {"features": 459, "scorecard": 186}),
    ],
)
def test_extensions_of_eligibility_add_their_parts_alone(name: str, added: dict) -> None:
    plain, extended = COMMITTED["eligibility"], COMMITTED[name]
    assert {**plain["gadgets"], **added}.items() <= extended["gadgets"].items()
    assert extended["constraints"] == plain["constraints"] + sum(added.values())
