"""The projection of loans follows from the events alone, and is what the market would store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.index_rounds import contents, require_books, require_loans
from support.chain.loan_chains import (
    DEEPEST,
    MARKET_AT,
    PEOPLE,
    TOKENS,
    Game,
    LoanChain,
    branches,
    opened,
    some_product,
)

from zkcredit.chain.index.loan_records import (
    clock_at,
    held_of,
    intervals_of,
    loan_of,
    loans_of,
    movements_of,
    products_of,
    rows_of,
    steps_of,
)
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.loan import Standing
from zkcredit.loan.life import Action


def test_branches_give_what_a_replay_gives_and_what_the_market_would_store():
    seen, steps = set(), 0
    for chain, index, _ in branches(1, 700):
        require_loans(index, chain)
        require_books(index, chain, range(max(0, index.block - DEEPEST), index.block + 1))
        steps += 1
    before = contents_of(chain)
    for _, event in ((b, e) for b in chain.blocks for e in b.events):
        seen.add(event.topics[0])
    assert len(seen) >= 19
    assert steps > 30
    assert any(before["loans_left"])
    assert {row[4] for row in before["loans_steps"]} == {action.value for action in Action}
    assert {row[5] for row in before["loans_endings"]} == {"repaid", "defaulted", "recovered"}


def contents_of(chain):
    with opened(chain) as index:
        index.catch_up()
        whole = contents(index)
        index.replay()
        assert contents(index) == whole
        return whole


def test_after_every_branch_the_tables_are_those_of_a_new_index():
    for number, (chain, index, _) in enumerate(branches(11, 160)):
        if number % 4 == 0:
            assert contents(index) == contents_of(chain)


@pytest.fixture
def chain():
    chain = LoanChain(5)
    chain.extend(2)  # before the first block that counts
    return chain


@pytest.fixture
def game(chain):
    return Game(chain, chain.blocks[-1].books, chain.blocks[-1].header.time + 60)


def append(chain, game):
    """The chain with what was played as its next block."""
    last = chain.blocks[-1].header
    header = replace(
        last, number=last.number + 1, parent=last.hash, time=game.time,
        hash=bytes([last.number + 1]) * 32,
    )  # fmt: skip
    chain.append(header, game)


def index_of(chain, game):
    append(chain, game)
    index = opened(chain)
    index.catch_up()
    return index


def application(game, principal=10_000):
    """An application of 10,000 for a product that lends it."""
    draw = game.random
    while True:
        product = some_product(draw)
        try:
            product.schedule(principal)
        except InvalidInput:
            continue
        return game.request(game.publish(product), principal, PEOPLE[0])


def test_intervals_that_became_free_are_shown_until_they_are_filled(chain, game):
    number = application(game)
    for amount, lender in ((3_000, PEOPLE[1]), (2_000, PEOPLE[2]), (1_000, PEOPLE[3])):
        game.fund(number, amount, lender)
    game.time += 2 * 86_400
    game.leave(number, game.loan(number).positions[1])
    game.fund(number, 500, PEOPLE[4])
    with index_of(chain, game) as index:
        first = [
            (one.start, one.amount, one.lender) for one in intervals_of(index, MARKET_AT, number)
        ]
        assert first == [
            (0, 3_000, PEOPLE[1]),
            (3_000, 500, PEOPLE[4]),
            (3_500, 1_500, ""),
            (5_000, 1_000, PEOPLE[3]),
            (6_000, 4_000, ""),
        ]
        assert loan_of(index, MARKET_AT, number).funded == 4_500
        later = Game(chain, chain.blocks[-1].books, game.time + 60)
        later.fund(number, 9_999, PEOPLE[5])
        later.fund(number, 9_999, PEOPLE[5])
        assert later.loan(number).stage == "released"
        append(chain, later)
        index.catch_up()
        places = intervals_of(index, MARKET_AT, number)
        assert sum(one.amount for one in places) == 10_000
        assert all(one.lender for one in places)
        ends = [one.start + one.amount for one in places]
        assert [one.start for one in places] == [0, *ends[:-1]]


def test_what_was_never_drawn_pays_a_default_without_tokens(chain, game):
    number = application(game)
    game.fund(number, 10_000, PEOPLE[1])
    waiting = game.loan(number).undrawn
    append(chain, game)
    game = Game(chain, chain.blocks[-1].books, game.time + 10 * 365 * 86_400)
    assert game.step(number, Action.DEFAULT, 0)
    with index_of(chain, game) as index:
        default, own = steps_of(index, MARKET_AT, number)
        assert (default.action, default.paid) == ("default", 0)
        assert (own.action, own.own) == ("repay", own.paid)
        loan = loan_of(index, MARKET_AT, number)
        assert loan.undrawn == waiting - own.paid
        assert [one.kind for one in movements_of(index, MARKET_AT)] == ["funding"]
        assert held_of(index, MARKET_AT)[0].held == movements_of(index, MARKET_AT)[0].tokens


def test_a_notice_moves_dues_and_not_deadlines(chain, game):
    number = application(game)
    game.fund(number, 10_000, PEOPLE[1])
    token = game.loan(number).running.product.token
    which = [one.lower() for one in TOKENS].index(token.lower())
    begins = game.time
    game.emit("NoticeGiven", TOKENS[which], begins, begins + 1_000)
    with index_of(chain, game) as index:
        clock = clock_at(index, MARKET_AT, token, begins)
        assert (clock.until, clock.lost) == (begins + 1_000, 1_000)
        assert clock.at(begins + 500) == begins
        assert clock.at(begins + 3_000) == begins + 2_000
        assert clock_at(index, MARKET_AT, token, begins - 1).lost == 0


def test_products_are_read_from_the_events_alone(chain, game):
    address = game.publish(some_product(game.random))
    game.emit("ProductOpenChanged", address, False, book=True)
    with index_of(chain, game) as index:
        (found,) = [one for one in products_of(index).values() if one.address == address]
        assert found.product == game.books.product(address)
        assert not found.is_open


def test_rows_behind_a_loan_have_their_dues(chain, game):
    number = application(game)
    game.fund(number, 10_000, PEOPLE[1])
    loan = game.loan(number).running
    assert game.step(number, Action.REPAY, 10**9)
    assert game.loan(number).running.standing is Standing.REPAID
    with index_of(chain, game) as index:
        rows = rows_of(index, MARKET_AT, number)
        assert [one.due for one in rows] == [loan.due_at(k) for k in range(len(rows))]
        assert len(rows) == len(loan.product.table.rows)
        assert loan_of(index, MARKET_AT, number).state_at(game.time) == "repaid"


def test_the_state_of_an_application_follows_the_time(chain, game):
    number = application(game)
    with index_of(chain, game) as index:
        loan = loan_of(index, MARKET_AT, number)
        deadline = loan.applied.deadline
        assert loan.state_at(deadline) == "requested"
        assert loan.state_at(deadline + 1) == "expired"
        assert (loan.outstanding, loan.quote_at(game.time)) == (0, None)
        assert not list(loans_of(index, MARKET_AT, until=game.time - 1))
        assert intervals_of(index, MARKET_AT, number)[0].amount == 10_000
        with pytest.raises(InvalidInput, match="does not have a loan 99"):
            loan_of(index, MARKET_AT, 99)


# --- events that cannot be -----------------------------------------------------------------------


def released(game):
    number = application(game)
    game.fund(number, 10_000, PEOPLE[1])
    return number


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (("LoanStepped", 1, 0, PEOPLE[0], 10**9, 0, 0, 0), "by its rules"),
        (("LoanStepped", 1, 0, PEOPLE[0], 5, 0, 1, 0), "by its rules"),
        (("LoanStepped", 1, 0, PEOPLE[0], 5, 0, 0, 1), "by its rules"),
        (("LoanStepped", 1, 5, PEOPLE[0], 0, 0, 0, 0), "does not allow"),
        (("LoanStepped", 1, 4, PEOPLE[0], 0, 0, 0, 0), "no earlier event"),
        (("LoanStepped", 2, 0, PEOPLE[0], 5, 0, 0, 0), "no earlier event"),
        (("StandingChanged", 1, 7, 3, 0), "its steps lack"),
        (("StandingChanged", 1, 7, 0, 0), "its steps lack"),
        (("ProceedsDrawn", 1, PEOPLE[0], 3), "another amount"),
        (("Withdrawn", 99, PEOPLE[0], PEOPLE[0], 3), "no earlier event"),
        (("FundingLeft", 1, 99, PEOPLE[0], 3), "no earlier event"),
        (("LoanReleased", 1, PEOPLE[0], 10_000, 0, 1), "another time"),
        (("LoanCancelled", 9), "no earlier event"),
        (("LoanRequested", 2, PEOPLE[0], PEOPLE[0], 1, 5, 0, 1, 1), "no earlier event"),
    ],
)
def test_events_that_contradict_each_other_stop_the_index(chain, game, event, reason):
    released(game)
    game.emit(*event)
    if event[0] == "LoanRequested":  # of a product that the book never published
        game.emit("LoanFunded", 2, 77, PEOPLE[0], 0, 5)
    append(chain, game)
    with opened(chain) as index:
        before = index.block
        with pytest.raises(ChainError, match=reason):
            index.catch_up()
        assert index.block <= before + 4
        assert not list(loans_of(index, MARKET_AT))


def test_a_step_of_an_application_stops_the_index(chain, game):
    application(game)
    game.emit("LoanStepped", 1, 0, PEOPLE[0], 5, 0, 0, 0)
    append(chain, game)
    with opened(chain) as index, pytest.raises(ChainError, match="does not run"):
        index.catch_up()


def test_a_product_that_is_not_one_stops_the_index_when_it_is_used(chain, game):
    number = application(game)
    address, topics, data, attached = game.events[0]
    game.events[0] = (address, topics, data, attached[:-1])
    game.fund(number, 5, PEOPLE[1])
    append(chain, game)
    with opened(chain) as index, pytest.raises(ChainError, match="not a product"):
        index.catch_up()
