"""The disk is full, or reading and writing fail: the error says so, and the file is as it was.

The faults are the kernel's answers to single calls, in a child process; ``make long PART=faults``
lets every call of every writing fail.
"""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest
from support.storage.fault_rounds import FAULTS, fail
from support.storage.faults import failing
from support.storage.power_rounds import WRITINGS

from zkcredit.errors import DamagedFile, MachineError, WalletError
from zkcredit.storage import database
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault

LIGHT = KdfCost.light_unsafe()
PASSWORD = "a password"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    Vault.create(path, "wallet", PASSWORD, [("note", "a", b"x" * 9000)], LIGHT).close()
    return path


@pytest.mark.slow
@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("name", [name for name in WRITINGS if name != "keystore created"])
def test_a_call_that_fails_is_the_machine_s_fault_and_changes_nothing(name, code):
    stride = 23 if code == errno.EIO else 7
    assert fail(name, code, 2, stride)["calls"]


@pytest.mark.slow
@pytest.mark.parametrize("code", FAULTS)
def test_a_keystore_is_written_or_not(code):
    assert fail("keystore created", code, 2, 4)["calls"]


def test_a_read_that_fails_is_not_damage(path):
    # SQLite itself calls such a file corrupt.
    def act():
        try:
            Vault.open(path, "wallet", PASSWORD).close()
        except MachineError:
            return 7
        return 0

    codes = [failing(act, path.parent, number, errno.EIO) for number in range(3, 60, 6)]
    assert {one.code for one in codes} <= {0, 7}
    assert any(one.call == "pread64" and one.code == 7 for one in codes)


def test_damage_is_damage_still(path):
    os.truncate(path, path.stat().st_size - 4096)
    with pytest.raises(DamagedFile, match="backup"):
        Vault.open(path, "wallet", PASSWORD)


@pytest.mark.parametrize(("place", "version"), [(18, 3), (18, 255), (19, 3), (19, 255)])
def test_a_file_of_another_version_is_damage(path, place, version):
    # SQLite does not write a file whose write version it does not know.
    data = bytearray(path.read_bytes())
    data[place] = version
    path.write_bytes(data)
    with pytest.raises(DamagedFile), Vault.open(path, "wallet", PASSWORD) as vault:
        vault.put([("note", "b", b"y")])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, MachineError),
        (sqlite3.SQLITE_IOERR, MachineError),
        (sqlite3.SQLITE_NOMEM, MachineError),
        (sqlite3.SQLITE_CANTOPEN, MachineError),  # the permissions are there
        (sqlite3.SQLITE_READONLY, MachineError),
        (sqlite3.SQLITE_BUSY, WalletError),
    ],
)
def test_what_sqlite_says_becomes_an_error_of_ours(path, code, kind):
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    with pytest.raises(kind) as raised, database.typed_errors(path):
        raise error
    assert not isinstance(raised.value, DamagedFile)


def test_a_file_that_cannot_be_opened_for_good_is_not_the_machine_s_fault(tmp_path):
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    with pytest.raises(WalletError, match="opened"), database.typed_errors(tmp_path / "gone"):
        raise error


def test_a_vault_that_cannot_be_opened_after_it_was_made_is_not_there(tmp_path, monkeypatch):
    def failing_connect(*_):
        raise MachineError("the machine failed")

    monkeypatch.setattr(database, "connect", failing_connect)
    with pytest.raises(MachineError):
        Vault.create(tmp_path / "file", "wallet", PASSWORD, [], LIGHT)
    assert list(tmp_path.iterdir()) == []
