"""One embedded chain with a market for the whole folder; every test starts from the same state."""

from __future__ import annotations

import pytest
from support.chain.market_world import World, taken_back

from zkcredit.chain.nodes.embedded import EmbeddedNode


@pytest.fixture(scope="session")
def shared_world():
    with EmbeddedNode() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        yield world


@pytest.fixture
def world(shared_world):
    with taken_back(shared_world):
        yield shared_world
