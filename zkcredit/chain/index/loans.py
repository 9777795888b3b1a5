"""Products, applications, positions, loans and money of markets, from their events alone.

Each row follows from one event. The newest row of a loan in ``loans_states`` is the loan as the
market stores it, to the bit: the steps are computed again by ``zkcredit.loan`` and compared with
what the events say. ``zkcredit.chain.index.loan_records`` reads the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit.chain.index.loan_replay import (
    Clock,
    Reported,
    begun,
    next_loan,
    product_of,
)
from zkcredit.chain.index.loan_tables import TABLES
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError
from zkcredit.loan.life import Action
from zkcredit.loan.running import Standing
from zkcredit.loan.words import (
    LOAN_ACTIONS,
    STANDING_NUMBERS,
    loan_from_words,
    loan_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.chain.index.chain_source import Header
    from zkcredit.chain.index.projection import Emitted, Rows
    from zkcredit.loan.running import RunningLoan
    from zkcredit.loan.table_product import TableProduct

__all__ = ["BOOK", "LOANS", "MARKET", "Loans"]

MARKET: Final = "LoanMarket"
"""The contract's name of a loan market."""

BOOK: Final = "ProductBook"
"""The contract's name of a book of products."""

_WORD: Final = 32


class _State(NamedTuple):
    """A loan after an event; see ``loans_states``."""

    stage: str
    product: str
    loan: RunningLoan | None
    undrawn: int
    funded: int


class _At(NamedTuple):
    """An event in its place: where rows are written, and when it happened."""

    rows: Rows
    event: Emitted
    time: int

    @property
    def market(self) -> str:
        """The address that emitted the event."""
        return self.event.address

    def add(self, table: str, **values: str | int | bytes) -> None:
        """Write a row that names the market."""
        self.rows.add(table, self.event, market=self.market, **values)

    def one(self, query: str, *values: str | int | bytes) -> tuple[Any, ...]:
        """Return the one row that a query finds.

        Raises:
            ChainError: if there is none.
        """
        found = self.rows.ask(query, *values)
        if not found:
            raise ChainError(
                f"block {self.event.block} has an event of something that no earlier event of "
                f"{self.market} made: the index begins after the market, or the node left events "
                "out"
            )
        return found[0]


class Loans:
    """The projection.

    Amounts are minor units and fit SQLite's integers; numbers of tokens and of the field are text.
    """

    name = "loans"
    version = 1
    tables = TABLES

    def take(self, rows: Rows, block: Header, events: Sequence[Emitted]) -> None:
        """See ``Projection.take``."""
        for event in events:
            if event.contract in (MARKET, BOOK):
                at = _At(rows, event, block.time)
                handle = _HANDLERS.get(event.name)
                if handle is not None:
                    handle(at, **event.arguments)


LOANS: Final = Loans()
"""The projection of loan markets."""


# --- the book ---------------------------------------------------------------------------------


def _published(at: _At, *, product: str, creator: str, digest: bytes) -> None:
    data = at.event.raw.attached
    at.add(
        "loans_products",
        product=product, creator=creator, digest=digest, data=data, time=at.time,
    )  # fmt: skip


def _opened(at: _At, *, product: str, open: bool) -> None:  # noqa: A002
    at.add("loans_openings", product=product, open=int(open))


def _line_begun(at: _At, *, line_id: int, creator: str, product: str) -> None:
    at.add("loans_lines", line=line_id, creator=creator, product=product, starts=at.time)


def _announced(at: _At, *, line_id: int, product: str, starts_at: int) -> None:
    at.add("loans_lines", line=line_id, creator="", product=product, starts=starts_at)


def _announcement_withdrawn(at: _At, *, line_id: int, product: str) -> None:
    at.add("loans_lines", line=line_id, creator="", product=product, starts=-1)


# --- settings ---------------------------------------------------------------------------------


def _paused(at: _At, *, paused: bool) -> None:
    at.add("loans_pauses", paused=int(paused))


def _token_allowed(at: _At, *, token: str, allowed: bool) -> None:
    at.add("loans_tokens", token=token, allowed=int(allowed))


def _notice_given(at: _At, *, token: str, until: int, **more: int) -> None:
    begins = more["from"]
    lost = _clock(at, token).lost + until - begins
    at.add("loans_notices", token=token, begins=begins, until=until, lost=lost)


# --- applications -----------------------------------------------------------------------------


def _requested(at: _At, *, loan_id: int, product: str, nullifier: int, **said: Any) -> None:
    at.add(
        "loans_applications",
        loan=loan_id, product=product, nullifier=str(nullifier), time=at.time, **said,
    )  # fmt: skip
    _write(at, loan_id, _State("requested", product, None, 0, 0))


def _evidence_accepted(at: _At, *, loan_id: int, root: int, proved_at: int) -> None:
    at.add("loans_evidence", loan=loan_id, root=str(root), proved_at=proved_at)


