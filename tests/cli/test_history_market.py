"""A market that asks for a record, from the command line alone: deploy, publish, apply, refuse."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, Ran, ok, run
from support.cli.record_desk import record_desk
from support.history.town import DAY, LAG, HistoryTown

from zkcredit.chain.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import AnvilNode

pytestmark = [
    pytest.mark.node,
    pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning"),
]
OFFER: dict[str, Any] = {
    "schedule": {"kind": "consumer", "rate": "18", "months": 2},
    "min_principal": 10_000,
    "max_principal": 100_000,
    "currency": 978,
}
NOTHING_ELSE: dict[str, int] = {}
SCORE = {"min_score": 600, "currency": 978}


@dataclass
class Place:
    """A desk whose wallet deploys markets and borrows, beside the bureau of a town."""

    desk: Desk
    node: AnvilNode
    town: HistoryTown
    who: int
    products: dict[str, str] = field(default_factory=dict)

    def act(self, market: str, group: str, name: str, *more: object) -> Ran:
        """A command at a market."""
        return run(
            group, name, self.desk.path("wallet"), *more, "--deployment", self.desk.path(market),
            "--node", self.node.url, *self.desk.password, "--json",
        )  # fmt: skip

    def publish(self, market: str, token: str, policy: dict[str, int], **asked: object) -> str:
        """Publish an offer that asks for a record; the product's address."""
        wanted = {"tree": self.town.tree, **asked}
        offer = OFFER | {"token": token, "token_unit": 10_000, "policy": policy, "history": wanted}
        path = self.desk.path("offer.json")
        path.write_text(json.dumps(offer))
        return ok(self.act(market, "product", "publish", path))["product"]

    def apply(self, market: str, *more: object) -> Ran:
        """Apply for the market's product."""
        product = ("--product", self.products[market], "--amount", 20_000, "--yes")
        return self.act(market, "loan", "apply", *product, *more)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with record_desk(tmp_path_factory.mktemp("records")) as made:
        place = Place(*made)
        for market, kind, policy in (
            ("alone.json", "alone", NOTHING_ELSE),
            ("both.json", "with-credential", SCORE),
        ):
            deployed = ok(place.act(market, "market", "deploy", "--history", kind, "--test-token"))
            place.products[market] = place.publish(
                market, deployed["token"], policy, min_repaid=1, max_late=0
            )
        ok(
            place.act(
                "both.json", "market", "post-root", "--registry", place.desk.path("registry.json")
            )
        )
        yield place


@pytest.fixture
def place(built: Place) -> Iterator[Place]:
    snapshot = built.node.snapshot()
    outbox = built.desk.path("wallet.outbox").read_bytes()
    built.town.new_senders()
    yield built
    built.node.restore(snapshot)
    built.desk.path("wallet.outbox").write_bytes(outbox)


def repaid(town: HistoryTown, who: int, late: int = 0) -> None:
    """A loan that ended, in the tree."""
    town.start(who)
    town.report("progress", who, 2, late, town.node.now() + 30 * DAY)
    town.report("close", who, 0)
    town.advance([who] * 3)


def refusal(ran: Ran) -> dict[str, Any]:
    """What was refused, and that nobody was told."""
    assert ran.code != 0
    return json.loads(ran.err)


def test_who_repaid_applies_with_a_record_alone(place: Place) -> None:
    repaid(place.town, place.who)
    ran = place.apply("alone.json")
    assert ok(ran)["status"] == "requested"
    said = ran.stderr
    assert "your record at the bureau" in said
    assert "- Loans repaid: 1, the largest of" in said
    assert "loans that you repaid: 1 or more" in said
    assert said.index("Loans repaid: 1") < said.index("loans that you repaid: 1 or more")
    log = run("wallet", "log", place.desk.path("wallet"), *place.desk.password, "--json")
    assert '"credential": "record"' in log.out or '"credential_id": "record"' in log.out


def test_the_index_in_a_file_serves_the_next_time(place: Place) -> None:
    repaid(place.town, place.who)
    database = place.desk.path("tree.sqlite")
    ok(place.apply("alone.json", "--database", database))
    assert database.stat().st_size > 0
    database.unlink()


def test_a_record_and_a_credential_of_one_person(place: Place) -> None:
    registry = ("--registry", place.desk.path("registry.json"))
    assert "has no record of this wallet" in refusal(place.apply("both.json", *registry))["message"]
    repaid(place.town, place.who)
    assert ok(place.apply("both.json", *registry))["status"] == "requested"


