"""The span of event queries shrinks where a node refuses, and grows again after that.

The nodes here refuse more than a number of events, or of blocks, or both, and tell neither. What is
counted is each request until all blocks are read; the ideal is what somebody needs who knows where
the events are and what the node permits.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from itertools import accumulate

import pytest

from zkcredit.chain.nodes import node as module
from zkcredit.chain.nodes.node import Node
from zkcredit.chain.nodes.refusals import offered
from zkcredit.chain.nodes.replies import Log
from zkcredit.chain.nodes.spans import Spans
from zkcredit.errors import ChainError

BLOCKS, MOST, LIMIT = 1_000_001, 50_000, 10_000
IDEAL = 21
HERE = "0x00000000000000000000000000000000000000AA"


class Events:
    """Numbers of events in blocks."""

    def __init__(self, counts):
        self.places = sorted(counts)
        self.totals = [0, *accumulate(counts[place] for place in self.places)]

    def count(self, since, length):
        first, last = bisect_left(self.places, since), bisect_left(self.places, since + length)
        return self.totals[last] - self.totals[first]

    def blocks(self, since, length):
        first, last = bisect_left(self.places, since), bisect_left(self.places, since + length)
        for place in range(first, last):
            yield from [self.places[place]] * (self.totals[place + 1] - self.totals[place])

    def ideal(self, limit, longest):
        asked = since = 0
        while since < BLOCKS:
            since += self.most(since, min(longest, MOST, BLOCKS - since), limit)
            asked += 1
        return asked

    def most(self, since, length, limit):
        if self.count(since, length) <= limit:
            return length
        beyond = bisect_left(range(length), limit + 1, key=lambda one: self.count(since, one))
        return max(1, beyond - 1)


def requests(counts, *, limit=LIMIT, longest=MOST, offers=False):
    """Number of requests until all blocks are read, of a node that refuses too much."""
    spans, since, asked = Spans(MOST), 0, 0
    events = Events(counts)
    while since < BLOCKS:
        length = min(spans.size, BLOCKS - since)
        assert 1 <= length <= MOST
        asked += 1
        if length > longest or (length > 1 and events.count(since, length) > limit):
            permitted = 0
            if offers:
                permitted = events.most(since, min(longest, length), limit)
            spans.refused(since, length, most=permitted)
        else:
            spans.accepted(since, length, events.blocks(since, length))
            since += length
    return asked


@pytest.mark.parametrize("apart", [1, 2, 3, 7, 20, 1000, 30_000])
@pytest.mark.parametrize("first", [0, 1, 12_345, 24_999, 49_990, 49_999, 500_000, 777_777])
def test_two_dense_blocks_in_a_million_cost_at_most_twice_the_ideal(first, apart):
    assert requests({first: 6000, first + apart: 6000}) <= 2 * IDEAL
    assert requests({first: 9999, first + apart: 9999}) <= 2 * IDEAL


@pytest.mark.parametrize("longest", [1000, 2000, 9999, 10_000, 30_000])
def test_a_node_that_limits_the_range_costs_little_more_than_the_ideal(longest):
    assert requests({}, longest=longest) <= 1.2 * -(-BLOCKS // longest)


def test_without_events_or_refusals_every_request_is_the_largest():
    assert requests({}) == IDEAL
    assert requests(dict.fromkeys(range(0, BLOCKS, 10_000), 10)) == IDEAL


def test_a_run_of_dense_blocks_is_left_behind():
    dense = dict.fromkeys(range(500_000, 500_100), 6000)
    assert requests(dense) <= 2 * (100 + IDEAL)


def spread(rng):
    """Events that are spread: evenly, at a density that drifts, or regularly."""
    kind = rng.choice(["even", "drifting", "regular"])
    if kind == "even":
        many = int(10 ** rng.uniform(1, 4.5))
        return [(rng.randrange(BLOCKS), rng.randint(1, 100)) for _ in range(many)]
    if kind == "drifting":
        total, power = 10 ** rng.uniform(4, 6), rng.uniform(0, 8)
        every = rng.choice([100, 1000])
        return [
            (
                block,
                min(
                    LIMIT // 5,
                    int(total * (power + 1) * (block / BLOCKS) ** power * every / BLOCKS),
                ),
            )
            for block in range(0, BLOCKS, every)
        ]
    every, size = rng.choice([1000, 10_000]), rng.randint(1, 2000)
    return [(block + rng.randrange(10), size) for block in range(0, BLOCKS - 10, every)]


def crowds(rng):
    """Events in few blocks, which nothing announces."""
    return [
        (rng.randrange(BLOCKS), rng.randint(1, LIMIT))
        for _ in range(rng.choice([1, 2, 5, 20, 100]))
    ]


def gathered(pairs):
    counts = {}
    for block, count in pairs:
        if count:
            counts[block] = min(LIMIT, counts.get(block, 0) + count)
    return counts


class Failing(Node):
    """A node that refuses too much, and at times fails for no reason of the range."""

    def __init__(self, events, limit, longest, rng, words):
        self.name, self.asked, self.words = "the node", 0, words
        self.events, self.limit, self.longest, self.rng = events, limit, longest, rng
        self.sleep = lambda _seconds: None

    def block_number(self):
        return BLOCKS - 1

    def _require_block(self, number):
        pass

    def _logs(self, address, since, until, topics):
        self.asked += 1
        length = until - since + 1
        if self.rng.random() < 0.1:
            raise ChainError(self.words)
        if length > self.longest or (length > 1 and self.events.count(since, length) > self.limit):
            raise ChainError("the node refused the request: query returned more than 100 results")
        return [
            Log(HERE, (), b"", block, index, "0x", {"blockHash": block.to_bytes(32, "big")})
            for index, block in enumerate(self.events.blocks(since, length))
        ]


PASSING = ["internal error", "your app has exceeded its requests per second", "too many requests",
           "request timed out", "upstream: 502"]  # fmt: skip


def read(make, seed):
    rng = random.Random(seed)
    pairs = [(block, -(-count // 100)) for block, count in make(rng)]
    events = Events(gathered(pairs))
    longest = rng.choice([MOST, MOST, 30_000, 10_000])
    node = Failing(events, LIMIT // 100, longest, rng, rng.choice(PASSING))
    logs = node.logs(HERE)
    assert len(logs) == events.totals[-1]
    return node.asked, events.ideal(LIMIT // 100, longest)


@pytest.mark.parametrize("seed", range(12))
def test_spread_events_cost_at_most_twice_the_ideal_with_one_request_in_ten_failing(seed):
    asked, ideal = read(spread, seed)
    assert asked <= 2 * ideal


@pytest.mark.parametrize("seed", range(6))
def test_crowds_that_nothing_announces_cost_a_search_each(seed):
    rng = random.Random(seed)
    found = len(crowds(rng))
    asked, ideal = read(crowds, seed)
    assert asked <= 2 * ideal + 16 * min(found, 20)


@pytest.mark.parametrize("seed", range(6))
def test_a_node_that_offers_a_range_is_taken_at_its_word(seed):
    counts = gathered(crowds(random.Random(seed)))
    assert requests(counts, offers=True) <= 2 * Events(counts).ideal(LIMIT, MOST) + 4


@pytest.mark.parametrize(
    ("words", "blocks"),
    [
        ("query returned more than 10000 results. Try with this block range [0x64, 0x6d].", 10),
        ("Log response size exceeded; this block range should work: [0x64, 0x64]", 1),
        ("try [100, 149]", 50),
        ("try [0x63, 0x6d]", 0),
        ("try [0x64, 0xffff]", 0),
        ("try [0x64, 0x63]", 0),
        ("try [0x64]", 0),
        ("", 0),
    ],
)
def test_the_range_that_a_node_offers_is_read_from_its_words(words, blocks):
    assert offered(words, 100, 200) == blocks


def test_an_error_that_passes_does_not_make_the_range_smaller(monkeypatch):
    node = Failing(Events({}), LIMIT, MOST, random.Random(1), "rate limit exceeded")
    monkeypatch.setattr(module, "_BLOCKS_AT_ONCE", 10_000)
    assert node.logs(HERE) == []
    assert node.asked <= 1.3 * BLOCKS / 10_000
