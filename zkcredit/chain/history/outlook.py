"""What a borrower's record says, whether it can be proved now, and what to do if it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zkcredit.units as units
from zkcredit.chain.history.bureau import BureauState
from zkcredit.errors import InvalidInput, NotEligible, TransactionReverted
from zkcredit.history import NEVER_EXPIRES, HistoryRecord, HistoryTerms, reputation
from zkcredit.language import tr
from zkcredit.request.asked_history import condition_in_words, shown_in_words
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.history import HistoryTree
    from zkcredit.request.asked_history import AskedHistory

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
        notices: what the borrower should know besides; it stops no proof.
        shortfalls: terms of the lender that the record misses, and by how much; empty while
            something else is in the way.
    """

    record: HistoryRecord
    reputation: int
    known: tuple[str, ...]
    learned: tuple[str, ...]
    obstacles: tuple[str, ...]
    notices: tuple[str, ...] = ()
    shortfalls: dict[str, int] = field(default_factory=dict)

    def require_provable(self) -> None:
        """Check that nothing stands in the way of a proof.

        Raises:
            NotEligible: if the record misses a term of the lender, and nothing else is in the way.
            InvalidInput: if something else is in the way. The message has all obstacles.
        """
        if not self.obstacles:
            return
        if self.shortfalls:
            raise NotEligible(self.obstacles[0], self.shortfalls)
        raise InvalidInput(" ".join(self.obstacles))


def record_in_words(record: HistoryRecord, currency: int) -> tuple[str, ...]:
    """Return what a record says, one fact a line.

    Args:
        record: the record.
        currency: ISO 4217 number of its amounts; 0 if it is not said.
    """
    if record.opened == 0:
        return (tr("No loan was started under this pseudonym."),)
    largest = units.money_in_words(record.largest, currency)
    lines = [
        tr(
            "Loans started: {count}, the first on {day}.",
            count=record.opened,
            day=_day(record.first_day),
        ),
        tr("Loans repaid: {count}, the largest of {amount}.", count=record.repaid, amount=largest),
        tr("Rows paid in time: {good}. Rows late: {late}.", good=record.on_time, late=record.late),
        tr(
            "Defaults: {count}, of which {paid} were paid afterwards.",
            count=record.defaults,
            paid=record.recovered,
        ),
    ]
    if record.last_bad_day:
        day = _day(record.last_bad_day)
        lines.append(tr("The last lateness or default was on {day}.", day=day))
    if record.open and record.good_until:
        day = _day(record.good_until)
        lines.append(tr("A loan runs. The record can be shown until {day}.", day=day))
    return tuple(lines)