@pytest.mark.parametrize(
    ("happened", "says", "error"),
    [
        ("nothing", "records of other bureaus do not count here: repay a first loan", "Invalid"),
        ("untaken", "does not have your loan of 20", "InvalidInput"),
        ("late", "rows that you paid late: at most 0 (missed by 1)", "NotEligible"),
        ("older", "history advance --own", "InvalidInput"),
        ("lagging", "waits for the history tree since 20", "InvalidInput"),
        ("expired", "pay what is due", "InvalidInput"),
        ("defaulted", "pay its debt", "InvalidInput"),
    ],
)
def test_what_is_in_the_way_is_a_sentence(
    place: Place, happened: str, says: str, error: str
) -> None:
    town, who = place.town, place.who
    if happened in {"untaken", "older"}:
        town.start(who)
    if happened == "older":
        town.advance([who] * 3)
        town.report("progress", who, 2, 0, town.node.now() + 30 * DAY)
        town.report("close", who, 0)
    if happened in {"late", "expired", "defaulted"}:
        repaid(town, who, late=int(happened == "late"))
    if happened in {"expired", "defaulted"}:
        town.start(who)
    if happened == "defaulted":
        town.report("close", who, 1)
    if happened in {"expired", "defaulted"}:
        town.advance([who] * 3)
    if happened == "expired":
        town.node.advance(40 * DAY)
    if happened == "lagging":
        repaid(town, who)
        town.start(7)
        town.node.advance(LAG + 60)
    found = refusal(place.apply("alone.json"))
    assert says in found["message"]
    assert error in found["error"]
    assert found["exit_code"] == (6 if error == "NotEligible" else 2)


def test_a_credential_is_not_taken_where_a_record_alone_is_asked(place: Place) -> None:
    repaid(place.town, place.who)
    found = refusal(place.apply("alone.json", place.desk.credential))
    assert "leave out CREDENTIAL" in found["message"]


def test_an_application_is_renewed_with_the_newest_record(place: Place) -> None:
    repaid(place.town, place.who)
    loan = ok(place.apply("alone.json"))["loan"]
    place.node.advance(600)
    ran = place.act("alone.json", "loan", "renew", loan, "--yes")
    assert ok(ran)["loan"] == loan
    assert "your record at the bureau" in ran.stderr


# --- deployments ----------------------------------------------------------------------------------


def test_the_file_has_no_registry_and_names_the_bureau(place: Place) -> None:
    made = Deployment.load(place.desk.path("alone.json"))
    assert made.registry is None
    assert made.bureau == made.open(place.node).market.bureau_address
    assert Deployment.load(place.desk.path("both.json")).registry is not None


def test_a_market_joins_a_bureau_and_says_what_that_means(place: Place) -> None:
    ran = place.act(
        "joined.json", "market", "deploy", "--history", "alone", "--bureau", place.town.bureau
    )
    found = ok(ran)
    assert (found["bureau"], found["member"]) == (place.town.bureau, False)
    assert found["bureau_admin"] == place.town.keeper.address
    assert "can report a lateness that did not happen" in ran.stderr
    assert f"nobody can apply here until {place.town.keeper.address} admits" in ran.stderr
    assert Deployment.load(place.desk.path("joined.json")).bureau == place.town.bureau
    again = place.act(
        "joined.json", "market", "deploy", "--history", "alone", "--bureau", place.town.bureau
    )
    assert ok(again)["executed"] is False
    place.desk.path("joined.json").unlink()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--history", "alone", "--group", "g.json"), "--history excludes"),
        (("--history", "alone", "--model", "bundled"), "--history excludes"),
        (("--history", "alone", "--root-delay", 600), "has no registry"),
        (("--bureau", "0x12"), "the bureau"),
        (("--bureau", "0x" + "11" * 20, "--rehabilitation-days", 5), "own rehabilitation"),
        (("--history", "always"), ""),
    ],
)
def test_options_that_do_not_go_together(
    place: Place, options: tuple[object, ...], says: str
) -> None:
    (place.desk.path("g.json")).write_text("{}")
    ran = place.act("refused.json", "market", "deploy", *options)
    assert ran.code == 2
    assert says in ran.stderr
    assert not place.desk.path("refused.json").exists()
