"""A desk with a chain: one wallet is borrower, lender and operator of a market."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, Ran, make_desk, ok, run

from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.sending.transactions import Call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400
OFFER: dict[str, Any] = {
    "schedule": {"kind": "consumer", "rate": "18", "months": 2},
    "policy": {"min_score": 600, "coverage_bps": 12_500, "currency": 978},
    "burden": "level",
    "min_principal": 10_000,
    "max_principal": 100_000,
    "currency": 978,
    "late_fee": 500,
    "late_fee_cap": 1_000,
    "holidays": 1,
    "origination_bps": 100,
}


@dataclass
class Town:
    """A desk whose wallet is borrower, lender and operator at once, and a chain."""

    desk: Desk
    node: AnvilNode
    address: str
    token: str = ""
    product: str = ""

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    def act(self, *command: object, json_: bool = True) -> Ran:
        group, name, *rest = command
        wallet = self.desk.path("wallet")
        shown = ["--json"] * json_
        return run(group, name, wallet, *rest, *self.where, *self.desk.password, *shown)

    def look(self, *command: object, json_: bool = True) -> Ran:
        return run(*command, *self.where, *["--json"] * json_)

    def offer(self, name: str, **changes: object) -> Path:
        path = self.desk.path(name)
        path.write_text(json.dumps({**OFFER, "token": self.token, **changes}))
        return path

    def publish(self, name: str, **changes: object) -> str:
        made = ok(self.act("product", "publish", self.offer(name, **changes)))
        return str(made["product"])

    def apply(self, amount: int, *more: object, product: str = "", json_: bool = True) -> Ran:
        return self.act(
            "loan", "apply", self.desk.credential, "--product", product or self.product,
            "--amount", amount, "--registry", self.desk.path("registry.json"), "--yes", *more,
            json_=json_,
        )  # fmt: skip


def gas_for(desk: Desk, node: AnvilNode) -> str:
    """Give the desk's wallet money for gas, and return the wallet's address."""
    told = ok(run("wallet", "show", desk.path("wallet"), *desk.password, "--json"))
    with Outbox(None) as outbox:
        bank = TransactionSender(node, node.accounts[0], outbox)
        bank.send(Call(told["address"], b"", 21_000, 10**18))
    return str(told["address"])


def mint(desk: Desk, node: AnvilNode, token: str) -> None:
    """Let the desk's wallet make test tokens for itself, 10^12 base units."""
    where = "--node", node.url, *desk.password, "--json"
    ok(run("market", "mint", desk.path("wallet"), token, 10**12, *where))


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    desk = make_desk(tmp_path_factory.mktemp("town"))
    with AnvilNode() as node:
        town = Town(desk, node, gas_for(desk, node))
        deployed = ok(town.act("market", "deploy", "--test-token", "--rehabilitation-days", 30))
        assert {"lens", "relay", "market", "gate"} <= deployed.keys()
        town.token = deployed["token"]
        mint(desk, node, town.token)
        ok(town.act("market", "post-root", "--registry", desk.path("registry.json")))
        town.product = town.publish("offer.json", fee_recipient=town.address)
        yield town


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town, as it was after the product was published; the wallet forgets what it sent."""
    outbox = shared_town.desk.path("wallet.outbox")
    before, snapshot = outbox.read_bytes(), shared_town.node.snapshot()
    yield shared_town
    shared_town.node.restore(snapshot)
    for path in outbox.parent.glob("wallet.outbox*"):
        path.unlink()
    outbox.write_bytes(before)


def released(town: Town, amount: int = 50_000, product: str = "") -> int:
    """A loan that the wallet asked for, funded and drew itself."""
    loan = int(ok(town.apply(amount, product=product))["loan"])
    ok(town.act("loan", "fund", loan, amount))
    ok(town.act("loan", "draw", loan))
    return loan
