"""iden3's ``.ptau``: powers of a secret τ, the first phase of a Groth16 setup, for any circuit.

Let N = 2^power, and let G₁ and G₂ be the generators. Sections: 1 = u32 size and modulus q, u32
power, u32 power of the ceremony; 2 = τⁱ·G₁ for i < 2N − 1; 3 = τⁱ·G₂, 4 = α·τⁱ·G₁, 5 = β·τⁱ·G₁ for
i < N; 6 = β·G₂; 7 = contributions. A file that is prepared for phase 2 also has sections 12 to 15:
sections 2 to 5 in Lagrange form. They hold the points Lⱼ(τ)·G of the domains of 1, 2, 4, … N
points one after another, so the domain of 2^k points begins at index 2^k − 1.

Where libraries diverge:

* Points are affine in Montgomery form (x·2²⁵⁶ mod q), as in a ``.zkey``. The challenge and
  response files of Zcash's and Semaphore's ceremonies hold the same points big-endian, not in
  Montgomery form, partly compressed, and imply the power by their size.
* Only section 12 has one more domain, of 2N points, and section 2 does not hold the τ^(2N−1) that
  belongs to it. snarkjs puts infinity in its place; when it truncates a file of a larger ceremony,
  the true power remains. ``groth16.ceremony.phase1`` accepts these two and nothing else.
* The power in a name (``…_final_15.ptau``) is the file's. ``snarkjs powersoftau truncate`` leaves
  the ceremony's power in the header as it was; ``prepare phase2`` sets it to the file's power.
  Nothing here depends on it.
* snarkjs checks neither that a section has as many points as the power says nor that a point is
  canonical or on its curve (``powersoftau verify`` of 0.7.6 sums them unchecked), and notices a
  missing section only when it needs it. Here sizes are checked first, and each point when it is
  read.
* A file without contributions is well formed. Its secrets are all 1.
* Contributions carry 216 bytes of the state of one implementation of BLAKE2b: the hash of the
  step's response before its public key. This module keeps them and does not interpret them.
  ``groth16.ceremony.phase1_chain`` checks that each contribution follows from the one before it;
  this module does not.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit.bn254.fields import TWO_ADICITY, Q
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.formats.binfile import (
    FIELD_BYTES,
    MOST_CONTRIBUTIONS,
    Contributor,
    SectionReader,
    contributor,
    dump_sections,
    first_not_below,
    parse_sections,
)

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs

__all__ = ["MAX_POWER", "PtauContribution", "PtauFile", "dumps", "loads"]

MAX_POWER: Final = TWO_ADICITY
"""The largest power of a ceremony over BN254: its scalar field has no larger domain."""

_G1: Final = 2 * FIELD_BYTES
_G2: Final = 4 * FIELD_BYTES
_KEY: Final = 6 * _G1 + 3 * _G2
_STATE: Final = 216
_RECORD: Final = 3 * _G1 + 2 * _G2 + _KEY + _STATE + 64 + 4 + 4
_SECTIONS: Final = {
    "tau_g1": 2, "tau_g2": 3, "alpha_tau_g1": 4, "beta_tau_g1": 5,
    "tau_g1_lagrange": 12, "tau_g2_lagrange": 13,
    "alpha_tau_g1_lagrange": 14, "beta_tau_g1_lagrange": 15,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PtauContribution:
    """One step of the ceremony, unchecked: its resulting points, and what its contributor wrote.

    Attributes:
        tau1_mont: τ·G₁ after this step, (1, 8), Montgomery form; alpha1_mont, beta1_mont likewise.
        tau2_mont: τ·G₂, (1, 16); beta2_mont likewise.
        key_g1_mont: (6, 8): g1_s and g1_sx of τ, of α and of β, where g1_sx = x·g1_s for the
            step's secret factor x.
        key_g2_mont: (3, 16): g2_spx = x·g2_sp of τ, α and β; g2_sp follows from the challenge.
        state: 216 bytes: the state of BLAKE2b after the response, before the key.
        next_challenge: 64 bytes, which the next step begins with.
        made_by: what the record says of its contributor.
        raw: the record's bytes.
    """

    tau1_mont: Limbs
    tau2_mont: Limbs
    alpha1_mont: Limbs
    beta1_mont: Limbs
    beta2_mont: Limbs
    key_g1_mont: Limbs
    key_g2_mont: Limbs
    state: bytes
    next_challenge: bytes
    made_by: Contributor
    raw: bytes

    @property
    def is_beacon(self) -> bool:
        """Whether the step comes from a public random beacon, so that it hides no secret."""
        return self.made_by.is_beacon

    @property
    def name(self) -> str:
        """The name that the contributor chose."""
        return self.made_by.name


@dataclass(frozen=True, slots=True, eq=False)
class PtauFile:
    """The content of a ``.ptau``: arrays over the file's own bytes, unchecked until ``points``.

    Attributes:
        power: the file serves circuits of up to 2^power rows.
        ceremony_power: the ceremony's power, as the header gives it.
        tau_g1_mont: (2^(power+1) − 1, 8), Montgomery form.
        tau_g2_mont: (2^power, 16).
        alpha_tau_g1_mont: (2^power, 8); beta_tau_g1_mont likewise.
        beta_g2_mont: (1, 16).
        tau_g1_lagrange_mont: (2^(power+2) − 1, 8), or None if the file is not prepared.
        tau_g2_lagrange_mont: (2^(power+1) − 1, 16), or None.
        alpha_tau_g1_lagrange_mont: (2^(power+1) − 1, 8), or None; beta_tau_g1_lagrange_mont
            likewise.
        contributions: the steps of the ceremony, as claimed.
    """

    power: int
    ceremony_power: int
    tau_g1_mont: Limbs
    tau_g2_mont: Limbs
    alpha_tau_g1_mont: Limbs
    beta_tau_g1_mont: Limbs
    beta_g2_mont: Limbs
    tau_g1_lagrange_mont: Limbs | None = None
    tau_g2_lagrange_mont: Limbs | None = None
    alpha_tau_g1_lagrange_mont: Limbs | None = None
    beta_tau_g1_lagrange_mont: Limbs | None = None
    contributions: tuple[PtauContribution, ...] = ()

    def __repr__(self) -> str:
        # size and contributions only: a file has millions of points
        return (
            f"PtauFile(power={self.power}, prepared={self.is_prepared}, "
            f"contributions={len(self.contributions)})"
        )

    @property
    def is_prepared(self) -> bool:
        """Whether the file has the Lagrange forms, which a circuit's key is made from."""
        return self.tau_g1_lagrange_mont is not None

    def points(self, name: str, start: int, count: int) -> Limbs:
        """Return points of one section, in the file's own encoding.

        Args:
            name: the section: an attribute's name without ``_mont``.
            start: index of the first point.
            count: the number of points.

        Returns:
            (count, 8) or (count, 16), aligned. Coordinates are below q, and no point is infinity.
            The caller checks that they lie on their curves.

        Raises:
            MalformedFile: if a coordinate is not below q, or a point is infinity.
            InvalidInput: if the file is not prepared, or does not have these points.
        """
        array = getattr(self, f"{name}_mont")
        if array is None:
            raise InvalidInput(
                "the .ptau file is not prepared for phase 2: run `snarkjs powersoftau prepare "
                "phase2` on it and use the output"
            )
        if start < 0 or count < 1 or start + count > len(array):
            raise InvalidInput(f"the .ptau file has only {len(array)} points of {name}")
        # Views into a file may begin at any address, and sections have no padding.
        part = array[start : start + count]
        points: Limbs = np.require(part, dtype=np.uint64, requirements=["A", "C"])
        bad = first_not_below(points.reshape(-1, 4), Q)
        if bad >= 0:
            index = start + bad // (points.shape[1] // 4)
            raise MalformedFile(f".ptau file, {name}[{index}]: a coordinate is not below q")
        infinite = np.flatnonzero(~points.any(axis=1))
        if infinite.size:
            raise MalformedFile(f".ptau file, {name}[{start + infinite[0]}]: the point is infinity")
        return points


