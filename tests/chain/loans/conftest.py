"""One market with a product for each file; every test starts from the same state."""

from __future__ import annotations

import pytest
from support.chain.loan_world import offered_world
from support.chain.market_world import taken_back

from zkcredit.chain.nodes.revm.revm_node import RevmNode


@pytest.fixture(scope="module")
def shared_world():
    with offered_world(RevmNode) as world:
        yield world


@pytest.fixture
def world(shared_world):
    with taken_back(shared_world):
        yield shared_world
