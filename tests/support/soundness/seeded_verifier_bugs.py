"""Mistakes in code that checks points, hashes, signatures and proofs: the published vectors'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.gadgets import plain_babyjub as plain
from support.published.vector_files import files
from support.published.vector_verdicts import NATIVE, cases, g1, g2, load

from zkcredit.bn254 import curve
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1Point
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Test = dict[str, Any]


@dataclass(frozen=True)
class VerifierBug:
    """One mistake.

    Attributes:
        name: a test id.
        mistake: what is wrong, in a line.
        kind: the type of the vectors that the code decides.
        broken: its verdict.
    """

    name: str
    mistake: str
    kind: str
    broken: Callable[[Test], bool]


def caught_by(bug: VerifierBug) -> list[str]:
    """`published vectors`, if one of them tells; the shipped code agrees with all of them."""
    found = (t for t in _of_kind(bug.kind) if bug.broken(t) != (t["result"] == "valid"))
    return ["published vectors"] if next(found, None) else []


def agrees_where_it_should(bug: VerifierBug) -> bool:
    """Whether the broken code is only a little broken: it accepts the valid ones, all of them."""
    return all(bug.broken(t) for t in _of_kind(bug.kind) if t["result"] == "valid")


def _of_kind(kind: str) -> Iterator[Test]:
    for name in files():
        for found, test in cases(load(name)):
            if found == kind:
                yield test


def _signature(
    test: Test,
    *,
    bounded: bool = True,
    strict_key: bool = True,
    strict_nonce: bool = True,
    reduce_message: bool = False,
    reduce_points: bool = False,
    cofactor: int = 1,
) -> bool:
    """`eddsa.verify` with switches."""
    message, s = int(test["message"]), int(test["S"])
    key, r8 = (Point(int(test[k]["x"]), int(test[k]["y"])) for k in ("publicKey", "R8"))
    if reduce_message:
        message %= R
    if reduce_points:
        key, r8 = (Point(p.x % R, p.y % R) for p in (key, r8))
    if not message < R or (bounded and s >= SUBGROUP_ORDER):
        return False
    for point, strict in ((key, strict_key), (r8, strict_nonce)):
        if not babyjub.is_on_curve(point):
            return False
        if strict and (point == IDENTITY or not babyjub.in_subgroup(point)):
            return False
    h = plain.challenge(r8, key, message)
    right = babyjub.add(r8, babyjub.mul(8 * h, key))
    return babyjub.mul(cofactor * s, BASE8) == babyjub.mul(cofactor, right)


def _decodes(test: Test, *, reduce_y: bool = False, sign_of_zero: bool = False) -> bool:
    data = bytes.fromhex(test["encoding"])
    if len(data) != 32:
        return False
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if reduce_y:
        y %= R
    point = plain.decode((y | sign << 255).to_bytes(32, "little"))
    if point is None and sign_of_zero:
        point = plain.decode(y.to_bytes(32, "little"))
        point = point if point and not point[0] else None
    return point is not None and (
        "x" not in test or point == (int(test["x"]), int(test["y"]))
    )  # fmt: skip


def _hash_of_reduced(test: Test) -> bool:
    inputs = tuple(int(v) % R for v in test["inputs"])
    return plain.poseidon(inputs, int(test["domain"])) == int(test["hash"])


def _g1_reduced(test: Test) -> bool:
    x, y = g1(test["point"])
    return curve.is_on_curve(G1Point(x % Q, y % Q))


def _proof_with_reduced_inputs(test: Test) -> bool:
    reduced = [str(int(x) % R) for x in test["publicInputs"]]
    return NATIVE["Groth16Verify"](test | {"publicInputs": reduced})


def _proof_with_reduced_points(test: Test) -> bool:
    text = test["proof"]
    numbers = [int(text[i : i + 64], 16) % Q for i in range(0, len(text), 64)]
    return NATIVE["Groth16Verify"](test | {"proof": "".join(f"{n:064x}" for n in numbers)})


def _proof_with_spare_inputs(test: Test) -> bool:
    wanted = len(test["verificationKey"]["IC"]) - 1
    return NATIVE["Groth16Verify"](test | {"publicInputs": test["publicInputs"][:wanted]})


VERIFIER_BUGS = [
    VerifierBug(
        "scalar-not-bounded",
        "S is not compared with l, so every signature has aliases",
        "EddsaVerify",
        lambda t: _signature(t, bounded=False),
    ),
    VerifierBug(
        "key-of-any-order",
        "a key need only be on the curve: A = identity verifies anything",
        "EddsaVerify",
        lambda t: _signature(t, strict_key=False),
    ),
    VerifierBug(
        "nonce-of-any-order",
        "R8 need only be on the curve",
        "EddsaVerify",
        lambda t: _signature(t, strict_nonce=False),
    ),
    VerifierBug(
        "message-reduced",
        "a message of r or more is reduced: M + r is an alias",
        "EddsaVerify",
        lambda t: _signature(t, reduce_message=True),
    ),
    VerifierBug(
        "signature-points-reduced",
        "coordinates of r or more are reduced",
        "EddsaVerify",
        lambda t: _signature(t, reduce_points=True),
    ),
    VerifierBug(
        "equation-times-cofactor",
        "both sides are multiplied by 8, and R8 is only on the curve",
        "EddsaVerify",
        lambda t: _signature(t, strict_nonce=False, cofactor=8),
    ),
    VerifierBug(
        "encoding-reduced",
        "y is reduced: a point has a second encoding",
        "Encoding",
        lambda t: _decodes(t, reduce_y=True),
    ),
    VerifierBug(
        "sign-of-zero",
        "the sign bit of x = 0 is ignored",
        "Encoding",
        lambda t: _decodes(t, sign_of_zero=True),
    ),
    VerifierBug(
        "hash-of-reduced-inputs",
        "inputs of r or more are reduced before they are hashed",
        "Poseidon",
        _hash_of_reduced,
    ),
    VerifierBug(
        "coordinates-reduced",
        "coordinates of q or more are reduced (45 of 297 damaged proofs passed)",
        "G1Point",
        _g1_reduced,
    ),
    VerifierBug(
        "subgroup-not-checked",
        "a point of the twist need only be on its curve (py_ecc's pairing)",
        "G2Point",
        lambda t: curve.is_on_curve(g2(t["point"])),
    ),
    VerifierBug(
        "public-input-reduced",
        "a public input of r or more is reduced (Semaphore's double spend)",
        "Groth16Verify",
        _proof_with_reduced_inputs,
    ),
    VerifierBug(
        "proof-points-reduced",
        "coordinates of a proof are reduced",
        "Groth16Verify",
        _proof_with_reduced_points,
    ),
    VerifierBug(
        "spare-public-inputs",
        "public inputs beyond those of the key are ignored",
        "Groth16Verify",
        _proof_with_spare_inputs,
    ),
]
"""Each accepts all that is valid."""
