"""Points of BabyJubJub, Poseidon hashes and EdDSA-Poseidon signatures, from the slow twins."""

from __future__ import annotations

from support.gadgets import plain_babyjub as c
from support.gadgets.plain_babyjub import BASE8, IDENTITY, ORDER, Point
from support.published.vector_files import Group, document, number

from zkcredit.bn254.fields import R

POINT_NOTES = {
    "LowOrder": "the order divides 8, or the point is the identity",
    "OutsideSubgroup": "a point of order 2·l, 4·l or 8·l: a point of prime order plus torsion",
    "NotOnCurve": "the coordinates do not satisfy the curve equation",
    "CoordinateOutOfRange": "a coordinate is r or more",
    "SignOfZero": "x = 0 with the bit that says x > (r-1)/2",
    "NoSuchPoint": "no point of the curve has this y",
    "WrongLength": "an encoding has 32 bytes",
    "WrongResult": "the operands are points and the result is another one",
    "ExceptionalCase": "equal or opposite operands or the identity",
    "ScalarNotReduced": "the scalar is l or more",
}
HASH_NOTES = {
    "Domain": "the first element of the state, before the inputs, is not 0",
    "EdgeValue": "inputs of 0 or r - 1",
    "WrongHash": "the hash of something else",
    "WrongDomain": "the hash under another first element",
    "InputOutOfRange": "an input is r or more; the hash is that of the reduced one",
    "WrongNumberOfInputs": "1 to 16 inputs are defined",
}
SIGNATURE_NOTES = {
    "WrongSignature": "the equation does not hold",
    "ScalarOutOfRange": "S is l or more: S + l verifies where it is not compared (malleability)",
    "MessageOutOfRange": "M + r hashes as M does where it is reduced",
    "CoordinateOutOfRange": "a coordinate is r or more",
    "NotOnCurve": "the key or R8 is no point of the curve",
    "LowOrderKey": "A has an order that divides 8: R8 = S·B8 signs every message",
    "KeyOutsideSubgroup": "A = A' + T: the cofactor hides T, so one signature has eight keys",
    "LowOrderNonce": "R8 is the identity or of low order",
    "NonceOutsideSubgroup": "R8 = R + T: only a cofactored verifier accepts",
    "EdgeValue": "a message or key at the edge of its range",
}


def _pair(p: Point) -> dict[str, str]:
    return {"x": str(p[0]), "y": str(p[1])}


def _chosen(count: int) -> list[tuple[str, Point]]:
    scalars = [number(f"babyjub/{i}", ORDER) for i in range(count)]
    found = [("B8", BASE8), ("-B8", c.neg(BASE8))]
    return found + [(f"point {i}", c.mul(k, BASE8)) for i, k in enumerate(scalars)]


def points() -> str:
    """`babyjubjub.json`."""
    points, torsion = _chosen(10), c.torsion()
    on_curve, keys = Group("CurvePoint"), Group("PrimeOrderPoint")
    for i, t in enumerate(torsion):
        on_curve.add(f"torsion {i}", "LowOrder", valid=True, **_pair(t))
        keys.add(f"torsion {i}", "LowOrder", valid=False, **_pair(t))
    for name, p in points:
        on_curve.add(name, valid=True, **_pair(p))
        keys.add(name, valid=True, **_pair(p))
        for i, t in enumerate(torsion[1:4], 1):
            q = c.add(p, t)
            on_curve.add(f"{name} + torsion {i}", "OutsideSubgroup", valid=True, **_pair(q))
            keys.add(f"{name} + torsion {i}", "OutsideSubgroup", valid=False, **_pair(q))
        for what, q, flag in (
            ("x + r", (p[0] + R, p[1]), "CoordinateOutOfRange"),
            ("y + r", (p[0], p[1] + R), "CoordinateOutOfRange"),
            ("x + 1", ((p[0] + 1) % R, p[1]), "NotOnCurve"),
            ("y + 1", (p[0], (p[1] + 1) % R), "NotOnCurve"),
            ("swapped", (p[1], p[0]), "NotOnCurve"),
        ):
            assert not c.on_curve(q)
            on_curve.add(f"{name}, {what}", flag, valid=False, **_pair(q))
            keys.add(f"{name}, {what}", flag, valid=False, **_pair(q))
    for x, y in ((0, 0), (1, 1), (R - 1, R - 1), (2**256 - 1, 2**256 - 1)):
        flag = "CoordinateOutOfRange" if x >= R else "NotOnCurve"
        on_curve.add(f"({x}, {y})", flag, valid=False, **_pair((x, y)))
        keys.add(f"({x}, {y})", flag, valid=False, **_pair((x, y)))
    return document(
        "BabyJubJub", "babyjubjub",
        "168700·x^2 + y^2 = 1 + 168696·x^2·y^2 over F_r (EIP-2494); encoded as circomlib does",
        POINT_NOTES,
        [on_curve, keys, _encodings(points, torsion), _sums(points, torsion), _multiples(points)],
    )  # fmt: skip


