"""The admin of a contract is replaced in two steps, which its client takes and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.chain.loan_world import World
from support.chain.market_world import refused, taken_back

from zkcredit.chain.contracts.artifacts import all_artifacts
from zkcredit.chain.contracts.contract import (
    AdministeredClient,
    AdminTransfer,
    deploy_contract,
)
from zkcredit.chain.contracts.events import (
    DefaultAdminTransferCanceled,
    DefaultAdminTransferScheduled,
)
from zkcredit.chain.contracts.ledger import CreditLedgerClient
from zkcredit.chain.contracts.registry import IssuerRegistryClient
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.history.bureau import CreditBureauClient
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400
NOT_ALLOWED = "AccessControlUnauthorizedAccount"
TOO_EARLY = "AccessControlEnforcedDefaultAdminDelay"
NOT_NAMED = "AccessControlInvalidDefaultAdmin"


@pytest.fixture(scope="module")
def built() -> Iterator[World]:
    with RevmNode(genesis_time=1_900_000_000) as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        mock, _ = deploy_contract("MockVerifier", by=operator)
        yield World(node, deploy_around(node, mock, by=operator))


@pytest.fixture
def world(built: World) -> Iterator[World]:
    with taken_back(built) as world:
        yield world


@pytest.fixture(params=["market", "registry"])
def client(world: World, request: pytest.FixtureRequest) -> AdministeredClient:
    found = getattr(world, request.param)
    assert isinstance(found, AdministeredClient)
    return found


def test_every_contract_with_an_admin_has_a_client_for_it() -> None:
    clients = (
        CreditBureauClient,
        CreditLedgerClient,
        IssuerRegistryClient,
        LoanMarketClient,
    )
    assert all(issubclass(client, AdministeredClient) for client in clients)
    with_admin = {
        artifact.name
        for artifact in all_artifacts()
        if any(entry.get("name") == "beginDefaultAdminTransfer" for entry in artifact.abi)
    }
    assert with_admin == {client.contract for client in clients}


def test_an_admin_is_replaced_in_two_steps(world: World, client: AdministeredClient) -> None:
    admin, new = world.operator.address, world.stranger.address
    assert (client.admin(), client.pending_admin(), client.admin_delay()) == (admin, None, DAY)
    begun = client.begin_admin_transfer(new, by=world.operator)
    assert begun == AdminTransfer(new, world.node.now() + DAY)
    assert client.pending_admin() == begun
    assert client.admin() == admin
    world.node.advance(DAY + 1)
    assert client.admin() == admin  # until the other accepts
    client.accept_admin_transfer(by=world.stranger)
    assert (client.admin(), client.pending_admin()) == (new, None)
    refused(NOT_ALLOWED, client.begin_admin_transfer, admin, by=world.operator)
    client.begin_admin_transfer(admin, by=world.stranger)


def test_each_step_is_an_event(world: World, client: AdministeredClient) -> None:
    begun = client.begin_admin_transfer(world.lender.address, by=world.operator)
    client.begin_admin_transfer(world.stranger.address, by=world.operator)  # replaces it
    client.cancel_admin_transfer(by=world.operator)
    kinds = (DefaultAdminTransferScheduled, DefaultAdminTransferCanceled)
    seen = [event for event in client.events() if isinstance(event, kinds)]
    assert tuple(type(event) for event in seen) == kinds * 2
    assert isinstance(seen[0], DefaultAdminTransferScheduled)
    assert (seen[0].new_admin, seen[0].accept_schedule) == (begun.account, begun.after)


def test_a_step_that_was_sent_is_not_sent_again(world: World, client: AdministeredClient) -> None:
    first = client.begin_admin_transfer(
        world.stranger.address, by=world.operator, idempotency_key="begin"
    )
    sent = world.node.transaction_count(world.operator.address)
    world.node.advance(5)
    again = client.begin_admin_transfer(
        world.stranger.address, by=world.operator, idempotency_key="begin"
    )
    assert again == first
    client.cancel_admin_transfer(by=world.operator, idempotency_key="cancel")
    client.cancel_admin_transfer(by=world.operator, idempotency_key="cancel")
    assert world.node.transaction_count(world.operator.address) == sent + 1


# --- what is refused ----------------------------------------------------------------------------


def test_nobody_accepts_before_the_delay(world: World, client: AdministeredClient) -> None:
    begun = client.begin_admin_transfer(world.stranger.address, by=world.operator)
    shown = refused(TOO_EARLY, client.accept_admin_transfer, by=world.stranger)
    assert shown == {"schedule": begun.after}
    with pytest.raises(Exception, match="can be accepted after this time"):
        client.accept_admin_transfer(by=world.stranger)
    assert client.admin() == world.operator.address


@pytest.mark.parametrize("who", ["operator", "lender", "borrower"])
def test_nobody_else_accepts(world: World, client: AdministeredClient, who: str) -> None:
    client.begin_admin_transfer(world.stranger.address, by=world.operator)
    world.node.advance(DAY + 1)
    refused(NOT_NAMED, client.accept_admin_transfer, by=getattr(world, who))
    assert client.admin() == world.operator.address


def test_without_a_transfer_nobody_accepts(world: World, client: AdministeredClient) -> None:
    refused(NOT_NAMED, client.accept_admin_transfer, by=world.stranger)
    refused(NOT_NAMED, client.accept_admin_transfer, by=world.operator)


def test_what_was_taken_back_cannot_be_accepted(world: World, client: AdministeredClient) -> None:
    client.begin_admin_transfer(world.stranger.address, by=world.operator)
    client.cancel_admin_transfer(by=world.operator)
    assert client.pending_admin() is None
    world.node.advance(DAY + 1)
    refused(NOT_NAMED, client.accept_admin_transfer, by=world.stranger)


def test_only_the_admin_begins_and_cancels(world: World, client: AdministeredClient) -> None:
    for who in (world.stranger, world.lender):
        refused(NOT_ALLOWED, client.begin_admin_transfer, who.address, by=who)
    client.begin_admin_transfer(world.stranger.address, by=world.operator)
    for who in (world.stranger, world.lender):
        refused(NOT_ALLOWED, client.cancel_admin_transfer, by=who)


def test_nothing_that_waits_is_nothing_to_cancel(world: World, client: AdministeredClient) -> None:
    sent = world.node.transaction_count(world.operator.address)
    with pytest.raises(InvalidInput, match="no transfer of the admin role waits"):
        client.cancel_admin_transfer(by=world.operator)
    assert world.node.transaction_count(world.operator.address) == sent


@pytest.mark.parametrize("account", ["0x" + "00" * 20, "0x12", "", "somebody", None, 5])
def test_an_admin_is_an_account(world: World, client: AdministeredClient, account: object) -> None:
    with pytest.raises(InvalidInput):
        client.begin_admin_transfer(account, by=world.operator)  # type: ignore[arg-type]
    assert client.pending_admin() is None


def test_the_new_admin_grants_roles_and_the_old_one_does_not(world: World) -> None:
    registry = world.registry
    registry.begin_admin_transfer(world.stranger.address, by=world.operator)
    world.node.advance(DAY + 1)
    registry.accept_admin_transfer(by=world.stranger)
    registry.appoint("guardian", world.lender.address, by=world.stranger)
    refused(NOT_ALLOWED, registry.appoint, "guardian", world.lender.address, by=world.operator)
