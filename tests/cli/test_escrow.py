"""``zkcredit escrow``: the rounds of three arbiters, and a loan that two of them open."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import PASSWORD, Desk, Ran, make_desk, ok, run
from support.cli.loan_desk import gas_for, mint

from zkcredit._internal import ed25519, secp256k1
from zkcredit.chain import AnvilNode, Outbox, TransactionSender, deploy_test_token
from zkcredit.escrow import Arbiter, Deal, FirstRound, PartialOpening, Roster
from zkcredit.escrow.signed import account_key, opening_digest
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("Ana", "Boran", "Chipo")


@dataclass
class Panel:
    """Three arbiters' files, and what went between them."""

    folder: Path

    def path(self, name: object) -> Path:
        return self.folder / str(name)

    @property
    def password(self) -> tuple[str, Path]:
        return "--password-file", self.path("password")

    def all(self, option: str, kind: str) -> list[object]:
        return [part for name in NAMES for part in (option, self.path(f"{name}.{kind}"))]

    def act(self, command: str, name: str, *rest: object) -> Ran:
        return run("escrow", command, self.path(name), *rest, *self.password, "--json")

    def finish(self, name: str) -> Ran:
        others = [self.path(f"{other}.deals") for other in NAMES if other != name]
        dealt = [part for path in others for part in ("--deals", path)]
        out = self.path(f"{name}.group")
        return self.act(
            "finish", name, *self.all("--commitment", "commitment"), *dealt, "--out", out
        )


def _dealt(folder: Path) -> Panel:
    """Up to the end of the second round."""
    panel = Panel(folder)
    panel.path("password").write_text(PASSWORD + "\n")
    panel.path("password").chmod(0o600)
    for name in NAMES:
        with Arbiter.create(panel.path(name), PASSWORD, name, cost=KdfCost.light_unsafe()) as made:
            panel.path(f"{name}.card").write_text(made.card.to_json())
    cards = [panel.path(f"{name}.card") for name in NAMES]
    roster = panel.path("roster")
    listed = ok(run("escrow", "roster", *cards, "--threshold", 2, "--out", roster, "--json"))
    assert listed["arbiters"] == list(NAMES)
    for number, name in enumerate(NAMES, 1):
        out = panel.path(f"{name}.commitment")
        assert ok(panel.act("commit", name, "--roster", roster, "--out", out))["dealer"] == number
    for number, name in enumerate(NAMES, 1):
        rest = (*panel.all("--commitment", "commitment"), "--out", panel.path(f"{name}.deals"))
        receivers = ok(panel.act("deal", name, *rest))["receivers"]
        assert receivers == [other for other in (1, 2, 3) if other != number]
    return panel


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    """A finished key generation."""
    panel = _dealt(tmp_path_factory.mktemp("panel"))
    shown = [ok(panel.finish(name)) for name in NAMES]
    assert len({entry["digest"] for entry in shown}) == 1
    panel.path("group").write_bytes(panel.path("Ana.group").read_bytes())
    return panel


# --- key generation -------------------------------------------------------------------------------


def test_a_new_arbiter_gets_a_file_and_a_card(tmp_path: Path, panel: Panel) -> None:
    arguments = ("--name", "Dina", "--out", tmp_path / "card", *panel.password, "--json")
    made = ok(run("escrow", "new", tmp_path / "dina", *arguments))
    assert (made["name"], made["card"]) == ("Dina", str(tmp_path / "card"))
    assert (tmp_path / "dina").stat().st_mode & 0o777 == 0o600
    again = run("escrow", "new", tmp_path / "dina", *arguments)
    assert again.code == 2
    nameless = run(
        "escrow", "new", tmp_path / "x", "--name", "", "--out", tmp_path / "c", *panel.password
    )
    assert nameless.code == 2
    assert not (tmp_path / "x").exists()


