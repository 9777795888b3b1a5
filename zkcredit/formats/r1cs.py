"""iden3's ``.r1cs`` version 1: a rank-1 constraint system.

Sections: 1 = header (u32 bytes per element, modulus, u32 wires, outputs, public inputs, private
inputs, u64 labels, u32 constraints); 2 = constraints, each three linear combinations A, B, C
written as u32 count and count × (u32 wire, coefficient); 3 = a u64 label for each wire;
4 and 5 = custom gates.

Where libraries diverge:

* Outputs and public inputs are counted separately, but both are public, outputs first. Here they
  are one number, ``n_public``; our own files declare inputs only.
* A compiler that solves linear constraints also removes inputs. They are still counted; only the
  label map says which inputs still have a wire, see ``input_wires``.
* If a wire occurs twice in one combination, snarkjs's reader keeps the last term and its setup
  adds both. Such a file means two things and is refused.
* Terms come in any order in foreign files, and a zero coefficient may be written out. Terms are
  sorted by wire and zeros dropped on reading.
* Coefficients ≥ r: snarkjs reduces them in one place and not in another. They are refused here.
* Custom gates (sections 4 and 5) are PLONK's. Groth16 tools ignore them, which proves less than
  the circuit says. A file that uses any is refused; an empty list is accepted.
* The label map differs between compiler runs and means nothing to a proof. It is checked and
  dropped, so ``digest`` is taken over our own canonical bytes: equal constraint systems have equal
  digests, whoever compiled them.
* Compilers of other languages write no label map, or count 0 labels. Such a file does not say which
  wires are private inputs.
* circom 1 numbers labels as signals are declared, circom 2 numbers outputs first. So labels never
  tell outputs or public inputs: the header alone does.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from zkcredit.bn254.fields import R
from zkcredit.formats.binfile import (
    FIELD_BYTES,
    SectionReader,
    dump_sections,
    first_not_below,
    parse_sections,
)
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkcredit.bn254.limbs import Limbs

__all__ = ["InputWires", "WrittenTerms", "digest", "dumps", "input_wires", "loads", "written_terms"]

_COUNTS: Final = struct.Struct("<IIIIQI")
_TERM_WORDS: Final = 9  # u32 words in one term: the wire and eight limbs of the coefficient
MAX_CONSTRAINTS: Final = 1 << 28
"""More constraints than this cannot be proved: the field has no larger evaluation domain."""


class InputWires(NamedTuple):
    """The inputs that a file declares, in its order; outputs do not count as inputs.

    Attributes:
        wires: wires of the inputs that still have one, ascending.
        eliminated: the number of inputs that no longer have a wire, because the compiler solved
            a linear constraint for them.
        outputs: the number of outputs; they are the first wires after wire 0.
        unnamed: the number of private inputs that the file counts, but whose wires it does not
            tell, because it has no labels or numbers them in another order than circom 2.
    """

    wires: list[int]
    eliminated: int
    outputs: int
    unnamed: int = 0


class WrittenTerms(NamedTuple):
    """The terms of one matrix in a file's order, zeros included.

    Attributes:
        rows: (k,) ascending.
        wires: (k,) in the file's order within a row.
        values: (k, 4), canonical.
    """

    rows: npt.NDArray[np.int64]
    wires: npt.NDArray[np.uint32]
    values: Limbs


_UNLABELLED_WIRES: Final = 1 << 16
"""A file without labels may have so many unused wires; labels bound them by the file's size."""

_ONE_WIRE_TOO_FEW: Final = (
    "; the header seems to count one wire too few: wire 0, the constant 1, is a wire, too"
)

_digests: WeakKeyDictionary[ConstraintSystem, str] = WeakKeyDictionary()


def dumps(system: ConstraintSystem) -> bytes:
    """Encode a constraint system; equal systems give equal bytes."""
    header = struct.pack("<I", FIELD_BYTES) + R.to_bytes(FIELD_BYTES, "little")
    # Which private wires are inputs is not part of the relation, so no private input is declared.
    counts = _COUNTS.pack(
        system.n_wires, 0, system.n_public, 0, system.n_wires, system.n_constraints
    )
    labels = np.arange(system.n_wires, dtype="<u8").tobytes()
    body = _constraint_words(system).tobytes()
    return dump_sections("r1cs", 1, [(1, header + counts), (2, body), (3, labels)])


def digest(system: ConstraintSystem) -> str:
    """Return the circuit digest: SHA-256 over ``dumps(system)``, as 64 hexadecimal digits.

    The digest is computed once for each object; a system is frozen, so it cannot change.
    """
    found = _digests.get(system)
    if found is None:
        found = _digests[system] = hashlib.sha256(dumps(system)).hexdigest()
    return found


