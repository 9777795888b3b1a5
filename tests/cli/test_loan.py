"""``market`` and ``loan`` against anvil: one loan's life, and what is refused on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import Desk, Ran, make_desk, ok, run

from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.sending.transactions import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node

PRODUCT = {
    "terms": {"rate_bps": 150, "instalments": 2, "late_fee": 500},
    "policy": {"min_score": 600, "coverage_bps": 12_500, "currency": 978},
    "min_principal": 10_000,
    "max_principal": 100_000,
}


@dataclass
class Town:
    """A desk whose wallet is borrower, lender and operator at once, and a chain."""

    desk: Desk
    node: AnvilNode
    token: str

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    def act(self, *command: object) -> Ran:
        group, name, *rest = command
        wallet = self.desk.path("wallet")
        return run(group, name, wallet, *rest, *self.where, *self.desk.password, "--json")

    def apply(
        self, amount: int, *more: object, registry: str = "registry.json", product: int = 1
    ) -> Ran:
        return self.act(
            "loan", "apply", self.desk.credential, "--product", product, "--amount", amount,
            "--registry", self.desk.path(registry), "--yes", *more,
        )  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    desk = make_desk(tmp_path_factory.mktemp("town"))
    with AnvilNode() as node:
        address = ok(run("wallet", "show", desk.path("wallet"), *desk.password, "--json"))[
            "address"
        ]
        with Outbox(None) as outbox:
            bank = TransactionSender(node, node.accounts[0], outbox)
            bank.send(Call(address, b"", 21_000, 10**18))
        town = Town(desk, node, "")
        deployed = ok(town.act("market", "deploy", "--test-token"))
        town.token = deployed["token"]
        ok(run("market", "mint", desk.path("wallet"), town.token, 10**12, "--node", node.url,
                *desk.password, "--json"))  # fmt: skip
        ok(town.act("market", "post-root", "--registry", desk.path("registry.json")))
        product = {**PRODUCT, "token": town.token}
        desk.path("product.json").write_text(json.dumps(product))
        made = ok(town.act("market", "create-product", desk.path("product.json")))
        assert made["product"] == 1
        yield town


def test_a_loan_is_applied_for_funded_repaid_and_withdrawn(town: Town) -> None:
    loan = ok(town.apply(50_000))
    assert loan["status"] == "requested"
    funded = ok(town.act("loan", "fund", loan["loan"], 20_000))
    assert (funded["accepted"], funded["status"]) == (20_000, "requested")
    first = funded["position"]
    funded = ok(town.act("loan", "fund", loan["loan"], 99_000))
    assert (funded["accepted"], funded["status"]) == (30_000, "active")
    owed = ok(run("loan", "status", loan["loan"], *town.where, "--json"))["remaining"]
    paid = ok(town.act("loan", "repay", loan["loan"], owed + 5))
    assert (paid["paid"], paid["status"]) == (owed, "repaid")
    drawn = ok(town.act("loan", "withdraw", first))
    assert int(drawn["tokens"]) == owed * 20_000 // 50_000
    again = ok(town.act("loan", "withdraw", first))
    assert (again["tokens"], again["executed"]) == (drawn["tokens"], False)
    again = town.act("loan", "withdraw", first, "--again", 2)
    assert again.code == 5
    assert json.loads(again.err)["contract_error"] == "NothingToWithdraw"


@pytest.mark.slow
def test_a_second_loan_at_once_exits_with_5(town: Town) -> None:
    loan = ok(town.apply(20_000))
    assert ok(town.apply(20_000))["executed"] is False
    refused = town.apply(20_000, "--again", 2)
    assert refused.code == 5
    assert json.loads(refused.err)["contract_error"] == "PseudonymHasLoan"
    early = town.act("loan", "default", loan["loan"])
    assert early.code == 5
    text = run("loan", "status", loan["loan"], *town.where)
    assert "requested" in text.out


def test_a_product_is_shown_with_what_it_demands(town: Town) -> None:
    shown = ok(run("market", "product", 1, *town.where, "--json"))
    assert shown["policy"] == PRODUCT["policy"]
    assert shown["open"] is True


def test_whoever_does_not_qualify_exits_with_6(town: Town) -> None:
    hard = {**PRODUCT, "token": town.token, "policy": {"min_score": 710}}
    town.desk.path("hard.json").write_text(json.dumps(hard))
    number = ok(town.act("market", "create-product", town.desk.path("hard.json")))["product"]
    refused = town.apply(20_000, product=number)
    assert refused.code == 6
    assert json.loads(refused.err)["shortfalls"] == {"min_score": 10}


@pytest.mark.slow
@pytest.mark.parametrize("amount", [1, 9_999, 100_001])
def test_an_amount_outside_the_product_exits_with_2(town: Town, amount: int) -> None:
    assert town.apply(amount).code == 2


def test_unknown_numbers_are_refused(town: Town) -> None:
    assert town.apply(20_000, product=99).code == 5
    assert run("loan", "status", 99, *town.where).code == 2
    assert town.act("loan", "repay", 99, 1).code == 2
    assert town.act("loan", "withdraw", 99).code == 2


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
            "loan", "status", 1, "--deployment", town.desk.path(name), "--node", town.node.url
        )
        assert refused.code == 2


def test_a_deployment_of_another_chain_exits_with_5(town: Town) -> None:
    with AnvilNode() as other:
        refused = run(
            "loan", "status", 1, "--deployment", town.desk.path("deployment.json"),
            "--node", other.url,
        )  # fmt: skip
    assert refused.code == 5
    assert refused.err.startswith("NodeUnavailable: ")


def test_without_a_node_it_exits_with_5_and_names_no_url(town: Town) -> None:
    refused = run(
        "loan", "status", 1, "--deployment", town.desk.path("deployment.json"),
        "--node", "http://127.0.0.1:9/secret-token",
    )  # fmt: skip
    assert refused.code == 5
    assert "secret-token" not in refused.stderr


@pytest.mark.parametrize("url", ["", "ftp://x", "localhost:8545", "http://"])
def test_what_is_no_url_exits_with_2(town: Town, url: str) -> None:
    refused = run(
        "loan", "status", 1, "--deployment", town.desk.path("deployment.json"), "--node", url
    )
    assert refused.code == 2


@pytest.mark.parametrize(
    "change",
    [{"terms": None}, {"terms": {"rate": 1}}, {"extra": 1}, {"max_principal": 1}, {"token": "0x1"}],
)
def test_a_malformed_product_exits_with_2(town: Town, change: dict[str, object]) -> None:
    product = {**PRODUCT, "token": town.token, **change}
    town.desk.path("wrong.json").write_text(json.dumps(product))
    assert town.act("market", "create-product", town.desk.path("wrong.json")).code == 2


def test_a_root_cannot_be_posted_twice(town: Town) -> None:
    again = ("market", "post-root", "--registry", town.desk.path("registry.json"))
    assert ok(town.act(*again))["executed"] is False
    refused = town.act(*again, "--again", 2)
    assert refused.code == 5
    assert json.loads(refused.err)["contract_error"] == "RootUnchanged"


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
