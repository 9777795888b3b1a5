"""Hashed ElGamal over BabyJubJub, on integers and in a circuit: 64 bits escrowed with a label.

Under the key P = x·B8, a value is encrypted with randomness k as the point R = k·B8 and

    masked = value + Poseidon(K.x, K.y, label) mod r,   K = k·P = x·R,

where the hash has a domain of its own. Whoever has K opens it. Shares of x give shares of K, so m
of n holders open it together, and x never exists in one place. Another label gives another pad:
a value for one purpose does not open for another. A wrong K or label gives a number that is not
below 2^64, except with probability 2⁻¹⁹⁰, so a wrong opening is noticed.

Secret: k. The same k under one key and label reveals the difference of two values.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, Point
from zkcredit.gadgets.elgamal import KEY_BITS
from zkcredit.gadgets.elgamal_circuit import assert_prime_order, multiply_point, secret_scalar
from zkcredit.gadgets.montgomery import EdwardsSignals, assert_edwards, to_edwards
from zkcredit.gadgets.poseidon import assert_poseidon, domain_tag, poseidon
from zkcredit.gadgets.range import range_check

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = [
    "VALUE_BITS",
    "EscrowedValue",
    "assert_escrowed",
    "decrypt",
    "encrypt",
    "fresh_escrow_scalar",
]

VALUE_BITS: Final = 64
_TAG: Final = domain_tag("escrow")
_SMALLEST: Final[int] = (1 << KEY_BITS) + 1


class EscrowedValue(NamedTuple):
    """An escrowed value: the point R, and the masked value, below r."""

    point: Point
    masked: int


def fresh_escrow_scalar() -> int:
    """Draw a new secret k for one value, from the operating system's randomness.

    It has the form that ``assert_escrowed`` can prove about: odd, 2^249 < k < 3·2^249.
    """
    return _SMALLEST + 2 * secrets.randbits(KEY_BITS)


def encrypt(public: Point, value: int, label: int, scalar: int) -> EscrowedValue:
    """Encrypt a value to a key.

    Args:
        public: the key P.
        value: below 2^64.
        label: what the value may be opened for; a field element.
        scalar: k, secret and never used again: ``fresh_escrow_scalar``.

    Raises:
        InvalidInput: if the key is not in the prime-order subgroup, or is the identity.
        OutOfRange: if the value is not below 2^64, the label is not below r, or k is not an odd
            number between 2^249 and 3·2^249.
    """
    babyjub.require_prime_order(public, "the key")
    if type(value) is not int or not 0 <= value < 1 << VALUE_BITS:
        raise OutOfRange(f"an escrowed value must be an integer from 0 to 2^{VALUE_BITS} - 1")
    if type(scalar) is not int or not (scalar % 2 and _SMALLEST <= scalar < 3 << KEY_BITS):
        raise OutOfRange(
            "the randomness of an escrowed value must be odd and between 2^249 and 3·2^249"
        )
    masked = (value + _pad(babyjub.mul(scalar, public), label)) % R
    return EscrowedValue(babyjub.mul(scalar, BASE8), masked)


def decrypt(shared: Point, escrowed: EscrowedValue, label: int) -> int:
    """Return the value, for whoever has the shared point K = x·R.

    Raises:
        InvalidInput: if K is not in the prime-order subgroup, is the identity, or K or the label
            are not those of this escrowed value.
        OutOfRange: if the label is not a field element.
    """
    babyjub.require_prime_order(shared, "the shared point")
    value = (escrowed.masked - _pad(shared, label)) % R
    if value >> VALUE_BITS:
        raise InvalidInput("this shared point and label do not open the escrowed value")
    return value


def assert_escrowed(
    api: Api,
    *,
    public: EdwardsSignals,
    public_eighth: tuple[Signal, Signal],
    point: EdwardsSignals,
    masked: Signal,
    label: Signal,
    value: Signal,
    scalar: Shadow,
) -> None:
    """Prove that (R, masked) encrypts the value, below 2^64, to the key with the label.

    Adds 16 + 666 + 1501 + 64 + 261 constraints: 2,508 in all.

    ==========================================================  ===========
    P = 8T has prime order                                      16
    k and R = k·B8 (``secret_scalar``)                          664 + 2
    K = k·P (``multiply_point``), in Edwards form               1,499 + 2
    value below 2^64                                            64
    masked = value + Poseidon3(K, label)                        261
    ==========================================================  ===========

    R determines k, because k is an integer below l. So the public values determine K, the pad and
    the masked value: the prover cannot encrypt anything else, and the holders of x open just this.
    A weak choice of k harms only the prover. P = 8T refuses a key of low order, under which
    everybody could open, and a key off the curve, under which nobody could.

    Args:
        api: the circuit.
        public: Edwards coordinates of P; any signals.
        public_eighth: Montgomery coordinates of T with P = 8·T; any signals.
        point: Edwards coordinates of R; any signals.
        masked: any signal.
        label: any signal.
        value: any signal.
        scalar: k, as a hint.
    """
    with api.gadget("seal"):
        with api.gadget("key"):
            base = assert_prime_order(api, public_eighth, public)
        with api.gadget("point"):
            secret = secret_scalar(api, scalar)
            assert_edwards(api, secret.product, point)
        with api.gadget("shared"):
            shared = to_edwards(api, multiply_point(api, base, secret))
        with api.gadget("value"):
            range_check(api, value, VALUE_BITS)
        with api.gadget("mask"):
            assert_poseidon(api, [*shared, label], masked - value, _TAG)


def _pad(shared: Point, label: int) -> int:
    return poseidon([shared.x, shared.y, label], _TAG)
