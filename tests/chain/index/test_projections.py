"""A projection keeps to its own tables, and is computed again from the events when it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.index_rounds import contents
from support.chain.loan_chains import LoanChain, opened

from zkcredit.chain.index.loans import LOANS, Loans
from zkcredit.errors import InvalidInput


@pytest.fixture
def chain():
    chain = LoanChain(7, quiet=True)
    chain.extend(60)
    return chain


def changed(module, **changes):
    """A projection that differs."""
    return type("Changed", (module,), changes)()


def test_a_projection_that_changed_is_computed_again(chain, tmp_path):
    chain.extend(200)
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as index:
        index.catch_up()
        before = contents(index)
    chain.asked = lambda _: pytest.fail("the events are in the file")
    table = "CREATE TABLE count_rows (block INTEGER, log_index INTEGER, kind TEXT)"

    class Count:
        name, version, tables = "count", 1, (table,)

        def take(self, rows, block, events):
            assert block.number == events[0].block
            for one in events:
                rows.add("count_rows", one, kind=one.name)

    with opened(chain, path, projections=[Count()]) as index:
        kinds = [kind for (kind,) in index.ask("SELECT kind FROM count_rows")]
        assert len(kinds) == len(before["events"])
        assert {"LoanRequested", ""} <= set(kinds)
        assert "loans_movements" not in contents(index)
    with opened(chain, path, projections=[Count(), LOANS]) as index:
        assert contents(index)["loans_movements"] == before["loans_movements"]

    class Nothing(Loans):
        version = 2

        def take(self, rows, block, events):
            pass

    with opened(chain, path, projections=[Nothing()]) as index:
        assert not contents(index)["loans_movements"]
    with opened(chain, path) as index:
        assert contents(index) == before


AT = "block INTEGER, log_index INTEGER"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Loans"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "loan'"}, "name"),
        ({"tables": ()}, "does not make a table"),
        ({"tables": ("CREATE TABLE loans_a (block INTEGER)",)}, "log_index"),
        ({"tables": (f"CREATE TABLE other_a ({AT})",)}, "begin with loans_"),
        ({"tables": (f"CREATE TABLE loans_a ({AT}, a TEXT UNIQUE)",)}, "begin with loans_"),
        ({"tables": (f"CREATE TABLE loans_a ({AT})", "CREATE VIEW loans_v AS SELECT 1")}, "begin"),
        ({"tables": ("CREATE TABLE",)}, "cannot be made"),
    ],
)
def test_a_projection_keeps_to_its_own_tables(chain, changes, reason):
    with pytest.raises(InvalidInput, match=reason):
        opened(chain, projections=[changed(Loans, **changes)])


def test_two_projections_of_one_name_are_refused(chain):
    with pytest.raises(InvalidInput, match="same name"):
        opened(chain, projections=[Loans(), Loans()])


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda rows, one: rows.ask("DELETE FROM loans_movements"), "not this"),
        (lambda rows, one: rows.ask("UPDATE loans_movements SET held = 0"), "not this"),
        (
            lambda rows, one: rows.ask("INSERT INTO loans_openings VALUES (1, 1, '', '', 1)"),
            "not this",
        ),
        (lambda rows, one: rows.ask("SELECT * FROM blocks"), "not this"),
        (lambda rows, one: rows.ask("COMMIT"), "not this"),
        (lambda rows, one: rows.ask("PRAGMA user_version = 3"), "not this"),
        (lambda rows, one: rows.ask("ATTACH 'x' AS x"), "not this"),
        (lambda rows, one: rows.ask("nonsense"), "not this"),
        (lambda rows, one: rows.ask("SELECT ?"), "not this"),
        (lambda rows, one: rows.add("blocks", one), "does not fit"),
        (lambda rows, one: rows.add("loans_pauses", one, other=1), "does not fit"),
        (lambda rows, one: rows.add("loans_pauses", one), "NOT NULL"),
        (
            lambda rows, one: rows.add("loans_openings", one, market="", product="", open=1 << 70),
            "int",
        ),
        (lambda rows, one: rows.add("loans_pauses", one, market=b"", paused=1), "TEXT"),
        (
            lambda rows, one: rows.add(
                "loans_pauses", replace(one, raw=replace(one.raw, block=1)), market="", paused=1
            ),
            "does not fit",
        ),
    ],
)
def test_a_projection_that_breaks_a_rule_stops_the_index(chain, act, reason):
    class Wrong(Loans):
        def take(self, rows, block, events):
            super().take(rows, block, events)
            act(rows, events[0])

    with opened(chain, projections=[Wrong()]) as index:
        before = contents(index)
        with pytest.raises(InvalidInput, match=reason):
            index.catch_up()
        assert contents(index) == before


@pytest.mark.parametrize(
    "query", ["SELECT * FROM events", "DELETE FROM loans_openings", "BEGIN", "SELECT", "VACUUM"]
)
def test_a_reader_only_reads_the_projections(chain, query):
    with opened(chain) as index:
        index.catch_up()
        before = contents(index)
        with pytest.raises(InvalidInput, match="not this"):
            index.ask(query)
        assert contents(index) == before
        assert index.ask("SELECT count(*) FROM loans_states WHERE loan > ?", 0)[0][0] > 0
