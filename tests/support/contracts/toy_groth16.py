"""A Groth16 setup whose secrets are public, and the proofs that anybody can then simulate.

With the secrets known, a proof can be made for any public inputs (Groth, EUROCRYPT 2016,
section 3.2): pick a and b, solve ``a b = alpha beta + gamma ic(x) + delta c`` for c. So tests of
the contracts make genuine proofs, which pass the real pairing, for whatever inputs they need.
``contracts/test/support/ToyProver.sol`` does the same in Solidity and takes only the points of G2
from here, since the EVM has no precompile for them:
``python -m support.contracts.toy_groth16``, in ``tests/``, writes
``contracts/test/fixtures/toy_setup.json``.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak
from py_ecc.bn128 import FQ2, b2, curve_order, field_modulus, is_on_curve, multiply
from py_ecc.optimized_bn128 import G1, G2, normalize
from py_ecc.optimized_bn128 import multiply as projective_multiply

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXTURE = Path(__file__).parents[3] / "contracts" / "test" / "fixtures" / "toy_setup.json"


def secret(name: str) -> int:
    """A public "secret" scalar."""
    return int.from_bytes(hashlib.sha256(f"zkcredit/toy/{name}".encode()).digest()) % curve_order


def ic(j: int) -> int:
    """Discrete logarithm of IC_j: ``keccak256(abi.encode("ic", j)) % r``."""
    text = (64).to_bytes(32) + j.to_bytes(32) + (2).to_bytes(32) + b"ic".ljust(32, b"\0")
    return int.from_bytes(keccak(text)) % curve_order


def words(*values: int) -> str:
    """Encode words as hex."""
    return "0x" + "".join(f"{value:064x}" for value in values)


def g1_words(scalar: int) -> list[int]:
    """Coordinates of ``scalar * (1, 2)``."""
    x, y = normalize(projective_multiply(G1, scalar))
    return [int(x), int(y)]


@cache
def g2_multiple(scalar: int) -> Any:
    """``scalar`` times the generator of G2."""
    return normalize(projective_multiply(G2, scalar))


def g2_words(point: Any) -> list[int]:
    """Coordinates of a point of the twist as the precompile reads it: imaginary parts first."""
    x, y = ([int(c) for c in coordinate.coeffs] for coordinate in point)
    return [x[1], x[0], y[1], y[0]]


def toy_key(inputs: int) -> bytes:
    """The verification key for a number of public inputs, in the contract's encoding."""
    key = g1_words(secret("alpha"))
    for name in ("beta", "gamma", "delta"):
        key += g2_words(g2_multiple(secret(name)))
    for j in range(inputs + 1):
        key += g1_words(ic(j))
    return b"".join(word.to_bytes(32) for word in key)


def toy_proof(inputs: Sequence[int]) -> list[int]:
    """Eight words that prove the toy statement for these inputs."""
    r = curve_order
    a, b = secret(f"a/{list(inputs)}"), secret("b0")
    x = sum(ic(j + 1) * value for j, value in enumerate(inputs)) + ic(0)
    c = (a * b - secret("alpha") * secret("beta") - secret("gamma") * x) * pow(
        secret("delta"), -1, r
    )
    return g1_words(a) + g2_words(g2_multiple(b)) + g1_words(c % r)


def off_subgroup() -> Any:
    """A point of the twist that is outside the subgroup: the first x = k + u that has a y."""
    q = field_modulus
    for k in range(1, 1000):
        x = FQ2([k, 1])
        square = x * x * x + b2
        # square roots in Fq2, q = 3 mod 4 (Adj, Rodriguez-Henriquez, 2012, algorithm 9)
        a1 = square ** ((q - 3) // 4)
        alpha = a1 * a1 * square
        x0 = a1 * square
        if alpha == FQ2([q - 1, 0]):
            y = FQ2([0, 1]) * x0
        else:
            y = (FQ2([1, 0]) + alpha) ** ((q - 1) // 2) * x0
        point = (x, y)
        if y * y == square and multiply(point, curve_order) is not None:
            assert is_on_curve(point, b2)
            return point
    raise AssertionError("no point found")


def fixture() -> str:
    """The fixture's text."""
    content: dict[str, str] = {}
    for name in ("alpha", "beta", "gamma", "delta", "b0", "b1"):
        content[name] = words(secret(name))
    for name in ("beta", "gamma", "delta", "b0", "b1"):
        content[f"{name}G2"] = words(*g2_words(g2_multiple(secret(name))))
    content["generatorG2"] = words(*g2_words(normalize(G2)))
    content["offSubgroupG2"] = words(*g2_words(off_subgroup()))
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(fixture(), encoding="utf-8")
