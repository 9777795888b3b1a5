"""Values of one word each are decoded as eth_abi decodes them, and refused where it refuses."""

from __future__ import annotations

import random

import pytest
from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address

from zkcredit.chain.contracts.abi import _decode, _decode_words
from zkcredit.errors import ChainError

KINDS = ("uint8", "uint16", "uint48", "uint256", "address", "bool", "bytes32")


def words(draw, count):
    """Random words: small, full, or with a bit where the type's padding is."""
    return b"".join(
        draw.choice((
            draw.getrandbits(1), draw.getrandbits(8), draw.getrandbits(47), draw.getrandbits(160),
            draw.getrandbits(256), 1 << draw.randrange(256),
        )).to_bytes(32)
        for _ in range(count)
    )  # fmt: skip


def by_eth_abi(kinds, data):
    try:
        values = decode(kinds, data)
    except DecodingError:
        return None
    return tuple(
        to_checksum_address(value) if kind == "address" else value
        for kind, value in zip(kinds, values, strict=True)
    )


def test_random_words_as_eth_abi():
    draw, refused = random.Random(7), 0
    for _ in range(3_000):
        kinds = [draw.choice(KINDS) for _ in range(draw.randrange(6))]
        fields = [{"type": kind} for kind in kinds]
        data = words(draw, len(kinds) + draw.choice((0, 0, 0, 1)))
        expected = by_eth_abi(kinds, data)
        refused += expected is None
        assert _decode_words(fields, data) == expected, (kinds, data.hex())
    assert 300 < refused < 2_700


@pytest.mark.parametrize("cut", [1, 31, 32])
def test_what_is_too_short_is_refused(cut):
    fields = [{"type": "uint256"}, {"type": "bool"}]
    assert _decode_words(fields, bytes(64 - cut)) is None
    with pytest.raises(ChainError, match="do not have its type"):
        _decode("A.f", fields, bytes(64 - cut))


@pytest.mark.parametrize("kind", ["string", "bytes", "uint256[]", "tuple", "int8", "bytes26"])
def test_other_types_are_left_to_eth_abi(kind):
    assert _decode_words([{"type": kind, "components": []}], bytes(96)) is None
