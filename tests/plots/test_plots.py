"""Charts of schedules: what is refused, and files where matplotlib is installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest
from support.loan.table_cases import monthly

from zkcredit.errors import InvalidInput, MissingExtra, OutOfRange
from zkcredit.loan import TableProduct
from zkcredit.plots import draw_schedule
from zkcredit.policy import Policy

PRODUCT = TableProduct(monthly("DDLLLR"), Policy(), 1_000, 10**9, "0x" + "ab" * 20, currency=978)
STARTS = {".svg": b"<?xml", ".png": b"\x89PNG"}


@pytest.mark.parametrize("ending", STARTS)
def test_a_chart_is_written_or_the_extra_is_named(tmp_path, ending):
    """Where matplotlib is not installed, the error says so, and nothing is written."""
    path = tmp_path / f"schedule{ending}"
    if find_spec("matplotlib") is None:
        with pytest.raises(MissingExtra):
            draw_schedule(PRODUCT, 100_000, path)
        assert not path.exists()
        return
    draw_schedule(PRODUCT, 100_000, path)
    data = path.read_bytes()
    assert data.startswith(STARTS[ending])
    draw_schedule(PRODUCT, 100_000, path)
    assert path.read_bytes() == data


def test_without_matplotlib_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'zkcredit\[charts\]'"):
        draw_schedule(PRODUCT, 100_000, tmp_path / "schedule.svg")


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
    with pytest.raises(error, match=says):
        draw_schedule(product, principal, name)
