"""A command that is run again does nothing twice, wherever the one before was killed."""

from __future__ import annotations

import ast
import http.client
import inspect
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from support.chain.market_world import DAY, POLICY, ROOT, UNIT, mock_present
from support.cli.cli_desk import PASSWORD, Ran, ok, run
from typer.main import get_command

import zkcredit.chain.sending.outbox as outbox_module
import zkcredit.cli as commands
from zkcredit.chain import AnvilNode, Outbox, Signer, TokenClient, TransactionSender
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around, deploy_test_token
from zkcredit.chain.sending.transactions import Call
from zkcredit.cli.app import app
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import parts_per_billion
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.chain.loans.loan_market import LoanMarketClient

READS: Final = {
    "prove", "history prove", "history show", "ledger show", "ledger sync", "ledger recover",
    "loan sign-restructuring", "loan mine", "loan sign-application", "loan sign-holiday",
    "loan sign-payment",
}  # fmt: skip
"""Commands with a wallet and a node that send nothing."""

NAMED: Final = {"tx list", "tx show", "tx resume", "tx speed-up", "tx cancel"}
"""Commands about transactions that exist: they sign nothing with a new nonce."""

KEEPS: Final = {"history advance", "loan watch"}
"""What a keeper or a watch sends follows from the chain, under keys of its own; a second one is
idle."""


def _leaves() -> Iterator[tuple[str, Any]]:
    root: Any = get_command(app)
    for name, found in root.commands.items():
        for inner, leaf in getattr(found, "commands", {"": found}).items():
            yield f"{name} {inner}".strip(), leaf


def test_every_command_that_changes_a_chain_has_an_intention() -> None:
    seen = set()
    for name, leaf in _leaves():
        options = {parameter.name for parameter in leaf.params}
        if {"wallet", "node"} <= options and name not in READS | NAMED | KEEPS:
            assert {"again", "confirmations"} <= options, f"{name} has no intention"
            seen.add(name)
    assert len(seen) == 57
    names = {name for name, _ in _leaves()}
    assert names >= READS | NAMED | KEEPS


def test_no_command_sends_outside_of_an_intention() -> None:
    folder = Path(inspect.getfile(commands)).parent
    sending = 0
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id == "TransactionSender":
                assert path.name in ("account.py", "intent.py"), path
            if isinstance(node, ast.Call):
                given = {keyword.arg for keyword in node.keywords}
                keeper = isinstance(node.func, ast.Name) and node.func.id in KEEPERS
                # a consent is signed, not sent, and a keeper names its steps itself
                if "by" in given and "deadline" not in given and not keeper:
                    assert "idempotency_key" in given, f"{path.name}:{node.lineno}"
                    sending += 1
    assert sending >= 10


KEEPERS: Final = {"Keeper", "LenderWatch"}
"""The classes that name what they send themselves."""


