"""Attempts at a verifier, for any proof: what must be refused, and the few that must be accepted.

``attempts`` are points and numbers; ``calldata_attempts`` are the bytes that a contract is called
with, beside what the ABI says they mean. All come from a seed: the same list everywhere.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.groth16 import groth16_toy as toy

from zkcredit.bn254 import Q, R
from zkcredit.bn254.curve import add, mul
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.groth16 import Proof, VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORD = 32
SELECTOR = bytes.fromhex(
    "8f3308d9"
)  # verify(uint256[8],uint256[]); compared with the ABI in a test


@dataclass(frozen=True)
class Attempt:
    """A proof and public inputs for the verifier of one key.

    Attributes:
        kind: what was done to the genuine proof.
        words: the proof as calldata has it; any integers.
        public: the public inputs; any integers.
        key: name of the key that is asked.
        genuine: whether every verifier must accept.
    """

    kind: str
    words: tuple[int, ...]
    public: tuple[int, ...]
    key: str
    genuine: bool = False

    @property
    def proof(self) -> Proof:
        return toy.proof_of(list(self.words))

    @property
    def calldata(self) -> bytes | None:
        """The call of the contract, or None where a number does not fit a word."""
        if not all(0 <= number < 1 << 256 for number in (*self.words, *self.public)):
            return None
        return encode(self.words, self.public)


def encode(words: tuple[int, ...], public: tuple[int, ...]) -> bytes:
    """``verify(words, public)`` in the ABI's encoding, by hand."""
    numbers = (*words, WORD * (len(words) + 1), len(public), *public)
    return SELECTOR + b"".join(number.to_bytes(WORD, "big") for number in numbers)


def decode(data: bytes) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """What the ABI says that the bytes mean (loosely, as Solidity reads them), or None."""
    body = data[4:]
    if data[:4] != SELECTOR or len(body) < 9 * WORD:
        return None
    words = tuple(_word(body, WORD * i) for i in range(8))
    offset = _word(body, 8 * WORD)
    if offset + WORD > len(body):
        return None
    count = _word(body, offset)
    if offset + WORD * (count + 1) > len(body):
        return None
    return words, tuple(_word(body, offset + WORD * (i + 1)) for i in range(count))


def _word(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + WORD], "big")


def attempts(
    name: str,
    proof: Proof,
    public: list[int],
    keys: Mapping[str, VerifyingKey],
    count: int,
    *,
    step: int = 1,
    seed: int = 1,
) -> list[Attempt]:
    """At least one of every kind, filled up with random ones to ``count``.

    Args:
        name: the statement's name in ``keys``.
        proof: a genuine proof under ``keys[name]``.
        public: its public inputs.
        keys: the verification keys of all statements.
        count: how many; more if one of each kind are more.
        step: every bit (1), or every ``step``-th.
        seed: of what is random.
    """
    good, inputs = tuple(toy.words_of(proof)), tuple(public)
    found = [Attempt("genuine", good, inputs, name, genuine=True)]
    found += _bits(name, good, inputs, step)
    found += [
        Attempt(
            f"structured: {_family(mutant.name)}", tuple(mutant.words), tuple(mutant.public), name
        )
        for mutant in toy.structured_mutants(proof, public)
    ]
    for other, key in keys.items():
        if other != name:
            fitting = (*inputs, *inputs)[: key.n_public]
            found.append(Attempt("another circuit's key", good, inputs, other))
            found.append(Attempt("another circuit's key", good, fitting, other))
    rng = random.Random(seed)
    for i in range(max(2, 50 // step)):
        twin = toy.rerandomised(keys[name], proof, rng.randrange(1, R), i and rng.randrange(R))
        found.append(
            Attempt("re-randomised", tuple(toy.words_of(twin)), inputs, name, genuine=True)
        )
        found += _groups(name, twin, inputs, rng)
    rest = max(0, count - len(found))
    found += [
        Attempt("random words", tuple(mutant.words), inputs, name)
        for mutant in toy.random_mutants(rest, seed, proof, public)
    ]
    return found


def calldata_attempts(
    words: tuple[int, ...], public: tuple[int, ...], *, step: int = 1
) -> Iterator[tuple[str, bytes]]:
    """Calls that are too short, too long, or whose selector, offset or length is damaged."""
    good = encode(words, public)
    for size in range(0, len(good), step):
        yield "short calldata", good[:size]
    for more in range(1, 65, step):
        yield "long calldata", good + bytes([more]) * more
    head = 4 + 8 * WORD
    for place, start, size in (("selector", 0, 4), ("offset", head, 32), ("length", head + 32, 32)):
        for bit in range(0, 8 * size, step):
            changed = bytearray(good)
            changed[start + bit // 8] ^= 1 << bit % 8
            yield f"bit of the {place}", bytes(changed)
    # the inputs after a gap, or before: another encoding of the same call
    numbers = good[4 + 8 * WORD + WORD :]
    moved = good[: 4 + 8 * WORD] + (9 * WORD + WORD).to_bytes(WORD, "big") + bytes(WORD) + numbers
    yield "inputs elsewhere", moved


def _bits(
    name: str, words: tuple[int, ...], public: tuple[int, ...], step: int
) -> Iterator[Attempt]:
    for i in range(0, 256 * len(words), step):
        changed = list(words)
        changed[i // 256] ^= 1 << i % 256
        yield Attempt("bit of a proof word", tuple(changed), public, name)
    for i in range(0, 256 * len(public), step):
        inputs = list(public)
        inputs[i // 256] ^= 1 << i % 256
        yield Attempt("bit of a public input", words, tuple(inputs), name)


def _groups(
    name: str, proof: Proof, public: tuple[int, ...], rng: random.Random
) -> Iterator[Attempt]:
    # Points of the right groups that satisfy nothing: these reach the pairing; and B outside.
    k = rng.randrange(2, R)
    torsion = mul(rng.randrange(1, 10_000) * R, toy.outside_subgroup())
    wrong = {
        "A elsewhere": Proof(add(proof.a, G1_GENERATOR), proof.b, proof.c),
        "B elsewhere": Proof(proof.a, add(proof.b, G2_GENERATOR), proof.c),
        "C elsewhere": Proof(proof.a, proof.b, mul(k, G1_GENERATOR)),
        "A and C scaled": Proof(mul(k, proof.a), proof.b, mul(k, proof.c)),
    }
    for kind, mutant in wrong.items():
        yield Attempt(f"in the groups: {kind}", tuple(toy.words_of(mutant)), public, name)
    outside = Proof(proof.a, add(proof.b, torsion), proof.c)
    yield Attempt("B outside the subgroup", tuple(toy.words_of(outside)), public, name)
    beyond = list(toy.words_of(proof))
    place = rng.randrange(8)
    beyond[place] += Q * rng.randrange(1, 5)
    yield Attempt("coordinate + kq", tuple(beyond), public, name)


def _family(name: str) -> str:
    """``word 3 + q`` → ``word + q``: the names of a report, without places."""
    head, _, rest = name.partition(" ")
    place, _, change = rest.partition(" ")
    return f"{head} {change}" if place.isdigit() else name
