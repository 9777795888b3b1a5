"""``market``, ``product`` and ``loan`` against anvil: one loan's life, and what is refused."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import ok, reverted, run
from support.cli.loan_desk import DAY, OFFER, Town, released

from zkcredit.chain import AnvilNode, Outbox, TransactionSender, deploy_timelock
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node

# --- one whole life -------------------------------------------------------------------------------


def test_a_loan_is_applied_for_funded_drawn_repaid_and_withdrawn(town: Town) -> None:
    asked = town.apply(50_000)
    loan = ok(asked)
    for line in (
        "You receive 495.00 EUR of a loan of 500.00 EUR.",
        "2 payments of 255.64 EUR: after 30 and 60 days",
        "With every late fee and holiday",
        "125 % of an instalment of 255.64 EUR",
    ):
        assert line in asked.stderr
    assert (loan["status"], loan["product"]) == ("requested", town.product)
    funded = ok(town.act("loan", "fund", loan["loan"], 20_000))
    assert (funded["accepted"], funded["status"]) == (20_000, "requested")
    first = funded["position"]
    funded = ok(town.act("loan", "fund", loan["loan"], 99_000))
    assert (funded["accepted"], funded["status"]) == (30_000, "active")
    assert funded["undrawn"] == 49_500
    drawn = ok(town.act("loan", "draw", loan["loan"]))
    assert (drawn["drawn"], drawn["undrawn"]) == (49_500, 0)
    assert ok(town.act("loan", "draw", loan["loan"]))["executed"] is False
    fees = ok(town.act("loan", "withdraw-fees", town.token))
    assert fees["tokens"] == "500"
    owed = ok(town.look("loan", "show", loan["loan"]))["remaining"]
    paid = ok(town.act("loan", "repay", loan["loan"], owed + 5))
    assert (paid["paid"], paid["status"]) == (owed, "repaid")
    drawn = ok(town.act("loan", "withdraw", first))
    assert int(drawn["tokens"]) == owed * 20_000 // 50_000
    again = ok(town.act("loan", "withdraw", first))
    assert (again["tokens"], again["executed"]) == (drawn["tokens"], False)
    reverted(town.act("loan", "withdraw", first, "--again", 2), "NothingToWithdraw")


def test_reliefs_of_a_running_loan(town: Town) -> None:
    loan = released(town)
    costs = ok(town.act("loan", "prepay", loan, 20_000))
    assert (costs["paid"], costs["paid_rows"]) == (20_000, 0)
    due = ok(town.look("loan", "due", loan))
    held = ok(town.act("loan", "holiday", loan))
    assert held["holidays_left"] == 0
    assert held["next_due_at"] - due["next_due_at"] == 30 * DAY
    settled = ok(town.act("loan", "settle", loan))
    assert settled["status"] == "repaid"
    assert ok(town.act("loan", "settle", loan))["executed"] is False


def test_a_loan_that_is_paid_ahead_is_settled_for_nothing(town: Town) -> None:
    loan = released(town)
    owed = ok(town.look("loan", "show", loan))["remaining"]
    ok(town.act("loan", "repay", loan, owed - 1))
    costs = ok(town.look("loan", "show", loan))
    assert (costs["status"], costs["remaining"], costs["settlement"]) == ("active", 1, 0)
    settled = ok(town.act("loan", "settle", loan))
    assert (settled["status"], settled["paid"]) == ("repaid", 0)
    assert ok(town.act("loan", "settle", loan))["executed"] is False


def test_everybody_agrees_to_another_product(town: Town, tmp_path: Path) -> None:
    loan = released(town)
    longer = town.publish(
        "longer.json", schedule={"kind": "consumer", "rate": "12", "months": 6},
        origination_bps=0, holidays=0,
    )  # fmt: skip
    owed = ok(town.look("loan", "due", loan))["settlement"]
    file = tmp_path / "consents.json"
    terms = ("--product", longer, "--limit", owed + 10)
    signed = town.act("loan", "sign-restructuring", loan, *terms, "--out", file, "--yes")
    assert ok(signed)["as"] == ["borrower", "lender of position 1"]
    assert "every 30 days" in signed.stderr
    held = json.loads(file.read_text())
    held["consents"] = held["consents"][:1]
    (tmp_path / "half.json").write_text(json.dumps(held))
    half = town.act("loan", "restructure", loan, tmp_path / "half.json")
    assert half.code == 2
    assert "these consents are missing: the lender of position 1" in half.err
    done = ok(town.act("loan", "restructure", loan, file))
    assert (done["product"], done["rows"]) == (longer, 6)
    assert ok(town.act("loan", "restructure", loan, file))["executed"] is False
    shown = ok(town.look("loan", "show", loan))
    assert "costs" not in shown  # those of the first product are past


def test_consents_that_were_revoked_are_refused(town: Town, tmp_path: Path) -> None:
    loan = released(town)
    other = town.publish("other.json", origination_bps=0, holidays=0)
    file = tmp_path / "consents.json"
    terms = ("--product", other, "--limit", 90_000)
    ok(town.act("loan", "sign-restructuring", loan, *terms, "--out", file, "--yes"))
    ok(town.act("loan", "revoke-consents"))
    reverted(town.act("loan", "restructure", loan, file), "ConsentInvalid")


# --- reading --------------------------------------------------------------------------------------


def test_a_loan_is_shown_with_what_it_costs(town: Town) -> None:
    loan = ok(town.apply(50_000))["loan"]
    shown = ok(town.look("loan", "show", loan))
    assert shown["costs"]["net"] == 49_500
    assert shown["positions"] == []
    text = town.look("loan", "show", loan, json_=False)
    assert text.code == 0, text.stderr
    for part in (
        "requested", "500.00 EUR",
        "You receive 495.00 EUR of a loan of 500.00 EUR.", "effective annual rate",
        "annual percentage rate", "With every late fee and holiday",
        "after 30 and 60 days",
    ):  # fmt: skip
        assert part in text.out
    assert re.search(r"proof until +20\S+Z, in [67] days", text.out)


def test_schedule_due_and_calendar(town: Town, tmp_path: Path) -> None:
    loan = ok(town.apply(50_000))["loan"]
    ahead = ok(town.look("loan", "schedule", loan))["rows"]
    assert [row["due"] for row in ahead] == [30 * DAY, 60 * DAY]
    assert town.look("loan", "due", loan).code == 2  # it does not run yet
    ok(town.act("loan", "fund", loan, 50_000))
    file = tmp_path / "dues.ics"
    due = ok(town.look("loan", "due", loan, "--ics", file))
    assert (due["row"], due["next_due"]) == (1, ahead[0]["amount"])
    lines = file.read_bytes().split(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == 2
    assert all(len(line) <= 75 for line in lines)
    assert b"SUMMARY:Pay 255.64 EUR on loan 1" in lines
    text = town.look("loan", "due", loan, json_=False).out
    assert "255.64 EUR" in text
    assert re.search(r"next due at +20\S+Z, in (29|30) days", text)
    (tmp_path / "other").write_text("no calendar")
    assert town.look("loan", "due", loan, "--ics", tmp_path / "other").code == 2
    text = town.look("loan", "schedule", loan, json_=False).out
    assert "row 2: " in text


def test_loans_and_products_are_listed(town: Town) -> None:
    assert ok(town.look("loan", "list"))["loans"] == []
    loan = released(town)
    for narrowed in (
        (), ("--borrower", town.address), ("--lender", town.address), ("--status", "active"),
        ("--newest", 1),
    ):  # fmt: skip
        (one,) = ok(town.look("loan", "list", *narrowed))["loans"]
        assert (one["loan"], one["borrower"]) == (loan, town.address)
    nobody = "0x00000000000000000000000000000000000000AA"
    for narrowed in (("--borrower", nobody), ("--lender", nobody), ("--status", "repaid")):
        assert ok(town.look("loan", "list", *narrowed))["loans"] == []
    assert town.look("loan", "list", "--borrower", "0x1").code == 2
    assert f"loan {loan}: active, 500.00 EUR" in town.look("loan", "list", json_=False).out
    (product,) = ok(town.look("product", "list", "--open"))["products"]
    assert (product["product"], product["open"]) == (town.product, True)
    assert ok(town.look("product", "list", "--creator", nobody))["products"] == []


def test_a_product_is_shown_closed_and_opened(town: Town) -> None:
    shown = ok(town.look("product", "show", town.product, "--amount", 50_000))
    assert shown["conditions"] == OFFER["policy"]
    assert (shown["net"], shown["open"]) == (49_500, True)
    text = town.look("product", "show", town.product, json_=False).out
    assert "100.00 EUR to 1000.00 EUR" in text
    assert "your score is at least 600" in text
    assert ok(town.act("product", "close", town.product))["open"] is False
    closed = town.apply(20_000)
    assert closed.code == 2
    assert "is closed for applications" in closed.err
    assert ok(town.act("product", "open", town.product))["open"] is True
    unknown = town.act("product", "close", town.token)
    assert unknown.code == 2
    assert "was not published" in unknown.err


# --- refusals -------------------------------------------------------------------------------------


def test_a_second_loan_at_once_exits_with_5(town: Town) -> None:
    loan = ok(town.apply(20_000))
    assert ok(town.apply(20_000))["executed"] is False
    reverted(town.apply(20_000, "--again", 2), "PseudonymTaken")
    early = town.act("loan", "mark-default", loan["loan"])
    assert early.code == 2
    assert "is requested, not running" in early.err


def test_what_is_out_of_its_time_names_the_rule_and_the_time(town: Town) -> None:
    asked = ok(town.apply(50_000))["loan"]
    position = ok(town.act("loan", "fund", asked, 10_000))["position"]
    early = town.act("loan", "take-back", position)
    assert (early.code, json.loads(early.err)["error"]) == (1, "LoanError")
    assert re.search(
        r"a day after the funding; possible from 20\S+Z, in (1 day|23 hours)", early.err
    )
    town.node.advance(DAY)
    taken = ok(town.act("loan", "take-back", position))
    assert (taken["paid"], taken["funded"]) == (10_000, 0)
    ok(town.act("loan", "cancel", asked))
    assert ok(town.act("loan", "cancel", asked))["executed"] is False

    loan = released(town, 40_000)
    early = town.act("loan", "mark-default", loan)
    assert early.code == 1
    assert "possible from 20" in early.err
    assert json.loads(early.err)["possible_at"] > town.node.now() + 89 * DAY
    ok(town.act("loan", "holiday", loan))
    sent = town.node.transaction_count(town.address)
    second = town.act("loan", "holiday", loan, "--again", 2)
    assert second.code == 1
    assert "gives 1 holidays, and all are taken" in second.err
    assert "possible_at" not in json.loads(second.err)
    dear = town.act("loan", "settle", loan, "--limit", 5)
    assert dear.code == 1
    assert "more than --limit 0.05 EUR" in dear.err
    whole = town.act("loan", "prepay", loan, 90_000)
    assert whole.code == 1
    assert "settle the loan" in whole.err
    assert town.node.transaction_count(town.address) == sent  # nothing was signed for any of them


def test_a_default_is_declared_when_it_is_time(town: Town) -> None:
    loan = released(town, 40_000)
    town.node.advance(30 * DAY + 61 * DAY)
    done = ok(town.act("loan", "mark-default", loan))
    assert (done["status"], done["remaining"] > 40_000) == ("defaulted", True)
    assert ok(town.act("loan", "mark-default", loan))["executed"] is False
    over = town.look("loan", "schedule", loan)
    assert over.code == 2
    assert "is in default" in over.err
    paid = ok(town.act("loan", "repay", loan, done["remaining"]))
    assert paid["status"] == "recovered"


def test_evidence_is_renewed(town: Town) -> None:
    loan = ok(town.apply(50_000))
    town.node.advance(3 * DAY)
    renewed = ok(
        town.act(
            "loan", "renew", loan["loan"], town.desk.credential, "--registry",
            town.desk.path("registry.json"), "--yes",
        )
    )  # fmt: skip
    assert renewed["proof_until"] - loan["proof_until"] >= 3 * DAY
    assert renewed["funding_deadline"] == loan["funding_deadline"]


def test_a_funding_can_name_its_borrower(town: Town) -> None:
    loan = ok(town.apply(50_000))["loan"]
    other = town.act("loan", "fund", loan, 5_000, "--borrower", town.token)
    assert other.code == 2
    assert f"is that of {town.address}" in other.err
    assert ok(town.act("loan", "fund", loan, 5_000, "--borrower", town.address))["accepted"] == 5000


def test_a_wallet_does_not_prove_for_what_is_too_dear(town: Town) -> None:
    dear = town.publish(
        "dear.json", schedule={"kind": "bullet", "rate": "60", "months": 6}, burden="average",
        origination_bps=1_000, fee_recipient=town.address,
    )  # fmt: skip
    refused = town.apply(20_000, product=dear)
    assert refused.code == 6
    assert json.loads(refused.err)["error"] == "CostAboveLimit"
    assert "your wallet's limit is 60.00 %" in refused.err
    ok(run("wallet", "limits", town.desk.path("wallet"), "--ear", "none", *town.desk.password,
           "--json"))  # fmt: skip
    assert ok(town.apply(20_000, product=dear))["status"] == "requested"
    told = run("wallet", "log", town.desk.path("wallet"), *town.desk.password)
    assert "180.00 EUR paid out" in told.out
    ok(run("wallet", "limits", town.desk.path("wallet"), "--ear", "60", *town.desk.password,
           "--json"))  # fmt: skip


def test_the_operator_stops_new_business_and_a_clock(town: Town) -> None:
    ok(town.act("market", "pause"))
    reverted(town.apply(20_000), "NewLoansPaused")
    ok(town.act("market", "resume"))
    ok(town.act("market", "disallow-token", town.token))
    reverted(town.apply(20_000), "TokenNotAllowed")
    ok(town.act("market", "allow-token", town.token))
    loan = int(ok(town.apply(20_000))["loan"])
    ok(town.act("loan", "fund", loan, 20_000))
    due = ok(town.look("loan", "due", loan))["next_due_at"]
    noticed = town.act("market", "notice", town.token, "--days", 10, json_=False)
    assert noticed.code == 0, noticed.stderr
    assert re.search(r"clock stops until +20\S+Z, in (9|10) days", noticed.out)
    moved = ok(town.look("loan", "due", loan))["next_due_at"] - due
    assert 10 * DAY - 60 < moved <= 10 * DAY
    for wrong in ((), ("--days", 31), ("--days", 1, "--until", "2026-12-24T12:00:00Z"),
                  ("--until", "1999-12-24T12:00:00Z"), ("--until", "tomorrow")):  # fmt: skip
        assert town.act("market", "notice", town.token, *wrong).code == 2


def test_a_guardian_stops_new_business_through_the_timelock(town: Town, tmp_path: Path) -> None:
    with Outbox(None) as outbox:
        bank = TransactionSender(town.node, town.node.accounts[1], outbox)
        timelock = deploy_timelock(2 * DAY, [bank.address], by=bank, guardian=town.address)
        mock, _ = deploy_contract("MockVerifier", by=bank)
        made = deploy_around(town.node, mock, by=bank, operator=timelock.address)
    file = tmp_path / "governed.json"
    file.write_text(made.to_json())
    where = "--deployment", file, "--node", town.node.url, *town.desk.password, "--json"
    wallet = town.desk.path("wallet")
    market = made.open(town.node).market
    reverted(run("market", "pause", wallet, *where), "AccessControlUnauthorizedAccount")
    assert run("market", "pause", wallet, "--timelock", "0x12", *where).code == 2
    assert not market.new_loans_paused()
    told = ok(run("market", "pause", wallet, "--timelock", timelock.address, *where))
    assert (told["new_loans_paused"], told["timelock"]) == (True, timelock.address)
    assert market.new_loans_paused()
    reverted(run("market", "resume", wallet, *where), "AccessControlUnauthorizedAccount")


def test_whoever_does_not_qualify_exits_with_6(town: Town) -> None:
    hard = town.publish("hard.json", policy={"min_score": 710}, origination_bps=0)
    refused = town.apply(20_000, product=hard)
    assert refused.code == 6
    assert json.loads(refused.err)["shortfalls"] == {"min_score": 10}


@pytest.mark.parametrize("amount", [1, 9_999, 100_001])
def test_an_amount_outside_the_product_exits_with_2(town: Town, amount: int) -> None:
    assert town.apply(amount).code == 2


def test_unknown_numbers_are_refused(town: Town) -> None:
    nobody = "0x00000000000000000000000000000000000000AA"
    assert town.apply(20_000, product=nobody).code == 2
    assert town.apply(20_000, product="7").code == 2
    for verb in ("show", "schedule", "due"):
        assert town.look("loan", verb, 99).code == 2
    for verb in ("repay", "prepay", "fund"):
        assert town.act("loan", verb, 99, 1).code == 2
    for verb in ("settle", "draw", "cancel", "holiday", "mark-default", "withdraw", "take-back"):
        assert town.act("loan", verb, 99).code == 2
    assert town.act("loan", "withdraw-fees", nobody).code == 2


@pytest.mark.parametrize("amount", ["0", "-5", "1.5", "x"])
def test_senseless_amounts_are_usage_errors(town: Town, amount: str) -> None:
    refused = run("loan", "repay", town.desk.path("wallet"), "1", *town.where, "--", amount)
    assert refused.code == 2


def test_a_wrong_password_exits_with_7(town: Town) -> None:
    refused = run("loan", "repay", town.desk.path("wallet"), 1, 5, *town.where, *town.desk.wrong)
    assert refused.code == 7


def test_a_malformed_deployment_exits_with_2(town: Town) -> None:
    town.desk.path("bad.json").write_text("{}")
    for name in ("bad.json", "none.json"):
        refused = run(
            "loan", "show", 1, "--deployment", town.desk.path(name), "--node", town.node.url
        )
        assert refused.code == 2


def test_a_deployment_of_another_chain_exits_with_5(town: Town) -> None:
    with AnvilNode() as other:
        refused = run(
            "loan", "show", 1, "--deployment", town.desk.path("deployment.json"),
            "--node", other.url,
        )  # fmt: skip
    assert refused.code == 5
    assert refused.err.startswith("NodeUnavailable: ")


def test_without_a_node_it_exits_with_5_and_names_no_url(town: Town) -> None:
    refused = run(
        "loan", "show", 1, "--deployment", town.desk.path("deployment.json"),
        "--node", "http://127.0.0.1:9/secret-token",
    )  # fmt: skip
    assert refused.code == 5
    assert "secret-token" not in refused.stderr


@pytest.mark.parametrize("url", ["", "ftp://x", "localhost:8545", "http://"])
def test_what_is_no_url_exits_with_2(town: Town, url: str) -> None:
    refused = run(
        "loan", "show", 1, "--deployment", town.desk.path("deployment.json"), "--node", url
    )
    assert refused.code == 2


@pytest.mark.parametrize(
    "change",
    [
        {"schedule": None}, {"schedule": {"kind": "consumer", "rate": "18"}}, {"extra": 1},
        {"max_principal": 1}, {"token": "0x1"}, {"grace": 60}, {"burden": "most"},
    ],
)  # fmt: skip
def test_a_malformed_offer_exits_with_2(town: Town, change: dict[str, object]) -> None:
    path = town.offer("wrong.json", fee_recipient=town.address, **change)
    before = town.node.transaction_count(town.address)
    assert town.act("product", "publish", path).code == 2
    assert town.node.transaction_count(town.address) == before


def test_a_root_cannot_be_posted_twice(town: Town) -> None:
    again = ("market", "post-root", "--registry", town.desk.path("registry.json"))
    assert ok(town.act(*again))["executed"] is False
    reverted(town.act(*again, "--again", 2), "RootUnchanged")


def test_a_deployment_is_never_overwritten(town: Town) -> None:
    before = town.desk.path("deployment.json").read_bytes()
    assert town.act("market", "deploy").code == 2
    assert town.desk.path("deployment.json").read_bytes() == before


def test_a_dev_key_is_not_deployed_to_a_public_chain(town: Town) -> None:
    with AnvilNode(chain_id=8453) as public:
        refused = run(
            "market", "deploy", town.desk.path("wallet"), "--node", public.url,
            "--deployment", town.desk.path("public.json"), *town.desk.password,
        )  # fmt: skip
    assert refused.code == 4
    assert not town.desk.path("public.json").exists()
