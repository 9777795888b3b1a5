"""The same random transactions on revm, on py-evm and on anvil as Cancun: the same fates.

``make long PART=chains`` goes on with thousands of them.
"""

from __future__ import annotations

import random

import pytest
from support.chain.evm_programs import Player, cancun, compare, precompile_inputs

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
    counts = cancun(100 + seed, 60)
    assert counts["transactions"] == 60
    assert min(counts.values()) > 5


def precompile(number: int) -> str:
    return f"0x{number:040x}"


def test_precompiles_answer_as_on_py_evm():
    with RevmNode(accounts=3) as fast, EmbeddedNode(accounts=3) as reference:
        for number, data in precompile_inputs():
            answers = [Player(node).call(precompile(number), data) for node in (fast, reference)]
            assert answers[0] == answers[1], (number, data)


@pytest.mark.node
def test_precompiles_cost_and_answer_as_on_anvil():
    with RevmNode(accounts=3) as fast, AnvilNode(accounts=3, hardfork="cancun") as other:
        players = [Player(fast), Player(other)]
        for number, data in precompile_inputs():
            answers = [player.call(precompile(number), data) for player in players]
            assert answers[0] == answers[1], (number, data)
            for gas in (400_000, 40_000):
                fates = [
                    player.send(0, precompile(number), data, gas, 0, None) for player in players
                ]
                assert fates[0] == fates[1], (number, data, gas)
