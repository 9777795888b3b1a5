"""Openings made by plain formulas: the library and those formulas judge all of them alike."""

from __future__ import annotations

import pytest
from support.contracts import partial_openings
from support.escrow.arbiter_case import CONTEXT, GROUP, REFERENCE, SEALED
from support.escrow.opening_plain import holds

from zkcredit.errors import InvalidInput, WrongOpening
from zkcredit.escrow import combine
from zkcredit.gadgets import babyjub

INVALID = partial_openings.invalid()
# the contract alone is given an eighth of the part; what is left of these is valid
OF_THE_EIGHTH = {"eighth x + r", "another's eighth", "the opposite eighth"} | {
    f"bit of word {place}" for place in (3, 4)
}


def test_the_solidity_fixture_is_fresh() -> None:
    assert partial_openings.FIXTURE.read_text() == partial_openings.fixture()


def test_the_group_is_named_alike() -> None:
    assert GROUP.digest == partial_openings.group_digest(GROUP)
    for index, share in enumerate(GROUP.shares, 1):
        assert share == partial_openings.share_of(GROUP, index)


@pytest.mark.slow
def test_valid_ones_hold_and_open() -> None:
    openings = [partial_openings.opening(words) for words in partial_openings.VALID]
    for opening, words in zip(openings, partial_openings.VALID, strict=True):
        opening.check(GROUP)
        assert holds(GROUP, opening)
        assert babyjub.eighth(opening.part) == tuple(words[3:5])
    assert combine(GROUP, SEALED, CONTEXT, openings[2:]) == REFERENCE


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(INVALID))
def test_invalid_ones_do_not(name: str) -> None:
    opening = partial_openings.opening(INVALID[name])
    if name in OF_THE_EIGHTH:
        opening.check(GROUP)
        return
    assert not holds(GROUP, opening)
    with pytest.raises((WrongOpening, InvalidInput)):
        opening.check(GROUP)
