"""The registry's client: roots that wait, guardians, roles, and what borrowers are told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.chain.loan_world import World
from support.chain.market_world import mock_present, refused, taken_back

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.events import (
    EarlierRootsBarred,
    RootBanned,
    RootCancelled,
    RootPosted,
    RootRenewed,
    RootWithdrawn,
)
from zkcredit.chain.contracts.registry import (
    DEFAULT_AGE,
    LEAST_PUBLIC_DELAY,
    MAX_AGE,
    MAX_DELAY,
    RootRecord,
    deploy_registry,
    registry_times,
)
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

HOUR, DAY = 3_600, 86_400
NOT_ALLOWED = "AccessControlUnauthorizedAccount"


class Watched(World):
    """A market whose roots wait for an hour; the stranger is the guardian."""

    def __init__(self, node):
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        mock, _ = deploy_contract("MockVerifier", by=operator)
        super().__init__(
            node,
            deploy_around(
                node,
                mock,
                by=operator,
                root_delay=HOUR,
                max_current_age=DEFAULT_AGE,
                guardian=node.accounts[4].address,
            ),
        )
        self.product = self.offer()

    def post_in_effect(self, *roots):
        for root in roots:
            self.post_root(root)
            self.node.advance(HOUR)

    def withdraw(self, *roots):
        return self.registry.withdraw_roots(roots, by=self.stranger)

    def ask(self, root=None):
        return self.market.request(
            self.product.address, 100_000, self.borrower.address, registry_root=root
        )


@pytest.fixture(scope="module")
def built():
    with EmbeddedNode(genesis_time=1_900_000_000) as node:
        yield Watched(node)


@pytest.fixture
def world(built):
    with taken_back(built) as world:
        yield world


# --- roots that wait --------------------------------------------------------------------------


def test_a_posted_root_waits_and_is_then_current(world):
    registry = world.registry
    assert (registry.delay(), registry.max_current_age()) == (HOUR, DEFAULT_AGE)
    receipt = registry.post(5, bytes(range(32)), "ipfs://tree", by=world.operator)
    effect = world.node.time_of(receipt.block) + HOUR
    (posted,) = registry.events_of(receipt)
    assert isinstance(posted, RootPosted)
    assert (posted.root, posted.version, posted.effective_at) == (5, 1, effect)
    assert registry.pending_roots() == (5,)
    assert registry.current_root() == 0
    assert registry.record(5) == RootRecord(effect, None, effect, False)
    assert registry.latest_posting() == registry.posting_of(5) == posted
    assert registry.posting_of(6) is None
    assert registry.usable_roots(DAY) == (5,)
    world.node.advance(HOUR)
    assert (registry.current_root(), registry.pending_roots()) == (5, ())
    assert registry.is_fresh(5, 0)
    world.post_in_effect(6)
    assert registry.usable_roots(DAY) == (6, 5)
    assert registry.record(5).replaced_at == registry.record(6).effective_at
    world.node.advance(DAY + 1)
    assert registry.usable_roots(DAY) == (6,)
    assert registry.version() == 2


def test_a_guardian_cancels_withdraws_and_bans(world):
    registry = world.registry
    world.post_in_effect(5)
    world.post_root(6)
    cancelled = registry.cancel_root(6, by=world.stranger)
    (event,) = registry.events_of(cancelled)
    assert isinstance(event, RootCancelled)
    assert (event.root, event.version) == (6, 2)
    assert registry.record(6) == RootRecord(None, None, None, False)
    world.post_in_effect(6)
    (event,) = registry.events_of(world.withdraw(6))
    assert isinstance(event, RootWithdrawn)
    assert (event.root, event.current) == (6, 5)
    assert registry.record(6).withdrawn
    assert registry.events_of(world.withdraw(6)) == []  # another guardian was first
    (event,) = registry.events_of(registry.ban_root(7, by=world.stranger))
    assert isinstance(event, RootBanned)
    assert registry.record(7) == RootRecord(None, None, None, True)
    for root in (6, 7):
        refused("RootIsWithdrawn", registry.post, root, bytes(32), "", by=world.operator)


def test_after_a_removal_earlier_roots_stay_away(world):
    registry = world.registry
    world.post_in_effect(5, 6)
    receipt = registry.post_after_removal(7, bytes(32), "", clean=5, by=world.operator)
    barred = registry.events_of(receipt)[1]
    assert isinstance(barred, EarlierRootsBarred)
    assert (barred.version, barred.clean) == (3, 5)
    world.node.advance(HOUR)
    world.withdraw(7)
    assert registry.current_root() == 5
    registry.post_after_removal(8, bytes(32), "", by=world.operator)
    world.node.advance(HOUR)
    world.withdraw(8)
    assert registry.current_root() == 0


def test_the_registrar_renews_the_current_root_only(world):
    registry = world.registry
    world.post_in_effect(5)
    world.node.advance(DEFAULT_AGE + 1)
    assert not registry.is_fresh(5, DAY)
    assert registry.usable_roots(DAY) == ()
    receipt = registry.renew(5, by=world.operator)
    (event,) = registry.events_of(receipt)
    assert isinstance(event, RootRenewed)
    assert registry.is_fresh(5, 0)
    assert registry.record(5).confirmed_at == world.node.time_of(receipt.block)
    world.post_root(6)
    for root in (0, 6, 7):
        refused("RootNotCurrent", registry.renew, root, by=world.operator)
    world.withdraw(5)
    refused("RootNotCurrent", registry.renew, 5, by=world.operator)


def test_what_makes_no_sense_is_refused(world):
    registry, guardian = world.registry, world.stranger
    world.post_in_effect(5)
    world.post_root(6)
    refused("RootIsPending", registry.post, 6, bytes(32), "", by=world.operator)
    refused("RootNotPending", registry.cancel_root, 5, by=guardian)
    refused("RootUnknown", registry.withdraw_roots, [5, 9], by=guardian)
    refused("RootIsPosted", registry.ban_root, 6, by=guardian)
    refused("RootInvalid", registry.ban_root, 0, by=guardian)
    for clean in (6, 9):
        refused(
            "RootUnknown", registry.post_after_removal, 7, bytes(32), "", clean=clean,
            by=world.operator,
        )  # fmt: skip
    for roots in ([], range(1, 66), [-1], ["5"]):
        with pytest.raises(InvalidInput):
            registry.withdraw_roots(roots, by=guardian)
    for root in (-1, 2**256, "1", True):
        for act in (registry.cancel_root, registry.ban_root):
            with pytest.raises(InvalidInput):
                act(root, by=guardian)
        with pytest.raises(InvalidInput):
            registry.renew(root, by=world.operator)
    for act in (registry.appoint, registry.dismiss):
        with pytest.raises(InvalidInput, match="registrar, guardian"):
            act("admin", world.lender.address, by=world.operator)
    assert registry.current_root() == 5


def test_64_roots_are_withdrawn_at_once(world):
    deployed = deploy_registry(world.node, by=world.operator, delay=0)
    for root in range(1, 66):
        deployed.post(root, bytes(32), "", by=world.operator)
    deployed.withdraw_roots(range(65, 1, -1), by=world.operator)
    assert deployed.current_root() == 1


# --- roles ------------------------------------------------------------------------------------


def test_each_role_does_its_own(world):
    registry = world.registry
    world.post_in_effect(5)
    world.post_root(6)
    for other in (world.stranger, world.lender):
        refused(NOT_ALLOWED, registry.post, 7, bytes(32), "", by=other)
        refused(NOT_ALLOWED, registry.post_after_removal, 7, bytes(32), "", by=other)
        refused(NOT_ALLOWED, registry.renew, 5, by=other)
    for other in (world.operator, world.lender):
        refused(NOT_ALLOWED, registry.cancel_root, 6, by=other)
        refused(NOT_ALLOWED, registry.withdraw_roots, [5], by=other)
        refused(NOT_ALLOWED, registry.ban_root, 8, by=other)
    refused(NOT_ALLOWED, registry.appoint, "registrar", world.lender.address, by=world.stranger)


def test_the_admin_replaces_a_registrar_whose_key_was_stolen(world):
    registry, lender = world.registry, world.lender
    registry.dismiss("registrar", world.operator.address, by=world.operator)
    refused(NOT_ALLOWED, registry.post, 5, bytes(32), "", by=world.operator)
    registry.appoint("registrar", lender.address, by=world.operator)
    registry.post(5, bytes(32), "", by=lender)
    registry.appoint("guardian", lender.address, by=world.operator)
    registry.dismiss("guardian", world.stranger.address, by=world.operator)
    refused(NOT_ALLOWED, registry.cancel_root, 5, by=world.stranger)
    registry.cancel_root(5, by=lender)


# --- what borrowers are told --------------------------------------------------------------------


def test_a_borrower_is_told_why_a_registry_is_refused_and_what_to_do(world):
    with pytest.raises(InvalidInput, match=r"no registry is in effect.*wait"):
        world.ask()
    with pytest.raises(InvalidInput, match="never posted"):
        world.ask(5)
    receipt = world.registry.post(5, bytes(32), "", by=world.operator)
    assert world.node.time_of(receipt.block) < 1_900_010_000
    with pytest.raises(InvalidInput, match=r"takes effect on 2030-03-17 .* UTC: wait"):
        world.ask(5)
    world.node.advance(HOUR)
    assert world.ask(5).registry_root == world.ask().registry_root == 5

    world.node.advance(DEFAULT_AGE + 1)
    for root in (None, 5):
        with pytest.raises(InvalidInput, match="too old to be accepted: its registrar must renew"):
            world.ask(root)
    world.registry.renew(5, by=world.operator)
    world.post_in_effect(6)
    assert world.ask(5).registry_root == 5
    world.node.advance(DAY + 1)
    with pytest.raises(InvalidInput, match="no longer accepts this registry root: get the newest"):
        world.ask(5)
    world.withdraw(6)
    with pytest.raises(InvalidInput, match=r"withdrawn.*newest registry.*new credential"):
        world.ask(6)
    assert world.ask().registry_root == 5


def test_a_withdrawal_between_proof_and_application_says_what_to_do(world):
    world.post_in_effect(5)
    request = world.ask()
    world.withdraw(5)
    refused(
        "RootNotFresh", world.market.apply, request, mock_present(request, 7), by=world.borrower
    )
    with pytest.raises(Exception, match="get the newest one and make a new request"):
        world.market.apply(request, mock_present(request, 7), by=world.borrower)


def test_an_application_is_renewed_after_the_withdrawal_of_its_root(world):
    world.post_in_effect(5)
    loan = world.requested(world.product.address)
    world.withdraw(5)
    arguments = refused("RootWithdrawn", world.market.fund, loan, 100_000, by=world.lender)
    assert arguments == {"loanId": loan.loan_id, "root": 5}
    with pytest.raises(Exception, match="renews the application with a new proof"):
        world.market.fund(loan, 100_000, by=world.lender)
    world.post_in_effect(6)
    request = world.market.request_renewal(loan)
    renewed = world.market.renew(loan, request, mock_present(request, 7), by=world.stranger)
    assert renewed.root == 6
    world.market.fund(renewed, 100_000, by=world.lender)
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE


def test_anybody_ends_an_application_whose_root_was_withdrawn(world):
    world.post_in_effect(5)
    loan = world.requested(world.product.address)
    refused("NotBorrower", world.market.cancel, loan.loan_id, by=world.lender)
    world.withdraw(5)
    world.market.cancel(loan.loan_id, by=world.lender)
    assert world.pseudonym(7) == "free"


# --- deployment -------------------------------------------------------------------------------


@dataclass
class Somewhere:
    """A node that this process did not start."""

    chain_id: int


LOCAL, PUBLIC = Somewhere(31337), Somewhere(1)


@pytest.mark.parametrize(
    ("node", "given", "found"),
    [
        (LOCAL, (None, None), (0, MAX_AGE)),
        (LOCAL, (0, 1), (0, 1)),
        (LOCAL, (MAX_DELAY, MAX_DELAY + 1), (MAX_DELAY, MAX_DELAY + 1)),
        (PUBLIC, (None, None), (HOUR, 30 * DAY)),
        (PUBLIC, (LEAST_PUBLIC_DELAY, MAX_AGE), (600, 365 * DAY)),
        (PUBLIC, (MAX_DELAY, None), (DAY, 30 * DAY)),
    ],
)
def test_a_registrys_times_have_defaults_and_bounds(node, given, found):
    assert LOCAL.chain_id in LOCAL_CHAIN_IDS
    assert PUBLIC.chain_id not in LOCAL_CHAIN_IDS
    assert registry_times(node, *given) == found


@pytest.mark.parametrize(
    ("node", "delay", "age"),
    [
        (PUBLIC, 0, None),
        (PUBLIC, LEAST_PUBLIC_DELAY - 1, None),
        (PUBLIC, MAX_DELAY + 1, None),
        (LOCAL, MAX_DELAY + 1, None),
        (LOCAL, -1, None),
        (LOCAL, "0", None),
        (LOCAL, 1.0, None),
        (LOCAL, None, 0),
        (LOCAL, HOUR, HOUR),
        (LOCAL, None, MAX_AGE + 1),
        (PUBLIC, None, HOUR),
        (PUBLIC, None, "30"),
    ],
)
def test_times_that_cannot_serve_are_refused_before_anything_is_sent(node, delay, age):
    with pytest.raises(InvalidInput):
        registry_times(node, delay, age)


def test_a_chain_that_this_process_started_is_local_whatever_its_id():
    with EmbeddedNode(chain_id=PUBLIC.chain_id, accounts=1) as node:
        assert registry_times(node) == (0, MAX_AGE)


def test_a_deployment_asks_for_its_times_before_it_sends(world):
    before = world.node.transaction_count(world.operator.address)
    for options in ({"root_delay": MAX_DELAY + 1}, {"max_current_age": 0}):
        with pytest.raises(InvalidInput):
            deploy_around(world.node, world.deployment.verifier, by=world.operator, **options)
    with pytest.raises(InvalidInput):
        deploy_registry(world.node, by=world.operator, guardian="0x12")
    assert world.node.transaction_count(world.operator.address) == before
