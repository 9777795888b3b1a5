"""``history`` against anvil: a wallet's record, what stands in its way, and a keeper's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, Ran, ok, run
from support.cli.record_desk import record_desk
from support.history.town import DAY, LAG, HistoryTown

from zkcredit.circuits import get_circuit
from zkcredit.groth16 import load_or_create_dev_key, save_proving_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import AnvilNode

pytestmark = [
    pytest.mark.node,
    pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning"),
]


@dataclass
class Place:
    """A desk whose wallet has a pseudonym at the bureau of a town."""

    desk: Desk
    node: AnvilNode
    town: HistoryTown
    who: int

    def run(self, name: str, *more: object) -> Ran:
        return run(
            "history", name, self.desk.path("wallet"), "--tree", self.town.tree, "--node",
            self.node.url, *more, *self.desk.password, "--json",
        )  # fmt: skip

    def show(self, *more: object) -> Any:
        return ok(self.run("show", *more))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with record_desk(tmp_path_factory.mktemp("keeper")) as made:
        yield Place(*made)


@pytest.fixture
def place(built: Place) -> Iterator[Place]:
    snapshot = built.node.snapshot()
    built.town.new_senders()
    yield built
    built.node.restore(snapshot)
    built.desk.path("wallet.outbox").unlink(missing_ok=True)


def test_a_wallet_shows_its_record_and_what_is_in_the_way(place: Place) -> None:
    found = place.show()
    assert found["pseudonym"] == str(place.who)
    assert (found["provable"], found["reputation"]) == (False, 500)
    assert "repay a first loan" in found["obstacles"][0]
    place.town.start(place.who)
    found = place.show()
    assert "Loans started: 1" in found["record"][0]
    assert found["provable"] is False  # it runs, and the tree does not have it
    assert "does not have your loan of 20" in found["obstacles"][0]
    ok(place.run("advance"))
    assert place.show()["provable"] is True


def test_a_keeper_takes_what_waits_once(place: Place) -> None:
    place.town.start(place.who)
    place.town.start(7)
    found = ok(place.run("advance"))
    assert (found["batches"], found["openings"], found["waiting"]) == (1, 2, 0)
    assert place.show()["provable"] is True
    assert ok(place.run("advance"))["batches"] == 0
    place.town.report("close", place.who, 0)
    assert "older record" in place.show()["obstacles"][0]
    found = ok(place.run("advance", "--own"))
    assert (found["batches"], found["openings"]) == (1, 0)
    assert place.show()["obstacles"] == []


def claim(place: Place, key: str, *more: object) -> Ran:
    """What the holder shows an attestor, into a file."""
    return run(
        "history", "prove", place.desk.path("wallet"), "--bureau", place.town.bureau, "--node",
        place.node.url, "--attestor", key, "--out", place.desk.path("claim.json"), "--yes", *more,
        *place.desk.password, "--json",
    )  # fmt: skip


def attest(place: Place, *more: object, bureau: str = "") -> Ran:
    """What the attestor does with the file."""
    return run(
        "history", "attest", place.desk.path("issuer"), place.desk.path("claim.json"), "--bureau",
        bureau or place.town.bureau, "--node", place.node.url, "--out",
        place.desk.path("attested.json"), *more, *place.desk.password, "--json",
    )  # fmt: skip


def public_key(place: Place) -> str:
    return ok(run("issuer", "show", place.desk.path("issuer"), *place.desk.password, "--json"))[
        "public_key"
    ]


def test_an_attestor_signs_what_the_bureau_counts(place: Place) -> None:
    town = place.town
    key = public_key(place)
    refused = claim(place, key)
    assert refused.code == 2
    assert "nothing to attest" in refused.err
    town.start(place.who, 70_000)
    town.report("progress", place.who, 3, 1, town.node.now() + 60 * DAY)
    town.report("close", place.who, 0)
    shown = claim(place, key)
    assert ok(shown)["pseudonym"] == str(place.who)
    for fact in ("Rows paid in time: 3. Rows late: 1.", "with every loan and payment there"):
        assert fact in shown.stderr
    # the desk's issuer knows this holder as a person of its own
    known = attest(place)
    assert known.code != 0
    assert "person" in known.err
    found = ok(attest(place, "--person", "one"))
    assert (found["score"], found["delinquencies"]) == (500 + 3 * 8 + 20 - 25, 1)
    assert found["expires_at"] > place.node.now() + 29 * DAY
    envelope = place.desk.path("attested.json")
    received = run(
        "credential", "receive", place.desk.path("wallet"), envelope, *place.desk.password, "--json"
    )
    assert ok(received)
    assert place.desk.path("claim.json").read_text().count("zkcredit/record-claim/1") == 1
    elsewhere = attest(place, "--person", "one", bureau=town.tree)
    assert elsewhere.code != 0


def test_a_running_loan_ends_the_credential_and_a_late_one_gets_none(place: Place) -> None:
    town, key = place.town, public_key(place)
    town.start(place.who)
    until = town.bureau_word(place.who).good_until
    ok(claim(place, key))
    found = ok(attest(place, "--person", "one", "--valid-days", 300))
    assert found["expires_at"] == (until + 1) * DAY - 1
    town.node.advance(36 * DAY)
    late = attest(place, "--person", "one")
    assert late.code != 0
    assert "valid until" in late.err  # the claim is old, too
    refused = claim(place, key)
    assert refused.code == 2
    assert "a row is due" in refused.err


@pytest.mark.parametrize("key", ["", "00" * 32, "abc"])
def test_a_key_that_nobody_has_is_refused(place: Place, key: str) -> None:
    assert claim(place, key).code != 0


def test_an_index_in_a_file_is_used_again(place: Place) -> None:
    database = place.desk.path("history.index")
    place.town.start(place.who)
    assert ok(place.run("advance", "--database", database))["batches"] == 1
    place.town.start(7)
    assert ok(place.run("advance", "--database", database))["batches"] == 1
    assert place.show("--database", database)["provable"] is True
    database.unlink()


def test_a_lag_is_told_and_ended(place: Place) -> None:
    place.town.start(place.who)
    place.node.advance(LAG + 60)
    assert "waits for the tree since" in place.show()["obstacles"][0]
    ok(place.run("advance"))
    assert place.show()["provable"] is True
    place.node.advance(40 * DAY)
    assert "pay what is due" in place.show()["obstacles"][0]


def test_a_key_of_another_statement_is_refused(place: Place) -> None:
    wrong = place.desk.path("wrong.zkey")
    save_proving_key(wrong, load_or_create_dev_key(get_circuit("same_holder")))
    ran = place.run("advance", "--key", wrong)
    assert ran.code != 0
    assert "another key" in ran.err


def test_an_address_that_is_not_a_tree_is_refused(place: Place) -> None:
    ran = run(
        "history", "show", place.desk.path("wallet"), "--tree", place.town.gate, "--node",
        place.node.url, *place.desk.password, "--json",
    )  # fmt: skip
    assert ran.code != 0
    assert "Traceback" not in ran.err
