"""A thousand contributions to a key of a few rows: all follow, and no change of one is missed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from support.groth16 import ceremony_case as case

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import MalformedFile, UnsafeKey
from zkcredit.formats import zkey
from zkcredit.groth16.ceremony.phase1_chain import computed_first_challenge, first_challenge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.formats.zkey import ZKeyFile

_COVERED = 384
"""Bytes of a record that hashes and equations cover: all before the kind and the name."""


def round_of(number: int, contributions: int = 1000, damages: int = 60) -> Mapping[str, int]:
    """Verify a chain of contributions with secrets of this round, and damaged ones."""
    rng = random.Random(number)
    secrets = [rng.randrange(2, R) for _ in range(contributions)]
    key = case.phase2(case.initial(), secrets)
    ceremony = case.verified(key)
    assert ceremony.parties == (2, contributions)
    assert len({step.digest for step in ceremony.phase2}) == contributions
    data = zkey.dumps(key)
    size = len(key.contributions[0].raw)
    start = data.index(key.contributions[0].raw)
    places = [start]
    for step in key.contributions[:-1]:
        places.append(places[-1] + len(step.raw))
    for _ in range(damages):
        at = rng.choice(places) + rng.randrange(min(size, _COVERED))
        changed = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        assert _refused(changed), at
    liar = rng.randrange(contributions)

    def lie(i: int, shown: case.Shown) -> None:
        if i == liar:
            wrong = to_limbs([rng.randrange(2, R)])
            shown["g1_sx"] = _kernel.g1_mul(shown["g1_s"], wrong)

    assert _refused(case.phase2(case.initial(), secrets, lie)), liar
    return {"contributions": contributions, "refused": damages + 1}


def known_challenge(_: int) -> Mapping[str, int]:
    """Compute the first challenge of the Perpetual Powers of Tau again: 100 GB are hashed."""
    assert computed_first_challenge(28) == first_challenge(28)
    return {"challenges": 1}


def _refused(data: bytes | ZKeyFile) -> bool:
    try:
        case.verified(data)
    except (UnsafeKey, MalformedFile):
        return True
    return False
