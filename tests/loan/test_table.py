"""Tables of five kinds: golden schedules, exact fractions, and what is refused."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.loan.loan_reference import instalments
from support.loan.table_cases import DAY, MONTH, level_exactly, monthly, random_table, rows_exactly

from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.loan import Kind, Rounding, Row, Table
from zkcredit.loan.table import level_from, row_interest, run_row

PERCENT = 10**7
FARM = Table.of(
    [
        Row(184 * DAY, 60_493_151, Kind.SHARE, 600_000_000),
        Row(245 * DAY, 20_054_795, Kind.REST),
    ]
)


# --- golden schedules -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "amounts"),
    [
        (monthly("L" * 11 + "R"), (8_885,) * 11 + (8_884,)),
        (
            monthly("S" * 11 + "R", shares=(83_333_333,) * 11),
            (9_333, 9_250, 9_166, 9_083, 9_000, 8_916, 8_833, 8_750, 8_666, 8_583, 8_500, 8_420),
        ),
        (monthly("I" * 5 + "R"), (1_000,) * 5 + (101_000,)),
        (FARM, (66_049, 40_802)),
        (monthly("D" * 6 + "L" * 11 + "R"), (0,) * 6 + (9_432,) * 11 + (9_427,)),
    ],
    ids=["level", "share", "interest", "season", "defer"],
)
def test_golden_schedules_of_a_thousand(table, amounts):
    schedule = table.schedule(100_000)
    assert schedule.amounts == amounts
    assert sum(entry.principal for entry in schedule.instalments) == 100_000
    assert schedule.total == 100_000 + sum(entry.interest for entry in schedule.instalments)


def test_deferred_interest_is_part_of_what_the_level_pays():
    schedule = monthly("D" * 6 + "L" * 11 + "R").schedule(100_000)
    assert schedule.instalments[5].balance == 106_152
    assert [entry.principal for entry in schedule.instalments[:2]] == [-1_000, -1_010]


def test_shares_and_rows_of_interest_between_levels_keep_the_levels_equal():
    shares = (0,) * 5 + (300_000_000,)
    for kinds in ("LLLLLSLLLLLR", "LLLLLILLLLLR", "LLLLLDLLLLLR"):
        schedule = monthly(kinds, shares=shares if "S" in kinds else ()).schedule(100_000)
        last = schedule.amounts[-1]
        assert abs(last - schedule.level) <= 12, kinds


# --- against fractions ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_level_is_the_rounded_fraction(seed):
    draw = random.Random(f"zkcredit/level/{seed}")
    for _ in range(50):
        table, principal = random_table(draw), draw.randrange(1, 10**9)
        at = table.first_level
        if at < 0:
            continue
        rows = table.rows[at:]
        for rounding in Rounding:
            level = level_from(rows, principal, principal, rounding)
            exact = max(level_exactly(rows, principal, principal), 0)
            # d is rounded down at each of 120 steps of 10^-36, so the quotient is 10^-20 too high
            # at most, relatively
            slack = exact / 10**20
            if rounding is Rounding.UP:
                assert exact <= level <= exact + 1 + slack
            else:
                assert abs(level - exact) <= 0.5 + slack


@pytest.mark.parametrize("seed", range(20))
def test_schedules_agree_with_a_twin_on_fractions(seed):
    draw = random.Random(f"zkcredit/rows/{seed}")
    for _ in range(50):
        table, principal = random_table(draw), draw.randrange(1_000, 10**9)
        try:
            schedule = table.schedule(principal)
        except InvalidInput:
            continue
        assert [entry[1:] for entry in schedule.instalments] == rows_exactly(
            table.rows, principal, schedule.level
        )


@given(st.integers(10_000, 10**9), st.integers(0, 3_000), st.integers(2, 120))
def test_half_up_tables_are_level_loans_by_exact_fractions(principal, bps, count):
    table = monthly("L" * (count - 1) + "R", rate=bps * 10**5, rounding=Rounding.HALF_UP)
    try:
        schedule = table.schedule(principal)
    except InvalidInput:
        return
    assert [schedule.level, *schedule.amounts] == instalments(principal, bps, count)


@given(
    st.integers(10_000, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(2, 120)
)
def test_a_higher_rate_never_costs_less(principal, rate, more, count):
    rows = [monthly("L" * (count - 1) + "R", rate=one).rows for one in (rate, rate + more)]
    cheap, dear = (level_from(one, principal, principal, Rounding.UP) for one in rows)
    assert row_interest(principal, rate) <= cheap <= dear


@given(st.integers(10_000, 10**9), st.integers(0, 5 * 10**7), st.integers(2, 60))
def test_ordinary_loans_are_never_degenerate_and_the_last_row_is_near(principal, rate, count):
    for rounding in Rounding:
        table = monthly("L" * (count - 1) + "R", rate=rate, rounding=rounding)
        schedule = table.schedule(principal)
        # each row rounds by at most one unit, and compounds
        slack = (count + 1) * (1 + Fraction(rate, 10**9)) ** count
        assert abs(schedule.amounts[-1] - schedule.level) <= slack


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1))
def test_interest_is_rounded_half_up(balance, rate):
    interest = row_interest(balance, rate)
    assert -(10**9) < 2 * (interest * 10**9 - balance * rate) <= 10**9


@given(st.integers(1, 2**40), st.sampled_from(Kind), st.integers(0, 10**9), st.data())
def test_amount_is_interest_and_the_part_that_lowers_the_balance(balance, kind, rate, data):
    share = data.draw(st.integers(1, 10**9)) if kind is Kind.SHARE else 0
    row = Row(DAY, rate, kind, share)
    result = run_row(row, balance, balance, data.draw(st.integers(0, 2**41)))
    assert result.balance == balance + result.interest - result.amount
    assert result.balance >= 0


def test_the_largest_numbers_stay_within_256_bits():
    rows = [Row(DAY * (k + 1), 2**48 - 1, Kind.LEVEL) for k in range(119)]
    rows.append(Row(DAY * 120, 2**48 - 1, Kind.REST))
    level = level_from(rows, 2**48 - 1, 2**48 - 1, Rounding.UP)
    assert level > 2**48  # such a level is never asked for: min(level, balance and interest) is
    with pytest.raises(OutOfRange, match="2\\^48"):
        Table.of(rows).schedule(2**47)


# --- refusals -----------------------------------------------------------------------------------

REST = Row(MONTH, PERCENT, Kind.REST)


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        ([], OutOfRange, "1 to 120 rows, not 0"),
        ([*(Row(DAY * k, 0, Kind.INTEREST) for k in range(1, 121)), Row(DAY * 121, 0, Kind.REST)],
         OutOfRange, "1 to 120 rows, not 121"),
        ([Row(0, 0, Kind.REST)], OutOfRange, "due of row 0"),
        ([Row(-DAY, 0, Kind.REST)], OutOfRange, "due of row 0"),
        ([Row(2**32, 0, Kind.REST)], OutOfRange, "due of row 0"),
        ([Row(DAY - 1, 0, Kind.REST)], OutOfRange, "less than a day"),
        ([Row(MONTH, 0, Kind.LEVEL), REST], InvalidInput, "order the rows"),
        ([Row(2 * MONTH, 0, Kind.LEVEL), REST], InvalidInput, "order the rows"),
        ([Row(MONTH - DAY + 1, 0, Kind.LEVEL), REST], OutOfRange, "less than a day"),
        ([Row(MONTH, 2**48, Kind.REST)], OutOfRange, "rate of row 0"),
        ([Row(MONTH, -1, Kind.REST)], OutOfRange, "rate of row 0"),
        ([REST, Row(2 * MONTH, 0, Kind.REST)], InvalidInput, "no other, must be REST"),
        ([REST, Row(2 * MONTH, 0, Kind.LEVEL)], InvalidInput, "no other, must be REST"),
        ([Row(MONTH, 0, Kind.LEVEL)], InvalidInput, "must be REST"),
        ([Row(DAY, 0, Kind.SHARE, 10**9), Row(2 * DAY, 0, Kind.SHARE, 1), REST],
         InvalidInput, "more than one"),
        ([Row(DAY, 0, Kind.SHARE, 10**9 + 1), REST], OutOfRange, "share of row 0"),
        ([Row(DAY, 0, Kind.SHARE, -1), REST], OutOfRange, "share of row 0"),
        ([Row(DAY, 0, Kind.SHARE, 0), REST], InvalidInput, "SHARE row has a share"),
        ([Row(DAY, 0, Kind.LEVEL, 5), REST], InvalidInput, "no other row has a share"),
        ([Row(MONTH, 0, 5)], InvalidInput, "a Row with a Kind"),
        ([(MONTH, 0, Kind.REST, 0)], InvalidInput, "a Row with a Kind"),
        ([Row(MONTH, True, Kind.REST)], InvalidInput, "rate of row 0"),
        ([Row(1.0 * MONTH, 0, Kind.REST)], InvalidInput, "due of row 0"),
    ],
)  # fmt: skip
def test_what_is_not_a_table_is_refused(rows, error, says):
    with pytest.raises(error, match=says):
        Table.of(rows)


def test_rows_and_rounding_have_their_types():
    with pytest.raises(InvalidInput, match="rows must be a tuple"):
        Table([REST])
    with pytest.raises(InvalidInput, match="rounding"):
        Table((REST,), 1)


@pytest.mark.parametrize(
    ("table", "principal", "error", "says"),
    [
        (monthly("LLLLR", rounding=Rounding.HALF_UP), 2, InvalidInput, "level .* would be 0"),
        (monthly("L" * 11 + "R"), 5, InvalidInput, "last row would ask for nothing"),
        (monthly("L" * 119 + "R", rate=0, rounding=Rounding.HALF_UP), 179, InvalidInput,
         "more than twice"),
        (monthly("SR", rate=0, shares=(10**9,)), 100, InvalidInput, "ask for nothing"),
        (monthly("L" * 11 + "R"), 0, OutOfRange, "principal"),
        (monthly("L" * 11 + "R"), 2**48, OutOfRange, "principal"),
        (monthly("L" * 11 + "R"), 2**48 - 1, OutOfRange, "lend less"),
        (monthly("L" * 11 + "R"), 270 * 10**12, InvalidInput, "add up to 2"),
        (monthly("D" * 119 + "R", rate=10**9), 10**6, OutOfRange, "reach 2"),
        (monthly("L" * 11 + "R"), 100.0, InvalidInput, "principal"),
    ],
)  # fmt: skip
def test_degenerate_loans_are_refused(table, principal, error, says):
    with pytest.raises(error, match=says):
        table.schedule(principal)
    with pytest.raises(error, match=says):
        table.level(principal)


@pytest.mark.parametrize("value", [-1, 2**48, "5", 1.5, None, True])
def test_interest_of_what_is_out_of_range_is_refused(value):
    with pytest.raises(InvalidInput):
        row_interest(value, 5)
    with pytest.raises(InvalidInput):
        row_interest(5, value)


# --- bytes --------------------------------------------------------------------------------------


def test_a_row_is_sixteen_bytes_in_the_documented_order():
    season = (184 * DAY, 60_493_151, 2, 600_000_000), (245 * DAY, 20_054_795, 5, 0)
    assert FARM.encode() == b"".join(
        due.to_bytes(5) + rate.to_bytes(6) + kind.to_bytes(1) + share.to_bytes(4)
        for due, rate, kind, share in season
    )
    assert monthly("R").encode().hex() == "0000278d000000009896800500000000"


@pytest.mark.parametrize("seed", range(10))
def test_rows_read_back(seed):
    table = random_table(random.Random(f"zkcredit/bytes/{seed}"))
    assert Table.decode(table.encode(), table.rounding) == table


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", OutOfRange, "not 0"),
        (monthly("R").encode()[:-1], MalformedFile, "15 bytes are not rows"),
        (monthly("R").encode() + b"\0", MalformedFile, "17 bytes"),
        (monthly("R").encode().replace(b"\x05\0\0\0\0", b"\x06\0\0\0\0"), MalformedFile, "kind 6"),
        (bytes(16), MalformedFile, "kind 0"),
        (bytearray(monthly("R").encode()), InvalidInput, "must be a bytes"),
        (monthly("R").encode() * 2, InvalidInput, "order the rows"),
    ],
)
def test_other_bytes_are_not_rows(data, error, says):
    with pytest.raises(error, match=says):
        Table.decode(data)