def loads(data: bytes | memoryview) -> PtauFile:
    """Decode a file. The arrays share its memory; their points are not checked yet.

    Raises:
        MalformedFile: if the bytes are not exactly a ``.ptau`` over BN254: the curve is another
            one, the power does not match the sections' sizes, a section is missing or cut off, or
            a contribution is malformed.
    """
    sections = parse_sections(data, "ptau", 1, required=range(1, 8))
    head = sections[1]
    head.modulus(Q)
    power, ceremony_power = head.u32(), head.u32()
    if not 1 <= power <= MAX_POWER:
        head.fail(f"the power {power} is not between 1 and {MAX_POWER}", 36)
    if not power <= ceremony_power <= MAX_POWER:
        head.fail(f"the ceremony's power {ceremony_power} is below the file's, {power}", 40)
    head.end()
    missing = sorted({12, 13, 14, 15} - sections.keys())
    if len(missing) not in {0, 4}:
        raise MalformedFile(f".ptau file: section {missing[0]} is missing")
    counts = _counts(power)
    beta = _section(sections[6], 1, _G2)
    return PtauFile(
        power=power,
        ceremony_power=ceremony_power,
        beta_g2_mont=beta,
        contributions=_contributions(sections[7]),
        **{
            f"{name}_mont": _section(sections[number], counts[name], _width(name))
            for name, number in _SECTIONS.items()
            if number in sections
        },
    )


