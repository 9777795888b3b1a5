"""Edge values, toy constraint systems and keys for the tests of the native kernel."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zkcredit import _kernel as k
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.limbs import to_limbs

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
try:
    import tools
finally:
    sys.path.pop(0)

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = list[list[tuple[int, int]]]  # per constraint: (wire, coefficient)


MODULE_PATH = os.pathsep.join(
    [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
)
"""PYTHONPATH for processes that import this module and what the environment already names."""


def units_here() -> tuple[str, ...]:
    """The instruction-set units that this processor has, the one in use first."""
    every = tools.units_here()
    return every[every.index(k.kernel_name()) :]


def edges(p: int) -> list[int]:
    """Values at which carries, the lazy representation or the inversion could go wrong."""
    rr = 2**256
    plain = [0, 1, 2, 3, p - 1, p - 2, p >> 1, (p >> 1) + 1, rr % p, rr * rr % p, rr**3 % p]
    plain += [2**n + d for n in (32, 62, 64, 124, 128, 186, 192, 252, 253) for d in (-1, 0, 1)]
    plain += [
        sum((2**64 - 1) << 64 * i for i in range(4) if mask >> i & 1) % p for mask in range(16)
    ]
    # The same patterns as Montgomery forms, which is what the limbs inside hold.
    inside = [v * pow(rr, -1, p) % p for v in plain]
    return sorted({v % p for v in plain + inside})


def limb_edges(p: int) -> list[int]:
    """Integers below 5p: limbs of 52 bits at 0, 1 and their maximum, and around multiples of p."""
    low = (0, 1, (1 << 52) - 1)
    high = (0, 1, (5 * p >> 208) - 1)
    values = [
        sum(limb << 52 * i for i, limb in enumerate(limbs))
        for limbs in product(low, low, low, low, high)
    ]
    values += [m * p + d for m in range(5) for d in (-2, -1, 0, 1, 2) if m * p + d >= 0]
    values += [5 * p - 1, 2**260 % p, 2**260 * 2**260 % p, p >> 1]
    # Products that come out at a limb's edge: the carries of the last step ripple.
    values += [(1 << n) * 2**260 % p for n in range(0, 254, 13)]
    values += [((1 << n) - 1) * 2**260 % p for n in range(0, 254, 13)]
    return sorted(set(values))


def numbers(p: int, count: int, seed: int) -> list[int]:
    """Uniform field elements."""
    rng = random.Random(seed)
    return [rng.randrange(p) for _ in range(count)]


def g1(scalars: Sequence[int]) -> Any:
    """Multiples of the generator of G1 as rows."""
    return k.g1_mul_generator(to_limbs([s % R for s in scalars]))


def g2(scalars: Sequence[int]) -> Any:
    """Multiples of the generator of G2 as rows."""
    return k.g2_mul_generator(to_limbs([s % R for s in scalars]))


def matrix(rows: Rows) -> tuple[Any, Any, Any]:
    """Compressed rows as the kernel takes them."""
    indptr = np.cumsum([0] + [len(row) for row in rows]).astype(np.uint32)
    wires = np.array([wire for row in rows for wire, _ in row], dtype=np.uint32)
    return indptr, wires, to_limbs([value % R for row in rows for _, value in row])


@dataclass(frozen=True)
class Toy:
    """A satisfied constraint system."""

    witness: list[int]
    n_public: int
    a: Rows
    b: Rows
    c: Rows

    @property
    def public(self) -> list[int]:
        return self.witness[1 : self.n_public + 1]

    def r1cs(self) -> k.R1cs:
        parts = (matrix(self.a), matrix(self.b), matrix(self.c))
        return k.R1cs(len(self.witness), self.n_public, *parts)

    def coeffs(self) -> tuple[Any, Any, Any, Any]:
        """Section 4 of a .zkey: entries of A and B and the extra rows of A."""
        extra = [[(wire, 1)] for wire in range(self.n_public + 1)]
        entries = [
            (which, row, wire, value % R)
            for which, rows in enumerate((self.a + extra, self.b))
            for row, entry in enumerate(rows)
            for wire, value in entry
        ]
        first = [np.array([e[i] for e in entries], dtype=np.uint32) for i in range(3)]
        return first[0], first[1], first[2], to_limbs([e[3] for e in entries])


def chain(constraints: int, n_public: int, seed: int = 1) -> Toy:
    """Each new wire is a product of two combinations of earlier wires; every tenth row is a bit."""
    rng = random.Random(seed)
    w = [1] + [rng.randrange(R) for _ in range(n_public + 2)]
    toy = Toy(w, n_public, [], [], [])
    while len(toy.a) < constraints:
        new = len(w)
        if len(toy.a) % 10 == 9:
            w.append(rng.randrange(2))
            rows: tuple[list[tuple[int, int]], ...] = ([(new, 1)], [(new, 1), (0, -1)], [])
        else:
            a = [(new - 1, 1), (rng.randrange(new), rng.randrange(R)), (0, 5)]
            b = [(new - 2, -1), (rng.randrange(new), rng.randrange(R))]
            w.append(sum(c * w[i] for i, c in a) * sum(c * w[i] for i, c in b) % R)
            rows = (a, b, [(new, 1)])
        for target, row in zip((toy.a, toy.b, toy.c), rows, strict=True):
            target.append(row)
    return toy


@dataclass(frozen=True)
class Keys:
    """A toy's keys, resident and as arrays."""

    toy: Toy
    toxic: tuple[int, int, int, int, int]
    points: k.SetupPoints
    proving: k.ProvingKey
    verifying: k.VerifyingKey


@cache
def keys(constraints: int, n_public: int, seed: int = 1) -> Keys:
    """Keys for `chain` with a trapdoor from the seed."""
    toy = chain(constraints, n_public, seed)
    tau, alpha, beta, gamma, delta = numbers(R, 5, seed + 100)
    toxic = (tau, alpha, beta, gamma, delta)
    points = k.groth16_setup(toy.r1cs(), to_limbs(toxic), 2)
    proving = proving_key(toy, points)
    verifying = k.VerifyingKey(
        points["alpha1"], points["beta2"], points["gamma2"], points["delta2"], points["ic"]
    )
    return Keys(toy, toxic, points, proving, verifying)


def proving_key(toy: Toy, points: k.SetupPoints, **changes: Any) -> k.ProvingKey:
    """The resident key, with some arguments replaced."""
    arguments: dict[str, Any] = {
        "n_wires": len(toy.witness),
        "n_public": toy.n_public,
        "domain_size": len(points["h"]),
        "coeffs": toy.coeffs(),
    }
    names = ("alpha1", "beta1", "beta2", "delta1", "delta2", "a", "b1", "b2", "c", "h")
    arguments |= {name: points[name] for name in names}
    return k.ProvingKey(**(arguments | changes))


__all__ = [
    "MODULE_PATH",
    "Keys",
    "Q",
    "R",
    "Toy",
    "chain",
    "edges",
    "g1",
    "g2",
    "keys",
    "limb_edges",
    "matrix",
    "numbers",
    "units_here",
]
