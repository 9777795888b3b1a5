"""The committed artifacts are what the sources compile to, and fit on a chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

DEPLOYED = (
    "ChainlinkFx",
    "Consents",
    "CreditBureau",
    "CreditLedger",
    "EligibilityGate",
    "EscrowGate",
    "FloorTimelock",
    "FxQuotes",
    "Groth16Verifier",
    "HistoryEligibilityGate",
    "HistoryGate",
    "HistoryTree",
    "IssuerRegistry",
    "LedgerGate",
    "LoanEngine",
    "LoanLens",
    "LoanMarket",
    "OpeningVerifier",
    "ProductBook",
    "Relay",
    "Treasury",
)
INTERFACES = (
    "IApplicationGate", "IFxSource", "ISignerGroup",
    *(f"I{name}" for name in DEPLOYED if name != "HistoryEligibilityGate"),
)  # fmt: skip
VALUE_TYPES = {
    "loanId": "LoanId",
    "lineId": "LineId",
    "productId": "ProductId",
    "positionId": "PositionId",
    "nullifier": "Nullifier",
}


@pytest.fixture(scope="module")
def built(builder: ModuleType) -> dict[str, str]:
    artifacts: dict[str, str] = builder.build()
    return artifacts


@pytest.mark.node
@pytest.mark.slow
def test_recompiling_gives_the_committed_artifacts_byte_for_byte(
    builder: ModuleType, built: dict[str, str]
) -> None:
    assert builder.stale(built) == []


@pytest.mark.node
@pytest.mark.slow
def test_a_changed_missing_or_surplus_artifact_is_stale(
    builder: ModuleType, built: dict[str, str]
) -> None:
    changed = {**built, "LoanMarket.json": built["LoanMarket.json"] + " ", "New.json": "{}"}
    del changed["TestToken.json"]
    assert builder.stale(changed) == ["LoanMarket.json", "New.json", "TestToken.json"]


def test_artifacts_have_exactly_the_documented_keys(artifacts: dict[str, Any]) -> None:
    for name, artifact in artifacts.items():
        assert artifact["contractName"] == name
        keys = ["contractName", "abi", "bytecode", "deployedBytecode", "compiler"]
        assert list(artifact) == keys
        assert artifact["compiler"]["version"].startswith("0.8.37+commit.")
        assert artifact["compiler"]["settings"]["evmVersion"] == "cancun"


def test_the_expected_contracts_are_published(artifacts: dict[str, Any]) -> None:
    assert set(artifacts) == {*DEPLOYED, *INTERFACES, "MockVerifier", "TestToken"}
    assert all(artifacts[name]["bytecode"] == "0x" for name in INTERFACES)


def test_contracts_fit_eip_170_and_eip_3860(artifacts: dict[str, Any]) -> None:
    for name in DEPLOYED:
        assert 0 < len(artifacts[name]["deployedBytecode"]) // 2 - 1 <= 24_576, name
        assert len(artifacts[name]["bytecode"]) // 2 - 1 <= 49_152, name


def test_sizes_equal_the_snapshot(artifacts: dict[str, Any], contracts: Path) -> None:
    snapshot = json.loads((contracts / "snapshots" / "gas.json").read_text())
    sizes = {
        f"bytes of {name}": len(artifacts[name]["deployedBytecode"]) // 2 - 1 for name in DEPLOYED
    }
    assert {name: size for name, size in snapshot.items() if name.startswith("bytes of")} == sizes


def test_contracts_offer_everything_that_their_interfaces_promise(
    artifacts: dict[str, Any],
) -> None:
    both = {"HistoryEligibilityGate": ("IEligibilityGate", "IHistoryGate")}
    for name in DEPLOYED:
        for interface in both.get(name, (f"I{name}",)):
            promised = artifacts[interface]["abi"]
            assert [entry for entry in promised if entry not in artifacts[name]["abi"]] == []


def named_words(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every word with a name among these parameters and the members of their structs."""
    for field in fields:
        yield from named_words(field.get("components", []))
        if field["type"] == "uint256":
            yield field


def test_numbers_that_name_something_have_types_of_their_own(artifacts: dict[str, Any]) -> None:
    found = set()
    for artifact in artifacts.values():
        for entry in artifact["abi"]:
            for word in named_words(entry.get("inputs", []) + entry.get("outputs", [])):
                kind = VALUE_TYPES.get(word["name"])
                if kind is not None:
                    assert word["internalType"] == kind, (artifact["contractName"], entry, word)
                    found.add(kind)
    assert found == set(VALUE_TYPES.values())


COIN = {"Treasury": {"receive"}, "FloorTimelock": {"receive", "execute", "executeBatch"}}
"""What takes the chain's coin: the fund, and the timelock through which it may pay."""


def test_nothing_else_is_payable_or_accepts_plain_ether(artifacts: dict[str, Any]) -> None:
    for name in DEPLOYED:
        found = {
            entry.get("name", entry["type"])
            for entry in artifacts[name]["abi"]
            if entry["type"] in ("fallback", "receive") or entry.get("stateMutability") == "payable"
        }
        assert found == COIN.get(name, set()), name
