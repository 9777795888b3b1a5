"""Proved entries with any envelope, and with randomness that a test chooses."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from zkcredit.circuits import get_circuit
from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.gadgets.elgamal import encrypt, fresh_randomness
from zkcredit.groth16 import load_or_create_dev_key, prove
from zkcredit.ledger import EntryPlace, ProvedEntry, SealedEntry
from zkcredit.ledger.sealed import ENVELOPE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16 import ProvingKey

OPAQUE = bytes(range(1, ENVELOPE_BYTES + 1))
"""An envelope that nobody opens."""


@cache
def entry_key() -> ProvingKey:
    """The dev key of the statement `ledger_entry`."""
    return load_or_create_dev_key(get_circuit("ledger_entry"))


def proved_entry(
    account: Point,
    issuer: str,
    slots: Sequence[int],
    place: EntryPlace,
    *,
    envelope: bytes = OPAQUE,
    randomness: int | None = None,
) -> ProvedEntry:
    """An entry with a real proof."""
    k = fresh_randomness() if randomness is None else randomness
    sealed = SealedEntry(account, issuer, encrypt(account, slots, k), envelope)
    values = EntryWitness(account, sealed.ciphertext, slots, k).inputs(
        context=place.context(sealed.number, issuer)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the dev key's
        proof = prove(entry_key(), get_circuit("ledger_entry").witness(values))
    return ProvedEntry(sealed, place, proof)
