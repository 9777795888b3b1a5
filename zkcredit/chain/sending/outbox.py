"""Signed transactions on disk, stored before they are first sent.

Whatever happens afterwards (a killed process, a lost reply, a dropped transaction), the same bytes
are sent again, and the nonce lets them execute only once. An entry's idempotency key names what the
transaction is for ("repay loan 7, instalment 3"): a second call with the same key finds the
existing transaction instead of signing another one.

States: ``pending`` (may or may not have reached the chain) → ``mined`` (in a block, whose hash is
kept) → ``safe`` → ``final``; or ``superseded``: another transaction is final on the nonce, so the
bytes can never execute. After a reorganisation an entry goes back to ``pending``.

Bytes that were sent may execute, whatever a node says. So a node's refusal is stored beside the
state, and changes neither nonce nor idempotency key: the same intention can be signed again with
the same nonce, and a later intention can use that nonce, too. Only one of them executes.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_path
from zkcredit.chain.sending.entries import Entry, Intention
from zkcredit.errors import (
    ChainError,
    DamagedFile,
    InternalError,
    InvalidInput,
    MalformedFile,
    WalletError,
)
from zkcredit.storage.database import FileKind, connect, create, transaction, typed_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Outbox"]

_PATIENCE = 30.0  # seconds to wait for another process that is using the file
_APPLICATION: Final = 0x7A6B6F62  # "zkob"
_STATES: Final = ("pending", "mined", "safe", "final", "superseded")
_TABLE: Final = """CREATE TABLE transactions (
    id       INTEGER PRIMARY KEY,
    network  TEXT    NOT NULL,
    sender   TEXT    NOT NULL,
    nonce    INTEGER NOT NULL,
    key      TEXT    NOT NULL,
    raw      BLOB    NOT NULL,
    hash     TEXT    NOT NULL,
    sends    INTEGER NOT NULL DEFAULT 0,
    state    TEXT    NOT NULL DEFAULT 'pending'
             CHECK (state IN ('pending', 'mined', 'safe', 'final', 'superseded')),
    refusal  TEXT    NOT NULL DEFAULT '',
    block    TEXT    NOT NULL DEFAULT '',
    created  INTEGER NOT NULL
)"""
_INTENTIONS: Final = """CREATE TABLE intentions (
    id       INTEGER PRIMARY KEY,
    network  TEXT    NOT NULL,
    sender   TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    ordinal  INTEGER NOT NULL,
    details  TEXT    NOT NULL,
    outcome  TEXT    NOT NULL DEFAULT '',
    created  INTEGER NOT NULL
)"""
_INDICES: Final = (
    "CREATE INDEX by_nonce ON transactions (network, sender, nonce)",
    "CREATE INDEX by_key ON transactions (network, sender, key)",
    "CREATE UNIQUE INDEX by_name ON intentions (network, sender, name, ordinal)",
)
_KIND: Final = FileKind("outbox", _APPLICATION, 2, (_TABLE, _INTENTIONS, *_INDICES))

_OLD_TABLE: Final = """CREATE TABLE transactions (
    id      INTEGER PRIMARY KEY,
    network TEXT    NOT NULL,
    sender  TEXT    NOT NULL,
    nonce   INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    raw     BLOB    NOT NULL,
    hash    TEXT    NOT NULL,
    sends   INTEGER NOT NULL DEFAULT 0,
    state   TEXT    NOT NULL DEFAULT 'signed'
            CHECK (state IN ('signed', 'mined', 'superseded', 'refused', 'replaced')),
    created INTEGER NOT NULL
)"""
_OLD_INDICES: Final = (
    """CREATE UNIQUE INDEX live_nonce ON transactions (network, sender, nonce)
    WHERE state IN ('signed', 'mined')""",
    """CREATE UNIQUE INDEX live_key ON transactions (network, sender, key)
    WHERE state NOT IN ('refused', 'replaced')""",
)
_OLD_KINDS: Final = tuple(
    FileKind("outbox", _APPLICATION, version, (_OLD_TABLE, *_OLD_INDICES)) for version in (0, 1)
)
# The old states of bytes that were sent are not certain, so the chain is asked again: an old
# ``superseded`` or ``refused`` becomes pending.
_MIGRATION: Final = (
    "DROP INDEX live_nonce",
    "DROP INDEX live_key",
    "ALTER TABLE transactions RENAME TO old",
    _TABLE,
    "INSERT INTO transactions (id, network, sender, nonce, key, raw, hash, sends, state, refusal, "
    "created) SELECT id, network, sender, nonce, key, raw, hash, sends, "
    "CASE state WHEN 'mined' THEN 'mined' ELSE 'pending' END, "
    "CASE state WHEN 'refused' THEN 'refused' ELSE '' END, created FROM old",
    "DROP TABLE old",
    _INTENTIONS,
    *_INDICES,
    f"PRAGMA user_version = {_KIND.version}",
)

_COLUMNS = "id, network, sender, nonce, key, raw, hash, sends, state, refusal, block, created"
_TYPES = (int, str, str, int, str, bytes, str, int, str, str, str, int)
_INTENTION_COLUMNS = "id, network, sender, name, ordinal, details, outcome, created"
_INTENTION_TYPES = (int, str, str, str, int, str, str, int)
_OF = "network = ? AND sender = ?"
# The entry that represents an intention: the one in a block, otherwise the last signed one.
_STANDING = (
    "CASE state WHEN 'pending' THEN 1 WHEN 'superseded' THEN 2 ELSE 0 END, nonce DESC, id DESC"
)


class Outbox:
    """The transactions of one or more accounts. Several processes may share the file.

    Args:
        path: SQLite file, made with mode 0600 if it does not exist; None keeps the outbox in
            memory, for chains that do not survive the process either.

    Raises:
        InvalidInput: if the file cannot be opened.
        MalformedFile: if it is not an outbox, or it is damaged. Every method raises this for a
            damaged entry.
        ChainError: if the file cannot be read or written. Every method raises this.
        MachineError: if the machine fails, for example because its disk is full.
    """

    def __init__(self, path: str | Path | None) -> None:
        self._lock = threading.Lock()
        self._path = Path(":memory:") if path is None else Path(require_path("the outbox", path))
        if path is None:
            self._connection = sqlite3.connect(
                ":memory:", isolation_level=None, check_same_thread=False
            )
            for statement in _KIND.schema:
                self._connection.execute(statement)
            return
        _require_not_empty(self._path)
        try:
            if not os.path.lexists(self._path):
                # Another process may make the file at the same time; then that file is used.
                with _unless_made(self._path):
                    create(self._path, _KIND)
            self._connection = _opened(self._path)
        except DamagedFile as error:
            raise MalformedFile(f"{self._path} is not an intact outbox") from error
        except WalletError as error:
            raise InvalidInput(f"the outbox {self._path} cannot be opened: {error}") from error

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._connection.close()

    # --- reading ----------------------------------------------------------------------------------

    def find(self, network: str, sender: str, idempotency_key: str) -> Entry | None:
        """Return the transaction that represents an intention, or None if none was signed.

        It is the one that was seen in a block, otherwise the last signed one.
        """
        where = f"{_OF} AND key = ? ORDER BY {_STANDING} LIMIT 1"
        return self._one(where, network, sender, idempotency_key)

    def entry(self, row: int) -> Entry:
        """Return the entry with an id.

        Raises:
            InvalidInput: if the outbox has no such entry.
        """
        found = self._one("id = ?", row)
        if found is None:
            raise InvalidInput(f"the outbox has no entry {row}")
        return found

    def pending(self, network: str, sender: str) -> list[Entry]:
        """Return the transactions of intentions that are in no block, by nonce; one for each
        intention.
        """
        return [entry for entry in self.open(network, sender) if entry.state == "pending"]

    def open(self, network: str, sender: str) -> list[Entry]:
        """Return the transactions of intentions that are not final, by nonce; one for each
        intention.
        """
        standing = self._standing(self._many(f"{_OF} ORDER BY {_STANDING}", network, sender))
        return [entry for entry in standing if entry.state in ("pending", "mined", "safe")]

    def live(self, network: str, sender: str, *, since: int) -> list[Entry]:
        """Return transactions that may still execute with nonces from ``since``, by nonce; one for
        each intention.

        If ``since`` is the chain's next nonce, these are not in a block, or no longer. Transactions
        that a node refused are omitted.
        """
        where = (
            f"{_OF} AND nonce >= ? AND state != 'superseded' "
            f"AND (state != 'pending' OR refusal = '') ORDER BY {_STANDING}"
        )
        return self._standing(self._many(where, network, sender, since))

    def at_nonce(self, entry: Entry) -> list[Entry]:
        """Return every transaction that was signed with an entry's nonce, the newest first."""
        where = f"{_OF} AND nonce = ? ORDER BY id DESC"
        return self._many(where, entry.network, entry.sender, entry.nonce)

    def others(self, network: str, sender: str, nonce: int, idempotency_key: str) -> set[str]:
        """Return the hashes of what was signed with a nonce for other intentions.

        The same bytes for two equal intentions would execute once for both.
        """
        where = f"{_OF} AND nonce = ? AND key != ?"
        return {one.hash for one in self._many(where, network, sender, nonce, idempotency_key)}

    def history(self, network: str, sender: str) -> list[Entry]:
        """Return every entry of an account on a network, oldest first."""
        return self._many(f"{_OF} ORDER BY id", network, sender)

    def hashes(self, entry: Entry) -> list[str]:
        """Return the hashes of all transactions of an entry's intention with its nonce."""
        twins = self.at_nonce(entry)
        own = [twin.hash for twin in twins if twin.idempotency_key == entry.idempotency_key]
        return [entry.hash, *(digest for digest in own if digest != entry.hash)]

    # --- writing ----------------------------------------------------------------------------------

    def add(
        self,
        network: str,
        sender: str,
        idempotency_key: str,
        chain_nonce: int,
        sign: Callable[[int], tuple[bytes, str]],
        *,
        lost: Entry | None = None,
    ) -> Entry:
        """Take the lowest free nonce, sign with it, and store the transaction durably.

        A nonce is free if it is at least ``chain_nonce`` and no transaction that may execute has
        it. A transaction that a node refused does not block its nonce.

        Args:
            network: chain id and genesis hash.
            sender: EIP-55 address.
            idempotency_key: what the transaction is for. If it is in use already, the entry that
                represents it is returned.
            chain_nonce: the next nonce according to the chain.
            sign: a function that makes (raw bytes, hash) for a nonce.
            lost: a transaction of the intention, if another one is final with its nonce; all of the
                intention's transactions with that nonce become superseded.
        """
        with self._exclusive():
            existing = self.find(network, sender, idempotency_key)
            if existing is not None and (lost is None or existing.nonce != lost.nonce):
                return existing
            if lost is not None:
                self._connection.execute(
                    f"UPDATE transactions SET state = 'superseded', block = '' WHERE {_OF} "  # noqa: S608 - own text
                    "AND key = ? AND nonce <= ?",
                    (network, sender, idempotency_key, lost.nonce),
                )
                chain_nonce = max(chain_nonce, lost.nonce + 1)
            # A node that lags may name a nonce that is already used.
            (used,) = self._connection.execute(
                f"SELECT max(nonce) FROM transactions WHERE {_OF} AND state = 'final'",  # noqa: S608
                (network, sender),
            ).fetchone()
            chain_nonce = chain_nonce if used is None else max(chain_nonce, used + 1)
            taken = {entry.nonce for entry in self.live(network, sender, since=chain_nonce)}
            nonce = chain_nonce
            while nonce in taken:
                nonce += 1
            row = self._insert((network, sender, nonce, idempotency_key, *sign(nonce)))
        return self.entry(row)

    def replace(
        self, row: int, raw: bytes, digest: str, *, idempotency_key: str | None = None
    ) -> Entry:
        """Add another transaction with the nonce of an entry that is not in a block.

        Args:
            row: the entry.
            raw: the signed bytes.
            digest: their hash.
            idempotency_key: what the new transaction is for; the entry's intention by default.

        Returns:
            The new entry; the entry itself if the bytes are the same.

        Raises:
            InvalidInput: if the entry is not pending.
        """
        with self._exclusive():
            old = self.entry(row)
            if old.state != "pending":
                raise InvalidInput(f"entry {row} is {old.state} and cannot be replaced")
            key = old.idempotency_key if idempotency_key is None else idempotency_key
            if digest == old.hash:
                return old
            new = self._insert((old.network, old.sender, old.nonce, key, raw, digest))
        return self.entry(new)

    def count_send(self, row: int) -> bool:
        """Record that the bytes are about to be sent.

        Returns:
            Whether a node may have them already: they were sent before, and not refused each time.
        """
        with self._exclusive():
            before = self.entry(row)
            self._connection.execute(
                "UPDATE transactions SET sends = sends + 1, refusal = '' WHERE id = ?", (row,)
            )
        return before.sends > 0 and not before.refusal

    def refuse(self, row: int, words: str) -> None:
        """Record that a node refused the bytes, in its words."""
        with self._exclusive():
            self._connection.execute(
                "UPDATE transactions SET refusal = ? WHERE id = ? AND state = 'pending'",
                (words or "refused", row),
            )

    def finish(self, row: int, state: str, *, block: str = "") -> None:
        """Record the state of an entry.

        If it is final, every other transaction with its nonce becomes superseded. If it is in a
        block, no other one with its nonce is: what was in a block before becomes pending.

        Args:
            row: the entry.
            state: one of the five states.
            block: hash of its block.
        """
        if state not in _STATES:
            raise InternalError(f"an outbox has no state {state!r}")
        with self._exclusive():
            entry = self.entry(row)
            if (entry.state, entry.block) != (state, block):
                self._connection.execute(
                    "UPDATE transactions SET state = ?, block = ? WHERE id = ?", (state, block, row)
                )
            others = (entry.network, entry.sender, entry.nonce, row)
            if state == "final":
                self._connection.execute(
                    "UPDATE transactions SET state = 'superseded', block = '' "  # noqa: S608
                    f"WHERE {_OF} AND nonce = ? AND id != ? AND state != 'superseded'",
                    others,
                )
            elif state in ("mined", "safe"):
                self._connection.execute(
                    "UPDATE transactions SET state = 'pending', block = '' "  # noqa: S608
                    f"WHERE {_OF} AND nonce = ? AND id != ? AND state IN ('mined', 'safe')",
                    others,
                )

    # --- intentions -------------------------------------------------------------------------------

    def intention(self, network: str, sender: str, name: str, ordinal: int) -> Intention | None:
        """Return an intention that was stored, or None."""
        found = self._intentions(
            f"{_OF} AND name = ? AND ordinal = ?", network, sender, name, ordinal
        )
        return found[0] if found else None

    def intentions(self, network: str, sender: str) -> list[Intention]:
        """Return every intention of an account on a network, oldest first."""
        return self._intentions(f"{_OF} ORDER BY id", network, sender)

    def intend(self, network: str, sender: str, name: str, ordinal: int, details: str) -> Intention:
        """Store an intention before anything is signed for it, or find it.

        The details of an intention do not change once something was signed for it.

        Raises:
            InvalidInput: if the same intention with the previous ordinal has not ended.
        """
        with self._exclusive():
            found = self.intention(network, sender, name, ordinal)
            if found is None:
                before = self.intention(network, sender, name, ordinal - 1)
                if ordinal > 1 and (before is None or not before.outcome):
                    again = "" if ordinal == 2 else f" --again {ordinal - 1}"
                    raise InvalidInput(
                        f"number {ordinal - 1} of this has not ended, so number {ordinal} cannot "
                        f"begin; run the command with{again or 'out --again'} first"
                    )
                self._connection.execute(
                    "INSERT INTO intentions (network, sender, name, ordinal, details, created) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (network, sender, name, ordinal, details, int(time.time())),
                )
            elif not self.transactions(found):
                self._connection.execute(
                    "UPDATE intentions SET details = ? WHERE id = ?", (details, found.id)
                )
        stored = self.intention(network, sender, name, ordinal)
        if stored is None:
            raise InternalError("the outbox lost an intention that it had stored")
        return stored

    def transactions(self, intention: Intention) -> list[Entry]:
        """Return the transactions of an intention, oldest first."""
        history = self.history(intention.network, intention.sender)
        return [entry for entry in history if intention.owns(entry)]

    def conclude(self, row: int, outcome: str) -> None:
        """Record the outcome of an intention, as JSON text."""
        with self._exclusive():
            self._connection.execute(
                "UPDATE intentions SET outcome = ? WHERE id = ?", (outcome, row)
            )

    def forget(self, intention: Intention) -> None:
        """Remove an intention for which nothing was signed."""
        with self._exclusive():
            if not self.transactions(intention):
                self._connection.execute("DELETE FROM intentions WHERE id = ?", (intention.id,))

    # --- the file ---------------------------------------------------------------------------------

    def _insert(self, values: tuple[str, str, int, str, bytes, str]) -> int:
        network, sender, nonce, key, _, digest = values
        if digest in self.others(network, sender, nonce, key):
            raise InternalError("two intentions cannot share one transaction")
        row = self._connection.execute(
            "INSERT INTO transactions (network, sender, nonce, key, raw, hash, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, int(time.time())),
        ).lastrowid
        return int(row or 0)

    @staticmethod
    def _standing(entries: list[Entry]) -> list[Entry]:
        first: dict[str, Entry] = {}
        for entry in entries:
            first.setdefault(entry.idempotency_key, entry)
        return sorted(first.values(), key=lambda entry: (entry.nonce, entry.id))

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        # Take the write lock first, so that two processes never read the same nonce.
        with self._lock:
            try:
                with transaction(self._connection, self._path):
                    yield
            except WalletError as error:
                raise ChainError(f"the outbox cannot be written: {error}") from error

    def _intentions(self, condition: str, *values: object) -> list[Intention]:
        rows = self._rows(f"SELECT {_INTENTION_COLUMNS} FROM intentions WHERE {condition}", values)  # noqa: S608 - own text
        if any(tuple(map(type, row)) != _INTENTION_TYPES for row in rows):
            raise MalformedFile(f"{self._path} has a damaged intention")
        return [Intention(*row) for row in rows]

    def _one(self, condition: str, *values: object) -> Entry | None:
        found = self._many(condition, *values)
        return found[0] if found else None

    def _many(self, condition: str, *values: object) -> list[Entry]:
        rows = self._rows(f"SELECT {_COLUMNS} FROM transactions WHERE {condition}", values)  # noqa: S608 - own text
        if any(tuple(map(type, row)) != _TYPES or row[8] not in _STATES for row in rows):
            raise MalformedFile(f"{self._path} has a damaged entry")
        return [Entry(*row) for row in rows]

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with (
                typed_errors(self._path),
                closing(self._connection.execute(query, values)) as cursor,
            ):
                return cursor.fetchall()
        except WalletError as error:
            raise ChainError(f"the outbox cannot be read: {error}") from error


def _require_not_empty(path: Path) -> None:
    # It could be made anew, but if it was emptied by something else, what it said would be paid
    # again: that is for its owner to know.
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return  # told when it is opened
    if stat.S_ISREG(status.st_mode) and status.st_size == 0:
        raise MalformedFile(
            f"the outbox {path} is an empty file: an old version was stopped while it made it, or "
            "its content is lost; if you have sent nothing with it, remove the file and run the "
            "command again"
        )


@contextmanager
def _unless_made(path: Path) -> Iterator[None]:
    try:
        yield
    except InvalidInput:
        if not os.path.lexists(path):
            raise


def _opened(path: Path) -> sqlite3.Connection:
    try:
        connection = connect(path, _KIND, any_thread=True)
    except DamagedFile:
        for kind in _OLD_KINDS:
            with suppress(DamagedFile), closing(connect(path, kind, any_thread=True)) as old:
                _migrate(old, path)
        connection = connect(path, _KIND, any_thread=True)
    connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection, path):
        # Another process may have migrated the file since it was opened.
        if connection.execute("PRAGMA user_version").fetchone()[0] != _KIND.version:
            for statement in _MIGRATION:
                connection.execute(statement)
