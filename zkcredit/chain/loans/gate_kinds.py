"""Which client fits a gate: its contract says what kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    for kind, member in _KINDS:
        gate = kind(node, address, since=since)
        try:
            registry = gate._read(member)
        except NodeUnavailable:
            raise
        except ChainError:
            continue
        if kind is not EligibilityGateClient:
            return gate
        # a gate of records has a registry as well: the address 0 if it asks for no credential
        record = HistoryGateClient(node, address, since=since)
        try:
            record._read("historyTermsWord", 0, 0)
        except NodeUnavailable:
            raise
        except ChainError:
            return gate
        if int(registry, 16) == 0:
            return record
        return HistoryEligibilityGateClient(node, address, since=since)
    raise ChainError(f"the contract at {checksum(address)} is not a gate that this library knows")
