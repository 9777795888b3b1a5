"""iden3's ``.wtns`` version 2: the value of every wire.

Sections: 1 = u32 bytes per element, modulus, u32 count; 2 = the values, little-endian.

Where libraries diverge:

* snarkjs and rapidsnark accept values ≥ r and compute with them modulo r. Here they are refused,
  so that a witness has one encoding.
* Other tools do not check that wire 0 is one, although the proof system assumes it. Here it is
  checked.
* Some tools write version 1 into the header of a file in the layout of version 2. Both versions
  are accepted.

A witness holds the prover's secrets: write it with mode ``files.PRIVATE`` and delete it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput
from zkcredit.formats.binfile import (
    FIELD_BYTES,
    dump_sections,
    first_not_below,
    parse_sections,
)

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs

__all__ = ["dumps", "loads", "values"]


def dumps(witness: Limbs) -> bytes:
    """Encode a witness, an array (n_wires, 4) of canonical limbs that begins with one.

    Raises:
        InvalidInput: if the array has another shape or type, a value is ≥ r, or the first value
            is not one.
    """
    import numpy as np

    if witness.dtype != np.uint64 or witness.ndim != 2 or witness.shape[1] != 4:
        raise InvalidInput("a witness must be a uint64 array of shape (n_wires, 4)")
    if first_not_below(witness, R) >= 0 or not _begins_with_one(witness):
        raise InvalidInput("a witness must begin with one, and its values must be below r")
    header = struct.pack("<I", FIELD_BYTES) + R.to_bytes(FIELD_BYTES, "little")
    values = np.ascontiguousarray(witness, dtype="<u8")
    return dump_sections(
        "wtns",
        2,
        [
            (1, header + struct.pack("<I", len(values))),
            (2, values.tobytes()),
        ],
    )


def loads(data: bytes | memoryview) -> Limbs:
    """Decode a witness into an array (n_wires, 4) of canonical limbs.

    Raises:
        MalformedFile: if the bytes are not exactly a ``.wtns`` file over BN254 (see above).
    """
    import numpy as np

    return np.frombuffer(values(data), dtype="<u8").reshape(-1, 4).astype(np.uint64)


def values(data: bytes | memoryview) -> memoryview:
    """Return the values of a witness as a view into the file, 32 bytes each.

    Raises:
        MalformedFile: if ``loads`` raises it.
    """
    sections = parse_sections(data, "wtns", 2, required=(1, 2))
    header, body = sections[1], sections[2]
    header.modulus(R)
    count = header.u32()
    header.end()
    found = body.elements(count, R)
    body.end()
    if found[:FIELD_BYTES] != _ONE:
        body.fail("wire 0 is not one", 0)
    return found


_ONE: Final = (1).to_bytes(FIELD_BYTES, "little")


def _begins_with_one(witness: Limbs) -> bool:
    return len(witness) > 0 and witness[0].tolist() == [1, 0, 0, 0]
