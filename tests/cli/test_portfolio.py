"""``portfolio`` and ``impact``: reports of a market on a chain."""

from __future__ import annotations

import csv
from importlib.util import find_spec

import pytest
from support.chain.loan_town import LoanTown
from support.chain.loan_world import World
from support.cli.cli_desk import run
from support.portfolio.town_file import save_deployment

from zkcredit.chain import ChainIndex, RevmNode
from zkcredit.chain.index.loan_records import movements_of
from zkcredit.chain.index.loans import LOANS
from zkcredit.chain.index.watching import loans_watched
from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.cli import account
from zkcredit.units import DAY


@pytest.fixture(scope="module")
def town():
    with RevmNode() as node:
        town = LoanTown(node)
        address = town.publish(town.product())
        for number in range(2):
            loan = town.request(address, 100_000, number)
            town.fund(town.lender, loan, address, 100_000)
        town.later(66 * DAY)
        town.do(town.borrower, "repay", 1, town.borrower.address, 40_000)
        yield town


@pytest.fixture
def market(town, tmp_path, monkeypatch):
    monkeypatch.setattr(account, "_connect", lambda _: town.node)
    return ("--deployment", save_deployment(town, tmp_path / "market.json"), "--node", "http://n")


def test_a_portfolio(market, tmp_path):
    shown = run("portfolio", *market, "--json", "--csv", tmp_path).json
    (row,) = shown["tables"]["at_risk"]["rows"]
    assert (row["currency"], row["loans"]) == ("EUR", 2)
    assert row["par30_minor"] == 100_000
    assert row["par60_minor"] == 0
    with (tmp_path / "at_risk.csv").open() as file:
        assert next(csv.DictReader(file))["par30_minor"] == "100000"
    assert len(list(tmp_path.glob("*.csv"))) == 6


def test_an_impact_shows_no_group_of_few(market, tmp_path):
    shown = run("impact", *market, "--csv", tmp_path)
    assert shown.code == 0, shown.stderr
    assert "Loans by purpose" in shown.out
    assert "100,000" not in shown.out
    assert len(list(tmp_path.glob("*.csv"))) == 3


def test_a_report_of_an_earlier_time(market, town):
    early = run("portfolio", *market, "--at", "2020-01-01T00:00:00Z", "--json").json
    assert early["tables"]["at_risk"]["rows"] == []
    assert early["time"] == 1_577_836_800
    assert run("portfolio", *market, "--json").json["time"] == town.now()


def test_the_index_is_kept_in_a_file(market, tmp_path):
    path = tmp_path / "index.sqlite"
    one = run("portfolio", *market, "--database", path, "--json").json
    assert path.stat().st_mode & 0o777 == 0o600
    assert run("portfolio", *market, "--database", path, "--json").json == one


@pytest.mark.parametrize("command", ["portfolio", "impact"])
def test_charts(market, tmp_path, command):
    path = tmp_path / "report.svg"
    shown = run(command, *market, "--chart", path)
    if find_spec("matplotlib") is None:
        assert (shown.code, path.exists()) == (2, False)
    else:
        assert shown.code == 0, shown.stderr
        assert path.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--at", "yesterday"), "a time must look like"),
        (("--csv", "nowhere"), "not a folder"),
        (("--chart", "report.pdf"), "written as"),
        (("--database", "/proc/none/index"), "index"),
    ],
)
def test_wrong_options_are_refused(market, options, says):
    shown = run("portfolio", *market, *options)
    assert shown.code == 2
    assert says in shown.stderr


def test_other_deployments_are_refused(market, town, tmp_path):
    other = save_deployment(town, tmp_path / "other.json", market=town.book)
    shown = run("portfolio", "--deployment", other, "--node", "http://n")
    assert "not a loan market" in shown.stderr
    other = save_deployment(town, tmp_path / "other.json", network="7:" + 64 * "0")
    shown = run("impact", "--deployment", other, "--node", "http://n")
    assert (shown.code, "not on the chain of this deployment" in shown.stderr) == (5, True)
    shown = run("impact", *market, "--ledger")
    assert (shown.code, "has no credit ledger" in shown.stderr) == (2, True)
    (tmp_path / "other.json").write_text("{}")
    assert run("impact", "--deployment", other, "--node", "http://n").code == 2


def test_a_file_that_is_not_an_index_is_refused(market, tmp_path):
    path = tmp_path / "index.sqlite"
    path.write_text("something else")
    shown = run("portfolio", *market, "--database", path)
    assert shown.code != 0
    assert "DamagedFile" in shown.stderr


def test_a_market_that_the_library_deployed(tmp_path, monkeypatch):
    with RevmNode() as node:
        world = World(node)
        world.post_root()
        loan = world.released(world.offer().address)
        monkeypatch.setattr(account, "_connect", lambda _: node)
        world.deployment.save(tmp_path / "market.json")
        options = ("--deployment", tmp_path / "market.json", "--node", "http://n", "--json")
        (row,) = run("portfolio", *options).json["tables"]["at_risk"]["rows"]
        assert (row["loans"], row["outstanding_minor"]) == (1, 100_000)
        contracts = loans_watched(node, world.market.address, world.deployment.block)
        with ChainIndex.open(None, node, contracts, projections=[LOANS]) as index:
            index.catch_up()
            found = movements_of(index, world.market.address, loan_id=loan.loan_id)
            told = flow_of_funds(world.market, loan.loan_id).movements
        # a fee leaves the market when its recipient draws it, not at the release
        assert [(one.party, one.tokens) for one in found] == [
            (one.party, one.tokens) for one in told if one.kind != "fee"
        ]
