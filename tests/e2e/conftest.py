"""One chain with a market for the whole folder; every test starts from the same state.

Each test runs on the fast chain, and among the slow tests on anvil at the same fork.
"""

from __future__ import annotations

import pytest
from support.chain.loan_world import offered_world
from support.chain.market_world import AS_CANCUN, taken_back


@pytest.fixture(scope="session", params=AS_CANCUN)
def shared_world(request):
    with offered_world(request.param) as world:
        yield world


@pytest.fixture
def world(shared_world):
    with taken_back(shared_world):
        yield shared_world
