"""``zkcredit demo``: tables for people, one document for programs; the story once as a process."""

from __future__ import annotations

import json
import re
import socket
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from support.chain.loan_town import LoanTown
from support.cli.cli_desk import run
from support.demo.telling import told

import zkcredit.cli.demo
import zkcredit.demo
from zkcredit.chain import fastest_chain
from zkcredit.cli.demo import Story
from zkcredit.demo import DemoResult
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.outcome import ApplicantOutcome, Funds, Refusal
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.demo import Narrator


def _short_story(narrator: Narrator) -> DemoResult:
    narrator.stage("A stage", "what will be seen")
    narrator.line("[not markup] happens")
    narrator.refused("cheat", "ProofInvalid", "the contract refused")
    return DemoResult(
        chain="a chain",
        chain_id=31337,
        scorecard="00",
        auc_bps=7_900,
        product={},
        applicants=[
            ApplicantOutcome(1, 669, 29_225, {}, True, 2, "repaid", 6, 0, 30_778),
            ApplicantOutcome(2, 525, 148_775, {"min_score": 15}, False, state="not eligible"),
        ],
        refusals=[Refusal("cheat", "contract", "TransactionReverted", "ProofInvalid", "no")],
        funds=Funds(
            100,
            {"market": 0, "lender 1": 90, "applicant 1": 10},
            {"market": 1, "lender 1": 95, "applicant 1": 4},
            {"release": 50},
            1,
        ),
        proofs=3,
        seconds=1.234,
    )


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zkcredit.demo, "run_demo", _short_story)


@pytest.mark.usefixtures("short")
def test_people_get_a_story_and_tables() -> None:
    told = run("demo")
    assert told.code == 0
    assert "1. A stage" in told.stderr.partition("First a chain")[2]
    assert "[not markup] happens" in told.stderr
    for text in ("repaid", "not eligible", "ProofInvalid", "all borrowers", "to the unit"):
        assert text in told.out


@pytest.mark.usefixtures("short")
def test_programs_get_one_document_and_the_story_aside() -> None:
    told = run("demo", "--json")
    assert [entry["eligible"] for entry in told.json["applicants"]] == [True, False]
    assert told.json["funds"]["conserved"] is True
    assert told.json["seconds"] == 1.2
    assert "A stage" in told.stderr


def test_a_story_that_goes_wrong_ends_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Narrator) -> DemoResult:
        raise StoryFailed("cheat: was not refused")

    monkeypatch.setattr(zkcredit.demo, "run_demo", fail)
    told = run("demo")
    assert (told.code, told.out) == (1, "")
    assert told.err == "StoryFailed: cheat: was not refused"


# --- with a page ----------------------------------------------------------------------------------


def _town_story(narrator: Narrator) -> DemoResult:
    """A loan on a chain of its own, and what the page shows of it meanwhile."""
    with fastest_chain(accounts=5) as node:
        town = LoanTown(node)
        narrator.market(node, town.market)
        product = town.publish(town.product())
        loan = town.request(product, 100_000)
        for _ in range(10):
            town.fund(town.lender, loan, product, 5_000)
        return _short_story(narrator)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zkcredit.demo, "run_demo", _town_story)


@pytest.mark.usefixtures("town")
def test_a_page_shows_the_story_and_compares_every_block() -> None:
    told = run("demo", "--page", "--port", "0", "--json")
    assert told.code == 0
    assert "the page of the market is at http://127.0.0.1:" in told.stderr
    assert "10 times, never different" in told.stderr
    assert told.json["proofs"] == 3


@pytest.mark.usefixtures("town")
def test_the_page_stays_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def wait() -> None:
        printed = sys.stderr.buffer.getvalue().decode()  # type: ignore[attr-defined]
        address = re.findall(r"http://\S+", printed)[0]
        with urlopen(f"{address}/api/overview", timeout=120) as answer:
            seen.append(json.load(answer))
        raise KeyboardInterrupt

    monkeypatch.setattr(zkcredit.cli.demo, "_wait", wait)
    told = run("demo", "--page", "--port", "0", "--stay")
    assert told.code == 0
    assert "until Ctrl-C" in told.stderr
    assert [one["kind"] for one in seen[0]["movements"]] == ["funding"] * 10
    assert "to the unit" in told.out  # the tables do not wait


def test_what_stays_must_be_there() -> None:
    told = run("demo", "--stay")
    assert (told.code, told.out) == (2, "")
    assert "--stay keeps the page of --page" in told.err


@pytest.mark.usefixtures("town")
def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = run("demo", "--page", "--port", taken.getsockname()[1])
    assert told.code == 2
    assert "cannot listen on 127.0.0.1" in told.err


def test_every_story_can_be_named_and_no_other() -> None:
    assert [story.value for story in Story] == list(zkcredit.demo.STORIES)
    told = run("demo", "--story", "fairy-tale")
    assert (told.code, told.out) == (2, "")
    with pytest.raises(InvalidInput, match="known: loan"):
        zkcredit.demo.tell_story("fairy-tale")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pyrevm", "eth_tester"):
        monkeypatch.setitem(sys.modules, module, None)
    told = run("demo")
    assert told.code == 2
    assert "zkcredit[tester]" in told.err


@pytest.mark.slow
def test_the_whole_story_fits_into_a_small_machine(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    telling = told("loan", tmp_path_factory)
    assert telling.document["funds"]["conserved"] is True
    assert len(telling.document["applicants"]) >= 20
    assert "7. The accounts agree" in telling.err
    assert telling.peak_kib < 1 << 20
