"""Which client fits a gate: its contract says what kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit.chain.contracts.gates import (
    EligibilityGateClient,
    EscrowGateClient,
    GateClient,
    LedgerGateClient,
)
from zkcredit.chain.history.record_gates import (
    HistoryEligibilityGateClient,
    HistoryGateClient,
)
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, NodeUnavailable

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import Node

__all__ = ["open_gate"]

_KINDS: tuple[tuple[type[GateClient], str], ...] = (
    (LedgerGateClient, "ledger"),
    (EscrowGateClient, "arbiters"),
    (EligibilityGateClient, "registry"),
)


def open_gate(node: Node, address: str, *, since: int = 0) -> GateClient:
    """Ask the gate at an address for its kind, and return the right client.

    Args:
        node: the node to read from.
        address: the gate.
        since: the first block whose events of the gate and its ledger are read.

    Raises:
        InvalidInput: if the address is malformed or has no contract.
        ChainError: if the contract is not a gate that this library knows.
    """
    gate = EligibilityGateClient(node, address, since=since)
    # a market has a registry as well, but only a gate limits the age of a proof's "now"
    if _answer(gate, "maxClockAge") is not None:
        for kind, member in _KINDS:
            registry = _answer(kind(node, address, since=since), member)
            if registry is None:
                continue
            if kind is not EligibilityGateClient:
                return kind(node, address, since=since)
            # a gate of records has a registry as well: the address 0 if it asks for no credential
            record = HistoryGateClient(node, address, since=since)
            if _answer(record, "historyTermsWord", 0, 0) is None:
                return kind(node, address, since=since)
            if int(registry, 16) == 0:
                return record
            return HistoryEligibilityGateClient(node, address, since=since)
    raise ChainError(f"the contract at {checksum(address)} is not a gate that this library knows")


def _answer(gate: GateClient, function: str, *arguments: int) -> Any:
    """Return what a contract answers; None if it lacks the function, or refuses."""
    try:
        return gate._read(function, *arguments)
    except NodeUnavailable:
        raise
    except ChainError:
        return None
