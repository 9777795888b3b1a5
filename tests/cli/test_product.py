"""``product``: what a loan of an offer costs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import run

from zkcredit.loan import TableProduct, read_offer

if TYPE_CHECKING:
    from pathlib import Path

OFFER: dict[str, Any] = {
    "schedule": {"kind": "education", "rate": "12", "months": 18, "moratorium": 6},
    "policy": {"min_score": 600},
    "min_principal": 10_000,
    "max_principal": 500_000,
    "token": "0x" + "ab" * 20,
    "currency": 978,
}


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(OFFER))
    return path


def test_the_figures_and_the_bytes(offer: Path) -> None:
    shown = run("product", "show", offer, "--amount", 100_000, "--json").json
    assert (shown["net"], shown["level"], shown["total"]) == (100_000, 9_432, 113_179)
    assert shown["payments"][0] == {"due": 18_144_000, "amount": 9_432}
    product = TableProduct.decode(bytes.fromhex(shown["bytes"]))
    assert product == read_offer(OFFER)
    assert shown["digest"] == product.digest.hex()


def test_without_an_amount_it_is_the_largest(offer: Path) -> None:
    assert run("product", "show", offer, "--json").json["principal"] == OFFER["max_principal"]


def test_a_published_product_needs_a_chain() -> None:
    shown = run("product", "show", "0x" + "ab" * 20)
    assert shown.code == 2
    assert "needs --deployment and --node" in shown.err


def test_what_may_happen_on_the_way_is_told(offer: Path) -> None:
    shown = run("product", "show", offer, "--amount", 100_000)
    for part in ("There is no late fee.", "Default can be declared 60 days after a due.",
                 "0 payment holidays can be taken", "its proof is good for 7 days",
                 "your score is at least 600", "12 payments of 94.32 EUR"[:3]):  # fmt: skip
        assert part in shown.out


def test_the_sentences_and_the_picture(offer: Path) -> None:
    shown = run("product", "show", offer, "--amount", 100_000, "--width", 10)
    assert shown.code == 0, shown.stderr
    assert "You receive 1000.00 EUR of a loan of 1000.00 EUR." in shown.out
    assert "adds 10.00 EUR" in shown.out
    assert "█████████" in shown.out


def test_a_chart_is_drawn_or_the_extra_is_named(offer: Path, tmp_path: Path) -> None:
    path = tmp_path / "schedule.svg"
    shown = run("product", "show", offer, "--amount", 100_000, "--chart", path)
    if find_spec("matplotlib") is None:
        assert (shown.code, path.exists()) == (2, False)
        assert "zkcredit[charts]" in shown.stderr
    else:
        assert (shown.code, path.exists()) == (0, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--amount", 9_999), "principal must be 10000 to 500000"),
        (("--amount", 100_000, "--chart", "schedule.pdf"), "written as"),
        (("--amount", 0), "--amount"),
        (("--amount", 100_000, "--width", 5), "--width"),
    ],
)
def test_wrong_options_are_refused(offer: Path, options: tuple[object, ...], says: str) -> None:
    shown = run("product", "show", offer, *options)
    assert shown.code == 2
    assert says in shown.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "a JSON object is expected"),
        ("{", "offer"),
        ('{"policy": {}}', "lacks the field 'schedule'"),
        (json.dumps({**OFFER, "grace": 60}), "grace must be at least a day"),
    ],
)
def test_wrong_offers_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "offer.json"
    path.write_text(text)
    shown = run("product", "show", path, "--amount", 100_000)
    assert shown.code == 2
    assert says in shown.stderr


def test_a_refused_offer_is_drawn_before_its_refusal(tmp_path: Path) -> None:
    path = tmp_path / "offer.json"
    path.write_text(json.dumps({**OFFER, "grace": 60}))
    shown = run("product", "show", path)
    first, *drawn, last = shown.stderr.strip().splitlines()
    assert shown.code == 2
    assert first == "What a loan of 5000.00 EUR would ask for:"
    assert "grace must be at least a day" in last
    assert len(drawn) == 19
    assert "█" * 40 in shown.stderr
