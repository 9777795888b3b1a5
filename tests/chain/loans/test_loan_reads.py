"""What the clients of a market make of a contract's words, and of a lie."""

from __future__ import annotations

import pytest
from support.chain.loan_world import PRODUCT
from support.chain.market_world import DAY, UNIT, refused

from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.loan_state import LoanState, LoanStatus, PositionState
from zkcredit.chain.sending.accounts import Signer
from zkcredit.errors import ChainError, InvalidInput, OutOfRange
from zkcredit.loan import Burden, Kind, Row, Table

MONTH = 30 * DAY
DEFERRED = Table.of(
    [
        Row(MONTH, 10**7, Kind.DEFER, 0),
        Row(2 * MONTH, 10**7, Kind.INTEREST, 0),
        Row(3 * MONTH, 10**7, Kind.REST, 0),
    ]
)


def words(world, loan_id):
    return world.market._read("entry", loan_id)


@pytest.mark.parametrize("stage", [0, 4, 255])
def test_an_unknown_stage_is_not_a_loan(world, stage):
    world.requested(world.product.address)
    *rest, party = words(world, 1)
    with pytest.raises(ChainError, match=f"loan 1 have the stage {stage}"):
        LoanState.of_entry(1, (*rest, party - party % 256 + stage), PRODUCT, 0)


@pytest.mark.parametrize("standing", [0, 1, 6, 7])
def test_a_released_loan_has_a_standing(world, standing):
    world.released(world.product.address)
    terms, debt, account, *rest = words(world, 1)
    changed = account - account % 256 + standing
    with pytest.raises(ChainError, match="words of loan 1"):
        LoanState.of_entry(1, (terms, debt, changed, *rest), PRODUCT, 0)


def test_an_application_is_cancelled_when_its_time_is_over(world):
    loan = world.requested(world.product.address)
    entry = words(world, 1)
    deadline = loan.funding_deadline
    for now, status in ((deadline, LoanStatus.REQUESTED), (deadline + 1, LoanStatus.CANCELLED)):
        assert LoanState.of_entry(1, entry, PRODUCT, now).status is status
        assert world.market.lens.status(1) is LoanStatus.REQUESTED
    for read in ("rows", "paid_rows", "received", "balance", "fees_owed", "recovery_owed"):
        assert getattr(loan, read) == (3 if read == "rows" else 0)
    with pytest.raises(InvalidInput, match="loan 1 is requested, not running"):
        loan.require_running()


def test_a_position_that_left_says_so():
    nobody = "0x" + "00" * 20
    state = PositionState.from_tuple(4, (nobody, 5, 6, 1, 7, 3))
    assert (state.lender, state.withdrawn_tokens) == (None, 0)


def test_a_lens_of_another_market_is_refused(world):
    with pytest.raises(InvalidInput, match="no contract"):
        LoanMarketClient(world.node, world.market.address, world.lender.address)
    with pytest.raises(ChainError):
        LoanMarketClient(world.node, world.market.address, world.token.address)


def test_rows_that_ask_for_nothing_are_not_due(world):
    market = world.market
    product = world.offer(table=DEFERRED, burden=Burden.AVERAGE)
    world.requested(product.address)
    with pytest.raises(InvalidInput, match="has not started"):
        market.row_due(1)
    market.cancel(1, by=world.borrower)
    loan = world.released(product.address)
    number = loan.loan_id
    assert (market.row_due(number), market.period(number)) == (1, 1)
    world.node.advance(MONTH)
    assert (market.row_due(number), market.period(number)) == (2, 2)
    owed = market.row_owed(number, 2)
    assert owed == DEFERRED.schedule(100_000).amounts[1]
    with pytest.raises(InvalidInput, match="row 2 is next"):
        market.row_owed(number, 1)
    world.node.advance(MONTH - 10)
    market.repay(loan, owed, by=world.borrower)
    assert market.loan(number).paid_rows == 2
    world.node.advance(2 * MONTH)
    assert (market.row_due(number), market.period(number)) == (3, 4)


def test_events_that_are_missing_are_noticed(world, monkeypatch):
    loan = world.released(world.product.address)
    events = type(world.market).events
    monkeypatch.setattr(
        type(world.market), "events", lambda self, **kinds: events(self, **kinds)[1:]
    )
    with pytest.raises(ChainError, match="fundings of loan 1 are not complete"):
        world.market.positions_of(loan.loan_id)


def test_the_flow_of_a_loan_is_what_moved(world):
    market = world.market
    product = world.offer(origination_bps=100, fee_recipient=world.stranger.address)
    loan = world.requested(product.address)
    position = market.fund(loan, 40_000, by=world.lender)
    world.node.advance(DAY)
    market.take_back(position.position_id, by=world.lender)
    for _ in range(2):  # the gap first, then what was never funded
        market.fund(loan, 100_000, by=world.second)
    world.node.advance(100 * DAY)
    market.mark_default(loan, by=world.lender)  # what was not drawn pays first, and moves nothing
    market.repay(market.loan(1), 500, by=world.borrower)
    flow = flow_of_funds(market, 1)
    assert [movement.kind for movement in flow.movements] == [
        "funding", "taken back", "funding", "funding", "fee", "repayment",
    ]  # fmt: skip
    assert flow.total("fee") == 1_000 * UNIT
    assert flow.held == 99_500 * UNIT
    assert market.lens.value_of(2).drawable == 99_500 * UNIT * 2 // 5
    assert market.lens.value_of(1) == (0, 0)


def test_numbers_that_no_contract_has_are_refused(world):
    market = world.market
    for wrong in (-1, 2**256):
        with pytest.raises(OutOfRange):
            market.loan(wrong)
        with pytest.raises(OutOfRange):
            world.book.line(wrong)
    for wrong in ("1", None, 1.0, True):
        with pytest.raises(InvalidInput):
            market.withdrawable(wrong)


def test_a_token_without_permits_says_so(world):
    signer = Signer(b"\3" * 32)
    other = TokenClient(world.node, world.market.address)  # any contract without permits
    with pytest.raises(InvalidInput, match="does not know permits"):
        other.sign_permit(world.relay.address, 1, by=signer, deadline=1)
    with pytest.raises(OutOfRange):
        world.token.sign_permit(world.relay.address, 1, by=signer, deadline=2**40)


def test_a_consent_out_of_range_is_not_signed(world):
    signer, consents = Signer(b"\3" * 32), world.consents
    ask = consents.sign_application
    market, product = world.market.address, world.product.address
    for principal, more in (
        (2**48, {}),
        (-1, {}),
        (1, {"purpose_code": 2**16}),
        (1, {"nonce": 2**256}),
    ):
        with pytest.raises(OutOfRange):
            ask(market, product, principal, by=signer, deadline=1, **more)
    with pytest.raises(InvalidInput):
        ask("0x12", product, 1, by=signer, deadline=1)
    refused("ConsentUsed", lambda: [consents.revoke(9, by=world.lender) for _ in range(2)])
