"""What is computed from the events of an index: projections, and the rules that they keep.

A projection is a function of the events alone. It turns each event into rows of its own tables,
and it never changes or deletes a row. So after a reorganisation the index deletes the rows of the
blocks that are gone, and what is left is what a replay of the remaining events gives. The index
enforces both rules: a projection can read only its own tables, and can write only by ``Rows.add``.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from zkcredit._internal.derived import Derived
from zkcredit.chain.contracts.abi import abi_of, snake_case
from zkcredit.chain.contracts.events import Event, typed_event
from zkcredit.chain.nodes.replies import Log
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web3.types import LogReceipt

    from zkcredit.chain.index.chain_source import Header, RawEvent

__all__ = ["Answers", "Emitted", "Projection", "Rows", "Shape", "shape_of"]

_NAME: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_NO_RECEIPT: Final[Any] = {}


@dataclass(frozen=True)
class Emitted:
    """An event of a contract of the deployment.

    Attributes:
        contract: the contract's name, such as "LoanMarket".
        raw: the event, undecoded.
    """

    contract: str
    raw: RawEvent

    @property
    def address(self) -> str:
        """The contract's address."""
        return self.raw.address

    @property
    def block(self) -> int:
        """The number of its block."""
        return self.raw.block

    @Derived
    def event(self) -> Event | None:
        """The typed record, or None if the library has none of this kind.

        Raises:
            ChainError: if the event's data do not have its type.
        """
        raw = self.raw
        receipt: LogReceipt = _NO_RECEIPT
        return typed_event(
            abi_of(self.contract),
            Log(raw.address, raw.topics, raw.data, raw.block, raw.index, raw.transaction, receipt),
        )

    @Derived
    def decoded(self) -> tuple[str, Mapping[str, Any]]:
        """The event's name, and all arguments by their names in snake case.

        Both are empty if the contract's ABI lacks the event. A typed record can have fewer.
        """
        found = abi_of(self.contract).decode_event(self.raw.topics, self.raw.data)
        if found is None:
            return "", {}
        return found[0], {snake_case(key): value for key, value in found[1].items()}

    @property
    def name(self) -> str:
        """The event's name; empty if the contract's ABI lacks the event."""
        return self.decoded[0]

    @property
    def arguments(self) -> Mapping[str, Any]:
        """All arguments by their names in snake case."""
        return self.decoded[1]


class Answers(Protocol):
    """What answers queries of projections' tables, such as an index."""

    def ask(self, query: str, *values: str | int | bytes) -> list[tuple[Any, ...]]:
        """Return the result of a query."""


class Rows(Protocol):
    """The tables of one projection, while it takes a block."""

    def add(self, table: str, event: Emitted, **values: str | int | bytes) -> None:
        """Add a row that follows from an event of this block.

        Args:
            table: one of the projection's tables.
            event: the event; the row's ``block`` and ``log_index`` are the event's.
            values: the other columns.

        Raises:
            InvalidInput: if the row does not fit the table, or the event belongs to another block.
        """

    def ask(self, query: str, *values: str | int | bytes) -> list[tuple[Any, ...]]:
        """Return the result of a query of the projection's own tables, this block's rows included.

        Raises:
            InvalidInput: if the query does anything else.
        """


class Projection(Protocol):
    """What to compute from events.

    Attributes:
        name: a short name in lower case, unlike that of any other projection of the index.
        version: a number that changes whenever the same events give other rows.
        tables: the SQL that makes its tables and indices. Each table has the columns ``block`` and
            ``log_index``; each name begins with the projection's name and an underscore.
    """

    @property
    def name(self) -> str:
        """See above."""

    @property
    def version(self) -> int:
        """See above."""

    @property
    def tables(self) -> Sequence[str]:
        """See above."""

    def take(self, rows: Rows, block: Header, events: Sequence[Emitted]) -> None:
        """Add the rows that follow from the events of one block, in order."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables of a projection, as SQLite keeps them.

    Attributes:
        tables: the columns of each table.
        schema: every statement, as SQLite stores it.
    """

    tables: Mapping[str, frozenset[str]]
    schema: tuple[str, ...]


def shape_of(projection: Projection) -> Shape:
    """Return the tables of a projection, after a check that they keep the rules.

    Raises:
        InvalidInput: if the name or a table is not acceptable.
    """
    name = projection.name
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"a projection's name must be lower-case letters, not {name!r}")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        try:
            for statement in projection.tables:
                scratch.execute(statement)
            made = scratch.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
            tables = {
                table: frozenset(row[1] for row in scratch.execute(f"PRAGMA table_info({table})"))
                for kind, table, _ in made
                if kind == "table"
            }
        except sqlite3.Error as error:
            raise InvalidInput(f"the tables of the projection {name} cannot be made") from error
    for kind, called, sql in made:
        plain = kind in {"table", "index"} and sql is not None and called.startswith(f"{name}_")
        if not plain:
            raise InvalidInput(
                f"the projection {name} may only make tables and indices whose names begin with "
                f"{name}_, and no key but INTEGER PRIMARY KEY; this is not one: {called}"
            )
    for table, columns in tables.items():
        if not {"block", "log_index"} <= columns:
            raise InvalidInput(f"the table {table} needs the columns block and log_index")
    if not tables:
        raise InvalidInput(f"the projection {name} does not make a table")
    return Shape(tables, tuple(sql for _, _, sql in made))