def _cancelled(at: _At, *, loan_id: int) -> None:
    _write(at, loan_id, _state(at, loan_id)._replace(stage="cancelled"))


def _funded(
    at: _At, *, loan_id: int, position_id: int, lender: str, start: int, amount: int
) -> None:
    at.add(
        "loans_positions", position=position_id, loan=loan_id, lender=lender, start=start,
        amount=amount, time=at.time,
    )  # fmt: skip
    state = _state(at, loan_id)
    _write(at, loan_id, state._replace(funded=state.funded + amount))
    _move_amount(at, loan_id, "funding", lender, amount)


def _left(at: _At, *, loan_id: int, position_id: int, lender: str, amount: int) -> None:
    (start,) = at.one(
        "SELECT start FROM loans_positions WHERE market = ? AND position = ?",
        at.market,
        position_id,
    )
    at.add(
        "loans_left", position=position_id, loan=loan_id, lender=lender, start=start,
        amount=amount, time=at.time,
    )  # fmt: skip
    state = _state(at, loan_id)
    _write(at, loan_id, state._replace(funded=state.funded - amount))
    _move_amount(at, loan_id, "taken back", lender, -amount)


# --- money of a release -----------------------------------------------------------------------


def _released(
    at: _At, *, loan_id: int, borrower: str, principal: int, fee: int, clock: int
) -> None:
    state = _state(at, loan_id)
    product = _product(at, state.product)
    if _clock(at, product.token).at(at.time) != clock:
        raise ChainError(f"the market releases loan {loan_id} at another time than its clock's")
    loan = begun(product, principal, clock)
    _write(at, loan_id, state._replace(stage="released", loan=loan, undrawn=principal - fee))
    at.add(
        "loans_releases", loan=loan_id, borrower=borrower, principal=principal, fee=fee,
        time=at.time,
    )  # fmt: skip
    if fee:
        tokens = fee * product.token_unit
        _owe_fee(at, loan_id, checksum(product.fee_recipient), checksum(product.token), tokens)


def _proceeds_drawn(at: _At, *, loan_id: int, to: str, amount: int) -> None:
    state = _state(at, loan_id)
    if amount != state.undrawn:
        raise ChainError(f"the market pays out another amount than waits for loan {loan_id}")
    _write(at, loan_id, state._replace(undrawn=0))
    _move_amount(at, loan_id, "proceeds", to, -amount)


def _fees_withdrawn(at: _At, *, recipient: str, token: str, to: str, tokens: int) -> None:
    _owe_fee(at, 0, recipient, token, -tokens)
    _move(at, 0, "fees", to, token=token, tokens=-tokens)


# --- a running loan ---------------------------------------------------------------------------


def _restructured(at: _At, *, loan_id: int, product: str, debt: int) -> None:
    at.add("loans_restructurings", loan=loan_id, product=product, debt=debt, time=at.time)


def _stepped(at: _At, *, loan_id: int, action: int, caller: str, paid: int, late: int, fees: int,
    on_time: int,
) -> None:  # fmt: skip
    state = _state(at, loan_id)
    before = state.loan
    if before is None or not action < len(LOAN_ACTIONS):
        raise ChainError(f"the market reports a step of loan {loan_id}, which does not run")
    reported = Reported(LOAN_ACTIONS[action], paid, late, fees)
    clock = _clock(at, before.product.token)
    product = other = None
    if reported.action is Action.RESTRUCTURE:
        other, debt = at.one(
            "SELECT product, debt FROM loans_restructurings WHERE market = ? AND loan = ? "
            "ORDER BY block DESC, log_index DESC LIMIT 1",
            at.market,
            loan_id,
        )
        product = _product(at, other)
    after = next_loan(before, reported, clock.at(at.time), product)
    if product is not None and after.balance != debt:
        raise ChainError(f"the market reports another debt of the restructured loan {loan_id}")
    # a default takes what the borrower never drew: the only payment that no tokens follow
    waiting = before.standing is Standing.DEFAULTED and state.undrawn > 0
    own = paid if waiting else 0
    _write(
        at,
        loan_id,
        state._replace(product=other or state.product, loan=after, undrawn=state.undrawn - own),
    )
    at.add(
        "loans_steps", loan=loan_id, action=reported.action.value, caller=caller, paid=paid,
        own=own, on_time=on_time, late=late, fees=fees, time=at.time,
        txn=at.event.raw.transaction,
    )  # fmt: skip
    if product is None and reported.action is not Action.SETTLE:
        for number in range(before.paid, after.paid):
            at.add(
                "loans_rows", loan=loan_id, restructured=before.restructured, row=number,
                due=before.due_at(number) + clock.lost, time=at.time,
            )  # fmt: skip
    if paid and not own:
        _move_amount(at, loan_id, reported.action.value, caller, paid)


