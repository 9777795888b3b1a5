"""A group of three of five from a fixed polynomial, one seal, and signed openings of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zkcredit._internal import secp256k1
from zkcredit.escrow import (
    ArbiterGroup,
    DefaultEvidence,
    PartialOpening,
    SeenDefault,
    partial_opening,
)
from zkcredit.escrow.polynomial import commit, evaluate
from zkcredit.escrow.signed import account_key, opening_digest
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, encrypt

POLYNOMIAL = (3**150, 5**100, 7**80)
NAMES = ("Ana", "Boran", "Chipo", "Dina", "Emre")
KEYS = {index: account_key(bytes([index]) * 32) for index in range(1, 6)}
ACCOUNTS = tuple(map(secp256k1.address_of, KEYS.values()))
GROUP = ArbiterGroup(NAMES, commit(POLYNOMIAL), bytes(range(32)), ACCOUNTS)
SHARES = {index: evaluate(POLYNOMIAL, index) for index in range(1, 6)}
REFERENCE, CONTEXT, SCALAR = 20_261_123, 2**240 + 17, 2**250 + 31337
SEALED = encrypt(GROUP.key, REFERENCE, CONTEXT, SCALAR)
SEEN = SeenDefault(31337, "0x" + "11" * 20, 7, 99, b"\xaa" * 32)


def evidence(**changes: Any) -> DefaultEvidence:
    """That the loan of the seal is in default."""
    honest = DefaultEvidence(
        seen=SEEN, in_default=True, context=CONTEXT, escrowed=SEALED, arbiters=GROUP.key
    )
    return replace(honest, **changes)


def opening(
    arbiter: int,
    sealed: EscrowedValue = SEALED,
    context: int = CONTEXT,
    share: int | None = None,
    key: bytes | None = None,
) -> PartialOpening:
    """An honest part; each call has a new proof."""
    return partial_opening(
        GROUP,
        arbiter,
        SHARES[arbiter] if share is None else share,
        sealed,
        context=context,
        evidence=evidence(escrowed=sealed, context=context),
        account_key=KEYS[arbiter] if key is None else key,
    )


def signed(opening: PartialOpening, key: bytes, **changes: Any) -> PartialOpening:
    """The opening with these changes, signed by an account."""
    made = replace(opening, **changes)
    digest = opening_digest(made.group, made.seen, made.context, made.arbiter, made.part)
    return replace(made, signature=secp256k1.sign(digest, key))
