"""Verification keys whose trapdoors are known, sound ones and ones that nobody may use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.groth16.groth16_toy import outside_subgroup
from support.published.vector_files import Group, document
from support.published.vectors_bn254 import hex1, hex2
from support.published.vectors_groth16 import Trapdoor

from zkcredit.bn254.curve import neg
from zkcredit.bn254.fields import Q
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    G1Point,
    G2Point,
)

if TYPE_CHECKING:
    Points = dict[str, Any]  # "alpha1", "beta2", "gamma2", "delta2" and the list "ic"

NOTES = {
    "CoordinateOutOfRange": "a coordinate is q or more",
    "NotOnCurve": "a point is not on its curve",
    "OutsideSubgroup": "a point of G2 is on the twist and not in the subgroup",
    "Infinity": "a point is infinity",
    "RelatedPoints": "two of beta, gamma, delta are equal or opposite: anybody forges proofs",
    "GeneratorPoint": "alpha, beta or delta is plus or minus the generator: a secret is 1",
    "EqualInputPoints": "two points of IC are equal or opposite: other inputs have the same proof",
}
TWOS = ("beta2", "gamma2", "delta2")


def keys() -> str:
    """`groth16_bn254_keys.json`."""
    return document(
        "Groth16", "groth16_key",
        "Groth16 keys over BN254 as snarkjs and as the contract encode them; known trapdoors",
        NOTES, [_group()],
    )  # fmt: skip


def points_of(n_public: int) -> Points:
    """A sound key."""
    key = Trapdoor(n_public).key
    return {
        "alpha1": key.alpha1, "beta2": key.beta2, "gamma2": key.gamma2, "delta2": key.delta2,
        "ic": list(key.ic),
    }  # fmt: skip


def encoded(key: Points) -> str:
    """alpha, beta, gamma, delta, IC: what the contract keeps."""
    first = hex1(key["alpha1"]) + "".join(hex2(key[name]) for name in TWOS)
    return first + "".join(map(hex1, key["ic"]))


def exported(key: Points) -> dict[str, Any]:
    """What snarkjs would write, without the pairing that it puts beside."""
    found: dict[str, Any] = {"protocol": "groth16", "curve": "bn128"}
    found["nPublic"] = len(key["ic"]) - 1
    found["vk_alpha_1"] = _g1(key["alpha1"])
    for name in TWOS:
        x, y = key[name]
        infinite = key[name] == G2_INFINITY
        one = ("0", "0") if infinite else ("1", "0")
        pair = (("0", "0"), ("1", "0")) if infinite else (x, y)
        found[f"vk_{name[:-1]}_2"] = [*([str(c) for c in part] for part in pair), [*one]]
    found["IC"] = [_g1(point) for point in key["ic"]]
    return found


def _g1(point: G1Point) -> list[str]:
    return ["0", "1", "0"] if point == G1_INFINITY else [str(point.x), str(point.y), "1"]


def _off(point: Any, change: str) -> Any:
    """The point with a wrong first coordinate."""
    step = {"+ q": Q, "+ 1": 1}[change]
    if isinstance(point, G1Point):
        return G1Point(point.x + step, point.y)
    return G2Point((point.x[0] + step, point.x[1]), point.y)


def _group() -> Group:
    group = Group("Groth16Key")

    def put(comment: str, *flags: str, key: Points, valid: bool = False) -> None:
        fields = {"verificationKey": exported(key), "encoded": encoded(key)}
        group.add(comment, *flags, valid=valid, **fields)

    for n in (1, 2, 5):
        put(f"{n} inputs", key=points_of(n), valid=True)
    good = points_of(3)
    put("gamma is the generator", key=good | {"gamma2": G2_GENERATOR}, valid=True)
    put("gamma is minus the generator", key=good | {"gamma2": neg(G2_GENERATOR)}, valid=True)
    for name, generator in (("alpha1", G1_GENERATOR), *((n, G2_GENERATOR) for n in TWOS)):
        if name != "gamma2":
            for what, point in (("the", generator), ("minus the", neg(generator))):
                put(f"{name} is {what} generator", "GeneratorPoint", key=good | {name: point})
    for first, second in (("beta2", "gamma2"), ("beta2", "delta2"), ("gamma2", "delta2")):
        for what, point in (("", good[second]), ("minus ", neg(good[second]))):
            put(f"{first} is {what}{second}", "RelatedPoints", key=good | {first: point})
    for i in range(4):
        for j in range(i + 1, 4):
            for what, point in (("", good["ic"][i]), ("minus ", neg(good["ic"][i]))):
                ic = [*good["ic"][:j], point, *good["ic"][j + 1 :]]
                put(f"ic[{j}] is {what}ic[{i}]", "EqualInputPoints", key=good | {"ic": ic})
    damages = (("+ q", "CoordinateOutOfRange"), ("+ 1", "NotOnCurve"), ("", "Infinity"))
    for name in ("alpha1", *TWOS, 0, 1, 3):
        for what, flag in damages:
            key = dict(good, ic=list(good["ic"]))
            holder: Any = key["ic"] if isinstance(name, int) else key
            point = holder[name]
            infinity = G1_INFINITY if isinstance(point, G1Point) else G2_INFINITY
            holder[name] = _off(point, what) if what else infinity
            label = f"ic[{name}]" if isinstance(name, int) else name
            put(f"{label} {what or 'is infinity'}", flag, key=key)
    for name in TWOS:
        put(f"{name} off the subgroup", "OutsideSubgroup", key=good | {name: outside_subgroup()})
    return group


def is_sound(test: dict[str, Any]) -> bool:
    """What a slow reader says, from the contract's encoding, and whether the other one agrees."""
    from zkcredit.bn254.curve import in_subgroup, is_canonical, is_on_curve

    text = test["encoded"]
    words = [int(text[i : i + 64], 16) for i in range(0, len(text), 64)]
    alpha = G1Point(*words[:2])
    two = [G2Point((w[1], w[0]), (w[3], w[2])) for w in (words[2:6], words[6:10], words[10:14])]
    ic = [G1Point(*words[i : i + 2]) for i in range(14, len(words), 2)]
    every: list[Any] = [alpha, *two, *ic]
    if not all(map(is_canonical, every)) or not all(map(is_on_curve, every)):
        return False
    if G1_INFINITY in every or G2_INFINITY in every or not all(map(in_subgroup, two)):
        return False
    beta, gamma, delta = two
    pairs: list[tuple[Any, Any]] = [
        (beta, gamma), (beta, delta), (gamma, delta),
        (alpha, G1_GENERATOR), (beta, G2_GENERATOR), (delta, G2_GENERATOR),
        *((p, q) for i, p in enumerate(ic) for q in ic[i + 1 :]),
    ]  # fmt: skip
    points = {"alpha1": alpha, "beta2": beta, "gamma2": gamma, "delta2": delta, "ic": ic}
    assert json.loads(json.dumps(exported(points))) == test["verificationKey"]
    return not any(p in (q, neg(q)) for p, q in pairs)
