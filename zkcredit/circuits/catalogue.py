"""The statements by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from zkcredit.circuits.cache import cached_circuit
from zkcredit.circuits.eligibility import Eligibility
from zkcredit.circuits.escrow_eligibility import EscrowEligibility
from zkcredit.circuits.history import History
from zkcredit.circuits.history_eligibility import HistoryEligibility
from zkcredit.circuits.history_update import HistoryUpdate3, HistoryUpdate12
from zkcredit.circuits.ledger_eligibility import LedgerEligibility
from zkcredit.circuits.ledger_entry import LedgerEntryStatement
from zkcredit.circuits.same_holder import SameHolder
from zkcredit.circuits.scored_eligibility import ScoredEligibility
from zkcredit.errors import InvalidInput
from zkcredit.r1cs import compile_statement

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit, Statement

__all__ = ["circuit_names", "get_circuit", "get_statement"]

_STATEMENTS: dict[str, type[Statement]] = {
    statement.name: statement
    for statement in (
        Eligibility,
        EscrowEligibility,
        History,
        HistoryEligibility,
        HistoryUpdate3,
        HistoryUpdate12,
        LedgerEligibility,
        LedgerEntryStatement,
        SameHolder,
        ScoredEligibility,
    )
}


def circuit_names() -> tuple[str, ...]:
    """Return the names that ``get_circuit`` knows, sorted."""
    return tuple(sorted(_STATEMENTS))


def get_statement(name: str) -> Statement:
    """Return the statement of this name.

    Raises:
        InvalidInput: if there is no such statement.
    """
    try:
        return _STATEMENTS[name]()
    except KeyError:
        known = ", ".join(circuit_names())
        raise InvalidInput(f"unknown statement '{name}'; known: {known}") from None


@cache
def get_circuit(name: str) -> Circuit:
    """Return the compiled statement of this name: from memory, from the user's cache, or built.

    Building takes half a second, and several seconds for ``history_update_12``.

    Raises:
        InvalidInput: if there is no such statement.
    """
    statement = get_statement(name)
    return cached_circuit(name, lambda: compile_statement(statement))
