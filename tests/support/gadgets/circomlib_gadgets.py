"""Gadgets of circomlib in our circuit language, for any field, to be studied over small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.montgomery import EdwardsSignals, MontgomeryPoint
from zkcredit.gadgets.range import assert_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Signal


def bits_of(api: Api, x: Signal, count: int, hidden: int = -1) -> list[Signal]:
    """Num2Bits: booleans and their sum, whatever the count; the bit `hidden` is the constant 0."""
    bits: list[Signal] = []
    for i, shadow in enumerate(api.shadow(x).bits(count)):
        if i == hidden:
            bits.append(api.constant(0))
        else:
            bits.append(api.witness(shadow))
            assert_bool(api, bits[-1])
    api.assert_equal(api.linear((1 << i, bit) for i, bit in enumerate(bits)), x)
    return bits


def at_most_constant(api: Api, bits: Sequence[Signal], constant: int, middle: int) -> None:
    """CompConstant with the output 0, each part a wire: Σ 2ⁱ·bits[i] ≤ constant.

    Args:
        bits: an even number of them.
        middle: each pair adds up to 2^middle, 128 in circomlib; more than half the bits.
    """
    parts = []
    for i in range(len(bits) // 2):
        low, high = bits[2 * i], bits[2 * i + 1]
        b, a = (1 << middle) - (1 << i), 1 << i
        factor, rest = {
            0: (-b, b * high + b * low),
            1: (a, (b - a) * high - a * low + a),
            2: (b, a - a * high),
            3: (-a, api.constant(a)),
        }[constant >> 2 * i & 3]
        part = api.witness(api.shadow(low) * api.shadow(high) * factor + api.shadow(rest))
        api.assert_product(factor * high, low, part - rest)
        parts.append(part)
    total = api.sum(parts)
    width = ((len(bits) // 2 << middle) - 1).bit_length()
    bits_of(api, total, width, middle - 1)


def strict_bits(api: Api, x: Signal, count: int, constant: int, middle: int) -> list[Signal]:
    """Num2Bits_strict: bits of an integer that is at most the constant."""
    bits = bits_of(api, x, count)
    at_most_constant(api, bits, constant, middle)
    return bits


def chosen(
    api: Api, bits: Sequence[Signal], points: Sequence[tuple[int, int]]
) -> MontgomeryPoint[Signal]:
    """MultiMux3 of eight constant points, with the result on wires."""
    both = bits[0] * bits[1]
    coordinates = []
    for c in zip(*points, strict=True):
        low, high = (
            api.linear(
                [(q[1] - q[0], bits[0]), (q[2] - q[0], bits[1]), (q[3] - q[2] - q[1] + q[0], both)],
                q[0],
            )
            for q in (c[:4], c[4:])
        )
        out = api.witness(api.shadow(low) + api.shadow(high - low) * api.shadow(bits[2]))
        api.assert_product(high - low, bits[2], out - low)
        coordinates.append(out)
    return MontgomeryPoint(*coordinates)


def baby_check(api: Api, p: EdwardsSignals) -> None:
    """BabyCheck: a·x² + y² = 1 + d·x²·y²."""
    xx, yy = p.x * p.x, p.y * p.y
    api.assert_product(-babyjub.EDWARDS_D * xx, yy, 1 - babyjub.EDWARDS_A * xx - yy)


def baby_add(api: Api, p: EdwardsSignals, q: EdwardsSignals) -> EdwardsSignals:
    """BabyAdd, with its four products and two divisions."""
    a, d = babyjub.EDWARDS_A, babyjub.EDWARDS_D
    beta, gamma = p.x * q.y, p.y * q.x
    delta = (p.y - a * p.x) * (q.x + q.y)
    tau = beta * gamma
    x, y = (
        api.witness(api.shadow(above) * api.shadow(below).inverse())
        for above, below in (
            (beta + gamma, 1 + d * tau),
            (delta + a * beta - gamma, 1 - d * tau),
        )
    )
    api.assert_product(1 + d * tau, x, beta + gamma)
    api.assert_product(1 - d * tau, y, delta + a * beta - gamma)
    return EdwardsSignals(x, y)
