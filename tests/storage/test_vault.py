"""The sealed file: what goes in comes out, changes are noticed, and no kill leaves half a state."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.storage import kill_rounds

from zkcredit.errors import DamagedFile, InvalidInput, WalletError, WrongPassword
from zkcredit.storage import database
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault

LIGHT = KdfCost.light_unsafe()
PASSWORD = "a password"
SECRET = b"TOP-SECRET-PLAINTEXT"
FIRST = [("seed", "1", SECRET), ("note", "a", b"x" * 5000), ("note", "b", b"")]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    Vault.create(path, "wallet", PASSWORD, FIRST, LIGHT).close()
    return path


def content(path):
    with Vault.open(path, "wallet", PASSWORD) as store:
        return {(kind, id_): text for kind in ("seed", "note") for id_, text in store.all(kind)}


def edit(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_what_goes_in_comes_out(path):
    with Vault.open(path, "wallet", PASSWORD) as store:
        assert store.get("seed", "1") == SECRET
        assert store.get("seed", "2") is None
        store.put([("note", "b", b"new"), ("note", "c", b"c")])
        assert store.all("note") == [("a", b"x" * 5000), ("b", b"new"), ("c", b"c")]
        assert store.remove("note", "a")
        assert not store.remove("note", "a")
    assert content(path) == {("seed", "1"): SECRET, ("note", "b"): b"new", ("note", "c"): b"c"}


def test_the_file_is_closed_to_others_and_holds_no_plaintext(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET not in path.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_removed_records_leave_no_trace(path):
    with Vault.open(path, "wallet", PASSWORD) as store:
        with closing(sqlite3.connect(path)) as raw:
            (box,) = raw.execute("SELECT box FROM records WHERE id = 'a'").fetchone()
        store.remove("note", "a")
    assert box[:64] not in path.read_bytes()
    assert box[-64:] not in path.read_bytes()


def test_a_file_that_was_opened_to_others_is_closed_again(path):
    path.chmod(0o644)
    Vault.open(path, "wallet", PASSWORD).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_somebody_elses_file_is_not_changed(tmp_path):
    other = tmp_path / "photos.db"
    with closing(sqlite3.connect(other)) as raw:
        raw.execute("CREATE TABLE photos (name TEXT)")
    other.chmod(0o644)
    before = (other.read_bytes(), other.stat().st_mtime_ns)
    with pytest.raises(DamagedFile):
        Vault.open(other, "wallet", PASSWORD)
    assert (other.read_bytes(), other.stat().st_mtime_ns) == before
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_somebody_elses_interrupted_change_is_not_rolled_back(tmp_path):
    other, journal = tmp_path / "photos.db", tmp_path / "photos.db-journal"
    with closing(sqlite3.connect(other, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE photos (name TEXT)")
        raw.execute("PRAGMA cache_size = 1")
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO photos VALUES (?)", [("x" * 4000,)] * 50)
        killed = (other.read_bytes(), journal.read_bytes())
        raw.execute("ROLLBACK")
    other.write_bytes(killed[0])
    journal.write_bytes(killed[1])
    with pytest.raises(DamagedFile):
        Vault.open(other, "wallet", PASSWORD)
    assert (other.read_bytes(), journal.read_bytes()) == killed


def test_a_link_is_not_followed(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match="link"):
        Vault.open(link, "wallet", PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_second_connection_leaves_the_locks_of_the_first(path):
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "try:\n    connection.execute('BEGIN IMMEDIATE')\n"
        "except sqlite3.OperationalError as error:\n    print(error)\n"
    )
    with (
        Vault.open(path, "wallet", PASSWORD) as first,
        database.transaction(first._connection, path),
    ):
        Vault.open(path, "wallet", PASSWORD).close()
        ran = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
        )
    assert "locked" in ran.stdout


def test_the_wrong_password_is_told_from_damage(path):
    with pytest.raises(WrongPassword):
        Vault.open(path, "wallet", "another")


def test_a_file_of_another_purpose_is_refused(path):
    with pytest.raises(DamagedFile):
        Vault.open(path, "issuer", PASSWORD)


def test_nothing_is_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(InvalidInput):
        Vault.create(path, "wallet", PASSWORD, [], LIGHT)
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", ["-journal", "-wal"])
def test_a_journal_of_a_lost_file_is_not_played_into_a_new_one(tmp_path, end):
    (tmp_path / ("file" + end)).write_bytes(b"old")
    with pytest.raises(InvalidInput):
        Vault.create(tmp_path / "file", "wallet", PASSWORD, [], LIGHT)
    assert not (tmp_path / "file").exists()


def test_places_that_hold_no_file_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "folder", "pipe", "no/such/folder", "nul\0byte"):
        with pytest.raises(InvalidInput):
            Vault.open(tmp_path / name, "wallet", PASSWORD)
    with pytest.raises(InvalidInput):
        Vault.create(tmp_path / "no" / "such", "wallet", PASSWORD, [], LIGHT)
    with pytest.raises(InvalidInput):
        Vault.create(tmp_path / "new", "wallet", "", [], LIGHT)
    for path in (Path(), tmp_path, Path("/"), tmp_path / "nul\0byte"):
        with pytest.raises(InvalidInput):
            Vault.create(path, "wallet", PASSWORD, [], LIGHT)
    assert not (tmp_path / "new").exists()


def test_records_cannot_change_places(path):
    edit(path, "UPDATE records SET id = 'z' WHERE id = 'a'")
    with Vault.open(path, "wallet", PASSWORD) as store, pytest.raises(DamagedFile):
        store.get("note", "z")


def test_records_cannot_change_kinds(path):
    edit(path, "UPDATE records SET kind = 'seed' WHERE id = 'a'")
    with Vault.open(path, "wallet", PASSWORD) as store, pytest.raises(DamagedFile):
        store.all("seed")


def test_records_of_another_file_are_refused(path, tmp_path):
    other = tmp_path / "other"
    Vault.create(other, "wallet", PASSWORD, [("seed", "1", b"theirs")], LIGHT).close()
    with closing(sqlite3.connect(other)) as connection:
        (box,) = connection.execute("SELECT box FROM records").fetchone()
    edit(path, "UPDATE records SET box = ? WHERE kind = 'seed'", box)
    with Vault.open(path, "wallet", PASSWORD) as store, pytest.raises(DamagedFile):
        store.get("seed", "1")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM lock",
        "UPDATE lock SET body = '{}'",
        "UPDATE lock SET body = 'nonsense'",
        "UPDATE lock SET body = replace(body, 'scrypt', 'scrypf')",
        "DROP TABLE lock",
        "DROP TABLE records",
        "CREATE TABLE extra (x)",
        "CREATE VIEW extra AS SELECT 1",
        "CREATE TRIGGER extra AFTER INSERT ON records BEGIN DELETE FROM lock; END",
        "PRAGMA application_id = 1",
        "PRAGMA user_version = 2",
        "PRAGMA journal_mode = WAL",
    ],
)
def test_every_edit_of_the_frame_is_damage(path, statement):
    edit(path, statement)
    with pytest.raises(DamagedFile):
        Vault.open(path, "wallet", PASSWORD)


@pytest.mark.slow
def test_every_flipped_byte_gives_a_typed_error_or_the_right_content(path):
    data = path.read_bytes()
    right = content(path)
    for position in range(0, len(data), 37):
        changed = bytearray(data)
        changed[position] ^= 0x55
        path.write_bytes(changed)
        try:
            assert content(path).items() <= right.items()
        except (WalletError, InvalidInput):
            continue


@pytest.mark.parametrize("offset", range(1, 12))
@pytest.mark.parametrize("value", [0, 1, 2, 255])
def test_a_damaged_page_does_not_lose_records_silently(path, offset, value):
    data = bytearray(path.read_bytes())
    right = content(path)
    data[8192 + offset] = value  # in the header of the page that holds the records
    path.write_bytes(data)
    try:
        assert content(path) == right
    except DamagedFile:
        return


def test_a_header_of_a_later_sqlite_is_damage_and_no_fault_of_the_machine(path):
    data = bytearray(path.read_bytes())
    data[18] = 3  # SQLite then reads the file, and refuses to write
    path.write_bytes(data)
    with pytest.raises(DamagedFile), Vault.open(path, "wallet", PASSWORD) as store:
        store.put([("note", "c", b"")])


@pytest.mark.parametrize("size", [0, 1, 15, 16, 99, 100, 512, 4096, 8192, 8193, -4000, -38, -1])
def test_every_cut_file_is_damage(path, size):
    # SQLite fills half a page with zeros: a file without its last bytes opened with records missing
    data = path.read_bytes()
    assert len(data) > size
    path.write_bytes(data[:size])
    with pytest.raises(DamagedFile):
        content(path)


def test_a_file_in_use_is_a_typed_error(path, monkeypatch):
    with Vault.open(path, "wallet", PASSWORD) as store:
        store._connection.execute("PRAGMA busy_timeout = 10")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(WalletError, match="another process is using"):
                store.put([("note", "c", b"")])
            other.execute("ROLLBACK")
        store.put([("note", "c", b"")])


def test_a_closed_file_is_a_typed_error(path):
    store = Vault.open(path, "wallet", PASSWORD)
    store.close()
    store.close()
    with pytest.raises(WalletError):
        store.get("seed", "1")
    with pytest.raises(WalletError):
        store.put([("note", "c", b"")])


def test_new_records_must_be_new_or_nothing_happens(path):
    before = content(path)
    with Vault.open(path, "wallet", PASSWORD) as store, pytest.raises(InvalidInput):
        store.put([("note", "c", b"")], new=[("note", "d", b""), ("note", "a", b"")])
    assert content(path) == before


def test_a_changed_password_opens_and_the_old_one_does_not(path):
    with Vault.open(path, "wallet", PASSWORD) as store:
        with pytest.raises(WrongPassword):
            store.change_password("another", "new", LIGHT)
        with pytest.raises(InvalidInput):
            store.change_password(PASSWORD, "", LIGHT)
        store.change_password(PASSWORD, "new", LIGHT)
        assert store.get("seed", "1") == SECRET
    with pytest.raises(WrongPassword):
        Vault.open(path, "wallet", PASSWORD)
    with Vault.open(path, "wallet", "new") as store:
        assert store.get("seed", "1") == SECRET


@pytest.mark.parametrize("killed", kill_rounds.VAULT)
def test_killed_at_any_moment_the_file_is_old_or_new(
    killed: kill_rounds.Killed, tmp_path: Path
) -> None:
    """At every 20th system call; `make long PART=kills-vault` kills at every single one."""
    assert killed(tmp_path, 0, 20) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("killed", kill_rounds.VAULT)
def test_killed_at_other_moments_the_file_is_old_or_new(
    killed: kill_rounds.Killed, tmp_path: Path
) -> None:
    assert killed(tmp_path, 3, 6) >= 20