def _ended(at: _At, *, loan_id: int, nullifier: int, standing: int, debt: int) -> None:
    loan = _state(at, loan_id).loan
    if (
        loan is None
        or loan.standing is Standing.ACTIVE
        or ((standing, debt) != (STANDING_NUMBERS[loan.standing], loan.recovery_owed))
    ):
        raise ChainError(f"the market reports an ending of loan {loan_id} that its steps lack")
    at.add(
        "loans_endings", loan=loan_id, nullifier=str(nullifier), standing=loan.standing.value,
        debt=debt, time=at.time,
    )  # fmt: skip


def _withdrawn(at: _At, *, position_id: int, lender: str, to: str, tokens: int) -> None:
    (loan,) = at.one(
        "SELECT loan FROM loans_positions WHERE market = ? AND position = ?",
        at.market,
        position_id,
    )
    at.add(
        "loans_withdrawals", position=position_id, loan=loan, lender=lender, paid_to=to,
        tokens=str(tokens), time=at.time,
    )  # fmt: skip
    product = _product(at, _state(at, loan).product)
    _move(at, loan, "withdrawal", to, token=checksum(product.token), tokens=-tokens)


# --- what is known so far -------------------------------------------------------------------------


def _state(at: _At, loan: int) -> _State:
    stage, product, words, undrawn, funded = at.one(
        "SELECT stage, product, words, undrawn, funded FROM loans_states "
        "WHERE market = ? AND loan = ? ORDER BY block DESC, log_index DESC LIMIT 1",
        at.market,
        loan,
    )
    running = None
    if words:
        several = [int.from_bytes(words[i : i + _WORD]) for i in range(0, len(words), _WORD)]
        running = loan_from_words(several, _product(at, product))
    return _State(stage, product, running, undrawn, funded)


def _write(at: _At, loan: int, state: _State) -> None:
    running = state.loan
    words = () if running is None else loan_words(running, state.product)
    at.add(
        "loans_states",
        loan=loan,
        stage=state.stage,
        product=state.product,
        words=b"".join(word.to_bytes(_WORD) for word in words),
        undrawn=state.undrawn,
        funded=state.funded,
        standing="" if running is None else running.standing.value,
        time=at.time,
    )


def _product(at: _At, address: str) -> TableProduct:
    (data,) = at.one("SELECT data FROM loans_products WHERE product = ?", address)
    return product_of(data)


def _clock(at: _At, token: str) -> Clock:
    found = at.rows.ask(
        "SELECT until, lost FROM loans_notices WHERE market = ? AND token = ? "
        "ORDER BY block DESC, log_index DESC LIMIT 1",
        at.market,
        checksum(token),
    )
    return Clock(*found[0]) if found else Clock()


def _owe_fee(at: _At, loan: int, recipient: str, token: str, tokens: int) -> None:
    found = at.rows.ask(
        "SELECT owed FROM loans_fees WHERE market = ? AND recipient = ? AND token = ? "
        "ORDER BY block DESC, log_index DESC LIMIT 1",
        at.market,
        recipient,
        token,
    )
    owed = (int(found[0][0]) if found else 0) + tokens
    at.add(
        "loans_fees", loan=loan, recipient=recipient, token=token, tokens=str(tokens),
        owed=str(owed), time=at.time,
    )  # fmt: skip


def _move_amount(at: _At, loan: int, kind: str, party: str, amount: int) -> None:
    """Note a movement of a loan's token, of an amount in minor units."""
    product = _product(at, _state(at, loan).product)
    token, tokens = checksum(product.token), amount * product.token_unit
    _move(at, loan, kind, party, token=token, tokens=tokens)


def _move(at: _At, loan: int, kind: str, party: str, *, token: str, tokens: int) -> None:
    found = at.rows.ask(
        "SELECT held FROM loans_movements WHERE market = ? AND token = ? "
        "ORDER BY block DESC, log_index DESC LIMIT 1",
        at.market,
        token,
    )
    held = (int(found[0][0]) if found else 0) + tokens
    at.add(
        "loans_movements", loan=loan, kind=kind, party=party, token=token, tokens=str(tokens),
        held=str(held), time=at.time, txn=at.event.raw.transaction,
    )  # fmt: skip


_HANDLERS: Final[Mapping[str, Callable[..., None]]] = {
    "ProductPublished": _published,
    "ProductOpenChanged": _opened,
    "LineBegun": _line_begun,
    "ProductAnnounced": _announced,
    "AnnouncementWithdrawn": _announcement_withdrawn,
    "NewLoansPausedChanged": _paused,
    "TokenAllowed": _token_allowed,
    "NoticeGiven": _notice_given,
    "LoanRequested": _requested,
    "EvidenceAccepted": _evidence_accepted,
    "LoanCancelled": _cancelled,
    "LoanFunded": _funded,
    "FundingLeft": _left,
    "LoanReleased": _released,
    "ProceedsDrawn": _proceeds_drawn,
    "FeesWithdrawn": _fees_withdrawn,
    "LoanRestructured": _restructured,
    "LoanStepped": _stepped,
    "StandingChanged": _ended,
    "Withdrawn": _withdrawn,
}
