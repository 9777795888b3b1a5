"""What a borrower's record says, whether it can be proved now, and what to do if it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import zkcredit.units as units
from zkcredit.chain.history.bureau import BureauState
from zkcredit.errors import NotEligible, TransactionReverted
from zkcredit.history import NEVER_EXPIRES, HistoryRecord, HistoryTerms, reputation
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.history.bureau import HistoryTreeClient

__all__ = ["Outlook", "outlook_of", "record_in_words"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A record at a bureau, and what stands between it and a proof.

    Attributes:
        record: what the bureau keeps now.
        reputation: 0 to 1000 points.
        known: what the bureau counts, one fact a line.
        learned: what a lender learns from a proof, one fact a line.
        obstacles: why a proof would be refused now, since when, and what to do; empty if nothing
            stands in its way.
    """

    record: HistoryRecord
    reputation: int
    known: tuple[str, ...]
    learned: tuple[str, ...]
    obstacles: tuple[str, ...]


def record_in_words(record: HistoryRecord, currency: int) -> tuple[str, ...]:
    """Return what a record says, one fact a line.

    Args:
        record: the record.
        currency: ISO 4217 number of its amounts; 0 if it is not said.
    """
    if record.opened == 0:
        return ("No loan was started under this pseudonym.",)
    largest = units.money_in_words(record.largest, currency)
    lines = [
        f"Loans started: {record.opened}, the first on {_day(record.first_day)}.",
        f"Loans repaid: {record.repaid}, the largest of {largest}.",
        f"Rows paid in time: {record.on_time}. Rows late: {record.late}.",
        f"Defaults: {record.defaults}, of which {record.recovered} were paid afterwards.",
    ]
    if record.last_bad_day:
        lines.append(f"The last lateness or default was on {_day(record.last_bad_day)}.")
    if record.open and record.good_until:
        lines.append(f"A loan runs. The record can be shown until {_day(record.good_until)}.")
    return tuple(lines)


def outlook_of(
    tree: HistoryTreeClient,
    nullifier: int,
    *,
    in_tree: HistoryRecord | None = None,
    terms: HistoryTerms | None = None,
) -> Outlook:
    """Return what a borrower must know about a record before proving it.

    Args:
        tree: the tree of the bureau.
        nullifier: the borrower's pseudonym at the bureau.
        in_tree: the record that the tree has, if the caller knows it (``TreeCopy``).
        terms: what a lender asks for, with the day of the proof; nothing by default.

    Raises:
        ChainError: if the contracts' answers do not fit each other.
    """
    bureau, now = tree.bureau, tree.node.now()
    record = bureau.record(nullifier)
    obstacles = [
        *_of_the_record(record, now // DAY),
        *_of_the_member(tree, nullifier),
        *_of_the_tree(tree, nullifier, record, in_tree, now),
    ]
    learned = ["that a record of the bureau is yours, and not which one"]
    if terms is not None:
        learned += [f"that {fact}" for fact in _asked(terms)]
        try:
            terms.check(record)
        except NotEligible as missing:
            parts = ", ".join(f"{name} by {by}" for name, by in missing.shortfalls.items())
            obstacles.append(f"The record does not meet the lender's terms: {parts}.")
    known = record_in_words(record, bureau.currency())
    return Outlook(record, reputation(record), known, tuple(learned), tuple(obstacles))


def _of_the_record(record: HistoryRecord, today: int) -> list[str]:
    if record.opened == 0:
        return ["There is nothing to prove: repay a first loan at a member of this bureau."]
    if record.open and record.good_until == 0:
        return [
            f"A loan is in default since {_day(record.last_bad_day)} at the latest: pay its debt, "
            "and have the tree advanced."
        ]
    if record.good_until != NEVER_EXPIRES and record.good_until < today:
        return [
            f"The record expired on {_day(record.good_until)}, because a row is due and its grace "
            "has ended: pay what is due, and have the tree advanced."
        ]
    return []


def _of_the_member(tree: HistoryTreeClient, nullifier: int) -> list[str]:
    standing = tree.bureau.standing(nullifier)
    member = standing.member
    if member is None or tree.bureau.is_member(member):
        return []
    if standing.state is BureauState.RESERVED:
        return [
            f"The market {member} is no longer a member of the bureau, so your application there "
            "does not become a loan: withdraw it, and apply at another member."
        ]
    if standing.state in (BureauState.OPEN, BureauState.DEFAULTED):
        return [
            f"The market {member} is no longer a member of the bureau. Your loan there goes on: "
            "what you pay is still counted."
        ]
    return []


def _of_the_tree(
    tree: HistoryTreeClient,
    nullifier: int,
    record: HistoryRecord,
    in_tree: HistoryRecord | None,
    now: int,
) -> list[str]:
    found = []
    lag = tree.lag()
    if lag > tree.max_lag:
        since = units.format_time(now - lag)
        found.append(
            f"A loan waits for the tree since {since}, longer than the {tree.max_lag} seconds that "
            "are allowed, so no proof is accepted: run 'zkcredit history advance', or wait until "
            "somebody does."
        )
    if record.opened == 0:
        return found
    try:
        tree.bureau.leaf(nullifier)
    except TransactionReverted as refusal:
        if refusal.error != "NoLeaf":
            raise
        found.append(
            "The pseudonym has no place in the tree, because all were given: show the record "
            "openly instead."
        )
        return found
    if in_tree is not None and in_tree != record:
        found.append(
            "The tree has an older record of yours: run 'zkcredit history advance', or wait until "
            "somebody does."
        )
    return found


def _asked(terms: HistoryTerms) -> list[str]:
    named = {
        "min_repaid": "you repaid {} loans or more",
        "min_on_time": "you paid {} rows or more in time",
        "max_late": "{} rows at most were late",
        "max_defaults": "{} loans at most defaulted",
        "max_open": "{} loans at most are open",
        "min_largest": "the largest loan that you repaid was {} minor units or more",
    }
    days = {
        "today": "your record is good on {}",
        "first_day_limit": "your first loan was on {} or before",
        "last_bad_day_limit": "no row was late and no loan defaulted after {}",
    }
    return [
        named[name].format(value) if name in named else days[name].format(_day(value))
        for name, value in terms.conditions().items()
    ]


def _day(number: int) -> str:
    return units.format_time(number * DAY)[:10]
