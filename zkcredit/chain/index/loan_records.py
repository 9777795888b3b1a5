"""What an index knows about markets, as typed records.

Every function takes an index with the projection ``LOANS``, and answers as of a block, the last one
by default. Amounts are minor units, ``tokens`` are base units, times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit.chain.index.loan_replay import Clock, product_of
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import InvalidInput
from zkcredit.loan.life import quote
from zkcredit.loan.running import Quote, RunningLoan, Standing
from zkcredit.loan.table_product import TableProduct
from zkcredit.loan.words import loan_from_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.index.projection import Answers

__all__ = [
    "Applied",
    "Held",
    "Interval",
    "LoanRecord",
    "Moved",
    "PaidRow",
    "Published",
    "StepTaken",
    "clock_at",
    "held_of",
    "intervals_of",
    "loan_of",
    "loans_of",
    "movements_of",
    "products_of",
    "rows_of",
    "running_from",
    "steps_of",
]

_ALL: Final = (1 << 63) - 1
_WORD: Final = 32


@dataclass(frozen=True, slots=True)
class Published:
    """A product that was published.

    Attributes:
        address: its data contract.
        creator: who published it.
        product: header and rows.
        published_at: when.
        is_open: whether its creator has it open for applications.
    """

    address: str
    creator: str
    product: TableProduct
    published_at: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """An application, as it was accepted.

    Attributes:
        loan_id: the loan's number at the market.
        product: the product's address.
        borrower: who applied, an address.
        nullifier: the borrower's pseudonym.
        principal: the amount asked for.
        purpose: code of the purpose; 0 if it was not said.
        burden: what the policy judged, a month.
        deadline: the last second at which it can be funded.
        applied_at: when it was accepted.
    """

    loan_id: int
    product: str
    borrower: str
    nullifier: int
    principal: int
    purpose: int
    burden: int
    deadline: int
    applied_at: int


@dataclass(frozen=True, slots=True)
class LoanRecord:
    """A loan, or an application, after a block.

    Attributes:
        applied: the application.
        stage: "requested", "cancelled" or "released".
        product_address: the product in force.
        product: the same, decoded.
        running: the loan as the market stores it; None before the release.
        funded: sum of its positions.
        undrawn: what waits for the borrower.
        changed_at: time of the last event that changed it.
    """

    applied: Applied
    stage: str
    product_address: str
    product: TableProduct
    running: RunningLoan | None
    funded: int
    undrawn: int
    changed_at: int

    @property
    def loan_id(self) -> int:
        """The loan's number at the market."""
        return self.applied.loan_id

    def state_at(self, time: int) -> str:
        """Return in a word where the loan stands.

        It is "requested", "expired", "cancelled", "active", "repaid", "defaulted" or "recovered".
        """
        if self.running is not None:
            return self.running.standing.value
        if self.stage == "requested" and time > self.applied.deadline:
            return "expired"
        return self.stage

    def quote_at(self, clock: int) -> Quote | None:
        """Return what the loan costs at a time of its token's clock; None before the release."""
        return None if self.running is None else quote(self.running, clock)

    @property
    def outstanding(self) -> int:
        """What is outstanding: the balance; after a default what is left of it or of the debt."""
        if self.running is None or self.running.standing in (Standing.REPAID, Standing.RECOVERED):
            return 0
        if self.running.standing is Standing.DEFAULTED:
            return min(self.running.balance, self.running.recovery_owed)
        return self.running.balance


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of the principal of a loan, and who funds it.

    Attributes:
        start: where it begins.
        amount: its length.
        position: number of the position that holds it, or that left it; 0 if nobody ever had it.
        lender: who can withdraw; empty if the interval is free.
    """

    start: int
    amount: int
    position: int
    lender: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of a loan: a payment, a relief or a default.

    Attributes:
        action: the step, a value of ``zkcredit.loan.Action``.
        caller: who asked for it.
        paid: what was paid in.
        own: what of that the borrower had not drawn, so that no tokens moved.
        on_time: number of rows paid on time.
        late: number of rows found late.
        fees: late fees charged.
        time: when.
        transaction: hash, 0x-prefixed.
    """

    action: str
    caller: str
    paid: int
    own: int
    on_time: int
    late: int
    fees: int
    time: int
    transaction: str


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A row of a loan's table that is behind it.

    Attributes:
        restructured: which of its tables: 0 for the first.
        row: its number, from 0.
        due: when it was due.
        time: when it was paid, or passed because it asks for nothing.
    """

    restructured: int
    row: int
    due: int
    time: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of tokens; ``tokens`` are positive into the market.

    Attributes:
        block: number of its block.
        log_index: position among the block's events.
        loan_id: number of the loan; 0 for fees of several loans.
        kind: "funding", "taken back", "proceeds", "fees", "withdrawal", or the step that paid.
        party: who paid or was paid.
        token: the token's address.
        tokens: base units.
        held: what the market holds of the token afterwards.
        time: when.
        transaction: hash, 0x-prefixed.
    """

    block: int
    log_index: int
    loan_id: int
    kind: str
    party: str
    token: str
    tokens: int
    held: int
    time: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Held:
    """The flow of one token: what came in, what went out, and what the market holds."""

    token: str
    paid_in: int
    paid_out: int
    held: int


