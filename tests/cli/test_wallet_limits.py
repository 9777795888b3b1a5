"""``wallet limits``: shown, set one at a time, and refused when they make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import ok, run

if TYPE_CHECKING:
    from support.cli.cli_desk import Desk, Ran


def limits(desk: Desk, *more: object) -> Ran:
    return run("wallet", "limits", desk.path("wallet"), *desk.password, *more)


def test_limits_are_shown_and_set_one_at_a_time(desk: Desk) -> None:
    assert ok(limits(desk, "--json")) == {"ear": 60_000_000, "payment": None, "currency": 0}
    told = limits(desk, "--payment", 9_000, "--currency", "EUR")
    assert "above 90.00 EUR" in told.out
    assert ok(limits(desk, "--ear", "24.5", "--json")) == {
        "ear": 24_500_000, "payment": 9_000, "currency": 978,
    }  # fmt: skip
    assert ok(limits(desk, "--ear", "none", "--json"))["ear"] is None
    assert ok(limits(desk, "--payment", "none", "--json")) == {
        "ear": None, "payment": None, "currency": 0,
    }  # fmt: skip
    assert ok(limits(desk, "--ear", "0", "--json"))["ear"] == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--ear", "x"), "per cent must look like"),
        (("--ear", "12,5"), "per cent must look like"),
        (("--ear", "-5"), "ear"),
        (("--ear", "1.2345678"), "decimals"),
        (("--ear", "1.23456789"), "decimals"),
        (("--ear", "99999999999"), "ear"),
        (("--payment", "90.00", "--currency", "EUR"), "whole number"),
        (("--payment", "-5", "--currency", "EUR"), "whole number"),
        (("--payment", "0", "--currency", "EUR"), "payment"),
        (("--payment", "9000"), "--currency belongs to a --payment"),
        (("--currency", "EUR"), "--currency belongs to a --payment"),
        (("--payment", "none", "--currency", "EUR"), "--currency belongs to a --payment"),
        (("--payment", "9000", "--currency", "eur"), "did you mean EUR"),
    ],
)
def test_limits_that_make_no_sense_change_nothing(
    desk: Desk, given: tuple[str, ...], says: str
) -> None:
    refused = limits(desk, *given)
    assert refused.code == 2
    assert says in refused.err
    assert ok(limits(desk, "--json"))["ear"] == 60_000_000


def test_limits_need_the_password(desk: Desk) -> None:
    refused = run("wallet", "limits", desk.path("wallet"), *desk.wrong)
    assert refused.code == 7
