"""``registry`` against anvil: roots that wait, and what registrar, guardian and admin do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, Ran, make_desk, ok, reverted, run

from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.sending.transactions import Call
from zkcredit.registry import RegistrySnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node

HOUR = 3_600


@dataclass
class Office:
    """A desk whose wallet has every role at a registry where roots wait for an hour."""

    desk: Desk
    node: AnvilNode
    address: str
    root: str

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    def act(self, name: str, *words: object) -> Ran:
        return run(
            "registry", name, self.desk.path("wallet"), *words, *self.where,
            *self.desk.password, "--json",
        )  # fmt: skip

    def post(self, *more: object) -> Any:
        return ok(
            run("market", "post-root", self.desk.path("wallet"), "--registry",
                self.desk.path("registry.json"), "--uri", "ipfs://tree", *more, *self.where,
                *self.desk.password, "--json")
        )  # fmt: skip

    def status(self) -> Any:
        return ok(run("registry", "status", *self.where, "--json"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    desk = make_desk(tmp_path_factory.mktemp("office"))
    with AnvilNode() as node, Outbox(None) as outbox:
        shown = ok(run("wallet", "show", desk.path("wallet"), *desk.password, "--json"))
        address = shown["address"]
        bank = TransactionSender(node, node.accounts[0], outbox)
        bank.send(Call(address, b"", 21_000, 10**18))
        mock, _ = deploy_contract("MockVerifier", by=bank)
        roles = {"admin": address, "registrar": address, "guardian": address}
        deploy_around(node, mock, by=bank, root_delay=HOUR, **roles).save(
            desk.path("deployment.json")
        )
        root = RegistrySnapshot.from_json(desk.path("registry.json").read_bytes()).root
        yield Office(desk, node, address, str(root))


@pytest.fixture
def office(built: Office) -> Iterator[Office]:
    snapshot = built.node.snapshot()
    yield built
    built.node.restore(snapshot)
    built.desk.path("wallet.outbox").unlink(missing_ok=True)


def test_a_root_waits_and_is_shown(office: Office) -> None:
    empty = office.status()
    assert (empty["current"], empty["pending"], empty["replaced"]) == (None, [], [])
    assert (empty["delay"], empty["max_root_age"]) == (HOUR, 86_400)
    office.post()
    waiting = office.status()
    assert waiting["current"] is None
    (pending,) = waiting["pending"]
    assert (pending["root"], pending["uri"]) == (office.root, "ipfs://tree")
    office.node.advance(HOUR)
    now = office.status()
    assert now["current"] == pending
    assert now["accepted"]
    assert now["pending"] == []
    text = run("registry", "status", *office.where)
    assert office.root in text.out


def test_a_guardian_cancels_and_a_registrar_posts_again(office: Office) -> None:
    office.post()
    cancelled = ok(office.act("cancel", office.root))
    assert (cancelled["root"], cancelled["current"]) == (office.root, "0")
    assert ok(office.act("cancel", office.root)) == {**cancelled, "executed": False}
    office.post("--again", 2)
    office.node.advance(HOUR)
    reverted(office.act("cancel", office.root, "--again", 2), "RootNotPending")


def test_a_stolen_key_ends_with_a_withdrawal(office: Office) -> None:
    office.post()
    office.node.advance(HOUR)
    gone = ok(office.act("withdraw", office.root))
    assert (gone["roots"], gone["current"]) == ([office.root], "0")
    assert office.status()["current"] is None
    file = office.desk.path("registry.json")
    reverted(office.act("post-after-removal", "--registry", file), "RootIsWithdrawn")
    reverted(office.act("renew", "--registry", file), "RootNotCurrent")
    reverted(office.act("ban", office.root), "RootIsWithdrawn")
    assert ok(office.act("ban", 77))["root"] == "77"


def test_a_removal_and_a_renewal(office: Office) -> None:
    file = office.desk.path("registry.json")
    posted = ok(office.act("post-after-removal", "--registry", file, "--uri", "ipfs://x"))
    assert (posted["root"], posted["uri"]) == (office.root, "ipfs://x")
    office.node.advance(2 * HOUR)
    before = office.status()["current"]
    assert ok(office.act("renew", "--registry", file))["current"] == office.root
    assert office.status()["current"]["confirmed_at"] > before["confirmed_at"]


def test_roles_are_given_and_taken(office: Office) -> None:
    other = office.node.accounts[3].address
    assert ok(office.act("appoint", "guardian", other))["account"] == other
    assert ok(office.act("dismiss", "registrar", office.address))["role"] == "registrar"
    reverted(
        office.act("renew", "--registry", office.desk.path("registry.json")),
        "AccessControlUnauthorizedAccount",
    )


@pytest.mark.parametrize(
    "words",
    [
        ("cancel", "0x5"),
        ("cancel", "-5"),
        ("ban", "five"),
        ("ban", "٥"),
        ("ban", ""),
        ("withdraw",),
        ("withdraw", "5", ""),
        ("withdraw", "9" * 78),
        ("withdraw", *map(str, range(65))),
        ("withdraw", str(2**256)),
        ("appoint", "admin", "0x" + "11" * 20),
        ("appoint", "guardian", "0x12"),
        ("dismiss", "registrar"),
        ("renew",),
    ],
)
def test_what_is_not_a_root_or_a_role_exits_with_2(office: Office, words: tuple[str, ...]) -> None:
    name, *rest = words
    options = (*office.where, *office.desk.password)
    ran = run("registry", name, *options, "--", office.desk.path("wallet"), *rest)
    assert ran.code == 2, ran.stderr
    assert office.node.transaction_count(office.address) == 0
