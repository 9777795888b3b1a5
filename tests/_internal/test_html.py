"""What a notebook shows of our values: escaped, and nothing that is loaded from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from support.loan.table_cases import monthly

from zkcredit._internal.text import html_table
from zkcredit.loan import TableProduct, disclose
from zkcredit.policy import Policy
from zkcredit.portfolio import Sheet
from zkcredit.published import load_manifest
from zkcredit.scoring import Scorecard, load_scorecard
from zkcredit.scoring.scorecard import CategoryFeature, NumberFeature, bins_in_words

PRODUCT = TableProduct(monthly("DDLLLR"), Policy(), 1_000, 10**9, "0x" + "ab" * 20, currency=978)
EVIL = "<script src='https://evil.example/x.js'>&\""
SHOWN = {
    "schedule": PRODUCT.schedule(100_000),
    "disclosure": disclose(PRODUCT, 100_000),
    "scorecard": load_scorecard(),
    "statement": load_manifest("eligibility"),
    "report": Sheet("loss", "Loss", ("currency", "left_minor", "loss_bps"), (("EUR", 12, None),)),
    "evil": Scorecard(400, (CategoryFeature(EVIL, ((EVIL,), ("b",)), (1, 2)),)),
}
TAGS = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


class Tags(HTMLParser):
    """Collects the tags and their attributes, and that they close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= set(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_a_table_and_loads_nothing(name: str) -> None:
    found = parsed(SHOWN[name]._repr_html_())
    assert found.tags <= TAGS
    assert found.attributes <= {("style", "text-align: right"), ("style", "text-align: left")}


def test_every_value_of_a_schedule_is_there() -> None:
    schedule = PRODUCT.schedule(100_000)
    text = schedule._repr_html_()
    for entry in schedule.instalments:
        for value in (entry.amount, entry.interest, entry.principal, entry.balance):
            assert f">{value:,}</td>" in text


def test_a_disclosure_shows_its_words_and_its_payments() -> None:
    told = disclose(PRODUCT, 100_000)
    text = parsed(told._repr_html_()).text
    assert all(sentence in text for sentence in told.in_words())
    assert text.count(" EUR\n") == len(told.payments)


def test_a_scorecard_shows_every_bin() -> None:
    scorecard = load_scorecard()
    bins = sum(len(feature.points) for feature in scorecard.features)
    assert scorecard._repr_html_().count("<tr>") == bins + 1


def test_a_statement_shows_its_numbers() -> None:
    manifest = load_manifest("eligibility")
    text = parsed(manifest._repr_html_()).text
    assert f"{manifest.constraints:,}" in text
    assert manifest.circuit in text


def test_what_a_stranger_wrote_stays_text() -> None:
    text = SHOWN["evil"]._repr_html_()
    assert "<script" not in text
    assert EVIL in parsed(text).text


@pytest.mark.parametrize("part", ["title", "head", "cell", "note"])
def test_every_part_is_escaped(part: str) -> None:
    given = {"title": "t", "head": "h", "cell": "c", "note": "n", part: EVIL}
    text = html_table(given["title"], [given["head"]], [[given["cell"]]], note=given["note"])
    assert not re.search("<script", text)
    assert EVIL in parsed(text).text


@pytest.mark.parametrize(
    ("value", "cell"), [(1234567, "1,234,567"), (-5, "-5"), (True, "True"), (None, "None")]
)
def test_values_are_shown(value: object, cell: str) -> None:
    assert f">{cell}</td>" in html_table("t", (), [[value]])


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((), ("any number",)),
        ((5,), ("up to 5", "from 6")),
        ((5, 9), ("up to 5", "6 to 9", "from 10")),
    ],
)
def test_bins_of_a_number_have_words(bounds: tuple[int, ...], words: tuple[str, ...]) -> None:
    feature = NumberFeature("months", bounds, (0,) * (len(bounds) + 1))
    assert bins_in_words(feature) == words
    for place, word in enumerate(words):
        for number in map(int, re.findall(r"\d+", word)):
            assert feature.bin(number) == place
