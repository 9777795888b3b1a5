"""Round constants and matrices of circomlib's Poseidon over the BN254 scalar field.

Parameters (Grassi, Khovratovich, Rechberger, Roy, Schofnegger: "Poseidon: A New Hash Function for
Zero-Knowledge Proof Systems", USENIX Security 2021): S-box x^5, R_F = 8 full rounds, and R_P
partial rounds by width, as in circomlib. The constants come from the Grain LFSR of appendix F,
seeded with (prime field, x^alpha, 254 bits, t, R_F, R_P). The MDS matrix is the Cauchy matrix of
the next 2t outputs. All of this is computed, not copied from a table: the test vectors of
circomlibjs decide.

The partial rounds are rewritten as in appendix B of the paper, so that each has one constant and a
matrix with 2t - 1 entries that are not trivial. With M = [[m, v], [w, N]]:

* N commutes with an S-box on element 0. If it moves towards the front, round i (of R_P) is left
  with [[m, v·N^-(R_P-i)], [N^(R_P-1-i)·w, I]], and diag(1, N^R_P) meets the mix before it;
* a constant k before a partial round is M^-1·k before the preceding mix. There, its elements
  1 .. t-1 pass the S-box of element 0 unchanged, and join the constants of that round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count

import numpy as np

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput

__all__ = ["FULL_ROUNDS", "MAX_WIDTH", "PARTIAL_ROUNDS", "Parameters", "parameters"]

FULL_ROUNDS = 8
PARTIAL_ROUNDS = (56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68)
"""R_P for t = 2 .. 17."""

MAX_WIDTH = len(PARTIAL_ROUNDS) + 1
_FIELD_BITS = 254
_TAPS = (62, 51, 38, 23, 13, 0)
_STATE = 80
_STEP = _STATE - max(_TAPS)
_DISCARDED = _STATE + 160

Vector = tuple[int, ...]
Rows = tuple[Vector, ...]


@dataclass(frozen=True)
class Parameters:
    """What the optimised permutation of width t uses.

    Attributes:
        width: t, the number of elements of the state.
        first: constants of full rounds 0 .. 3, a vector each.
        mix: the MDS matrix by rows.
        last_mix: the matrix after full round 3, in place of ``mix``.
        bridge: constants added after ``last_mix``.
        partial: for each partial round, the constant added after the S-box, row 0 of the sparse
            matrix, and column 0 of it below its first entry.
        last: constants of the last four full rounds.
    """

    width: int
    first: Rows
    mix: Rows
    last_mix: Rows
    bridge: Vector
    partial: tuple[tuple[int, Vector, Vector], ...]
    last: Rows


@cache
def parameters(width: int) -> Parameters:
    """Return the parameters for a state of ``width`` elements, 2 .. 17.

    Raises:
        InvalidInput: if the width is not in 2 .. 17.
    """
    if not 2 <= width <= MAX_WIDTH:
        raise InvalidInput(f"Poseidon has 1 to {MAX_WIDTH - 1} inputs, not {width - 1}")
    n_partial = PARTIAL_ROUNDS[width - 2]
    constants, mix = _grain(width, n_partial)
    half = FULL_ROUNDS // 2

    inverse = _inverse(mix)
    posts = [0] * n_partial
    carried = constants[half + n_partial - 1]
    for i in range(n_partial - 1, 0, -1):
        posts[i - 1], *rest = _apply(inverse, carried)
        own = constants[half + i - 1]
        carried = (own[0], *((a + b) % R for a, b in zip(own[1:], rest, strict=True)))

    row, column = mix[0], tuple(line[0] for line in mix[1:])
    block = tuple(line[1:] for line in mix[1:])
    back = _transposed(_inverse(block))
    rows: list[Vector] = []
    columns: list[Vector] = []
    tail = row[1:]
    for _ in range(n_partial):
        tail = _apply(back, tail)
        rows.append((row[0], *tail))
        columns.append(column)
        column = _apply(block, column)

    power = _power(block, n_partial)
    return Parameters(
        width=width,
        first=tuple(constants[:half]),
        mix=mix,
        last_mix=(row, *_product(power, mix[1:])),
        bridge=(carried[0], *_apply(power, carried[1:])),
        partial=tuple(zip(posts, reversed(rows), reversed(columns), strict=True)),
        last=tuple(constants[half + n_partial :]),
    )


def _grain(width: int, n_partial: int) -> tuple[list[Vector], Rows]:
    n_constants = width * (FULL_ROUNDS + n_partial)
    for attempt in count(1):
        # About a quarter of the blocks is not below r; 1.4 is ample and the loop is exact.
        blocks = _blocks(width, n_partial, int(n_constants * 1.4) * attempt + 2 * width + 64)
        accepted: list[int] = []
        position = 0
        while len(accepted) < n_constants and position < len(blocks):
            if blocks[position] < R:
                accepted.append(blocks[position])
            position += 1
        points = [block % R for block in blocks[position : position + 2 * width]]
        if len(points) == 2 * width:
            break
    rounds = [tuple(accepted[i : i + width]) for i in range(0, n_constants, width)]
    xs, ys = points[:width], points[width:]
    return rounds, tuple(tuple(pow(x + y, -1, R) for y in ys) for x in xs)


def _blocks(width: int, n_partial: int, n_blocks: int) -> list[int]:
    """The first outputs of the generator in groups of 254 bits, most significant bit first."""
    fields = ((1, 2), (0, 4), (_FIELD_BITS, 12), (width, 12), (FULL_ROUNDS, 10), (n_partial, 10))
    seed = "".join(f"{value:0{bits}b}" for value, bits in fields) + "1" * 30
    # Of each pair of bits the second is an output where the first is 1: 4 bits for each output.
    length = _DISCARDED + int(n_blocks * _FIELD_BITS * 4 * 1.05)
    stream = np.empty(length, dtype=np.uint8)
    stream[:_STATE] = np.frombuffer(seed.encode(), dtype=np.uint8) & 1
    filled, scale = _STATE, 1
    while filled < length:
        # Squaring the feedback polynomial over GF(2) doubles the distance of every tap, so that
        # longer and longer pieces of the sequence come at once.
        while 2 * scale * _STATE <= filled:
            scale *= 2
        size = min(_STEP * scale, length - filled)
        start = filled - _STATE * scale
        taps = [stream[start + tap * scale : start + tap * scale + size] for tap in _TAPS]
        stream[filled : filled + size] = np.bitwise_xor.reduce(taps)
        filled += size
    usable = stream[_DISCARDED : length - length % 2].reshape(-1, 2)
    output = usable[usable[:, 0] == 1, 1]
    n_whole = len(output) // _FIELD_BITS
    padded = np.zeros((n_whole, 256), dtype=np.uint8)
    padded[:, 256 - _FIELD_BITS :] = output[: n_whole * _FIELD_BITS].reshape(n_whole, _FIELD_BITS)
    return [int.from_bytes(row.tobytes(), "big") for row in np.packbits(padded, axis=1)]


def _apply(rows: Rows, vector: Vector) -> Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) % R for row in rows)


def _transposed(rows: Rows) -> Rows:
    return tuple(zip(*rows, strict=True))


def _product(left: Rows, right: Rows) -> Rows:
    columns = _transposed(right)
    return tuple(_apply(columns, row) for row in left)


def _power(matrix: Rows, exponent: int) -> Rows:
    if exponent == 1:
        return matrix
    half = _power(matrix, exponent // 2)
    square = _product(half, half)
    return _product(square, matrix) if exponent % 2 else square


def _inverse(matrix: Rows) -> Rows:
    """Gauss-Jordan elimination; Cauchy matrices and their blocks are regular."""
    n = len(matrix)
    rows = [[*row, *(int(i == j) for j in range(n))] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = next(k for k in range(i, n) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        scale = pow(rows[i][i], -1, R)
        rows[i] = [value * scale % R for value in rows[i]]
        for k in range(n):
            if k != i and (factor := rows[k][i]):
                rows[k] = [(a - factor * b) % R for a, b in zip(rows[k], rows[i], strict=True)]
    return tuple(tuple(row[n:]) for row in rows)
