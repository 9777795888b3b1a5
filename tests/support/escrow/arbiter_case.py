"""A group of three of five from a fixed polynomial, one seal, and openings of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zkcredit.escrow import ArbiterGroup, DefaultEvidence, PartialOpening, partial_opening
from zkcredit.escrow.polynomial import commit, evaluate
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, encrypt

POLYNOMIAL = (3**150, 5**100, 7**80)
NAMES = ("Ana", "Boran", "Chipo", "Dina", "Emre")
GROUP = ArbiterGroup(NAMES, commit(POLYNOMIAL), bytes(range(32)))
SHARES = {index: evaluate(POLYNOMIAL, index) for index in range(1, 6)}
REFERENCE, CONTEXT, SCALAR = 20_261_123, 2**240 + 17, 2**250 + 31337
SEALED = encrypt(GROUP.key, REFERENCE, CONTEXT, SCALAR)


def evidence(**changes: Any) -> DefaultEvidence:
    """That the loan of the seal is in default."""
    honest = DefaultEvidence(
        network="31337:0xaa", market="0x" + "11" * 20, loan_id=7, block=99, in_default=True,
        context=CONTEXT, escrowed=SEALED, arbiters=GROUP.key,
    )  # fmt: skip
    return replace(honest, **changes)


def opening(
    arbiter: int, sealed: EscrowedValue = SEALED, context: int = CONTEXT, share: int | None = None
) -> PartialOpening:
    """An honest part; each call has a new proof."""
    return partial_opening(
        GROUP,
        arbiter,
        SHARES[arbiter] if share is None else share,
        sealed,
        context=context,
        evidence=evidence(escrowed=sealed, context=context),
    )
