"""An index in PostgreSQL has the tables of a file, row for row; where there is a server."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

import pytest
from support.chain.index_rounds import contents
from support.chain.loan_chains import KEPT, MARKET_AT, WATCHED, LoanChain, opened
from support.chain.postgres_server import HAS_SERVER, postgres_server

from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.chain.index.loan_lists import numbers_of, running_sums, states_of
from zkcredit.chain.index.loan_records import held_of, loans_of, movements_of
from zkcredit.chain.index.loans import LOANS, Loans
from zkcredit.chain.index.postgres import _translated, is_postgres
from zkcredit.errors import ChainError, InvalidInput, MachineError, MissingExtra, OtherIndex
from zkcredit.portfolio import histories_of, portfolio_of

NUMBERS = count()


@pytest.fixture(scope="module")
def server():
    with postgres_server() as server:
        yield server


@pytest.fixture
def url(server):
    return server.url(f"index{next(NUMBERS)}")


@pytest.fixture
def chain():
    chain = LoanChain(21)
    chain.extend(120)
    return chain


def rows_of(index):
    """Everything in a database, by table."""
    names = [
        name
        for (name,) in index.ask(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", ()
        )
        if name != "index_version"
    ]
    return {name: sorted(index.ask(f"SELECT * FROM {name}", ())) for name in names}


def asked(url, chain, **more):
    """An index in the database."""
    return ChainIndex.over(url, chain, WATCHED, projections=[LOANS], kept=KEPT, **more)


def all_of(index):
    return rows_of(index._store)


if HAS_SERVER:

    def test_the_tables_are_those_of_a_file_after_every_branch(url, chain):
        with asked(url, chain) as database, opened(chain) as file:
            for step in range(30):
                assert database.catch_up() == file.catch_up()
                if step % 5 == 0:
                    assert all_of(database) == contents(file)
                depth = chain.random.randint(1, 12)
                chain.reorganise(depth, depth + 2)
            database.catch_up()
            file.catch_up()
            whole = contents(file)
            assert all_of(database) == whole
            assert len(whole["loans_states"]) > 100
            database.replay()
            assert all_of(database) == whole

    def test_readers_get_the_same(url, chain):
        with asked(url, chain) as database, opened(chain) as file:
            time = file.catch_up().time
            database.catch_up()
            for question in (
                lambda index: list(loans_of(index, MARKET_AT)),
                lambda index: held_of(index, MARKET_AT),
                lambda index: movements_of(index, MARKET_AT),
                lambda index: movements_of(index, MARKET_AT, last=7),
                lambda index: running_sums(index, MARKET_AT),
                lambda index: states_of(index, MARKET_AT, time),
                lambda index: numbers_of(index, MARKET_AT, time, below=99, most=5),
                lambda index: numbers_of(index, MARKET_AT, time, state="repaid", below=99, most=5),
                lambda index: portfolio_of(histories_of(index, MARKET_AT), time),
            ):
                assert question(database) == question(file)

    def test_it_goes_on_where_it_was(url, chain):
        with asked(url, chain) as database:
            database.catch_up()
            block = database.block
        chain.reorganise(5, 9)
        with asked(url, chain) as database, opened(chain) as file:
            assert database.block == block
            assert database.catch_up().taken_back == 5
            file.catch_up()
            assert all_of(database) == contents(file)

    def test_other_indices_are_refused(url, chain, server):
        asked(url, chain).close()
        other = LoanChain(21)
        other.extend(120)
        other.network = "7:" + 64 * "0"
        with pytest.raises(OtherIndex, match="another chain"):
            asked(url, other)
        with pytest.raises(OtherIndex, match="other contracts"):
            ChainIndex.over(url, chain, Watched(2, WATCHED.contracts), projections=[LOANS])
        with asked(url, chain) as index, index._store._writing() as connection:
            connection.execute("UPDATE index_version SET version = 1")
        with pytest.raises(OtherIndex, match="version 1, and this is version"):
            asked(url, chain)
        strange = server.url("strange")
        with asked(strange, chain) as index, index._store._writing() as connection:
            connection.execute("DROP TABLE index_version")
        with pytest.raises(OtherIndex, match="has other tables"):
            asked(strange, chain)

    def test_a_projection_that_changed_is_computed_again(url, chain):
        with asked(url, chain) as database:
            database.catch_up()
            before = all_of(database)
        chain.asked = lambda _: pytest.fail("the events are in the database")
        changed = type("Changed", (Loans,), {"version": 99})()
        with ChainIndex.over(url, chain, WATCHED, projections=[changed], kept=KEPT) as database:
            found = all_of(database)
        for name in before.keys() - {"identity"}:
            assert found[name] == before[name]

    @pytest.mark.parametrize(
        "query", ["DELETE FROM loans_states", "DROP TABLE blocks", "nonsense", "SELECT 1 / 0"]
    )
    def test_a_reader_changes_nothing(url, chain, query):
        with asked(url, chain) as database:
            database.catch_up()
            before = all_of(database)
            with pytest.raises(InvalidInput, match="not this"):
                database.ask(query)
            assert all_of(database) == before

    def test_an_event_that_cannot_be_leaves_the_database_as_it_was(url, chain):
        with asked(url, chain) as database:
            database.catch_up()
            before = all_of(database)
            chain.extend(KEPT + 5)
            events = chain.events
            chain.events = lambda since, until: events(since, until)[1:]
            refused = 0
            for _ in range(20):
                chain.extend(3)
                try:
                    database.catch_up()
                except ChainError:
                    refused += 1
            assert refused
            chain.events = events
            database.rewind(before["blocks"][-1][0])
            assert all_of(database)["loans_states"] == before["loans_states"]

    def test_a_server_that_was_away_is_found_again(server, url, chain):
        with asked(url, chain) as database, opened(chain) as file:
            database.catch_up()
            server.stop()
            chain.extend(4)
            with pytest.raises((MachineError, InvalidInput), match="database"):
                database.catch_up()
            with pytest.raises((MachineError, InvalidInput), match="database"):
                database.ask("SELECT 1")
            server.start()
            database.catch_up()
            file.catch_up()
            assert all_of(database) == contents(file)


def test_a_database_that_cannot_be_reached_is_named(chain):
    with pytest.raises(InvalidInput, match="cannot be reached") as caught:
        asked("postgresql://zk:secret@127.0.0.1:1/none", chain)
    assert "secret" not in str(caught.value)


def test_the_extra_is_named(chain, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="zkcredit\\[page\\]"):
        asked("postgresql:///none", chain)


def test_statements_are_translated():
    assert _translated("SELECT a FROM b WHERE c = ? AND d LIKE '%'") == (
        "SELECT a FROM b WHERE c = %s AND d LIKE '%%'"
    )
    made = _translated("CREATE TABLE a (b INTEGER NOT NULL, c BLOB) STRICT, WITHOUT ROWID")
    assert made == "CREATE TABLE a (b BIGINT NOT NULL, c BYTEA)"
    assert is_postgres("postgres://x")
    assert not is_postgres("index.sqlite")


STORES = ["file", "database"] if HAS_SERVER else ["file"]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("after", [1, 2, 7, 20])
def test_killed_in_the_middle_of_a_block_it_goes_on(request, tmp_path, chain, store, after):
    path = tmp_path / "index.sqlite"
    place = path if store == "file" else request.getfixturevalue("url")
    asked(place, chain).close()
    child = os.fork()
    if not child:
        try:
            die_while_reading(place, chain, after)
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with asked(place, chain) as index, opened(chain) as whole:
        found = contents(index) if store == "file" else all_of(index)
        index.replay()
        again = contents(index) if store == "file" else all_of(index)
        assert again == found
        index.catch_up()
        whole.catch_up()
        end = contents(index) if store == "file" else all_of(index)
        assert end == contents(whole)


def die_while_reading(place, chain, after):
    """Read one block after another, and die with a block's rows half written."""
    left = after
    take = Loans.take

    def dying(self, rows, block, events):
        nonlocal left
        take(self, rows, block, events)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    Loans.take = dying
    blocks = list(chain.blocks)
    with asked(place, chain) as index:
        for end in range(KEPT, len(blocks)):
            chain.blocks = blocks[:end]
            index.catch_up()
