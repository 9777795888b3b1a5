"""The same random transactions on revm, on py-evm and on anvil as Cancun: the same fates."""

from __future__ import annotations

import random

import pytest
from support.chain.evm_programs import Player, compare

from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode


def test_random_transactions_have_the_same_fate_as_on_py_evm():
    with RevmNode(accounts=3) as fast, EmbeddedNode(accounts=3) as reference:
        counts = compare([Player(fast), Player(reference)], random.Random(1), 40, calldata=0)
    assert counts["contracts"] >= 5
    assert counts["failed"] >= 5
    assert counts["events"] >= 5


@pytest.mark.node
@pytest.mark.parametrize("seed", range(3))
def test_random_transactions_have_the_same_fate_as_on_anvil(seed):
    with RevmNode(accounts=3) as fast, AnvilNode(accounts=3, hardfork="cancun") as other:
        counts = compare([Player(fast), Player(other)], random.Random(100 + seed), 60)
    assert counts["transactions"] == 60
    assert min(counts.values()) > 5
