"""The committed powers of tau by snarkjs, the initial key that it made of them, and damage."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from support.formats import snarkjs_toy as toy

from zkcredit.formats import ptau, zkey

if TYPE_CHECKING:
    from zkcredit.formats.ptau import PtauFile
    from zkcredit.formats.zkey import ZKeyFile

FOLDER = Path(__file__).parents[3] / "vectors" / "snarkjs_ptau"
POWER = 4
G1, G2 = 64, 128


@functools.cache
def data() -> bytes:
    return (FOLDER / "power4.ptau").read_bytes()


@functools.cache
def file() -> PtauFile:
    return ptau.loads(data())


@functools.cache
def initial() -> ZKeyFile:
    return zkey.loads((FOLDER / "initial.zkey").read_bytes())


def with_section(number: int, body: bytes | None) -> bytes:
    """The file with another body in a section, or without it."""
    parts = [(n, body if n == number else old) for n, old in toy.sections(data())]
    return toy.join(data(), [(n, part) for n, part in parts if part is not None])


def unprepared() -> bytes:
    return toy.join(data(), [(n, body) for n, body in toy.sections(data()) if n < 12])


def reordered_circuit() -> bytes:
    """``toy.r1cs`` with the terms of each combination backwards, and a zero written out."""
    file = toy.data("toy.r1cs")
    body, position, combinations = dict(toy.sections(file))[2], 0, []
    while position < len(body):
        count = int.from_bytes(body[position : position + 4], "little")
        end = position + 4 + 36 * count
        terms = [body[i : i + 36] for i in range(position + 4, end, 36)]
        combinations.append(terms[::-1])
        position = end
    used = {term[:4] for term in combinations[0]}
    spare = next(w for w in (i.to_bytes(4, "little") for i in range(11)) if w not in used)
    combinations[0].insert(1, spare + bytes(32))
    new = b"".join(len(terms).to_bytes(4, "little") + b"".join(terms) for terms in combinations)
    return toy.join(file, [(n, new if n == 2 else part) for n, part in toy.sections(file)])


def replaced(file: PtauFile, name: str, index: int, point: np.ndarray) -> np.ndarray:
    """One section's array with another point (in the file's encoding) at an index."""
    array = np.array(getattr(file, f"{name}_mont"))
    array[index] = point.reshape(-1)
    return array