def test_the_group_is_shown(panel: Panel) -> None:
    shown = ok(run("escrow", "group", panel.path("group"), "--json"))
    assert (shown["threshold"], shown["arbiters"]) == (2, list(NAMES))
    cards = [json.loads(panel.path(f"{name}.card").read_text()) for name in NAMES]
    assert shown["accounts"] == [card["account"] for card in cards]
    assert len(shown["digest"]) == len(shown["key"]) == 64
    text = run("escrow", "group", panel.path("group"))
    assert "Ana, Boran, Chipo" in text.out


def test_files_of_another_kind_are_refused(panel: Panel) -> None:
    wrong = panel.path("roster")
    assert run("escrow", "group", wrong).code == 2
    assert run("escrow", "judge", wrong, "--roster", wrong, "--commitment", wrong).code == 2
    out = panel.path("nothing")
    assert panel.act("commit", "Ana", "--roster", panel.path("group"), "--out", out).code == 2
    assert panel.act("complain", "Ana", "--deals", wrong, "--out", out).code == 2
    assert run("escrow", "roster", wrong, "--threshold", 2, "--out", out).code == 2
    assert not out.exists()


def test_thresholds_that_do_not_fit_are_refused(panel: Panel) -> None:
    cards = [panel.path(f"{name}.card") for name in NAMES]
    for threshold in (1, 4):
        ran = run("escrow", "roster", *cards, "--threshold", threshold, "--out", panel.path("x"))
        assert ran.code == 2, threshold


def test_a_finished_arbiter_deals_no_more(panel: Panel) -> None:
    ran = panel.finish("Boran")
    assert (ran.code, json.loads(ran.err)["error"]) == (1, "EscrowError")


