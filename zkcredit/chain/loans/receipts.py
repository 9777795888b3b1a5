"""Receipts: what a transaction paid on a loan, as a file that anybody can check against a node.

The market's event says what a payment took in all. What of it was interest, principal and late fees
follows from the loan before it, by the library's own engine. A receipt is kept by whoever paid: it
needs no signature, because everything in it is on the chain.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal.checks import require_instance, require_text, require_uint
from zkcredit._internal.evm import checksum_address, keccak256
from zkcredit._internal.json import (
    canonical,
    decimal,
    hex_bytes,
    integer,
    members,
    open_document,
)
from zkcredit.chain.loans.loan_events import (
    LoanEvent,
    LoanReleased,
    LoanRequested,
    LoanRestructured,
    LoanStepped,
)
from zkcredit.chain.loans.loan_flow import PAYMENTS
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    WrongReceipt,
)
from zkcredit.language import tr
from zkcredit.loan.life import Action, quote, run
from zkcredit.loan.running import RunningLoan, Standing, release, walk
from zkcredit.loan.words import LOAN_ACTIONS
from zkcredit.schema import AMOUNT_BITS, TIME_BITS
from zkcredit.units import format_time, money_in_words

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.nodes.replies import Receipt

__all__ = ["PaidAmounts", "PaymentReceipt", "receipt_of"]

_TYPE: Final = "zkcredit-receipt/1"
_WHAT: Final = "receipt"
_MOST_BYTES: Final = 1 << 14
_HASH: Final = re.compile("0x[0-9a-f]{64}", re.ASCII)
_STANDINGS: Final = tuple(one.value for one in Standing)
_WIDTHS: Final = {
    "chain_id": 63, "loan": 63, "unit": 128, "currency": 10, "block": 63, "time": TIME_BITS,
    "remaining": AMOUNT_BITS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaidAmounts:
    """What was paid, by kind, in minor units; the kinds add up to all that was paid.

    Attributes:
        interest: interest of rows, minor units.
        principal: principal, and interest that was deferred into the balance before; minor units.
        fees: late fees, minor units.
        credit: what is kept for the next row; below 0 if an earlier credit was used up.
        recovery: what was paid on the debt after a default, minor units.
    """

    interest: int = 0
    principal: int = 0
    fees: int = 0
    credit: int = 0
    recovery: int = 0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if type(value) is not int or abs(value) >> AMOUNT_BITS:
                raise InvalidInput(f"{one.name} must be an amount in minor units")
            if value < 0 and one.name != "credit":
                raise InvalidInput(f"{one.name} must not be negative")

    def __add__(self, other: PaidAmounts) -> PaidAmounts:
        return PaidAmounts(*(getattr(self, one.name) + getattr(other, one.name)
                             for one in fields(self)))  # fmt: skip

    @property
    def total(self) -> int:
        """Everything that was paid."""
        return sum(asdict(self).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceipt:
    """What one transaction paid on one loan.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis: hash of the chain's first block, in hexadecimal digits.
        market: EIP-55 address of the market.
        loan: the loan's number.
        borrower: EIP-55 address of its borrower.
        payer: EIP-55 address of the account that the market saw paying.
        token: EIP-55 address of the token.
        unit: base units of the token in a minor unit.
        currency: number of the loan's currency (ISO 4217).
        transaction: hash of the transaction, 0x-prefixed.
        block: number of its block.
        block_hash: hash of its block, 0x-prefixed.
        time: time of the block, Unix seconds.
        amounts: what was paid, by kind, minor units.
        remaining: minor units that were left to pay afterwards, of the whole schedule and with
            late fees.
        standing: where the loan stood afterwards, a value of ``zkcredit.loan.Standing``.

    Raises:
        InvalidInput: if a part is malformed, or nothing was paid.
        OutOfRange: if a number is outside its range.
    """

    chain_id: int
    genesis: str
    market: str
    loan: int
    borrower: str
    payer: str
    token: str
    unit: int
    currency: int
    transaction: str
    block: int
    block_hash: str
    time: int
    amounts: PaidAmounts
    remaining: int
    standing: str

    def __post_init__(self) -> None:
        for name, bits in _WIDTHS.items():
            require_uint(name.replace("_", " "), getattr(self, name), bits)
        hex_bytes(self.genesis, 32, "genesis")
        for name in ("market", "borrower", "payer", "token"):
            if checksum_address(name, getattr(self, name)) != getattr(self, name):
                raise InvalidInput(f"the address {name!r} must have its EIP-55 capitals")
        for name in ("transaction", "block_hash"):
            if not _HASH.fullmatch(require_text(name.replace("_", " "), getattr(self, name), 66)):
                raise InvalidInput(f"the {name.replace('_', ' ')} must be 0x and 64 digits")
        if require_instance("the amounts", self.amounts, PaidAmounts).total <= 0:
            raise InvalidInput("a receipt is for a payment above 0")
        if self.standing not in _STANDINGS:
            raise InvalidInput(f"the standing must be one of {', '.join(_STANDINGS)}")

    @property
    def digest(self) -> bytes:
        """Keccak-256 of the canonical text without its member ``digest``."""
        return keccak256(canonical(self._rest()).encode())

    def in_words(self) -> list[str]:
        """Return the receipt as lines for a person."""

        def money(amount: int) -> str:
            return money_in_words(amount, self.currency)

        paid, lines = self.amounts, []
        lines.append(
            tr(
                "{amount} were paid on loan {loan} by {payer}, for {borrower}, at {time}.",
                amount=money(paid.total), loan=self.loan, payer=self.payer,
                borrower=self.borrower, time=format_time(self.time),
            )
        )  # fmt: skip
        told = (
            (paid.interest, tr("Interest: {amount}", amount=money(paid.interest))),
            (paid.principal, tr("Principal: {amount}", amount=money(paid.principal))),
            (paid.fees, tr("Late fees: {amount}", amount=money(paid.fees))),
            (paid.recovery, tr("Debt after a default: {amount}", amount=money(paid.recovery))),
        )
        lines += [words for amount, words in told if amount]
        if paid.credit > 0:
            lines.append(tr("Kept for the next row: {amount}", amount=money(paid.credit)))
        elif paid.credit < 0:
            lines.append(tr("Paid before, and used now: {amount}", amount=money(-paid.credit)))
        lines.append(tr("Left to pay: {amount}", amount=money(self.remaining)))
        lines.append(
            tr(
                "Transaction {transaction} in block {block} of chain {chain}, at the market "
                "{market}.",
                transaction=self.transaction, block=self.block, chain=self.chain_id,
                market=self.market,
            )
        )  # fmt: skip
        lines.append(tr("Digest: {digest}", digest=self.digest.hex()))
        return lines

    def require_on(self, market: LoanMarketClient) -> None:
        """Check everything in the receipt against the chain.

        Raises:
            WrongReceipt: if the chain says something else, or does not have the transaction; the
                error names what differs.
            NodeUnavailable: if the node does not answer, or does not keep states as old as the
                receipt.
        """
        require_instance("the market", market, LoanMarketClient)
        place = (self.network, self.market)
        if place != (market.node.network, market.address):
            raise WrongReceipt("the receipt is for another market, or another chain", ("market",))
        try:
            found = receipt_of(market, self.transaction, self.loan)
        except InvalidInput as error:
            raise WrongReceipt(
                f"the chain does not have this payment: {error}", ("transaction",)
            ) from None
        differing = tuple(
            one.name for one in fields(self) if getattr(self, one.name) != getattr(found, one.name)
        )
        if differing:
            raise WrongReceipt(
                f"the receipt is not what the chain says: another {', '.join(differing)}", differing
            )

    @property
    def network(self) -> str:
        """Chain id and genesis hash, as ``Node.network``."""
        return f"{self.chain_id}:{self.genesis}"

    def to_json(self) -> str:
        """Return JSON text."""
        return canonical(self.content()) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of ``to_json``.

        Raises:
            MalformedFile: if the text is something else, or its digest is another one.
            InvalidInput: if a part is malformed.
            OutOfRange: if a number is outside its range.
        """
        names = tuple(one.name for one in fields(cls))
        given = open_document(text, _WHAT, _TYPE, (*names, "digest"), _MOST_BYTES)
        amounts = members(given["amounts"], [one.name for one in fields(PaidAmounts)], _WHAT)
        parts: dict[str, Any] = {name: given[name] for name in names}
        numbers = set(_WIDTHS) - {"unit"}
        parts |= {name: integer(given[name], f"{_WHAT}: {name}") for name in numbers}
        for name in sorted(set(names) - numbers - {"amounts"}):
            if not isinstance(given[name], str):
                raise MalformedFile(f"{_WHAT}: {name} is text")
        parts["unit"] = decimal(given["unit"], f"{_WHAT}: unit")
        parts["amounts"] = PaidAmounts(
            **{name: integer(value, f"{_WHAT}: {name}") for name, value in amounts.items()}
        )
        read = cls(**parts)
        if hex_bytes(given["digest"], 32, f"{_WHAT}: digest") != read.digest:
            raise MalformedFile(f"{_WHAT}: the digest is not that of the rest; it was changed")
        return read

    def content(self) -> dict[str, Any]:
        """Return the members of the file, as JSON values."""
        return {**self._rest(), "digest": self.digest.hex()}

    def _rest(self) -> dict[str, Any]:
        # the unit may exceed 2^53, which JSON readers round
        return {"type": _TYPE, **asdict(self), "unit": str(self.unit)}


