"""A bureau, its members and its tree from the command line alone, up to a loan at a member."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Ran, ok, run

from zkcredit.chain.history.bureau import CreditBureauClient, HistoryTreeClient, bureau_of

if TYPE_CHECKING:
    from support.cli.loan_desk import Town

pytestmark = pytest.mark.node
NOBODY = "0x" + "00" * 20


def act(town: Town, *command: object) -> Ran:
    group, name, *rest = command
    where = ("--node", town.node.url, *town.desk.password, "--json")
    return run(group, name, town.desk.path("wallet"), *rest, *where)


def deployed(town: Town, *more: object) -> Any:
    return ok(act(town, "bureau", "deploy", *more))


def joined(town: Town, bureau: str, name: str) -> Any:
    """A market that was deployed for a bureau; its admin is the wallet, which admits it."""
    file = town.desk.path(name)
    terms = "--history", "alone", "--bureau", bureau, "--deployment", file
    made = ok(act(town, "market", "deploy", *terms))
    assert made["bureau"] == bureau
    return made


def test_a_bureau_has_the_terms_that_were_named(town: Town) -> None:
    made = deployed(town, "--rehabilitation-days", 30, "--currency", "KES")
    assert made["rehabilitation_days"] == 30
    assert (made["currency_code"], made["pseudonyms"]) == ("KES", "credential")
    assert made["admin"] == town.address
    again = deployed(town, "--rehabilitation-days", 30, "--currency", "KES")
    assert (again["bureau"], again["executed"]) == (made["bureau"], False)
    other = deployed(town, "--admin", town.token, "--pseudonyms", "ledger")
    assert (other["admin"], other["pseudonyms"]) == (town.token, "ledger")
    assert (other["currency_code"], other["rehabilitation_days"]) == (None, 0)
    shown = ok(run("bureau", "show", "--bureau", made["bureau"], "--node", town.node.url, "--json"))
    assert shown["members"] == []
    same = {name: made[name] for name in shown if name != "members"}
    assert {name: shown[name] for name in same} == same


def test_members_are_admitted_and_dismissed(town: Town) -> None:
    bureau = deployed(town)["bureau"]
    at = "--bureau", bureau
    made = joined(town, bureau, "joined.json")
    market = made["market"]
    assert bureau_of(town.node, market) == bureau
    assert made["member"] is True  # the bureau's admin deployed it
    refused = act(town, "bureau", "admit", market, *at)
    assert (refused.code, "a member of this bureau already" in refused.err) == (2, True)
    gone = ok(act(town, "bureau", "dismiss", market, *at))
    assert gone["member"] is False
    assert not CreditBureauClient(town.node, bureau).is_member(market)
    refused = act(town, "bureau", "dismiss", market, *at, "--again", 2)
    assert (refused.code, "is not a member" in refused.err) == (2, True)
    back = ok(act(town, "bureau", "admit", market, *at))
    assert back["market"] == market
    again = ok(act(town, "bureau", "admit", market, *at))
    assert (again["gate"], again["executed"]) == (back["gate"], False)
    shown = ok(run("bureau", "show", *at, "--node", town.node.url, "--json"))
    assert shown["members"] == [{"market": market, "gate": back["gate"]}]


def test_what_is_no_bureau_and_no_market_of_it_is_refused(town: Town) -> None:
    other = ok(act(town, "bureau", "deploy", "--admin", town.token))["bureau"]
    own = ok(act(town, "bureau", "deploy"))["bureau"]
    home = json.loads(town.desk.path("deployment.json").read_text())["market"]
    for command, says in (
        (("admit", home, "--bureau", own), "was deployed for another bureau"),
        (("admit", own, "--bureau", own), ""),
        (("admit", town.address, "--bureau", own), ""),
        (("admit", "0x12", "--bureau", own), "the market"),
        (("admit", home, "--bureau", other), f"the bureau's admin is {town.token}"),
        (("dismiss", home, "--bureau", other), f"the bureau's admin is {town.token}"),
        (("admit", home, "--bureau", town.address), ""),
        (("deploy", "--admin", NOBODY), "which nobody has"),
        (("deploy", "--currency", "NONE"), ""),
        (("deploy", "--rehabilitation-days", 3_651), ""),
        (("deploy", "--pseudonyms", "names"), ""),
    ):
        before = town.node.transaction_count(town.address)
        refused = act(town, "bureau", *command)
        assert refused.code in (1, 2, 5), (command, refused)
        assert says in refused.err, command
        assert "Traceback" not in refused.stderr
        assert town.node.transaction_count(town.address) == before


def test_a_tree_is_deployed_and_advanced(town: Town) -> None:
    bureau = ok(act(town, "bureau", "deploy", "--currency", "EUR"))["bureau"]
    at = "--bureau", bureau
    made = ok(act(town, "history", "deploy", *at, "--max-lag", 20))
    tree = HistoryTreeClient(town.node, made["tree"])
    assert tree.bureau.address == bureau
    assert (tree.max_lag, tree.max_root_age) == (1_200, 3_600)
    assert ok(act(town, "history", "deploy", *at, "--max-lag", 20))["executed"] is False
    done = ok(act(town, "history", "advance", "--tree", made["tree"]))
    assert (done["batches"], done["waiting"]) == (0, 0)
    first, second = made["verifiers"]
    named = "--verifier-3", first, "--verifier-12", second
    seconds = "--second-verifier-3", first, "--second-verifier-12", second
    other = ok(act(town, "history", "deploy", *at, *named))
    assert (other["verifiers"], other["second_verifiers"]) == ([first, second], [])
    assert other["tree"] != made["tree"]
    before = town.node.transaction_count(town.address)
    for more, says in (
        ((*at, "--verifier-3", first), "name both"),
        ((*at, *named, "--second-verifier-12", second), "name both"),
        ((*at, *named, *seconds), "VerifierUnsuitable"),  # the same key a second time
        ((*at, "--verifier-3", NOBODY, "--verifier-12", second), "which nobody has"),
        ((*at, "--verifier-3", second, "--verifier-12", first), "VerifierUnsuitable"),
        ((*at, "--max-lag", 9), ""),
        (("--bureau", town.token), ""),
        (("--bureau", town.address), ""),
    ):
        refused = act(town, "history", "deploy", *more)
        assert refused.code in (1, 2, 5), (more, refused)
        assert says in refused.err, more
        assert "Traceback" not in refused.stderr
    assert town.node.transaction_count(town.address) == before
    accounts = ok(act(town, "bureau", "deploy", "--pseudonyms", "ledger"))["bureau"]
    refused = act(town, "history", "deploy", "--bureau", accounts)
    assert (refused.code, "of which no tree is made" in refused.err) == (2, True)
