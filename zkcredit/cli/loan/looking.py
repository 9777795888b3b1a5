"""What everybody can see: one loan, many loans, a schedule, and what falls due."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import LoanNumber, MarketOptions, WalletOptions
from zkcredit.cli.loan.calendar import Due, to_icalendar
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.record import described_loan
from zkcredit.cli.options import command, require_replaceable
from zkcredit.cli.output import emit, listing
from zkcredit.cli.words import in_tokens, in_words, money, span, when
from zkcredit.errors import InvalidInput
from zkcredit.language import marked, tr

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.loan.running import Step

_NEWEST = 50


class Status(StrEnum):
    """The statuses by which a list can be narrowed."""

    REQUESTED = marked("requested")
    ACTIVE = marked("active")
    REPAID = marked("repaid")
    DEFAULTED = marked("defaulted")
    RECOVERED = marked("recovered")
    CANCELLED = marked("cancelled")


@command(app)
def show(at: MarketOptions, loan: LoanNumber) -> None:
    """Show where a loan stands, what it costs now, what it cost when asked for, and who funded it.

    The effective annual rate, the annual percentage rate and the worst case are those of the
    product for this principal, from release on.
    """
    from zkcredit.loan import disclose

    with at.connect() as node:
        market = at.open(node)
        found = market.loan(loan)
        shown = described_loan(market, found)
        positions = [asdict(one) for one in market.positions_of(loan)]
        now = node.now()
    result = {**shown, "positions": positions}
    lines = [f"{name}  {value}" for name, value in listing(in_words(shown, now))]
    restructured = found.running is not None and found.running.restructured
    if not restructured:
        costs = disclose(found.product, found.principal)
        result["costs"] = asdict(costs)
        lines += ["", *costs.in_words(), *costs.payments_in_words()]
    lines += [
        tr(
            "position {position}: {amount} of {lender}",
            position=one["position_id"],
            amount=money(one["amount"], found.product.currency),
            lender=one["lender"],
        )
        for one in positions
    ]
    emit(result, "\n".join(lines))


@command(app, "list")
def list_loans(
    at: MarketOptions,
    *,
    borrower: Annotated[
        str | None, typer.Option("--borrower", metavar="ADDRESS", help="Only this borrower's.")
    ] = None,
    lender: Annotated[
        str | None, typer.Option("--lender", metavar="ADDRESS", help="Only those it funds.")
    ] = None,
    status: Annotated[
        Status | None, typer.Option("--status", help="Only those that stand there.")
    ] = None,
    newest: Annotated[
        int, typer.Option("--newest", min=1, max=10_000, help="At most so many, the newest.")
    ] = _NEWEST,
) -> None:
    """List loans and applications, the newest first; ``loan mine`` finds a wallet's own."""
    from zkcredit._internal.evm import checksum_address

    whose = None if borrower is None else checksum_address("the borrower", borrower)
    funder = None if lender is None else checksum_address("the lender", lender)
    with at.connect() as node:
        market = at.open(node)
        found = [
            loan
            for loan in _all(market, funder)
            if whose in (None, loan.borrower) and status in (None, loan.status.name.lower())
        ][:newest]
        described = [described_loan(market, loan) for loan in found]
        now = node.now()
    lines = [_line(one, now) for one in described]
    emit({"loans": described}, "\n".join(lines) or "no loans")


@command(app)
def mine(owner: WalletOptions, at: MarketOptions) -> None:
    """Find the loans, positions and record of a wallet on chain; its words alone are enough.

    Needs nothing that the wallet remembers, so that a wallet restored from its backup words finds
    everything that a market has of it. Other markets, and credentials, it cannot find.
    """
    from zkcredit.chain.history.bureau import CreditBureauClient
    from zkcredit.chain.history.outlook import record_in_words
    from zkcredit.chain.loans.own_loans import own_loans

    with owner.on(at) as reader:
        market = at.open(reader.node)
        bureau = CreditBureauClient(reader.node, market.bureau_address, since=market.since)
        pseudonym = reader.wallet.pseudonym(bureau.scope)
        found = own_loans(market, reader.wallet.evm_address, pseudonym)
        borrowed = [described_loan(market, loan) for loan in found.borrowed]
        funded = [described_loan(market, loan) for loan in found.funded]
        now, currency = reader.node.now(), bureau.currency()
    lines = [tr("Borrowed:"), *(_line(one, now) for one in borrowed)] if borrowed else []
    if funded:
        lines += [tr("Funded:"), *(_line(one, now) for one in funded)]
    for position in found.positions:
        product = next(one.product for one in found.funded if one.loan_id == position.loan_id)
        waits = in_tokens(found.withdrawable[position.position_id], product.token_unit,
                          product.currency)  # fmt: skip
        lines.append(
            tr(
                "position {position} of loan {loan}: {amount} funded, {waits} can be withdrawn",
                position=position.position_id,
                loan=position.loan_id,
                amount=money(position.amount, product.currency),
                waits=waits,
            )
        )
    for known in found.pseudonyms:
        lines += [tr("Record at the bureau, {points} of 1000 points:", points=known.reputation),
                  *record_in_words(known.record, currency)]  # fmt: skip
    emit(
        {
            "address": found.address,
            "borrowed": borrowed,
            "funded": funded,
            "positions": [
                {**asdict(one), "withdrawable": str(found.withdrawable[one.position_id]),
                 "withdrawn_tokens": str(one.withdrawn_tokens)}
                for one in found.positions
            ],
            "records": [
                {"pseudonym": str(one.nullifier), "reputation": one.reputation,
                 "state": one.standing.state.name.lower(), **asdict(one.record)}
                for one in found.pseudonyms
            ],
        },
        "\n".join(lines),
    )  # fmt: skip


