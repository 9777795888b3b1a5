"""Signed transactions on disk, stored before they are first sent.

Whatever happens afterwards (killed process, lost reply, dropped transaction), the same bytes are
sent again, and the chain's nonce lets them execute once. An entry's idempotency key names what the
transaction is for ("repay loan 7, instalment 3"): asking for the same one again finds the
transaction that exists instead of signing a second one.

States: ``signed`` (may or may not have reached the chain) → ``mined``; or ``superseded`` (another
transaction took the nonce; the idempotency key stays taken, because a node that lags behind looks
the same); or ``refused`` (the node said no the first and only time the bytes left this process, so
they exist nowhere else; nonce and idempotency key are free again); or ``replaced`` (the same call
was signed again with the same nonce and a higher fee; either may be mined, never both).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_path
from zkcredit.errors import ChainError, InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Entry", "Outbox"]

_APPLICATION = 0x7A6B6F62  # "zkob": marks the file as ours (SQLite's application_id)
_PATIENCE = 30.0  # seconds to wait for another process that is using the file
_SCHEMA = """
CREATE TABLE IF NOT EXISTS transactions (
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
);
CREATE UNIQUE INDEX IF NOT EXISTS live_nonce ON transactions (network, sender, nonce)
    WHERE state IN ('signed', 'mined');
CREATE UNIQUE INDEX IF NOT EXISTS live_key ON transactions (network, sender, key)
    WHERE state NOT IN ('refused', 'replaced');
"""
_PARTS = {("table", "transactions"), ("index", "live_nonce"), ("index", "live_key")}
_COLUMNS = "id, network, sender, nonce, key, raw, hash, sends, state"
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)  # the latter: a damaged file in the message
_TYPES = (int, str, str, int, str, bytes, str, int, str)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored transaction.

    Attributes:
        id: row in the outbox.
        network: chain id and genesis hash.
        sender: EIP-55 address.
        nonce: the account's transaction number.
        idempotency_key: what the transaction is for; unique per network and sender unless
            refused.
        raw: signed bytes.
        hash: transaction hash, 0x-prefixed.
        sends: how often the bytes were handed to a node, counted before each time.
        state: ``signed``, ``mined``, ``superseded``, ``refused`` or ``replaced``.
    """

    id: int
    network: str
    sender: str
    nonce: int
    idempotency_key: str
    raw: bytes
    hash: str
    sends: int
    state: str


