"""Every state-changing function is exercised by an invariant campaign.

Euler lost $197M through a function that was added later and skipped the health check. Here the
functions come from the artifacts: a contract or a function that is added without a handler fails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HANDLERS = {
    "IssuerRegistry": ("RegistryHandler",),
    "EligibilityGate": ("TownHandler",),
    "EscrowGate": ("TownHandler",),
    "HistoryGate": ("RecordHandler",),
    "LedgerGate": ("TownHandler",),
    "CreditLedger": ("LedgerHandler", "AdminHandler"),
    "OpeningVerifier": ("OpeningHandler",),
    "ProductBook": ("BookHandler",),
    "CreditBureau": ("BureauHandler", "AdminHandler"),
    "HistoryTree": ("HistoryHandler",),
    "Consents": ("ConsentHandler",),
    "LoanMarket": ("MarketHandler", "TownHandler", "AdminHandler"),
    "Relay": ("RelayHandler",),
    "Treasury": ("TreasuryHandler",),
    "FloorTimelock": ("TimelockHandler",),
    "FxQuotes": ("FxHandler",),
}
"""Contract → the handlers that exercise it, in ``contracts/test/support``."""

_FUNCTION = re.compile(r"function (\w+)\([^)]*\)\s+external\s*\{(.*?)\n    \}", re.DOTALL)


def state_changing(abi: list[dict[str, Any]]) -> set[str]:
    return {
        entry["name"]
        for entry in abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }


def required(artifacts: dict[str, Any]) -> dict[str, set[str]]:
    """Every contract that is deployed and changes state → its functions that do."""
    deployed = [name for name in artifacts if f"I{name}" in artifacts]
    found = {name: state_changing(artifacts[name]["abi"]) for name in deployed}
    return {name: functions for name, functions in found.items() if functions}


def handled_by(source: str) -> set[str]:
    """The handler's functions that somewhere name the function after which they are called."""
    found = set()
    for name, body in _FUNCTION.findall(source):
        helpers = source.replace(body, "")
        if re.search(rf"\.{name}\b", body) or re.search(rf"\.{name}\b", helpers):
            found.add(name)
    return found


def source_of(contracts: Path, handler: str) -> str:
    return (contracts / "test" / "support" / f"{handler}.sol").read_text()


def missing(artifacts: dict[str, Any], contracts: Path) -> dict[str, set[str]]:
    handled = {
        name: set().union(*(handled_by(source_of(contracts, handler)) for handler in handlers))
        for name, handlers in HANDLERS.items()
    }
    left = {n: f - handled.get(n, set()) for n, f in required(artifacts).items()}
    return {name: functions for name, functions in left.items() if functions}


def test_each_state_changing_function_has_a_handler(
    artifacts: dict[str, Any], contracts: Path
) -> None:
    assert missing(artifacts, contracts) == {}
    assert HANDLERS.keys() == required(artifacts).keys()


def test_verifier_engine_lens_and_feeds_change_no_state_at_all(artifacts: dict[str, Any]) -> None:
    for name in ("Groth16Verifier", "LoanEngine", "LoanLens", "ChainlinkFx"):
        assert name not in required(artifacts)
        assert name in artifacts


def test_a_new_function_or_contract_would_be_noticed(
    artifacts: dict[str, Any], contracts: Path
) -> None:
    added = {"type": "function", "name": "writeOff", "stateMutability": "nonpayable"}
    market = artifacts["LoanMarket"]
    more = artifacts | {
        "LoanMarket": market | {"abi": [*market["abi"], added]},
        "Pool": {"abi": [added]},
        "IPool": {"abi": [added]},
    }
    assert missing(more, contracts) == {"LoanMarket": {"writeOff"}, "Pool": {"writeOff"}}


def test_a_handler_that_calls_something_else_does_not_count() -> None:
    source = (
        "contract H {\n    function pay(uint256 a) external {\n        market.rest(a);\n    }\n}"
    )
    assert handled_by(source) == set()
    assert handled_by(source.replace("rest", "pay")) == {"pay"}


@pytest.mark.parametrize("handler", sorted({h for names in HANDLERS.values() for h in names}))
def test_each_handler_is_the_target_of_an_invariant(handler: str, contracts: Path) -> None:
    suites = [path.read_text() for path in contracts.glob("test/*Invariant.t.sol")]
    (suite,) = [text for text in suites if f"new {handler}()" in text]
    assert "targets[0] = address(handler);" in suite
    assert re.search(r"function invariant\w+\(\) public (view )?\{", suite)
