"""iden3's ``.zkey`` for Groth16: a proving key with its verification key.

Sections: 1 = u32 protocol, 1 for Groth16; 2 = header (two moduli, wires, public inputs, domain
size, α₁ β₁ β₂ γ₂ δ₁ δ₂); 3 = IC; 4 = coefficients of A and B as u32 count and count × (u32
matrix, u32 row, u32 wire, value); 5 = A; 6 = B₁; 7 = B₂; 8 = C; 9 = H; 10 = contributions.

Where libraries diverge:

* Points are affine in Montgomery form (x·2²⁵⁶ mod q). Coefficients are value·2⁵¹² mod r, that is,
  Montgomery form applied twice, because the prover multiplies them with plain witnesses. The
  importers of arkworks and gnark had to learn both. This module does not convert them, and the
  names end in ``_mont`` and ``_mont2``.
* In section 2, β₁ comes before β₂ and γ₂, and δ₁ comes before δ₂.
* A has n_public + 1 extra rows, one for each public wire, so that these stay independent. They
  are in section 4 too. No section holds the matrix of C: a prover takes A·B instead.
* H holds the points for the quotient's values at the odd powers of the 2·domain-th root of
  unity, not for powers of τ as in the paper and in arkworks.
* Infinity is all zeros, and is normal in sections 5 to 8.
* ``snarkjs zkey new`` writes section 10 without a contribution; the key is then forgeable
  (γ = δ). ``groth16.key_checks`` decides whether a key may be used; this module does not.
* Other tools ignore sections beyond 10, and they are lost when somebody contributes to the key
  with snarkjs. Ours is ``MARK_SECTION``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import numpy.typing as npt

from zkcredit.bn254.fields import TWO_ADICITY, Q, R
from zkcredit.errors import InvalidInput
from zkcredit.formats.binfile import (
    FIELD_BYTES,
    MOST_CONTRIBUTIONS,
    Contributor,
    SectionReader,
    contributor,
    dump_contributor,
    dump_sections,
    first_not_below,
    parse_sections,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.bn254.limbs import Limbs

__all__ = ["MARK_SECTION", "Contribution", "ZKeyFile", "dumps", "loads"]

MARK_SECTION: Final = 0x7A6B  # "zk"
"""Id of our own section: the key's origin and circuit digest as JSON, at most 4096 bytes."""

