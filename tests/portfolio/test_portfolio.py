"""The portfolio equals a recount from raw events, to the unit, and says what its words mean."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest
from support.chain.loan_chains import MARKET_AT, PEOPLE, Game, LoanChain, opened
from support.portfolio.recount import by_currency, recount
from support.portfolio.simulated import borrowers, products, simulate

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan.life import Action
from zkcredit.portfolio import histories_of, impact_of, portfolio_of
from zkcredit.portfolio.aging import MONTH
from zkcredit.portfolio.impact import kind_in_words
from zkcredit.portfolio.sheet import Sheet, median, share_bps
from zkcredit.units import DAY

LETTERS = {978: "EUR", 840: "USD"}
LOANS = 500


def bps(part, whole):
    return part * 10_000 // whole if whole else None


@cache
def made(gate):
    """Histories, the chain's blocks for the recount, and the time of the last one."""
    chain = simulate(borrowers(LOANS, gate))
    with opened(chain) as index:
        index.catch_up()
        histories = histories_of(index, MARKET_AT)
    blocks = [
        (block.header.time, [(one.topics, one.data, one.attached) for one in block.events])
        for block in chain.blocks
    ]
    return histories, blocks, chain.blocks[-1].header.time


@pytest.fixture(params=[False, True], ids=["everybody", "through the gate"])
def market(request):
    return made(request.param)


@pytest.mark.parametrize("back", [0, 123, 400])
def test_five_hundred_loans_equal_a_recount_from_raw_events(market, back):
    histories, blocks, last = market
    time = last - back * DAY
    found, counted = portfolio_of(histories, time), recount(blocks, time)
    assert len(counted) == (LOANS if back < 200 else len(counted)) > 50
    require_at_risk(found, counted, time)
    require_losses(found, counted)
    require_vintages(found, counted, blocks, time)
    require_rolls(found, blocks, time)
    require_impact(impact_of(histories, time), counted)


def require_at_risk(found, counted, time):
    expected, buckets = [], []
    for number, loans in by_currency(counted).items():
        owing = [loan for loan in loans if not loan.ended]
        whole = sum(loan.balance for loan in owing)
        row = [LETTERS[number], len(owing), whole]
        for days in (1, 30, 60, 90):
            part = sum(loan.balance for loan in owing if loan.risky(days, time))
            row += [part, bps(part, whole)]
        expected.append(tuple(row))
        groups = defaultdict(list)
        for loan in loans:
            groups[bucket_of(loan, time)].append(loan.balance)
        buckets += [(LETTERS[number], name, len(part), sum(part)) for name, part in groups.items()]
    assert list(found.at_risk.rows) == expected
    assert sorted(buckets) == sorted(row[:4] for row in found.buckets.rows if row[2])


def bucket_of(loan, time):
    if loan.ended:
        return loan.ended
    if loan.debt is not None:
        return "defaulted"
    for days in (90, 60, 30, 1):
        if loan.overdue_for(time) > days * DAY:
            return f"over {days} day" + "s" * (days > 1)
    return "current"


def require_losses(found, counted):
    expected = []
    for number, loans in by_currency(counted).items():
        fell = [loan for loan in loans if loan.debt is not None]
        debts, left = sum(loan.debt for loan in fell), sum(loan.left for loan in fell)
        row = (LETTERS[number], len(fell), debts, debts - left, left, bps(left, debts))
        expected.append(row)
    assert list(found.losses.rows) == expected


