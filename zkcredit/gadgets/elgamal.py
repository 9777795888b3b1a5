"""Packed exponential ElGamal over BabyJubJub on integers: several amounts under one ciphertext.

Under the account key pk = e·B8, the ciphertext of m with randomness k is

    (C1, C2) = (k·B8, m·B8 + k·pk),   m = Σ slotᵢ·2^(48·i),

so ciphertexts add up to the ciphertext of the sums, slot by slot. An **entry** has slots below
2^40, and at most 256 entries are added up, so a total stays below 2^48 and no slot carries into the
next. (ElGamal 1985; "in the exponent" since Cramer, Gennaro, Schoenmakers 1997.)

Whoever holds e and knows the slots *checks* them. This costs two multiplications, and no search for
a discrete logarithm. If one slot is lost, ``recover_slot`` finds it.

Secret: e, and the randomness k of every encryption. pk, the ciphertext and k together reveal m. The
same k in two encryptions under one key reveals the difference of their amounts.

Not constant time: Python integers leak timing.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, Point
from zkcredit.gadgets.discrete_log import small_logarithm
from zkcredit.gadgets.seeded_key import SeededKey
from zkcredit.schema import ENTRY_BITS, MAX_ENTRIES, N_SLOTS, SLOT_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EMPTY",
    "KEY_BITS",
    "AccountKey",
    "Ciphertext",
    "add",
    "encrypt",
    "fresh_randomness",
    "pack_slots",
    "recover_slot",
    "reencrypt",
    "require_account_key",
    "require_ciphertext",
    "require_plaintext",
    "subtract",
    "sum_entries",
]

KEY_BITS: Final = 249
"""A key's free bits; see ``AccountKey``."""

_KEY_OFFSET: Final = (1 << KEY_BITS) + 1

# No slot of a total carries, and packed totals are below l; keys are below l too.
if not (
    MAX_ENTRIES * (2**ENTRY_BITS - 1) < 2**SLOT_BITS
    and 2 ** (N_SLOTS * SLOT_BITS) < SUBGROUP_ORDER
    and 3 * 2**KEY_BITS < SUBGROUP_ORDER
):
    raise OutOfRange("the slots or the keys do not fit the subgroup order")


class Ciphertext(NamedTuple):
    """A ciphertext (C1, C2). ``require_ciphertext`` says which points may be in one."""

    c1: Point
    c2: Point


EMPTY: Final = Ciphertext(IDENTITY, IDENTITY)
"""The running ciphertext of an account without entries. It supports no proof."""


class AccountKey(SeededKey):
    """A borrower's key, made from a 32-byte seed.

    The secret scalar is e = 2^249 + 1 + 2c for 249 bits c of SHA-512. It is odd, and
    2^249 < e < 3·2^249 < l. ``elgamal_circuit`` can prove about these scalars and no others. Each
    is its own residue mod l, so a public key has one secret.
    """

    __slots__ = ()
    kind = "an account key"

    def _derive(self, seed: bytes) -> int:
        digest = hashlib.sha512(b"zkcredit/v1/elgamal/scalar\0" + seed).digest()
        return _KEY_OFFSET + 2 * (int.from_bytes(digest, "little") % (1 << KEY_BITS))

    @property
    def scalar(self) -> int:
        """The secret scalar e, for the prover's witness only."""
        return self._scalar

    def unmask(self, ciphertext: Ciphertext) -> Point:
        """Return m·B8 = C2 - e·C1.

        Raises:
            InvalidInput: if ``require_ciphertext`` refuses the ciphertext. A C1 with a torsion part
                would reveal e mod 8 to whoever sees how the result is used.
        """
        require_ciphertext(ciphertext)
        return babyjub.add(ciphertext.c2, babyjub.mul(-self._scalar, ciphertext.c1))


def pack_slots(slots: Sequence[int], bits: int = SLOT_BITS) -> int:
    """Return m = Σ slotᵢ·2^(48·i) for five slots below 2^bits.

    Raises:
        InvalidInput: if there are not five integers.
        OutOfRange: if a slot is negative or too long, or ``bits`` is not in 1 .. 48.
    """
    if not 1 <= bits <= SLOT_BITS:
        raise OutOfRange(f"a slot must have 1 to {SLOT_BITS} bits")
    if len(slots) != N_SLOTS or not all(type(slot) is int for slot in slots):
        raise InvalidInput(f"a plaintext must have {N_SLOTS} slots, each an integer")
    if not all(0 <= slot < 1 << bits for slot in slots):
        raise OutOfRange(f"a slot must be an integer from 0 to 2^{bits} - 1")
    return sum(slot << SLOT_BITS * i for i, slot in enumerate(slots))


