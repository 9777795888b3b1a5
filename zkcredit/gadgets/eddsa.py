"""EdDSA-Poseidon over BabyJubJub on integers: keys, signing, strict verification.

As circomlib's ``EdDSAPoseidon`` and zk-kit define it, a signature (R8, S) of a field element M
under A = a·B8 satisfies S·B8 = R8 + 8h·A with h = Poseidon(R8.x, R8.y, A.x, A.y, M).

Where libraries diverge: the verifiers of circomlib and zk-kit accept M + r for M, an identity key
(under which R8 = S·B8 signs every message), and points with a torsion part. ``verify`` refuses
them, and S ≥ l. Their key derivation hashes the private key with BLAKE-512. Ours follows RFC 8032
(§5.1.5, §5.1.6) with SHA-512, so a 32-byte seed gives other keys here than there. Signatures and
public keys are the same objects in all three.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, InvalidSignature, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, COFACTOR, SUBGROUP_ORDER, Point
from zkcredit.gadgets.challenge import is_provable
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.seeded_key import SeededKey

__all__ = [
    "SIGNATURE_BYTES",
    "Signature",
    "SigningKey",
    "challenge",
    "public_key",
    "require_public_key",
    "sign",
    "verify",
]

_POINT_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class Signature(NamedTuple):
    """A signature: the nonce point R8 and the scalar S."""

    r8: Point
    s: int

    def to_bytes(self) -> bytes:
        """Return 64 bytes as circomlib packs them: encoded R8, then S little-endian.

        Raises:
            InvalidInput: if R8 is not on the curve.
            OutOfRange: if S is not in [0, l).
        """
        if not 0 <= self.s < SUBGROUP_ORDER:
            raise OutOfRange("the scalar of a signature must be below the subgroup order")
        return babyjub.encode(self.r8) + self.s.to_bytes(_POINT_BYTES, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> Signature:
        """Read what ``to_bytes`` wrote. Exactly one byte string stands for each signature.

        Raises:
            InvalidInput: if the length is not 64, or R8 is not a point of the curve.
            OutOfRange: if S is not below l, or a coordinate is not below r.
        """
        if len(data) != SIGNATURE_BYTES:
            raise InvalidInput(f"a signature must have {SIGNATURE_BYTES} bytes, not {len(data)}")
        s = int.from_bytes(data[_POINT_BYTES:], "little")
        if s >= SUBGROUP_ORDER:
            raise OutOfRange("the scalar of a signature must be below the subgroup order")
        return cls(babyjub.decode(data[:_POINT_BYTES]), s)


class SigningKey(SeededKey):
    """An issuer's signing key, made from a 32-byte seed.

    The scalar a and the nonce prefix are the halves of a 128-byte SHA-512 expansion of the seed (a
    from 64 bytes mod l: bias below 2⁻²⁶⁰).
    """

    __slots__ = ("_prefix",)
    kind = "a signing key"

    def _derive(self, seed: bytes) -> int:
        self._prefix = _sha512("prefix", seed)
        # Zero has probability 2⁻²⁵⁰; the addition keeps the function total.
        return _wide_scalar(_sha512("scalar", seed)) or 1

    def sign(self, message: int) -> Signature:
        """Sign a field element; see ``eddsa.sign``."""
        return sign(self, message)

    def nonce(self, message: int, attempt: int) -> int:
        """Return the secret nonce of an attempt to sign: RFC 8032 §5.1.6 with a counter."""
        return _wide_scalar(
            _sha512(
                "nonce", self._prefix, message.to_bytes(32, "little"), attempt.to_bytes(4, "little")
            )
        )

    def respond(self, nonce: int, challenge_value: int) -> int:
        """Return S = nonce + 8h·a mod l."""
        return (nonce + COFACTOR * challenge_value * self._scalar) % SUBGROUP_ORDER


def public_key(key: SigningKey) -> Point:
    """Return the public key A = a·B8."""
    return key.public


def challenge(r8: Point, public: Point, message: int) -> int:
    """Return h = Poseidon(R8.x, R8.y, A.x, A.y, M), domain 0.

    Raises:
        OutOfRange: if a value is not below r.
    """
    return poseidon([r8.x, r8.y, public.x, public.y, message])


def sign(key: SigningKey, message: int) -> Signature:
    """Sign a field element, deterministically.

    The nonce is a hash of a secret prefix, the message and a counter (RFC 8032 §5.1.6), so it needs
    no randomness that could fail. The counter moves on if the signature could not be proved in a
    circuit (``challenge.is_provable``, and the degenerate scalars that ``verify_gadget`` names):
    about once in 2⁹⁸ signatures.

    Raises:
        InvalidInput: if the message is not an integer.
        OutOfRange: if the message is not in [0, r).
    """
    _require_message(message)
    attempt = 0
    while True:
        nonce = key.nonce(message, attempt)
        r8 = babyjub.mul(nonce, BASE8)
        h = challenge(r8, key.public, message)
        s = key.respond(nonce, h)
        if nonce and s and (2 * s - nonce) % SUBGROUP_ORDER and is_provable(h):
            return Signature(r8, s)
        attempt += 1


def require_public_key(public: Point) -> None:
    """Accept a point as a public key.

    Raises:
        InvalidSignature: if it is not on the curve with canonical coordinates, is not in the
            prime-order subgroup, or is the identity.
    """
    x, y = public
    # a holder has few issuers, and every credential names one of them
    whole = type(x) is int and type(y) is int
    if not (whole and _is_public_key(x, y)):
        raise InvalidSignature("the public key is not a point of prime order")


@lru_cache(256)
def _is_public_key(x: int, y: int) -> bool:
    return babyjub.has_prime_order(Point(x, y))


def verify(public: Point, message: int, signature: Signature) -> None:
    """Check a signature strictly.

    Raises:
        InvalidInput: if the message is not an integer.
        OutOfRange: if the message is not in [0, r); M + r is another message, not an alias.
        InvalidSignature: if the key or R8 is not on the curve with canonical coordinates, is not of
            prime order, or is the identity; if S is not in [0, l); or if the equation does not
            hold.
    """
    _require_message(message)
    require_public_key(public)
    if not babyjub.has_prime_order(signature.r8):
        raise InvalidSignature("the nonce point is not a point of prime order")
    if type(signature.s) is not int or not 0 <= signature.s < SUBGROUP_ORDER:
        raise InvalidSignature("the scalar of the signature must be below the subgroup order")
    h = challenge(signature.r8, public, message)
    # Both sides are in the subgroup, so the scalar may be reduced.
    key_multiple = babyjub.mul(COFACTOR * h % SUBGROUP_ORDER, public)
    if babyjub.mul(signature.s, BASE8) != babyjub.add(signature.r8, key_multiple):
        raise InvalidSignature("the signature does not belong to this key and message")


def _require_message(message: int) -> None:
    if type(message) is not int:
        raise InvalidInput("the message must be an integer")
    if not 0 <= message < R:
        raise OutOfRange("the message must be a field element, at least 0 and below r")


def _sha512(purpose: str, *parts: bytes) -> bytes:
    # Every part but the prefix-free purpose has a fixed length, so inputs cannot collide.
    return hashlib.sha512(f"zkcredit/v1/eddsa/{purpose}\0".encode() + b"".join(parts)).digest()


def _wide_scalar(data: bytes) -> int:
    return int.from_bytes(data, "little") % SUBGROUP_ORDER