def outlook_of(
    tree: HistoryTreeClient,
    nullifier: int,
    *,
    copy: HistoryTree | None = None,
    asked: AskedHistory | None = None,
) -> Outlook:
    """Return what a borrower must know about a record before proving it.

    Args:
        tree: the tree of the bureau.
        nullifier: the borrower's pseudonym at the bureau.
        copy: the tree's records, if the caller has read them (``TreeCopy.tree``).
        asked: what a lender asks for; nothing by default.

    Raises:
        ChainError: if the contracts' answers do not fit each other.
    """
    bureau, now = tree.bureau, tree.node.now()
    record, currency = bureau.record(nullifier), bureau.currency()
    shown = record if copy is None else copy.record(nullifier)
    obstacles = [
        *_of_the_record(record, bureau.address, now // DAY),
        *_of_the_tree(tree, nullifier, record, now),
    ]
    if record.opened and not obstacles:
        obstacles += _of_the_leaf(record, shown, asked)
    missed: dict[str, int] = {}
    if asked is not None and shown is not None and not obstacles and _missed(asked, shown):
        missed = _missed(asked, record)  # no obstacle, so the newest record misses terms, too
        told = (
            tr(
                "{condition} (missed by {amount})",
                condition=condition_in_words(name, asked.fields()[name], currency),
                amount=by,
            )
            for name, by in missed.items()
        )
        all_of_them = "; ".join(told)
        obstacles = [
            tr("The record does not meet the lender's terms: {conditions}.", conditions=all_of_them)
        ]
    return Outlook(
        record,
        reputation(record),
        record_in_words(record, currency),
        tuple(shown_in_words({} if asked is None else asked.conditions(), currency)),
        tuple(obstacles),
        _of_the_member(tree, nullifier),
        missed,
    )


def _missed(asked: AskedHistory, record: HistoryRecord) -> dict[str, int]:
    try:
        HistoryTerms.unpack(asked.terms).check(record)
    except NotEligible as missing:
        return missing.shortfalls
    return {}


def _of_the_record(record: HistoryRecord, bureau: str, today: int) -> list[str]:
    if record.opened == 0:
        return [
            tr(
                "The bureau {bureau} has no record of this wallet, and records of other bureaus do "
                "not count here: repay a first loan at a member of this bureau.",
                bureau=bureau,
            )
        ]
    if record.open and record.good_until == 0:
        return [
            tr(
                "A loan is in default since {day} at the latest: pay its debt, and have the tree "
                "advanced.",
                day=_day(record.last_bad_day),
            )
        ]
    if record.good_until != NEVER_EXPIRES and record.good_until < today:
        return [
            tr(
                "The record expired on {day}, because a row is due and its grace has ended: pay "
                "what is due, and have the tree advanced.",
                day=_day(record.good_until),
            )
        ]
    return []


def _of_the_member(tree: HistoryTreeClient, nullifier: int) -> tuple[str, ...]:
    standing = tree.bureau.standing(nullifier)
    member = standing.member
    if member is None or tree.bureau.is_member(member):
        return ()
    removed = tree.bureau.removed_at(member)
    said = tr(
        "The market {market} has not been a member of the bureau since {time}.",
        market=member,
        time="–" if removed is None else units.format_time(removed),
    )
    if standing.state is BureauState.RESERVED:
        return (
            said,
            tr(
                "Your application there does not become a loan: withdraw it, and apply at another "
                "member."
            ),
        )
    if standing.state in (BureauState.OPEN, BureauState.DEFAULTED):
        return (said, tr("Your loan there goes on: what you pay is still counted."))
    return ()


def _of_the_tree(
    tree: HistoryTreeClient, nullifier: int, record: HistoryRecord, now: int
) -> list[str]:
    found = []
    lag = tree.lag()
    if lag > tree.max_lag:
        found.append(
            tr(
                "A loan waits for the tree since {time}, longer than the {most} seconds that are "
                "allowed, so no proof is accepted: run 'zkcredit history advance', or wait until "
                "somebody does.",
                time=units.format_time(now - lag),
                most=tree.max_lag,
            )
        )
    if record.opened == 0:
        return found
    try:
        tree.bureau.leaf(nullifier)
    except TransactionReverted as refusal:
        if refusal.error != "NoLeaf":
            raise
        found.append(
            tr(
                "The pseudonym has no place in the tree, because all were given: show the record "
                "openly instead."
            )
        )
    return found


def _of_the_leaf(
    record: HistoryRecord, shown: HistoryRecord | None, asked: AskedHistory | None
) -> list[str]:
    """Return what is in the way if the tree has another record than the bureau."""
    if shown is None:
        return [
            tr(
                "The tree does not have your loan of {day} yet: run 'zkcredit history advance', or "
                "wait until somebody does.",
                day=_day(record.first_day),
            )
        ]
    if shown == record or (asked is not None and not _missed(asked, shown)):
        return []
    if asked is not None and _missed(asked, record):
        return []  # it would not help
    return [
        tr(
            "The tree has an older record of yours: run 'zkcredit history advance --own', or wait "
            "until somebody advances it."
        )
    ]


def _day(number: int) -> str:
    return units.format_time(number * DAY)[:10]
