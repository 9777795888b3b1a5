"""What a lender asks of a history, judged in integers, edge by edge."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from support.history.records import EXACT, RECORD, STRICTER, records, terms

from zkcredit.errors import InvalidInput, NotEligible, OutOfRange
from zkcredit.history import HistoryRecord, HistoryTerms
from zkcredit.schema import HISTORY_TERMS

WORST = HistoryRecord(
    opened=15, late=65_535, defaults=255, open=15, good_until=0, first_day=65_535,
    last_bad_day=65_535,
)  # fmt: skip


def test_the_fields_are_those_of_the_schema() -> None:
    assert [field.name for field in fields(HistoryTerms)] == list(HISTORY_TERMS)
    assert sum(HISTORY_TERMS.values()) == 164


@given(terms())
def test_a_word_says_what_was_packed(asked: HistoryTerms) -> None:
    assert asked.pack() < 2**164
    assert HistoryTerms.unpack(asked.pack()) == asked


def test_neutral_terms_ask_for_nothing() -> None:
    assert HistoryTerms().conditions() == {}
    HistoryTerms().check(WORST)
    assert EXACT.conditions() == {name: getattr(EXACT, name) for name in HISTORY_TERMS}


def test_terms_that_hold_exactly_hold() -> None:
    EXACT.check(RECORD)


@pytest.mark.parametrize("name", HISTORY_TERMS)
def test_terms_that_ask_for_one_more_do_not(name: str) -> None:
    asked = replace(EXACT, **{name: getattr(EXACT, name) + STRICTER[name]})
    with pytest.raises(NotEligible, match=name) as caught:
        asked.check(RECORD)
    assert caught.value.shortfalls == {name: 1}


def test_every_shortfall_is_told() -> None:
    with pytest.raises(NotEligible) as caught:
        EXACT.check(WORST)
    assert set(caught.value.shortfalls) == set(HISTORY_TERMS)
    assert caught.value.shortfalls["min_largest"] == 75_000


@given(records(), terms())
def test_the_verdict_is_that_of_nine_comparisons(
    record: HistoryRecord, asked: HistoryTerms
) -> None:
    holds = (
        record.repaid >= asked.min_repaid
        and record.on_time >= asked.min_on_time
        and record.late <= asked.max_late
        and record.defaults <= asked.max_defaults
        and record.open <= asked.max_open
        and record.good_until >= asked.today
        and record.largest >= asked.min_largest
        and record.first_day <= asked.first_day_limit
        and record.last_bad_day <= asked.last_bad_day_limit
    )
    try:
        asked.check(record)
    except NotEligible:
        assert not holds
    else:
        assert holds


@pytest.mark.parametrize("name", HISTORY_TERMS)
@pytest.mark.parametrize("value", [-1, None, "1", True, 1.0])
def test_a_field_that_is_no_number_of_its_width_is_refused(name: str, value: object) -> None:
    with pytest.raises((InvalidInput, OutOfRange), match=name):
        HistoryTerms(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match=name):
        HistoryTerms(**{name: 1 << HISTORY_TERMS[name]})


@pytest.mark.parametrize("word", [-1, 2**164])
def test_a_word_that_is_too_wide_is_refused(word: int) -> None:
    with pytest.raises(OutOfRange):
        HistoryTerms.unpack(word)


def test_what_is_no_record_is_refused() -> None:
    for wrong in (None, {}, 5, EXACT):
        with pytest.raises(InvalidInput):
            EXACT.check(wrong)  # type: ignore[arg-type]