def sum_entries(entries: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the slots of the sum of at most 256 entries.

    Raises:
        InvalidInput: if an entry does not have five integers.
        OutOfRange: if a slot is not below 2^40, or there are more than 256 entries.
    """
    if len(entries) > MAX_ENTRIES:
        raise OutOfRange(f"an account must have at most {MAX_ENTRIES} entries")
    for entry in entries:
        pack_slots(entry, ENTRY_BITS)
    return tuple(sum(entry[i] for entry in entries) for i in range(N_SLOTS))


def require_account_key(public: Point) -> None:
    """Accept a point as an account's public key.

    Raises:
        InvalidInput: if it is not on the curve with canonical coordinates, is not in the
            prime-order subgroup, or is the identity.
    """
    babyjub.require_prime_order(public, "the account key")


def require_ciphertext(ciphertext: Ciphertext) -> None:
    """Accept a ciphertext that can be decrypted, and about which something can be proved.

    Raises:
        InvalidInput: if a point is not in the prime-order subgroup, or C1 is the identity: then
            C2 = m·B8 hides nothing.
    """
    babyjub.require_prime_order(ciphertext.c1, "the first point of the ciphertext")
    babyjub.require_in_subgroup(ciphertext.c2, "the second point of the ciphertext")


def fresh_randomness() -> int:
    """Draw the randomness of one encryption: secret, and never used again.

    It has the form of an account's key (``AccountKey``), so ``elgamal_circuit`` can prove about it.
    """
    return _KEY_OFFSET + 2 * secrets.randbits(KEY_BITS)


def encrypt(public: Point, entry: Sequence[int], randomness: int) -> Ciphertext:
    """Return the ciphertext of an entry under an account's public key.

    Args:
        public: the account's key.
        entry: five slots below 2^40.
        randomness: k, secret and never used again: ``fresh_randomness``.

    Raises:
        InvalidInput: if ``require_account_key`` refuses the key, or there are not five integers.
        OutOfRange: if a slot is not below 2^40, or the randomness is not in 1 .. l-1.
    """
    require_account_key(public)
    message = babyjub.mul(pack_slots(entry, ENTRY_BITS), BASE8)
    c1, pad = _zero_ciphertext(public, randomness)
    return Ciphertext(c1, babyjub.add(message, pad))


def reencrypt(public: Point, ciphertext: Ciphertext, randomness: int) -> Ciphertext:
    """Return another ciphertext of the same slots. Nobody can tell so without the key.

    Raises:
        InvalidInput: if ``require_account_key`` or ``require_ciphertext`` refuses its argument.
        OutOfRange: if the randomness is not in 1 .. l-1.
    """
    require_account_key(public)
    require_ciphertext(ciphertext)
    return add(ciphertext, _zero_ciphertext(public, randomness))


def add(first: Ciphertext, second: Ciphertext) -> Ciphertext:
    """Return the ciphertext of the sums, slot by slot. ``EMPTY`` adds nothing.

    Both must be under one key; a ciphertext does not tell its key.

    Raises:
        InvalidInput: if a point is not in the prime-order subgroup.
    """
    for point in (*first, *second):
        babyjub.require_in_subgroup(point, "a point of the ciphertext")
    return Ciphertext(babyjub.add(first.c1, second.c1), babyjub.add(first.c2, second.c2))


def subtract(total: Ciphertext, part: Ciphertext) -> Ciphertext:
    """Return the ciphertext of the total without one of the parts that were added to it.

    If ``part`` was not one of them, slots may come out negative; no plaintext below 2^240 matches
    that.

    Raises:
        InvalidInput: if a point is not in the prime-order subgroup.
    """
    for point in part:
        babyjub.require_in_subgroup(point, "a point of the ciphertext")
    return add(total, Ciphertext(babyjub.neg(part.c1), babyjub.neg(part.c2)))


def require_plaintext(key: AccountKey, ciphertext: Ciphertext, slots: Sequence[int]) -> None:
    """Require that a ciphertext holds these slots, each below 2^48.

    Raises:
        InvalidInput: if it holds other slots, ``require_ciphertext`` refuses it, or there are not
            five integers.
        OutOfRange: if a slot is not below 2^48.
    """
    message = babyjub.mul(pack_slots(slots), BASE8)
    if key.unmask(ciphertext) != message:
        raise InvalidInput("the ciphertext does not hold these amounts under this key")


def recover_slot(
    key: AccountKey, ciphertext: Ciphertext, slots: Sequence[int | None], bound: int = 2**ENTRY_BITS
) -> tuple[int, ...]:
    """Return all slots of a ciphertext of which one is unknown.

    Args:
        key: the account's key.
        ciphertext: holds the slots.
        slots: the known slots, and None at the unknown one.
        bound: the unknown slot is below it; the time grows as its root (2^40: ten seconds).

    Raises:
        InvalidInput: if not exactly one slot is None, ``require_ciphertext`` refuses the
            ciphertext, or no value below the bound fits.
        OutOfRange: if a known slot is not below 2^48, or the bound is not in 1 .. 2^40.
    """
    unknown = [i for i, slot in enumerate(slots) if slot is None]
    if len(unknown) != 1:
        raise InvalidInput("give None for exactly one slot, the unknown one")
    place = unknown[0]
    known = babyjub.mul(pack_slots([slot or 0 for slot in slots]), BASE8)
    rest = babyjub.add(key.unmask(ciphertext), babyjub.neg(known))
    value = small_logarithm(rest, babyjub.mul(1 << SLOT_BITS * place, BASE8), bound)
    if value is None:
        raise InvalidInput("no value of the unknown slot fits the ciphertext and the other slots")
    return tuple(value if slot is None else slot for slot in slots)


def _zero_ciphertext(public: Point, randomness: int) -> Ciphertext:
    if type(randomness) is not int or not 0 < randomness < SUBGROUP_ORDER:
        raise OutOfRange(
            "the randomness of an encryption must be above 0 and below the subgroup order"
        )
    return Ciphertext(babyjub.mul(randomness, BASE8), babyjub.mul(randomness, public))
