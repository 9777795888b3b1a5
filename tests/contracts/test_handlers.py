"""Every state-changing function is exercised by the invariant campaign.

Euler lost $197M through a function that was added later and skipped the health check. Here a
function that is added without a handler fails this test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STATEFUL = ("LoanMarket", "IssuerRegistry", "EligibilityGate", "Groth16Verifier")


def state_changing(abi: list[dict[str, Any]]) -> set[str]:
    return {
        entry["name"]
        for entry in abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }


@pytest.fixture(scope="module")
def handled(contracts: Path) -> set[str]:
    source = (contracts / "test" / "support" / "Handler.sol").read_text()
    return set(re.findall(r"function (\w+)\([^)]*\)\s+external\s*\{", source))


@pytest.mark.parametrize("name", STATEFUL)
def test_each_state_changing_function_has_a_handler(
    name: str, artifacts: dict[str, Any], handled: set[str]
) -> None:
    assert state_changing(artifacts[name]["abi"]) - handled == set()


def test_the_verifier_changes_no_state_at_all(artifacts: dict[str, Any]) -> None:
    assert state_changing(artifacts["Groth16Verifier"]["abi"]) == set()


def test_a_new_function_would_be_noticed(artifacts: dict[str, Any], handled: set[str]) -> None:
    added = {"type": "function", "name": "writeOff", "stateMutability": "nonpayable"}
    missing = state_changing([*artifacts["LoanMarket"]["abi"], added]) - handled
    assert missing == {"writeOff"}