def _encodings(points: list[tuple[str, Point]], torsion: list[Point]) -> Group:
    group = Group("Encoding")
    for name, p in [*points, *((f"torsion {i}", t) for i, t in enumerate(torsion))]:
        good = c.encode(p)
        flags = ["LowOrder"] if p in torsion else []
        group.add(name, *flags, valid=True, encoding=good.hex(), **_pair(p))
        group.add(f"{name}, 31 bytes", "WrongLength", valid=False, encoding=good[:31].hex())
        group.add(f"{name}, 33 bytes", "WrongLength", valid=False, encoding=(good + b"\0").hex())
        if p[1] + R < 2**255:
            alias = (p[1] + R | (p[0] > R // 2) << 255).to_bytes(32, "little")
            group.add(f"{name}, y + r", "CoordinateOutOfRange", valid=False, encoding=alias.hex())
        if p[0] == 0:
            signed = (p[1] | 1 << 255).to_bytes(32, "little")
            group.add(f"{name}, signed", "SignOfZero", valid=False, encoding=signed.hex())
    absent = (y for y in range(2, 200) if c.decode(y.to_bytes(32, "little")) is None)
    for y, _ in zip(absent, range(12), strict=False):
        data = y.to_bytes(32, "little")
        group.add(f"y = {y}", "NoSuchPoint", valid=False, encoding=data.hex())
    for y in (R, R + 1, 2**255 - 1):
        data = y.to_bytes(32, "little")
        group.add(f"y = {y}", "CoordinateOutOfRange", valid=False, encoding=data.hex())
    return group


def _sums(points: list[tuple[str, Point]], torsion: list[Point]) -> Group:
    group = Group("Add")
    chosen = [*((f"torsion {i}", torsion[i]) for i in (0, 1, 2, 4)), *points[:5]]
    for i, (left, p) in enumerate(chosen):
        for right, q in chosen[i:]:
            flags = ["ExceptionalCase"] if IDENTITY in (p, q) or p in (q, c.neg(q)) else []
            total = c.add(p, q)
            fields = {"a": _pair(p), "b": _pair(q)}
            group.add(f"{left} + {right}", *flags, valid=True, **fields, sum=_pair(total))
            wrong = c.add(total, torsion[4])
            group.add(
                f"{left} + {right}, wrong", "WrongResult", valid=False, **fields, sum=_pair(wrong)
            )
    return group


def _multiples(points: list[tuple[str, Point]]) -> Group:
    group = Group("Mul")
    scalars = [0, 1, 2, 7, 8, ORDER - 1, ORDER, ORDER + 1, 8 * ORDER, R, 2**256 - 1]
    mixed = c.add(points[2][1], c.torsion()[1])
    for name, p in [*points[:5], ("point 0 + torsion 1", mixed)]:
        for k in [*scalars, number(f"babyjub/k/{name}", ORDER)]:
            flags = ["ScalarNotReduced"] if k >= ORDER else []
            flags += ["OutsideSubgroup"] if p == mixed else []
            group.add(
                f"{name} times {k}", *flags,
                valid=True, point=_pair(p), scalar=str(k), product=_pair(c.mul(k, p)),
            )  # fmt: skip
    return group


def hashes() -> str:
    """`poseidon_bn254.json`."""
    group = Group("Poseidon")

    def hashed(inputs: list[int], domain: int = 0) -> str:
        return str(c.poseidon(tuple(inputs), domain))

    def add(
        comment: str,
        *flags: str,
        inputs: list[int],
        digest: str,
        domain: int = 0,
        valid: bool = True,
    ) -> None:
        fields = {"inputs": [str(v) for v in inputs], "domain": str(domain), "hash": digest}
        group.add(comment, *flags, valid=valid, **fields)

    for n in range(1, 17):
        for i in range(5):
            inputs = [number(f"poseidon/{n}/{i}/{j}", R) for j in range(n)]
            add(f"{n} inputs", inputs=inputs, digest=hashed(inputs))
        domain = number(f"poseidon/domain/{n}", R)
        add("a domain", "Domain", inputs=inputs, digest=hashed(inputs, domain), domain=domain)
        for value in (0, R - 1):
            edge = [value] * n
            add(f"{n} times {value}", "EdgeValue", inputs=edge, digest=hashed(edge))
        add("the domain left out", "WrongDomain",
            inputs=inputs, digest=hashed(inputs), domain=domain, valid=False)  # fmt: skip
        wrong = str((int(hashed(inputs)) + 1) % R)
        add("hash + 1", "WrongHash", inputs=inputs, digest=wrong, valid=False)
        last = [*inputs[:-1], (inputs[-1] + 1) % R]
        add("another last input", "WrongHash", inputs=inputs, digest=hashed(last), valid=False)
        for k in (1, 2):
            alias = [inputs[0] + k * R, *inputs[1:]]
            add(f"first input + {k}·r", "InputOutOfRange",
                inputs=alias, digest=hashed(inputs), valid=False)  # fmt: skip
    for n in (0, 17):
        add(f"{n} inputs", "WrongNumberOfInputs", inputs=[1] * n, digest="0", valid=False)
    return document(
        "Poseidon", "poseidon",
        "circomlib's Poseidon over F_r: x^5, 8 full rounds, state (domain, inputs...), element 0",
        HASH_NOTES, [group],
    )  # fmt: skip


def signatures() -> str:
    """`eddsa_poseidon_babyjubjub.json`."""
    scalars = [1, 2, ORDER - 1, *(number(f"eddsa/key/{i}", ORDER) for i in range(7))]
    return document(
        "EdDSA-Poseidon", "eddsa_poseidon",
        "S·B8 = R8 + 8·Poseidon(R8.x, R8.y, A.x, A.y, M)·A over BabyJubJub",
        SIGNATURE_NOTES, [_of_key(i, a) for i, a in enumerate(scalars)] + _forgeries(),
    )  # fmt: skip


def _of_key(index: int, a: int) -> Group:
    key = c.mul(a, BASE8)
    group = Group("EddsaVerify", publicKey=_pair(key))

    def sign(message: int, label: str, t: Point = IDENTITY) -> tuple[Point, int]:
        k = number(f"eddsa/nonce/{index}/{label}", ORDER)
        r8 = c.add(c.mul(k, BASE8), t)
        return r8, (k + 8 * c.challenge(r8, key, message) * a) % ORDER

    def add(comment: str, *flags: str, m: int, r8: Point, s: int, valid: bool = False) -> None:
        group.add(comment, *flags, valid=valid, message=str(m), R8=_pair(r8), S=str(s))

    messages = [number(f"eddsa/message/{index}/{i}", R) for i in range(7)]
    for m in (0, 1, R - 1, *messages):
        r8, s = sign(m, str(m))
        edge = ["EdgeValue"] if m in (0, 1, R - 1) or a in (1, 2, ORDER - 1) else []
        add("signed", *edge, m=m, r8=r8, s=s, valid=True)
    for comment, m2, r2, s2 in (
        ("message + 1", (m + 1) % R, r8, s),
        ("S + 1", m, r8, (s + 1) % ORDER),
        ("S = 0", m, r8, 0),
        ("-S", m, r8, -s % ORDER),
        ("-R8", m, c.neg(r8), s),
        ("R8 of another message", m, sign(0, "0")[0], s),
        ("S of another message", m, r8, sign(0, "0")[1]),
    ):
        add(comment, "WrongSignature", m=m2, r8=r2, s=s2)
    for k in (1, 2, 7):
        add(f"S + {k}·l", "ScalarOutOfRange", m=m, r8=r8, s=s + k * ORDER)
    for k in (1, 2):
        add(f"message + {k}·r", "MessageOutOfRange", m=m + k * R, r8=r8, s=s)
    add("R8.x + r", "CoordinateOutOfRange", m=m, r8=(r8[0] + R, r8[1]), s=s)
    add("R8.y + r", "CoordinateOutOfRange", m=m, r8=(r8[0], r8[1] + R), s=s)
    add("R8 off the curve", "NotOnCurve", m=m, r8=(r8[0], (r8[1] + 1) % R), s=s)
    for i, t in enumerate(c.torsion()):
        s = 8 * c.challenge(t, key, m) * a % ORDER
        add(f"R8 = torsion {i}", "LowOrderNonce", m=m, r8=t, s=s)
    for i in (1, 2, 4, 7):
        r8, s = sign(m, f"torsion {i}", c.torsion()[i])
        add(f"R8 + torsion {i}", "NonceOutsideSubgroup", m=m, r8=r8, s=s)
    return group


def _forgeries() -> list[Group]:
    """Groups whose key should not be one."""
    groups = []
    message, a = number("eddsa/forged", R), number("eddsa/forged/key", ORDER)
    honest = c.mul(a, BASE8)
    for i, t in enumerate(c.torsion()):
        group = Group("EddsaVerify", publicKey=_pair(t))
        for j in range(4):
            s = number(f"eddsa/forged/{i}/{j}", ORDER)
            group.add(
                f"A = torsion {i}, R8 = S·B8", "LowOrderKey", valid=False,
                message=str(message + j), R8=_pair(c.mul(s, BASE8)), S=str(s),
            )  # fmt: skip
        groups.append(group)
    bad: list[tuple[str, Point, str]] = [
        (f"A + torsion {i}", c.add(honest, t), "KeyOutsideSubgroup")
        for i, t in enumerate(c.torsion()) if i
    ]  # fmt: skip
    bad += [
        ("A.x + r", (honest[0] + R, honest[1]), "CoordinateOutOfRange"),
        ("A.y + r", (honest[0], honest[1] + R), "CoordinateOutOfRange"),
        ("A off the curve", (honest[0], (honest[1] + 1) % R), "NotOnCurve"),
    ]
    for name, key, flag in bad:
        group = Group("EddsaVerify", publicKey=_pair(key))
        for j in range(3):
            k = number(f"eddsa/forged/{name}/{j}", ORDER)
            r8 = c.mul(k, BASE8)
            s = (k + 8 * c.challenge(r8, key, message + j) * a) % ORDER
            group.add(name, flag, valid=False, message=str(message + j), R8=_pair(r8), S=str(s))
        groups.append(group)
    return groups
