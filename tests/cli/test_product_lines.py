"""``product begin-line | announce | withdraw-announcement | line``, and applying to a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import ok, run
from support.cli.loan_desk import DAY

if TYPE_CHECKING:
    from support.cli.loan_desk import Town

pytestmark = pytest.mark.node


def test_a_line_from_its_beginning_to_its_next_product(town: Town) -> None:
    begun = ok(town.act("product", "begin-line", town.product))
    assert (begun["line"], begun["product"], begun["announced"]) == (1, town.product, None)
    assert ok(town.act("product", "begin-line", town.product))["executed"] is False
    later = town.publish("later.json", late_fee=400, fee_recipient=town.address)
    told = ok(town.act("product", "announce", 1, later))
    assert (told["product"], told["announced"]) == (town.product, later)
    assert told["starts_at"] - town.node.now() > 7 * DAY
    text = town.look("product", "line", 1, json_=False).out
    assert f"{later} takes its place at 2" in text
    twice = town.act("product", "announce", 1, town.publish("third.json", late_fee=300,
                     fee_recipient=town.address))  # fmt: skip
    assert (twice.code, "withdraw that first" in twice.err) == (2, True)
    ok(town.act("product", "withdraw-announcement", 1))
    none = town.act("product", "withdraw-announcement", 1, "--again", 2)
    assert (none.code, "nothing is announced" in none.err) == (2, True)
    ok(town.act("product", "announce", 1, later, "--days", 9, "--again", 2))
    town.node.advance(10 * DAY)
    assert ok(town.look("product", "line", 1))["product"] == later
    assert ok(town.look("product", "line", 1))["announced"] is None


def test_an_application_names_the_line_or_the_product(town: Town) -> None:
    ok(town.act("product", "begin-line", town.product))
    registry = town.desk.path("registry.json")
    common = (town.desk.credential, "--amount", 50_000, "--registry", registry, "--yes")
    loan = ok(town.act("loan", "apply", *common, "--line", 1))
    assert loan["product"] == town.product
    assert ok(town.act("loan", "apply", *common, "--line", 1))["executed"] is False
    for more in ((), ("--line", 1, "--product", town.product)):
        told = town.act("loan", "apply", *common, *more)
        assert (told.code, "or its line with --line" in told.err) == (2, True)
    assert town.act("loan", "apply", *common, "--line", 9, "--again", 2).code != 0


def test_what_cannot_be_announced_is_told_before_anything_is_sent(town: Town) -> None:
    ok(town.act("product", "begin-line", town.product))
    early = town.act("product", "announce", 1, town.publish("l.json", late_fee=400,
                     fee_recipient=town.address), "--days", 3)  # fmt: skip
    assert (early.code, "the notice here is 7 days" in early.err) == (2, True)
    own = town.act("product", "announce", 1, town.product)
    assert (own.code, "is in line 1 already" in own.err) == (2, True)
    assert town.act("product", "announce", 9, town.product).code != 0
    missing = run("product", "line", 9, *town.where)
    assert missing.code != 0
