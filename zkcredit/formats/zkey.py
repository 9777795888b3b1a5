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
from typing import TYPE_CHECKING, Final, NamedTuple, Self

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
    parse_sections,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    import numpy as np
    import numpy.typing as npt

    from zkcredit.bn254.limbs import Limbs

    Words: TypeAlias = npt.NDArray[np.uint32]

__all__ = [
    "MARK_SECTION",
    "Contribution",
    "ContributionRecord",
    "ZKeyFile",
    "ZKeySections",
    "arrays",
    "dumps",
    "loads",
    "sections",
]

MARK_SECTION: Final = 0x7A6B  # "zk"
"""Id of our own section: the key's origin and circuit digest as JSON, at most 4096 bytes."""

_GROTH16: Final = 1
_PROTOCOLS: Final = {2: "PLONK", 10: "FFLONK"}
_MARK_LIMIT: Final = 4096
_RECORD: Final = 3 * 4 + FIELD_BYTES
_MEMBERS: Final = ("matrix", "row", "wire")
_COEFFICIENT: Final = [("matrix", "<u4"), ("row", "<u4"), ("wire", "<u4"), ("value", "<u8", (4,))]
_POINTS_OF_CONTRIBUTION: Final = (3 * 2 + 4) * FIELD_BYTES


class ContributionRecord(NamedTuple):
    """One step of a phase-2 ceremony as it stands in a file, unchecked.

    Attributes:
        points: δ₁ after the step, g1_s and g1_sx in G1, then g2_spx in G2; see ``Contribution``.
        transcript: 64 bytes.
        made_by: what the record says of its contributor.
        raw: the record's bytes.
    """

    points: memoryview
    transcript: bytes
    made_by: Contributor
    raw: bytes

    @property
    def delta_after(self) -> memoryview:
        """δ₁ after the step, 64 bytes."""
        return self.points[: 2 * FIELD_BYTES]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ZKeySections:
    """The content of a ``.zkey`` as views of the file: sizes, indices and ranges are checked.

    Attributes:
        n_wires: number of wires, the constant wire included.
        n_public: number of public inputs, the constant wire excluded.
        domain_size: a power of two above constraints + public inputs.
        alpha1: α₁, 64 bytes, Montgomery form; beta1 and delta1 likewise, beta2, gamma2 and delta2
            in G2, 128 bytes.
        ic: the points of IC, in Montgomery form; a, b1, b2, c and h likewise.
        coefficients: records of u32 matrix, u32 row, u32 wire and value·2⁵¹² mod r.
        circuit_hash: snarkjs's 64-byte hash of the key before contributions.
        contributions: the steps of phase 2, as claimed: they are not verified here.
        mark: the bytes of our own section, or b"" if the file does not have it.
    """

    n_wires: int
    n_public: int
    domain_size: int
    alpha1: memoryview
    beta1: memoryview
    beta2: memoryview
    gamma2: memoryview
    delta1: memoryview
    delta2: memoryview
    ic: memoryview
    coefficients: memoryview
    a: memoryview
    b1: memoryview
    b2: memoryview
    c: memoryview
    h: memoryview
    circuit_hash: bytes
    contributions: tuple[ContributionRecord, ...]
    mark: bytes


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

    @classmethod
    def of_record(cls, record: ContributionRecord) -> Self:
        """Return the step of a file's record."""
        import numpy as np

        points = np.frombuffer(record.points, dtype="<u8").astype(np.uint64)
        delta_after, g1_s, g1_sx, g2_spx = np.split(points, (8, 16, 24))
        return cls(delta_after, g1_s, g1_sx, g2_spx, record.transcript, record.made_by, record.raw)

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
    import numpy as np

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
    parts = [
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
        parts.append((MARK_SECTION, key.mark))
    return dump_sections("zkey", 1, parts)


def loads(data: bytes | memoryview) -> ZKeyFile:
    """Decode a key. The arrays share the file's memory.

    Raises:
        MalformedFile: if the bytes are not exactly a Groth16 ``.zkey`` over BN254.
    """
    return arrays(sections(data))


def sections(data: bytes | memoryview) -> ZKeySections:
    """Find the parts of a key in a file.

    Raises:
        MalformedFile: if the bytes are not exactly a Groth16 ``.zkey`` over BN254.
    """
    # Section 10 is absent from keys of snarkjs before 0.3, hence not required.
    found = parse_sections(data, "zkey", 1, required=range(1, 10))
    protocol = found[1]
    if (number := protocol.u32()) != _GROTH16:
        name = f", but for {_PROTOCOLS[number]}" if number in _PROTOCOLS else ""
        protocol.fail(f"the key is not for Groth16{name}", 0)
    protocol.end()
    head = found[2]
    head.modulus(Q)
    head.modulus(R)
    n_wires, n_public, domain_size = head.u32(), head.u32(), head.u32()
    if n_public + 1 > n_wires:
        head.fail(f"{n_wires} wires are too few for the constant and {n_public} public inputs", 72)
    if not 1 <= domain_size <= 1 << TWO_ADICITY or domain_size & (domain_size - 1):
        head.fail(f"the domain size {domain_size} is not a power of two up to 2^28", 80)
    alpha1, beta1 = head.elements(2, Q), head.elements(2, Q)
    beta2, gamma2 = head.elements(4, Q), head.elements(4, Q)
    delta1, delta2 = head.elements(2, Q), head.elements(4, Q)
    head.end()
    coefficients = _coefficients(found[4], n_wires, domain_size)
    circuit_hash, contributions = _contributions(found.get(10))
    return ZKeySections(
        n_wires=n_wires,
        n_public=n_public,
        domain_size=domain_size,
        alpha1=alpha1,
        beta1=beta1,
        beta2=beta2,
        gamma2=gamma2,
        delta1=delta1,
        delta2=delta2,
        ic=_points(found[3], n_public + 1, 2),
        coefficients=coefficients,
        a=_points(found[5], n_wires, 2),
        b1=_points(found[6], n_wires, 2),
        b2=_points(found[7], n_wires, 4),
        c=_points(found[8], n_wires - n_public - 1, 2),
        h=_points(found[9], domain_size, 2),
        circuit_hash=circuit_hash,
        contributions=contributions,
        mark=_mark(found),
    )


def arrays(key: ZKeySections) -> ZKeyFile:
    """Return the same key as arrays, which share the file's memory."""
    import numpy as np

    def g1(points: memoryview) -> Limbs:
        return np.frombuffer(points, dtype="<u8").reshape(-1, 8)

    def g2(points: memoryview) -> Limbs:
        return np.frombuffer(points, dtype="<u8").reshape(-1, 16)

    records = np.frombuffer(key.coefficients, dtype=_COEFFICIENT)
    return ZKeyFile(
        n_wires=key.n_wires,
        n_public=key.n_public,
        domain_size=key.domain_size,
        alpha1_mont=g1(key.alpha1)[0],
        beta1_mont=g1(key.beta1)[0],
        beta2_mont=g2(key.beta2)[0],
        gamma2_mont=g2(key.gamma2)[0],
        delta1_mont=g1(key.delta1)[0],
        delta2_mont=g2(key.delta2)[0],
        ic_mont=g1(key.ic),
        matrix=records["matrix"].astype(np.uint32),
        row=records["row"].astype(np.uint32),
        wire=records["wire"].astype(np.uint32),
        value_mont2=records["value"].astype(np.uint64),
        a_mont=g1(key.a),
        b1_mont=g1(key.b1),
        b2_mont=g2(key.b2),
        c_mont=g1(key.c),
        h_mont=g1(key.h),
        circuit_hash=key.circuit_hash,
        contributions=tuple(Contribution.of_record(record) for record in key.contributions),
        mark=key.mark,
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
    import numpy as np

    return np.ascontiguousarray(array, dtype="<u8").tobytes()


def _points(section: SectionReader, count: int, coordinates: int) -> memoryview:
    points = section.elements(count * coordinates, Q)
    section.end()
    return points


def _coefficients(section: SectionReader, n_wires: int, domain_size: int) -> memoryview:
    import zkcredit._kernel as _kernel

    count = section.u32()
    start = section.position
    records = section.take(count * _RECORD)
    section.end()
    bad, member = _kernel.first_bad_coefficient(records, domain_size, n_wires)
    if bad >= 0 and member < len(_MEMBERS):
        bound = (2, domain_size, n_wires)[member]
        section.fail(
            f"a coefficient's {_MEMBERS[member]} is not below {bound}", start + bad * _RECORD
        )
    if bad >= 0:
        section.fail("a coefficient is not below r", start + bad * _RECORD + 12)
    return records


def _contributions(
    section: SectionReader | None,
) -> tuple[bytes, tuple[ContributionRecord, ...]]:
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


def _contribution(section: SectionReader) -> ContributionRecord:
    start = section.position
    points = section.elements(_POINTS_OF_CONTRIBUTION // FIELD_BYTES, Q)
    transcript = bytes(section.take(64))
    made_by = contributor(section)
    return ContributionRecord(
        points, transcript, made_by, bytes(section.data[start : section.position])
    )


def _mark(found: Mapping[int, SectionReader]) -> bytes:
    section = found.get(MARK_SECTION)
    if section is None:
        return b""
    if not 0 < section.remaining <= _MARK_LIMIT:
        section.fail(f"the mark must have 1 to {_MARK_LIMIT} bytes")
    return bytes(section.data)
