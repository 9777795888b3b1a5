"""The money of markets, from their events alone: each movement, and what the market holds after it.

The movements of a loan are those of ``flow_of_funds``, without a question to the market. Their sum
over all loans is what the market holds of a token, after every block, if nobody sends it tokens
outside its functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit.chain.contracts import events as ev
from zkcredit.chain.contracts.flow import FlowOfFunds, Kind, Movement
from zkcredit.chain.contracts.market_state import product_from_tuple
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.index.chain_source import Header
    from zkcredit.chain.index.projection import Answers, Emitted, Rows

__all__ = ["FUNDS", "Funds", "flow_from", "held_by"]

_AT: Final = "block INTEGER NOT NULL, log_index INTEGER NOT NULL, market TEXT NOT NULL"
_HELD: Final = (
    "SELECT held FROM funds_movements WHERE market = ? AND token = ? AND block <= ? "
    "ORDER BY block DESC, log_index DESC LIMIT 1"
)
_ALL: Final = (1 << 63) - 1


class _Moved(NamedTuple):
    loan: int
    kind: Kind
    party: str
    token: str
    tokens: int


class Funds:
    """The projection: products, loans, positions, and every movement of tokens.

    Numbers of tokens are text, because they have up to 144 bits and SQLite's integers 63.
    """

    name = "funds"
    version = 1
    tables = (
        f"CREATE TABLE funds_products ({_AT}, product INTEGER NOT NULL, token TEXT NOT NULL, "
        "unit TEXT NOT NULL) STRICT",
        f"CREATE TABLE funds_loans ({_AT}, loan INTEGER NOT NULL, product INTEGER NOT NULL) STRICT",
        f"CREATE TABLE funds_positions ({_AT}, position INTEGER NOT NULL, loan INTEGER NOT NULL) "
        "STRICT",
        f"CREATE TABLE funds_movements ({_AT}, loan INTEGER NOT NULL, kind TEXT NOT NULL, "
        "party TEXT NOT NULL, token TEXT NOT NULL, tokens TEXT NOT NULL, held TEXT NOT NULL, "
        "txn TEXT NOT NULL) STRICT",
        "CREATE INDEX funds_product ON funds_products (market, product)",
        "CREATE INDEX funds_loan ON funds_loans (market, loan)",
        "CREATE INDEX funds_position ON funds_positions (market, position)",
        "CREATE INDEX funds_of_loan ON funds_movements (market, loan, block, log_index)",
        "CREATE INDEX funds_of_token ON funds_movements (market, token, block, log_index)",
    )

    def take(self, rows: Rows, block: Header, events: Sequence[Emitted]) -> None:
        """See ``Projection.take``."""
        del block  # every row has its number
        for one in events:
            self._learn(rows, one)
            moved = self._moved(rows, one)
            if moved is not None:
                self._write(rows, one, moved)

    def _learn(self, rows: Rows, one: Emitted) -> None:
        """Note what later events refer to."""
        market = one.address
        match one.event:
            case ev.ProductCreated(product_id=product):
                offered = product_from_tuple(one.arguments["terms"])
                token, unit = checksum(offered.token), str(offered.token_unit)
                rows.add(
                    "funds_products", one, market=market, product=product, token=token, unit=unit
                )
            case ev.LoanRequested(loan_id=loan, product_id=product):
                rows.add("funds_loans", one, market=market, loan=loan, product=product)
            case ev.LoanFunded(loan_id=loan, position_id=position):
                rows.add("funds_positions", one, market=market, position=position, loan=loan)
            case _:
                pass

    def _moved(self, rows: Rows, one: Emitted) -> _Moved | None:
        """Return the movement that an event tells of, if any."""
        kind: Kind
        match one.event:
            case ev.LoanFunded(loan_id=loan, lender=party, amount=amount):
                kind = "funding"
            case ev.LoanReleased(loan_id=loan, borrower=party, principal=principal):
                kind, amount = "release", -principal
            case ev.LoanRepayment(loan_id=loan, payer=party) as paid:
                kind, amount = "repayment", paid.to_instalments + paid.to_fees
            case ev.LoanSettled(loan_id=loan, payer=party, amount=amount):
                kind = "settlement"
            case ev.LoanRecovery(loan_id=loan, payer=party, amount=amount):
                kind = "recovery"
            case ev.Withdrawn(position_id=position, to=party, tokens=tokens):
                query = "SELECT loan FROM funds_positions WHERE market = ? AND position = ?"
                (loan,) = _one(rows.ask(query, one.address, position), one)
                token, _ = self._token(rows, one, loan)
                return _Moved(loan, "withdrawal", party, token, -tokens)
            case _:
                return None
        token, unit = self._token(rows, one, loan)
        return _Moved(loan, kind, party, token, amount * unit)

    def _token(self, rows: Rows, one: Emitted, loan: int) -> tuple[str, int]:
        """Return a loan's token, and its base units in a minor unit."""
        query = (
            "SELECT token, unit FROM funds_loans JOIN funds_products USING (market, product) "
            "WHERE market = ? AND loan = ?"
        )
        token, unit = _one(rows.ask(query, one.address, loan), one)
        return str(token), int(unit)

    def _write(self, rows: Rows, one: Emitted, moved: _Moved) -> None:
        found = rows.ask(_HELD, one.address, moved.token, one.block)
        held = (int(found[0][0]) if found else 0) + moved.tokens
        rows.add(
            "funds_movements",
            one,
            market=one.address,
            loan=moved.loan,
            kind=moved.kind,
            party=moved.party,
            token=moved.token,
            tokens=str(moved.tokens),
            held=str(held),
            txn=one.raw.transaction,
        )


FUNDS: Final = Funds()
"""The projection of the markets' money."""


def held_by(index: Answers, market: str, token: str, block: int | None = None) -> int:
    """Return the base units of a token that a market's loans hold, after a block.

    Args:
        index: a ``ChainIndex`` with the projection ``FUNDS``.
        market: address of the market.
        token: address of the token.
        block: number of the block; the last of the index by default.
    """
    until = _ALL if block is None else block
    found = index.ask(_HELD, checksum(market), checksum(token), until)
    return int(found[0][0]) if found else 0


def flow_from(index: Answers, market: str, loan_id: int) -> FlowOfFunds:
    """Return the movements of one loan; none if the market does not have this loan.

    Args:
        index: a ``ChainIndex`` with the projection ``FUNDS``.
        market: address of the market.
        loan_id: number of the loan.
    """
    rows = index.ask(
        "SELECT kind, party, tokens, block, txn FROM funds_movements "
        "WHERE market = ? AND loan = ? ORDER BY block, log_index",
        checksum(market),
        loan_id,
    )
    movements = (
        Movement(kind, party, int(tokens), block, txn) for kind, party, tokens, block, txn in rows
    )
    return FlowOfFunds(loan_id, tuple(movements))


def _one(found: Sequence[tuple[Any, ...]], event: Emitted) -> tuple[Any, ...]:
    if not found:
        raise ChainError(
            f"block {event.block} has an event of something that no earlier event of "
            f"{event.address} made: the index begins after the market, or the node left events out"
        )
    return found[0]
