"""The index of a real market: words and balances after every block."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.loan_town import MONTH, LoanTown
from support.chain.market_world import AS_CANCUN, taken_back
from support.loan.table_cases import monthly

from zkcredit.chain.index.chain_index import ChainIndex
from zkcredit.chain.index.loan_records import held_of, loans_of, movements_of, products_of
from zkcredit.chain.index.loans import LOANS
from zkcredit.errors import NodeBehind, NodeUnavailable
from zkcredit.loan import Standing, loan_words, product_address
from zkcredit.units import DAY

RELEASED = 3


@pytest.fixture(scope="module", params=AS_CANCUN)
def shared_town(request):
    with request.param() as node:
        yield LoanTown(node)


@pytest.fixture
def town(shared_town):
    with taken_back(shared_town):
        yield shared_town


def opened(town, path=None):
    return ChainIndex.open(path, town.node, town.watched, projections=[LOANS])


def require_state(town, index):
    """Every loan's words are the market's, and the flow of the token is its balance."""
    index.catch_up()
    for one in loans_of(index, town.market):
        terms, debt, account, nullifier, party = town.ask("entry", one.loan_id)
        assert one.applied.nullifier == nullifier
        assert int(one.applied.borrower, 16) == party >> 96
        assert one.undrawn == party >> 32 & (1 << 48) - 1
        if party & 0xFF == RELEASED:
            assert loan_words(one.running, one.product_address) == (terms, debt, account)
        else:
            assert one.running is None
            assert one.funded == debt >> 160 & (1 << 48) - 1
            assert int(one.product_address, 16) == int(product_address((terms, 0, 0)), 16)
    held = {one.token: one.held for one in held_of(index, town.market)}
    balance = town.token.balance_of(town.market)
    assert held.get(town.token.address, 0) == balance


def play(town):
    """Loans with every kind of event; yields after each step."""
    borrower, lender, second = town.borrower, town.lender, town.second
    who = borrower.address
    address = town.publish(town.product())
    yield
    loan = town.request(address, 120_000, 101)
    town.fund(lender, loan, address, 50_000)
    town.fund(second, loan, address, 20_000)
    yield
    town.later(DAY)
    town.do(lender, "takeBack", 1, lender.address)
    yield
    town.fund(second, loan, address, 30_000)
    town.fund(second, loan, address, 50_000)
    town.fund(lender, loan, address, 500_000)
    yield
    town.do(borrower, "draw", loan, who)
    town.do(town.stranger, "withdrawFees", town.token.address, who)
    yield
    town.do(town.operator, "giveNotice", town.token.address, town.now() + 9 * DAY)
    town.later(MONTH + 20 * DAY)
    town.do(borrower, "repay", loan, who, 7_000)
    yield
    town.do(borrower, "repay", loan, who, 16_500)
    town.do(borrower, "prepay", loan, who, 9_000)
    yield
    town.later(MONTH)
    town.do(borrower, "takeHoliday", loan)
    town.do(lender, "withdraw", 5, lender.address)
    yield
    town.later(MONTH)
    town.do(borrower, "settle", loan, who, 400_000)
    town.do(second, "withdraw", 2, town.stranger.address)
    yield
    lost = town.request(address, 30_000)
    town.fund(lender, lost, address, 30_000)
    town.later(200 * DAY)
    town.do(town.stranger, "markDefault", lost)
    yield
    town.do(borrower, "repay", lost, who, 500)
    town.do(borrower, "repay", lost, who, 100_000)
    yield
    part = town.request(address, 20_000)
    town.fund(lender, part, address, 5_000)
    town.do(borrower, "cancel", part)
    town.do(lender, "withdraw", town.ask("positionCount"), lender.address)
    yield


def test_the_index_has_the_words_of_the_market_and_its_balance(town):
    with opened(town) as index:
        balances = {}
        for _ in play(town):
            require_state(town, index)
            balances[index.block] = town.token.balance_of(town.market)
        assert len(set(balances.values())) > 7
        ends = [one.running.standing for one in loans_of(index, town.market) if one.running]
        assert ends == [Standing.REPAID, Standing.RECOVERED]
        kinds = {one.kind for one in movements_of(index, town.market)}
        assert kinds == {
            "funding", "taken back", "proceeds", "fees", "withdrawal", "repay", "prepay", "settle",
        }  # fmt: skip
    with opened(town) as again:
        again.catch_up()
        for block, balance in balances.items():
            assert sum(one.held for one in held_of(again, town.market, block)) == balance


def test_a_chain_that_goes_back_takes_the_loans_with_it(town, tmp_path):
    with opened(town, tmp_path / "index") as index:
        steps = play(town)
        for _ in range(4):
            next(steps)
        require_state(town, index)
        snapshot = town.node.snapshot()
        for _ in range(4):
            next(steps)
        require_state(town, index)
        town.node.restore(snapshot)
        town.new_senders()
        with pytest.raises(NodeBehind):
            index.catch_up()
        town.later(3)
        for _ in range(3):
            town.do(town.lender, "fund", *other(town))
        require_state(town, index)


def other(town):
    """A new application, and how to fund a part of it."""
    address = town.publish(town.product(late_fee_cap=town.ask("loanCount") * 1_000 + 2_000))
    loan = town.request(address, 50_000)
    return loan, town.borrower.address, address, 7_000, town.lender.address


def test_a_product_that_the_node_does_not_have_is_refused(town, monkeypatch):
    address = town.publish(town.product())
    with opened(town) as index:
        code = town.node.code
        monkeypatch.setattr(
            town.node, "code", lambda at: b"" if at.lower() == address.lower() else code(at)
        )
        with pytest.raises(NodeUnavailable, match="does not have the product"):
            index.catch_up()
        monkeypatch.undo()
        index.catch_up()
        assert list(products_of(index)) == [address]


def test_products_are_whole(town):
    one = town.product()
    several = [one, replace(one, table=monthly("D" * 12 + "L" * 47 + "R", 5_000_000))]
    addresses = [town.publish(product) for product in several]
    with opened(town) as index:
        index.catch_up()
        found = products_of(index)
        assert [found[address].product for address in addresses] == several
