"""iden3's container: a magic, a version, and numbered sections.

Layout, all little-endian: 4 bytes magic, u32 version, u32 number of sections, then for each
section u32 id, u64 size, and the bytes. ``.r1cs``, ``.wtns``, ``.zkey`` and ``.ptau`` share it.

Where libraries diverge:

* snarkjs follows section sizes past the end of the file and fails later; here a section must
  lie inside the file, and nothing may follow the last one.
* snarkjs refuses a repeated section only if it reads it through one of its two helpers;
  otherwise it silently takes the first. Here any repeated id is refused.
* circom writes the sections of a ``.r1cs`` in the order 2, 1, 3; snarkjs in increasing order.
  Any order is accepted.
* All programs skip unknown ids. We use one (``zkey.MARK_SECTION``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from zkcredit._internal.refused.kinds import kind_of_bytes
from zkcredit.bn254.fields import Q, R
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zkcredit.bn254.limbs import Limbs

__all__ = [
    "FIELD_BYTES",
    "MOST_CONTRIBUTIONS",
    "Contributor",
    "SectionReader",
    "contributor",
    "dump_contributor",
    "dump_sections",
    "field_name",
    "first_not_below",
    "parse_sections",
]

_HEADER: Final = struct.Struct("<4sII")
_SECTION: Final = struct.Struct("<IQ")
FIELD_BYTES: Final = 32
_FIELDS: Final = {
    Q: "BN254's coordinates (Grumpkin)",
    R: "BN254",
    0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001: "BLS12-381",
    int(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffff"
        "ffffaaab",
        16,
    ): "BLS12-381",
    0x12AB655E9A2CA55660B44D1E5C37B00159AA76FED00000010A11800000000001: "BLS12-377",
    (1 << 64) - (1 << 32) + 1: "Goldilocks",
    0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001: "Pallas",
    0x40000000000000000000000000000000224698FC0994A8DD8C46EB2100000001: "Vesta",
    (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1: "P-256",
}
"""The fields that circom and snarkjs write, to tell a reader which one a file is over."""
"""Bytes of a field element in every file over BN254."""


def field_name(modulus: int) -> str:
    """Return which curve a modulus belongs to, or "" if circom and snarkjs do not know it."""
    return _FIELDS.get(modulus, "")


@dataclass(slots=True)
class SectionReader:
    """A cursor over one section. Every failure names the section and the file offset.

    Attributes:
        kind: magic of the file, for messages.
        id: the section's number.
        start: file offset of the section's first byte.
        data: the section's bytes, a view into the file.
        position: bytes taken so far.
    """

    kind: str
    id: int
    start: int
    data: memoryview
    position: int = 0

    def fail(self, problem: str, offset: int | None = None) -> NoReturn:
        """Refuse the file at the cursor, or at ``offset`` bytes into the section.

        Raises:
            MalformedFile: always.
        """
        where = self.start + (self.position if offset is None else offset)
        raise MalformedFile(f".{self.kind} file, section {self.id}, offset {where}: {problem}")

    @property
    def remaining(self) -> int:
        """The number of bytes that are not taken yet."""
        return len(self.data) - self.position

    def take(self, size: int) -> memoryview:
        """Return the next ``size`` bytes.

        Raises:
            MalformedFile: if fewer are left.
        """
        if size > self.remaining:
            self.fail(f"{size} bytes are expected, {self.remaining} are left")
        view = self.data[self.position : self.position + size]
        self.position += size
        return view

    def u32(self) -> int:
        """Return the next 4 bytes as an unsigned integer."""
        return int.from_bytes(self.take(4), "little")

    def modulus(self, expected: int) -> None:
        """Take a length-prefixed modulus and require that it is ``expected``."""
        size = self.u32()
        if size != FIELD_BYTES:
            found = int.from_bytes(self.take(min(size, self.remaining)), "little")
            name = f", and the field is that of {_FIELDS[found]}" if found in _FIELDS else ""
            text = f"a field element of {FIELD_BYTES} bytes is expected, not of {size}{name}"
            self.fail(text, 0)
        found = int.from_bytes(self.take(size), "little")
        if found != expected:
            name = f", it belongs to {_FIELDS[found]}" if found in _FIELDS else ""
            self.fail(f"the field is not that of BN254{name}", 4)

    def elements(self, count: int, modulus: int) -> memoryview:
        """Take ``count`` field elements, each below ``modulus``, which is q or r."""
        import zkcredit._kernel as _kernel

        start = self.position
        data = self.take(count * FIELD_BYTES)
        check = _kernel.fq_first_not_below if modulus == Q else _kernel.fr_first_not_below
        bad = check(data)
        if bad >= 0:
            self.fail("a field element is not below its modulus", start + bad * FIELD_BYTES)
        return data

    def rows(self, count: int, coordinates: int, modulus: int) -> Limbs:
        """Take ``count`` rows of ``coordinates`` field elements, each below ``modulus``.

        Returns:
            A read-only array of shape (count, 4·coordinates) that shares the file's memory.
        """
        import numpy as np

        data = self.elements(count * coordinates, modulus)
        return np.frombuffer(data, dtype="<u8").reshape(count, 4 * coordinates)

    def end(self) -> None:
        """Require that every byte of the section was taken."""
        if self.remaining:
            self.fail(f"the section has {self.remaining} bytes too many")


def parse_sections(
    data: bytes | memoryview, kind: str, max_version: int, required: Iterable[int]
) -> Mapping[int, SectionReader]:
    """Split a file into its sections.

    Args:
        data: the whole file.
        kind: the four-letter magic.
        max_version: the newest version accepted; older ones, from 1 on, are accepted too.
        required: ids that must be present.

    Raises:
        MalformedFile: if the magic or the version is wrong, if a section is cut off, repeated or
            missing, or if bytes follow the last section.
    """
    view = memoryview(data).cast("B")
    if len(view) >= len(kind) and view[: len(kind)] != kind.encode():
        found = kind_of_bytes(view)
        told = f"this is {found}" if found else f"it begins with {bytes(view[:4])!r}"
        raise MalformedFile(f"not a .{kind} file: {told}")
    if len(view) < _HEADER.size:
        raise MalformedFile(f".{kind} file: {len(view)} bytes are too few for the header")
    _, version, count = _HEADER.unpack_from(view)
    if not 1 <= version <= max_version:
        raise MalformedFile(f".{kind} file: version {version} is not supported")
    sections: dict[int, SectionReader] = {}
    position = _HEADER.size
    for _ in range(count):
        if position + _SECTION.size > len(view):
            raise MalformedFile(
                f".{kind} file, offset {position}: {count} sections are announced, "
                f"the file ends after {len(sections)}"
            )
        number, size = _SECTION.unpack_from(view, position)
        position += _SECTION.size
        if size > len(view) - position:
            raise MalformedFile(
                f".{kind} file, section {number}, offset {position}: {size} bytes are announced, "
                f"{len(view) - position} are left"
            )
        if number in sections:
            raise MalformedFile(
                f".{kind} file, section {number}, offset {position}: the section is repeated"
            )
        sections[number] = SectionReader(kind, number, position, view[position : position + size])
        position += size
    if position != len(view):
        raise MalformedFile(f".{kind} file, offset {position}: bytes after the last section")
    for number in required:
        if number not in sections:
            raise MalformedFile(f".{kind} file: section {number} is missing")
    return sections


def dump_sections(
    kind: str, version: int, sections: Iterable[tuple[int, bytes | memoryview]]
) -> bytes:
    """Join sections into a file, in the given order."""
    parts: list[bytes | memoryview] = []
    count = 0
    for number, data in sections:
        parts += [_SECTION.pack(number, len(data)), data]
        count += 1
    return b"".join([_HEADER.pack(kind.encode(), version, count), *parts])


MOST_CONTRIBUTIONS: Final = 1 << 16
"""The most contributions of a file that is read."""


class Contributor(NamedTuple):
    """What the end of a contribution's record in ``.zkey`` and ``.ptau`` says: who made it.

    No hash of the ceremony covers it: whoever passes the file on can write another name.

    Attributes:
        is_beacon: whether the step comes from a public random beacon, so that it hides no secret.
        name: the name that the contributor chose.
        beacon: the beacon's bytes; empty if a party contributed.
        iterations: of a beacon, SHA-256 is applied to its bytes 2^iterations times.
    """

    is_beacon: bool
    name: str
    beacon: bytes = b""
    iterations: int = 0


def contributor(section: SectionReader) -> Contributor:
    """Take the end of a contribution's record, which says who made it.

    The record ends with a u32 kind (1 for a random beacon), a u32 size, and sorted parameters:
    1 = name, 2 = iterations of the beacon, 3 = the beacon's bytes.

    Raises:
        MalformedFile: if the record is not of this form; or it is a beacon's without its bytes, or
            a party's with them.
    """
    start = section.position
    kind = section.u32()
    if kind not in {0, 1}:
        section.fail(f"a contribution has the unknown kind {kind}", start)
    end = section.u32() + section.position
    found: dict[int, bytes] = {}
    while section.position < end:
        tag = section.take(1)[0]
        if not max(found, default=0) < tag <= 3:
            section.fail("a contribution's parameters are unknown or unsorted")
        length = 1 if tag == 2 else section.take(1)[0]
        found[tag] = bytes(section.take(length))
    if section.position != end:
        section.fail("a contribution's parameters do not end where they should")
    is_beacon = kind == 1
    if is_beacon != bool(found.get(3)) or is_beacon != (2 in found):
        section.fail("a contribution is half a beacon's and half a party's", start)
    name = found.get(1, b"").decode("utf-8", "replace")
    return Contributor(is_beacon, name, found.get(3, b""), found.get(2, b"\0")[0])


def dump_contributor(made_by: Contributor) -> bytes:
    """Encode the end of a contribution's record.

    Raises:
        InvalidInput: if the name has more than 255 bytes, or the beacon does not have 1 to 255.
    """
    name = made_by.name.encode()
    if len(name) > 255:
        raise InvalidInput("a contributor's name has at most 255 bytes")
    parameters = bytes([1, len(name)]) + name if name else b""
    if made_by.is_beacon:
        if not 0 < len(made_by.beacon) <= 255 or not 0 <= made_by.iterations <= 255:
            raise InvalidInput("a beacon has 1 to 255 bytes, and iterations up to 2^255")
        parameters += bytes([2, made_by.iterations, 3, len(made_by.beacon)]) + made_by.beacon
    return struct.pack("<II", made_by.is_beacon, len(parameters)) + parameters


def first_not_below(elements: Limbs, modulus: int) -> int:
    """Return the first row of an (n, 4) limb array that is not below ``modulus``, or -1."""
    import numpy as np

    limbs = [np.uint64(modulus >> (64 * i) & 0xFFFF_FFFF_FFFF_FFFF) for i in range(4)]
    # Compare from the lowest limb up: a higher limb decides unless it is equal.
    below = elements[:, 0] < limbs[0]
    for i in (1, 2, 3):
        below &= elements[:, i] == limbs[i]
        below |= elements[:, i] < limbs[i]
    return -1 if below.all() else int(np.argmin(below))
