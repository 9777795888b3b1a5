"""An index in a PostgreSQL database, with the same tables as in a file.

For a market that outgrows one file, or a page of several processes. The statements are those of
``store``; a few words of them are exchanged. One connection writes, another one reads, so readers
do not wait while a batch of blocks is taken.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from zkcredit._internal.extras import extra
from zkcredit.chain.index.store import CORE, VERSION, Identity, Store
from zkcredit.errors import InvalidInput, MachineError, OtherIndex, WalletError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import psycopg

    from zkcredit.chain.index.chain_source import Header
    from zkcredit.chain.index.projection import Projection

__all__ = ["PostgresStore", "is_postgres"]

_LOCK: Final = 0x7A6B_6978  # whoever opens or writes an index waits for this one
_TABLE: Final = re.compile(r"CREATE TABLE (\w+)")
_WORDS: Final = (
    (" STRICT", ""), (", WITHOUT ROWID", ""), ("INTEGER", "BIGINT"), (" BLOB", " BYTEA"),
)  # fmt: skip
_MARK: Final = "index_version"


def is_postgres(place: object) -> bool:
    """Return whether a place is the URL of a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


class PostgresStore(Store):
    """An index in a database that has nothing else in the schema where it is made.

    Args:
        url: ``postgresql://user@host/database``; the path's first schema is used.
        identity: what the index is of.
        projections: what to compute from the events.
        base: returns the block before the first one; called if the index is new.

    Raises:
        InvalidInput: if a projection is not acceptable, or the database cannot be reached.
        OtherIndex: if the database has an index of something else, or other tables.
        MissingExtra: if psycopg is not installed.
    """

    def __init__(
        self,
        url: str,
        identity: Identity,
        projections: Sequence[Projection],
        base: Callable[[], Header],
    ) -> None:
        self._remember(identity, projections)
        self._path = Path(f"the database on {urlsplit(url).hostname or 'this machine'}")
        self._writer_of: int | None = None
        self._reading = threading.Lock()
        self._reader = _Connection(url)
        self._connection = self._writer = _Connection(url)
        try:
            self._prepare(base)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        self._reader.close()
        self._writer.close()

    def ask(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the result of a query, in a transaction that cannot write.

        Raises:
            InvalidInput: if the query is not one, or does anything else.
        """
        with self._reading, self._reader.transaction(read_only=True) as connection:
            return connection.execute(query, values).fetchall()

    # --- what differs from a file -----------------------------------------------------------------

    def _prepare(self, base: Callable[[], Header]) -> None:
        with self._writing() as connection:
            found = {
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
                )
            }
            if _MARK not in found:
                if found:
                    raise OtherIndex(
                        f"{self._path} has other tables, such as {min(found)}; give the index a "
                        "database or a schema of its own"
                    )
                self._make(connection, base())
                return
            self._require_same(connection)
            ((stored,),) = connection.execute("SELECT projections FROM identity")
            if stored != self._described():
                for _, _, schema in json.loads(stored):
                    for table in _TABLE.findall(" ".join(schema)):
                        connection.execute(f'DROP TABLE "{table}"')
                self._make_projections(connection)
                connection.execute("UPDATE identity SET projections = ?", (self._described(),))
                self._project_all()

    def _make(self, connection: _Connection, base: Header) -> None:
        connection.execute(f"CREATE TABLE {_MARK} (version BIGINT NOT NULL)")
        connection.execute(f"INSERT INTO {_MARK} VALUES (?)", (VERSION,))  # noqa: S608 - own name
        for statement in CORE:
            connection.execute(statement)
        self._make_projections(connection)
        for statement, values in self._first_rows(base):
            connection.execute(statement, values)

    def _make_projections(self, connection: _Connection) -> None:
        for shape in self._shapes.values():
            for statement in shape.schema:
                connection.execute(statement)

    def _require_same(self, connection: _Connection) -> None:
        ((version,),) = connection.execute(f"SELECT version FROM {_MARK}")  # noqa: S608 - own name
        if version != VERSION:
            raise OtherIndex(
                f"{self._path} has an index of version {version}, and this is version {VERSION}; "
                "remove its tables, and the chain is read again"
            )
        ((network, deployment),) = connection.execute("SELECT network, deployment FROM identity")
        self._require_identity(network, deployment)

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._lock, self._writer.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
            before, self._writer_of = self._writer_of, threading.get_ident()
            try:
                yield connection
            finally:
                self._writer_of = before

    def _ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        if self._writer_of == threading.get_ident():
            return self._writer.execute(query, values).fetchall()
        return self.ask(query, values)

    def _restricted(
        self, whose: str, tables: frozenset[str], query: str, values: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """Answer a projection while it takes a block. Which tables it reads is not watched here:
        the file's store, under which projections are tested, watches it."""
        del whose, tables
        return self._writer.execute(query, values).fetchall()


class _Connection:
    """A connection that understands the file's statements, and is made again when it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._closed = False
        self._live: psycopg.Connection[Any] | None = None
        self._open()

    def _open(self) -> psycopg.Connection[Any]:
        with extra("page", "a PostgreSQL database"):
            import psycopg
        if self._closed:
            raise WalletError("the index is closed")
        if self._live is None or self._live.closed:
            try:
                self._live = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            except psycopg.Error as error:
                raise InvalidInput(
                    f"the database cannot be reached: {_first_line(error)}"
                ) from None
        return self._live

    def _answering(self) -> psycopg.Connection[Any]:
        """Return a connection that answers; one that was lost is noticed by asking."""
        import psycopg

        live = self._open()
        try:
            live.execute("SELECT 1")
        except psycopg.OperationalError:
            live.close()
            live = self._open()
        return live

    def close(self) -> None:
        """Close it for good."""
        self._closed = True
        if self._live is not None:
            self._live.close()

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[_Connection]:
        """Do several statements, all or none.

        Raises:
            MachineError: if the database fails or the connection is lost.
        """
        import psycopg

        live = self._answering()
        try:
            with live.transaction():
                if read_only:
                    live.execute("SET TRANSACTION READ ONLY")
                yield self
        except psycopg.OperationalError as error:
            live.close()
            raise MachineError(f"the database failed: {_first_line(error)}") from error

    def execute(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Run a statement of the file's store.

        Raises:
            InvalidInput: if the database refuses it.
        """
        import psycopg

        try:
            return self._open().execute(_translated(statement).encode(), tuple(values))
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise InvalidInput(
                f"the index answers a query of its projections' tables, not this: "
                f"{_first_line(error)}"
            ) from error

    def executemany(self, statement: str, several: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each of several rows of values."""
        self._open().cursor().executemany(
            _translated(statement).encode(), [tuple(values) for values in several]
        )


def _translated(statement: str) -> str:
    if statement.startswith("CREATE"):
        for word, other in _WORDS:
            statement = statement.replace(word, other)
        return statement
    return statement.replace("%", "%%").replace("?", "%s")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
