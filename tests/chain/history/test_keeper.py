"""A keeper puts into the tree what waits, and loses nothing: stopped, overtaken, or reorganised."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import taken_back
from support.history.town import DAY, LAG, HistoryTown

from zkcredit.chain.history.bureau import HistoryTreeClient
from zkcredit.chain.history.keeper import Keeper, Outcome, TreeCopy, history_watched
from zkcredit.chain.history.records import RECORDS, behind, opening_places, owners_of
from zkcredit.chain.index.chain_index import ChainIndex
from zkcredit.circuits import get_circuit
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.groth16 import load_or_create_dev_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.groth16.keys import ProvingKey

PEOPLE = [1_001 + number for number in range(14)]


@pytest.fixture(scope="module")
def built() -> Iterator[HistoryTown]:
    town = HistoryTown()
    with town.node:
        yield town


@pytest.fixture
def town(built: HistoryTown) -> Iterator[HistoryTown]:
    with taken_back(built) as town:
        yield town


@pytest.fixture(scope="module")
def keys() -> dict[int, tuple[ProvingKey, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            size: (load_or_create_dev_key(get_circuit(f"history_update_{size}")),)
            for size in (3, 12)
        }


@pytest.fixture
def tree(town: HistoryTown) -> HistoryTreeClient:
    return HistoryTreeClient(town.node, town.tree)


@pytest.fixture
def index(tree: HistoryTreeClient) -> Iterator[ChainIndex]:
    contracts = history_watched(tree)
    with ChainIndex.open(None, tree.node, contracts, projections=[RECORDS]) as index:
        yield index


@pytest.fixture
def keeper(
    town: HistoryTown,
    tree: HistoryTreeClient,
    index: ChainIndex,
    keys: dict[int, tuple[ProvingKey, ...]],
) -> Keeper:
    return Keeper(tree, index, keys, by=town.keeper)


pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")


def test_nothing_waits_at_first(keeper: Keeper, tree: HistoryTreeClient) -> None:
    step = keeper.step()
    assert (step.outcome, step.root, step.receipt) == (Outcome.IDLE, tree.root(), None)


def test_a_loan_is_taken_and_then_its_end(
    town: HistoryTown, tree: HistoryTreeClient, keeper: Keeper
) -> None:
    town.start(PEOPLE[0])
    step = keeper.step()
    assert (step.outcome, step.openings, step.records) == (Outcome.ADVANCED, 1, 1)
    assert (tree.root(), tree.waiting()) == (step.root, 0)
    assert keeper.step().outcome is Outcome.IDLE
    town.report("progress", PEOPLE[0], 3, 0, town.node.now() + 60 * DAY)
    town.report("close", PEOPLE[0], 0)
    step = keeper.step()
    assert (step.outcome, step.openings, step.records) == (Outcome.ADVANCED, 0, 1)
    assert keeper.step().outcome is Outcome.IDLE


def test_many_loans_are_taken_in_their_order(
    town: HistoryTown, tree: HistoryTreeClient, index: ChainIndex, keeper: Keeper
) -> None:
    for who in PEOPLE:
        town.start(who)
    first, second = keeper.step(), keeper.step()
    assert (first.openings, second.openings) == (11, 3)
    assert keeper.step().outcome is Outcome.IDLE
    assert (tree.head(), tree.waiting(), tree.lag()) == (14, 0, 0)
    assert owners_of(index, town.bureau) == dict(enumerate(PEOPLE))
    assert opening_places(index, town.bureau, 3, 4) == (3, 4, 5, 6)
    assert behind(index, town.bureau, town.tree, 5) == ()


def test_a_new_keeper_goes_on_from_the_chain(
    town: HistoryTown,
    tree: HistoryTreeClient,
    keeper: Keeper,
    keys: dict[int, tuple[ProvingKey, ...]],
) -> None:
    town.start(PEOPLE[0])
    keeper.step()
    town.start(PEOPLE[1])
    with ChainIndex.open(None, tree.node, history_watched(tree), projections=[RECORDS]) as another:
        other = Keeper(tree, another, keys, by=town.keeper)
        assert other.step().openings == 1
        copy = TreeCopy(another, town.bureau, town.tree)
        another.catch_up()
        copy.follow()
        assert copy.tree.root == tree.root()
    assert keeper.step().outcome is Outcome.IDLE


def test_a_keeper_goes_back_with_the_chain(
    town: HistoryTown, tree: HistoryTreeClient, keeper: Keeper
) -> None:
    town.start(PEOPLE[0])
    keeper.step()
    snapshot = town.node.snapshot()
    town.start(PEOPLE[1])
    keeper.step()
    town.node.restore(snapshot)
    town.new_senders()
    keeper._by = town.keeper
    town.start(PEOPLE[2])
    assert keeper.step().openings == 1
    assert tree.waiting() == 0
    assert keeper.step().outcome is Outcome.IDLE


def test_a_payment_in_between_spoils_a_batch_and_nothing_else(
    town: HistoryTown, tree: HistoryTreeClient, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adversary pays a row before each batch; the third time the openings are staged."""
    town.start(PEOPLE[0])
    before = tree.root()
    advance = HistoryTreeClient.advance

    def overtaken(client: HistoryTreeClient, *args: object, **more: object) -> object:
        town.report("progress", PEOPLE[0], 1, 0, town.node.now() + 60 * DAY)
        return advance(client, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(HistoryTreeClient, "advance", overtaken)
    for _ in range(2):
        assert keeper.step().outcome is Outcome.LOST
        assert tree.root() == before
    assert keeper.step().outcome is Outcome.STAGED
    town.report("progress", PEOPLE[0], 1, 0, town.node.now() + 60 * DAY)
    step = keeper.step()
    assert (step.outcome, step.openings) == (Outcome.ADVANCED, 1)
    assert tree.is_fresh(tree.root())


def test_a_rival_is_no_harm(
    town: HistoryTown,
    tree: HistoryTreeClient,
    keeper: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town.start(PEOPLE[0])
    advance = HistoryTreeClient.advance

    def overtaken(client: HistoryTreeClient, *args: object, **more: object) -> object:
        monkeypatch.undo()
        town.advance([PEOPLE[0]] * 3)
        return advance(client, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(HistoryTreeClient, "advance", overtaken)
    assert keeper.step().outcome is Outcome.LOST
    assert keeper.step().outcome is Outcome.IDLE
    assert (tree.waiting(), tree.root()) == (0, town.copy.root)


def test_a_borrower_has_the_own_record_put_in(
    town: HistoryTown, tree: HistoryTreeClient, keeper: Keeper
) -> None:
    town.start(PEOPLE[0])
    town.start(PEOPLE[1])
    assert keeper.step([PEOPLE[1]]).openings == 2
    with pytest.raises(InvalidInput, match="no place"):
        keeper.step([PEOPLE[5]])
    town.node.advance(LAG + 1)
    assert tree.is_fresh(tree.root())


def test_a_key_is_needed_for_each_verifier(
    town: HistoryTown,
    tree: HistoryTreeClient,
    index: ChainIndex,
    keys: dict[int, tuple[ProvingKey, ...]],
) -> None:
    for wrong in ({}, {12: keys[12]}, {3: keys[3] * 2}, {3: keys[3], 12: keys[12] * 2}):
        with pytest.raises(InvalidInput, match="proving keys"):
            Keeper(tree, index, wrong, by=town.keeper)


def test_a_keeper_without_the_large_key_takes_three_at_a_time(
    town: HistoryTown,
    tree: HistoryTreeClient,
    index: ChainIndex,
    keeper: Keeper,
    keys: dict[int, tuple[ProvingKey, ...]],
) -> None:
    small = Keeper(tree, index, {3: keys[3]}, by=town.keeper)
    for who in PEOPLE[:5]:
        town.start(who)
    assert [small.step().openings for _ in range(3)] == [2, 2, 1]
    assert small.step().outcome is Outcome.IDLE
    for who in PEOPLE[:5]:
        town.report("close", who, 0)
    assert [small.step().records for _ in range(3)] == [3, 2, 0]
    assert tree.waiting() == 0
    town.start(PEOPLE[6])
    tree.stage([PEOPLE[6]], by=town.keeper)
    assert small.step().outcome is Outcome.IDLE, "somebody else's stage, which it cannot finish"
    assert keeper.step().openings == 1


def test_an_index_that_begins_too_late_is_noticed(
    town: HistoryTown, tree: HistoryTreeClient, keeper: Keeper
) -> None:
    town.start(PEOPLE[0])
    keeper.step()
    late = HistoryTreeClient(town.node, town.tree, since=town.node.block_number())
    with ChainIndex.open(None, tree.node, history_watched(late), projections=[RECORDS]) as index:
        index.catch_up()
        with pytest.raises(ChainError, match="place 0"):
            TreeCopy(index, town.bureau, town.tree).follow()
