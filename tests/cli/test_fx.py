"""``zkcredit fx``: a rate is written down, signed by two of three, shown, and applied with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.chain.foreign_world import SIGNERS
from support.cli.cli_desk import PASSWORD, Ran, ok, run

from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import save_keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.cli import account
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import now
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.cli.loan_desk import Town


class Desk:
    """Three keystores, a wallet that pays, and a source of rates of two of three."""

    def __init__(self, folder: Path, node: RevmNode) -> None:
        self.folder, self.node = folder, node
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "password").chmod(0o600)
        for number, one in enumerate(SIGNERS):
            save_keystore(one, folder / f"key{number}", PASSWORD, light=True)
        with Wallet.create(folder / "wallet", PASSWORD, cost=KdfCost.light_unsafe()) as wallet:
            payer = Signer(wallet.evm_key()).address
        rich = TransactionSender(node, node.accounts[0], Outbox(None))
        rich.send(Call(payer, b"", 21_000, 10**18))
        signers = [one.address for one in SIGNERS[:3]]
        made = ok(self.chain("deploy", folder / "wallet", *signers, "--threshold", 2,
                             "--password-file", folder / "password"))  # fmt: skip
        assert (made["governor"], made["threshold"]) == (payer, 2)
        self.source = made["source"]

    def run(self, *words: object) -> Ran:
        named = [self.folder / w if str(w).endswith(".json") else w for w in words]
        return run("fx", *named, "--json")

    def chain(self, *words: object) -> Ran:
        return self.run(*words, "--node", "x")

    def quote(self, *words: object, out: str = "q.json") -> Ran:
        told = words or ("USD", "KES", "129.5")
        return self.chain("quote", self.source, *told, "--out", out)

    def sign(self, who: int, file: str = "q.json", out: str = "q.json") -> Ran:
        return self.run("sign", file, "--keystore", self.folder / f"key{who}", "--out", out,
                        "--password-file", self.folder / "password", "--yes")  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with RevmNode(genesis_time=now()) as node:
        monkeypatch.setattr(node, "close", lambda: None)
        monkeypatch.setattr(account, "_connect", lambda _: node)
        yield Desk(tmp_path, node)


def test_two_of_three_sign_a_rate(desk: Desk) -> None:
    made = desk.quote()
    assert "Exchange rate: 1 USD = 129.5 KES." in made.stderr
    assert ok(made)["signatures_needed"] == 2
    assert ok(desk.run("show", "q.json"))["signed_by"] == []
    told = ok(desk.sign(0, out="a.json"))
    assert told["signed_by"] == [SIGNERS[0].address.lower()]
    ok(desk.sign(2, out="b.json"))
    shown = ok(desk.chain("show", "a.json"))
    assert (shown["ready"], shown["why_not"][:4]) == (False, "1 of")
    both = ok(desk.chain("show", "a.json", "b.json", "--out", "both.json"))
    assert (both["ready"], both["why_not"]) == (True, None)
    assert ok(desk.chain("show", "both.json"))["ready"] is True
    held = json.loads((desk.folder / "both.json").read_text())
    assert held["typed_data"]["message"]["rate"] == "129500000000"


def test_places_of_currencies_are_counted(desk: Desk) -> None:
    ok(desk.quote("JPY", "USD", "0.0067"))
    held = json.loads((desk.folder / "q.json").read_text())
    assert held["typed_data"]["message"]["rate"] == "670000000"
    for rate in ("0.00000000001", "nan", "x", "0", "-1", "1e99"):
        (desk.folder / "q.json").unlink(missing_ok=True)
        assert desk.quote("USD", "KES", rate).code == 2
    assert desk.quote("USD", 3 * "X", "1").code == 2  # "no currency", not unfinished work
    assert desk.quote("USD", "USD", "1").code == 2


def test_a_stranger_and_a_changed_file_do_not_count(desk: Desk) -> None:
    ok(desk.quote())
    ok(desk.sign(0))
    ok(desk.sign(3))
    shown = ok(desk.chain("show", "q.json"))
    assert (shown["ready"], "is not a signer" in shown["why_not"]) == (False, True)
    text = (desk.folder / "q.json").read_text()
    (desk.folder / "q.json").write_text(text.replace("129500000000", "129500000001"))
    told = desk.run("show", "q.json")
    assert (told.code, "did not sign this message" in told.err) == (2, True)


def test_a_quote_that_ended_is_not_signed_and_not_ready(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(desk.quote())
    ok(desk.sign(0))
    ok(desk.sign(1))
    desk.node.advance(3_700)
    shown = ok(desk.chain("show", "q.json"))
    assert (shown["ready"], "QuoteNotCurrent" in shown["why_not"]) == (False, True)
    later = now() + 4_000
    monkeypatch.setattr("zkcredit.units.now", lambda: later)
    told = desk.sign(2)
    assert (told.code, "has ended" in told.err) == (2, True)


@pytest.mark.node
def test_a_loan_is_applied_for_with_a_rate(town: Town) -> None:
    desk = town.desk
    signers = [one.address for one in SIGNERS[:3]]
    for number, one in enumerate(SIGNERS):
        save_keystore(one, desk.path(f"rate{number}"), PASSWORD, light=True)
    made = ok(run("fx", "deploy", desk.path("wallet"), *signers, "--threshold", 2, "--node",
                  town.node.url, *desk.password, "--json"))  # fmt: skip
    where = ("--deployment", desk.path("foreign.json"), "--node", town.node.url)

    def act(group: str, name: str, *words: object) -> Ran:
        return run(group, name, desk.path("wallet"), *words, *where, *desk.password, "--json")

    token = ok(act("market", "deploy", "--fx", made["source"], "--test-token"))["token"]
    ok(act("market", "post-root", "--registry", desk.path("registry.json")))
    offer = town.offer("foreign.offer.json", token=token, currency=840, origination_bps=0)
    told = run("product", "show", offer)
    assert "an instalment of 511.28 USD" in told.out
    assert "at the exchange rate of the day" in told.out
    product = ok(act("product", "publish", offer))["product"]
    quote = desk.path("quote.json")
    ok(run("fx", "quote", made["source"], "USD", "EUR", "0.92", "--node", town.node.url,
           "--out", quote, "--json"))  # fmt: skip
    wanted = (desk.credential, "--product", product, "--amount", 50_000, "--yes", "--registry",
              desk.path("registry.json"))  # fmt: skip
    for who in (0, 1):
        early = act("loan", "apply", *wanted, "--quote", quote)
        assert (early.code, f"{who} of 2 signatures" in early.err) == (2, True)
        ok(run("fx", "sign", quote, "--keystore", desk.path(f"rate{who}"), "--out", quote,
               *desk.password, "--yes", "--json"))  # fmt: skip
    without = act("loan", "apply", *wanted)
    assert (without.code, "bring a quote" in without.err) == (2, True)
    asked = act("loan", "apply", *wanted, "--quote", quote)
    loan = ok(asked)
    for part in (
        "255.64 USD a month are judged as 235.19 EUR, rounded up, at 1 USD = 0.92 EUR.",
        "The rate holds until 2",
        "You owe USD, whatever it is worth later",
        "an instalment of 235.19 EUR",
    ):
        assert part in asked.stderr
    town.node.advance(1)  # newer evidence is of a later second
    ok(act("loan", "renew", loan["loan"], desk.credential, "--registry",
           desk.path("registry.json"), "--yes", "--quote", quote))  # fmt: skip
    plain = town.apply(50_000, "--quote", quote)
    assert (plain.code, "leave out the quote" in plain.err) == (2, True)
