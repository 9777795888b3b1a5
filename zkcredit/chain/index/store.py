"""The file of an index: blocks, raw events, and the rows of projections.

Every change goes from one block to another in one SQLite transaction, so that a killed process
leaves the state after some block. Each row names its block, so that a reorganisation deletes rows.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from zkcredit._internal.checks import require_path
from zkcredit.chain.index.chain_source import Header, RawEvent
from zkcredit.chain.index.projection import Emitted, Shape, shape_of
from zkcredit.errors import DamagedFile, InvalidInput, OtherIndex
from zkcredit.storage import database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from zkcredit.chain.index.projection import Projection

__all__ = ["CORE", "VERSION", "Identity", "Store"]

VERSION: Final = 2
"""The version of the tables; 2 keeps with an event what it gives the hash of."""
_APPLICATION: Final = 0x7A6B_6978  # "zkix"
_LARGEST: Final = 1 << 36  # bytes of a file
_WORD: Final = 32
CORE: Final = (
    "CREATE TABLE identity (id INTEGER PRIMARY KEY, network TEXT NOT NULL, "
    "deployment TEXT NOT NULL, projections TEXT NOT NULL) STRICT",
    "CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent BLOB NOT NULL, "
    "time INTEGER NOT NULL) STRICT",
    "CREATE TABLE events (block INTEGER NOT NULL, log_index INTEGER NOT NULL, "
    "address TEXT NOT NULL, topics BLOB NOT NULL, data BLOB NOT NULL, txn TEXT NOT NULL, "
    "attached BLOB NOT NULL, PRIMARY KEY (block, log_index)) STRICT, WITHOUT ROWID",
)
"""The SQL that makes the tables that every index has."""

_OWN: Final = frozenset({"identity", "blocks", "events"})
_HEADER: Final = "number, hash, parent, time"


@dataclass(frozen=True, slots=True)
class Identity:
    """What an index is of.

    Attributes:
        network: chain id and genesis hash.
        since: the first block whose events count.
        contracts: the name of each contract by its EIP-55 address.
    """

    network: str
    since: int
    contracts: Mapping[str, str]

    def deployment(self) -> str:
        """Return the contracts and the first block as text, for comparison."""
        return json.dumps({"since": self.since, "contracts": dict(sorted(self.contracts.items()))})


class Store:
    """An open index file, or one in memory. Threads may share it.

    Args:
        path: the file, made if it does not exist; None keeps the index in memory.
        identity: what the index is of.
        projections: what to compute from the events.
        base: returns the block before the first one; called if the index is new.

    Raises:
        InvalidInput: if a projection is not acceptable, or the path cannot be opened or made.
        OtherIndex: if the file belongs to another chain, deployment or version.
        DamagedFile: if the file is not an index, or it is corrupted.
        WalletError: if another process keeps the file locked.
    """

    def __init__(
        self,
        path: Path | str | None,
        identity: Identity,
        projections: Sequence[Projection],
        base: Callable[[], Header],
    ) -> None:
        self._remember(identity, projections)
        self._readable: frozenset[str] | None = None  # tables that a statement may read; None: any
        self._path = Path(":memory:") if path is None else require_path("the index", path)
        if path is None:
            self._connection: Any = sqlite3.connect(
                ":memory:", isolation_level=None, check_same_thread=False
            )
            for statement in self._kind().schema:
                self._connection.execute(statement)
            for statement, values in self._first_rows(base()):
                self._connection.execute(statement, values)
        else:
            if not os.path.lexists(self._path):
                rows = self._first_rows(base())
                # Another process may make the file at the same time; then that file is used.
                with suppress(InvalidInput):
                    database.create(self._path, self._kind(), rows)
            self._connection = self._opened()
        self._connection.set_authorizer(self._authorize)

    def _remember(self, identity: Identity, projections: Sequence[Projection]) -> None:
        self._lock = threading.RLock()
        self._identity = identity
        self._projections = tuple(projections)
        self._shapes = {one.name: shape_of(one) for one in self._projections}
        if len(self._shapes) != len(self._projections):
            raise InvalidInput("two projections of an index cannot have the same name")

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._connection.close()

    # --- reading ----------------------------------------------------------------------------------

    def last(self) -> Header:
        """Return the last block that was taken."""
        return self._one_header("ORDER BY number DESC LIMIT 1")

    def newest(self, number: int) -> Header:
        """Return the newest kept block with at most this number, or the oldest that is kept."""
        found = self._headers("WHERE number <= ? ORDER BY number DESC LIMIT 1", number)
        return found[0] if found else self._one_header("ORDER BY number LIMIT 1")

    def down_from(self, number: int, to: int) -> list[Header]:
        """Return the kept blocks with numbers to..number, the newest first."""
        return self._headers("WHERE number BETWEEN ? AND ? ORDER BY number DESC", to, number)

    def events_of(self, block: Header) -> list[RawEvent]:
        """Return the events of a block, in order."""
        rows = self._ask(
            "SELECT log_index, address, topics, data, txn, attached FROM events WHERE block = ? "
            "ORDER BY log_index",
            block.number,
        )
        return [
            RawEvent(block.number, block.hash, index, address, _words(topics), data, txn, attached)
            for index, address, topics, data, txn, attached in rows
        ]

    def ask(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the result of a query of the projections' tables.

        Raises:
            InvalidInput: if the query does anything else.
        """
        with self._lock:
            return self._restricted("a reader", frozenset(self._tables()), query, values)

    # --- writing ----------------------------------------------------------------------------------

    def advance(
        self, last: Header, blocks: Sequence[Header], events: Sequence[RawEvent], kept: int
    ) -> bool:
        """Go on from the last block: take some blocks in one transaction, all or none.

        Args:
            last: the last block, as the caller knows it.
            blocks: the following blocks; those that are left out have no events.
            events: all their events, in order.
            kept: from the last block down, so many blocks are kept, and older ones with events.

        Returns:
            False, and nothing is changed, if another process has gone on meanwhile.
        """
        with self._writing() as connection:
            if self.last() != last:
                return False
            connection.executemany(
                "INSERT INTO blocks (number, hash, parent, time) VALUES (?, ?, ?, ?)",
                [(one.number, one.hash, one.parent, one.time) for one in blocks],
            )
            connection.executemany(
                "INSERT INTO events (block, log_index, address, topics, data, txn, attached) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        e.block,
                        e.index,
                        e.address,
                        b"".join(e.topics),
                        e.data,
                        e.transaction,
                        e.attached,
                    )
                    for e in events
                ],
            )
            self._project(blocks, events)
            connection.execute(
                "DELETE FROM blocks WHERE number BETWEEN ? AND ? AND number > ? "
                "AND NOT EXISTS (SELECT 1 FROM events WHERE block = number)",
                (last.number - kept, blocks[-1].number - kept - 1, self._identity.since - 1),
            )
        return True

    def rewind(self, last: Header, number: int) -> bool:
        """Take all blocks after ``number`` back, in one transaction.

        Args:
            last: the last block, as the caller knows it.
            number: a kept block.

        Returns:
            False, and nothing is changed, if another process has gone on meanwhile.

        Raises:
            InvalidInput: if this block is not kept.
        """
        with self._writing() as connection:
            if self.last() != last:
                return False
            if not self._headers("WHERE number = ?", number):
                raise InvalidInput(f"the index does not keep block {number}")
            connection.execute("DELETE FROM blocks WHERE number > ?", (number,))
            connection.execute("DELETE FROM events WHERE block > ?", (number,))
            for table in self._tables():
                connection.execute(f"DELETE FROM {table} WHERE block > ?", (number,))  # noqa: S608 - checked name
        return True

    def replay(self) -> None:
        """Empty all projections and compute them again from the kept events, in one transaction."""
        with self._writing() as connection:
            for table in self._tables():
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - checked name
            self._project_all()

    # --- the file ---------------------------------------------------------------------------------

    def _kind(self, stored: Sequence[str] | None = None) -> database.FileKind:
        shapes = [one for shape in self._shapes.values() for one in shape.schema]
        tables = shapes if stored is None else stored
        return database.FileKind("index", _APPLICATION, VERSION, (*CORE, *tables), _LARGEST)

    def _first_rows(self, base: Header) -> list[tuple[str, tuple[Any, ...]]]:
        about = (self._identity.network, self._identity.deployment(), self._described())
        block = (base.number, base.hash, base.parent, base.time)
        return [
            ("INSERT INTO identity VALUES (1, ?, ?, ?)", about),
            ("INSERT INTO blocks VALUES (?, ?, ?, ?)", block),
        ]

    def _described(self) -> str:
        return json.dumps(
            [[one.name, one.version, self._shapes[one.name].schema] for one in self._projections]
        )

    def _opened(self) -> sqlite3.Connection:
        """Open the file, and replay its events if its projections are others."""
        found = self._look()
        stored = self._described() if found is None else found
        try:
            statements = [sql for _, _, schema in json.loads(stored) for sql in schema]
        except (ValueError, TypeError):
            statements = []  # a damaged file, which the next step says
        connection = database.connect(self._path, self._kind(statements), any_thread=True)
        try:
            if stored != self._described():
                self._connection = connection
                self._exchange_projections(statements)
        except BaseException:
            connection.close()
            raise
        return connection

    def _look(self) -> str | None:
        """Return what the file says about its projections; None if that cannot be read.

        Raises:
            OtherIndex: if it is an index of something else.
        """
        mark = 0
        with suppress(sqlite3.Error), closing(self._plain("mode=ro&immutable=1")) as connection:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if mark == _APPLICATION and version != VERSION:
                raise OtherIndex(
                    f"{self._path} is an index of version {version}, and this is version "
                    f"{VERSION}; remove the file, and the chain is read again"
                )
        if mark != _APPLICATION:
            return None
        # It is ours: now with locks, and after a journal of a killed process was rolled back.
        with suppress(sqlite3.Error), closing(self._plain("mode=rw")) as connection:
            network, deployment, projections = connection.execute(
                "SELECT network, deployment, projections FROM identity"
            ).fetchone() or ("", "", "")
            self._require_identity(network, deployment)
            return str(projections)
        return None

    def _require_identity(self, network: str, deployment: str) -> None:
        if network != self._identity.network:
            raise OtherIndex(
                f"{self._path} is an index of another chain: {network}, and the node's is "
                f"{self._identity.network}"
            )
        if deployment != self._identity.deployment():
            raise OtherIndex(
                f"{self._path} is an index of other contracts: {deployment}; these are "
                f"{self._identity.deployment()}"
            )

    def _plain(self, how: str) -> sqlite3.Connection:
        where = f"file:{quote(os.fsencode(self._path.absolute()))}?{how}"
        return sqlite3.connect(where, uri=True, isolation_level=None, timeout=10)

    def _exchange_projections(self, old: Sequence[str]) -> None:
        with self._writing() as connection:
            (now,) = connection.execute("SELECT projections FROM identity").fetchone()
            if now == self._described():
                return  # another process did it
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
            ).fetchall():
                if table not in _OWN:
                    connection.execute(f'DROP TABLE "{table}"')
            for shape in self._shapes.values():
                for statement in shape.schema:
                    connection.execute(statement)
            connection.execute("UPDATE identity SET projections = ?", (self._described(),))
            self._project_all()

    # --- projections ------------------------------------------------------------------------------

    def _tables(self) -> list[str]:
        return [table for shape in self._shapes.values() for table in shape.tables]

    def _project_all(self) -> None:
        for block in self._headers(
            "WHERE EXISTS (SELECT 1 FROM events WHERE block = number) ORDER BY number"
        ):
            self._project([block], self.events_of(block))

    def _project(self, blocks: Sequence[Header], events: Sequence[RawEvent]) -> None:
        several: dict[int, list[Emitted]] = {}
        for raw in events:
            contract = self._identity.contracts[raw.address]
            several.setdefault(raw.block, []).append(Emitted(contract, raw))
        for block in blocks:
            if block.number in several:
                for projection in self._projections:
                    name = projection.name
                    rows = _Rows(self, name, self._shapes[name], block.number)
                    projection.take(rows, block, several[block.number])

    def _restricted(
        self, whose: str, tables: frozenset[str], query: str, values: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        with database.typed_errors(self._path):
            _ = self._connection.total_changes  # raises if the file is closed
        self._readable = tables
        try:
            # SQLite asks what is permitted when it compiles a statement, and the connection keeps
            # compiled statements by their text; so the same query of somebody else has another.
            found: list[tuple[Any, ...]] = self._connection.execute(
                f"/* {whose} */ {query}", tuple(values)
            ).fetchall()
            return found
        except sqlite3.Error as error:
            # What SQLite refuses of a query that is not ours is not damage.
            if isinstance(error, sqlite3.ProgrammingError) or getattr(
                error, "sqlite_errorcode", 0
            ) in (sqlite3.SQLITE_AUTH, sqlite3.SQLITE_ERROR):
                raise InvalidInput(
                    f"the index answers a query of its projections' tables, not this: {error}"
                ) from error
            with database.typed_errors(self._path):
                raise
        finally:
            self._readable = None

    def _authorize(self, action: int, table: str | None, *_: str | None) -> int:
        if self._readable is None:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            return sqlite3.SQLITE_OK if table in self._readable else sqlite3.SQLITE_DENY
        harmless = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
        return sqlite3.SQLITE_OK if action in harmless else sqlite3.SQLITE_DENY

    # --- statements -------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._lock, database.transaction(self._connection, self._path) as connection:
            yield connection

    def _ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, database.typed_errors(self._path):
            found: list[tuple[Any, ...]] = self._connection.execute(query, values).fetchall()
            return found

    def _headers(self, where: str, *values: Any) -> list[Header]:
        rows = self._ask(f"SELECT {_HEADER} FROM blocks {where}", *values)  # noqa: S608 - own text
        return [Header(*row) for row in rows]

    def _one_header(self, where: str, *values: Any) -> Header:
        found = self._headers(where, *values)
        if not found:
            raise DamagedFile(f"{self._path} lacks a block; remove it, and the chain is read again")
        return found[0]


class _Rows:
    """The tables of one projection, while it takes a block."""

    def __init__(self, store: Store, name: str, shape: Shape, block: int) -> None:
        self._store = store
        self._name = name
        self._shape = shape
        self._block = block

    def add(self, table: str, event: Emitted, **values: str | int | bytes) -> None:
        """See ``Rows.add``."""
        columns = self._shape.tables.get(table)
        if columns is None or event.block != self._block or not set(values) <= columns:
            raise InvalidInput(f"the row does not fit the projection's table {table}")
        names = ", ".join(("block", "log_index", *values))
        row = (event.block, event.raw.index, *values.values())
        statement = f"INSERT INTO {table} ({names}) VALUES (?{', ?' * (len(row) - 1)})"  # noqa: S608
        try:
            self._store._connection.execute(statement, row)
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise InvalidInput(f"the row does not fit the table {table}: {error}") from error

    def ask(self, query: str, *values: str | int | bytes) -> list[tuple[Any, ...]]:
        """See ``Rows.ask``."""
        tables = frozenset(self._shape.tables)
        return self._store._restricted(self._name, tables, query, values)


def _words(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[at : at + _WORD] for at in range(0, len(joined), _WORD))
