"""The events of markets, their books and their consents, as typed records.

One frozen dataclass each, fields as in Solidity. Amounts are minor currency units; ``tokens`` are
the token's base units; times are Unix seconds unless a field is called ``clock``.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkcredit.chain.contracts.events import Event, know_events

__all__ = [
    "AnnouncementWithdrawn",
    "ConsentRevoked",
    "ConsentTaken",
    "EvidenceAccepted",
    "FeesWithdrawn",
    "FundingLeft",
    "LineBegun",
    "LoanCancelled",
    "LoanFunded",
    "LoanReleased",
    "LoanRequested",
    "LoanRestructured",
    "LoanStepped",
    "NewLoansPausedChanged",
    "NoticeGiven",
    "ProceedsDrawn",
    "ProductAnnounced",
    "ProductOpenChanged",
    "ProductPublished",
    "SeriesBegun",
    "StandingChanged",
    "TokenAllowed",
    "Withdrawn",
]


@dataclass(frozen=True, slots=True)
class LoanEvent(Event):
    """What happened to a loan, by its number at the market."""

    loan_id: int


@dataclass(frozen=True, slots=True)
class TokenAllowed(Event):
    """The operator allowed or disallowed a token for new products."""

    token: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class NewLoansPausedChanged(Event):
    """The operator stopped or resumed new loans."""

    paused: bool


@dataclass(frozen=True, slots=True)
class NoticeGiven(Event):
    """A token's clock stops, or stays stopped for longer."""

    token: str
    from_: int
    until: int


@dataclass(frozen=True, slots=True)
class LoanRequested(LoanEvent):
    """An application was accepted; ``burden`` is the amount a month that the policy judged."""

    product: str
    borrower: str
    nullifier: int
    principal: int
    purpose: int
    burden: int
    deadline: int


@dataclass(frozen=True, slots=True)
class EvidenceAccepted(LoanEvent):
    """A proof was accepted, with an application or to renew it."""

    root: int
    proved_at: int


@dataclass(frozen=True, slots=True)
class LoanFunded(LoanEvent):
    """A lender paid in: the interval of the principal from ``start`` on is the position's."""

    position_id: int
    lender: str
    start: int
    amount: int


@dataclass(frozen=True, slots=True)
class FundingLeft(LoanEvent):
    """A lender took the money back from an application; the position's interval is free."""

    position_id: int
    lender: str
    amount: int


@dataclass(frozen=True, slots=True)
class LoanCancelled(LoanEvent):
    """An application ended without a loan."""


@dataclass(frozen=True, slots=True)
class LoanReleased(LoanEvent):
    """An application was full; ``principal`` less ``fee`` waits for the borrower."""

    borrower: str
    principal: int
    fee: int
    clock: int


@dataclass(frozen=True, slots=True)
class ProceedsDrawn(LoanEvent):
    """What waited for the borrower was paid out."""

    to: str
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """A lender withdrew tokens."""

    position_id: int
    lender: str
    to: str
    tokens: int


@dataclass(frozen=True, slots=True)
class FeesWithdrawn(Event):
    """The recipient of origination fees drew them."""

    recipient: str
    token: str
    to: str
    tokens: int


@dataclass(frozen=True, slots=True)
class LoanStepped(LoanEvent):
    """A step of a loan was done.

    Attributes:
        action: number of ``ILoanEngine.Action``, see ``LOAN_ACTIONS``.
        caller: who sent it.
        paid: amount paid in.
        on_time: number of rows paid on time.
        late: number of rows found late.
        fees: late fees charged for them.
    """

    action: int
    caller: str
    paid: int
    on_time: int
    late: int
    fees: int


@dataclass(frozen=True, slots=True)
class StandingChanged(LoanEvent):
    """A loan was repaid, defaulted or was recovered; ``debt`` is what is left after a default.

    ``standing`` is a number of ``LoanStatus``.
    """

    nullifier: int
    standing: int
    debt: int


@dataclass(frozen=True, slots=True)
class LoanRestructured(LoanEvent):
    """A loan got another product's table, and owes ``debt`` from then on."""

    product: str
    debt: int


@dataclass(frozen=True, slots=True)
class ProductPublished(Event):
    """A product was published at the address ``product``; ``digest`` is the hash of its terms."""

    product: str
    creator: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ProductOpenChanged(Event):
    """A product was opened or closed for applications by its creator."""

    product: str
    open: bool


@dataclass(frozen=True, slots=True)
class LineBegun(Event):
    """A line of products began with its first."""

    line_id: int
    creator: str
    product: str


@dataclass(frozen=True, slots=True)
class ProductAnnounced(Event):
    """The next product of a line was announced."""

    line_id: int
    product: str
    starts_at: int


@dataclass(frozen=True, slots=True)
class AnnouncementWithdrawn(Event):
    """An announcement was taken back before its time."""

    line_id: int
    product: str


@dataclass(frozen=True, slots=True)
class ConsentTaken(Event):
    """A market used a consent."""

    signer: str
    market: str
    nonce: int


@dataclass(frozen=True, slots=True)
class ConsentRevoked(Event):
    """A signer revoked one number."""

    signer: str
    nonce: int


@dataclass(frozen=True, slots=True)
class SeriesBegun(Event):
    """A signer revoked all consents that were not used."""

    signer: str
    series: int


know_events(("LoanMarket", "ProductBook", "Consents"), {name: globals()[name] for name in __all__})
