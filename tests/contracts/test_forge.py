"""The Solidity tests pass, and none of them is left out."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.contracts.forge_rounds import (
    GROUPS,
    INVARIANT_CALLS,
    INVARIANTS,
    calls_of,
    failures,
    files_of,
    forge_test,
)
from support.contracts.tool_rounds import properties

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def results(foundry: dict[str, Path]) -> dict[str, Any]:
    """`make long PART=forge-ledger`, and the other groups, have thousands of cases and more seeds.

    `make long PART=invariants-CreditLedger`, and the other files, have more sequences.
    """
    return forge_test(foundry["forge"], fuzz_runs=64, invariant_runs=6)


@pytest.mark.node
@pytest.mark.slow
def test_every_solidity_test_succeeds(results: dict[str, Any]) -> None:
    assert failures(results) == {}


@pytest.mark.node
@pytest.mark.slow
def test_every_test_file_was_run(results: dict[str, Any], contracts: Path) -> None:
    files = {str(path.relative_to(contracts)) for path in contracts.glob("test/*.t.sol")}
    assert files == {name.split(":")[0] for name in results}
    assert len(results) >= 230


def test_the_long_parts_run_each_test_file_once(contracts: Path) -> None:
    files = sorted(path.name.removesuffix(".t.sol") for path in contracts.glob("test/*.t.sol"))
    grouped = [name for group in GROUPS for name in files_of(group)]
    assert sorted([*grouped, *(f"{about}Invariant" for about in INVARIANTS)]) == files


def test_the_long_parts_have_25_million_calls_and_320_000_of_each_invariant(
    contracts: Path,
) -> None:
    texts = {a: (contracts / f"test/{a}Invariant.t.sol").read_text() for a in INVARIANTS}
    count = {about: text.count("function invariant") for about, text in texts.items()}
    assert min(INVARIANTS.values()) * INVARIANT_CALLS >= 320_000
    assert sum(INVARIANTS[about] * count[about] for about in count) * INVARIANT_CALLS >= 25_000_000


@pytest.mark.node
@pytest.mark.slow
def test_an_invariant_is_asked_after_each_of_its_calls(results: dict[str, Any]) -> None:
    calls = {n: calls_of(r) for n, r in results.items() if ":invariant" in n}
    assert set(calls.values()) == {600}


@pytest.mark.node
@pytest.mark.slow
def test_the_symbolic_properties_are_programs(results: dict[str, Any], contracts: Path) -> None:
    """`make long PART=halmos-LoanEngine`, and the other files: `make test` lacks the tool."""
    assert results
    for contract, function in properties():
        assert f"function {function}(" in (contracts / f"test/symbolic/{contract}.sol").read_text()
        assert (contracts / "out" / f"{contract}.sol" / f"{contract}.json").exists()


def test_there_are_properties_of_each_kind_of_contract() -> None:
    found = properties()
    assert len(found) >= 25
    assert len({function for _, function in found}) == len(found)
    kinds = {
        "PolicyWord", "LoanEngine", "Gate", "Ledger", "Curve", "Pseudonym", "Registry",
        "Opening", "Bureau", "Fx", "Treasury", "Timelock", "Tree",
    }  # fmt: skip
    assert {contract for contract, _ in found} == {f"{kind}Properties" for kind in kinds}


def test_the_profiles_are_the_documented_ones(contracts: Path) -> None:
    profiles = tomllib.loads((contracts / "foundry.toml").read_text())["profile"]
    cases = {name: profile["fuzz"]["runs"] for name, profile in profiles.items()}
    assert cases == {"default": 256, "pr": 2_000, "long": 10_000}
    depth = profiles["default"]["invariant"]["depth"]
    assert profiles["long"]["invariant"]["runs"] * depth == 320_000
