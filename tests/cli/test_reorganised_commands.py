"""A loan's steps on a chain that is reorganised: the outbox says what the chain says.

``make long PART=reorganisations`` takes every step with every fate at every depth from 1 to 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cli.reorg_rounds import FATES, STEPS, reorganised
from support.cli.town import Town, town

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module", params=[31337, 10], ids=["local", "final"])
def place(request: pytest.FixtureRequest) -> Iterator[Town]:
    with town(chain_id=request.param) as built:
        yield built


# Every step, every fate and several depths are in it once on each chain.
@pytest.mark.parametrize(
    ("step", "depth", "fate"),
    [(step, depth, FATES[depth % 5]) for depth, step in enumerate(STEPS, 1)],
)
def test_a_step_that_is_reorganised_is_what_it_is(
    place: Town, step: str, depth: int, fate: str
) -> None:
    """`make long PART=reorganisations` takes three hundred of them, on each kind of chain."""
    assert reorganised(place, step, depth, fate, 0)["scenarios"] == 1