def dumps(file: PtauFile) -> bytes:
    """Encode a file in the layout of snarkjs.

    Raises:
        InvalidInput: if the power is out of range, an array does not have the shape of its section,
            or only some of the Lagrange forms are present.
    """
    if not 1 <= file.power <= min(file.ceremony_power, MAX_POWER):
        raise InvalidInput(
            f"the power must be between 1 and the ceremony's power, and at most {MAX_POWER}"
        )
    counts = _counts(file.power)
    bodies: dict[int, bytes] = {
        1: struct.pack("<I", FIELD_BYTES)
        + Q.to_bytes(FIELD_BYTES, "little")
        + struct.pack("<II", file.power, file.ceremony_power),
        6: _bytes("beta_g2", file.beta_g2_mont, (1, 16)),
        7: struct.pack("<I", len(file.contributions))
        + b"".join(step.raw for step in file.contributions),
    }
    for name, number in _SECTIONS.items():
        array: Limbs | None = getattr(file, f"{name}_mont")
        if array is not None:
            bodies[number] = _bytes(name, array, (counts[name], _width(name) // 8))
    if len(bodies) not in {7, 11}:
        raise InvalidInput("a .ptau file must have all four Lagrange forms or none of them")
    return dump_sections("ptau", 1, sorted(bodies.items()))


def _counts(power: int) -> dict[str, int]:
    size = 1 << power
    counts = dict.fromkeys(_SECTIONS, size)
    counts["tau_g1"] = 2 * size - 1
    for name in ("tau_g2", "alpha_tau_g1", "beta_tau_g1"):
        counts[f"{name}_lagrange"] = 2 * size - 1
    counts["tau_g1_lagrange"] = 4 * size - 1
    return counts


def _width(name: str) -> int:
    return _G2 if "g2" in name else _G1


def _section(section: SectionReader, count: int, width: int) -> Limbs:
    if section.remaining != count * width:
        section.fail(f"{count} points of {width} bytes are expected, not {section.remaining} bytes")
    return np.frombuffer(section.take(count * width), dtype="<u8").reshape(count, width // 8)


def _contributions(section: SectionReader) -> tuple[PtauContribution, ...]:
    count = section.u32()
    if count * _RECORD > section.remaining:
        section.fail(f"the section is too short for {count} contributions")
    if count > MOST_CONTRIBUTIONS:
        section.fail(
            f"more than {MOST_CONTRIBUTIONS} contributions are not read", section.position - 4
        )
    steps = tuple(_contribution(section) for _ in range(count))
    section.end()
    return steps


def _contribution(section: SectionReader) -> PtauContribution:
    start = section.position
    tau1 = _point(section, 2)
    tau2 = _point(section, 4)
    alpha1, beta1 = _point(section, 2), _point(section, 2)
    beta2 = _point(section, 4)
    key_g1 = section.rows(6, 2, Q).copy()
    key_g2 = section.rows(3, 4, Q).copy()
    state, next_challenge = bytes(section.take(_STATE)), bytes(section.take(64))
    made_by = contributor(section)
    return PtauContribution(
        tau1_mont=tau1,
        tau2_mont=tau2,
        alpha1_mont=alpha1,
        beta1_mont=beta1,
        beta2_mont=beta2,
        key_g1_mont=key_g1,
        key_g2_mont=key_g2,
        state=state,
        next_challenge=next_challenge,
        made_by=made_by,
        raw=bytes(section.data[start : section.position]),
    )


def _point(section: SectionReader, coordinates: int) -> Limbs:
    return section.rows(1, coordinates, Q).copy()


def _bytes(name: str, array: Limbs, shape: tuple[int, int]) -> bytes:
    if array.shape != shape:
        raise InvalidInput(f"{name} has the shape {array.shape}, not {shape}")
    return np.ascontiguousarray(array, dtype="<u8").tobytes()
