"""The record of a pseudonym's loans: its fields, its word, and the bureau's word."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.history.records import RECORD, records

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.history import NEVER_EXPIRES, HistoryRecord, bureau_word, read_bureau_word
from zkcredit.schema import HISTORY_RECORD, RECORD_BITS


def test_the_fields_are_those_of_the_schema() -> None:
    assert [field.name for field in fields(HistoryRecord)] == list(HISTORY_RECORD)
    assert RECORD_BITS == 188


@given(records(), st.integers(0, 2**18 - 1))
def test_a_word_says_what_was_packed(record: HistoryRecord, index: int) -> None:
    word = record.pack()
    assert word < 2**188
    assert HistoryRecord.unpack(word) == record
    assert read_bureau_word(bureau_word(record, index)) == (record, index)
    assert bureau_word(record, index) % 2**188 == word


def test_the_lowest_bits_are_the_first_field() -> None:
    assert HistoryRecord(1, good_until=0).pack() == 1
    assert HistoryRecord(0, on_time=1, good_until=0).pack() == 1 << 32
    assert HistoryRecord(0, good_until=0, last_bad_day=1).pack() == 1 << 172
    assert bureau_word(HistoryRecord(0, good_until=0), 1) == 1 << 188


def test_a_pseudonym_without_a_loan_never_expires() -> None:
    assert HistoryRecord(0).good_until == NEVER_EXPIRES == 65_535


@pytest.mark.parametrize("name", HISTORY_RECORD)
@pytest.mark.parametrize("value", [-1, None, "1", True, 1.0])
def test_a_field_that_is_no_number_of_its_width_is_refused(name: str, value: object) -> None:
    with pytest.raises((InvalidInput, OutOfRange), match=name):
        replace(RECORD, **{name: value})  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match=name):
        replace(RECORD, **{name: 1 << HISTORY_RECORD[name]})


@pytest.mark.parametrize(
    "changes",
    [{"recovered": 2}, {"repaid": 4}, {"open": 2}, {"opened": 3}, {"defaults": 0, "recovered": 1}],
)
def test_counts_that_contradict_each_other_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        replace(RECORD, **changes)


@pytest.mark.parametrize("word", [-1, 2**188, 2**206])
def test_a_word_that_is_too_wide_is_refused(word: int) -> None:
    with pytest.raises(OutOfRange):
        HistoryRecord.unpack(word)


@pytest.mark.parametrize("word", [-1, 2**206])
def test_a_bureaus_word_that_is_too_wide_is_refused(word: int) -> None:
    with pytest.raises(OutOfRange):
        read_bureau_word(word)


def test_words_that_are_no_words_are_refused() -> None:
    for read in (HistoryRecord.unpack, read_bureau_word):
        for word in (None, "5", 1.0, b"5"):
            with pytest.raises(InvalidInput):
                read(word)  # type: ignore[operator]
    for index in (-1, 2**18):
        with pytest.raises(OutOfRange):
            bureau_word(RECORD, index)
