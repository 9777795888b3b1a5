"""The honest borrower of ``eligibility``, who seals the reference to arbiters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit.circuits.escrow_eligibility import escrow_fields
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8

if TYPE_CHECKING:
    from support.circuits.eligibility_case import Case

    from zkcredit.gadgets.babyjub import Point

SECRET = 3**150
ARBITERS = babyjub.mul(SECRET, BASE8)
SCALAR = 2**250 + 31337


def sealed_case(case: Case, scalar: int = SCALAR, arbiters: Point = ARBITERS) -> dict[str, Any]:
    """The inputs of ``escrow_eligibility``."""
    reference = case.record["subject_ref"]
    return {**case.values(), **escrow_fields(reference, case.context, arbiters, scalar)}
