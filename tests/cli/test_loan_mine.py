"""A wallet restored from its words alone: it finds its loans on chain, and goes on with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import make_desk, ok, run
from support.cli.loan_desk import DAY, Town, released

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


def restored(town: Town, folder: Path) -> Path:
    """A new file made of the wallet's words, and of nothing else."""
    words = ok(run("wallet", "words", town.desk.path("wallet"), *town.desk.password, "--json"))
    (folder / "words").write_text(" ".join(words["words"]))
    ok(
        run("wallet", "init", folder / "again", "--restore-from", folder / "words",
            *town.desk.password, "--json")
    )  # fmt: skip
    return folder / "again"


def at(town: Town, group: str, verb: str, wallet: Path, *more: object, json_: bool = True):
    return run(group, verb, wallet, *more, *town.where, *town.desk.password, *["--json"] * json_)


def test_a_restored_wallet_finds_everything_and_goes_on(town: Town, tmp_path: Path) -> None:
    loan = released(town)
    paid = ok(town.act("loan", "repay", loan, "--row", 1))
    known = ok(town.act("loan", "mine"))
    again = restored(town, tmp_path)
    shown = ok(run("wallet", "show", again, *town.desk.password, "--json"))
    assert (shown["credentials"], shown["proofs_shown"]) == ([], 0)

    found = ok(at(town, "loan", "mine", again))
    assert found == known
    (mine,) = found["borrowed"]
    assert (mine["loan"], mine["status"], mine["paid_rows"]) == (loan, "active", 1)
    assert mine["borrower"] == found["address"] == town.address
    assert [one["loan"] for one in found["funded"]] == [loan]
    (position,) = found["positions"]
    assert int(position["withdrawable"]) > 0
    assert int(position["withdrawable"]) % paid["paid"] == 0
    (record,) = found["records"]
    assert (record["opened"], record["state"], record["on_time"]) == (1, "open", 1)

    # what it found is enough to go on
    due = ok(town.look("loan", "due", loan))
    paid = ok(at(town, "loan", "repay", again, loan, due["remaining"]))
    assert paid["status"] == "repaid"
    drawn = ok(at(town, "loan", "withdraw", again, position["position_id"]))
    assert int(drawn["tokens"]) > int(position["withdrawable"])
    (record,) = ok(at(town, "loan", "mine", again))["records"]
    assert (record["repaid"], record["state"]) == (1, "free")


def test_it_is_told_in_words(town: Town, tmp_path: Path) -> None:
    loan = released(town)
    town.node.advance(40 * DAY)
    told = at(town, "loan", "mine", restored(town, tmp_path), json_=False).out
    for line in ("Borrowed:", f"loan {loan}: active, 500.00 EUR", "overdue 255.64 EUR", "Funded:",
                 f"position 1 of loan {loan}: 500.00 EUR funded, 0.00 EUR can be withdrawn",
                 "Record at the bureau, ", "Loans started: 1"):  # fmt: skip
        assert line in told


def test_another_wallet_finds_nothing(town: Town, tmp_path: Path) -> None:
    released(town)
    other = make_desk(tmp_path)
    found = ok(at(town, "loan", "mine", other.path("wallet")))
    assert (found["borrowed"], found["funded"], found["positions"]) == ([], [], [])
    (record,) = found["records"]
    assert (record["opened"], record["state"]) == (0, "free")
    told = at(town, "loan", "mine", other.path("wallet"), json_=False).out
    assert "No loan was started under this pseudonym." in told


def test_a_wrong_password_and_another_file(town: Town) -> None:
    wallet = town.desk.path("wallet")
    assert run("loan", "mine", wallet, *town.where, *town.desk.wrong).code == 7
    ran = at(town, "loan", "mine", town.desk.path("card.json"))
    assert ran.code in (1, 2)
    assert json.loads(ran.err)["message"]
    assert at(town, "loan", "mine", town.desk.path("none")).code == 2
    assert run("loan", "mine").code == 2
