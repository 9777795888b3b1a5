"""Arbiters: m of n hold a key together, and open a borrower's escrowed reference after a default.

::

    roster = Roster(3, tuple(arbiter.card for arbiter in arbiters))
    commitments = [arbiter.commit(roster) for arbiter in arbiters]
    deals = [deal for arbiter in arbiters for deal in arbiter.deal(commitments)]
    # each arbiter keeps the shares that the others dealt to it:
    group = arbiter.finish(commitments, [deal for deal in deals if deal.receiver == number])

Borrowers encrypt their reference to ``group.key`` (``zkcredit.circuits.escrow_eligibility``), and
the lender's gate stores this key. The key's secret exists nowhere. ``docs/protocol/escrow.md`` says
what is assumed about whom.
"""

from __future__ import annotations

from zkcredit.escrow.arbiter import Arbiter
from zkcredit.escrow.commitment import Commitment, FirstRound
from zkcredit.escrow.deal import Complaint, Deal, Verdict, deal_for, deals_from_json, deals_to_json
from zkcredit.escrow.evidence import DefaultEvidence
from zkcredit.escrow.group import ArbiterGroup
from zkcredit.escrow.opening import PartialOpening, attribute, combine, partial_opening
from zkcredit.escrow.roster import ArbiterCard, Roster
from zkcredit.escrow.signed import SeenDefault

__all__ = [
    "Arbiter",
    "ArbiterCard",
    "ArbiterGroup",
    "Commitment",
    "Complaint",
    "Deal",
    "DefaultEvidence",
    "FirstRound",
    "PartialOpening",
    "Roster",
    "SeenDefault",
    "Verdict",
    "attribute",
    "combine",
    "deal_for",
    "deals_from_json",
    "deals_to_json",
    "partial_opening",
]
