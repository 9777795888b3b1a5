"""The record holds twelve integers, each in its width, and shows none of them."""

from __future__ import annotations

import pytest
from support.protocol.nouns import record

from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.record import CreditRecord
from zkcredit.schema import ATTRIBUTES


def test_the_order_is_the_one_that_the_circuit_hashes():
    assert [spec.name for spec in ATTRIBUTES] == [
        "score",
        "monthly_income",
        "monthly_expenses",
        "monthly_debt_service",
        "delinquencies_24m",
        "history_months",
        "currency",
        "employment_months",
        "dependants",
        "open_accounts",
        "subject_ref",
        "person_tag",
    ]
    assert record().values()[:3] == (720, 300_000, 120_000)
    assert len(record().values()) == 12


@pytest.mark.parametrize("spec", ATTRIBUTES, ids=lambda spec: spec.name)
def test_values_outside_the_width_are_refused(spec):
    for value in (-1, 2**spec.bits):
        with pytest.raises(OutOfRange, match=spec.name):
            record(**{spec.name: value})
    for value in (1.0, "1", None, True):
        with pytest.raises(InvalidInput, match=spec.name):
            record(**{spec.name: value})
    if spec.name != "currency":
        assert getattr(record(**{spec.name: 2**spec.bits - 1}), spec.name) == 2**spec.bits - 1


@pytest.mark.parametrize("number", [0, 1000])
def test_currencies_outside_iso_4217_are_refused(number):
    with pytest.raises(InvalidInput):
        record(currency=number)


def test_neither_repr_nor_errors_show_values():
    assert "720" not in repr(record())
    with pytest.raises(OutOfRange) as caught:
        record(score=98_765)
    assert "98765" not in str(caught.value)


def test_mappings_must_have_exactly_the_twelve_names():
    values = {spec.name: getattr(record(), spec.name) for spec in ATTRIBUTES}
    assert CreditRecord.from_values(values) == record()
    with pytest.raises(MalformedFile, match="score"):
        CreditRecord.from_values({k: v for k, v in values.items() if k != "score"})
    with pytest.raises(MalformedFile, match="sex"):
        CreditRecord.from_values({**values, "sex": 1})
    with pytest.raises(InvalidInput):
        CreditRecord.from_values({**values, "score": "720"})