def receipt_of(
    market: LoanMarketClient, transaction: str, loan: int | None = None
) -> PaymentReceipt:
    """Return the receipt of a payment.

    Args:
        market: the market that was paid at.
        transaction: hash of the transaction, 0x-prefixed.
        loan: the loan's number; the only loan that the transaction paid on by default.

    Raises:
        InvalidInput: if the text is not a hash, no block has the transaction, it paid nothing at
            this market, or it paid on several loans and none is named.
        ChainError: if the market reports a step that the library would compute otherwise.
        NodeUnavailable: if the node does not answer, or does not keep states as old as the
            transaction.
    """
    require_instance("the market", market, LoanMarketClient)
    if not _HASH.fullmatch(require_text("the transaction", transaction, 66).lower()):
        raise InvalidInput("a transaction is named by its hash: 0x and 64 hexadecimal digits")
    found = market.node.receipt(transaction.lower())
    if found is None:
        raise InvalidInput(f"no block has the transaction {transaction.lower()}")
    number = _loan_of(market, found, loan)
    return _computed(market, found, number)


def _loan_of(market: LoanMarketClient, found: Receipt, loan: int | None) -> int:
    paid = [
        event.loan_id for event in market.events_of(found)
        if isinstance(event, LoanStepped) and event.paid
    ]  # fmt: skip
    several = sorted(set(paid))
    if loan is not None:
        several = [one for one in several if one == loan]
    if not several:
        which = "" if loan is None else f" on loan {loan}"
        raise InvalidInput(f"transaction {found.transaction} paid nothing{which} at this market")
    if len(several) > 1:
        listed = ", ".join(map(str, several))
        raise InvalidInput(f"the transaction paid on the loans {listed}: name one")
    return several[0]


