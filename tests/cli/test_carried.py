"""A borrower without a coin for gas signs files, and somebody else's wallet carries them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, Ran, ok, reverted, run
from support.cli.loan_desk import DAY, Town, released

from zkcredit.chain import Outbox, Signer, TransactionSender
from zkcredit.chain.sending.transactions import Call
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


class Helper:
    """Somebody with coins, who carries what others signed."""

    def __init__(self, town: Town, path: Path) -> None:
        self.town, self.path = town, path
        with Wallet.create(path, PASSWORD, cost=KdfCost.light_unsafe()) as wallet:
            self.address = Signer(wallet.evm_key()).address
        with Outbox(None) as outbox:
            bank = TransactionSender(town.node, town.node.accounts[0], outbox)
            bank.send(Call(self.address, b"", 21_000, 10**18))

    def carry(self, file: Path, *more: object) -> Ran:
        town = self.town
        where = (*town.where, *town.desk.password, "--json")
        return run("loan", "carry", self.path, file, *more, *where)


@pytest.fixture
def helper(town: Town, tmp_path: Path) -> Helper:
    return Helper(town, tmp_path / "helper")


def sent(town: Town) -> int:
    """How many transactions the borrower has sent."""
    return town.node.transaction_count(town.address)


def signed(town: Town, tmp_path: Path, *command: object) -> Path:
    """Write a file as the borrower, who sends nothing."""
    file, before = tmp_path / f"{command[0]}.json", sent(town)
    told = ok(town.act("loan", *command, "--out", file))
    assert (told["signed"], told["signer"]) == (str(file), town.address)
    assert told["kind"] == str(command[0]).removeprefix("sign-")
    assert sent(town) == before
    return file


def application(town: Town, tmp_path: Path, amount: int = 50_000) -> Path:
    registry = "--registry", town.desk.path("registry.json")
    asked = "--product", town.product, "--amount", amount, *registry, "--yes"
    return signed(town, tmp_path, "sign-application", town.desk.credential, *asked)


def changed(file: Path, **members: Any) -> Path:
    other = file.with_name("changed.json")
    other.write_text(json.dumps({**json.loads(file.read_text()), **members}))
    return other


def test_an_application_a_holiday_and_payments_are_carried(
    town: Town, helper: Helper, tmp_path: Path
) -> None:
    file = application(town, tmp_path)
    before = sent(town)
    loan = ok(helper.carry(file))
    assert (loan["borrower"], loan["status"]) == (town.address, "requested")
    again = ok(helper.carry(file))
    assert (again["loan"], again["executed"]) == (loan["loan"], False)
    assert sent(town) == before
    number = loan["loan"]
    ok(town.act("loan", "fund", number, 50_000))
    file = signed(town, tmp_path, "sign-holiday", number)
    before = sent(town)
    held = ok(helper.carry(file))
    assert held["holidays_left"] == 0
    row = ok(town.look("loan", "schedule", number))["rows"][0]["amount"]
    file = signed(town, tmp_path, "sign-payment", number, "--row", 1, "--yes")
    paid = ok(helper.carry(file))
    assert (paid["paid"], paid["paid_rows"]) == (row, 1)
    assert ok(helper.carry(file))["executed"] is False
    file = signed(town, tmp_path, "sign-payment", number, paid["remaining"] + 5, "--yes")
    done = ok(helper.carry(file))
    assert (done["paid"], done["status"]) == (paid["remaining"], "repaid")
    assert sent(town) == before


def test_what_was_signed_serves_once_whoever_carries_it(
    town: Town, helper: Helper, tmp_path: Path
) -> None:
    other = Helper(town, tmp_path / "other")
    file = application(town, tmp_path)
    loan = ok(helper.carry(file))["loan"]
    refused = other.carry(file)
    assert refused.code == 2
    assert "signed this once, and it was carried or revoked" in refused.err
    ok(town.act("loan", "fund", loan, 50_000))
    file = signed(town, tmp_path, "sign-payment", loan, 700, "--yes")
    assert ok(helper.carry(file))["paid"] == 700
    reverted(other.carry(file), "NotOwner")


def test_what_was_revoked_is_not_carried(town: Town, helper: Helper, tmp_path: Path) -> None:
    loan = released(town)
    file = signed(town, tmp_path, "sign-holiday", loan)
    ok(town.act("loan", "revoke-consents"))
    reverted(helper.carry(file), "ConsentInvalid")


def test_a_file_serves_in_its_time_at_its_market_as_it_was_signed(
    town: Town, helper: Helper, tmp_path: Path
) -> None:
    loan = released(town)
    file = signed(town, tmp_path, "sign-holiday", loan, "--days", 1)
    for members, says in (
        ({"chain_id": 1}, "signed for the market"),
        ({"market": town.address}, "signed for the market"),
    ):
        refused = helper.carry(changed(file, **members))
        assert refused.code == 2
        assert says in refused.err
    step = json.loads(file.read_text())["step"]
    consent = step["consent"]
    stolen = {**step, "consent": {**consent, "signer": helper.address}}
    refused = helper.carry(changed(file, step=stolen))
    assert f"that of {town.address}, not of {helper.address}, who signed" in refused.err
    later = {**step, "consent": {**consent, "deadline": consent["deadline"] + 1}}
    reverted(helper.carry(changed(file, step=later)), "ConsentInvalid")
    assert helper.carry(changed(file, kind="payment")).code == 2
    town.node.advance(DAY + 1)
    refused = helper.carry(file)
    assert refused.code == 2
    assert "this could be carried until" in refused.err
    assert "has to sign again" in refused.err


def test_only_the_borrower_signs_and_only_what_can_be_done(
    town: Town, helper: Helper, tmp_path: Path
) -> None:
    loan = released(town)
    out = "--out", tmp_path / "none.json"
    for command, says in (
        (("sign-payment", loan, *out), "exactly one of AMOUNT and --row"),
        (("sign-payment", loan, 5, "--row", 1, *out), "exactly one of AMOUNT and --row"),
        (("sign-payment", loan, 10**13, "--yes", *out), "less than"),
        (("sign-payment", 99, 5, "--yes", *out), "99"),
        (("sign-holiday", 99, *out), "99"),
    ):
        refused = town.act("loan", *command)
        assert refused.code == 2, command
        assert says in refused.err, command
    ok(town.act("loan", "holiday", loan))
    refused = town.act("loan", "sign-holiday", loan, *out)
    assert refused.code == 1
    assert "holiday" in refused.err
    where = (*town.where, *town.desk.password, "--json")
    for command in (("sign-holiday", loan), ("sign-payment", loan, 5, "--yes")):
        name, *rest = command
        refused = run("loan", name, helper.path, *rest, *out, *where)
        assert refused.code == 2
        assert f"loan {loan} is that of {town.address}, not this wallet's" in refused.err
    assert not out[1].exists()
