"""``zkcredit treasury``: proposed online, signed offline by each, carried there by anybody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import PASSWORD, Ran, ok, run
from support.storage.tracing import calls_of

from zkcredit.chain.custody.treasury import TreasuryClient
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import save_keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.cli import account
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkcredit.chain.contracts.token import TokenClient
    from zkcredit.chain.nodes.node import LocalNode

PEOPLE = [Signer(bytes([n]) * 32) for n in (0x51, 0x52, 0x53, 0x54)]
PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
START = 1_900_000_000


class Office:
    """A folder with four keystores and a wallet that pays gas, and a treasury of two of three."""

    def __init__(self, folder: Path, node: LocalNode) -> None:
        self.folder, self.node = folder, node
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "password").chmod(0o600)
        for number, one in enumerate(PEOPLE):
            save_keystore(one, folder / f"key{number}", PASSWORD, light=True)
        light = KdfCost.light_unsafe()
        with Wallet.create(folder / "wallet", PASSWORD, cost=light) as wallet:
            payer = Signer(wallet.evm_key()).address
        rich = TransactionSender(node, node.accounts[0], Outbox(None))
        rich.send(Call(payer, b"", 21_000, 10**18))
        self.token: TokenClient = deploy_test_token(node, by=rich)
        signers = [one.address for one in PEOPLE[:3]]
        made = ok(self.chain("deploy", "wallet", *signers, "--threshold", 2))
        self.treasury = TreasuryClient(node, made["treasury"])
        self.token.mint(self.treasury.address, 10**6, by=rich)

    def run(self, *words: object) -> Ran:
        named = [self.folder / w if str(w).endswith((".json", "wallet")) else w for w in words]
        return run("treasury", *named, "--json")

    def chain(self, *words: object) -> Ran:
        secret = ("--password-file", self.folder / "password") if "wallet" in words else ()
        return self.run(*words, "--node", "x", *secret)

    def propose(self, *words: object, out: str = "p.json") -> Ran:
        return self.chain("propose", self.treasury.address, *words, "--out", out)

    def pay(self, tokens: int = 100, out: str = "p.json") -> Ran:
        return self.propose(PAYEE, "--amount", tokens, "--token", self.token.address, out=out)

    def signing(self, who: int, file: str, out: str) -> list[object]:
        return ["sign", file, "--keystore", self.folder / f"key{who}", "--out", out,
                "--password-file", self.folder / "password"]  # fmt: skip

    def sign(self, who: int, file: str = "p.json", out: str = "p.json") -> Ran:
        return self.run(*self.signing(who, file, out), "--yes")

    def submit(self, *files: str) -> Ran:
        return self.chain("submit", "wallet", *(files or ("p.json",)))


@pytest.fixture(params=[RevmNode, pytest.param(EmbeddedNode, marks=pytest.mark.slow)])
def both(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    with request.param(genesis_time=START) as node:
        monkeypatch.setattr(node, "close", lambda: None)
        monkeypatch.setattr(account, "_connect", lambda _: node)
        yield Office(tmp_path, node)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with RevmNode(genesis_time=START) as node:
        monkeypatch.setattr(node, "close", lambda: None)
        monkeypatch.setattr(account, "_connect", lambda _: node)
        yield Office(tmp_path, node)


def test_two_of_three_pay_once(both: Office) -> None:
    office = both
    proposed = office.pay()
    assert "Pay 100 base units (0.000100 TUSD" in proposed.stderr
    assert ok(proposed)["signatures_needed"] == 2
    assert ok(office.run("show", "p.json"))["signed_by"] == []
    told = office.sign(0)
    assert f"to {PAYEE}." in told.stderr
    assert ok(told)["signed_by"] == [PEOPLE[0].address]
    shown = ok(office.chain("show", "p.json"))
    assert (shown["ready"], shown["why_not"][:4]) == (False, "1 of")
    early = office.submit()
    assert (early.code, "1 of 2" in early.stderr) == (2, True)
    ok(office.sign(2))
    assert ok(office.chain("show", "p.json"))["ready"] is True
    assert ok(office.submit())["executed"] is True
    assert ok(office.submit())["executed"] is False
    assert office.token.balance_of(PAYEE) == 100
    assert ok(office.chain("show", "p.json"))["used"] is True


def test_copies_are_joined(office: Office) -> None:
    ok(office.pay())
    ok(office.sign(1, out="a.json"))
    ok(office.sign(2, out="b.json"))
    assert office.submit("a.json").code == 2
    ok(office.submit("a.json", "b.json"))
    assert office.token.balance_of(PAYEE) == 100
    ok(office.pay(out="q.json"))
    told = office.submit("a.json", "q.json")
    assert (told.code, "different messages" in told.stderr) == (2, True)


def test_a_call_and_a_cancellation(office: Office) -> None:
    ok(office.propose(office.token.address, "--call", "Token.approve", "--argument", PAYEE,
                      "--argument", 7))  # fmt: skip
    for who in (0, 1):
        assert "Let 0x7099" in office.sign(who).stderr
    ok(office.submit())
    assert office.token.allowance(office.treasury.address, PAYEE) == 7
    number = ok(office.pay(out="late.json"))["number"]
    ok(office.propose("--cancel", number, out="c.json"))
    for who in (0, 1):
        ok(office.sign(who, "c.json", "c.json"))
        ok(office.sign(who, "late.json", "late.json"))
    ok(office.submit("c.json"))
    told = office.submit("late.json")
    assert (told.code, "used or cancelled" in told.stderr) == (2, True)


def test_a_stranger_does_not_count(office: Office) -> None:
    ok(office.pay())
    ok(office.sign(0))
    ok(office.sign(3))
    told = office.submit()
    assert (told.code, "not a signer" in told.stderr) == (2, True)


def test_a_changed_file_is_refused(office: Office) -> None:
    ok(office.pay())
    ok(office.sign(0))
    path = office.folder / "p.json"
    text = path.read_text()
    for old, new in (('"amount":"100"', '"amount":"101"'), ('"chainId":', '"chainId":1')):
        assert old in text
        path.write_text(text.replace(old, new, 1))
        for told in (office.sign(1), office.submit(), office.run("show", "p.json")):
            assert told.code == 2, told.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the payee"),
        ([PAYEE], "--amount"),
        ([PAYEE, "--cancel", 5], "stands alone"),
        ([PAYEE, "--call", "Token"], "CONTRACT.FUNCTION"),
        ([PAYEE, "--call", "Token.transfer"], "takes to"),
        ([PAYEE, "--call", "Token.symbol", "--token", PAYEE], "one of them"),
        (["0x12", "--amount", 5], "address"),
    ],
)
def test_a_proposal_that_says_nothing_is_refused(
    office: Office, words: list[object], said: str
) -> None:
    told = office.propose(*words)
    assert (told.code, said in told.stderr) == (2, True), told.stderr
    assert not (office.folder / "p.json").exists()


def test_nothing_is_signed_without_a_yes_or_too_late(office: Office) -> None:
    ok(office.pay())
    told = office.run(*office.signing(0, "p.json", "s.json"))
    assert (told.code, "no terminal" in told.stderr) == (2, True)
    document = json.loads((office.folder / "p.json").read_text())
    document["typed_data"]["message"]["deadline"] = "1700000000"
    (office.folder / "old.json").write_text(json.dumps(document))
    told = office.sign(0, "old.json", "s.json")
    assert (told.code, "expired" in told.stderr) == (2, True)
    assert not (office.folder / "s.json").exists()


def test_signing_opens_no_socket(office: Office) -> None:
    ok(office.pay())
    names, code = calls_of(lambda: office.sign(0, out="s.json").code, b"\0none")
    assert code == 0
    assert {"socket", "connect", "sendto", "sendmsg", "recvfrom"}.isdisjoint(names)
    assert (office.folder / "s.json").exists()
