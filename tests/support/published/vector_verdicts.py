"""What each implementation says about a published test: one function a kind, for each of two.

``python -m support.published.vector_verdicts``, in ``tests/``, runs all of them, which takes
minutes: a pairing of py_ecc takes half a second.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from support.gadgets import plain_babyjub as plain
from support.published.vector_files import FOLDER
from support.published.vectors_bn254 import hex1, hex2
from support.published.vectors_groth16_keys import is_sound

from zkcredit import _kernel as kernel
from zkcredit.bn254 import curve
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import ZkCreditError
from zkcredit.gadgets import babyjub, eddsa
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.groth16 import VerifyingKey, reference, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Test = dict[str, Any]
    Verdict = Callable[[Test], bool]


def load(name: str) -> dict[str, Any]:
    """A committed file."""
    document: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return document


def cases(document: dict[str, Any]) -> Iterator[tuple[str, Test]]:
    """(kind, test with the fields that its group shares)."""
    for group in document["testGroups"]:
        shared = {k: v for k, v in group.items() if k not in ("type", "tests")}
        for test in group["tests"]:
            yield group["type"], shared | test


def disagreements(document: dict[str, Any], verdicts: dict[str, Verdict]) -> list[int]:
    """The tests for which a verdict is not the published result."""
    return [
        test["tcId"]
        for kind, test in cases(document)
        if verdicts[kind](test) != (test["result"] == "valid")
    ]


def _accepts(work: Callable[[], object]) -> bool:
    """Whether it returns; nothing but our own errors may be raised."""
    try:
        work()
    except ZkCreditError:
        return False
    return True


def _words(text: str) -> list[int]:
    return [int(text[i : i + 64], 16) for i in range(0, len(text), 64)]


def g1(text: str) -> G1Point:
    """Without a check."""
    return G1Point(*_words(text))


def g2(text: str) -> G2Point:
    """Without a check."""
    x1, x0, y1, y0 = _words(text)
    return G2Point((x0, x1), (y0, y1))


def _row(point: G1Point | G2Point) -> Any:
    flat = point if isinstance(point, G1Point) else (*point.x, *point.y)
    data = b"".join(c.to_bytes(32, "little") for c in flat)
    return np.frombuffer(data, np.uint64).reshape(1, -1)


def _native_sum(a: G1Point | G2Point, b: G1Point | G2Point, total: G1Point | G2Point) -> bool:
    add = kernel.g1_add if isinstance(a, G1Point) else kernel.g2_add
    return np.array_equal(add(_row(a), _row(b)), _row(total))


def _native_product(p: G1Point | G2Point, k: int, product: G1Point | G2Point) -> bool:
    mul = kernel.g1_mul if isinstance(p, G1Point) else kernel.g2_mul
    return np.array_equal(mul(_row(p), to_limbs([k % R])), _row(product))


def _pair(p: dict[str, str]) -> babyjub.Point:
    return babyjub.Point(int(p["x"]), int(p["y"]))


def _ints(values: list[str]) -> list[int]:
    return [int(v) for v in values]


def _decodes(test: Test) -> bool:
    found: list[object] = []
    accepted = _accepts(lambda: found.append(babyjub.decode(bytes.fromhex(test["encoding"]))))
    return accepted and found == [_pair(test)]


def _hashes(test: Test) -> bool:
    found: list[int] = []
    inputs, domain = _ints(test["inputs"]), int(test["domain"])
    return _accepts(lambda: found.append(poseidon(inputs, domain))) and found == [int(test["hash"])]


def _signature(test: Test) -> tuple[babyjub.Point, int, babyjub.Point, int]:
    return _pair(test["publicKey"]), int(test["message"]), _pair(test["R8"]), int(test["S"])


def _signed(test: Test) -> bool:
    key, message, r8, s = _signature(test)
    return _accepts(lambda: eddsa.verify(key, message, eddsa.Signature(r8, s)))


@cache
def _key(text: str) -> VerifyingKey:
    return VerifyingKey.from_json(text)


def _claim(test: Test) -> Any:
    from support.groth16.groth16_toy import proof_of

    key = _key(json.dumps(test["verificationKey"]))
    return key, _ints(test["publicInputs"]), proof_of(_words(test["proof"]))


NATIVE: dict[str, Verdict] = {
    "G1Point": lambda t: kernel.g1_first_invalid(_row(g1(t["point"]))) == -1,
    "G2Point": lambda t: kernel.g2_first_invalid(_row(g2(t["point"]))) == -1,
    "G1Add": lambda t: _native_sum(*(g1(t[k]) for k in ("a", "b", "sum"))),
    "G2Add": lambda t: _native_sum(*(g2(t[k]) for k in ("a", "b", "sum"))),
    "G1Mul": lambda t: _native_product(g1(t["point"]), int(t["scalar"]), g1(t["product"])),
    "G2Mul": lambda t: _native_product(g2(t["point"]), int(t["scalar"]), g2(t["product"])),
    "CurvePoint": lambda t: babyjub.is_on_curve(_pair(t)),
    "PrimeOrderPoint": lambda t: _accepts(lambda: eddsa.require_public_key(_pair(t))),
    "Encoding": _decodes,
    "Add": lambda t: babyjub.add(_pair(t["a"]), _pair(t["b"])) == _pair(t["sum"]),
    "Mul": lambda t: babyjub.mul(int(t["scalar"]), _pair(t["point"])) == _pair(t["product"]),
    "Poseidon": _hashes,
    "EddsaVerify": _signed,
    "Groth16Key": lambda t: _accepts(lambda: _key(json.dumps(t["verificationKey"]))),
    "Groth16Verify": lambda t: _accepts(lambda: verify(*_claim(t))),
}
"""The library and its kernel."""


def _slow_claim(test: Test) -> bool:
    return _accepts(lambda: reference.verify(*_claim(test)))


REFERENCE: dict[str, Verdict] = {
    "G1Point": lambda t: curve.is_on_curve(g1(t["point"])),
    "G2Point": lambda t: curve.in_subgroup(g2(t["point"])),
    "G1Add": lambda t: hex1(curve.add(g1(t["a"]), g1(t["b"]))) == t["sum"],
    "G2Add": lambda t: hex2(curve.add(g2(t["a"]), g2(t["b"]))) == t["sum"],
    "G1Mul": lambda t: hex1(curve.mul(int(t["scalar"]), g1(t["point"]))) == t["product"],
    "G2Mul": lambda t: hex2(curve.mul(int(t["scalar"]), g2(t["point"]))) == t["product"],
    "CurvePoint": lambda t: plain.on_curve(_pair(t)),
    "PrimeOrderPoint": lambda t: plain.has_prime_order(_pair(t)),
    "Encoding": lambda t: (
        (p := plain.decode(bytes.fromhex(t["encoding"]))) is not None and p == _pair(t)
    ),
    "Add": lambda t: plain.add(_pair(t["a"]), _pair(t["b"])) == _pair(t["sum"]),
    "Mul": lambda t: plain.mul(int(t["scalar"]), _pair(t["point"])) == _pair(t["product"]),
    "Poseidon": lambda t: (
        plain.poseidon(tuple(_ints(t["inputs"])), int(t["domain"])) == int(t["hash"])
    ),
    "EddsaVerify": lambda t: plain.verifies(*_signature(t)),
    "Groth16Key": is_sound,
    "Groth16Verify": _slow_claim,
}
"""py_ecc with our checks, and the slow twins."""


def main() -> None:
    """Run everything against both, and print how many tests of each kind agreed."""
    from support.published.vector_files import files

    warnings.simplefilter("ignore")
    for name in files():
        document = load(name)
        counts = Counter(kind for kind, _ in cases(document))
        wrong = [len(disagreements(document, verdicts)) for verdicts in (NATIVE, REFERENCE)]
        said = f"disagreements: {wrong[0]} library, {wrong[1]} reference"
        sys.stdout.write(f"{name}: {dict(counts)}; {said}\n")


if __name__ == "__main__":
    main()
