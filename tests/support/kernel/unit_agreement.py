"""The kernel's primitives on numbers that are the same in every process: one digest for each.

``python unit_agreement.py COUNT`` writes what this process's instruction-set unit computes; units
agree bit for bit when the digests are equal. Every primitive takes all of its edge vectors and at
least COUNT random ones. A random vector is a pair of operands for products and additions, a base
with its scalar for sums, and a value for transforms.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from support.kernel.kernel_cases import Q, R, chain, edges, g1, g2, limb_edges, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Rows = NDArray[np.uint64]
    Batch = tuple[int, tuple[Rows, ...]]  # how many vectors it stands for, and its arguments

CHUNK = 1 << 14
POOL = 1 << 12
SIZES = (1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 257, 1000, 4096, CHUNK)
TABLES = (0, 200_000, 1 << 26)  # bytes: one point a base, some windows, all of them
DOMAIN = 1 << 13
WITH_LANES = k.kernel_name() in {"ifma", "avx2"}

GROUPS: dict[str, Any] = {"g1": g1, "g2": g2}
BASES: dict[str, Any] = {"g1": k.G1Bases, "g2": k.G2Bases}
MODULI = {"fr": R, "fq": Q}


def uniform(p: int, count: int, seed: object) -> Rows:
    """Field elements, by rejection."""
    rng = np.random.default_rng(list(f"{p} {seed}".encode()))
    (bound,) = to_limbs([p])
    found: list[Rows] = []
    while sum(map(len, found)) < count:
        rows = rng.integers(0, 1 << 64, (2 * count, 4), dtype=np.uint64)
        rows[:, 3] >>= np.uint64(2)  # 254 bits
        below, equal = np.zeros(len(rows), bool), np.ones(len(rows), bool)
        for limb in (3, 2, 1, 0):
            below |= equal & (rows[:, limb] < bound[limb])
            equal &= rows[:, limb] == bound[limb]
        found.append(rows[below])
    return np.ascontiguousarray(np.concatenate(found)[:count])


def sums(a: Rows, b: Rows) -> Rows:
    """Sums of integers of four limbs, below 2^256."""
    out = a + b
    carry = out[:, 0] < a[:, 0]
    for limb in (1, 2, 3):
        over = out[:, limb] < a[:, limb]
        out[:, limb] += carry.astype(np.uint64)
        carry = over | (carry & (out[:, limb] == 0))
    return out


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """Numbers and sizes of batches that hold ``count`` vectors together."""
    for n, start in enumerate(range(0, count, CHUNK)):
        yield n, min(CHUNK, count - start)


# --- fields ----------------------------------------------------------------------------------


def pairs(values: list[int], width: int = 1) -> tuple[Rows, Rows]:
    """All pairs; an element has ``width`` coordinates, which take all values too."""
    index = np.indices((len(values),) * (2 * width)).reshape(2 * width, -1)
    rows = to_limbs(values)
    left, right = ([rows[i] for i in half] for half in (index[:width], index[width:]))
    return np.concatenate(left, axis=1), np.concatenate(right, axis=1)


def field_batches(p: int, width: int, count: int, special: list[int]) -> Iterator[Batch]:
    """Pairs of elements: those of the edges, then random ones."""
    left, right = pairs(special, width)
    yield len(left), (left, right)
    for n, size in chunks(count):
        a, b = (uniform(p, size * width, (n, side)).reshape(size, -1) for side in "ab")
        yield size, (a, b)


def lane_batches(p: int, count: int) -> Iterator[Batch]:
    """Pairs of integers below five moduli, and their residues."""
    special = limb_edges(p)
    special += special[: -len(special) % 8]
    left, right = pairs(special)
    low = pairs([value % p for value in special])
    yield len(left), (left, right, *low)
    multiples = to_limbs([m * p for m in range(5)])
    for n, size in chunks(count + -count % 8):
        rng = np.random.default_rng(n)
        a, b = uniform(p, size, (n, "a")), uniform(p, size, (n, "b"))
        high = [sums(v, multiples[rng.integers(0, 5, size)]) for v in (a, b)]
        yield size, (high[0], high[1], a, b)


def lane_product(field: str, a: Rows, b: Rows, low_a: Rows, low_b: Rows) -> Any:
    """a b 2^-260: by vectors on the integers, by other units on their residues."""
    if WITH_LANES:
        return getattr(k, f"{field}_lane_product")(a, b)
    multiply = getattr(k, f"{field}_mul")
    back = to_limbs([pow(1 << 260, -1, MODULI[field])])
    return multiply(multiply(low_a, low_b), np.repeat(back, len(a), axis=0))


# --- groups ----------------------------------------------------------------------------------


@cache
def pool(group: str) -> Rows:
    """Points to begin with."""
    rows: Rows = GROUPS[group](numbers(R, POOL, 11))
    return rows


def points(group: str, count: int, seed: int) -> Rows:
    """Points that nearly all differ: sums of two of the pool."""
    rng = np.random.default_rng(seed)
    start = pool(group)
    left, right = (start[rng.integers(0, POOL, count)] for _ in range(2))
    out: Rows = getattr(k, f"{group}_add")(left, right)
    return out


def edge_additions(group: str) -> tuple[Rows, Rows]:
    """All pairs of small multiples and infinity, and one exception at each place of a batch."""
    logs = [0, 1, -1, 2, -2, 3, 5, 5, -5, R >> 1, (R >> 1) + 1, 4]
    few = GROUPS[group](logs)
    index = np.indices((len(logs),) * 2).reshape(2, -1)
    # Four chains of eight lanes, and the borders of batches of 2,048 (1,024 in G2).
    places = [*range(32), *range(1000, 1048), *range(2040, 2090), 4095, 4096, 4100]
    left, right = points(group, 3 * 4103, 1), points(group, 3 * 4103, 2)
    for shift, kind in enumerate(("equal", "opposite", "infinity")):
        at = np.array(places) + 4103 * shift
        negative = getattr(k, f"{group}_neg")(left[at])
        right[at] = {"equal": left[at], "opposite": negative, "infinity": 0 * negative}[kind]
        left[at[::2]] *= np.uint64(kind != "infinity")  # there, every other pair is 0 + 0
    return np.concatenate([few[index[0]], left]), np.concatenate([few[index[1]], right])


def addition_batches(group: str, count: int) -> Iterator[Batch]:
    """Pairs of points."""
    left, right = edge_additions(group)
    yield len(left), (left, right)
    for n, size in chunks(count):
        left = points(group, size, n)
        yield size, (left, np.roll(left, 1, axis=0))


def edge_sums(group: str) -> Iterator[tuple[Rows, Rows]]:
    """Repeated, opposite and infinite bases with scalars at the edges of digits and classes."""
    rng = random.Random(7)
    count = 130
    base = points(group, count, 3)
    one, negative = np.repeat(base[:1], count, axis=0), getattr(k, f"{group}_neg")(base)
    holes, alternating = base.copy(), base.copy()
    holes[::3] = 0
    alternating[1::2] = negative[: count - 1 : 2]
    progression = GROUPS[group]([1 + 3 * i for i in range(count)])
    digits = [sum(1 << c * i + c - 1 for i in range(253 // c)) for c in range(2, 18)]
    scalars = [
        [rng.choice(edges(R)) for _ in range(count)],
        [rng.choice(digits) + rng.randrange(-1, 2) for _ in range(count)],
        [rng.choice([0, 1, R - 1]) for _ in range(count)],
        [rng.randrange(-9, 9) % R for _ in range(count)],
        [R - (1 << rng.randrange(253)) for _ in range(count)],
        [R // 3] * count,
        numbers(R, count, 5),
    ]
    for rows in (base, one, holes, alternating, progression, np.zeros_like(base)):
        for values in scalars:
            yield rows, to_limbs(values)


def sum_batches(group: str, count: int) -> Iterator[Batch]:
    """Bases and scalars, in sums of many sizes."""
    for rows, scalars in edge_sums(group):
        yield len(rows), (rows, scalars)
    done = n = 0
    while done < count:
        size = min(SIZES[n % len(SIZES)], count - done)
        yield size, (points(group, size, n), uniform(R, size, n))
        done, n = done + size, n + 1


def table_sum(group: str, bases: Rows, scalars: Rows) -> Rows:
    """By resident bases, which have window tables."""
    memory = TABLES[len(bases) % len(TABLES)]
    out: Rows = BASES[group](bases, memory).msm(scalars, 2)
    return out


def table_sums(group: str, bases: Rows, scalars: Rows) -> Rows:
    """As `table_sum` for small sums in each amount of memory, and large ones in one."""
    if len(bases) > SIZES[-3]:
        return table_sum(group, bases, scalars)
    every = [BASES[group](bases, memory).msm(scalars) for memory in TABLES]
    return np.concatenate(every)


# --- transforms ------------------------------------------------------------------------------


def transform_batches(count: int) -> Iterator[Batch]:
    """Values in powers of two."""
    for log in range(11):
        for seed in range(3):
            yield 1 << log, (uniform(R, 1 << log, (log, seed)),)
    special = edges(R)
    for value in special:
        yield 128, (to_limbs([value] * 128),)
    yield 1024, (to_limbs((special * 1024)[:1024]),)
    size = 1 << min(count.bit_length(), CHUNK.bit_length() - 1)
    for n in range(-(-count // size)):
        yield size, (uniform(R, size, n),)


def quotient_batches(domain: int, count: int) -> Iterator[Batch]:
    """Witnesses of ``domain`` wires; none needs to satisfy anything."""
    special = (edges(R) * domain)[: 8 * domain]
    random.Random(2).shuffle(special)
    for n in range(8):
        yield domain, (to_limbs([1, *special[n * domain : (n + 1) * domain - 1]]),)
    for n in range(-(-count // domain)):
        witness = uniform(R, domain, n)
        witness[0] = (1, 0, 0, 0)
        yield domain, (witness,)


@cache
def rows_only(domain: int) -> k.ProvingKey:
    """A key whose rows fill the domain; its points are of no concern."""
    toy = chain(domain - 3, 2, 4)
    n_wires = domain
    none = {"g1": np.zeros((n_wires, 8), np.uint64), "g2": np.zeros((n_wires, 16), np.uint64)}
    a, b = none["g1"], none["g2"]
    matrix, row, wire, value = toy.coeffs()
    wire = np.minimum(wire, n_wires - 1).astype(np.uint32)
    single = (a[0], a[0], b[0], a[0], b[0])
    coeffs = (matrix, row, wire, value)
    return k.ProvingKey(n_wires, 2, domain, coeffs, *single, a, a, b, a[3:], a)


# --- all of them -----------------------------------------------------------------------------

Primitive = tuple["Callable[..., Any]", "Callable[[int], Iterator[Batch]]"]


def primitives() -> dict[str, Primitive]:
    """Name -> what to compute, and on what."""
    out: dict[str, Primitive] = {}
    for field, p in MODULI.items():
        batches = partial(_field, p, 1, edges(p))
        for name in ("add", "sub", "mul"):
            out[f"{field} {name}"] = (getattr(k, f"{field}_{name}"), batches)
        out[f"{field} square"] = (partial(_square, getattr(k, f"{field}_mul")), batches)
        out[f"{field} inverse"] = (partial(_first, getattr(k, f"{field}_inv")), batches)
        out[f"{field} vectors"] = (partial(lane_product, field), partial(lane_batches, p))
    out["fr repeated"] = (lambda a, b: k.fr_mul_repeated(a, b, 3), partial(_field, R, 1, edges(R)))
    few = edges(Q)[:4] + edges(Q)[-4:] + numbers(Q, 2, 9)
    for name in ("add", "mul"):
        out[f"fq2 {name}"] = (getattr(k, f"fq2_{name}"), partial(_field, Q, 2, few))
    for name, call in (("square", k.fq2_square), ("inverse", k.fq2_inv)):
        out[f"fq2 {name}"] = (partial(_first, call), partial(_field, Q, 2, few))
    for group in GROUPS:
        add, repeated = getattr(k, f"{group}_add"), getattr(k, f"{group}_add_repeated")
        batches = partial(addition_batches, group)
        out[f"{group} addition"] = (add, batches)
        out[f"{group} additions at once"] = (partial(_times, repeated, 1), batches)
        out[f"{group} additions in turn"] = (partial(_times, repeated, 3), batches)
        batches = partial(sum_batches, group)
        out[f"{group} sum"] = (partial(_threads, getattr(k, f"{group}_msm")), batches)
        out[f"{group} sum by tables"] = (partial(table_sums, group), batches)
    out["transform"] = (lambda v: k.ntt(v, False, 2), transform_batches)
    out["inverse transform"] = (lambda v: k.ntt(v, True), transform_batches)
    for domain in (1 << 7, DOMAIN):
        key = partial(rows_only, domain)
        out[f"quotient {domain}"] = (partial(_quotient, key), partial(quotient_batches, domain))
    return out


def _field(p: int, width: int, special: list[int], count: int) -> Iterator[Batch]:
    return field_batches(p, width, count, special)


def _square(multiply: Callable[..., Rows], a: Rows, _: Rows) -> Rows:
    return multiply(a, a)


def _first(call: Callable[..., Rows], a: Rows, _: Rows) -> Rows:
    return call(a)


def _times(call: Callable[..., Rows], times: int, a: Rows, b: Rows) -> Rows:
    return call(a, b, times)


def _threads(call: Callable[..., Rows], a: Rows, b: Rows) -> Rows:
    return call(a, b, 2)


def _quotient(key: Callable[[], k.ProvingKey], witness: Rows) -> Rows:
    return key().quotient(witness, 2)


def run(count: int) -> dict[str, dict[str, Any]]:
    """Vectors and digest of each primitive."""
    out = {}
    for name, (compute, batches) in primitives().items():
        digest, vectors = hashlib.sha256(), 0
        for number, arguments in batches(count):
            digest.update(np.ascontiguousarray(compute(*arguments)).tobytes())
            vectors += number
        out[name] = {"vectors": vectors, "digest": digest.hexdigest()}
    return out


if __name__ == "__main__":
    document = {"unit": k.kernel_name(), "primitives": run(int(sys.argv[1]))}
    sys.stdout.write(json.dumps(document))
