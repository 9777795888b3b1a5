"""A proof as the EVM sees it: eight 256-bit words.

The order is A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y, which is what the pairing
precompile takes (EIP-197).

Where libraries diverge:

* F_q² elements have c1 first here, c0 first in snarkjs's JSON and in this library's points.
  Swapping them gives a point off the curve, so the mistake shows at once, as a failed proof.
* snarkjs's ``groth16 exportsoliditycalldata`` nests the words as (uint256[2], uint256[2][2],
  uint256[2]), gnark and our contract take a flat uint256[8]; the ABI encoding of both is the
  same 256 bytes.
* A generated snarkjs verifier compares public inputs with r only since 0.7 (with q before).
  Here a public input that is not below r is refused before it reaches a contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import MalformedFile, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.formats.snarkjs import ProofPoints

__all__ = ["from_bytes", "from_words", "snarkjs_text", "to_bytes", "to_words"]

_WORD: Final = 32


def to_words(proof: ProofPoints) -> list[int]:
    """Return the eight words of a proof.

    Raises:
        OutOfRange: if a coordinate is not in [0, q).
    """
    a, b, c = proof
    words = [a.x, a.y, b.x[1], b.x[0], b.y[1], b.y[0], c.x, c.y]
    if not all(0 <= word < Q for word in words):
        raise OutOfRange("a coordinate of the proof is not in [0, q)")
    return words


def from_words(words: Sequence[int]) -> ProofPoints:
    """Return the proof that eight words encode. The points are not checked.

    Raises:
        MalformedFile: if the words are not eight integers in [0, q).
    """
    if len(words) != 8 or not all(
        isinstance(word, int) and not isinstance(word, bool) and 0 <= word < Q for word in words
    ):
        raise MalformedFile("a proof in calldata is eight integers in [0, q)")
    return (
        G1Point(words[0], words[1]),
        G2Point((words[3], words[2]), (words[5], words[4])),
        G1Point(words[6], words[7]),
    )


def to_bytes(proof: ProofPoints) -> bytes:
    """Return the ABI encoding of a proof: 256 bytes."""
    return b"".join(word.to_bytes(_WORD, "big") for word in to_words(proof))


def from_bytes(data: bytes) -> ProofPoints:
    """Return the proof of an ABI encoding. The points are not checked.

    Raises:
        MalformedFile: if there are not 256 bytes, or a coordinate is not below q.
    """
    if len(data) != 8 * _WORD:
        raise MalformedFile(f"a proof in calldata has {8 * _WORD} bytes, not {len(data)}")
    return from_words(
        [int.from_bytes(data[i : i + _WORD], "big") for i in range(0, len(data), _WORD)]
    )


def snarkjs_text(proof: ProofPoints, public_inputs: Sequence[int]) -> str:
    """Return the text of ``snarkjs zkey export soliditycalldata``, to paste into a block explorer.

    Raises:
        OutOfRange: if a coordinate is not in [0, q), or a public input is not in [0, r).
    """
    if not all(0 <= value < R for value in public_inputs):
        raise OutOfRange("a public input is not in [0, r)")
    w = [f'"0x{word:064x}"' for word in to_words(proof)]
    inputs = ",".join(f'"0x{value:064x}"' for value in public_inputs)
    return f"[{w[0]}, {w[1]}],[[{w[2]}, {w[3]}],[{w[4]}, {w[5]}]],[{w[6]}, {w[7]}],[{inputs}]"
