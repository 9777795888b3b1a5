"""The span of event queries shrinks where a node refuses, and grows again after that."""

from __future__ import annotations

import random

import pytest

from zkcredit.chain.nodes.spans import Spans

BLOCKS, MOST, LIMIT = 1_000_001, 50_000, 10_000
IDEAL = 21


def requests(counts, *, limit=LIMIT, longest=MOST, passing=0.0, seed=1):
    """Number of requests until all blocks are read, of a node that refuses too much."""
    spans, since, asked = Spans(MOST), 0, 0
    places, rng = sorted(counts), random.Random(seed)
    while since < BLOCKS:
        length = min(spans.size, BLOCKS - since)
        assert 1 <= length <= MOST
        count = sum(counts[place] for place in places if since <= place < since + length)
        asked += 1
        refused = length > longest or (length > 1 and count > limit) or rng.random() < passing
        if refused:
            spans.refused(since, length)
        else:
            spans.accepted(since, length, count)
            since += length
    return asked


@pytest.mark.parametrize("apart", [1, 2, 3, 7, 20, 1000, 30_000])
@pytest.mark.parametrize("first", [0, 1, 12_345, 24_999, 49_990, 49_999, 500_000, 777_777])
def test_two_dense_blocks_in_a_million_cost_at_most_twice_the_ideal(first, apart):
    assert requests({first: 6000, first + apart: 6000}) <= 2 * IDEAL
    assert requests({first: 9999, first + apart: 9999}) <= 2 * IDEAL


@pytest.mark.parametrize("longest", [1000, 2000, 9999, 10_000, 30_000])
def test_a_node_that_limits_the_range_costs_at_most_twice_the_ideal(longest):
    assert requests({}, longest=longest) <= 2 * -(-BLOCKS // longest)


def test_without_events_or_refusals_every_request_is_the_largest():
    assert requests({}) == IDEAL
    assert requests(dict.fromkeys(range(0, BLOCKS, 10_000), 10)) == IDEAL


def test_passing_refusals_cost_a_little():
    assert max(requests({}, passing=0.1, seed=seed) for seed in range(20)) <= 4 * IDEAL


def test_a_run_of_dense_blocks_is_left_behind():
    dense = dict.fromkeys(range(500_000, 500_100), 6000)
    assert requests(dense) <= 2 * (100 + IDEAL)
