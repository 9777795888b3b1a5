"""The verification of an EdDSA-Poseidon signature in a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.challenge import multiply_by_challenge
from zkcredit.gadgets.fixed_base import multiply_base8
from zkcredit.gadgets.montgomery import (
    EdwardsSignals,
    MontgomeryPoint,
    add_distinct,
    assert_edwards,
    double,
    negate,
    prime_order_point,
    to_edwards,
)
from zkcredit.gadgets.poseidon import poseidon_gadget

if TYPE_CHECKING:
    from zkcredit.gadgets.eddsa import Signature
    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = ["SignatureInputs", "signature_inputs", "verify_gadget"]


class SignatureInputs(NamedTuple):
    """What a prover gives to ``verify_gadget``.

    Attributes:
        key_eighth: Montgomery coordinates (u, v) of T, where the issuer's key is 8·T.
        nonce_point: R8, Edwards coordinates.
        scalar: S; advice, which no wire holds.
    """

    key_eighth: tuple[int, int]
    nonce_point: tuple[int, int]
    scalar: int


def signature_inputs(public: babyjub.Point, signature: Signature) -> SignatureInputs:
    """Return the inputs for a key and a signature under it, which need not be valid.

    Raises:
        InvalidInput: if the key is not in the prime-order subgroup, or is the identity.
    """
    key_eighth = babyjub.to_montgomery(babyjub.eighth(public))
    return SignatureInputs(key_eighth, (signature.r8.x, signature.r8.y), signature.s)


def verify_gadget(
    api: Api,
    *,
    key_eighth: tuple[Signal, Signal],
    nonce_point: tuple[Signal, Signal],
    scalar: Shadow,
    message: Signal,
) -> EdwardsSignals:
    """Return the key A under which ``message`` is signed.

    Adds 16 + 12 + 321 + 1571 + 500 + 6 constraints: 2,426 in all.

    This proves that the prover knows S with S·B8 = R8 + 8h·A and h = Poseidon(R8, A, M) (domain 0,
    as circomlib and zk-kit define EdDSA-Poseidon), where A = 8·T has prime order l. Every other
    choice of T, R8 and M is unsatisfiable, whatever the hints.

    ==========================================================  ===========
    A = 8T with T on the curve; A in Edwards form               14 + 2
    8A                                                          12
    h = Poseidon5(R8, A, M)                                     321
    h·8A, h reduced exactly (``multiply_by_challenge``)         1,571
    S·B8 (``multiply_base8``)                                   500
    R8 = S·B8 - h·8A: distinct addition, Edwards form           4 + 2
    ==========================================================  ===========

    **Why R8 needs no check of its own.** S·B8 and h·8A are in the prime-order subgroup and are not
    the identity. ``add_distinct`` proves that they are neither equal nor opposite. So their
    difference is one well-defined affine point of the subgroup, and R8 is constrained to its
    Edwards form.

    **Compared with native strict verification** (``eddsa.verify``): this accepts the same
    signatures, less those whose challenge is outside ``challenge.is_provable`` (2⁻⁹⁸), those with
    S ≡ 0, and those with R8 = 2S·B8 (2⁻²⁵⁰ each). ``eddsa.sign`` draws another nonce for all of
    these. Native verification refuses S ≥ l; here it has no meaning, because S and S + l give the
    same wires.

    Args:
        key_eighth: Montgomery coordinates of T; any signals.
        nonce_point: Edwards coordinates of R8; any signals.
        scalar: S, as a hint.
        message: M; any field element.
    """
    with api.gadget("eddsa"):
        with api.gadget("key"):
            key = prime_order_point(api, MontgomeryPoint(*key_eighth))
            public = to_edwards(api, key)
            for _ in range(3):
                key = double(api, key)
        r8 = EdwardsSignals(*nonce_point)
        challenge = poseidon_gadget(api, [*r8, *public, message])
        product = multiply_by_challenge(api, key, challenge)
        with api.gadget("nonce"):
            base_multiple = multiply_base8(api, scalar)
            assert_edwards(api, add_distinct(api, base_multiple, negate(product)), r8)
        return public
