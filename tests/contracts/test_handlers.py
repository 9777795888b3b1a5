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

STATEFUL = {
    "LoanMarket": "Handler",
    "IssuerRegistry": "RegistryHandler",
    "EligibilityGate": "Handler",
    "LedgerGate": "Handler",
    "CreditLedger": "LedgerHandler",
    "Groth16Verifier": "Handler",
}
"""Contract → the handler that exercises it. The gates share the code that changes state."""


def state_changing(abi: list[dict[str, Any]]) -> set[str]:
    return {
        entry["name"]
        for entry in abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }


def functions_of(contracts: Path, handler: str) -> set[str]:
    source = (contracts / "test" / "support" / f"{handler}.sol").read_text()
    return set(re.findall(r"function (\w+)\([^)]*\)\s+external\s*\{", source))


@pytest.mark.parametrize(("name", "handler"), STATEFUL.items())
def test_each_state_changing_function_has_a_handler(
    name: str, handler: str, artifacts: dict[str, Any], contracts: Path
) -> None:
    handled = functions_of(contracts, handler)
    assert state_changing(artifacts[name]["abi"]) - handled == set()


def test_the_verifier_changes_no_state_at_all(artifacts: dict[str, Any]) -> None:
    assert state_changing(artifacts["Groth16Verifier"]["abi"]) == set()


def test_a_new_function_would_be_noticed(artifacts: dict[str, Any], contracts: Path) -> None:
    handled = functions_of(contracts, "Handler")
    added = {"type": "function", "name": "writeOff", "stateMutability": "nonpayable"}
    missing = state_changing([*artifacts["LoanMarket"]["abi"], added]) - handled
    assert missing == {"writeOff"}
