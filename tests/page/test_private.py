"""Nothing that a borrower proved is on the page: the loan story, and all pages after it."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from fastapi.testclient import TestClient
from support.page.pages import Seen

from zkcredit.chain import ChainIndex
from zkcredit.chain.index.loans import LOANS
from zkcredit.chain.index.watching import loans_watched
from zkcredit.demo import Silent, run_demo
from zkcredit.demo.loan.cast import applicants
from zkcredit.page import Follower, Judge, Views, make_app

pytestmark = pytest.mark.slow

LEAST = 10_000  # smaller numbers have other meanings everywhere


class Reading(Silent):
    """A narrator that keeps an index of the market."""

    def market(self, node, address):
        self.node, self.address = node, address
        watched = loans_watched(node, address, 1)
        self.index = ChainIndex.open(None, node, watched, projections=[LOANS])


@pytest.fixture(scope="module")
def texts():
    """Everything that the page says after the story, by path."""
    reading = Reading()
    result = run_demo(reading)
    with reading.index as index:
        follower = Follower(index, reading.node, reading.address, report=lambda _: None)
        follower.step()
        assert follower.status.waiting is None
        views = Views(index, follower, reading.address)
        with TestClient(make_app(views, follower, Judge())) as client:
            loans = [one.loan_id for one in result.applicants if one.loan_id]
            paths = [
                "/", "/loans", "/portfolio", "/impact", "/verify", "/api", "/openapi.json",
                *(f"/api/{name}" for name in (
                    "status", "checks", "overview", "loans", "portfolio", "impact",
                )),
                *(f"{place}loans/{loan}" for loan in loans for place in ("/", "/api/")),
            ]  # fmt: skip
            found = {path: client.get(path) for path in paths}
    assert {answer.status_code for answer in found.values()} == {200}
    assert len(loans) > 10
    return {path: answer.text for path, answer in found.items()}


def written(amount):
    """An amount of money as pages and programs write it."""
    whole, cents = divmod(amount, 100)
    return (str(amount), f"{amount:,}", f"{whole}.{cents:02}", f"{whole:,}.{cents:02}")


def numbers(page):
    """The numbers of a text, as they are written; hashes and addresses have none."""
    return set(re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"0x[0-9a-fA-F]+", "", page)))


def test_the_story_is_there(texts):
    assert "defaulted" in Seen(texts["/"]).text
    assert "292.25" in numbers(texts["/loans"])  # what applicant 1 borrowed


def test_no_record_is_on_the_page(texts):
    shown = {path: numbers(page) for path, page in texts.items()}
    public = {text for person in applicants() for text in written(person.principal)}
    checked = 0
    for person in applicants():
        for name, value in asdict(person.record).items():
            if not isinstance(value, int) or value < LEAST:
                continue
            private = set(written(value)) - public
            checked += len(private)
            for path, found in shown.items():
                assert not private & found, f"{name} of applicant {person.number} on {path}"
    assert checked > 100


def test_nobody_is_named(texts):
    for path, page in texts.items():
        assert "applicant" not in page.lower(), path
        words = set(re.findall("[a-z]+", page.lower()))
        assert not words & {"income", "expenses", "delinquencies", "dependants"}, path
