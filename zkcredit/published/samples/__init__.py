"""Worked examples of each statement: inputs that satisfy it, and changes that must not.

They are fixed, so that the published vectors can be made again bit for bit, and they are public:
they belong to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from zkcredit.published.samples.cases import Refused, Samples
from zkcredit.published.samples.eligibility import eligibility_samples
from zkcredit.published.samples.escrow_eligibility import escrow_samples
from zkcredit.published.samples.history import (
    history_eligibility_samples,
    history_samples,
    same_holder_samples,
    update_3_samples,
    update_12_samples,
)
from zkcredit.published.samples.ledger_eligibility import ledger_samples
from zkcredit.published.samples.ledger_entry import entry_samples
from zkcredit.published.samples.scored_eligibility import scored_samples

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Refused", "Samples", "samples"]


def samples(statement: str) -> Samples:
    """Return the examples of a statement.

    Raises:
        InvalidInput: if there is no such statement.
    """
    try:
        return _SAMPLES[statement]()
    except KeyError:
        raise InvalidInput(f"unknown statement '{statement}': it has no samples") from None


_SAMPLES: Final[dict[str, Callable[[], Samples]]] = {
    Eligibility.name: eligibility_samples,
    EscrowEligibility.name: escrow_samples,
    History.name: history_samples,
    HistoryEligibility.name: history_eligibility_samples,
    HistoryUpdate3.name: update_3_samples,
    HistoryUpdate12.name: update_12_samples,
    LedgerEligibility.name: ledger_samples,
    LedgerEntryStatement.name: entry_samples,
    SameHolder.name: same_holder_samples,
    ScoredEligibility.name: scored_samples,
}
