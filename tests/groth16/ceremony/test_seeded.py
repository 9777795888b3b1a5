"""Scalars and points from a seed against vectors of snarkjs's own library (ffjavascript 0.2.63)."""

from __future__ import annotations

import hashlib
import struct

import pytest
from support.groth16.seeded_vectors import VECTORS

from zkcredit import _kernel
from zkcredit.bn254.curve import in_subgroup
from zkcredit.bn254.limbs import g1_from_limbs, g2_from_limbs
from zkcredit.errors import MalformedFile
from zkcredit.groth16.ceremony.blake2b_state import _IV, digest_from_state
from zkcredit.groth16.ceremony.seeded import Seeded, g2_points


def test_scalars_and_points_are_those_of_snarkjs() -> None:
    seeds = [bytes.fromhex(seed) for seed, *_ in VECTORS]
    points = g2_from_limbs(g2_points(seeds))
    for (_, scalar, x, y, x2, y2), seed, point in zip(VECTORS, seeds, points, strict=True):
        stream = Seeded(seed)
        assert stream.scalar() == scalar
        (first,) = g1_from_limbs(stream.g1())
        assert (first.x, first.y) == (x, y)
        assert (point.x, point.y) == (x2, y2)


def test_points_lie_in_their_groups() -> None:
    seeds = [hashlib.sha256(bytes([i])).digest() for i in range(40)]
    assert _kernel.g2_first_invalid(g2_points(seeds)) == -1
    assert in_subgroup(g2_from_limbs(g2_points(seeds[:1]))[0])
    assert all(_kernel.g1_first_invalid(Seeded(seed).g1()) == -1 for seed in seeds)


def test_only_the_first_32_bytes_count() -> None:
    seed = bytes(range(64))
    assert Seeded(seed).scalar() == Seeded(seed[:32]).scalar() != Seeded(seed[32:]).scalar()


def _state(before: bytes) -> bytes:
    """The state of BLAKE2b after up to 128 bytes."""
    words = (_IV[0] ^ 0x01010040, *_IV[1:])
    return before.ljust(128, b"?") + struct.pack("<8Q3Q", *words, 0, len(before), 9)


@pytest.mark.parametrize("waiting", [0, 1, 64, 127, 128])
@pytest.mark.parametrize("more", [0, 1, 127, 128, 129, 256, 768])
def test_a_hash_goes_on_from_its_state(waiting: int, more: int) -> None:
    data = bytes(i % 251 for i in range(waiting + more))
    wanted = hashlib.blake2b(data).digest()
    assert digest_from_state(_state(data[:waiting]), data[waiting:]) == wanted


@pytest.mark.parametrize(
    ("compressed", "waiting"), [(0, 129), (0, 2**64 - 1), (1, 0), (127, 5), (2**63, 0)]
)
def test_what_is_not_a_state_is_refused(compressed: int, waiting: int) -> None:
    state = _state(b"")[:192] + struct.pack("<3Q", compressed, waiting, 0)
    with pytest.raises(MalformedFile, match="state"):
        digest_from_state(state, bytes(768))