_GROTH16: Final = 1
_PROTOCOLS: Final = {2: "PLONK", 10: "FFLONK"}
_MARK_LIMIT: Final = 4096
_COEFFICIENT: Final = np.dtype(
    [("matrix", "<u4"), ("row", "<u4"), ("wire", "<u4"), ("value", "<u8", (4,))]
)
_POINTS_OF_CONTRIBUTION: Final = (3 * 2 + 4) * FIELD_BYTES

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One step of a phase-2 ceremony, unchecked.

    Points are in Montgomery form. With the step's secret x: g1_sx = x·g1_s, g2_spx = x·g2_sp for
    the point g2_sp that follows from the transcript, and δ after the step is x·δ before it.

    Attributes:
        delta_after_mont: δ₁ after this step, (8,).
        g1_s_mont: (8,); g1_sx_mont likewise.
        g2_spx_mont: (16,).
        transcript: 64 bytes: hash of the circuit hash, the steps before, g1_s and g1_sx.
        made_by: what the record says of its contributor.
        raw: the record's bytes.
    """

    delta_after_mont: Limbs = field(compare=False)
    g1_s_mont: Limbs = field(compare=False)
    g1_sx_mont: Limbs = field(compare=False)
    g2_spx_mont: Limbs = field(compare=False)
    transcript: bytes
    made_by: Contributor
    raw: bytes

    @classmethod
    def of_parts(
        cls, g1_mont: Limbs, g2_spx_mont: Limbs, transcript: bytes, made_by: Contributor
    ) -> Self:
        """Return the step, with the bytes of its record.

        Args:
            g1_mont: δ₁, g1_s and g1_sx, (3, 8).
            g2_spx_mont: (16,).
            transcript: and made_by: see the attributes.

        Raises:
            InvalidInput: if the contributor's name or beacon does not fit, or the transcript does
                not have 64 bytes.
        """
        if len(transcript) != 64:
            raise InvalidInput("a contribution's transcript has 64 bytes")
        raw = _bytes(g1_mont) + _bytes(g2_spx_mont) + transcript + dump_contributor(made_by)
        delta_after, g1_s, g1_sx = g1_mont
        return cls(delta_after, g1_s, g1_sx, g2_spx_mont, transcript, made_by, raw)

    @property
    def is_beacon(self) -> bool:
        """Whether the step comes from a public random beacon, so that it hides no secret."""
        return self.made_by.is_beacon

    @property
    def name(self) -> str:
        """The name that the contributor chose."""
        return self.made_by.name


@dataclass(frozen=True, slots=True, eq=False)
class ZKeyFile:
    """The content of a ``.zkey``: arrays in the file's own encoding, canonical but unchecked.

    Attributes:
        n_wires: number of wires, the constant wire included.
        n_public: number of public inputs, the constant wire excluded.
        domain_size: a power of two above constraints + public inputs.
        alpha1_mont: α₁, (8,), Montgomery form; the other five key elements likewise, (8,) in G1
            and (16,) in G2.
        ic_mont: (n_public + 1, 8).
        matrix: (k,), the coefficients' matrices: 0 for A, 1 for B.
        row: (k,), their constraints.
        wire: (k,), their wires.
        value_mont2: (k, 4), their values: coefficient·2⁵¹² mod r.
        a_mont: (n_wires, 8); b1_mont likewise.
        b2_mont: (n_wires, 16).
        c_mont: (n_wires − n_public − 1, 8).
        h_mont: (domain_size, 8).
        circuit_hash: snarkjs's 64-byte hash of the key before contributions.
        contributions: the steps of phase 2, as claimed: they are not verified here.
        mark: the bytes of our own section, or b"" if the file does not have it.
    """

    n_wires: int
    n_public: int
    domain_size: int
    alpha1_mont: Limbs
    beta1_mont: Limbs
    beta2_mont: Limbs
    gamma2_mont: Limbs
    delta1_mont: Limbs
    delta2_mont: Limbs
    ic_mont: Limbs
    matrix: Words
    row: Words
    wire: Words
    value_mont2: Limbs
    a_mont: Limbs
    b1_mont: Limbs
    b2_mont: Limbs
    c_mont: Limbs
    h_mont: Limbs
    circuit_hash: bytes = bytes(64)
    contributions: tuple[Contribution, ...] = ()
    mark: bytes = b""

    def __repr__(self) -> str:
        # sizes only: a key has millions of digits
        return (
            f"ZKeyFile(n_wires={self.n_wires}, n_public={self.n_public}, "
            f"domain_size={self.domain_size}, contributions={len(self.contributions)})"
        )


def dumps(key: ZKeyFile) -> bytes:
    """Encode a key in the layout of snarkjs.

    Raises:
        InvalidInput: if an array does not have the shape of its section.
    """
    shapes = _shapes(key.n_wires, key.n_public, key.domain_size)
    for name, shape in shapes.items():
        if getattr(key, name).shape != shape:
            raise InvalidInput(f"{name} has the shape {getattr(key, name).shape}, not {shape}")
    if len(key.mark) > _MARK_LIMIT:
        raise InvalidInput(f"the mark is longer than {_MARK_LIMIT} bytes")
    records = np.empty(len(key.matrix), dtype=_COEFFICIENT)
    for name, column in (("matrix", key.matrix), ("row", key.row), ("wire", key.wire)):
        records[name] = column
    records["value"] = key.value_mont2
    head = b"".join(
        [
            *(struct.pack("<I", FIELD_BYTES) + p.to_bytes(FIELD_BYTES, "little") for p in (Q, R)),
            struct.pack("<III", key.n_wires, key.n_public, key.domain_size),
            *(
                _bytes(point)
                for point in (
                    key.alpha1_mont,
                    key.beta1_mont,
                    key.beta2_mont,
                    key.gamma2_mont,
                    key.delta1_mont,
                    key.delta2_mont,
                )
            ),
        ]
    )
    steps = b"".join(step.raw for step in key.contributions)
    sections = [
        (1, struct.pack("<I", _GROTH16)),
        (2, head),
        (3, _bytes(key.ic_mont)),
        (4, struct.pack("<I", len(records)) + records.tobytes()),
        (5, _bytes(key.a_mont)),
        (6, _bytes(key.b1_mont)),
        (7, _bytes(key.b2_mont)),
        (8, _bytes(key.c_mont)),
        (9, _bytes(key.h_mont)),
        (10, key.circuit_hash + struct.pack("<I", len(key.contributions)) + steps),
    ]
    if key.mark:
        sections.append((MARK_SECTION, key.mark))
    return dump_sections("zkey", 1, sections)


def loads(data: bytes | memoryview) -> ZKeyFile:
    """Decode a key. The arrays share the file's memory.

    Raises:
        MalformedFile: if the bytes are not exactly a Groth16 ``.zkey`` over BN254.
    """
    # Section 10 is absent from keys of snarkjs before 0.3, hence not required.
    sections = parse_sections(data, "zkey", 1, required=range(1, 10))
    protocol = sections[1]
    if (number := protocol.u32()) != _GROTH16:
        name = f", but for {_PROTOCOLS[number]}" if number in _PROTOCOLS else ""
        protocol.fail(f"the key is not for Groth16{name}", 0)
    protocol.end()
    head = sections[2]
    head.modulus(Q)
    head.modulus(R)
    n_wires, n_public, domain_size = head.u32(), head.u32(), head.u32()
    if n_public + 1 > n_wires:
        head.fail(f"{n_wires} wires are too few for the constant and {n_public} public inputs", 72)
    if not 1 <= domain_size <= 1 << TWO_ADICITY or domain_size & (domain_size - 1):
        head.fail(f"the domain size {domain_size} is not a power of two up to 2^28", 80)
    alpha1, beta1 = _point(head, 2), _point(head, 2)
    beta2, gamma2 = _point(head, 4), _point(head, 4)
    delta1, delta2 = _point(head, 2), _point(head, 4)
    head.end()
    matrix, row, wire, value = _coefficients(sections[4], n_wires, domain_size)
    circuit_hash, contributions = _contributions(sections.get(10))
    return ZKeyFile(
        n_wires=n_wires,
        n_public=n_public,
        domain_size=domain_size,
        alpha1_mont=alpha1,
        beta1_mont=beta1,
        beta2_mont=beta2,
        gamma2_mont=gamma2,
        delta1_mont=delta1,
        delta2_mont=delta2,
        ic_mont=_points(sections[3], n_public + 1, 2),
        matrix=matrix,
        row=row,
        wire=wire,
        value_mont2=value,
        a_mont=_points(sections[5], n_wires, 2),
        b1_mont=_points(sections[6], n_wires, 2),
        b2_mont=_points(sections[7], n_wires, 4),
        c_mont=_points(sections[8], n_wires - n_public - 1, 2),
        h_mont=_points(sections[9], domain_size, 2),
        circuit_hash=circuit_hash,
        contributions=contributions,
        mark=_mark(sections),
    )


def _shapes(n_wires: int, n_public: int, domain_size: int) -> dict[str, tuple[int, ...]]:
    return {
        "alpha1_mont": (8,),
        "beta1_mont": (8,),
        "beta2_mont": (16,),
        "gamma2_mont": (16,),
        "delta1_mont": (8,),
        "delta2_mont": (16,),
        "ic_mont": (n_public + 1, 8),
        "a_mont": (n_wires, 8),
        "b1_mont": (n_wires, 8),
        "b2_mont": (n_wires, 16),
        "c_mont": (n_wires - n_public - 1, 8),
        "h_mont": (domain_size, 8),
    }


def _bytes(array: Limbs) -> bytes:
    return np.ascontiguousarray(array, dtype="<u8").tobytes()


def _point(section: SectionReader, coordinates: int) -> Limbs:
    return section.elements(1, coordinates, Q).reshape(-1)


def _points(section: SectionReader, count: int, coordinates: int) -> Limbs:
    points = section.elements(count, coordinates, Q)
    section.end()
    return points


def _coefficients(
    section: SectionReader, n_wires: int, domain_size: int
) -> tuple[Words, Words, Words, Limbs]:
    count = section.u32()
    start = section.position
    records = np.frombuffer(section.take(count * _COEFFICIENT.itemsize), dtype=_COEFFICIENT)
    section.end()
    columns = []
    for name, bound in (("matrix", 2), ("row", domain_size), ("wire", n_wires)):
        column = records[name]
        outside = np.flatnonzero(column >= bound)
        if outside.size:
            section.fail(
                f"a coefficient's {name} is not below {bound}",
                start + int(outside[0]) * _COEFFICIENT.itemsize,
            )
        columns.append(column.astype(np.uint32))
    value = records["value"].astype(np.uint64)
    bad = first_not_below(value, R)
    if bad >= 0:
        section.fail("a coefficient is not below r", start + bad * _COEFFICIENT.itemsize + 12)
    return columns[0], columns[1], columns[2], value


def _contributions(section: SectionReader | None) -> tuple[bytes, tuple[Contribution, ...]]:
    if section is None:
        return bytes(64), ()
    circuit_hash = bytes(section.take(64))
    count = section.u32()
    if count * _POINTS_OF_CONTRIBUTION > section.remaining:
        section.fail(f"the section is too short for {count} contributions")
    if count > MOST_CONTRIBUTIONS:
        section.fail(
            f"more than {MOST_CONTRIBUTIONS} contributions are not read", section.position - 4
        )
    steps = tuple(_contribution(section) for _ in range(count))
    section.end()
    return circuit_hash, steps


def _contribution(section: SectionReader) -> Contribution:
    start = section.position
    points = section.elements(1, _POINTS_OF_CONTRIBUTION // FIELD_BYTES, Q)[0].copy()
    delta_after, g1_s, g1_sx, g2_spx = np.split(points, (8, 16, 24))
    transcript = bytes(section.take(64))
    made_by = contributor(section)
    return Contribution(
        delta_after_mont=delta_after,
        g1_s_mont=g1_s,
        g1_sx_mont=g1_sx,
        g2_spx_mont=g2_spx,
        transcript=transcript,
        made_by=made_by,
        raw=bytes(section.data[start : section.position]),
    )


def _mark(sections: Mapping[int, SectionReader]) -> bytes:
    section = sections.get(MARK_SECTION)
    if section is None:
        return b""
    if not 0 < section.remaining <= _MARK_LIMIT:
        section.fail(f"the mark must have 1 to {_MARK_LIMIT} bytes")
    return bytes(section.data)