@command(app)
def schedule(at: MarketOptions, loan: LoanNumber) -> None:
    """Show the rows that a loan still has, as they are now: due, amount, interest, balance after.

    Of an application it shows the rows that it would have, from its release on.
    """
    with at.connect() as node:
        market = at.open(node)
        found = market.loan(loan)
        now = node.now()
        rows = _rows_ahead(market, found)
    currency = found.product.currency
    lines = [_row_line(row, currency, now) for row in rows]
    if found.paid_rows:
        behind = tr(
            "{paid} of {rows} rows are behind the loan", paid=found.paid_rows, rows=found.rows
        )
        lines.insert(0, behind)
    result = {"loan": loan, "currency": currency, "paid_rows": found.paid_rows, "rows": rows}
    emit(result, "\n".join(lines) or "nothing is left to pay")


@command(app)
def due(
    at: MarketOptions,
    loan: LoanNumber,
    *,
    ics: Annotated[
        Path | None,
        typer.Option("--ics", help="Also write all dues into this file for calendar programs."),
    ] = None,
) -> None:
    """Show what to pay on a running loan, when, and how much."""
    if ics is not None:
        require_replaceable(ics, b"BEGIN:VCALENDAR")
    with at.connect() as node:
        market = at.open(node)
        found = market.loan(loan)
        found.require_running()
        costs, now = market.quote(loan), node.now()
        rows = [row for row in _rows_ahead(market, found) if row["open"]]
    currency = found.product.currency
    following = rows[0] if rows else None
    result = {
        "loan": loan,
        "currency": currency,
        "overdue": costs.overdue,
        "fees": costs.fees,
        "row": None if following is None else following["row"],
        "next_due": None if following is None else following["open"],
        "next_due_at": None if following is None else following["due_at"],
        "remaining": costs.remaining,
        "settlement": costs.settlement,
    }
    if ics is not None:
        from zkcredit._internal.files import write_atomic

        place = f"loan-{loan}.{market.address}.chain-{node.chain_id}"
        dues = (
            Due(
                f"row-{row['row']}",
                row["due_at"],
                f"Pay {money(row['open'], currency)} on loan {loan}",
            )
            for row in rows
        )
        write_atomic(ics, to_icalendar(dues, place, now))
        result["calendar"] = str(ics)
    emit(result, shown=in_words(result, now))


def _all(market: "LoanMarketClient", funder: str | None) -> "list[LoanState]":
    """Return all loans, or those that somebody funds, the newest first."""
    numbers = range(market.loan_count(), 0, -1)
    if funder is not None:
        positions = market.positions(range(1, market.position_count() + 1))
        funded = {one.loan_id for one in positions if one.lender == funder}
        return market.loans(sorted(funded, reverse=True))
    return market.loans(numbers)


def _rows_ahead(market: "LoanMarketClient", loan: "LoanState") -> list[dict[str, Any]]:
    """Return the rows that are not behind a loan, each as if those before it were paid in full."""
    from zkcredit.chain import LoanStatus
    from zkcredit.loan.running import walk

    if loan.status is LoanStatus.DEFAULTED:
        raise InvalidInput(
            f"loan {loan.loan_id} is in default: its schedule is over, and "
            f"{money(loan.recovery_owed, loan.product.currency)} are owed"
        )
    if loan.running is None:
        rows = zip(loan.product.table.rows, loan.product.schedule(loan.principal).instalments,
                   strict=True)  # fmt: skip
        return [
            {
                "row": entry.number + 1, "due": row.due, "due_at": None, "amount": entry.amount,
                "open": entry.amount, "interest": entry.interest, "balance": entry.balance,
            }
            for row, entry in rows
        ]  # fmt: skip
    lost, running = market.clock(loan.product.token).lost, loan.running
    if loan.status is not LoanStatus.ACTIVE:
        return []

    def row(step: "Step") -> dict[str, Any]:
        return {
            "row": step.number + 1,
            "due": running.product.table.rows[step.number].due,
            "due_at": running.due_at(step.number) + lost,
            "amount": step.result.amount,
            "open": step.open,
            "interest": step.result.interest,
            "balance": step.result.balance,
        }

    return [row(step) for step in walk(running)]


def _line(one: dict[str, Any], now: int) -> str:
    amount = money(one["principal"], one["currency"])
    parts = [
        tr(
            "loan {loan}: {status}, {amount}, borrower {borrower}",
            loan=one["loan"],
            status=tr(one["status"]),
            amount=amount,
            borrower=one["borrower"],
        )
    ]
    if one.get("next_due_at"):
        parts.append(tr("next due {time}", time=when(one["next_due_at"], now)))
    if one.get("overdue"):
        parts.append(tr("overdue {amount}", amount=money(one["overdue"], one["currency"])))
    if one.get("funding_deadline") and one["status"] == Status.REQUESTED:
        parts.append(tr("{amount} funded", amount=money(one["funded"], one["currency"])))
        deadline = when(one["funding_deadline"], now)
        parts.append(tr("can be funded until {time}", time=deadline))
    return "; ".join(parts)


def _row_line(row: dict[str, Any], currency: int, now: int) -> str:
    due = (
        tr("{span} after release", span=span(row["due"]))
        if row["due_at"] is None
        else tr("due {time}", time=when(row["due_at"], now))
    )
    return tr(
        "row {row}: {amount} {due} (interest {interest}), then {balance} are left",
        row=row["row"],
        amount=money(row["amount"], currency),
        due=due,
        interest=money(row["interest"], currency),
        balance=money(row["balance"], currency),
    )