@dataclass
class Village:
    """A market with a wallet that pays on loans, at a node of its own."""

    folder: Path
    node: AnvilNode
    token: str
    address: str
    market: LoanMarketClient
    people: list[TransactionSender]

    def loan(self) -> int:
        """A loan that runs, of many rows, and tokens in the wallet to pay them."""
        operator, borrower, lender = self.people
        token = TokenClient(self.node, self.token)
        for owner in (self.address, lender.address):
            token.mint(owner, 10**6 * UNIT, by=operator)
        self.market.registry.post(ROOT, bytes(32), "", by=operator)
        offered = TableProduct(
            table=consumer(parts_per_billion("24"), months(100)), policy=POLICY,
            min_principal=50_000, max_principal=500_000, token=self.token, token_unit=UNIT,
            currency=978, late_fee=500, late_fee_cap=1_500,
        )  # fmt: skip
        product = self.market.book.publish(offered, by=lender).address
        request = self.market.request(product, 100_000, borrower.address)
        asked = self.market.apply(request, mock_present(request, 7), by=borrower)
        self.market.allow_payment(asked, 100_000, by=lender)
        self.market.fund(asked, 100_000, by=lender)
        return asked.loan_id

    def repay(self, loan: int, *how: object) -> Ran:
        place = ("--deployment", self.folder / "market.json")
        return self.run("loan", "repay", loan, *how, *place)

    def run(self, *command: object, json_: bool = True) -> Ran:
        group, name, *rest = command
        where = ("--node", self.node.url, "--password-file", self.folder / "password")
        return run(group, name, self.folder / "wallet", *rest, *where, *["--json"] * json_)

    def mint(self, tokens: int, *more: object) -> Ran:
        return self.run("market", "mint", self.token, tokens, *more)

    def balance(self) -> int:
        return TokenClient(self.node, self.token).balance_of(self.address)

    def count(self) -> int:
        return self.node.transaction_count(self.address)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "password").chmod(0o600)
    with Wallet.create(tmp_path / "wallet", PASSWORD, cost=KdfCost.light_unsafe()) as wallet:
        address = Signer(wallet.evm_key()).address
    with AnvilNode() as node:
        people = [TransactionSender(node, who, Outbox(None)) for who in node.accounts[:3]]
        operator = people[0]
        operator.send(Call(address, b"", 21_000, 10**18))
        mock, _ = deploy_contract("MockVerifier", by=operator)
        deployment = deploy_around(node, mock, by=operator)
        deployment.save(tmp_path / "market.json")
        market = deployment.open(node).market
        token = deploy_test_token(node, by=operator)
        market.set_token_allowed(token.address, True, by=operator)
        yield Village(tmp_path, node, token.address, address, market, people)


@pytest.mark.node
def test_a_command_that_is_run_again_sends_nothing(village: Village) -> None:
    first = ok(village.mint(500))
    again = village.mint(500)
    assert first["executed"] is True
    assert ok(again) == {**first, "executed": False}
    assert first["date"].endswith("Z")
    assert "--again 2" in again.stderr
    assert village.balance() == 500


@pytest.mark.node
def test_again_names_another_one_and_is_itself_done_once(village: Village) -> None:
    assert village.mint(500, "--again", 2).code == 2  # the first comes first
    ok(village.mint(500))
    assert village.mint(500, "--again", 3).code == 2
    second = ok(village.mint(500, "--again", 2))
    assert ok(village.mint(500, "--again", 2)) == {**second, "executed": False}
    assert ok(village.mint(500, "--again", 3))["executed"] is True
    assert village.balance() == 1500


@pytest.mark.slow
@pytest.mark.node
def test_what_was_refused_before_it_was_signed_leaves_nothing(village: Village) -> None:
    nobody = "0x00000000000000000000000000000000000000AA"
    assert village.run("market", "mint", nobody, 5).code == 2
    listed = ok(village.run("tx", "list"))
    assert listed == {"transactions": []}


@pytest.mark.node
def test_a_reorganised_payment_is_named_and_sent_again(village: Village) -> None:
    first = ok(village.mint(500))
    village.node.w3.provider.make_request("anvil_reorg", [1, []])
    assert village.balance() == 0
    other = village.mint(7)
    assert ok(other)["executed"] is True
    assert "reorganisation" in other.stderr
    lines = [line for line in other.stderr.splitlines() if first["transaction"] in line]
    assert any("resuming" in line for line in lines)
    assert any("finished" in line for line in lines)
    assert village.balance() == 507


@pytest.mark.node
def test_transactions_are_listed_and_shown(village: Village) -> None:
    made = ok(village.mint(500))
    (listed,) = ok(village.run("tx", "list"))["transactions"]
    assert listed["hash"] == made["transaction"]
    assert listed["state"] == "mined"
    assert "market mint" in listed["purpose"]
    shown = ok(village.run("tx", "show", listed["hash"]))
    assert shown["sends"] == 1
    assert village.run("tx", "show", 99).code == 2
    for verb in ("speed-up", "cancel"):
        assert ok(village.run("tx", verb, 1))["executed"] is False
    assert ok(village.run("tx", "resume"))["resumed"] == []
    assert village.count() == 1