class Outbox:
    """The transactions of one or more accounts. Several processes may share the file.

    Args:
        path: SQLite file, made with mode 0600 when it does not exist; None keeps the outbox in
            memory, where it does not survive the process: for chains that do not either.

    Raises:
        InvalidInput: the file cannot be opened.
        MalformedFile: it is not an outbox, or it is damaged. Every method raises this for a damaged
            entry.
        ChainError: raised by every method if the file cannot be read or written.
    """

    def __init__(self, path: str | Path | None) -> None:
        self._lock = threading.Lock()
        self._database = ":memory:" if path is None else str(require_path("the outbox", path))
        try:
            if path is not None:
                # SQLite would create it readable by everybody.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                self._database, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.OperationalError) as error:
            raise InvalidInput(f"the outbox {self._database} cannot be opened: {error}") from error
        try:
            self._prepare()
        except _UNREADABLE as error:
            self.close()
            raise MalformedFile(f"{self._database} is not an intact outbox") from error

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._connection.close()

    def find(self, network: str, sender: str, idempotency_key: str) -> Entry | None:
        """The transaction that holds an idempotency key, or None."""
        condition = (
            "network = ? AND sender = ? AND key = ? AND state NOT IN ('refused', 'replaced')"
        )
        return self._one(condition, network, sender, idempotency_key)

    def entry(self, row: int) -> Entry:
        """The entry with an id.

        Raises:
            InvalidInput: the outbox has no such entry.
        """
        found = self._one("id = ?", row)
        if found is None:
            raise InvalidInput(f"the outbox has no entry {row}")
        return found

    def pending(self, network: str, sender: str) -> list[Entry]:
        """Entries whose fate is open, by nonce."""
        return self._many("network = ? AND sender = ? AND state = 'signed' ORDER BY nonce",
                          network, sender)  # fmt: skip

    def live(self, network: str, sender: str, *, since: int) -> list[Entry]:
        """Signed and mined entries with nonces from ``since`` on, by nonce.

        If ``since`` is the chain's next nonce, these are in no block, or in none any more.
        """
        condition = "network = ? AND sender = ? AND nonce >= ? AND state IN ('signed', 'mined')"
        return self._many(condition + " ORDER BY nonce", network, sender, since)

    def history(self, network: str, sender: str) -> list[Entry]:
        """Every entry of an account on a network, oldest first."""
        return self._many("network = ? AND sender = ? ORDER BY id", network, sender)

    def add(
        self,
        network: str,
        sender: str,
        idempotency_key: str,
        chain_nonce: int,
        sign: Callable[[int], tuple[bytes, str]],
    ) -> Entry:
        """Reserve the next nonce, sign with it and store: all or nothing, and durably.

        Args:
            network: chain id and genesis hash.
            sender: EIP-55 address.
            idempotency_key: what the transaction is for. When it is taken already, that entry is
                returned.
            chain_nonce: the next nonce according to the chain.
            sign: makes (raw bytes, hash) for a nonce.
        """
        with self._exclusive():
            existing = self.find(network, sender, idempotency_key)
            if existing is not None:
                return existing
            taken = {
                row[0]
                for row in self._connection.execute(
                    "SELECT nonce FROM transactions WHERE network = ? AND sender = ? "
                    "AND nonce >= ? AND state IN ('signed', 'mined')",
                    (network, sender, chain_nonce),
                )
            }
            nonce = chain_nonce
            while nonce in taken:
                nonce += 1
            raw, digest = sign(nonce)
            row = self._connection.execute(
                "INSERT INTO transactions (network, sender, nonce, key, raw, hash, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (network, sender, nonce, idempotency_key, raw, digest, int(time.time())),
            ).lastrowid
        return self.entry(int(row or 0))

    def replace(self, row: int, raw: bytes, digest: str) -> Entry:
        """Put another signature of the same call, with the same nonce, in the place of an entry."""
        with self._exclusive():
            old = self.entry(row)
            if old.state != "signed":
                raise InvalidInput(f"entry {row} is {old.state} and cannot be replaced")
            self._connection.execute(
                "UPDATE transactions SET state = 'replaced' WHERE id = ?", (row,)
            )
            new = self._connection.execute(
                "INSERT INTO transactions (network, sender, nonce, key, raw, hash, sends, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    old.network, old.sender, old.nonce, old.idempotency_key, raw, digest, old.sends,
                    int(time.time()),
                ),
            ).lastrowid  # fmt: skip
        return self.entry(int(new or 0))

    def hashes(self, entry: Entry) -> list[str]:
        """The hashes under which an entry may be mined: its own, then those that it replaced."""
        earlier = self._many(
            "network = ? AND sender = ? AND nonce = ? AND key = ? AND state = 'replaced' "
            "ORDER BY id DESC",
            entry.network, entry.sender, entry.nonce, entry.idempotency_key,
        )  # fmt: skip
        return [entry.hash, *(attempt.hash for attempt in earlier)]

    def count_send(self, row: int) -> int:
        """Record that the bytes are about to leave; returns how often that was said before."""
        with self._exclusive():
            before = self.entry(row).sends
            self._connection.execute(
                "UPDATE transactions SET sends = sends + 1 WHERE id = ?", (row,)
            )
        return before

    def finish(self, row: int, state: str) -> None:
        """Record what became of an entry."""
        with self._exclusive():
            self._connection.execute("UPDATE transactions SET state = ? WHERE id = ?", (state, row))

    def _prepare(self) -> None:
        (mark,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mark != _APPLICATION and tables:
            raise sqlite3.DatabaseError("another application's database")
        # A commit returns when the disk has it: the promise that the whole module rests on.
        self._connection.execute("PRAGMA synchronous = EXTRA")
        self._connection.executescript(_SCHEMA)
        self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._require_intact()

    def _require_intact(self) -> None:
        # SQLite fills a page that is cut off with zeros, and believes a page's count of its cells:
        # a transaction that is missing would be signed a second time.
        parts = set(self._connection.execute("SELECT type, name FROM sqlite_schema"))
        checked = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        (page,) = self._connection.execute("PRAGMA page_size").fetchone()
        cut = self._database != ":memory:" and os.stat(self._database).st_size % page
        if parts != _PARTS or checked != ("ok",) or cut:
            raise sqlite3.DatabaseError("the file is damaged")

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        # IMMEDIATE takes the write lock first, so that two processes never read the same nonce.
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except _UNREADABLE as error:
                raise ChainError(f"the outbox cannot be written: {error}") from error

    def _one(self, condition: str, *values: object) -> Entry | None:
        found = self._many(condition, *values)
        return found[0] if found else None

    def _many(self, condition: str, *values: object) -> list[Entry]:
        query = f"SELECT {_COLUMNS} FROM transactions WHERE {condition}"  # noqa: S608 - own text
        try:
            with closing(self._connection.execute(query, values)) as cursor:
                rows = cursor.fetchall()
        except _UNREADABLE as error:
            raise ChainError(f"the outbox cannot be read: {error}") from error
        if any(tuple(map(type, row)) != _TYPES for row in rows):
            raise MalformedFile(f"{self._database} has a damaged entry")
        return [Entry(*row) for row in rows]
