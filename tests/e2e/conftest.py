"""One embedded chain with a market for the whole folder; every test starts from the same state."""

from __future__ import annotations

import pytest
from support.chain.market_world import World

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
    snapshot = shared_world.node.snapshot()
    shared_world.new_senders()
    yield shared_world
    shared_world.node.restore(snapshot)
