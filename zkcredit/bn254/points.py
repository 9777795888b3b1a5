"""The point types of BN254: plain coordinates, no arithmetic, nothing heavy to import."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "G1_GENERATOR",
    "G1_INFINITY",
    "G2_GENERATOR",
    "G2_INFINITY",
    "Fq2",
    "G1Point",
    "G2Point",
]

Fq2 = tuple[int, int]
"""An element c0 + c1·u of F_q², as (c0, c1)."""


class G1Point(NamedTuple):
    """An affine point of G1; (0, 0) is infinity."""

    x: int
    y: int


class G2Point(NamedTuple):
    """An affine point of G2; all zeros is infinity."""

    x: Fq2
    y: Fq2


G1_INFINITY: Final = G1Point(0, 0)
G2_INFINITY: Final = G2Point((0, 0), (0, 0))

G1_GENERATOR: Final = G1Point(1, 2)

# EIP-197, "Definition of the groups", written there in the order (c1, c0).
G2_GENERATOR: Final = G2Point(
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)
