"""Borrowers without a coin for gas: they sign, and somebody else carries what they signed."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from support.chain.loan_world import offered_world
from support.chain.market_world import DAY, UNIT, mock_present, refused, taken_back

from zkcredit.chain.loans import loan_events as ev
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import InvalidInput

FAR = 2**40 - 1
BORROWER = Signer(b"\7" * 32)
TIMES = ("block", "log_index", "transaction", "deadline", "clock", "proved_at", "caller")
STEPS = (ev.LoanRequested, ev.LoanFunded, ev.LoanReleased, ev.ProceedsDrawn, ev.LoanStepped,
         ev.StandingChanged, ev.Withdrawn)  # fmt: skip


@pytest.fixture(scope="module")
def shared_world():
    with offered_world(RevmNode) as world:
        yield world


def asked(world):
    """A request of the borrower without a coin, and the answer."""
    request = world.market.request(world.product.address, 100_000, BORROWER.address)
    return request, mock_present(request, 7)


def consent_to(world, request, **changes):
    signed = {"purpose_code": request.purpose_code, "by": BORROWER, "deadline": FAR} | changes
    return world.consents.sign_application(
        world.market.address, request.product_address, request.principal, **signed
    )


def applied(world):
    request, answer = asked(world)
    consent = consent_to(world, request)
    return world.market.apply_for(consent, request, answer, by=world.stranger)


def repaid_by_permit(world, loan, amount):
    permit = world.relay.sign_payment(loan, amount, by=BORROWER, deadline=FAR)
    return world.relay.repay(loan, permit, by=world.stranger)


def life(world, *, relayed):
    """One loan: a row, a holiday, another row, the rest; the borrower draws to the own address."""
    market, node = world.market, world.node
    world.token.mint(BORROWER.address, 50_000 * UNIT, by=world.operator)
    direct = TransactionSender(node, BORROWER, Outbox(None))
    if relayed:
        loan = applied(world)
    else:
        world.operator.send(Call(BORROWER.address, b"", 21_000, 10**18))
        world.token.approve(market.address, 10**30, by=direct)
        request, answer = asked(world)
        loan = market.apply(request, answer, by=direct)
    for lender, amount in ((world.lender, 40_000), (world.second, 60_000)):
        market.fund(loan, amount, by=lender)
    market.draw(loan, by=world.stranger if relayed else direct)

    def pay(amount):
        if relayed:
            repaid_by_permit(world, loan, amount)
        else:
            market.repay(loan, amount, by=direct)

    node.advance(29 * DAY)
    pay(market.row_owed(loan.loan_id, 1))
    node.advance(5 * DAY)
    if relayed:
        consent = world.consents.sign_holiday(
            market.address, loan.loan_id, by=BORROWER, deadline=FAR
        )
        market.take_holiday_for(consent, loan, by=world.stranger)
    else:
        market.take_holiday(loan, by=direct)
    node.advance(66 * DAY)  # past grace: the row is late
    pay(market.quote(loan.loan_id).overdue)
    pay(market.quote(loan.loan_id).remaining)
    for position in market.positions_of(loan.loan_id):
        lender = world.lender if position.lender == world.lender.address else world.second
        market.withdraw(position.position_id, by=lender)
    assert market.loan(loan.loan_id).status is LoanStatus.REPAID
    return loan


def told(world):
    """The events of the market, without times and without who sent them."""
    return [
        (type(event), *(
            getattr(event, field.name) for field in fields(event) if field.name not in TIMES
        ))
        for event in world.market.events()
        if isinstance(event, STEPS)
    ]  # fmt: skip


def test_a_relayed_life_without_a_wei_equals_a_direct_one(world):
    results = []
    for relayed in (False, True):
        with taken_back(world):
            life(world, relayed=relayed)
            if relayed:
                assert world.node.balance(BORROWER.address) == 0
                assert world.node.transaction_count(BORROWER.address) == 0
            money = world.money() | {"borrower": world.token.balance_of(BORROWER.address)}
            assert money["relay"] == money["market"] == 0
            results.append((told(world), money))
    direct, relayed = results
    assert relayed == direct
    assert len(direct[0]) == 12
    assert any(event[0] is ev.LoanStepped and event[-1] for event in direct[0])  # a late fee


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"deadline": 1_000}, "ConsentExpired"),
        ({"purpose_code": 3}, "ConsentInvalid"),
        ({"by": Signer(b"\1" * 32)}, "ConsentInvalid"),
    ],
)
def test_a_consent_to_something_else_is_refused(world, changes, error):
    request, answer = asked(world)
    consent = replace(consent_to(world, request, **changes), signer=BORROWER.address)
    refused(error, world.market.apply_for, consent, request, answer, by=world.stranger)


def test_a_consent_serves_once_and_can_be_revoked(world):
    request, answer = asked(world)
    consent = consent_to(world, request, nonce=5)
    loan = world.market.apply_for(consent, request, answer, by=world.stranger)
    assert world.consents.is_used(BORROWER.address, 5)
    world.operator.send(Call(BORROWER.address, b"", 21_000, 10**18))
    direct = TransactionSender(world.node, BORROWER, Outbox(None))
    world.market.cancel(loan.loan_id, by=direct)
    request, answer = asked(world)
    again = world.market.apply_for
    refused("ConsentUsed", again, consent, request, answer, by=world.stranger)
    lost = consent_to(world, request)
    world.consents.revoke(lost.nonce, by=direct)
    refused("ConsentUsed", again, lost, request, answer, by=world.stranger)
    old = consent_to(world, request)
    world.consents.revoke_all(by=direct)
    assert world.consents.series_of(BORROWER.address) == 1
    refused("ConsentInvalid", again, old, request, answer, by=world.stranger)


def test_a_consent_of_another_market_is_refused(world):
    request, answer = asked(world)
    consent = world.consents.sign_application(
        world.relay.address, request.product_address, request.principal, by=BORROWER, deadline=FAR
    )
    refused("ConsentInvalid", world.market.apply_for, consent, request, answer, by=world.stranger)


def test_the_client_refuses_somebody_elses_consent(world):
    request, answer = asked(world)
    consent = consent_to(world, request, by=Signer(b"\1" * 32))
    with pytest.raises(InvalidInput, match="that of the borrower"):
        world.market.apply_for(consent, request, answer, by=world.stranger)


def test_a_permit_pays_the_owners_own_loan_alone(world):
    loan = applied(world)
    world.market.fund(loan, 100_000, by=world.lender)
    world.token.mint(BORROWER.address, 50_000 * UNIT, by=world.operator)
    world.node.advance(DAY)
    permit = world.relay.sign_payment(loan, 1_000, by=BORROWER, deadline=FAR)
    refused(
        "NotOwner", world.relay.repay, loan, replace(permit, tokens=2_000 * UNIT),
        by=world.stranger,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="whole number"):
        world.relay.repay(loan, replace(permit, tokens=UNIT + 1), by=world.stranger)
    with pytest.raises(InvalidInput, match="not for the relay"):
        world.relay.repay(loan, replace(permit, spender=loan.borrower), by=world.stranger)
    world.relay.repay(loan, permit, by=world.stranger)
    refused("NotOwner", world.relay.repay, loan, permit, by=world.stranger)


def test_a_lender_funds_with_a_permit_of_his_own(world):
    lender = Signer(b"\5" * 32)
    world.token.mint(lender.address, 100_000 * UNIT, by=world.operator)
    world.operator.send(Call(lender.address, b"", 21_000, 10**18))
    loan = world.requested(world.product.address)
    permit = world.relay.sign_payment(loan, 100_000, by=lender, deadline=FAR)
    refused("NotOwner", world.relay.fund, loan, permit, by=world.stranger)
    receipt = world.relay.fund(loan, permit, by=TransactionSender(world.node, lender, Outbox(None)))
    position = world.market.funded(receipt)
    assert (position.lender, position.amount) == (lender.address, 100_000)
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE


def test_a_restructuring_needs_everybody(world):
    market, consents = world.market, world.consents
    lenders = [Signer(bytes([7 + at]) * 32) for at in (1, 2)]
    loan = applied(world)
    for lender, amount in zip(lenders, (30_000, 70_000), strict=True):
        market.fund(loan, amount, by=world.lender, lender=lender.address)
    world.node.advance(40 * DAY)
    other = world.offer(holidays=2)
    debt = market.quote(loan.loan_id).settlement

    def sign(by, limit=debt):
        return consents.sign_restructuring(
            market.address, loan.loan_id, other.address, limit, by=by, deadline=FAR
        )

    numbers = [one.position_id for one in market.positions_of(loan.loan_id)]
    both = dict(zip(numbers, map(sign, lenders), strict=True))
    send = market.restructure
    arguments = loan, other.address, debt
    one = {numbers[0]: both[numbers[0]]}
    refused("ConsentsIncomplete", send, *arguments, sign(BORROWER), one, by=world.stranger)
    refused("NotBorrower", send, *arguments, sign(lenders[0]), both, by=world.stranger)
    low = loan, other.address, debt - 1
    signed = dict(zip(numbers, (sign(who, debt - 1) for who in lenders), strict=True))
    refused("DebtAboveLimit", send, *low, sign(BORROWER, debt - 1), signed, by=world.stranger)
    send(*arguments, sign(BORROWER), both, by=world.stranger)
    state = market.loan(loan.loan_id)
    assert (state.product_address, state.balance) == (other.address, debt)
    assert state.running.restructured == 1
