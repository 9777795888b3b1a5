"""Keys that must never be used, whoever made them: forgeable or broken ones.

Notation: β, γ, δ stand for both the secret scalars and their multiples of the generator of G2.
The verification equation is e(A, B) = e(α, β) · e(IC(x), γ) · e(C, δ) (Groth 2016, §3.2).

Whoever knows one of these relations satisfies it for any public inputs x:

* δ = ±γ: A = α, B = β, C = ∓IC(x). This is how Veil Cash, FOOM Cash and others were emptied:
  ``snarkjs groth16 setup`` leaves γ = δ = generator until somebody contributes.
* β = ±δ: A = IC(x), B = γ, C = ∓α.
* β = ±γ: A = α ± IC(x), B = β, C = infinity; re-randomised, C is any point.
* δ = ±generator: δ is known, and so is every quotient by it.
* α or β = ±generator: phase 1 has no contribution, its secrets are all 1; from δ-multiples of
  known quantities in the key, anybody obtains the generator over δ.

A point of IC at infinity means that a public input does not take part in the proof.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.fields import Q
from zkcredit.bn254.limbs import g1_to_limbs, g2_to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR, G1Point, G2Point
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.groth16.kernel import kernel_errors
from zkcredit.groth16.points import finite_coordinates

if TYPE_CHECKING:
    from zkcredit.groth16.keys import ProvingKey, VerifyingKey

__all__ = [
    "LOCAL_CHAIN_IDS",
    "check_proving_key",
    "check_verifying_key",
    "require_deployable",
]

LOCAL_CHAIN_IDS: Final = frozenset({1337, 31337, 131277322940537})
"""Ganache and geth --dev, anvil and hardhat, eth-tester: chains that only this machine sees."""


def check_verifying_key(key: VerifyingKey) -> None:
    """Refuse a broken or forgeable verification key.

    Raises:
        UnsafeKey: a coordinate that is not an integer in [0, q); a point at infinity, off its
            curve or off the subgroup; an empty IC; or one of the relations above.
    """
    g1 = {"alpha1": key.alpha1, **{f"ic[{i}]": point for i, point in enumerate(key.ic)}}
    g2 = {"beta2": key.beta2, "gamma2": key.gamma2, "delta2": key.delta2}
    for group, kind in ((g1, G1Point), (g2, G2Point)):
        for name, point in group.items():
            if finite_coordinates(point, kind) is None:
                raise UnsafeKey(f"{name} is infinity, or a coordinate is no integer in [0, q)")
    if not key.ic:
        raise UnsafeKey("the key has no point for the constant public input")
    _check_points(g1, g2)
    for (name, first), (other_name, second) in combinations(g2.items(), 2):
        if first.x == second.x:
            raise UnsafeKey(f"{name} = ±{other_name}: anybody can forge proofs under this key")
    for name in ("delta2", "beta2"):
        if g2[name].x == G2_GENERATOR.x:
            raise UnsafeKey(f"{name} = ±generator: anybody can forge proofs under this key")
    if key.alpha1.x == G1_GENERATOR.x:
        raise UnsafeKey("alpha1 = ±generator: anybody can forge proofs under this key")


def check_proving_key(key: ProvingKey, *, threads: int) -> None:
    """Refuse a broken or forgeable proving key, its verification key included.

    Besides ``check_verifying_key``: every point of A, B, C and H is on its curve and in its
    subgroup (infinity is normal there), and β₁, δ₁ are the same multiples as β₂, δ₂.

    Raises:
        UnsafeKey: the check fails.
    """
    import numpy as np

    import zkcredit._kernel as _kernel

    check_verifying_key(key.verifying_key)
    with kernel_errors():
        for name in ("beta1", "delta1", "a", "b1", "c", "h"):
            points = getattr(key, name).reshape(-1, 8)
            if _kernel.g1_first_invalid(points) >= 0:
                raise UnsafeKey(f"a point of {name} is not on its curve")
        if _kernel.g2_first_invalid(key.b2, threads) >= 0:
            raise UnsafeKey("a point of b2 is not in its group")
        # e(β₁, generator) = e(generator, β₂), and the same for δ.
        minus_g1 = g1_to_limbs([G1Point(G1_GENERATOR.x, Q - G1_GENERATOR.y)])
        vk = key.verifying_key
        for name, one, two in (("beta", key.beta1, vk.beta2), ("delta", key.delta1, vk.delta2)):
            first = np.concatenate([one.reshape(1, 8), minus_g1])
            if not _kernel.pairing_product_is_one(first, g2_to_limbs([G2_GENERATOR, two])):
                raise UnsafeKey(f"{name}1 and {name}2 are different multiples of the generators")


def require_deployable(key: VerifyingKey, chain_id: int) -> None:
    """Refuse a key that somebody can forge under, unless the chain is a known local one.

    Raises:
        UnsafeKey: the key is a dev or single-party key and the chain is not in
            ``LOCAL_CHAIN_IDS``, or the key fails ``check_verifying_key``.
        InvalidInput: the chain id is not a positive integer, or the key is no key.
    """
    if isinstance(chain_id, bool) or not isinstance(chain_id, int) or chain_id <= 0:
        raise InvalidInput("a chain id is a positive integer")
    from zkcredit.groth16.keys import VerifyingKey

    require_instance("the key", key, VerifyingKey)
    check_verifying_key(key)
    if key.origin != "ceremony" and chain_id not in LOCAL_CHAIN_IDS:
        raise UnsafeKey(
            f"a {key.origin} key is refused on chain {chain_id}: somebody can forge proofs under "
            "it; make a key in a ceremony of several parties"
        )


def _check_points(g1: dict[str, G1Point], g2: dict[str, G2Point]) -> None:
    import zkcredit._kernel as _kernel

    with kernel_errors():
        bad = _kernel.g1_first_invalid(g1_to_limbs(g1.values()))
        if bad >= 0:
            raise UnsafeKey(f"{list(g1)[bad]} is not on its curve")
        bad = _kernel.g2_first_invalid(g2_to_limbs(g2.values()))
        if bad >= 0:
            raise UnsafeKey(f"{list(g2)[bad]} is not in its group")
