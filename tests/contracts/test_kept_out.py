"""What no contract here contains, because it went wrong elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zkcredit._internal.evm import keccak256
from zkcredit.chain.contracts.artifacts import Artifact, all_artifacts

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for path in (ROOT / "contracts" / "src").rglob("*.sol") if path.parent.name != "mocks"
)
DEPLOYED = [found for found in all_artifacts() if found.bytecode]
FORWARDER = keccak256(b"isTrustedForwarder(address)")[:4]
ZEROES = "calldatacopy(scratch, calldatasize(), 64)"  # copies zeroes from behind the data


def code_of(path: Path) -> str:
    """A source without its comments."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


KEPT_OUT = {
    # Teller: a caught failure, or a callback with too little gas, left the accounts behind
    "a caught failure": r"\btry\b|\bcatch\b",
    "a limit of another's gas": r"\{[^{}]*\bgas\s*:",
    # OpenZeppelin's disclosure of ERC-2771 with multicall: the end of the data named the sender
    "a sender in the data": r"ERC2771|TrustedForwarder|_msgSender|\bmsg\.data\b|calldatasize",
    # a contract that runs another's code in its own storage
    "another's code": r"\bdelegatecall\b|\bcallcode\b|\bselfdestruct\b",
    "the sender of the transaction": r"\btx\.origin\b",
}


@pytest.mark.parametrize("what", KEPT_OUT)
def test_no_contract_contains(what: str) -> None:
    found = [
        path.name
        for path in SOURCES
        if re.search(KEPT_OUT[what], code_of(path).replace(ZEROES, ""))
    ]
    assert len(SOURCES) > 40
    assert not found, f"{what}: {found}"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a caught failure", "try token.transfer(to, 1) {} catch {}"),
        ("a limit of another's gas", "to.call{value: 1, gas: 5_000}(data)"),
        ("a sender in the data", "address(bytes20(msg.data[msg.data.length - 20:]))"),
        ("another's code", "code.delegatecall(data)"),
        ("the sender of the transaction", "require(tx.origin == owner)"),
    ],
)
def test_it_would_be_found(what: str, line: str) -> None:
    assert re.search(KEPT_OUT[what], line)


@pytest.mark.parametrize("contract", DEPLOYED, ids=lambda contract: contract.name)
def test_no_bytecode_has_a_trusted_forwarder(contract: Artifact) -> None:
    """Not by inheritance either."""
    assert FORWARDER not in contract.bytecode