def looks(blocks, time):
    """The market every 30 days, the oldest first."""
    first = min(loan.started for loan in recount(blocks, time))
    times = [time - MONTH * back for back in range((time - first) // MONTH + 1)][::-1]
    return [(at, {loan.number: loan for loan in recount(blocks, at)}) for at in times]


def require_vintages(found, counted, blocks, time):
    late = {
        number
        for at, loans in looks(blocks, time)
        for number, loan in loans.items()
        if loan.risky(30, at)
    }
    groups = defaultdict(list)
    for loan in counted:
        month = datetime.fromtimestamp(loan.started, UTC).strftime("%Y-%m")
        groups[month, LETTERS[loan.product.currency]].append(loan)
    expected = []
    for key, loans in sorted(groups.items()):
        lent = sum(loan.principal for loan in loans)
        fell = sum(loan.principal for loan in loans if loan.debt is not None)
        expected.append((
            *key, len(loans), lent, sum(loan.ended == "repaid" for loan in loans),
            sum(loan.number in late for loan in loans),
            sum(loan.debt is not None for loan in loans), fell, bps(fell, lent),
            sum(loan.balance for loan in loans),
        ))  # fmt: skip
    assert list(found.vintages.rows) == expected


def require_rolls(found, blocks, time):
    moves = defaultdict(Counter)
    months = looks(blocks, time)
    for (at, before), (then, after) in pairwise(months):
        for number, loan in before.items():
            if not loan.ended:
                place = LETTERS[loan.product.currency], bucket_of(loan, at)
                moves[place][bucket_of(after[number], then)] += 1
    columns = [column.removeprefix("to_").replace("_", " ") for column in found.rolls.columns]
    for row in found.rolls.rows:
        expected = moves[row[0], row[1]]
        assert row[2] == expected.total()
        told = dict(zip(columns[3:-2], row[3:-2], strict=True))
        assert {name: count for name, count in told.items() if count} == expected
        cured = sum(expected[name] for name in ("current", "repaid", "recovered"))
        assert row[-2] == (None if row[1] == "current" else bps(cured, row[2]))


def require_impact(found, counted):
    for number, loans in by_currency(counted).items():
        (row,) = [row for row in found.currencies.rows if row[0] == LETTERS[number]]
        lent = sorted(loan.principal for loan in loans)
        on_time, late = sum(loan.on_time for loan in loans), sum(loan.late for loan in loans)
        people = len({loan.nullifier for loan in loans})
        assert row[1:5] == (people, len(loans), sum(lent), lent[(len(lent) - 1) // 2])
        assert row[-1] == bps(on_time, on_time + late)
        if row[-2] is not None:
            assert row[-2] == bps(sum(not loan.product.min_score for loan in loans), len(loans))
    before, repeated = set(), Counter()
    for loan in counted:
        repeated[loan.product.currency] += loan.nullifier in before
        before.add(loan.nullifier)
    for row in found.currencies.rows:
        number = {"EUR": 978, "USD": 840}[row[0]]
        assert row[5] in (None, bps(repeated[number], row[2]))


def test_the_gate_lowers_what_is_at_risk(capsys):
    shares = {}
    for gate in (False, True):
        histories, _, time = made(gate)
        shares[gate] = [row[6] for row in portfolio_of(histories, time).at_risk.rows]
    with capsys.disabled():
        sys.stdout.write(f"\nPAR30 in basis points, without and with the gate: {shares}\n")
    assert all(low < high for low, high in zip(shares[True], shares[False], strict=True))


# --- by hand --------------------------------------------------------------------------------------


@pytest.fixture
def game():
    chain = LoanChain(1)
    chain.extend(2)
    return Game(chain, chain.blocks[-1].books, chain.blocks[-1].header.time)


def lend(game, address, count=1, **more):
    numbers = []
    for _ in range(count):
        number = game.request(address, 100_000, PEOPLE[0], **more)
        game.fund(number, 10**9, PEOPLE[1])
        numbers.append(number)
    return numbers


def report(game, chain=None):
    """Histories after what was played."""
    chain = chain or LoanChain(1)
    del chain.blocks[3:]
    chain.extend(2 - (len(chain.blocks) - 1))
    last = chain.blocks[-1].header
    chain.append(replace(last, number=3, hash=b"\x07" * 32, parent=last.hash, time=game.time), game)
    with opened(chain) as index:
        index.catch_up()
        return histories_of(index, MARKET_AT)


@pytest.mark.parametrize("days", [1, 30, 60, 90])
def test_a_row_counts_from_the_second_after_its_days(game, days):
    address = game.publish(products()[0])
    (number,) = lend(game, address)
    due = game.loan(number).running.due_at(0)
    histories = report(game)
    column = f"par{days}_minor"
    for time, expected in ((due + days * DAY, 0), (due + days * DAY + 1, 100_000)):
        sheet = portfolio_of(histories, time).at_risk
        assert dict(zip(sheet.columns, sheet.rows[0], strict=True))[column] == expected


def test_a_notice_stops_the_days(game):
    address = game.publish(products()[0])
    (number,) = lend(game, address)
    due = game.loan(number).running.due_at(0)
    token = game.books.product(address).token
    game.emit("NoticeGiven", token, game.time, game.time + 20 * DAY)
    histories = report(game)
    columns = portfolio_of(histories, due).at_risk.columns
    place = columns.index("par30_minor")
    late = due + 31 * DAY
    assert portfolio_of(histories, late).at_risk.rows[0][place] == 0
    assert portfolio_of(histories, late + 20 * DAY).at_risk.rows[0][place] == 100_000


def test_a_restructured_loan_is_in_the_second_stage(game):
    first, second = game.publish(products()[0]), game.publish(products()[1])
    (number,) = lend(game, first)
    assert game.step(number, Action.RESTRUCTURE, 0, second)
    sheet = portfolio_of(report(game), game.time).stages
    assert [row[2] for row in sheet.rows] == [0, 1, 0]


def test_a_market_without_loans_has_empty_tables(game):
    address = game.publish(products()[0])
    game.request(address, 100_000, PEOPLE[0])
    histories = report(game)
    found = portfolio_of(histories, game.time)
    assert all(not sheet.rows for sheet in found.sheets)
    assert all(not sheet.rows for sheet in impact_of(histories, game.time).sheets)
    assert "Portfolio at risk" in found.in_words()
    json.dumps(found.to_json())


def test_before_the_market_nothing_is_there(game):
    lend(game, game.publish(products()[0]))
    histories = report(game)
    assert not portfolio_of(histories, game.time - 1).at_risk.rows
    assert not impact_of(histories, game.time - 1).currencies.rows


@pytest.mark.parametrize(
    ("time", "error"), [(-1, OutOfRange), (1 << 40, OutOfRange), ("1", InvalidInput)]
)
def test_a_time_that_is_not_one_is_refused(game, time, error):
    histories = report(game)
    with pytest.raises(error, match="time"):
        portfolio_of(histories, time)
    with pytest.raises(error, match="time"):
        impact_of(histories, time)


# --- impact ---------------------------------------------------------------------------------------


def groups(game, sizes, **more):
    """Loans of so many people by purpose."""
    address = game.publish(products()[0])
    for purpose, people in enumerate(sizes):
        for _ in range(people):
            lend(game, address, purpose=purpose, **more)
    rows = impact_of(report(game), game.time).purposes.rows
    return {row[1]: row[2] for row in rows}


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ((5, 5, 5), {5: 3}),
        ((5, 4, 9), {9: 1, None: 2}),  # one alone would follow from the total
        ((4, 4, 9), {9: 1, None: 2}),
        ((1, 2, 9), {None: 3}),  # three people in all would follow from the total
        ((1, 9, 12, 20), {12: 1, 20: 1, None: 2}),
        ((4,), {None: 1}),
        ((5,), {5: 1}),
    ],
)
def test_groups_of_few_people_are_not_shown(game, sizes, shown):
    found = groups(game, sizes)
    assert Counter(found.values()) == shown


def test_five_loans_of_one_person_are_not_five_people(game):
    assert groups(game, (6, 7), nullifier=9) == {
        "not said": None,
        "agriculture: seeds and seedlings": None,
    }


def test_no_rate_tells_of_few(game):
    address = game.publish(products()[0])
    lend(game, address, 12)
    lend(game, address, 2, nullifier=77)  # one of them is a repetition
    row = impact_of(report(game), game.time).currencies.rows[0]
    assert row[1:3] == (13, 14)
    assert row[5] is None
    assert row[6] == 10_000


def test_nobody_is_named(market):
    histories, _, time = market
    found = impact_of(histories, time)
    text = (
        json.dumps(found.to_json()) + found.in_words() + "".join(s.to_csv() for s in found.sheets)
    )
    assert "0x" not in text.lower()
    for one in histories.loans:
        assert one.applied.borrower.lower()[2:] not in text.lower()
    assert len(histories.loans) == LOANS


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("LLR", "level instalments"),
        ("SSR", "shares of the principal"),
        ("IIR", "interest, then the principal"),
        ("R", "one payment"),
        ("DLR", "payments after a pause"),
    ],
)
def test_kinds_of_schedules(letters, words):
    from support.loan.table_cases import monthly

    shares = (300_000_000,) * letters.count("S")
    assert kind_in_words(monthly(letters, shares=shares)) == words


# --- tables ---------------------------------------------------------------------------------------


def test_a_sheet_as_csv_json_and_text():
    sheet = Sheet("s", "A title", ("name", "part_bps", "sum_minor"), (("a,b", 1_234, None),), "N.")
    assert list(csv.reader(sheet.to_csv().splitlines())) == [
        ["name", "part_bps", "sum_minor"],
        ["a,b", "1234", ""],
    ]
    assert sheet.to_json()["rows"] == [{"name": "a,b", "part_bps": 1_234, "sum_minor": None}]
    assert "12.34" in sheet.in_words()
    assert sheet.in_words().endswith("N.")
    with pytest.raises(InvalidInput, match="does not fit"):
        Sheet("s", "A title", ("one",), ((1, 2),))
    with pytest.raises(InvalidInput, match="two columns of the table s have one name"):
        Sheet("s", "A title", ("one", "one"), ())


def test_small_parts():
    assert (share_bps(1, 3), share_bps(1, 0)) == (3_333, None)
    assert (median([3, 1, 2, 9]), median([])) == (2, None)
