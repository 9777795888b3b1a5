"""Points of BN254, their sums and multiples, encoded as EIP-196 and EIP-197 do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.groth16.groth16_toy import outside_subgroup
from support.published.vector_files import Group, document, number

from zkcredit.bn254.curve import add, mul, neg
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    G1Point,
    G2Point,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 2**256 - 1
SCALARS = [0, 1, 2, 3, R - 1, R, R + 1, R + 2, 2 * R, Q, 2**128, 2**254 - 1, 2**255, LARGEST]

NOTES = {
    "CoordinateOutOfRange": "a coordinate is q or more, which would be a second encoding",
    "NotOnCurve": "the coordinates are canonical and do not satisfy the curve equation",
    "InfinityMisencoded": "looks like infinity; only all zeros encodes it",
    "WrongResult": "the operands are points and the result is another one",
    "Infinity": "the point at infinity takes part",
    "ExceptionalCase": "equal or opposite operands, where the formulas for different ones fail",
    "ScalarNotReduced": "the scalar is r or more and is not reduced by the encoding",
}
NOTES_G2 = NOTES | {
    "OutsideSubgroup": "on the twist, and its order does not divide r: pairings must refuse it",
    "SwappedCoefficients": "the coefficients of F_q2 in the other order (EIP-197 has c1 first)",
}


def words(values: Sequence[int]) -> str:
    """32 bytes each, big-endian, as hex."""
    return "".join(f"{value:064x}" for value in values)


def hex1(point: G1Point) -> str:
    """64 bytes: x, y."""
    return words(point)


def hex2(point: G2Point) -> str:
    """128 bytes: x.c1, x.c0, y.c1, y.c0."""
    return words([point.x[1], point.x[0], point.y[1], point.y[0]])


def _points1(count: int) -> list[tuple[str, G1Point]]:
    found = [("the generator", G1_GENERATOR), ("minus the generator", neg(G1_GENERATOR))]
    scalars = [number(f"g1/{i}", R) for i in range(count)]
    return found + [(f"point {i}", mul(k, G1_GENERATOR)) for i, k in enumerate(scalars)]


def _points2(count: int) -> list[tuple[str, G2Point]]:
    found = [("the generator", G2_GENERATOR), ("minus the generator", neg(G2_GENERATOR))]
    scalars = [number(f"g2/{i}", R) for i in range(count)]
    return found + [(f"point {i}", mul(k, G2_GENERATOR)) for i, k in enumerate(scalars)]


def g1() -> str:
    """`bn254_g1.json`."""
    points = _points1(22)
    membership = Group("G1Point")
    membership.add("infinity", "Infinity", valid=True, point=hex1(G1_INFINITY))
    for name, p in points:
        membership.add(name, valid=True, point=hex1(p))
        for what, x, y in (
            ("x + q", p.x + Q, p.y), ("y + q", p.x, p.y + Q), ("both + q", p.x + Q, p.y + Q),
        ):  # fmt: skip
            membership.add(
                f"{name}, {what}", "CoordinateOutOfRange", valid=False, point=words([x, y])
            )
        for what, x, y in (
            ("y + 1", p.x, (p.y + 1) % Q), ("x + 1", (p.x + 1) % Q, p.y),
            ("coordinates swapped", p.y, p.x), ("y = 0", p.x, 0), ("x = 0", 0, p.y),
        ):  # fmt: skip
            assert (y * y - x**3 - 3) % Q, "a lucky point"
            membership.add(f"{name}, {what}", "NotOnCurve", valid=False, point=words([x, y]))
    for x, y in ((0, 1), (1, 0), (Q, 0), (0, Q), (Q, Q)):
        flags = ["InfinityMisencoded", *(["CoordinateOutOfRange"] if Q in (x, y) else [])]
        membership.add(f"infinity as ({x}, {y})", *flags, valid=False, point=words([x, y]))
    for x, y in ((LARGEST, LARGEST), (1, LARGEST), (LARGEST, 2)):
        membership.add("2^256 - 1", "CoordinateOutOfRange", valid=False, point=words([x, y]))

    sums = Group("G1Add")
    chosen = [("infinity", G1_INFINITY), *points[:9]]
    for i, (left, p) in enumerate(chosen):
        for right, q in chosen[i:]:
            flags = ["Infinity"] if G1_INFINITY in (p, q) else []
            if p == q or p == neg(q):
                flags.append("ExceptionalCase")
            total = add(p, q)
            fields = {"a": hex1(p), "b": hex1(q)}
            sums.add(f"{left} + {right}", *flags, valid=True, **fields, sum=hex1(total))
            wrong = neg(total) if total != G1_INFINITY else G1_GENERATOR
            sums.add(
                f"{left} + {right}, wrong", "WrongResult", valid=False, **fields, sum=hex1(wrong)
            )

    multiples = Group("G1Mul")
    for name, p in [("infinity", G1_INFINITY), *points[:7]]:
        for k in [*SCALARS, *(number(f"g1/k/{i}", 2**256) for i in range(2))]:
            flags = ["Infinity"] if p == G1_INFINITY else []
            flags += ["ScalarNotReduced"] if k >= R else []
            product = mul(k, p)
            fields = {"point": hex1(p), "scalar": str(k)}
            multiples.add(f"{name} times {k}", *flags, valid=True, **fields, product=hex1(product))
    return document(
        "BN254 G1", "points", "y^2 = x^3 + 3 over F_q; encoded as in EIP-196", NOTES,
        [membership, sums, multiples],
    )  # fmt: skip


def g2() -> str:
    """`bn254_g2.json`."""
    points = _points2(10)
    stranger = outside_subgroup()
    membership = Group("G2Point")
    membership.add("infinity", "Infinity", valid=True, point=hex2(G2_INFINITY))
    for name, p in points:
        membership.add(name, valid=True, point=hex2(p))
        membership.add(
            f"{name}, c0 first", "SwappedCoefficients", "NotOnCurve",
            valid=False, point=words([*p.x, *p.y]),
        )  # fmt: skip
        flat = [p.x[1], p.x[0], p.y[1], p.y[0]]
        for i, part in enumerate(("x.c1", "x.c0", "y.c1", "y.c0")):
            for what, value, flag in (
                ("+ q", flat[i] + Q, "CoordinateOutOfRange"),
                ("+ 1", (flat[i] + 1) % Q, "NotOnCurve"),
                ("= 0", 0, "NotOnCurve"),
            ):
                changed = [*flat[:i], value, *flat[i + 1 :]]
                membership.add(f"{name}, {part} {what}", flag, valid=False, point=words(changed))
        torsion = mul(R, stranger)
        for what, q in (
            ("plus a point outside", add(p, stranger)), ("plus torsion", add(p, torsion)),
        ):  # fmt: skip
            membership.add(f"{name} {what}", "OutsideSubgroup", valid=False, point=hex2(q))
    for i in range(1, 9):
        q = mul(number(f"g2/outside/{i}", Q), stranger)
        membership.add(f"on the twist {i}", "OutsideSubgroup", valid=False, point=hex2(q))
    for i in range(4):
        for value, flags in ((Q, ("InfinityMisencoded", "CoordinateOutOfRange")), (1, ())):
            changed = [value if i == j else 0 for j in range(4)]
            membership.add(
                f"infinity with word {i} = {value}", *(flags or ("InfinityMisencoded",)),
                valid=False, point=words(changed),
            )  # fmt: skip

    sums = Group("G2Add")
    chosen = [("infinity", G2_INFINITY), *points[:5]]
    for i, (left, p) in enumerate(chosen):
        for right, q in chosen[i:]:
            flags = ["Infinity"] if G2_INFINITY in (p, q) else []
            if p == q or p == neg(q):
                flags.append("ExceptionalCase")
            total = add(p, q)
            fields = {"a": hex2(p), "b": hex2(q)}
            sums.add(f"{left} + {right}", *flags, valid=True, **fields, sum=hex2(total))
            wrong = neg(total) if total != G2_INFINITY else G2_GENERATOR
            sums.add(
                f"{left} + {right}, wrong", "WrongResult", valid=False, **fields, sum=hex2(wrong)
            )

    multiples = Group("G2Mul")
    for name, p in [("infinity", G2_INFINITY), *points[:4]]:
        for k in SCALARS:
            flags = ["Infinity"] if p == G2_INFINITY else []
            flags += ["ScalarNotReduced"] if k >= R else []
            multiples.add(
                f"{name} times {k}", *flags,
                valid=True, point=hex2(p), scalar=str(k), product=hex2(mul(k, p)),
            )  # fmt: skip
    return document(
        "BN254 G2", "points", "y^2 = x^3 + 3/(9 + u) over F_q2; encoded as in EIP-197, c1 first",
        NOTES_G2, [membership, sums, multiples],
    )  # fmt: skip
