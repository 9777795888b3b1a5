"""A few loans from the application to the last withdrawal, through a gateway that errs."""

from __future__ import annotations

import pytest
from support.chain.soak_rounds import soak


@pytest.mark.node
@pytest.mark.slow
def test_loans_behind_a_gateway_are_conserved_to_the_unit() -> None:
    """`make long PART=soak` takes ten thousand loans."""
    done = soak(1, 4)
    assert done["loans"] == 4
    assert done["steps"] > 4 * 3
