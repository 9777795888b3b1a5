"""``loan receipt`` and ``--receipt``: a file for each payment, and its check on the chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import ok, run
from support.cli.loan_desk import released

from zkcredit.chain.loans.receipts import PaymentReceipt

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.loan_desk import Town

pytestmark = pytest.mark.node


@pytest.mark.parametrize("verb", ["repay", "prepay", "settle"])
def test_each_payment_has_its_receipt(town: Town, tmp_path: Path, verb: str) -> None:
    loan, file, again = released(town), tmp_path / "one.json", tmp_path / "two.json"
    amount = [] if verb == "settle" else [20_000]
    paid = ok(town.act("loan", verb, loan, *amount, "--receipt", file))
    held = PaymentReceipt.from_json(file.read_text())
    assert (held.transaction, held.amounts.total) == (paid["transaction"], paid["paid"])
    assert held.payer == held.borrower == town.address
    shown = ok(town.look("loan", "check-receipt", file))
    assert (shown["paid"], shown["digest"]) == (paid["paid"], held.digest.hex())
    ok(town.look("loan", "receipt", paid["transaction"], "--out", again))
    assert again.read_text() == file.read_text()
    # the same command again pays nothing, and writes the same receipt
    file.unlink()
    done = ok(town.act("loan", verb, loan, *amount, "--receipt", file))
    assert (done["executed"], file.read_text()) == (False, again.read_text())


def test_a_receipt_is_shown_in_words(town: Town, tmp_path: Path) -> None:
    loan, file = released(town), tmp_path / "one.json"
    ok(town.act("loan", "repay", loan, "--row", 1, "--receipt", file))
    told = town.look("loan", "check-receipt", file, json_=False)
    assert "255.64 EUR were paid on loan 1 by 0x" in told.out
    assert "Interest: 7.50 EUR" in told.out
    written = town.look("loan", "receipt", json.loads(file.read_text())["transaction"], "--out",
                        "-", json_=False)  # fmt: skip
    assert written.out == file.read_text()
    assert "Interest: 7.50 EUR" in written.stderr


def test_a_false_receipt_exits_with_3_and_names_what_differs(town: Town, tmp_path: Path) -> None:
    from dataclasses import replace

    loan, file = released(town), tmp_path / "one.json"
    ok(town.act("loan", "repay", loan, 1_000, "--receipt", file))
    held = PaymentReceipt.from_json(file.read_text())
    file.write_text(replace(held, remaining=0).to_json())
    ran = town.look("loan", "check-receipt", file)
    assert ran.code == 3
    told = json.loads(ran.err)
    assert (told["error"], told["differs"]) == ("WrongReceipt", ["remaining"])
    file.write_text(held.to_json().replace('"remaining":', '"remaining":1'))
    assert town.look("loan", "check-receipt", file).code == 2


def test_nothing_is_paid_if_the_receipt_cannot_be_written(town: Town, tmp_path: Path) -> None:
    loan, file = released(town), tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8\xff")
    before = ok(town.look("loan", "show", loan))["received"]
    assert town.act("loan", "repay", loan, 1_000, "--receipt", file).code == 2
    assert town.act("loan", "repay", loan, 1_000, "--receipt", tmp_path).code == 2
    assert ok(town.look("loan", "show", loan))["received"] == before
    assert file.read_bytes() == b"\xff\xd8\xff"


@pytest.mark.parametrize("transaction", ["0x12", "x", "0x" + "ab" * 32, "--", ""])
def test_what_is_not_a_payment_exits_with_2(town: Town, tmp_path: Path, transaction: str) -> None:
    ran = town.look("loan", "receipt", transaction, "--out", tmp_path / "r.json")
    assert ran.code == 2
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", "receipt", '{"type": "zkcredit-receipt/9"}'])
def test_another_file_exits_with_2(town: Town, tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    ran = town.look("loan", "check-receipt", tmp_path / "r.json")
    assert (ran.code, "r.json" in ran.err) == (2, True)
    assert town.look("loan", "check-receipt", tmp_path / "none").code == 2
    assert run("loan", "check-receipt").code == 2
