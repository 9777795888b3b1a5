"""What a console shows of a noun is one short line, without a secret and without long numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from support.protocol.nouns import NOW, card, credential, record, seed, signing_key

from zkcredit._internal.text import short_repr
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.envelope import Envelope
from zkcredit.groth16 import Proof
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.scoring import load_scorecard

LIST = RevocationList.sign(signing_key(), list(range(1, 300)), NOW)
NOUNS: list[Any] = [
    credential(),
    record(),
    card(),
    seed(1),
    Envelope.seal(credential(), card()),
    LIST,
    RegistrySnapshot.of(LIST),
    Policy(min_score=650, now=NOW),
    Presentation("eligibility", (1, 2, 3, 4, 5), Proof(G1_GENERATOR, G2_GENERATOR, G1_GENERATOR)),
    ProofRequest("a lender", "a loan", NOW, 7, policy=Policy(now=NOW), registry_root=1 << 250),
    load_scorecard(),
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_is_one_short_line(noun: Any) -> None:
    shown = repr(noun)
    assert len(shown) < 300
    assert "\n" not in shown
    assert not re.search(r"[0-9a-f]{66}", shown)
    assert shown.startswith(type(noun).__name__)


def test_a_policy_shows_what_it_demands() -> None:
    assert repr(Policy(min_score=650)) == "Policy(min_score=650)"
    assert repr(Policy()) == "Policy()"


class Pair(NamedTuple):
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Thing:
    number: int
    data: bytes = b""
    pair: Pair | None = None
    many: tuple[int, ...] = ()
    text: str = ""
    secret: int = field(default=0, repr=False)

    __repr__ = short_repr


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Thing(7), "Thing(number=7)"),
        (Thing(1 << 255, secret=5), "Thing(number=5789604461…)"),
        (Thing(1, b"\xab\xcd"), "Thing(number=1, data=abcd)"),
        (Thing(1, bytes(32)), "Thing(number=1, data=00000000… (32 bytes))"),
        (Thing(1, pair=Pair(12, 5)), "Thing(number=1, pair=Pair(12…))"),
        (Thing(1, many=(1, 2, 3)), "Thing(number=1, many=<3>)"),
        (Thing(1, text="0x" + "ab" * 20), f"Thing(number=1, text='0x{'ab' * 20}')"),
        (Thing(1, text="x" * 100), "Thing(number=1, text='xxxxxxxxx…)"),
    ],
)  # fmt: skip
def test_long_values_are_shown_by_their_beginning(thing: Thing, shown: str) -> None:
    assert repr(thing) == shown


def test_equal_things_are_equal_still() -> None:
    assert Thing(1) == Thing(1) != Thing(2)
    assert hash(Thing(1)) == hash(Thing(1))
