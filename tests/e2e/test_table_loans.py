"""Loans of products that are tables, through the clients, from the proof to the last withdrawal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.loan_world import PRODUCT, TABLE, offered_world
from support.chain.market_world import DAY, EITHER_NODE, UNIT, mock_present, refused, taken_back
from support.chain.real_people import RealWorld

from zkcredit.chain.loans.loan_events import LoanStepped
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.circuits import get_circuit
from zkcredit.errors import ChainError, CostAboveLimit, InvalidInput, OutOfRange
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.loan import Action, release, run
from zkcredit.loan.words import LOAN_ACTIONS


@pytest.fixture(scope="module")
def shared_world():
    with offered_world(RevmNode) as world:
        yield world


@pytest.fixture(scope="module", params=EITHER_NODE)
def people(request, tmp_path_factory):
    with request.param() as node:
        key = load_or_create_dev_key(get_circuit("eligibility"))
        world = RealWorld(node, key, tmp_path_factory.mktemp("people"))
        recipient = world.stranger.address
        world.product = world.offer(origination_bps=100, fee_recipient=recipient)
        yield world
        world.close()


def twin(loan, steps):
    """The loan by the Python engine after steps of (action, amount, time)."""
    running = release(loan.product, loan.principal, loan.running.started_at)
    for action, amount, now in steps:
        running, _ = run(action, running, amount, now)
    return running


# --- one whole life with a real proof ------------------------------------------------------


def test_a_whole_life_from_a_credential_to_the_last_withdrawal(people):
    with taken_back(people) as world:
        market, node = world.market, world.node
        before = world.money()
        request = market.request(world.product.address, 100_000, world.borrower.address)
        assert "You receive 990.00 EUR of a loan of 1000.00 EUR." in request.in_words()
        presentation = world.present(request)
        market.require_acceptable(request, presentation)
        loan = market.apply(request, presentation, by=world.borrower)
        assert (loan.status, loan.principal) == (LoanStatus.REQUESTED, 100_000)

        first = market.fund(loan, 40_000, by=world.lender)
        second = market.fund(loan, 60_001, by=world.second)
        assert (first.start, first.amount, second.start, second.amount) == (
            0, 40_000, 40_000, 60_000,
        )  # fmt: skip
        assert market.positions_of(loan.loan_id) == [first, second]
        market.draw(loan, by=world.lender)  # anybody, to the borrower's own address
        assert world.money()["borrower"] - before["borrower"] == 99_000 * UNIT
        assert market.fees(world.stranger.address, world.token.address) == 1_000 * UNIT
        market.withdraw_fees(world.token.address, by=world.stranger)

        loan = market.loan(loan.loan_id)
        assert (loan.status, loan.undrawn, loan.balance) == (LoanStatus.ACTIVE, 0, 100_000)
        node.advance(30 * DAY)
        owed = market.row_owed(loan.loan_id, market.row_due(loan.loan_id))
        assert owed == TABLE.schedule(100_000).level
        steps = []

        def done(action, amount, receipt):
            steps.append((action, amount, node.now()))
            event = next(e for e in market.events_of(receipt) if isinstance(e, LoanStepped))
            assert LOAN_ACTIONS[event.action] is action

        done(Action.REPAY, owed, market.repay(loan, owed, by=world.borrower))
        node.advance(DAY)
        done(Action.HOLIDAY, 0, market.take_holiday(loan, by=world.borrower))
        node.advance(DAY)
        done(Action.PREPAY, 20_000, market.prepay(loan, 20_000, by=world.borrower))
        assert market.loan(loan.loan_id).running == twin(loan, steps)
        quote = market.quote(loan.loan_id)
        assert quote.next_due_at == loan.running.started_at + 90 * DAY
        market.settle(loan, quote.settlement, by=world.borrower)
        closed = market.loan(loan.loan_id)
        assert closed.status is LoanStatus.REPAID
        assert closed.received == owed + 20_000 + quote.settlement

        for position, lender in ((first, world.lender), (second, world.second)):
            market.withdraw(position.position_id, by=lender)
        after = world.money()
        assert after["market"] == after["relay"] == 0
        assert sum(after.values()) == sum(before.values())
        gains = {name: after[name] - before[name] for name in ("lender", "second", "stranger")}
        profit = (closed.received - 100_000) * UNIT
        assert gains["lender"] + gains["second"] == profit
        assert gains["lender"] == closed.received * UNIT * 2 // 5 - 40_000 * UNIT
        assert gains["stranger"] == 1_000 * UNIT
        assert market.lens.reputation_of(loan.nullifier) > 500


@pytest.mark.slow
def test_a_proof_serves_one_application_of_one_borrower(people):
    with taken_back(people) as world:
        request = world.market.request(world.product.address, 100_000, world.borrower.address)
        presentation = world.present(request)
        other = world.offer(min_principal=20_000)
        for by, changes in (
            (world.stranger, {}),
            (world.borrower, {"principal": 100_001}),
            (world.borrower, {"product": other.address}),
            (world.borrower, {"purpose": 3}),
            (world.borrower, {"deadline": request.deadline + 1}),
            (world.borrower, {"policy_now": request.policy.now - 1}),
            (world.borrower, {"nullifier": presentation.nullifier + 1}),
        ):
            refused("ProofInvalid", world.force, request, presentation, by, **changes)
        assert world.market.apply(request, presentation, by=world.borrower)


@pytest.mark.slow
def test_a_wallet_refuses_a_loan_above_the_holders_limit(people):
    with taken_back(people) as world:
        product = world.offer(origination_bps=1_000, fee_recipient=world.stranger.address)
        request = world.market.request(product.address, 100_000, world.borrower.address)
        with pytest.raises(CostAboveLimit):
            world.present(request)


# --- refusals of the clients ---------------------------------------------------------------


def test_a_loan_that_does_not_exist_is_not_read(world):
    for read in (world.market.loan, world.market.quote, world.market.row_due):
        with pytest.raises(InvalidInput, match="there is no loan 9"):
            read(9)
    with pytest.raises(InvalidInput, match="there is no position 9"):
        world.market.position(9)
    with pytest.raises(InvalidInput, match="there is no loan 9"):
        world.market.status_after(9, world.node.block_number())


def test_a_product_of_nobody_or_closed_is_not_asked_for(world):
    market = world.market
    with pytest.raises(InvalidInput, match="was not published in the book"):
        market.request(world.token.address, 100_000, world.borrower.address)
    world.book.set_open(world.product.address, False, by=world.lender)
    with pytest.raises(InvalidInput, match="is closed for applications"):
        market.request(world.product.address, 100_000, world.borrower.address)
    with pytest.raises(InvalidInput, match="is not a product"):
        world.book.terms(world.token.address)


def test_an_amount_outside_the_product_is_not_asked_for(world):
    for principal in (9_999, 500_001):
        with pytest.raises(OutOfRange):
            world.market.request(world.product.address, principal, world.borrower.address)


def test_a_request_names_the_hash_of_its_product(world):
    request = world.market.request(world.product.address, 100_000, world.borrower.address)
    with pytest.raises(InvalidInput, match="terms_hash"):
        replace(request, terms_hash=bytes(32))
    assert request.terms_hash == world.product.terms_hash
    assert request.product_address == world.product.address


def test_a_node_that_lies_about_the_product_is_found_out(world, monkeypatch):
    lie = replace(world.product.product, late_fee=0, late_fee_cap=0)
    monkeypatch.setattr(world.market.book, "terms", lambda _: lie)
    with pytest.raises(ChainError, match="another proof than its terms imply"):
        world.market.request(world.product.address, 100_000, world.borrower.address)


def test_somebody_elses_application_is_not_sent(world):
    request = world.market.request(world.product.address, 100_000, world.borrower.address)
    with pytest.raises(InvalidInput, match="must send the application"):
        world.market.apply(request, world.present(request), by=world.stranger)


def test_one_person_has_one_application(world):
    world.requested(world.product.address)
    request = world.market.request(world.product.address, 100_000, world.stranger.address)
    again = mock_present(request, 7)
    refused("PseudonymNotFree", world.market.require_acceptable, request, again)
    refused("PseudonymTaken", world.market.apply, request, again, by=world.stranger)


def test_a_funding_names_borrower_and_product(world):
    loan = world.requested(world.product.address)
    other = world.offer(min_principal=20_000)
    elsewhere = (
        replace(loan, borrower=world.stranger.address),
        replace(loan, product_address=other.address),
    )
    for one in elsewhere:
        refused("LoanDiffers", world.market.fund, one, 10_000, by=world.lender)
    world.market.fund(loan, 100_000, by=world.lender)
    stranger = replace(loan, borrower=world.stranger.address)
    for pay in (world.market.repay, world.market.settle, world.market.prepay):
        refused("LoanDiffers", pay, stranger, 50_000, by=world.lender)


def test_a_lender_leaves_after_a_day_and_the_gap_is_filled(world):
    market = world.market
    loan = world.requested(world.product.address)
    first = market.fund(loan, 40_000, by=world.lender)
    refused("LeavingTooEarly", market.take_back, first.position_id, by=world.lender)
    market.fund(loan, 50_000, by=world.second)
    world.node.advance(DAY)
    refused("NotPositionOwner", market.take_back, first.position_id, by=world.second)
    market.take_back(first.position_id, by=world.lender)
    assert market.position(first.position_id).lender is None
    assert market.loan(loan.loan_id).funded == 50_000
    third = market.fund(loan, 100_000, by=world.second)
    assert (third.start, third.amount) == (0, 40_000)
    market.fund(loan, 100_000, by=world.second)
    assert market.loan(loan.loan_id).status is LoanStatus.ACTIVE
    assert [one.amount for one in market.positions_of(loan.loan_id)] == [50_000, 40_000, 10_000]


def test_an_application_is_cancelled_by_its_borrower_alone_until_its_deadline(world):
    loan = world.requested(world.product.address)
    refused("NotBorrower", world.market.cancel, loan.loan_id, by=world.stranger)
    world.node.advance(8 * DAY)
    assert world.market.loan(loan.loan_id).status is LoanStatus.CANCELLED
    refused("FundingClosed", world.market.fund, loan, 10_000, by=world.lender)
    world.market.cancel(loan.loan_id, by=world.stranger)
    refused("StageInvalid", world.market.cancel, loan.loan_id, by=world.borrower)


def test_newer_evidence_renews_an_application(world):
    market = world.market
    product = world.offer(proof_age=2 * DAY)
    loan = world.requested(product.address)
    world.node.advance(3 * DAY)
    refused("ProofTooOld", market.fund, loan, 10_000, by=world.lender)
    with pytest.raises(InvalidInput, match="of this very second"):
        market.request_renewal(replace(loan, proved_at=world.node.now()))
    request = market.request_renewal(loan)
    other = mock_present(request, 8)
    refused("EvidenceUnsuitable", market.renew, loan, request, other, by=world.stranger)
    with pytest.raises(InvalidInput, match="another application"):
        market.renew(replace(loan, principal=1), request, world.present(request), by=world.stranger)
    renewed = market.renew(loan, request, world.present(request), by=world.stranger)
    assert renewed.proved_at == request.policy.now
    market.fund(renewed, 100_000, by=world.lender)
    with pytest.raises(InvalidInput, match="is active"):
        market.request_renewal(market.loan(loan.loan_id))


def test_what_waits_is_drawn_elsewhere_by_the_borrower_alone(world):
    market = world.market
    loan = world.requested(world.product.address)
    refused("NothingToWithdraw", market.draw, loan, by=world.borrower)
    market.fund(loan, 100_000, by=world.lender)
    elsewhere = world.second.address
    refused("NotBorrower", market.draw, loan, by=world.stranger, to=elsewhere)
    market.draw(loan, by=world.borrower, to=elsewhere)
    refused("NothingToWithdraw", market.draw, loan, by=world.borrower)


def test_reliefs_out_of_their_time_are_refused(world):
    market = world.market
    loan = world.released(world.product.address)
    refused("NotBorrower", market.take_holiday, loan, by=world.lender)
    refused("InterestComesFirst", market.prepay, loan, 1, by=world.borrower)
    refused("SettlementAboveLimit", market.settle, loan, 1, by=world.borrower)
    refused("DefaultNotYet", market.mark_default, loan, by=world.stranger)
    world.node.advance(30 * DAY + 10)
    refused("InArrears", market.take_holiday, loan, by=world.borrower)
    refused("InArrears", market.prepay, loan, 50_000, by=world.borrower)
    with pytest.raises(InvalidInput, match="row 2 of loan 1 cannot be paid now"):
        market.row_owed(loan.loan_id, 2)


def test_a_defaulter_is_blocked_and_what_was_not_drawn_pays_first(world):
    market = world.market
    loan = world.requested(world.product.address)
    market.fund(loan, 100_000, by=world.lender)
    world.node.advance(100 * DAY)
    market.mark_default(loan, by=world.stranger)
    state = market.loan(loan.loan_id)
    assert (state.status, state.received, state.undrawn) == (LoanStatus.DEFAULTED, 100_000, 0)
    refused("NotRunning", market.settle, state, 10**6, by=world.lender)
    market.repay(state, state.recovery_owed + 5, by=world.lender)
    assert market.loan(loan.loan_id).status is LoanStatus.RECOVERED
    request = market.request(world.product.address, 100_000, world.borrower.address)
    refused("PseudonymTaken", market.apply, request, world.present(request), by=world.borrower)


def test_the_operator_alone_stops_new_business_and_clocks(world):
    market, token = world.market, world.token.address
    for change in (
        lambda: market.set_new_loans_paused(True, by=world.stranger),
        lambda: market.set_token_allowed(token, False, by=world.stranger),
        lambda: market.give_notice(token, world.node.now() + DAY, by=world.stranger),
    ):
        refused("AccessControlUnauthorizedAccount", change)
    loan = world.released(world.product.address)
    due = market.quote(loan.loan_id).next_due_at
    market.give_notice(token, world.node.now() + 10 * DAY, by=world.operator)
    assert DAY * 10 - 60 < market.quote(loan.loan_id).next_due_at - due <= DAY * 10
    assert market.clock(token).lost == market.quote(loan.loan_id).next_due_at - due
    refused("NoticeEndInvalid", market.give_notice, token, world.node.now(), by=world.operator)
    market.set_new_loans_paused(True, by=world.operator)
    request = market.request(world.product.address, 100_000, world.stranger.address)
    answer = mock_present(request, 9)
    refused("NewLoansPaused", market.apply, request, answer, by=world.stranger)
    market.repay(loan, 100, by=world.borrower)  # nobody can stop this


def test_a_rerun_of_an_intention_sends_nothing_twice(world):
    market = world.market
    request = market.request(world.product.address, 100_000, world.borrower.address)
    answer = world.present(request)
    loan = market.apply(request, answer, by=world.borrower, idempotency_key="apply")
    assert market.apply(request, answer, by=world.borrower, idempotency_key="apply") == loan
    first = market.fund(loan, 40_000, by=world.lender, idempotency_key="fund")
    assert market.fund(loan, 40_000, by=world.lender, idempotency_key="fund") == first
    assert market.loan(loan.loan_id).funded == 40_000
    product = world.offer(min_principal=20_000)
    again = [
        world.book.publish(product.product, by=world.lender, idempotency_key="publish")
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert len(world.book.products(world.lender.address)) == 3


# --- lines of products ---------------------------------------------------------------------


def test_a_line_gets_its_next_product_with_notice(world):
    book, node = world.book, world.node
    line = book.begin_line(world.product.address, by=world.lender)
    assert (line.product, line.announced) == (world.product.address, None)
    later = world.offer(late_fee=100)
    early = node.now() + book.notice() - 60
    refused("NoticeTooShort", book.announce, line.line_id, later.address, early, by=world.lender)
    starts = node.now() + book.notice() + 60
    refused("NotCreatorOfLine", book.announce, line.line_id, later.address, starts, by=world.second)
    book.announce(line.line_id, later.address, starts, by=world.lender)
    assert book.line(line.line_id).announced == later.address
    assert not book.is_open(later.address)
    node.advance(book.notice() + 120)
    assert book.is_open(later.address)
    assert not book.product(world.product.address).open
    refused("NothingAnnounced", book.withdraw_announcement, line.line_id, by=world.lender)


def test_the_book_refuses_what_the_market_could_not_lend(world):
    refused("NotAContract", world.book.publish, PRODUCT, by=world.lender)  # no token there
