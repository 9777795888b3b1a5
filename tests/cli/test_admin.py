"""``admin`` against anvil: a contract's admin is shown, and replaced in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, Desk, Ran, make_desk, ok, reverted, run

from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.sending.transactions import Call
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node

DAY = 86_400


@dataclass
class Office:
    """A desk with two wallets, one of which is admin of a market and a registry."""

    desk: Desk
    node: AnvilNode
    admin: str
    other: str

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    def act(self, wallet: str, name: str, *words: object) -> Ran:
        return run(
            "admin", name, self.desk.path(wallet), *words, *self.where,
            *self.desk.password, "--json",
        )  # fmt: skip

    def status(self, which: str) -> Any:
        return ok(run("admin", "status", which, *self.where, "--json"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    desk = make_desk(tmp_path_factory.mktemp("office"))
    with Wallet.create(desk.path("second"), PASSWORD, cost=KdfCost.light_unsafe()):
        pass
    with AnvilNode() as node, Outbox(None) as outbox:
        bank = TransactionSender(node, node.accounts[0], outbox)
        found = []
        for name in ("wallet", "second"):
            shown = ok(run("wallet", "show", desk.path(name), *desk.password, "--json"))
            found.append(shown["address"])
            bank.send(Call(shown["address"], b"", 21_000, 10**18))
        mock, _ = deploy_contract("MockVerifier", by=bank)
        deploy_around(node, mock, by=bank, admin=found[0]).save(desk.path("deployment.json"))
        yield Office(desk, node, *found)


@pytest.fixture
def office(built: Office) -> Iterator[Office]:
    snapshot = built.node.snapshot()
    yield built
    built.node.restore(snapshot)
    for name in ("wallet.outbox", "second.outbox"):
        built.desk.path(name).unlink(missing_ok=True)


@pytest.mark.parametrize("which", ["market", "registry"])
def test_an_admin_is_replaced_in_two_steps(office: Office, which: str) -> None:
    before = office.status(which)
    assert (before["admin"], before["pending"], before["delay"]) == (office.admin, None, DAY)
    begun = ok(office.act("wallet", "begin", which, office.other))
    assert (begun["admin"], begun["pending"]) == (office.admin, office.other)
    waits = office.status(which)
    assert (waits["admin"], waits["pending"]) == (office.admin, office.other)
    assert waits["acceptable_after"] == office.node.now() + begun["delay"]
    reverted(office.act("second", "accept", which), "AccessControlEnforcedDefaultAdminDelay")
    office.node.advance(DAY + 1)
    accepted = ok(office.act("second", "accept", which))
    assert (accepted["admin"], accepted["pending"]) == (office.other, None)
    assert office.status(which)["admin"] == office.other
    again = ok(office.act("second", "accept", which))
    assert not again["executed"]
    ok(office.act("second", "begin", which, office.admin))
    reverted(office.act("wallet", "cancel", which), "AccessControlUnauthorizedAccount")


def test_an_admin_takes_back_what_it_began(office: Office) -> None:
    ok(office.act("wallet", "begin", "registry", office.other))
    cancelled = ok(office.act("wallet", "cancel", "registry"))
    assert (cancelled["admin"], cancelled["pending"]) == (office.admin, None)
    office.node.advance(DAY + 1)
    reverted(office.act("second", "accept", "registry"), "AccessControlInvalidDefaultAdmin")


def test_one_contract_has_nothing_to_do_with_another(office: Office) -> None:
    ok(office.act("wallet", "begin", "registry", office.other))
    assert office.status("market")["pending"] is None
    assert office.act("wallet", "cancel", "market").code == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("begin", ("market", "0x12")),
        ("begin", ("market", "0x" + "00" * 20)),
        ("begin", ("market",)),
        ("begin", ("gate", "0x" + "11" * 20)),
        ("begin", ("ledger", "0x" + "11" * 20)),
        ("accept", ("ledger-market",)),
        ("accept", ()),
        ("cancel", ("market",)),
        ("cancel", ("verifier",)),
    ],
)
def test_what_cannot_be_done_exits_with_2(
    office: Office, name: str, words: tuple[str, ...]
) -> None:
    ran = office.act("wallet", name, *words)
    assert ran.code == 2, ran.stderr
    assert office.node.transaction_count(office.admin) == 0


def test_a_deployment_without_a_ledger_has_no_admin_of_one(office: Office) -> None:
    for which in ("ledger", "ledger-market"):
        ran = run("admin", "status", which, *office.where)
        assert ran.code == 2
        assert "no credit ledger" in ran.err
