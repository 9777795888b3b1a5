"""BN254: the fields, the points, and a slow oracle for everything the kernel does fast.

Parameter card (EIP-196, EIP-197; called ``bn128`` by py_ecc and snarkjs, ``alt_bn128`` by the
EIPs):

=================  ==================================================================
base field         q, 254 bits; ``Q``
scalar field       r, 254 bits, r < q, 2-adicity 28; ``R``. The field of every circuit
G1                 y² = x³ + 3 over F_q, order r, cofactor 1, generator (1, 2)
F_q²               F_q[u] / (u² + 1); an element is (c0, c1) = c0 + c1·u
G2                 y² = x³ + 3/(9 + u) over F_q², the subgroup of order r
security           about 100 bits (Kim-Barbulescu attacks on the target field)
=================  ==================================================================

Where encodings diverge: the EVM's precompiles take an F_q² element as (c1, c0), snarkjs and
py_ecc as (c0, c1); this library uses (c0, c1) everywhere and converts at the edge. Infinity is
the all-zero point, as in the EVM and in this library's arrays; snarkjs writes it as (0, 1, 0).
"""

from __future__ import annotations

from zkcredit.bn254.fields import Fr, Q, R
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    Fq2,
    G1Point,
    G2Point,
)

__all__ = [
    "G1_GENERATOR",
    "G1_INFINITY",
    "G2_GENERATOR",
    "G2_INFINITY",
    "Fq2",
    "Fr",
    "G1Point",
    "G2Point",
    "Q",
    "R",
]
