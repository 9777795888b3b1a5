"""The checks for forgeable and broken keys, which must never be used, whoever made them.

Notation: β, γ, δ stand for both the secret scalars and their multiples of the generator of G2.
The verification equation is e(A, B) = e(α, β) · e(IC(x), γ) · e(C, δ) (Groth 2016, §3.2).

If a key has one of these relations, anybody can satisfy the equation for any public inputs x:

* δ = ±γ: A = α, B = β, C = ∓IC(x). Veil Cash, FOOM Cash and others lost their funds in this way:
  ``snarkjs groth16 setup`` leaves γ = δ = generator until somebody contributes.
* β = ±δ: A = IC(x), B = γ, C = ∓α.
* β = ±γ: A = α ± IC(x), B = β, C = infinity; re-randomised, C is any point.
* δ = ±generator: δ is known, and so is every quotient by it.
* α or β = ±generator: phase 1 has no contribution, and its secrets are all 1; from the key's known
  quantities over δ, anybody obtains the generator over δ.

A point of IC at infinity means that a public input does not take part in the proof. If ICᵢ = ±ICⱼ,
a proof for xᵢ and xⱼ is also one for xᵢ + t and xⱼ ∓ t; with +, the two can be exchanged. If
IC₀ = ±ICⱼ, then some xⱼ cancels the constant. No honest setup has such points: each input has a
constraint of its own.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from zkcredit.bn254 import packed
from zkcredit.bn254.fields import Q
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G2_GENERATOR,
    G1Point,
    G2Point,
    finite_coordinates,
)
from zkcredit.errors import UnsafeKey
from zkcredit.groth16.kernel import kernel_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.formats.zkey import ZKeySections

__all__ = [
    "require_safe_proving_key",
    "require_safe_stored_points",
    "require_safe_verifying_key",
]


def require_safe_verifying_key(
    *, alpha1: G1Point, beta2: G2Point, gamma2: G2Point, delta2: G2Point, ic: Sequence[G1Point]
) -> None:
    """Refuse a verification key whose points make it broken or forgeable.

    Raises:
        UnsafeKey: if a coordinate is not an integer in [0, q); a point is infinity, off its curve
            or off the subgroup; IC is empty; two points of IC are equal or opposite; or one of the
            relations above holds.
    """
    g1 = {"alpha1": alpha1, **{f"ic[{i}]": point for i, point in enumerate(ic)}}
    g2 = {"beta2": beta2, "gamma2": gamma2, "delta2": delta2}
    for group, kind in ((g1, G1Point), (g2, G2Point)):
        for name, point in group.items():
            if finite_coordinates(point, kind) is None:
                raise UnsafeKey(f"{name} is infinity, or a coordinate is not an integer in [0, q)")
    if not ic:
        raise UnsafeKey("the key has no point for the constant public input")
    _require_in_groups(g1, g2)
    for (name, first), (other_name, second) in combinations(g2.items(), 2):
        if first.x == second.x:
            raise UnsafeKey(f"{name} = ±{other_name}: anybody can forge proofs under this key")
    for name in ("delta2", "beta2"):
        if g2[name].x == G2_GENERATOR.x:
            raise UnsafeKey(f"{name} = ±generator: anybody can forge proofs under this key")
    if alpha1.x == G1_GENERATOR.x:
        raise UnsafeKey("alpha1 = ±generator: anybody can forge proofs under this key")
    seen: dict[int, int] = {}
    for index, point in enumerate(ic):
        known = seen.setdefault(point.x, index)
        if known != index:
            raise UnsafeKey(
                f"ic[{known}] = ±ic[{index}]: a proof for some public inputs also holds for others"
            )


def require_safe_proving_key(
    *,
    beta2: G2Point,
    delta2: G2Point,
    beta1: Limbs,
    delta1: Limbs,
    a: Limbs,
    b1: Limbs,
    b2: Limbs,
    c: Limbs,
    h: Limbs,
    threads: int,
) -> None:
    """Refuse a proving key whose arrays make it broken.

    Every point of A, B, C and H must be on its curve and in its subgroup (infinity is normal
    there), and β₁, δ₁ must be the same multiples as β₂, δ₂, which come from a verification key that
    has passed ``require_safe_verifying_key``.

    Raises:
        UnsafeKey: if the check fails.
    """
    import zkcredit._kernel as _kernel

    g1 = {"beta1": beta1, "delta1": delta1, "a": a, "b1": b1, "c": c, "h": h}
    with kernel_errors():
        for name, points in g1.items():
            if _kernel.g1_first_invalid(points.reshape(-1, 8), threads) >= 0:
                raise UnsafeKey(f"a point of {name} is not on its curve")
        if _kernel.g2_first_invalid(b2, threads) >= 0:
            raise UnsafeKey("a point of b2 is not in its group")
    _require_same_multiples(beta1.tobytes(), beta2, delta1.tobytes(), delta2)


def require_safe_stored_points(
    file: ZKeySections, *, beta2: G2Point, delta2: G2Point, threads: int
) -> None:
    """Refuse a proving key like ``require_safe_proving_key``, as it stands in a file.

    Args:
        file: the proving key.
        beta2: β of the file's verification key, which has passed ``require_safe_verifying_key``.
        delta2: its δ.
        threads: threads that check the points.

    Raises:
        UnsafeKey: if the check fails.
    """
    import zkcredit._kernel as _kernel

    g1 = {"beta1": file.beta1, "delta1": file.delta1, "a": file.a, "b1": file.b1, "c": file.c,
          "h": file.h}  # fmt: skip
    with kernel_errors():
        for name, points in g1.items():
            if _kernel.g1_first_invalid_stored(points, threads) >= 0:
                raise UnsafeKey(f"a point of {name} is not on its curve")
        if _kernel.g2_first_invalid_stored(file.b2, threads) >= 0:
            raise UnsafeKey("a point of b2 is not in its group")
    _require_same_multiples(
        packed.from_stored(file.beta1), beta2, packed.from_stored(file.delta1), delta2
    )


def _require_same_multiples(beta1: bytes, beta2: G2Point, delta1: bytes, delta2: G2Point) -> None:
    import zkcredit._kernel as _kernel

    # e(β₁, generator) = e(generator, β₂), and the same for δ.
    minus_g1 = packed.g1_bytes([G1Point(G1_GENERATOR.x, Q - G1_GENERATOR.y)])
    for name, one, two in (("beta", beta1, beta2), ("delta", delta1, delta2)):
        first = packed.rows(one + minus_g1, 2)
        second = packed.rows(packed.g2_bytes([G2_GENERATOR, two]), 4)
        with kernel_errors():
            if not _kernel.pairing_product_is_one(first, second):
                raise UnsafeKey(f"{name}1 and {name}2 are different multiples of the generators")


def _require_in_groups(g1: dict[str, G1Point], g2: dict[str, G2Point]) -> None:
    import zkcredit._kernel as _kernel

    with kernel_errors():
        bad = _kernel.g1_first_invalid(packed.rows(packed.g1_bytes(g1.values()), 2))
        if bad >= 0:
            raise UnsafeKey(f"{list(g1)[bad]} is not on its curve")
        bad = _kernel.g2_first_invalid(packed.rows(packed.g2_bytes(g2.values()), 4))
        if bad >= 0:
            raise UnsafeKey(f"{list(g2)[bad]} is not in its group")
