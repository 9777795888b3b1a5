"""Each applicant's outcome, the refused attempts, and where the money went, to the unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zkcredit.chain.loans.loan_events import LoanStepped
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.movements import Movements
from zkcredit.errors import ChainError, TransactionReverted, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.chain import TransactionSender
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.narrator import Narrator
    from zkcredit.record import CreditRecord

__all__ = ["ApplicantOutcome", "Funds", "Refusal", "close_books", "expect_refusal"]


class Member(Protocol):
    """Somebody of a cast, with a row of the data."""

    @property
    def number(self) -> int: ...
    @property
    def record(self) -> CreditRecord: ...
    @property
    def really_good(self) -> bool: ...


@dataclass
class ApplicantOutcome:
    """One applicant's outcome. Amounts are minor units.

    Attributes:
        number: row of the data.
        score: the score by the scorecard.
        principal: the requested amount.
        missed: missed conditions, with the shortfall in each condition's unit; empty if eligible.
        loan_id: number of the loan, if there is one.
        state: ``"not eligible"``, ``"credential expired"``, ``"credential revoked"``, or the
            loan's state in lower case.
        rows_paid: number of the rows that are behind the loan.
        fees: late fees charged.
        paid: everything paid back.
        really_good: whether the real credit ended well, by the data.
    """

    number: int
    score: int
    principal: int
    missed: dict[str, int]
    really_good: bool
    loan_id: int | None = None
    state: str = ""
    rows_paid: int = 0
    fees: int = 0
    paid: int = 0

    @classmethod
    def of(
        cls, member: Member, principal: int, missed: Mapping[str, int] | None = None
    ) -> ApplicantOutcome:
        """Begin the outcome of somebody whose record has a score.

        Args:
            member: somebody of a cast.
            principal: the requested amount, minor units.
            missed: the missed conditions with their shortfalls; none by default.
        """
        return cls(
            number=member.number,
            score=member.record.score,
            principal=principal,
            missed=dict(missed or {}),
            really_good=member.really_good,
            state="not eligible" if missed else "",
        )

    @property
    def eligible(self) -> bool:
        """Whether the applicant meets the policy."""
        return not self.missed

    def row(self) -> tuple[str, ...]:
        """Return the line of the closing table."""
        outcome = f"{self.state}: {', '.join(self.missed)}" if self.missed else self.state
        loan = self.loan_id is not None
        return (
            str(self.number),
            str(self.score),
            f"{self.principal:,}",
            outcome,
            str(self.rows_paid) if loan else "",
            f"{self.fees:,}" if loan else "",
            f"{self.paid:,}" if loan else "",
        )

    def close(self, loan: LoanState, fees: int) -> None:
        """Record what the market says at the end."""
        self.state = loan.status.name.lower()
        self.rows_paid = loan.paid_rows
        self.paid = loan.received
        self.fees = fees


@dataclass(frozen=True)
class Refusal:
    """An attempt that was refused.

    Attributes:
        attempt: what was tried, in words.
        by: who refused it: ``"wallet"``, ``"prover"``, ``"verifier"``, ``"contract"``,
            ``"client"`` (before anything is sent) or ``"issuer"``.
        error: name of the typed error.
        contract_error: the contract's own typed error, or "".
        message: the error's text.
    """

    attempt: str
    by: str
    error: str
    contract_error: str
    message: str


@dataclass
class Funds:
    """Where the money was at the start and at the end, in minor units (one token unit each).

    Attributes:
        minted: all the money that exists.
        before, after: balances by party, at the start and the end.
        flows: sums by kind of movement, over all loans.
        held: what the market still holds, by all movements.
    """

    minted: int
    before: dict[str, int]
    after: dict[str, int] = field(default_factory=dict)
    flows: dict[str, int] = field(default_factory=dict)
    held: int = 0

    def close(self, after: dict[str, int], moved: Movements) -> None:
        """Record the balances and movements at the end, and check that no money is lost or made.

        Raises:
            ChainError: if the balances do not sum to what was minted, or the market's balance
                differs from the sum of its movements.
        """
        self.after, self.flows, self.held = after, moved.sums(), moved.held
        if not sum(self.before.values()) == self.minted == sum(after.values()):
            raise ChainError("money was lost or made: the balances do not sum to what was minted")
        if self.held != after["market"]:
            raise ChainError("the market's balance differs from the sum of its movements")

    def moved(self) -> str:
        """Return the sums by kind of movement, as the end of a sentence."""
        return ", ".join(f"{name} {amount:,}" for name, amount in self.flows.items())


def close_books(
    market: LoanMarketClient,
    lenders: Sequence[TransactionSender],
    loans: Mapping[int, int],
    outcomes: Mapping[int, ApplicantOutcome],
) -> Movements:
    """Let lenders withdraw, record each loan's end, and return the movements of money.

    Args:
        market: the market of the loans.
        lenders: everybody who funded a loan.
        loans: applicant's number → loan.
        outcomes: the outcomes by applicant's number; those with loans are completed.
    """
    by_address = {lender.address: lender for lender in lenders}
    places = range(1, market.position_count() + 1)
    claims = market.withdrawables(places)
    for position, claim in zip(market.positions(places), claims, strict=True):
        if claim and position.lender is not None:
            market.withdraw(position.position_id, by=by_address[position.lender])
    events = market.events()
    fees: Counter[int] = Counter()
    for event in events:
        if isinstance(event, LoanStepped):
            fees[event.loan_id] += event.fees
    for number, loan in zip(loans, market.loans(list(loans.values())), strict=True):
        outcomes[number].close(loan, fees[loan.loan_id])
    return Movements.of(events)


def expect_refusal(
    attempt: str,
    by: str,
    kind: type[ZkCreditError],
    action: Callable[[], object],
    narrator: Narrator,
    *,
    contract_error: str = "",
) -> Refusal:
    """Run an attempt that must be refused, and return the refusal.

    Args:
        attempt: what is tried, in words.
        by: who must refuse it.
        kind: the expected typed error.
        action: the attempt.
        narrator: hears of it.
        contract_error: name of the contract's expected error, if the contract refuses.

    Raises:
        StoryFailed: if the attempt succeeds, or fails in another way.
    """
    try:
        action()
    except kind as error:
        given = error.error if isinstance(error, TransactionReverted) else ""
        if given == contract_error:
            name = given or type(error).__name__
            narrator.refused(attempt, name, str(error))
            return Refusal(attempt, by, type(error).__name__, given, str(error))
        raise StoryFailed(f"{attempt}: refused as {given}, not as {contract_error}") from error
    raise StoryFailed(f"{attempt}: was not refused")