def loads(data: bytes | memoryview) -> ConstraintSystem:
    """Decode a constraint system.

    Raises:
        MalformedFile: if the bytes are not exactly a ``.r1cs`` file over BN254, or mean two things
            to different readers (see above).
    """
    sections = parse_sections(data, "r1cs", 1, required=(1, 2))
    header, body = sections[1], sections[2]
    header.modulus(R)
    counts = _COUNTS.unpack(header.take(_COUNTS.size))
    n_wires, n_outputs, n_inputs, n_private, n_labels, n_constraints = counts
    header.end()
    n_public = n_outputs + n_inputs
    # A private input that was eliminated is still counted, and has a label.
    if n_wires < 1 or n_public + 1 > n_wires:
        header.fail(f"{n_wires} wires cannot hold the constant and {n_public} public signals", 36)
    if 0 < n_labels < n_public + n_private:
        header.fail(f"{n_labels} labels are too few for {n_public} + {n_private} signals", 52)
    if n_constraints > MAX_CONSTRAINTS:
        header.fail(f"{n_constraints} constraints are too many: the field allows 2^28", 60)
    if (labels := sections.get(3)) is not None and (n_labels or labels.remaining):
        _require_labels(labels, n_wires, n_labels)
    elif n_wires > _UNLABELLED_WIRES + body.remaining // 4:
        header.fail(f"{n_wires} wires are far more than occur in the constraints", 36)
    for number in (4, 5):
        if number in sections:
            _require_no_gates(sections[number])
    a, b, c = _matrices(body, n_constraints, n_wires)
    return ConstraintSystem(n_wires=n_wires, n_public=n_public, a=a, b=b, c=c)


def written_terms(data: bytes | memoryview) -> list[WrittenTerms]:
    """Return the terms of A, B and C in the order of the file, which circom does not sort.

    The file must be one that ``loads`` accepts: here only the terms are checked.

    Raises:
        MalformedFile: if the file's sections or terms are malformed.
    """
    sections = parse_sections(data, "r1cs", 1, required=(1, 2))
    header, body = sections[1], sections[2]
    header.modulus(R)
    n_wires, *_, n_constraints = _COUNTS.unpack(header.take(_COUNTS.size))
    return [terms for terms, _ in _all_terms(body, n_constraints, n_wires)]


