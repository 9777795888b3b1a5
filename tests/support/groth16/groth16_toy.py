"""Keys, witness and proofs of the toy circuit, and damaged proofs that every verifier refuses.

Mutants are words of calldata and integers, so that any verifier can read them. They are made
from a seed: the same list everywhere.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.formats import snarkjs_toy as toy

from zkcredit.bn254 import Q, R
from zkcredit.bn254.curve import add, in_subgroup, is_on_curve, mul, neg
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.formats import r1cs, snarkjs, wtns
from zkcredit.groth16 import Proof, ProvingKey, VerifyingKey, dev_setup, keyfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.r1cs.system import ConstraintSystem

SYSTEM: ConstraintSystem = r1cs.loads(toy.data("toy.r1cs"))
WITNESS: Limbs = wtns.loads(toy.data("toy.wtns"))
PUBLIC: list[int] = snarkjs.load_public(toy.text("public.json"))
PROOF: Proof = Proof.from_json(toy.text("proof.json"))


@functools.cache
def ceremony_key() -> ProvingKey:
    return keyfile.loads(toy.data("ceremony.zkey"))


@functools.cache
def dev_key() -> ProvingKey:
    return dev_setup(SYSTEM)


def verifying_key() -> VerifyingKey:
    return ceremony_key().verifying_key


def words_of(proof: Proof) -> list[int]:
    a, b, c = proof.a, proof.b, proof.c
    return [a.x, a.y, b.x[1], b.x[0], b.y[1], b.y[0], c.x, c.y]


def proof_of(words: list[int]) -> Proof:
    """Like ``Proof.from_words`` without its checks."""
    w = words
    return Proof(G1Point(w[0], w[1]), G2Point((w[3], w[2]), (w[5], w[4])), G1Point(w[6], w[7]))


@dataclass(frozen=True)
class Mutant:
    name: str
    words: list[int]
    public: list[int]

    @property
    def proof(self) -> Proof:
        return proof_of(self.words)


def square_root(a: tuple[int, int]) -> tuple[int, int] | None:
    """A root in F_q², by norms; q ≡ 3 (mod 4)."""

    def root(n: int) -> int | None:
        s = pow(n, (Q + 1) // 4, Q)
        return s if s * s % Q == n % Q else None

    norm = root(a[0] * a[0] + a[1] * a[1])
    if norm is None:
        return None
    half = pow(2, -1, Q)
    for s in (norm, -norm):
        x = root((a[0] + s) * half)
        if x:
            return x, a[1] * pow(2 * x, -1, Q) % Q
    return None


@functools.cache
def outside_subgroup() -> G2Point:
    """A point of the twist whose order does not divide r."""
    for x in range(1, 100):
        # y² = x³ + 3/(9 + u) = x³ + 3·(9 − u)/82
        scale = 3 * pow(82, -1, Q)
        y = square_root(((x**3 + 9 * scale) % Q, -scale % Q))
        if y is not None:
            point = G2Point((x, 0), y)
            assert is_on_curve(point)
            assert not in_subgroup(point)
            return point
    raise AssertionError


def rerandomised(key: VerifyingKey, proof: Proof, k: int, m: int) -> Proof:
    """Another valid proof of the same statement: (A/k, kB + mkδ, C + mA)."""
    a = mul(pow(k, -1, R), proof.a)
    b = add(mul(k, proof.b), mul(m * k % R, key.delta2))
    return Proof(a, b, add(proof.c, mul(m, proof.a)))


def structured_mutants(proof: Proof = PROOF, public: list[int] | None = None) -> list[Mutant]:
    """One or a few of each kind; several reach the pairing."""
    public = PUBLIC if public is None else public
    good = words_of(proof)
    found: list[Mutant] = []

    def words(name: str, **changes: int) -> None:
        new = list(good)
        for index, value in changes.items():
            new[int(index[1:])] = value
        found.append(Mutant(name, new, public))

    for i, value in enumerate(good):
        for name, new in (
            ("+ q", value + Q),
            ("+ 2q", value + 2 * Q),
            ("- q", value - Q),
            ("+ 1", (value + 1) % Q),
            ("negated", Q - value),
            ("zero", 0),
            ("q", Q),
            ("2^256 - 1", 2**256 - 1),
            ("+ 2^256", value + 2**256),
        ):
            words(f"word {i} {name}", **{f"_{i}": new})
    words("-A", _1=Q - good[1])
    words("-B", _4=Q - good[4], _5=Q - good[5])
    words("-C", _7=Q - good[7])
    words("-A, y - 2q", _1=-good[1])
    words("A at infinity", _0=0, _1=0)
    words("B at infinity", _2=0, _3=0, _4=0, _5=0)
    words("C at infinity", _6=0, _7=0)
    words("A and C at infinity", _0=0, _1=0, _6=0, _7=0)
    words("all at infinity", **{f"_{i}": 0 for i in range(8)})
    words("infinity as (q, 0)", _0=Q, _1=0)
    words("infinity as (0, 1)", _0=0, _1=1)
    words("A and C swapped", _0=good[6], _1=good[7], _6=good[0], _7=good[1])
    words("A with x and y swapped", _0=good[1], _1=good[0])
    words("B in the order of snarkjs", _2=good[3], _3=good[2], _4=good[5], _5=good[4])
    words("B conjugated", _2=Q - good[2], _4=Q - good[4])
    words("A the generator", _0=1, _1=2)
    other = words_of(Proof(proof.a, outside_subgroup(), proof.c))
    words("B outside the subgroup", **{f"_{i}": other[i] for i in range(2, 6)})
    # B + T with T of an order prime to r: the pairing itself may not see T.
    shifted = words_of(Proof(proof.a, add(proof.b, mul(R, outside_subgroup())), proof.c))
    words("B + T outside the subgroup", **{f"_{i}": shifted[i] for i in range(2, 6)})

    def inputs(name: str, values: list[int]) -> None:
        found.append(Mutant(name, good, values))

    for i, value in enumerate(public):
        for name, new in (
            ("+ r", value + R),
            ("+ 2r", value + 2 * R),
            ("- r", value - R),
            ("+ 1", value + 1),
            ("negative", -value - 1),
            ("r", R),
            ("q - 1", Q - 1),
            ("2^256 - 1", 2**256 - 1),
            ("+ 2^256", value + 2**256),
        ):
            inputs(f"input {i} {name}", [*public[:i], new, *public[i + 1 :]])
    inputs("no inputs", [])
    inputs("one input too few", public[:-1])
    inputs("one input too many", [*public, 0])
    inputs("inputs reversed", public[::-1])
    return found


def random_mutants(
    count: int, seed: int = 1, proof: Proof = PROOF, public: list[int] | None = None
) -> Iterator[Mutant]:
    """Random single and double changes of words and bits; nearly all stop before pairing."""
    rng = random.Random(seed)
    good = words_of(proof)
    inputs = PUBLIC if public is None else public
    made = 0
    while made < count:
        words = list(good)
        for _ in range(rng.choice((1, 1, 2))):
            i = rng.randrange(8)
            words[i] = rng.choice(
                (
                    rng.randrange(Q),
                    rng.randrange(Q, 2**256),
                    words[i] ^ 1 << rng.randrange(256),
                    good[rng.randrange(8)],
                    words[i] + Q,
                )
            )
        if words != good:
            made += 1
            yield Mutant(f"random {made}", words, inputs)


__all__ = [
    "PROOF", "PUBLIC", "SYSTEM", "WITNESS", "Mutant", "ceremony_key", "dev_key", "neg",
    "outside_subgroup", "proof_of", "random_mutants", "rerandomised", "structured_mutants",
    "verifying_key", "words_of",
]  # fmt: skip
