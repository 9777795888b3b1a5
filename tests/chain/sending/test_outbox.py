"""The file of an outbox: its entries, its earlier schema, and what is refused as damaged."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing

import pytest
from support.chain.outbox_world import NETWORK, SIGNER

from zkcredit.chain.sending import outbox as outbox_module
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.errors import ChainError, InvalidInput, MalformedFile


def old_outbox(path, version):
    """An outbox of the first schema, with a transaction in each of its states."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA application_id = 2053861218")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(outbox_module._OLD_TABLE)
        for index in outbox_module._OLD_INDICES:
            connection.execute(index)
        for row, (nonce, key, sends, state) in enumerate(
            [
                (0, "a", 1, "refused"),
                (0, "a", 1, "mined"),
                (1, "b", 1, "replaced"),
                (1, "b", 1, "signed"),
                (2, "c", 2, "superseded"),
                (3, "d", 1, "refused"),
            ]
        ):
            connection.execute(
                "INSERT INTO transactions (network, sender, nonce, key, raw, hash, sends, state, "
                "created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1790000000)",
                (NETWORK, SIGNER.address, nonce, key, b"raw", f"0x{row}", sends, state),
            )


@pytest.mark.parametrize("version", [0, 1])
def test_an_outbox_of_the_first_schema_opens(path, version):
    old_outbox(path, version)
    for _ in range(2):
        with Outbox(path) as outbox:
            found = outbox.history(NETWORK, SIGNER.address)
            standing = {
                key: outbox.find(NETWORK, SIGNER.address, key).hash for key in ("a", "b", "c", "d")
            }
            assert outbox.hashes(outbox.find(NETWORK, SIGNER.address, "b")) == ["0x3", "0x2"]
    assert [entry.state for entry in found] == ["pending", "mined", *["pending"] * 4]
    assert [bool(entry.refusal) for entry in found] == [True, *[False] * 4, True]
    assert [entry.nonce for entry in found] == [0, 0, 1, 1, 2, 3]
    assert standing == {"a": "0x1", "b": "0x3", "c": "0x4", "d": "0x5"}


def test_a_damaged_outbox_of_the_first_schema_stays_as_it_is(path):
    old_outbox(path, 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE more (x)")
    before = path.read_bytes()
    with pytest.raises(MalformedFile):
        Outbox(path)
    assert path.read_bytes() == before


def test_threads_that_share_an_outbox_get_different_nonces(path):
    outbox = Outbox(path)

    def add(number):
        outbox.add(NETWORK, SIGNER.address, f"key {number}", 5, lambda n: (bytes([n]), f"0x{n}"))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = outbox.history(NETWORK, SIGNER.address)
    assert sorted(entry.nonce for entry in entries) == list(range(5, 13))


def test_a_failure_while_signing_stores_nothing(path):
    outbox = Outbox(path)

    def sign(nonce):
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        outbox.add(NETWORK, SIGNER.address, "key", 0, sign)
    assert outbox.history(NETWORK, SIGNER.address) == []


def test_an_outbox_that_another_process_holds_is_reported(path, monkeypatch):
    monkeypatch.setattr("zkcredit.chain.sending.outbox._PATIENCE", 0.05)
    with Outbox(path) as outbox:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ChainError, match="outbox"):
            outbox.add(NETWORK, SIGNER.address, "key", 0, lambda n: (b"raw", "0x00"))
        holder.execute("ROLLBACK")
        holder.close()
        assert outbox.add(NETWORK, SIGNER.address, "key", 0, lambda n: (b"raw", "0x00")).nonce == 0


def test_the_file_is_private(path):
    with Outbox(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_applications_database_is_refused(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE letters (text TEXT)")
    with pytest.raises(MalformedFile):
        Outbox(path)


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(MalformedFile):
        Outbox(path)


def filled(path, *statements):
    with Outbox(path) as outbox:
        for number in range(40):
            outbox.add(NETWORK, SIGNER.address, f"{number}", 0, lambda n: (b"r" * 300, f"{n}"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


def test_an_empty_file_is_refused_with_what_to_do(path):
    # An old version was killed while it made the file; or what it said is lost.
    path.touch()
    with pytest.raises(MalformedFile, match="if you have sent nothing with it, remove the file"):
        Outbox(path)
    assert path.read_bytes() == b""
    path.unlink()
    with Outbox(path) as outbox:
        assert outbox.history(NETWORK, SIGNER.address) == []


@pytest.mark.parametrize("kept", [4096, 5000, 8192, 12_288, -1])
def test_an_outbox_that_lost_its_end_is_refused(path, kept):
    # An outbox that opened without some of its entries would sign their transactions again.
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data[:kept])
    with pytest.raises(MalformedFile, match="intact"):
        Outbox(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transactions SET state = 'paid'",
        "CREATE TRIGGER t AFTER INSERT ON transactions BEGIN DELETE FROM transactions; END",
        "CREATE VIEW v AS SELECT * FROM transactions",
        "CREATE TABLE more (x)",
        "ALTER TABLE transactions DROP COLUMN sends",
    ],
)
def test_an_outbox_with_other_contents_is_refused(path, statement):
    filled(path, statement)
    with pytest.raises(MalformedFile, match="intact"):
        Outbox(path)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE transactions SET nonce = 'x' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET hash = x'00' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET raw = 'text' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET key = CAST(x'ff' AS TEXT) WHERE id = 7", ChainError),
    ],
)
def test_an_entry_that_is_none_is_refused(path, statement, error):
    filled(path, statement)
    with Outbox(path) as outbox, pytest.raises(error):
        outbox.history(NETWORK, SIGNER.address)


def test_a_path_without_a_folder_is_refused(tmp_path):
    with pytest.raises(InvalidInput):
        Outbox(tmp_path / "nowhere" / "outbox.sqlite")


def test_an_unknown_entry_is_refused(path):
    with Outbox(path) as outbox, pytest.raises(InvalidInput):
        outbox.entry(7)
