"""Charts of loans and scorecards: the same bytes each time, and what is refused."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache

import pytest
from support.chain.loan_chains import MARKET_AT, opened
from support.loan.table_cases import monthly
from support.portfolio.simulated import borrowers, simulate

from zkcredit.errors import InvalidInput, MissingExtra, OutOfRange
from zkcredit.loan import TableProduct
from zkcredit.plots import (
    draw_cost,
    draw_impact,
    draw_portfolio,
    draw_schedule,
    draw_scorecard,
)
from zkcredit.policy import Policy
from zkcredit.portfolio import histories_of, impact_of, portfolio_of
from zkcredit.scoring import load_scorecard

PRODUCT = TableProduct(monthly("DDLLLR"), Policy(), 1_000, 10**9, "0x" + "ab" * 20, currency=978)
SCORECARD = load_scorecard()
ROW = {
    "checking_account": "none", "duration_months": 6, "credit_history": "all_paid_here",
    "purpose": "furniture", "amount_dm": 1169, "savings": "from_1000",
    "employment": "from_7_years", "instalment_rate": "under_20_percent", "other_plans": "none",
    "housing": "rent",
}  # fmt: skip
STARTS = {".svg": b"<?xml", ".png": b"\x89PNG"}


@cache
def market():
    """The loans of a market of 60 borrowers, and the time of its last block."""
    chain = simulate(borrowers(60, gate=False))
    with opened(chain) as index:
        index.catch_up()
        return histories_of(index, MARKET_AT), chain.blocks[-1].header.time


DRAWINGS = {
    "schedule": lambda path: draw_schedule(PRODUCT, 100_000, path),
    "cost": lambda path: draw_cost(PRODUCT, 100_000, path),
    "scorecard": lambda path: draw_scorecard(SCORECARD, path),
    "applicant": lambda path: draw_scorecard(SCORECARD, path, ROW),
    "portfolio": lambda path: draw_portfolio(portfolio_of(*market()), path),
    "impact": lambda path: draw_impact(impact_of(*market()), path),
}


@pytest.mark.parametrize("ending", STARTS)
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_is_written_and_is_the_same_each_time(tmp_path, name, ending):
    path = tmp_path / f"{name}{ending}"
    DRAWINGS[name](path)
    data = path.read_bytes()
    assert data.startswith(STARTS[ending])
    DRAWINGS[name](path)
    assert path.read_bytes() == data


def test_a_chart_says_what_it_shows(tmp_path, monkeypatch):
    """Text in an SVG is text if matplotlib is told so."""
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "svg.fonttype", "none")
    for name, says in {
        "cost": ("1000.00 EUR", "you pay at worst"),
        "applicant": (f"score {SCORECARD.score(ROW)}", "housing", "up to 8"),
        "scorecard": ("scores are {} to {}".format(*SCORECARD.range), "credit_history"),
        "portfolio": ("Portfolio at risk", "over 90 days", "EUR", "USD", "Defaulted"),
        "impact": ("people",),
    }.items():
        path = tmp_path / f"{name}.svg"
        DRAWINGS[name](path)
        text = path.read_text()
        assert all(word in text for word in says), name


def test_a_fee_that_is_withheld_is_told(tmp_path, monkeypatch):
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "svg.fonttype", "none")
    path = tmp_path / "cost.svg"
    draw_cost(replace(PRODUCT, origination_bps=200, fee_recipient="0x" + "cd" * 20), 100_000, path)
    assert "20.00 EUR withheld" in path.read_text()


def test_without_matplotlib_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in DRAWINGS.values():
        with pytest.raises(MissingExtra, match=r"pip install 'zkcredit\[charts\]'"):
            draw(tmp_path / "chart.svg")
    assert list(tmp_path.iterdir()) == []


def test_matplotlib_is_imported_only_for_a_chart():
    assert "matplotlib" not in vars(sys.modules["zkcredit.plots"])


@pytest.mark.parametrize(
    ("product", "principal", "name", "error", "says"),
    [
        (PRODUCT, 100_000, "schedule.pdf", InvalidInput, r"\.png or \.svg, not '\.pdf'"),
        (PRODUCT, 100_000, "schedule", InvalidInput, "not ''"),
        (PRODUCT, 100_000, 5, InvalidInput, "path"),
        (PRODUCT, 999, "schedule.svg", OutOfRange, "principal"),
        (PRODUCT.table, 100_000, "schedule.svg", InvalidInput, "product"),
    ],
)
def test_charts_that_cannot_be_are_refused(product, principal, name, error, says):
    for draw in (draw_schedule, draw_cost):
        with pytest.raises(error, match=says):
            draw(product, principal, name)


@pytest.mark.parametrize(
    ("scorecard", "name", "row", "says"),
    [
        (SCORECARD, "scorecard.pdf", None, r"\.png or \.svg"),
        (SCORECARD, None, None, "path"),
        (PRODUCT, "scorecard.svg", None, "scorecard"),
        (SCORECARD, "scorecard.svg", {**ROW, "housing": "castle"}, "castle"),
        (SCORECARD, "scorecard.svg", {"housing": "rent"}, "missing"),
        (SCORECARD, "scorecard.svg", {**ROW, "sex": "female"}, "sex"),
    ],
)
def test_scorecards_that_cannot_be_drawn_are_refused(tmp_path, scorecard, name, row, says):
    path = tmp_path / name if name else name
    with pytest.raises(InvalidInput, match=says):
        draw_scorecard(scorecard, path, row)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("draw", [draw_portfolio, draw_impact])
def test_a_report_of_another_kind_is_refused(tmp_path, draw):
    with pytest.raises(InvalidInput, match="must be"):
        draw(PRODUCT, tmp_path / "report.svg")


def test_a_market_without_loans_is_drawn(tmp_path):
    histories, time = market()
    none = replace(histories, loans=())
    draw_portfolio(portfolio_of(none, time), tmp_path / "portfolio.svg")
    draw_impact(impact_of(none, time), tmp_path / "impact.svg")
    assert all(path.stat().st_size > 1_000 for path in tmp_path.iterdir())
