"""A file that is not the index that was asked for is refused, and nothing in it is changed."""

from __future__ import annotations

import pytest
from support.chain.loan_chains import MARKET_AT, PEOPLE, WATCHED, LoanChain, opened

from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.chain.index.loans import MARKET
from zkcredit.errors import DamagedFile, InvalidInput, OtherIndex, OutOfRange, WalletError
from zkcredit.request import RequestBook
from zkcredit.storage import database


@pytest.fixture
def chain():
    chain = LoanChain(7, quiet=True)
    chain.extend(60)
    return chain


def test_a_file_of_another_chain_is_refused(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    opened(chain, path).close()
    for network in ("1:" + 63 * "0" + "1", "2:" + 64 * "0"):
        other = LoanChain(7, quiet=True)
        other.extend(60)
        other.network = network
        with pytest.raises(OtherIndex, match="another chain"):
            opened(other, path)
    opened(chain, path).close()


def test_a_file_of_another_deployment_is_refused(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    opened(chain, path).close()
    for other in (
        Watched(4, WATCHED.contracts),
        Watched(3, {PEOPLE[0]: MARKET}),
        Watched(3, {MARKET_AT: "CreditLedger"}),
        Watched(3, {MARKET_AT: MARKET, PEOPLE[0]: MARKET}),
    ):
        with pytest.raises(OtherIndex, match="other contracts"):
            ChainIndex.over(path, chain, other)


def test_a_file_of_another_version_is_refused(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as index:
        index._store._connection.execute("PRAGMA user_version = 3")
    with pytest.raises(OtherIndex, match="version 3, and this is version 2"):
        opened(chain, path)


def test_a_file_that_is_no_index_is_refused(chain, tmp_path):
    path = tmp_path / "other"
    RequestBook.open(path).close()
    before = path.read_bytes()
    for content in (before, b"", b"text", bytes(4096)):
        path.write_bytes(content)
        with pytest.raises(DamagedFile):
            opened(chain, path)
        assert path.read_bytes() == content
    with pytest.raises(InvalidInput):
        opened(chain, tmp_path)
    with pytest.raises(InvalidInput):
        opened(chain, tmp_path / "missing" / "index")
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(InvalidInput):
        opened(chain, tmp_path / "link")


def test_a_damaged_index_is_refused(chain, tmp_path):
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as index:
        index.catch_up()
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(DamagedFile):
        opened(chain, path)
    for statement in (
        "DROP TABLE events",
        "UPDATE identity SET projections = '[['",
        "UPDATE identity SET projections = '[[1,2,3]]'",
        "DELETE FROM identity",
        "DELETE FROM blocks",
    ):
        path.write_bytes(whole)
        with database.connect(path, kind_of(chain)) as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises((DamagedFile, OtherIndex)), opened(chain, path) as index:
            index.catch_up()


def kind_of(chain):
    with opened(chain) as index:
        return index._store._kind()


def test_what_an_index_is_made_from_is_checked(chain):
    with pytest.raises(OutOfRange, match="kept"):
        opened(chain, kept=0)
    with pytest.raises(OutOfRange, match="since"):
        ChainIndex.over(None, chain, Watched(-1, WATCHED.contracts))
    with pytest.raises(InvalidInput, match="contract"):
        ChainIndex.over(None, chain, Watched(3, {}))
    with pytest.raises(InvalidInput, match="account"):
        ChainIndex.over(None, chain, Watched(3, {"0x12": MARKET}))
    with pytest.raises(InvalidInput, match="compiled contract"):
        ChainIndex.over(None, chain, Watched(3, {MARKET_AT: "Loan"}))
    with pytest.raises(InvalidInput, match="path"):
        opened(chain, path=7)


def test_a_closed_index_says_so(chain):
    index = opened(chain)
    index.close()
    index.close()
    for call in (index.catch_up, index.replay, lambda: index.ask("SELECT 1")):
        with pytest.raises(WalletError, match="closed"):
            call()


def test_an_index_may_be_larger_than_a_wallet(chain, tmp_path, monkeypatch):
    path = tmp_path / "index.sqlite"
    with opened(chain, path) as index:
        index.catch_up()
    monkeypatch.setattr(database, "_LARGEST", 1)
    opened(chain, path).close()
    monkeypatch.setattr("zkcredit.chain.index.store._LARGEST", path.stat().st_size - 1)
    with pytest.raises(DamagedFile, match="too large"):
        opened(chain, path)
