"""Tables of orders: what is wrong is told with line and column, and its value is never repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.protocol.nouns import card

from zkcredit import units
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.issuer import IssueOrder, OrderRow, read_orders
from zkcredit.record import CreditRecord
from zkcredit.scoring import load_scorecard
from zkcredit.scoring.german_credit import applicant
from zkcredit.scoring.scored_record import Features, ScoredRecord

if TYPE_CHECKING:
    from zkcredit.envelope import HolderCard

NAMES = (
    "person,card,score,monthly_income,monthly_expenses,monthly_debt_service,delinquencies_24m,"
    "history_months,currency"
)
GOOD = "customer 17,ana.json,720,300000,120000,30000,1,36,978"
RECORD = CreditRecord(
    score=720,
    monthly_income=300_000,
    monthly_expenses=120_000,
    monthly_debt_service=30_000,
    delinquencies_24m=1,
    history_months=36,
    currency=978,
)


def card_of(name: str) -> HolderCard:
    if name not in ("ana.json", "ben.json"):
        raise InvalidInput("this card is not known")
    return card(1 if name == "ana.json" else 2)


def read(*lines: str, names: str = NAMES, end: str = "\n") -> list[OrderRow]:
    return read_orders(end.join([names, *lines, ""]), card_of)


def wrong(line: str, names: str = NAMES) -> OrderRow:
    """The row of a line that cannot be read."""
    (row,) = read(line, names=names)
    assert row.order is None
    assert row.error is not None
    return row


def test_a_row_is_an_order() -> None:
    assert read(GOOD) == [OrderRow(2, IssueOrder(RECORD, "customer 17", card(1)))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_every_way(end: str) -> None:
    rows = read(GOOD, GOOD.replace("17", "18").replace("ana", "ben"), end=end)
    assert [row.line for row in rows] == [2, 3]
    assert all(row.order for row in rows)


def test_a_byte_order_mark_and_empty_lines_are_passed_over() -> None:
    text = f"\ufeff{NAMES}\n\n{GOOD}\n,,,,,,,,\n \n"
    assert [row.line for row in read_orders(text.encode(), card_of)] == [3]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_columns_may_be_separated_otherwise(separator: str) -> None:
    names, good = NAMES.replace(",", separator), GOOD.replace(",", separator)
    assert read(good, names=names) == read(GOOD)


def test_a_cell_in_quotes_may_hold_commas_and_line_ends() -> None:
    rows = read('"Ruiz, Ana\nMaria",ana.json' + GOOD[20:], GOOD)
    assert rows[0].error is not None  # a line end cannot be printed
    assert [row.line for row in rows] == [2, 4]
    (row,) = read('"Ruiz, Ana",ana.json' + GOOD[20:])
    assert row.order is not None
    assert row.order.person == "Ruiz, Ana"


def test_columns_come_in_any_order_with_the_optional_ones() -> None:
    names = f"dependants,{NAMES},valid_days,subject_ref"
    rows = read(f"3,{GOOD},30,99", f",{GOOD},,", names=names)
    assert rows[0].order is not None
    assert (rows[0].order.record.dependants, rows[0].order.record.subject_ref) == (3, 99)
    assert rows[0].order.valid_for == 30 * units.DAY
    assert rows[1].order == IssueOrder(RECORD, "customer 17", card(1))


def test_the_rows_of_a_table_are_valid_as_long_as_the_caller_says() -> None:
    (row,) = read_orders(f"{NAMES}\n{GOOD}\n", card_of, valid_for=5)
    assert row.order is not None
    assert row.order.valid_for == 5


def test_a_table_without_score_has_features() -> None:
    features = Features.of(applicant(1))
    names = ",".join([NAMES.replace("score,", ""), *features.named()])
    cells = ",".join([GOOD.replace("720,", ""), *map(str, features.named().values())])
    for scorecard in (None, load_scorecard()):
        (row,) = read_orders(f"{names}\n{cells}\n", card_of, scorecard=scorecard)
        assert row.order is not None
        assert isinstance(row.order.record, ScoredRecord)
        assert row.order.record.features == features
    assert wrong(cells.replace(",none,", ",nothing,", 1), names).error is not None
    place = list(features.named()).index("amount_dm")
    bad = cells.split(",")
    bad[8 + place] = "1.169"
    row = wrong(",".join(bad), names)
    assert row.column == "amount_dm"


@pytest.mark.parametrize(
    ("old", "new", "column", "kind"),
    [
        ("customer 17", "", "person", InvalidInput),
        ("customer 17", "x" * 257, "person", InvalidInput),
        ("ana.json", "nobody.json", "card", InvalidInput),
        ("ana.json", "", "card", InvalidInput),
        ("720", "", "score", InvalidInput),
        ("720", "7e2", "score", InvalidInput),
        ("720", "-720", "score", InvalidInput),
        ("720", "+720", "score", InvalidInput),
        ("720", "7_20", "score", InvalidInput),
        ("720", "٧٢٠", "score", InvalidInput),
        ("720", "65536", "score", OutOfRange),
        ("300000", "300000.00", "monthly_income", InvalidInput),
        ("300000", "300 000", "monthly_income", InvalidInput),
        ("300000", '"300,000"', "monthly_income", InvalidInput),
        ("300000", "281474976710656", "monthly_income", OutOfRange),
        ("300000", "9" * 5000, "monthly_income", InvalidInput),
        ("978", "0", "currency", InvalidInput),
        ("978", "1000", "currency", InvalidInput),
        ("978", "EUR", "currency", InvalidInput),
    ],
)
def test_a_wrong_cell_is_named_and_not_repeated(
    old: str, new: str, column: str, kind: type[Exception]
) -> None:
    row = wrong(GOOD.replace(old, new))
    assert (row.line, row.column) == (2, column)
    assert type(row.error) is kind
    secret = new.strip('"')
    assert len(secret) < 4 or secret not in str(row.error)


@pytest.mark.parametrize("days", ["0", "3651", "-1", "x", "1.5"])
def test_wrong_days_are_told(days: str) -> None:
    assert wrong(f"{GOOD},{days}", f"{NAMES},valid_days").column == "valid_days"


@pytest.mark.parametrize("line", ["customer 17,ana.json", f"{GOOD},7"])
def test_a_row_with_another_number_of_columns_is_told(line: str) -> None:
    row = wrong(line)
    assert row.column == ""
    assert "9 columns are expected" in str(row.error)


def test_a_wrong_row_does_not_stop_the_others() -> None:
    rows = read(GOOD.replace("720", "x"), GOOD, GOOD.replace("36", "y"))
    assert [row.order is None for row in rows] == [True, False, True]
    assert [row.line for row in rows] == [2, 3, 4]


def test_a_row_that_repeats_another_is_told() -> None:
    rows = read(GOOD, GOOD.replace("720", "721"), GOOD)
    assert [row.order is None for row in rows] == [False, False, True]
    assert "repeats line 2" in str(rows[2].error)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("", "name the columns"),
        ("1,2,3", "name the columns"),
        (GOOD, "name the columns"),
        (NAMES.replace("currency", "curency"), "lack currency"),
        (NAMES.replace("score,", ""), "features of a scorecard"),
        (f"{NAMES},person_tag", "unknown columns: 'person_tag'"),
        (f"{NAMES},", "unknown columns: ''"),
        (f"{NAMES},iban", "unknown columns: 'iban'"),
        (f"{NAMES},score", "columns twice: score"),
        (NAMES.replace("card", "cards"), "lack card"),
    ],
)
def test_a_first_row_that_does_not_name_the_columns_is_refused(names: str, words: str) -> None:
    with pytest.raises(MalformedFile, match=words) as refused:
        read(GOOD, names=names)
    assert refused.value.line == 1


def test_what_is_not_csv_is_refused_with_its_line() -> None:
    with pytest.raises(MalformedFile, match="line 3 is not CSV"):
        read(GOOD, '"open,ana.json')
    with pytest.raises(InvalidInput, match="UTF-16"):
        read_orders(f"{NAMES}\n{GOOD}\n".encode("utf-16"), card_of)
    with pytest.raises(MalformedFile):
        read_orders(b"", card_of)


def test_a_scorecard_reads_no_table_with_scores() -> None:
    with pytest.raises(InvalidInput, match="column score"):
        read_orders(f"{NAMES}\n{GOOD}\n", card_of, scorecard=load_scorecard())