def test_the_wrong_password_opens_nothing(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("another horse\n")
    (tmp_path / "wrong").chmod(0o600)
    ran = run(
        "escrow", "commit", panel.path("Ana"), "--roster", panel.path("roster"),
        "--out", tmp_path / "c", "--password-file", tmp_path / "wrong",
    )  # fmt: skip
    assert ran.code == 7


@pytest.mark.slow
def test_a_wrong_share_is_named_complained_of_and_judged(tmp_path: Path) -> None:
    panel = _dealt(tmp_path)
    commitments = panel.all("--commitment", "commitment")
    _spoil(panel, "Chipo", receiver=1)
    ran = panel.finish("Ana")
    error = json.loads(ran.err)
    assert (ran.code, error["error"]) == (1, "WrongShare")
    assert (error["dealer"], error["name"]) == (3, "Chipo")
    assert not panel.path("Ana.group").exists()
    out = panel.path("complaint")
    deals = panel.path("Chipo.deals")
    assert ok(panel.act("complain", "Ana", "--deals", deals, "--out", out))["dealer"] == 3
    where = ("--roster", panel.path("roster"), *commitments, "--json")
    assert ok(run("escrow", "judge", out, *where))["name"] == "Chipo"
    # a complaint about a right share falls back on the complainer
    deals = panel.path("Boran.deals")
    ok(panel.act("complain", "Ana", "--deals", deals, "--out", out))
    assert ok(run("escrow", "judge", out, *where))["name"] == "Ana"


def _spoil(panel: Panel, dealer: str, receiver: int) -> None:
    """A dealer seals and signs something else than the share."""
    from zkcredit.escrow import Commitment

    roster = Roster.from_json(panel.path("roster").read_text())
    messages = [panel.path(f"{name}.commitment").read_text() for name in NAMES]
    first = FirstRound(roster, [Commitment.from_json(text) for text in messages])
    path = panel.path(f"{dealer}.deals")
    document = json.loads(path.read_text())
    with Arbiter.open(panel.path(dealer), PASSWORD) as opened:
        seed = opened._store.get("key", "signing") or b""
        bad = Deal.seal(first, opened.index, receiver, 12345, seed)
    kept = [deal for deal in document["deals"] if deal["receiver"] != receiver]
    path.write_text(json.dumps({**document, "deals": [*kept, bad.members()]}))
    assert ed25519.sign(ed25519.private_key(seed), bad.body()) == bad.signature


# --- loans ----------------------------------------------------------------------------------------


@dataclass
class Town:
    """A desk whose wallet is borrower, lender and operator at once, arbiters, and a chain."""

    desk: Desk
    panel: Panel
    node: AnvilNode
    product: str = ""

    @property
    def where(self) -> tuple[object, ...]:
        return "--deployment", self.desk.path("deployment.json"), "--node", self.node.url

    @property
    def group(self) -> tuple[object, ...]:
        return "--group", self.panel.path("group")

    def act(self, *command: object) -> Ran:
        group, name, *rest = command
        wallet = self.desk.path("wallet")
        return run(group, name, wallet, *rest, *self.where, *self.desk.password, "--json")

    def apply(self, *extra: object) -> Ran:
        return self.act(
            "loan", "apply", self.desk.credential, "--product", self.product, "--amount", 50_000,
            *(extra or self.group), "--registry", self.desk.path("registry.json"), "--yes",
        )  # fmt: skip

    def open(self, arbiter: str, loan: int) -> Ran:
        out = self.panel.path(f"{arbiter}.{loan}.opening")
        return run(
            "escrow", "open", self.panel.path(arbiter), loan, *self.where, "--out", out,
            *self.panel.password, "--json",
        )  # fmt: skip


@pytest.fixture(scope="module")
def town(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    desk = make_desk(tmp_path_factory.mktemp("town"))
    with AnvilNode() as node:
        gas_for(desk, node)
        with Outbox(None) as outbox:
            bank = TransactionSender(node, node.accounts[0], outbox)
            token = deploy_test_token(node, by=bank).address
        town = Town(desk, panel, node)
        ok(town.act("market", "deploy", *town.group))
        ok(town.act("market", "allow-token", token))
        mint(desk, node, token)
        ok(town.act("market", "post-root", "--registry", desk.path("registry.json")))
        offer = {
            "schedule": {"kind": "consumer", "rate": "18", "months": 2},
            "policy": {"min_score": 600, "currency": 978},
            "min_principal": 10_000,
            "max_principal": 100_000,
            "currency": 978,
            "token": token,
        }
        desk.path("offer.json").write_text(json.dumps(offer))
        town.product = ok(town.act("product", "publish", desk.path("offer.json")))["product"]
        yield town


@pytest.mark.node
def test_a_loan_is_escrowed_defaults_and_is_opened_by_two(town: Town) -> None:
    applied = town.apply()
    loan = ok(applied)["loan"]
    assert "2 of these arbiters together can learn who you are" in applied.stderr
    assert "- Ana" in applied.stderr.splitlines()
    ok(town.act("loan", "fund", loan, 50_000))

    early = town.open("Ana", loan)
    assert (early.code, json.loads(early.err)["error"]) == (1, "NotInDefault")
    assert "not in default" in early.err
    town.node.advance(200 * DAY)
    ok(town.act("loan", "mark-default", loan))

    openings = []
    for arbiter in ("Chipo", "Ana"):
        assert ok(town.open(arbiter, loan))["loan"] == loan
        openings.append(town.panel.path(f"{arbiter}.{loan}.opening"))
    where = (*town.group, *town.where, "--json")
    found = ok(run("escrow", "combine", loan, *openings, *where))
    assert found == {"loan": loan, "reference": "0"}  # the desk's record has none

    few = run("escrow", "combine", loan, openings[0], *where)
    assert (few.code, json.loads(few.err)["error"]) == (1, "TooFewOpenings")
    said = ok(run("escrow", "attribute", openings[1], "--loan", loan, *where))
    assert (said["name"], said["misconduct"], said["status"]) == ("Ana", False, "defaulted")

    part = PartialOpening.from_json(openings[0].read_text())
    bad = town.panel.path("bad.opening")
    bad.write_text(replace(part, answer=(part.answer + 1) % SUBGROUP_ORDER).to_json())
    wrong = run("escrow", "combine", loan, bad, openings[1], *where)
    assert (wrong.code, json.loads(wrong.err)["arbiters"]) == (1, [3])
    assert run("escrow", "attribute", bad, "--loan", loan, *where).code == 1

    document = json.loads(openings[0].read_text())
    bad.write_text(json.dumps({k: v for k, v in document.items() if k != "signature"}))
    unsigned = run("escrow", "combine", loan, bad, openings[1], *where)
    assert (unsigned.code, "lacks signature" in unsigned.err) == (2, True)
    bad.write_text(replace(part, signature=bytes(65)).to_json())
    forged = run("escrow", "combine", loan, bad, openings[1], *where)
    assert (forged.code, json.loads(forged.err)["arbiters"]) == (1, [3])
    with Arbiter.open(town.panel.path("Chipo"), PASSWORD) as chipo:
        key = account_key(chipo._store.get("key", "signing") or b"")
    gone = replace(part.seen, block_hash=bytes(32))
    digest = opening_digest(part.group, gone, part.context, part.arbiter, part.part)
    bad.write_text(replace(part, seen=gone, signature=secp256k1.sign(digest, key)).to_json())
    for command in (("combine", loan, bad, openings[1]), ("attribute", bad, "--loan", loan)):
        undone = run("escrow", *command, *where)
        assert (undone.code, json.loads(undone.err)["error"]) == (1, "UnknownBlock")


@pytest.mark.node
def test_without_the_group_the_borrower_is_warned(town: Town) -> None:
    asked = town.act(
        "loan", "apply", town.desk.credential, "--product", town.product, "--amount", 50_000,
        "--registry", town.desk.path("registry.json"),
    )  # fmt: skip
    assert asked.code == 2
    assert "arbiters whose names are not given" in asked.stderr


@pytest.mark.node
def test_a_request_without_a_chain_names_the_arbiters(town: Town, tmp_path: Path) -> None:
    desk, out = town.desk, tmp_path / "shown.json"
    use = ("--scope", "1", "--root", desk.root, "--policy", desk.path("policy.json"))
    asked = run("request", "--verifier", "a lender", "--purpose", "rent", *use, *town.group,
                "--out", tmp_path / "asked.json", "--json")  # fmt: skip
    assert ok(asked)["statement"] == "escrow_eligibility"
    shown = desk.prove(out, "--yes", *town.group, request=tmp_path / "asked.json")
    assert shown.code == 0, shown.stderr
    assert "2 of these arbiters together can learn who you are" in shown.stderr
    assert desk.verify(out, request=tmp_path / "asked.json").code == 0
    ok((other := _dealt(tmp_path)).finish("Ana"))
    refused = desk.prove(
        out, "--yes", "--group", other.path("Ana.group"), request=tmp_path / "asked.json"
    )
    assert (refused.code, "other arbiters" in refused.err) == (2, True)


@pytest.mark.node
def test_a_group_that_the_market_does_not_escrow_to_is_refused(town: Town, tmp_path: Path) -> None:
    other = _dealt(tmp_path)
    ok(other.finish("Ana"))
    ran = town.apply("--group", other.path("Ana.group"))
    assert ran.code == 2
    assert "does not escrow to the arbiters" in ran.err


@pytest.mark.node
def test_a_deployment_is_not_overwritten_and_plain_ones_escrow_nothing(town: Town) -> None:
    before = town.desk.path("deployment.json").read_bytes()
    assert ok(town.act("market", "deploy", *town.group))["executed"] is False
    assert town.act("market", "deploy", *town.group, "--again", 2).code == 2
    assert town.desk.path("deployment.json").read_bytes() == before
    plain = town.desk.path("plain.json")
    wallet, where = town.desk.path("wallet"), ("--deployment", plain, "--node", town.node.url)
    ok(run("market", "deploy", wallet, *where, *town.desk.password, "--json"))
    ran = run(
        "escrow", "open", town.panel.path("Ana"), 1, *where, "--out", town.panel.path("x"),
        *town.panel.password,
    )  # fmt: skip
    assert (ran.code, "has no arbiters" in ran.err) == (2, True)