def _computed(market: LoanMarketClient, found: Receipt, loan: int) -> PaymentReceipt:
    node, block = market.node, found.block
    before = _state_before(market, loan, block)
    running = product = last = None
    borrower, payer, amounts = "", "", PaidAmounts()
    if before is not None:
        running, product, borrower = before.running, before.product, before.borrower
    for event in market.events(since=block, until=block):
        if not isinstance(event, LoanEvent) or event.loan_id != loan:
            continue
        if isinstance(event, LoanRequested):
            product, borrower = market.book.terms(event.product), event.borrower
        elif isinstance(event, LoanReleased) and product is not None:
            running = release(product, event.principal, event.clock)
        elif isinstance(event, LoanRestructured):
            product = market.book.terms(event.product)
        elif isinstance(event, LoanStepped) and running is not None:
            after = _stepped(market, event, running)
            if event.transaction == found.transaction:
                if event.paid:
                    amounts += _by_kind(running, after, event)
                    payer = event.caller
                last = after
            running = after
    if last is None or product is None:
        raise NodeUnavailable(f"the node left out events of block {block}")
    clock = market.clock(product.token, block=block).now
    chain_id, genesis = node.network.split(":")
    return PaymentReceipt(
        chain_id=int(chain_id),
        genesis=genesis,
        market=market.address,
        loan=loan,
        borrower=borrower,
        payer=payer,
        token=checksum_address("token", product.token),
        unit=product.token_unit,
        currency=product.currency,
        transaction=found.transaction,
        block=block,
        block_hash=found.block_hash,
        time=node.time_of(block),
        amounts=amounts,
        remaining=quote(last, clock).remaining,
        standing=last.standing.value,
    )


def _state_before(market: LoanMarketClient, loan: int, block: int) -> LoanState | None:
    """Return a loan as it was before a block; None if it was asked for in that block."""
    try:
        return market.loan_after(loan, block - 1)
    except (InvalidInput, NodeUnavailable) as error:
        if isinstance(error, NodeUnavailable):
            raise
        return None
    except ChainError as error:
        raise NodeUnavailable(
            f"the node does not have the state of block {block - 1}; ask one that keeps old "
            f"states: {error}"
        ) from None


def _stepped(market: LoanMarketClient, event: LoanStepped, before: RunningLoan) -> RunningLoan:
    action, product = LOAN_ACTIONS[event.action], None
    if action is Action.RESTRUCTURE:
        product = market.loan_after(event.loan_id, event.block).product
    clock = market.clock(before.product.token, block=event.block).now
    offered = event.paid if action in PAYMENTS else 0
    after, outcome = run(action, before, offered, clock, product)
    if outcome.taken != event.paid:
        raise ChainError(
            f"the market reports that {event.paid} minor units were paid on loan {event.loan_id}, "
            f"and by its rules it would be {outcome.taken}"
        )
    return after


def _by_kind(before: RunningLoan, after: RunningLoan, event: LoanStepped) -> PaidAmounts:
    """Return what a payment was for."""
    if before.standing is Standing.DEFAULTED:
        return PaidAmounts(recovery=event.paid)
    fees = before.fees_owed + event.fees - after.fees_owed
    credit = after.credit - before.credit
    # a row that defers its interest raises the balance, and asks for nothing
    passed = before.paid if after.standing is Standing.REPAID else after.paid
    if LOAN_ACTIONS[event.action] is Action.REPAY:
        passed = after.paid
    deferred = sum(
        step.result.interest
        for step in walk(before)
        if step.number < passed and not step.result.amount
    )
    principal = before.balance + deferred - after.balance
    interest = event.paid - fees - credit - principal
    if interest < 0:  # a settlement does not pay back a credit above the debt
        interest, credit = 0, credit + interest
    return PaidAmounts(interest, principal, fees, credit)
