"""What a lender watches: who is late, what is in default, and what can be withdrawn."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ConfirmationOptions, MarketOptions, Recipient, WalletOptions
from zkcredit.cli.account import recipient as address_of
from zkcredit.cli.intent import resume
from zkcredit.cli.loan.group import app
from zkcredit.cli.options import command
from zkcredit.cli.output import AS_JSON, emit, note, tell_line
from zkcredit.cli.words import in_tokens, money, span, when
from zkcredit.errors import (
    InvalidInput,
    NodeUnavailable,
    TransactionReverted,
    TransactionTimeout,
)
from zkcredit.language import tr, tr_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.loans.lender_watch import LenderWatch, LoanSeen
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.cli.account import Actor


@command(app)
def watch(
    lender: WalletOptions,
    at: MarketOptions,
    how: ConfirmationOptions,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Look once and end; goes on otherwise.")
    ] = False,
    mark_defaults: Annotated[
        bool, typer.Option("--mark-defaults", help="Declare each default that is due.")
    ] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Withdraw what your positions can claim.")
    ] = False,
    to: Recipient = None,
    every: Annotated[
        float, typer.Option("--every", min=0.1, help="Seconds between two looks.")
    ] = 12.0,
) -> None:
    """Watch the loans that you fund: names who is late, and since when; goes on until interrupted.

    Sends nothing unless you ask for it with --mark-defaults or --withdraw. What is interrupted is
    finished by the next call, and nothing is paid out twice. A line is printed for each loan of
    which something changed.
    """
    if AS_JSON.get() and not once:
        raise InvalidInput("--json prints one document, so use it with --once")
    where = address_of(to)
    if where is not None and not withdraw:
        raise InvalidInput("--to names where withdrawn money goes, so use it with --withdraw")
    from zkcredit.chain.loans.lender_watch import LenderWatch

    with lender.acting(at, how) as actor:
        market = at.open(actor.node)
        own, told = LenderWatch(market, by=actor.sender), dict[int, str]()
        while True:
            try:
                seen, done = _looked(actor, own, mark_defaults, withdraw, where)
            except (NodeUnavailable, TransactionTimeout) as error:
                if once:
                    raise
                note(f"{error}; looking again")
            else:
                now = market.node.now()
                _tell(seen, told, now)
                if once:
                    break
            time.sleep(every)
        emit(
            {
                "lender": actor.sender.address,
                "loans": [_described(one, now) for one in seen],
                "done": done,
            },
            _summary(seen),
        )


def _looked(
    actor: "Actor", own: "LenderWatch", mark: bool, withdraw: bool, to: str | None
) -> "tuple[list[LoanSeen], list[dict[str, Any]]]":
    """Look, do what was asked for, and return the loans as they are afterwards."""
    if mark or withdraw:
        for entry in actor.sender.unfinished():
            resume(actor, entry)
    seen = own.look()
    done = list(_acted(own, seen, mark, withdraw, to))
    return (own.look() if done else seen), done


def _acted(
    own: "LenderWatch", seen: "list[LoanSeen]", mark: bool, withdraw: bool, to: str | None
) -> "Iterator[dict[str, Any]]":
    for one in seen:
        number, product = one.loan.loan_id, one.loan.product
        if mark and one.can_default:
            try:
                sent = own.mark_default(one)
            except TransactionReverted as error:
                note(f"loan {number} was not declared in default: {error}")
            else:
                tell_line(tr("loan {loan}: declared in default", loan=number))
                yield {"what": "mark-default", "loan": number, **_place(sent)}
        for position, tokens in one.withdrawable.items() if withdraw else ():
            if not tokens:
                continue
            try:
                sent = own.withdraw(one, position, to)
            except TransactionReverted as error:
                note(f"nothing was withdrawn from position {position}: {error}")
                continue
            paid = in_tokens(tokens, product.token_unit, product.currency)
            tell_line(
                tr("loan {loan}: withdrew {amount} from position {position}",
                   loan=number, amount=paid, position=position)
            )  # fmt: skip
            yield {
                "what": "withdraw", "loan": number, "position": position, "tokens": str(tokens),
                **_place(sent),
            }  # fmt: skip


def _place(sent: "Receipt") -> dict[str, Any]:
    return {"transaction": sent.transaction, "block": sent.block}


def _tell(seen: "list[LoanSeen]", told: dict[int, str], now: int) -> None:
    """Print a line for each loan of which something changed since the last look."""
    for one in seen:
        number, line = one.loan.loan_id, _line(one, now)
        # a day late is news, and a second is not
        days = 0 if one.late_since is None else (now - one.late_since) // 86_400
        state = (one.loan.status, one.can_default, days, one.quote.overdue, one.quote.fees,
                 *one.withdrawable.values())  # fmt: skip
        if told.get(number) != repr(state):
            told[number] = repr(state)
            if line:
                tell_line(line)


def _line(one: "LoanSeen", now: int) -> str:
    """Return what a lender should know of a loan; "" if there is nothing."""
    loan, product = one.loan, one.loan.product
    parts = []
    if one.late_since is not None:
        parts.append(
            tr("{span} late, {amount} overdue", span=span(now - one.late_since),
               amount=money(one.quote.overdue + one.quote.fees, product.currency))
        )  # fmt: skip
        if one.can_default:
            parts.append(tr("default can be declared"))
        elif one.default_from is not None:
            parts.append(
                tr("default can be declared from {time}", time=when(one.default_from, now))
            )
    if loan.recovery_owed:
        owed = money(loan.recovery_owed, product.currency)
        parts.append(tr("in default, {amount} owed", amount=owed))
    if waiting := sum(one.withdrawable.values()):
        amount = in_tokens(waiting, product.token_unit, product.currency)
        parts.append(tr("{amount} can be withdrawn", amount=amount))
    if not parts:
        return ""
    return tr(
        "loan {loan}: {news} (borrower {borrower})",
        loan=loan.loan_id, news="; ".join(parts), borrower=loan.borrower,
    )  # fmt: skip


def _described(one: "LoanSeen", now: int) -> dict[str, Any]:
    loan = one.loan
    return {
        "loan": loan.loan_id,
        "borrower": loan.borrower,
        "status": loan.status.name.lower(),
        "currency": loan.product.currency,
        "unit": loan.product.token_unit,
        "overdue": one.quote.overdue,
        "fees": one.quote.fees,
        "late_since": one.late_since,
        "days_late": None if one.late_since is None else (now - one.late_since) // 86_400,
        "default_from": one.default_from,
        "can_default": one.can_default,
        "recovery_owed": loan.recovery_owed,
        "withdrawable": {str(number): str(some) for number, some in one.withdrawable.items()},
    }


def _summary(seen: "list[LoanSeen]") -> str:
    late = sum(one.late_since is not None for one in seen)
    due = sum(one.can_default for one in seen)
    waiting = sum(any(one.withdrawable.values()) for one in seen)
    return tr_many(
        "{number} loan: {late} late, {due} in which default can be declared, {waiting} with money "
        "to withdraw",
        "{number} loans: {late} late, {due} in which default can be declared, {waiting} with money "
        "to withdraw",
        len(seen), late=late, due=due, waiting=waiting,
    )  # fmt: skip
