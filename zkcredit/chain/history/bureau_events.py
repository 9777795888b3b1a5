"""The events of bureaus and history trees, as typed records; fields as in Solidity.

Amounts are minor currency units, times are Unix seconds, days are days since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkcredit.chain.contracts.events import Event, know_events

__all__ = [
    "Advanced",
    "LeafAssigned",
    "LeafUnavailable",
    "LoanClosed",
    "LoanProgressed",
    "LoanStarted",
    "MemberChanged",
    "PseudonymReserved",
    "ReservationCancelled",
    "Staged",
]


@dataclass(frozen=True, slots=True)
class MemberChanged(Event):
    """A market became a member with this gate, or stopped being one if the gate is address 0."""

    market: str
    gate: str


@dataclass(frozen=True, slots=True)
class PseudonymReserved(Event):
    """An application reserved a pseudonym until a time, included."""

    nullifier: int
    member: str
    until: int


@dataclass(frozen=True, slots=True)
class ReservationCancelled(Event):
    """A reservation ended before its time without a loan."""

    nullifier: int


@dataclass(frozen=True, slots=True)
class LoanStarted(Event):
    """A loan of a pseudonym started at a member."""

    nullifier: int
    member: str
    principal: int


@dataclass(frozen=True, slots=True)
class LeafAssigned(Event):
    """A pseudonym got its place in the history tree, at its first loan."""

    nullifier: int
    index: int


@dataclass(frozen=True, slots=True)
class LeafUnavailable(Event):
    """A loan started for a pseudonym that cannot have a place in the tree."""

    nullifier: int


@dataclass(frozen=True, slots=True)
class LoanProgressed(Event):
    """Rows were paid in time, or found late."""

    nullifier: int
    on_time: int
    late: int
    good_until: int


@dataclass(frozen=True, slots=True)
class LoanClosed(Event):
    """A loan or a debt ended (0 repaid, 1 defaulted, 2 recovered)."""

    nullifier: int
    member: str
    ending: int


@dataclass(frozen=True, slots=True)
class Advanced(Event):
    """The tree took records; ``head`` is the number of openings that it has taken so far."""

    old_root: int
    new_root: int
    head: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Staged(Event):
    """The oldest openings were written down with their records, for a proof until a time."""

    root: int
    until: int
    pseudonyms: tuple[int, ...]
    words: tuple[int, ...]


know_events(("CreditBureau", "HistoryTree"), {name: globals()[name] for name in __all__})