class Deaths:
    """Ends the process at its n-th call that reaches a socket, a file or the outbox."""

    def __init__(self, at: int) -> None:
        self.left = at

    def call(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)

    def around(self, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            self.call()
            result = real(*given, **named)
            self.call()
            return result

        setattr(owner, name, wrapped)


def killed(action: Callable[[], Ran], at: int) -> bool:
    """Run an action in a child that dies at its n-th call; False if it ended before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            deaths = Deaths(at)
            for owner, name in (
                (http.client.HTTPConnection, "send"),
                (http.client.HTTPConnection, "getresponse"),
                (outbox_module.Outbox, "count_send"),
                (outbox_module.Outbox, "add"),
                (outbox_module.Outbox, "finish"),
                (outbox_module.Outbox, "intend"),
                (outbox_module.Outbox, "conclude"),
                (os, "fsync"),
                (os, "link"),
            ):
                deaths.around(owner, name)
            code = action().code
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9)
    return code == 9


@pytest.mark.node
def test_a_row_is_paid_once_and_the_one_that_is_due_is_found(village: Village) -> None:
    loan = village.loan()
    market, owed = village.market, village.market.row_owed(loan, 1)
    assert village.repay(loan).code == 2
    assert village.repay(loan, "--row", 2).code == 2  # the first comes first
    assert village.repay(loan, "--due", "--again", 2).code == 2
    first = ok(village.repay(loan, "--due"))
    assert (first["paid"], first["paid_rows"]) == (owed, 1)
    for how in (("--due",), ("--row", 1)):
        repeated = village.repay(loan, *how)
        assert ok(repeated) == {**first, "executed": False}
        assert "paid once; the next is --row 2" in repeated.stderr
        assert "--again" not in repeated.stderr  # that would be refused
    assert market.loan(loan).received == owed
    village.node.advance(30 * DAY)
    assert ok(village.repay(loan, "--due"))["paid_rows"] == 2
    assert ok(village.repay(loan, "--due"))["executed"] is False
    assert ok(village.repay(loan, "--row", 3))["paid_rows"] == 3
    for _ in range(2):
        assert ok(village.repay(loan, 5))["paid"] == 5
    assert ok(village.repay(loan, 5, "--again", 2))["executed"] is True
    assert market.loan(loan).require_running().credit == 10


@pytest.mark.node
@pytest.mark.slow
def test_a_repayment_killed_at_a_call_and_run_again_happens_once(village: Village) -> None:
    loan, market = village.loan(), village.market
    stop, number, deaths, paid = 1, 1, 0, 0
    while True:
        how, owed = ("--row", number), market.row_owed(loan, number)
        died = killed(lambda how=how: village.repay(loan, *how), stop)
        ok(village.repay(loan, *how))
        paid += owed
        assert market.loan(loan).received == paid
        assert market.loan(loan).paid_rows == number
        if not died:
            break
        # every early call, then ever fewer
        deaths, number, stop = deaths + 1, number + 1, stop + 1 + stop // 6
    assert deaths > 15


@pytest.mark.slow
@pytest.mark.node
def test_a_transaction_that_waits_is_sped_up_or_cancelled(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zkcredit.cli.account._TIMEOUT", 1.0)
    rpc = village.node.w3.provider.make_request
    rpc("evm_setAutomine", [False])
    waits = village.mint(500)
    assert (waits.code, json.loads(waits.err)["error"]) == (5, "TransactionTimeout")
    (entry,) = ok(village.run("tx", "list"))["transactions"]
    assert (entry["state"], village.run("tx", "speed-up", entry["tx"]).code) == ("pending", 5)
    listed = ok(village.run("tx", "list"))["transactions"]
    assert [one["nonce"] for one in listed] == [0, 0]
    first, second = (village.run("tx", "cancel", entry["hash"]) for _ in range(2))
    assert (first.code, "cancelling `market mint`" in first.stderr) == (5, True)
    assert (second.code, "a higher fee for the cancellation of" in second.stderr) == (5, True)
    rpc("evm_mine", [])
    rpc("evm_setAutomine", [True])
    assert ok(village.run("tx", "cancel", entry["tx"]))["cancelled"] is True
    for _ in range(2):
        cancelled = village.mint(500)
        assert cancelled.code == 5
        assert "cancelled" in cancelled.stderr
    assert village.balance() == 0
    assert ok(village.mint(500, "--again", 2))["executed"] is True
    assert (village.balance(), village.count()) == (500, 2)
