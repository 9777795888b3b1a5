"""The bundled data: complete, typed, without protected columns; damage is found."""

from __future__ import annotations

import pytest

from zkcredit.errors import MalformedFile, OutOfRange
from zkcredit.scoring import german_credit as g
from zkcredit.scoring.protected import is_protected
from zkcredit.scoring.source import convert

SOURCE_HEADER = (
    "status_of_existing_checking_account,duration_in_month,credit_history,purpose,credit_amount,"
    "savings_account_and_bonds,present_employment_since,"
    "installment_rate_in_percentage_of_disposable_income,personal_status_and_sex,"
    "other_debtors_or_guarantors,present_residence_since,property,age_in_years,"
    "other_installment_plans,housing,number_of_existing_credits_at_this_bank,job,"
    "number_of_people_being_liable_to_provide_maintenance_for,telephone,foreign_worker,"
    "creditability\n"
)
SOURCE_ROW = (
    "... < 0 DM,6,critical account/ other credits existing (not at this bank),radio/television,"
    "1169,unknown/ no savings account,... >= 7 years,4,male : divorced/separated,none,4,"
    "real estate,67,none,own,2,skilled employee / official,1,"
    '"yes, registered under the customers name",yes,good\n'
)


def test_a_thousand_rows_with_three_hundred_bad_outcomes() -> None:
    rows = g.load_german_credit()
    assert len(rows) == 1000
    assert [row.number for row in rows] == list(range(1, 1001))
    assert sum(row.outcome is g.Outcome.BAD for row in rows) == 300


def test_marginals_are_those_of_the_published_code_table() -> None:
    rows = g.load_german_credit()
    assert sum(row.housing is g.Housing.RENT for row in rows) == 713
    assert sum(row.credit_history is g.CreditHistory.DELAYED for row in rows) == 40
    assert sum(row.dependants is g.Dependants.FROM_3 for row in rows) == 155
    assert {row.skill for row in rows} == set(g.Skill)


def test_the_file_has_no_protected_column() -> None:
    assert not [column for column in g.COLUMNS if is_protected(column)]


def test_writing_what_was_read_gives_the_same_rows() -> None:
    rows = g.load_german_credit()
    assert g.parse_rows(g.dump_rows(rows)) == rows


def test_applicant_is_the_row_of_that_number() -> None:
    assert g.applicant(1000).number == 1000


@pytest.mark.parametrize("number", [0, -1, 1001])
def test_applicants_outside_the_data_are_refused(number: int) -> None:
    with pytest.raises(OutOfRange, match=r"1\.\.1000"):
        g.applicant(number)


def _damaged(column: str, cell: str) -> str:
    header, first = g.dump_rows(g.load_german_credit()[:1]).splitlines()
    cells = first.split(",")
    cells[g.COLUMNS.index(column)] = cell
    return f"{header}\n{','.join(cells)}\n"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("housing", "palace"),
        ("housing", ""),
        ("telephone", "yes"),
        ("duration_months", "0"),
        ("duration_months", "-6"),
        ("duration_months", "6.5"),
        ("duration_months", "١٢"),
        ("amount_dm", "1e6"),
        ("amount_dm", "1000000"),
        ("number", "2"),
    ],
)
def test_a_cell_that_does_not_parse_is_named(column: str, cell: str) -> None:
    with pytest.raises(MalformedFile, match="row 1"):
        g.parse_rows(_damaged(column, cell))


@pytest.mark.parametrize("change", [lambda t: t.replace(",good", ""), lambda t: t[:-1] + ",more\n"])
def test_a_row_of_the_wrong_length_is_refused(change: object) -> None:
    text = g.dump_rows(g.load_german_credit()[:1])
    with pytest.raises(MalformedFile, match="cells are expected"):
        g.parse_rows(change(text))  # type: ignore[operator]


def test_another_header_is_refused() -> None:
    with pytest.raises(MalformedFile, match="columns must be"):
        g.parse_rows("number,age\n1,30\n")


def test_an_open_quote_is_refused() -> None:
    with pytest.raises(MalformedFile, match="line"):
        g.parse_rows(g.dump_rows(g.load_german_credit()[:1]) + '2,"none')


def test_conversion_of_the_source_gives_the_bundled_row() -> None:
    converted = g.parse_rows(convert(SOURCE_HEADER + SOURCE_ROW))
    assert converted == g.load_german_credit()[:1]


def test_conversion_drops_the_protected_columns() -> None:
    text = convert(SOURCE_HEADER + SOURCE_ROW)
    assert "male" not in text
    assert "67" not in text


@pytest.mark.parametrize(
    "source",
    [
        SOURCE_HEADER + SOURCE_ROW.replace("own", "castle"),
        SOURCE_HEADER.replace("job,", "") + "x\n",
    ],
)
def test_an_unknown_source_label_or_column_is_refused(source: str) -> None:
    with pytest.raises(MalformedFile, match="source row 1"):
        convert(source)