def products_of(index: Answers) -> dict[str, Published]:
    """Return the published products by their addresses, the oldest first."""
    opened = dict(index.ask("SELECT product, open FROM loans_openings ORDER BY block, log_index"))
    rows = index.ask(
        "SELECT product, creator, data, time FROM loans_products ORDER BY block, log_index"
    )
    return {
        address: Published(address, creator, product_of(data), time, bool(opened.get(address, 1)))
        for address, creator, data, time in rows
    }


def clock_at(index: Answers, market: str, token: str, time: int) -> Clock:
    """Return the clock of a token by the notices whose beginning is not after a time."""
    found = index.ask(
        "SELECT until, lost FROM loans_notices WHERE market = ? AND token = ? AND begins <= ? "
        "ORDER BY block DESC, log_index DESC LIMIT 1",
        checksum(market),
        checksum(token),
        time,
    )
    return Clock(*found[0]) if found else Clock()


def loans_of(
    index: Answers, market: str, *, until: int | None = None, loan_id: int | None = None
) -> Iterator[LoanRecord]:
    """Yield the loans and applications of a market in the order of their numbers.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
        until: as of this time, Unix seconds; now by default.
        loan_id: only this loan.
    """
    at = _ALL if until is None else until
    only = "" if loan_id is None else "AND a.loan = ? "
    values: tuple[Any, ...] = (checksum(market), at) + (() if loan_id is None else (loan_id,))
    applications = index.ask(
        "SELECT loan, product, borrower, nullifier, principal, purpose, burden, deadline, time "  # noqa: S608 - own text
        f"FROM loans_applications a WHERE market = ? AND time <= ? {only}ORDER BY loan",
        *values,
    )
    states = index.ask(
        "SELECT loan, stage, product, words, undrawn, funded, time "  # noqa: S608 - own text
        f"FROM loans_states a WHERE market = ? AND time <= ? {only}ORDER BY block, log_index",
        *values,
    )
    newest = {row[0]: row[1:] for row in states}
    products = _Products(index)
    for number, product, borrower, nullifier, *rest in applications:
        applied = Applied(number, product, borrower, int(nullifier), *rest)
        stage, now, words, undrawn, funded, time = newest[number]
        running = running_from(words, products[now]) if words else None
        yield LoanRecord(applied, stage, now, products[now], running, funded, undrawn, time)


def loan_of(index: Answers, market: str, loan_id: int) -> LoanRecord:
    """Return one loan.

    Raises:
        InvalidInput: if the market does not have it.
    """
    for found in loans_of(index, market, loan_id=loan_id):
        return found
    raise InvalidInput(f"the market does not have a loan {loan_id}")


