"""The tables of the projection of loans: what each event leaves, one row or more of it.

``market`` is the contract that emitted the event: of the first three tables, the book. ``time`` is
the block's, Unix seconds.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TABLES"]

_AT: Final = "block INTEGER NOT NULL, log_index INTEGER NOT NULL, market TEXT NOT NULL"


def _table(name: str, columns: str) -> str:
    parts = ", ".join(f"{column} NOT NULL" for column in columns.split(", "))
    return f"CREATE TABLE loans_{name} ({_AT}, {parts}) STRICT"


TABLES: Final = (
    _table("products", "product TEXT, creator TEXT, digest BLOB, data BLOB, time INTEGER"),
    _table("openings", "product TEXT, open INTEGER"),
    # starts: from when the line has the product; -1 if the announcement was taken back
    _table("lines", "line INTEGER, creator TEXT, product TEXT, starts INTEGER"),
    _table("pauses", "paused INTEGER"),
    _table("tokens", "token TEXT, allowed INTEGER"),
    # lost: what all notices so far took out of the token's clock
    _table("notices", "token TEXT, begins INTEGER, until INTEGER, lost INTEGER"),
    _table(
        "applications",
        "loan INTEGER, product TEXT, borrower TEXT, nullifier TEXT, principal INTEGER, "
        "purpose INTEGER, burden INTEGER, deadline INTEGER, time INTEGER",
    ),
    _table("evidence", "loan INTEGER, root TEXT, proved_at INTEGER"),
    _table(
        "positions",
        "position INTEGER, loan INTEGER, lender TEXT, start INTEGER, amount INTEGER, time INTEGER",
    ),
    _table(
        "left",
        "position INTEGER, loan INTEGER, lender TEXT, start INTEGER, amount INTEGER, time INTEGER",
    ),
    _table("releases", "loan INTEGER, borrower TEXT, principal INTEGER, fee INTEGER, time INTEGER"),
    # words: the three words of a running loan; empty before the release
    _table(
        "states",
        "loan INTEGER, stage TEXT, product TEXT, words BLOB, undrawn INTEGER, funded INTEGER, "
        "standing TEXT, time INTEGER",
    ),
    # own: what of ``paid`` the borrower had not drawn, so that no tokens moved
    _table(
        "steps",
        "loan INTEGER, action TEXT, caller TEXT, paid INTEGER, own INTEGER, on_time INTEGER, "
        "late INTEGER, fees INTEGER, time INTEGER, txn TEXT",
    ),
    # rows of a table that a step put behind the loan, and when they were due
    _table("rows", "loan INTEGER, restructured INTEGER, row INTEGER, due INTEGER, time INTEGER"),
    _table("restructurings", "loan INTEGER, product TEXT, debt INTEGER, time INTEGER"),
    _table("endings", "loan INTEGER, nullifier TEXT, standing TEXT, debt INTEGER, time INTEGER"),
    # tokens: what a release adds to the recipient's fees, or a withdrawal takes; owed: the sum
    _table(
        "fees",
        "loan INTEGER, recipient TEXT, token TEXT, tokens TEXT, owed TEXT, time INTEGER",
    ),
    _table(
        "withdrawals",
        "position INTEGER, loan INTEGER, lender TEXT, paid_to TEXT, tokens TEXT, time INTEGER",
    ),
    # loan: 0 for fees, which are drawn for several loans together
    _table(
        "movements",
        "loan INTEGER, kind TEXT, party TEXT, token TEXT, tokens TEXT, held TEXT, "
        "time INTEGER, txn TEXT",
    ),
    "CREATE INDEX loans_product ON loans_products (product)",
    "CREATE INDEX loans_notice ON loans_notices (market, token, block, log_index)",
    "CREATE INDEX loans_application ON loans_applications (market, loan)",
    "CREATE INDEX loans_position ON loans_positions (market, position)",
    "CREATE INDEX loans_positions_of ON loans_positions (market, loan)",
    "CREATE INDEX loans_state ON loans_states (market, loan, block, log_index)",
    "CREATE INDEX loans_steps_of ON loans_steps (market, loan, block, log_index)",
    "CREATE INDEX loans_restructured ON loans_restructurings (market, loan, block, log_index)",
    "CREATE INDEX loans_fee ON loans_fees (market, recipient, token, block, log_index)",
    "CREATE INDEX loans_moved ON loans_movements (market, token, block, log_index)",
    "CREATE INDEX loans_moved_of ON loans_movements (market, loan, block, log_index)",
)
"""The SQL that makes the projection's tables and indices."""
