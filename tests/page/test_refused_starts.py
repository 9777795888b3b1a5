"""A page that cannot start says why in one line, and leaves its database as it was."""

from __future__ import annotations

import socket
import sqlite3

import pytest
from support.chain.loan_town import LoanTown
from support.cli.cli_desk import run
from support.portfolio.town_file import save_deployment

import zkcredit.page
from zkcredit.chain import ChainIndex, RevmNode
from zkcredit.chain.index.loans import LOANS
from zkcredit.chain.index.watching import loans_watched
from zkcredit.cli import account


@pytest.fixture(scope="module")
def town():
    with RevmNode() as node:
        yield LoanTown(node)


@pytest.fixture
def node(town, monkeypatch):
    """What the command reaches; a test may name another one."""
    reached = [town.node]
    monkeypatch.setattr(account, "_connect", lambda _: reached[0])
    return reached


@pytest.fixture
def started(monkeypatch):
    """Whether a page was served."""
    served = []
    monkeypatch.setattr(zkcredit.page, "serve", lambda *a, **k: served.append(k))
    return served


@pytest.fixture
def serve(town, tmp_path, started):
    """Start the page; changes of the deployment's file are named."""

    def begin(*options, **changes):
        file = save_deployment(town, tmp_path / "market.json", **changes)
        return run("page", "serve", "--deployment", file, "--node", "http://n", *options)

    return begin


def test_it_starts(node, serve, started, tmp_path):
    shown = serve("--database", tmp_path / "index", "--port", "0")
    assert (shown.code, len(started)) == (0, 1), shown.stderr


def require_refused(shown, started, says):
    assert shown.code not in (0, 70)
    assert says in shown.err
    assert len(shown.stderr.strip().splitlines()) == 1
    assert "Traceback" not in shown.stderr
    assert not started


@pytest.fixture
def database(town, tmp_path):
    """The database of this market."""
    file = tmp_path / "index.sqlite"
    watched = loans_watched(town.node, town.market, town.watched.since)
    with ChainIndex.open(file, town.node, watched, projections=[LOANS]) as index:
        index.catch_up()
    return file


def test_a_database_of_another_version(node, serve, started, database):
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = database.read_bytes()
    require_refused(serve("--database", database), started, "is an index of version 99")
    assert database.read_bytes() == before


def test_a_database_of_another_chain(node, serve, started, database):
    with RevmNode(chain_id=5) as other:
        there = LoanTown(other)
        node[0] = other
        before = database.read_bytes()
        shown = serve(
            "--database", database, chain_id=5, network=other.network, market=there.market
        )
    require_refused(shown, started, "is an index of another chain")
    assert database.read_bytes() == before


def test_a_database_of_another_market(node, serve, started, database):
    with RevmNode() as other:
        LoanTown(other)
        second = LoanTown(other)
        node[0] = other
        before = database.read_bytes()
        shown = serve("--database", database, network=other.network, market=second.market)
    require_refused(shown, started, "is an index of other contracts")
    assert database.read_bytes() == before


@pytest.mark.parametrize("content", [b"loans\n", b"SQLite format 3\x00" + bytes(500)])
def test_a_file_that_is_not_a_database(node, serve, started, tmp_path, content):
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    require_refused(serve("--database", file), started, "letter.txt")
    assert file.read_bytes() == content


def test_a_database_in_no_folder(node, serve, started, tmp_path):
    require_refused(serve("--database", tmp_path / "none" / "index"), started, "none")


def test_a_node_of_another_chain(node, serve, started):
    with RevmNode(chain_id=5) as other:
        node[0] = other
        shown = serve()
    require_refused(shown, started, "is not on the chain of this deployment")


def test_a_market_that_is_another_contract(node, town, serve, started):
    shown = serve(market=town.token.address)
    require_refused(shown, started, "is not a loan market")


def test_a_market_where_nothing_is(node, serve, started):
    require_refused(serve(market="0x" + "11" * 20), started, "0x")


def test_a_tree_that_is_another_contract(node, town, serve, started):
    require_refused(serve("--tree", town.token.address), started, town.token.address)


def test_a_node_that_does_not_answer(town, tmp_path, started):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    file = save_deployment(town, tmp_path / "market.json")
    shown = run("page", "serve", "--deployment", file, "--node", f"http://127.0.0.1:{port}")
    require_refused(shown, started, "127.0.0.1")


@pytest.mark.parametrize("vk", ["{}", "[]", "key"])
def test_a_key_that_is_none(node, serve, started, tmp_path, vk):
    (tmp_path / "vk.json").write_text(vk)
    require_refused(serve("--vk", tmp_path / "vk.json"), started, "vk.json")
