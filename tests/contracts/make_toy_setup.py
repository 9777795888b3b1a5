"""Write ``contracts/test/fixtures/toy_setup.json``: a Groth16 setup whose secrets are public.

With the secrets known, a proof can be simulated for any public inputs (Groth, EUROCRYPT 2016,
section 3.2): pick a and b, solve ``a b = alpha beta + gamma ic(x) + delta c`` for c. So the
Solidity tests make genuine proofs, which pass the real pairing, for whatever inputs a test needs.
Only the points of G2 have to be computed here, since the EVM has no precompile for them.

Usage: ``python tests/contracts/make_toy_setup.py``
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from py_ecc.bn128 import FQ2, G2, b2, curve_order, field_modulus, is_on_curve, multiply

FIXTURE = Path(__file__).parents[2] / "contracts" / "test" / "fixtures" / "toy_setup.json"


def secret(name: str) -> int:
    """A public "secret" scalar."""
    return int.from_bytes(hashlib.sha256(f"zkcredit/toy/{name}".encode()).digest()) % curve_order


def words(*values: int) -> str:
    return "0x" + "".join(f"{value:064x}" for value in values)


def g2_words(point: Any) -> str:
    """Encode a point of the twist as the precompile reads it: imaginary parts first."""
    x, y = ([int(c) for c in coordinate.coeffs] for coordinate in point)
    return words(x[1], x[0], y[1], y[0])


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
    content: dict[str, object] = {}
    for name in ("alpha", "beta", "gamma", "delta", "b0", "b1"):
        content[name] = words(secret(name))
    for name in ("beta", "gamma", "delta", "b0", "b1"):
        content[f"{name}G2"] = g2_words(multiply(G2, secret(name)))
    content["generatorG2"] = g2_words(G2)
    content["offSubgroupG2"] = g2_words(off_subgroup())
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(fixture(), encoding="utf-8")
