"""The clients of a bureau and its tree: what they read, what they send, and what they refuse."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import refused, taken_back
from support.history.town import AGE, DAY, LAG, HistoryTown, proof_of

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.history.bureau import (
    BureauKind,
    BureauState,
    CreditBureauClient,
    HistoryTreeClient,
    Openings,
    Standing,
    deploy_bureau,
    deploy_history_tree,
)
from zkcredit.chain.history.bureau_events import (
    Advanced,
    LeafAssigned,
    LoanClosed,
    LoanProgressed,
    LoanStarted,
    PseudonymReserved,
    Staged,
)
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import ChainError, InvalidInput, OutOfRange
from zkcredit.groth16.keys import Proof
from zkcredit.history import HistoryRecord
from zkcredit.request import bureau_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

ANA, BEN = 1_001, 1_002
SOMEWHERE = "0x" + "12" * 20


@pytest.fixture(scope="module")
def built() -> Iterator[HistoryTown]:
    town = HistoryTown()
    with town.node:
        yield town


@pytest.fixture
def town(built: HistoryTown) -> Iterator[HistoryTown]:
    with taken_back(built) as town:
        yield town


@pytest.fixture
def bureau(town: HistoryTown) -> CreditBureauClient:
    return CreditBureauClient(town.node, town.bureau)


@pytest.fixture
def tree(town: HistoryTown) -> HistoryTreeClient:
    return HistoryTreeClient(town.node, town.tree)


# --- the bureau -------------------------------------------------------------------------------


def test_a_bureau_says_what_it_is(town: HistoryTown, bureau: CreditBureauClient) -> None:
    assert bureau.kind is BureauKind.CREDENTIAL
    assert bureau.scope == bureau_scope(chain_id=town.node.chain_id, bureau=town.bureau)
    assert (bureau.rehabilitation(), bureau.currency()) == (365 * DAY, 978)
    assert bureau.admin() == town.keeper.address


def test_a_record_and_a_standing_follow_a_loan(
    town: HistoryTown, bureau: CreditBureauClient
) -> None:
    assert bureau.record(ANA) == HistoryRecord(0)
    assert bureau.standing(ANA) == Standing(BureauState.FREE, None, True, None)
    until = town.node.now() + DAY
    town.report("reserve", ANA, until)
    assert bureau.standing(ANA) == Standing(BureauState.RESERVED, town.member, False, until + 1)
    town.report("start", ANA, 70_000, town.node.now() + 35 * DAY)
    today = town.node.now() // DAY
    good_until = (town.node.now() + 35 * DAY) // DAY - 1
    running = HistoryRecord(1, open=1, good_until=good_until, first_day=today)
    assert bureau.record(ANA) == running
    assert bureau.leaf(ANA) == (running, 0)
    assert bureau.standing(ANA) == Standing(BureauState.OPEN, town.member, False, None)
    before = town.node.block_number()
    town.report("close", ANA, 1)
    defaulted = dataclasses.replace(running, defaults=1, good_until=0, last_bad_day=today)
    assert bureau.record(ANA) == defaulted
    assert bureau.record(ANA, block=before) == running
    town.report("close", ANA, 2)
    free_at = town.node.now() + 365 * DAY
    assert bureau.standing(ANA) == Standing(BureauState.RECOVERED, town.member, False, free_at)


def test_events_are_typed(town: HistoryTown, bureau: CreditBureauClient) -> None:
    town.start(ANA, 70_000)
    town.report("progress", ANA, 2, 1, town.node.now() + 60 * DAY)
    town.report("close", ANA, 0)
    kinds = [type(event) for event in bureau.events()][-5:]
    assert kinds == [PseudonymReserved, LeafAssigned, LoanStarted, LoanProgressed, LoanClosed]
    progress = bureau.events()[-2]
    assert isinstance(progress, LoanProgressed)
    assert (progress.nullifier, progress.on_time, progress.late) == (ANA, 2, 1)


def test_a_pseudonym_without_a_loan_has_no_leaf(bureau: CreditBureauClient) -> None:
    refused("NoLeaf", bureau.words, [ANA])
    for wrong in (-1, 1 << 256):
        with pytest.raises(OutOfRange):
            bureau.record(wrong)


def test_the_queue_is_read_in_its_order(town: HistoryTown, bureau: CreditBureauClient) -> None:
    assert bureau.openings(0) == Openings(0, (), None)
    town.start(BEN)
    opened_at = town.node.now()
    town.start(ANA)
    assert (bureau.leaf_count(), bureau.opening_count()) == (2, 2)
    assert bureau.openings(0) == Openings(0, (0, 1), opened_at)
    assert bureau.openings(1, 5).places == (1,)
    refused("OpeningUnknown", bureau.openings, 3)


# --- members ----------------------------------------------------------------------------------


def test_members_come_and_go_with_their_gates(
    town: HistoryTown, bureau: CreditBureauClient
) -> None:
    assert bureau.members() == {town.member: town.gate}
    bureau.add_member(town.outsider, by=town.keeper)
    assert bureau.members() == {town.member: town.gate, town.outsider: town.gate}
    assert bureau.gate_of(town.outsider) == town.gate
    bureau.remove_member(town.member, by=town.keeper)
    assert bureau.members() == {town.outsider: town.gate}
    assert not bureau.is_member(town.member)
    assert bureau.gate_of(town.member) is None


def test_a_timelock_is_given_market_and_gate(town: HistoryTown, bureau: CreditBureauClient) -> None:
    calldata = bureau.admission(town.outsider)
    assert calldata == abi_of("CreditBureau").encode("addMember", town.outsider, town.gate)
    calldata = bureau.removal(town.member)
    assert calldata == abi_of("CreditBureau").encode("removeMember", town.member)


def test_only_the_admin_admits_and_only_markets(
    town: HistoryTown, bureau: CreditBureauClient
) -> None:
    stranger = TransactionSender(town.node, town.node.accounts[1], Outbox(None))
    for change in (bureau.add_member, bureau.remove_member):
        refused("AccessControlUnauthorizedAccount", change, town.outsider, by=stranger)
    with pytest.raises(InvalidInput, match="no contract"):
        bureau.add_member(SOMEWHERE, by=town.keeper)
    with pytest.raises(ChainError):
        bureau.add_member(town.tree, by=town.keeper)


# --- the tree ---------------------------------------------------------------------------------


def test_a_tree_says_what_it_is(town: HistoryTown, tree: HistoryTreeClient) -> None:
    assert tree.bureau.address == town.bureau
    assert (tree.max_lag, tree.max_root_age) == (LAG, AGE)
    assert [len(both) for both in tree.verifiers.values()] == [1, 1]
    assert (tree.root(), tree.head(), tree.waiting(), tree.lag()) == (town.copy.root, 0, 0, 0)
    assert tree.staged() is None


def test_a_tree_is_advanced_by_the_client(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    assert tree.waiting() == 1
    town.node.advance(60)
    assert tree.lag() == 60
    old = town.copy.root
    updates = town.updates([ANA] * 3)
    proof = Proof.from_words(proof_of(updates, old, town.copy.root))
    receipt = tree.advance([ANA] * 3, town.copy.root, [proof], by=town.keeper)
    (event,) = tree.events_of(receipt)
    assert isinstance(event, Advanced)
    assert (event.old_root, event.new_root, event.head) == (old, town.copy.root, 1)
    assert event.words == tuple(update.word for update in updates)
    assert (tree.root(), tree.head(), tree.waiting()) == (town.copy.root, 1, 0)
    assert tree.is_fresh(old)
    assert tree.replaced_at(old) == town.node.now()
    assert tree.replaced_at(town.copy.root) is None
    refused("ProofInvalid", tree.advance, [ANA] * 3, 5, [proof], by=town.keeper)
    refused("ProofCountInvalid", tree.advance, [ANA] * 3, 5, [proof] * 2, by=town.keeper)


def test_a_stage_is_finished_by_the_client(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    (staged,) = tree.events_of(tree.stage([ANA], by=town.keeper))
    assert isinstance(staged, Staged)
    assert staged.pseudonyms == (ANA,) * 12
    pending = tree.staged()
    assert pending is not None
    assert (pending.until, pending.count) == (staged.until, 1)
    town.report("progress", ANA, 1, 0, town.node.now() + 60 * DAY)  # spoils no staged batch
    old = town.copy.root
    people, words = staged.pseudonyms, staged.words
    proof = Proof.from_words(proof_of(town.staged(people, words), old, town.copy.root))
    refused("StagePending", tree.stage, [ANA], by=town.keeper)
    others = [*words[:-1], 0]
    root = town.copy.root
    refused("NotStaged", tree.advance_staged, people, others, root, [proof], by=town.keeper)
    tree.advance_staged(people, words, town.copy.root, [proof], by=town.keeper)
    assert tree.staged() is None
    assert tree.root() == town.copy.root


def test_a_batch_has_its_sizes(town: HistoryTown, tree: HistoryTreeClient) -> None:
    for size in (0, 1, 4, 11, 13):
        with pytest.raises(InvalidInput, match="3 or 12"):
            tree.advance([ANA] * size, 1, [], by=town.keeper)
    for size in (0, 13):
        with pytest.raises(InvalidInput, match="one to twelve"):
            tree.stage([ANA] * size, by=town.keeper)
    town.start(ANA)
    town.advance([ANA] * 3)
    refused("NothingWaits", tree.stage, [ANA], by=town.keeper)


# --- deployment -------------------------------------------------------------------------------


def test_what_is_deployed_is_checked(town: HistoryTown, tree: HistoryTreeClient) -> None:
    refused("RehabilitationInvalid", deploy_bureau, town.node, rehabilitation=5, by=town.keeper)
    ledgers = deploy_bureau(town.node, kind=BureauKind.LEDGER, by=town.keeper, admin=SOMEWHERE)
    assert (ledgers.kind, ledgers.admin()) == (BureauKind.LEDGER, SOMEWHERE)
    pair = (tree.verifiers[3][0], tree.verifiers[12][0])
    for error, place, keys, waits in (
        ("BureauUnsuitable", ledgers.address, pair, {}),
        ("VerifierUnsuitable", town.bureau, pair[::-1], {}),
        ("WaitInvalid", town.bureau, pair, {"max_lag": 599}),
        ("WaitInvalid", town.bureau, pair, {"max_root_age": 12 * 3_600 + 1}),
    ):
        refused(error, deploy_history_tree, town.node, place, keys, by=town.keeper, **waits)
    twice = {"second_verifiers": pair, "by": town.keeper}
    refused("VerifierUnsuitable", deploy_history_tree, town.node, town.bureau, pair, **twice)
    other = deploy_history_tree(town.node, town.bureau, pair, max_lag=600, by=town.keeper)
    assert (other.max_lag, other.max_root_age) == (600, 3_600)