def input_wires(data: bytes | memoryview) -> InputWires:
    """Return which wires a file declares to be inputs. Our own files declare public ones only.

    The header tells outputs and public inputs: they are the first wires after wire 0. Private
    inputs have the labels after theirs if the compiler numbers outputs first, as circom 2 does;
    then these first wires have the labels 1, 2, 3 and so on.

    Raises:
        MalformedFile: if the bytes are not a ``.r1cs`` file over BN254.
    """
    sections = parse_sections(data, "r1cs", 1, required=(1,))
    header = sections[1]
    header.modulus(R)
    _, outputs, public, private, _, _ = _COUNTS.unpack(header.take(_COUNTS.size))
    first = outputs + public + 1
    wires = list(range(outputs + 1, first))
    labels = sections[3].data if 3 in sections else memoryview(b"")
    held = np.frombuffer(labels[: len(labels) // 8 * 8], dtype="<u8")
    if len(held) < first or not np.array_equal(held[:first], np.arange(first, dtype="<u8")):
        return InputWires(wires, 0, outputs, private)
    inside = (held >= first) & (held < np.uint64(first + private))
    found = [int(wire) for wire in np.flatnonzero(inside)]
    return InputWires(wires + found, max(0, private - len(found)), outputs)


def _require_labels(section: SectionReader, n_wires: int, n_labels: int) -> None:
    """Check the label map. If the header counts 0 labels, only its size and label 0 are checked."""
    if section.remaining != 8 * n_wires:
        more = _ONE_WIRE_TOO_FEW if section.remaining == 8 * (n_wires + 1) else ""
        section.fail(
            f"{n_wires} labels of 8 bytes are expected, not {section.remaining} bytes{more}"
        )
    labels = np.frombuffer(section.data, dtype="<u8")
    if labels[0] != 0:
        section.fail("the label of wire 0 is not 0", 0)
    # Compilers disagree whether n_labels counts label 0, hence "at most".
    too_large = np.flatnonzero(labels > n_labels)
    if too_large.size and n_labels:
        section.fail("a label is larger than the number of labels", 8 * int(too_large[0]))


def _require_no_gates(section: SectionReader) -> None:
    if section.u32():
        section.fail("the circuit uses custom gates, which Groth16 cannot prove", 0)
    section.end()


def _matrices(section: SectionReader, n_constraints: int, n_wires: int) -> Sequence[Matrix]:
    return [
        _matrix(section, terms, at, n_constraints, n_wires)
        for terms, at in _all_terms(section, n_constraints, n_wires)
    ]


def _all_terms(
    section: SectionReader, n_constraints: int, n_wires: int
) -> Iterator[tuple[WrittenTerms, npt.NDArray[np.int64]]]:
    """Yield the terms of A, B and C, and the word of the section at which each begins."""
    if section.remaining % 4:
        section.fail("the size is not a multiple of 4")
    counts = _combination_sizes(section, 3 * n_constraints)
    words = np.frombuffer(section.data, dtype="<u4")
    # Word offset of each combination's first term.
    first = np.cumsum(_TERM_WORDS * counts.astype(np.int64) + 1) - _TERM_WORDS * counts
    for k in range(3):
        yield _terms(section, words, first[k::3], counts[k::3], n_wires)


def _combination_sizes(section: SectionReader, n_combinations: int) -> npt.NDArray[np.uint32]:
    """Follow the counts through the section; this step alone cannot be done in parallel."""
    words = section.data.cast("I")
    if n_combinations > len(words):
        section.fail(f"the section is too short for {n_combinations} linear combinations")
    sizes = array("I", bytes(4 * n_combinations))
    position = 0
    for i in range(n_combinations):
        if position >= len(words):
            section.fail(f"the section ends in combination {i}", 4 * len(words))
        sizes[i] = words[position]
        position += 1 + _TERM_WORDS * words[position]
    if position > len(words):
        section.fail("the section ends in the last combination", 4 * len(words))
    if position < len(words):
        section.fail(f"the section has {4 * (len(words) - position)} bytes too many", 4 * position)
    return np.frombuffer(sizes, dtype=np.uint32)


def _terms(
    section: SectionReader,
    words: npt.NDArray[np.uint32],
    first: npt.NDArray[np.int64],
    counts: npt.NDArray[np.uint32],
    n_wires: int,
) -> tuple[WrittenTerms, npt.NDArray[np.int64]]:
    rows = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts, dtype=np.int64) - counts
    at = first[rows] + _TERM_WORDS * (np.arange(len(rows)) - before[rows])
    wires = words[at].astype(np.uint32)
    outside = np.flatnonzero(wires >= n_wires)
    if outside.size:
        more = _ONE_WIRE_TOO_FEW if int(wires.max()) == n_wires else ""
        place = 4 * int(at[outside[0]])
        section.fail(f"a wire's number is not below the number of wires, {n_wires}{more}", place)
    coefficients = np.empty((len(at), 8), dtype="<u4")
    for i in range(8):
        coefficients[:, i] = words[at + 1 + i]
    values = coefficients.view("<u8").astype(np.uint64, copy=False)
    bad = first_not_below(values, R) if len(values) else -1
    if bad >= 0:
        section.fail("a coefficient is not below r", 4 * int(at[bad]) + 4)
    return WrittenTerms(rows, wires, values), at


def _matrix(
    section: SectionReader,
    terms: WrittenTerms,
    at: npt.NDArray[np.int64],
    n_constraints: int,
    n_wires: int,
) -> Matrix:
    rows, wires, values = terms
    keys = rows * np.int64(n_wires) + wires
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if twice.size:
        section.fail("a wire occurs twice in one combination", 4 * int(at[order[twice[0] + 1]]))
    order = order[values[order].any(axis=1)]
    kept = np.bincount(rows[order], minlength=n_constraints)
    indptr = np.concatenate([[0], np.cumsum(kept)]).astype(np.uint32)
    return Matrix(indptr=indptr, wires=wires[order], coefficients=values[order])


def _constraint_words(system: ConstraintSystem) -> npt.NDArray[np.uint32]:
    matrices = (system.a, system.b, system.c)
    counts = np.stack([m.row_lengths for m in matrices], axis=1)
    sizes = 1 + _TERM_WORDS * counts.reshape(-1)
    ends = np.cumsum(sizes)
    starts = (ends - sizes).reshape(-1, 3)
    words = np.zeros(int(ends[-1]) if len(ends) else 0, dtype="<u4")
    words[starts] = counts
    for k, matrix in enumerate(matrices):
        rows = matrix.row_of_entry
        within = np.arange(len(rows)) - matrix.indptr[rows].astype(np.int64)
        at = starts[rows, k] + 1 + _TERM_WORDS * within
        words[at] = matrix.wires
        limbs = np.ascontiguousarray(matrix.coefficients, dtype="<u8").view("<u4")
        for i in range(8):
            words[at + 1 + i] = limbs[:, i]
    return words