def intervals_of(index: Answers, market: str, loan_id: int) -> list[Interval]:
    """Return the principal of a loan in intervals, in order: who funds them, and which are free."""
    loan = loan_of(index, market, loan_id)
    address = checksum(market)
    gone = {
        position
        for (position,) in index.ask(
            "SELECT position FROM loans_left WHERE market = ? AND loan = ?", address, loan_id
        )
    }
    places: list[Interval] = []
    # what is funded later lies over what was left before
    for position, lender, start, amount in index.ask(
        "SELECT position, lender, start, amount FROM loans_positions "
        "WHERE market = ? AND loan = ? ORDER BY position",
        address,
        loan_id,
    ):
        end = start + amount
        places = [part for one in places for part in _outside(one, start, end)]
        places.append(Interval(start, amount, position, "" if position in gone else lender))
    places.sort(key=lambda one: one.start)
    reached = places[-1].start + places[-1].amount if places else 0
    principal = loan.applied.principal
    if reached < principal:
        places.append(Interval(reached, principal - reached, 0, ""))
    return places


def _outside(one: Interval, start: int, end: int) -> Iterator[Interval]:
    """Yield the parts of an interval outside start..end."""
    if one.start < start:
        length = min(start - one.start, one.amount)
        yield Interval(one.start, length, one.position, one.lender)
    last = one.start + one.amount
    if last > end:
        begins = max(end, one.start)
        yield Interval(begins, last - begins, one.position, one.lender)


def steps_of(index: Answers, market: str, loan_id: int) -> list[StepTaken]:
    """Return the steps of a loan in order."""
    rows = index.ask(
        "SELECT action, caller, paid, own, on_time, late, fees, time, txn FROM loans_steps "
        "WHERE market = ? AND loan = ? ORDER BY block, log_index",
        checksum(market),
        loan_id,
    )
    return [StepTaken(*row) for row in rows]


def rows_of(index: Answers, market: str, loan_id: int) -> list[PaidRow]:
    """Return the rows that are behind a loan, in order; a settlement spares rows, and has none."""
    rows = index.ask(
        "SELECT restructured, row, due, time FROM loans_rows WHERE market = ? AND loan = ? "
        "ORDER BY block, log_index, row",
        checksum(market),
        loan_id,
    )
    return [PaidRow(*row) for row in rows]


def movements_of(
    index: Answers, market: str, *, loan_id: int | None = None, last: int | None = None
) -> list[Moved]:
    """Return movements of tokens in order.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
        loan_id: only of this loan.
        last: only so many, the newest.
    """
    only = "" if loan_id is None else "AND loan = ? "
    most = _ALL if last is None else last
    values = (checksum(market), *(() if loan_id is None else (loan_id,)), most)
    rows = index.ask(
        "SELECT block, log_index, loan, kind, party, token, tokens, held, time, txn "  # noqa: S608 - own text
        f"FROM loans_movements WHERE market = ? {only}"
        "ORDER BY block DESC, log_index DESC LIMIT ?",
        *values,
    )
    found = []
    for block, at, loan, kind, party, token, tokens, held, time, txn in reversed(rows):
        found.append(Moved(block, at, loan, kind, party, token, int(tokens), int(held), time, txn))
    return found


def held_of(index: Answers, market: str, block: int | None = None) -> list[Held]:
    """Return the flow of each token up to a block, summed up again from the movements."""
    rows = index.ask(
        "SELECT token, tokens FROM loans_movements WHERE market = ? AND block <= ? ORDER BY token",
        checksum(market),
        _ALL if block is None else block,
    )
    sums: dict[str, tuple[int, int]] = {}
    for token, text in rows:
        paid_in, paid_out = sums.get(token, (0, 0))
        tokens = int(text)
        sums[token] = (paid_in + max(tokens, 0), paid_out + max(-tokens, 0))
    return [Held(token, came, went, came - went) for token, (came, went) in sums.items()]


class _Products(dict[str, TableProduct]):
    """The products of an index by their addresses, each read when it is first asked for."""

    def __init__(self, index: Answers) -> None:
        self._index = index

    def __missing__(self, address: str) -> TableProduct:
        ((data,),) = self._index.ask("SELECT data FROM loans_products WHERE product = ?", address)
        self[address] = found = product_of(data)
        return found


def running_from(words: bytes, product: TableProduct) -> RunningLoan:
    """Return the loan whose words stand in a row of ``loans_states``."""
    several = [int.from_bytes(words[at : at + _WORD]) for at in range(0, len(words), _WORD)]
    return loan_from_words(several, product)
