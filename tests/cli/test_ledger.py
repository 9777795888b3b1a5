"""``zkcredit ledger`` against anvil: two issuers, one borrower, one loan, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, Desk, Ran, make_desk, ok, run

from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.sending.transactions import Call
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import now
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node

DAY = 86_400
SALARY = {"monthly_income": 301_017}
ACCOUNT = {"score_points": 655, "monthly_expenses": 100_019, "monthly_debt_service": 30_011}
OFFER = {
    "schedule": {"kind": "consumer", "rate": "18", "months": 2},
    "policy": {"min_score": 600, "coverage_bps": 12_500},
    "min_principal": 10_000,
    "max_principal": 100_000,
}

NOW = now()


@dataclass
class Village:
    """A borrower's wallet, two issuers' wallets (the bank's runs the ledger), and a chain."""

    desk: Desk
    node: AnvilNode
    address: dict[str, str]
    token: str = ""
    product: str = ""

    @property
    def wanted(self) -> tuple[object, ...]:
        return "--product", self.product, "--amount", 50_000

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    def path(self, name: str) -> Any:
        return self.desk.path(name)

    def act(self, who: str, *command: object) -> Ran:
        group, name, *rest = command
        return run(group, name, self.path(who), *rest, *self.where, *self.desk.password, "--json")

    def write(self, name: str, content: object) -> Any:
        self.path(name).write_text(json.dumps(content))
        return self.path(name)

    def seal(self, who: str, amounts: dict[str, int], person: str = "one") -> Ran:
        card = self.path(f"{who}-card.json")
        made = run("ledger", "card", self.path("wallet"), "--issuer", self.address[who],
                   "--out", card, *self.desk.password, "--json")  # fmt: skip
        assert made.code == 0, made.stderr
        entry = self.write(f"{who}-entry.json", amounts)
        out = ("--out", self.path(f"{who}-sealed.json"), *self.desk.password, "--json")
        return run(
            "ledger", "seal", self.path("issuer"), entry, "--person", person, "--to", card,
            *self.where, *out,
        )  # fmt: skip

    def enter(self, who: str, amounts: dict[str, int]) -> Ran:
        ok(self.seal(who, amounts))
        return self.act(who, "ledger", "enter", self.path(f"{who}-sealed.json"))

    def next_epoch(self) -> None:
        self.node.advance(DAY - self.node.now() % DAY + 1)


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    desk = make_desk(tmp_path_factory.mktemp("village"))
    address = {}
    for who in ("bank", "employer"):
        with Wallet.create(desk.path(who), PASSWORD, cost=KdfCost.light_unsafe()) as made:
            address[who] = made.evm_address
    with Wallet.open(desk.path("wallet"), PASSWORD) as opened:
        address["wallet"] = opened.evm_address
    with AnvilNode() as node:
        with Outbox(None) as outbox:
            sender = TransactionSender(node, node.accounts[0], outbox)
            for place in address.values():
                sender.send(Call(place, b"", 21_000, 10**18))
        village = Village(desk, node, address)
        village.token = ok(village.act("bank", "market", "deploy", "--test-token"))["token"]
        ok(village.act("bank", "market", "deploy", "--ledger", "--currency", "EUR"))
        for who in ("bank", "employer"):
            ok(village.act("bank", "ledger", "accept-issuer", address[who]))
        ok(village.act("bank", "market", "allow-token", village.token, "--ledger"))
        for who in ("bank", "wallet"):
            ok(run("market", "mint", desk.path(who), village.token, 10**12, "--node", node.url,
                    *desk.password, "--json"))  # fmt: skip
        offer = village.write("offer.json", {**OFFER, "token": village.token})
        made = village.act("bank", "product", "publish", offer, "--ledger")
        village.product = ok(made)["product"]
        village.next_epoch()
        ok(village.enter("employer", SALARY))
        ok(village.enter("bank", ACCOUNT))
        village.next_epoch()
        yield village


def _ask(village: Village, account: object, policy: dict[str, int] | None = None) -> Ran:
    asked = village.path("request.json")
    demanded = village.write("demanded.json", policy or {"min_score": 600})
    return run(
        "request", "--verifier", "a lender", "--purpose", "seed", "--policy", demanded,
        "--account", account, *village.where, "--now", NOW, "--minutes", 600, "--out", asked,
        "--json",
    )  # fmt: skip


def _proof(village: Village, policy: dict[str, int] | None = None) -> Ran:
    account = ok(village.act("wallet", "ledger", "show"))["key"]
    assert ok(_ask(village, account, policy))["statement"] == "ledger_eligibility"
    return run(
        "prove", village.path("wallet"), "--request", village.path("request.json"),
        *village.where, "--out", village.path("shown.json"), "--yes", *village.desk.password,
        "--json",
    )  # fmt: skip


def test_the_deployment_names_the_ledger(village: Village) -> None:
    named = json.loads(village.path("deployment.json").read_text())["ledger"]
    assert named.keys() == {
        "block", "ledger", "verifier", "gate", "market", "lens", "relay", "bureau",
    }  # fmt: skip
    same = ("market", "deploy", "--ledger", "--currency", "EUR")
    assert ok(village.act("bank", *same))["executed"] is False
    again = village.act("bank", *same, "--again", 2)
    assert (again.code, json.loads(again.err)["error"]) == (2, "InvalidInput")


def test_the_owner_reads_the_account_and_others_see_who_wrote(village: Village) -> None:
    read = ok(village.act("wallet", "ledger", "sync"))
    amounts = read["entries"][village.address["bank"]]
    assert {name: amounts[name] for name in ACCOUNT} == ACCOUNT
    assert read["entries"][village.address["employer"]]["monthly_income"] == 301_017
    assert read["faults"] == {}
    seen = ok(village.act("wallet", "ledger", "show"))
    assert seen["issuers"] == [village.address["employer"], village.address["bank"]]
    assert seen["account"] == read["account"]
    assert "301017" not in re.findall(r"\w+", json.dumps(seen))


def test_a_wallet_without_an_account_reads_nothing(village: Village) -> None:
    assert ok(village.act("employer", "ledger", "sync"))["entries"] == {}


def test_a_proof_is_shown_and_verified_without_a_market(village: Village) -> None:
    shown = _proof(village)
    assert "They also get your ledger account" in shown.stderr
    assert "a lender" in shown.stderr
    assert ok(shown)["pseudonym"] == ok(village.act("wallet", "ledger", "show"))["account"]
    ours, asked = village.path("shown.json"), village.path("request.json")
    good = run("verify", ours, "--request", asked)
    assert (good.code, good.out.strip()) == (0, "OK")
    ok(_ask(village, village.path("bank-card.json"), {"min_score": 601}))
    assert run("verify", ours, "--request", asked).code == 3
    ok(_ask(village, village.path("bank-card.json")))
    refused = run("verify", ours, "--request", asked)
    assert refused.code == 3
    assert "verifier, purpose" in refused.err


def test_a_request_about_an_account_without_entries_is_refused(village: Village) -> None:
    account = ok(village.act("employer", "ledger", "show"))["key"]
    refused = _ask(village, account)
    assert (refused.code, json.loads(refused.err)["error"]) == (1, "LedgerError")


def test_a_ledgers_market_takes_an_account_and_others_a_credential(village: Village) -> None:
    credential = village.desk.credential
    registry = ("--registry", village.path("registry.json"))
    for given in (
        (credential, *village.wanted, *registry, "--ledger"),
        (*village.wanted, "--ledger", *registry),
    ):
        refused = village.act("wallet", "loan", "apply", *given, "--yes")
        assert (refused.code, "ledger account" in refused.err) == (2, True), given


def test_a_loan_on_encrypted_data(village: Village) -> None:
    loan = ok(village.act("wallet", "loan", "apply", *village.wanted, "--ledger", "--yes"))
    assert loan["status"] == "requested"
    funded = ok(village.act("bank", "loan", "fund", loan["loan"], 50_000, "--ledger"))
    assert funded["status"] == "active"
    owed = ok(run("loan", "show", loan["loan"], *village.where, "--ledger", "--json"))
    paid = ok(village.act("wallet", "loan", "repay", loan["loan"], owed["remaining"], "--ledger"))
    assert paid["status"] == "repaid"


def test_an_application_about_an_account_is_carried(village: Village) -> None:
    file = village.path("application.json")
    asked = (*village.wanted, "--ledger", "--yes", "--out", file)
    assert ok(village.act("wallet", "loan", "sign-application", *asked))["kind"] == "application"
    content = json.loads(file.read_text())
    without = {**content, "step": {**content["step"], "account": None}}
    refused = village.act("bank", "loan", "carry", village.write("none.json", without), "--ledger")
    assert (refused.code, "not about an account" in refused.err) == (2, True)
    loan = ok(village.act("bank", "loan", "carry", file, "--ledger"))
    assert loan["borrower"] == village.address["wallet"]
    assert loan["status"] == "requested"
    cancelled = ok(village.act("wallet", "loan", "cancel", loan["loan"], "--ledger"))
    assert cancelled["status"] == "cancelled"


@pytest.mark.slow
def test_a_lost_envelope_is_recovered(village: Village) -> None:
    with pytest.MonkeyPatch.context() as patch:  # an issuer whose envelopes nobody can open
        patch.setattr("zkcredit.ledger.sealed._INFO", b"another version")
        ok(village.enter("employer", SALARY))
    village.next_epoch()
    read = village.act("wallet", "ledger", "sync")
    assert read.code == 1
    assert list(json.loads(read.out)["faults"]) == [village.address["employer"]]
    assert _proof(village).code == 1
    known = village.write("known.json", {"monthly_income": None})
    hint = ("--issuer", village.address["employer"], "--bound", 1 << 20)
    assert village.act("wallet", "ledger", "recover", known, *hint[:3], 1 << 10).code == 1
    found = ok(village.act("wallet", "ledger", "recover", known, *hint))
    assert found["monthly_income"] == 301_017
    ok(village.act("wallet", "ledger", "sync"))
    ok(_proof(village))


# --- what is refused ----------------------------------------------------------------------------


def test_whoever_does_not_qualify_exits_with_6(village: Village) -> None:
    refused = _proof(village, {"min_score": 700})
    assert refused.code == 6
    assert json.loads(refused.err)["shortfalls"] == {"min_score": 45}


def test_a_policy_that_a_ledger_cannot_judge_exits_with_2(village: Village) -> None:
    assert _proof(village, {"currency": 978}).code == 2


def test_nothing_is_proved_without_agreement(village: Village) -> None:
    refused = village.act("wallet", "loan", "apply", *village.wanted, "--ledger", "--again", 2)
    assert refused.code == 2
    assert "agree with --yes" in refused.stderr


@pytest.mark.slow
def test_an_entry_of_no_issuer_is_refused(village: Village) -> None:
    ok(village.seal("bank", ACCOUNT))
    for who in ("employer", "wallet"):
        refused = village.act(who, "ledger", "enter", village.path("bank-sealed.json"))
        assert (refused.code, json.loads(refused.err)["error"]) == (2, "InvalidInput")
    ok(village.act("bank", "ledger", "dismiss-issuer", village.address["bank"]))
    refused = village.act("bank", "ledger", "enter", village.path("bank-sealed.json"))
    assert refused.code == 5
    assert json.loads(refused.err)["contract_error"] == "AccessControlUnauthorizedAccount"
    ok(village.act("bank", "ledger", "accept-issuer", village.address["bank"]))


def test_a_stranger_names_no_issuers(village: Village) -> None:
    refused = village.act("employer", "ledger", "accept-issuer", village.address["wallet"])
    assert refused.code == 5


def test_another_persons_card_is_refused(village: Village) -> None:
    refused = village.seal("bank", ACCOUNT, person="two")
    assert refused.code == 1
    assert json.loads(refused.err)["error"] == "CredentialError"
    card = json.loads(village.path("bank-card.json").read_text())
    village.write("forged.json", {**card, "issuer": village.address["employer"]})
    refused = run("ledger", "seal", village.path("issuer"), village.path("bank-entry.json"),
                  "--person", "one", "--to", village.path("forged.json"),
                  *village.where, "--out", village.path("x.json"),
                  *village.desk.password)  # fmt: skip
    assert refused.code == 1
    assert refused.err.startswith("InvalidSignature")
    assert not village.path("x.json").exists()


@pytest.mark.parametrize(
    "amounts",
    [{"income": 1}, {"monthly_income": 2**40}, {"monthly_income": -1}, [], {"score_points": "x"}],
)
def test_malformed_entries_are_refused(village: Village, amounts: Any) -> None:
    assert village.seal("bank", amounts).code == 2


def without_ledger(village: Village) -> Any:
    """The village's deployment file, as it was before there was a ledger."""
    plain = json.loads(village.path("deployment.json").read_text())
    del plain["ledger"]
    return village.write("plain.json", plain)


def test_wrong_passwords_files_and_deployments_are_refused(village: Village) -> None:
    wallet = village.path("wallet")
    assert run("ledger", "sync", wallet, *village.where, *village.desk.wrong).code == 7
    where = ("--deployment", without_ledger(village), "--node", village.node.url)
    for command in (("ledger", "sync"), ("ledger", "show")):
        refused = run(*command, wallet, *where, *village.desk.password)
        assert (refused.code, refused.err.split(":")[0]) == (2, "InvalidInput")
    assert run("loan", "show", 1, *where, "--ledger").code == 2
    out = ("--out", village.path("c.json"), *village.desk.password)
    assert run("ledger", "card", wallet, "--issuer", "0x12", *out).code == 2


def test_a_ledger_is_not_deployed_to_another_chain_than_its_deployments(village: Village) -> None:
    with AnvilNode(chain_id=8453) as public:
        refused = run(
            "market", "deploy", village.path("bank"), "--ledger", "--currency", "EUR",
            "--node", public.url, "--deployment", without_ledger(village), *village.desk.password,
        )  # fmt: skip
    assert refused.code == 5
    assert refused.err.startswith("NodeUnavailable")


@pytest.mark.slow
@pytest.mark.parametrize("code", ["ZZZ", "eur", "EURO", "978", ""])
def test_a_ledger_of_an_unknown_currency_exits_with_2(village: Village, code: str) -> None:
    refused = village.act("bank", "market", "deploy", "--ledger", "--currency", code)
    assert (refused.code, json.loads(refused.err)["error"]) == (2, "InvalidInput")
    assert "unknown currency" in refused.stderr
