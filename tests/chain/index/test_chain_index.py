"""The index follows a chain and goes back with it, and says what is wrong with the node."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
from support.chain.index_rounds import contents, require_books, round_of
from support.chain.loan_chains import KEPT, WATCHED, LoanChain, opened

from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.errors import (
    ChainError,
    DeepReorganisation,
    NodeBehind,
    NodeUnavailable,
    OutOfRange,
)


@pytest.fixture
def chain():
    chain = LoanChain(7, quiet=True)
    chain.extend(60)
    return chain


def fresh(chain):
    """What a new index computes."""
    with opened(chain) as index:
        index.catch_up()
        return contents(index)


# --- following --------------------------------------------------------------------------------


def test_a_thousand_blocks_with_reorganisations_are_what_a_replay_gives():
    """`make long PART=index` plays 200 such chains."""
    done = round_of(0)
    assert done["reorganisations"] > 20
    assert done["events"] > 500


def test_progress_is_told(chain):
    with opened(chain) as index:
        assert index.block == WATCHED.since - 1
        first = index.catch_up()
        assert (first.block, first.taken_back) == (60, 0)
        assert first.taken == 60 - WATCHED.since + 1
        assert first.time == chain.blocks[60].header.time
        assert first.events == sum(len(block.events) for block in chain.blocks)
        assert index.catch_up() == replace(first, taken=0, events=0)
        chain.reorganise(2, 3)
        again = index.catch_up()
        assert (again.block, again.taken, again.taken_back) == (61, 3, 2)


def test_following_has_no_end(chain):
    with opened(chain) as index:
        for progress in islice(index.follow(every=2.5), 3):
            assert progress.block == chain.head()
            chain.extend()
    assert chain.slept == 5.0


def test_far_from_the_head_few_blocks_are_asked_for(chain):
    chain.extend(3_000)
    asked = []
    chain.asked = asked.append
    with opened(chain) as index:
        index.catch_up()
        assert asked.count("events") == 2
        busy = sum(1 for block in chain.blocks if block.events)
        assert asked.count("header") < busy + 2 * KEPT
        require_books(index, chain, range(0, chain.head() + 1, 50))


def test_blocks_without_events_are_forgotten_once_they_are_old(chain):
    with opened(chain) as index:
        for _ in range(4 * KEPT):
            chain.extend()
            index.catch_up()
        old = chain.head() - KEPT
        kept = {row[0] for row in contents(index)["blocks"]}
        busy = {block.header.number for block in chain.blocks if block.events}
        assert kept == {WATCHED.since - 1} | busy | set(range(old, chain.head() + 1))


def test_a_file_goes_on_where_it_was(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as index:
        index.catch_up()
    assert path.stat().st_mode & 0o777 == 0o600
    chain.reorganise(5, 9)
    with opened(chain, path) as index:
        assert index.block == 60
        assert index.catch_up().taken_back == 5
        assert contents(index) == fresh(chain) | {"identity": contents(index)["identity"]}


def test_two_indices_share_a_file(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as one, opened(chain, path) as other:
        one.catch_up()
        assert other.block == 60
        chain.extend(3)
        # While one asks for events, the other takes the blocks.
        chain.asked = lambda what: what == "events" and other_takes(chain, other)
        assert one.catch_up().block == 63
        chain.reorganise(4, 4)
        chain.asked = lambda what: what == "header" and other_takes(chain, other)
        one.catch_up()
        assert contents(one) == contents(other)
        assert contents(one)["events"] == fresh(chain)["events"]


def other_takes(chain, other):
    chain.asked = lambda _: None
    other.catch_up()


@pytest.mark.parametrize("what", ["head", "header", "events"])
@pytest.mark.parametrize("after", range(5))
def test_a_reorganisation_between_two_questions_does_no_harm(chain, what, after):
    with opened(chain) as index:
        index.catch_up()
        chain.extend(6)
        left = [after]

        def change(asked):
            if asked == what:
                left[0] -= 1
                if left[0] < 0:
                    chain.asked = lambda _: None
                    chain.reorganise(9, 11)

        chain.asked = change
        index.catch_up()
        chain.asked = lambda _: None
        index.catch_up()
        assert contents(index) == fresh(chain)


# --- what can go wrong with the node ----------------------------------------------------------


def test_a_node_that_is_behind_is_named(chain):
    with opened(chain) as index:
        index.catch_up()
        before, whole = contents(index), list(chain.blocks)
        del chain.blocks[-7:]
        with pytest.raises(NodeBehind, match="behind: it has block 53, and block 60") as caught:
            index.catch_up()
        assert (caught.value.head, caught.value.indexed) == (53, 60)
        del chain.blocks[20:]  # far behind
        with pytest.raises(NodeBehind):
            index.catch_up()
        assert contents(index) == before
        chain.blocks = whole
        assert index.catch_up().taken == 0
    chain = LoanChain(7, quiet=True)
    chain.extend(1)
    with pytest.raises(NodeBehind, match="does not have block 2"):
        opened(chain)


def test_a_chain_that_became_shorter_and_other_is_followed(chain):
    with opened(chain) as index:
        index.catch_up()
        chain.reorganise(10, 4)
        assert index.catch_up().taken_back == 10
        assert index.block == 54
        assert contents(index)["events"] == fresh(chain)["events"]


def test_a_node_that_is_gone_costs_nothing(chain):
    def gone(_):
        raise NodeUnavailable("the node cannot be reached")

    with opened(chain) as index:
        index.catch_up()
        chain.reorganise(3, 5)
        before = contents(index)
        chain.asked = gone
        with pytest.raises(NodeUnavailable, match="reached"):
            index.catch_up()
        assert contents(index) == before
        chain.asked = lambda _: None
        index.catch_up()
        assert contents(index) == fresh(chain)


@pytest.mark.parametrize("deeper", [1, 2, 20])
def test_a_reorganisation_that_is_too_deep_is_an_error_that_says_how_deep(chain, deeper):
    with opened(chain) as index:
        index.catch_up()
        depth = KEPT + deeper
        chain.reorganise(depth, depth + 1)
        before = contents(index)
        with pytest.raises(DeepReorganisation, match=r"make sure.*rewind\(\d+\)") as caught:
            index.catch_up()
        assert contents(index) == before
        error = caught.value
        assert error.kept == KEPT
        assert error.depth >= depth  # blocks without events may be taken back with it
        assert error.ancestor == 60 - error.depth
        assert before["blocks"][0][0] <= error.ancestor <= 60 - depth
        index.rewind(error.ancestor)
        assert index.block == error.ancestor
        index.catch_up()
        assert contents(index) == fresh(chain)


def test_the_deepest_reorganisation_that_is_kept_is_followed(chain):
    with opened(chain) as index:
        for _ in range(2 * KEPT):
            chain.extend()
            index.catch_up()
        chain.reorganise(KEPT, KEPT)
        assert index.catch_up().taken_back == KEPT


def test_another_chain_from_its_first_block_on_is_an_error(chain):
    with opened(chain) as index:
        index.catch_up()
        other = LoanChain(8, quiet=True)
        other.blocks = other.blocks[:1]
        other.extend(80)
        chain.blocks = other.blocks
        with pytest.raises(DeepReorganisation, match="remove the file") as caught:
            index.catch_up()
        assert caught.value.ancestor == -1


def test_a_rewind_goes_to_a_block_that_is_kept(chain):
    with opened(chain) as index:
        index.catch_up()
        index.rewind(50)
        assert index.block == 50
        index.rewind(0)
        assert index.block == WATCHED.since - 1
        assert not contents(index)["events"]
        assert not contents(index)["loans_movements"]
        index.catch_up()
        assert contents(index) == fresh(chain)
        with pytest.raises(OutOfRange):
            index.rewind(-1)


def test_a_chain_that_always_moves_is_given_up(chain):
    def move(what):
        if what == "events":
            chain.reorganise(3, 3)

    with opened(chain) as index:
        index.catch_up()
        chain.extend(3)
        chain.asked = move
        with pytest.raises(NodeUnavailable, match="do not fit each other"):
            index.catch_up()
        assert chain.slept == 7 * 0.25


@pytest.mark.parametrize(
    "strange",
    [
        lambda events: [replace(one, block_hash=bytes(32)) for one in events],
        lambda events: [*events, events[-1]],
        lambda events: events[::-1],
        lambda events: [replace(one, block=2) for one in events],
        lambda events: [replace(one, block=99) for one in events],
    ],
)
@pytest.mark.parametrize("length", [9, 3 * KEPT])
def test_events_that_do_not_belong_to_the_blocks_are_not_taken(chain, strange, length):
    with opened(chain) as index:
        index.catch_up()
        before = contents(index)
        chain.extend(length)
        while sum(len(block.events) for block in chain.blocks[61:]) < 2:
            chain.extend()
        honest = chain.events
        chain.events = lambda since, until: strange(honest(since, until))
        with pytest.raises(NodeUnavailable):
            index.catch_up()
        assert index.block < chain.head()
        assert contents(index)["events"][: len(before["events"])] == before["events"]
        chain.events = honest
        index.catch_up()
        assert contents(index) == fresh(chain)


def test_blocks_that_do_not_follow_each_other_are_not_taken(chain):
    with opened(chain) as index:
        index.catch_up()
        before = contents(index)
        chain.extend(4)
        header = chain.header
        chain.header = lambda number: replace(header(number), parent=bytes(32))
        with pytest.raises(NodeUnavailable, match="does not follow"):
            index.catch_up()
        chain.extend(100)
        with pytest.raises(NodeUnavailable, match="does not follow"):
            index.catch_up()
        chain.header = lambda number: None if number > 60 else header(number)
        with pytest.raises(NodeUnavailable, match="missing"):
            index.catch_up()
        assert contents(index) == before


def test_an_event_with_other_data_than_its_type_is_an_error(chain):
    with opened(chain) as index:
        index.catch_up()
        before = contents(index)
        block = chain.blocks[59]
        while not any(event.topics[0] != b"\x11" * 32 for event in block.events):
            chain.extend()
            block = chain.blocks[-1]
        broken = tuple(replace(event, data=event.data[:7]) for event in block.events)
        chain.blocks[block.header.number] = replace(block, events=broken)
        index.rewind(block.header.number - 1)
        with pytest.raises(ChainError):
            index.catch_up()
        assert index.block == block.header.number - 1
        chain.blocks[block.header.number] = block
        index.catch_up()
        assert contents(index)["events"][: len(before["events"])] == before["events"]


def test_an_index_that_begins_after_the_market_says_so(chain):
    late = Watched(40, WATCHED.contracts)
    with ChainIndex.over(None, chain, late) as index, pytest.raises(ChainError, match="begins"):
        index.catch_up()
