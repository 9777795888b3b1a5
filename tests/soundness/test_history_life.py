"""After every event of a loan's life, no leaf that is still accepted looks better than the truth.

Borrowers, members and the keeper do what they like, at any time: pay, do not pay, report late or
never, advance the tree with what suits them. The truth is kept beside, in words of the loan's own
deadlines. A leaf is accepted while its root is fresh and its record is good today.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import taken_back
from support.history.town import AGE, DAY, LAG, HistoryTown

from zkcredit.history import HistoryRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PEOPLE = (1_001, 1_002, 1_003)
ROWS, GAP, DEFAULT_AFTER = 3, 4 * DAY, 6 * DAY
ROUNDS = 60


@dataclass
class Truth:
    """A borrower's life as it is, whether or not anybody reported it.

    Attributes:
        opened_at: release of the newest loan.
        opened: loans that were released.
        late: rows that were paid late.
        defaults: loans that a member marked as defaulted.
        deadlines: of the running loan's unpaid rows, due and grace together.
        state: what the loan is doing.
    """

    opened_at: int = 0
    opened: int = 0
    late: int = 0
    defaults: int = 0
    deadlines: list[int] = field(default_factory=list)
    state: str = "none"

    def late_at(self, now: int) -> int:
        """Rows that are late now, those that nobody paid or reported among them."""
        overdue = sum(now > one for one in self.deadlines) if self.state == "runs" else 0
        return self.late + overdue


class Life:
    """A town in which anything happens, and every leaf that was ever there."""

    def __init__(self, town: HistoryTown, dice: random.Random) -> None:
        self.town, self.dice = town, dice
        self.truth = {who: Truth() for who in PEOPLE}
        self.leaves: dict[int, dict[int, HistoryRecord]] = {}  # root → pseudonym → record
        self.checked = 0
        self.remember()

    def remember(self) -> None:
        """Keep the leaves under the root that is current."""
        copy = self.town.copy
        found = {who: copy.record(who) for who in PEOPLE}
        self.leaves[copy.root] = {who: one for who, one in found.items() if one is not None}

    def check(self) -> None:
        """Compare every leaf that would be accepted now with the truth."""
        now = self.town.node.now()
        today = now // DAY
        for root in [*self.leaves][-12:]:
            if not self.town.is_fresh(root):
                continue
            for who, leaf in self.leaves[root].items():
                if leaf.good_until < today:
                    continue
                truth = self.truth[who]
                assert leaf.late >= truth.late_at(now), (leaf, truth, now)
                assert leaf.defaults >= truth.defaults, (leaf, truth, now)
                if leaf.opened < truth.opened:
                    assert now - truth.opened_at <= LAG + AGE, (leaf, truth, now)
                self.checked += 1

    def act(self) -> None:
        """One event, drawn."""
        who = self.dice.choice(PEOPLE)
        truth, now = self.truth[who], self.town.node.now()
        if truth.state == "none":
            deadlines = [now + GAP * (row + 1) + self.dice.randrange(DAY) for row in range(ROWS)]
            self.town.report("reserve", who, now + DAY)
            self.town.report("start", who, 100_000, deadlines[0])
            truth.state, truth.deadlines = "runs", deadlines
            truth.opened, truth.opened_at = truth.opened + 1, self.town.node.now()
        elif truth.state == "runs":
            self.runs(who)
        elif truth.state == "defaulted" and self.dice.random() < 0.5:
            self.town.report("close", who, 2)
            truth.state = "recovered"

    def runs(self, who: int) -> None:
        """The borrower pays a row, or a member marks a default, or neither."""
        truth, now = self.truth[who], self.town.node.now()
        deadline = truth.deadlines[0]
        if now > deadline + DEFAULT_AFTER:
            self.town.report("close", who, 1)
            truth.late, truth.defaults = truth.late_at(now), truth.defaults + 1
            truth.state, truth.deadlines = "defaulted", []
        elif self.dice.random() < 0.7:
            late = int(now > deadline)
            rest = truth.deadlines[1:]
            self.town.report("progress", who, 1 - late, late, rest[0] if rest else 2**40 - 1)
            truth.late, truth.deadlines = truth.late + late, rest
            if not rest:
                self.town.report("close", who, 0)
                truth.state = "none"

    def keep(self) -> None:
        """The keeper takes the oldest openings, as it must, and otherwise whom it likes."""
        head, waiting = (self.town.ask("HistoryTree", one) for one in ("head", "waiting"))
        places, _ = self.town.ask("CreditBureau", "openings", head, min(waiting, 2))
        owners = {self.town.copy.place(who): who for who in PEOPLE}
        for who in PEOPLE:
            if self.truth[who].opened:
                owners[self.town.place(who)] = who
        people = [owners[place] for place in places]
        known = [who for who in PEOPLE if self.truth[who].opened]
        if known:
            self.town.advance([*people, *(self.dice.choice(known) for _ in range(3 - len(people)))])
            self.remember()

    def pause(self) -> None:
        """Time passes: minutes, hours, or days."""
        longest = self.dice.choice([600, LAG, LAG + AGE, DAY, 3 * DAY])
        self.town.node.advance(self.dice.randrange(1, longest + 1))


@pytest.fixture(scope="module")
def built() -> HistoryTown:
    return HistoryTown()


@pytest.fixture
def town(built: HistoryTown) -> Iterator[HistoryTown]:
    with taken_back(built):
        yield built


@pytest.mark.parametrize("seed", range(4))
def test_no_leaf_that_is_accepted_looks_better_than_the_truth(town: HistoryTown, seed: int) -> None:
    life = Life(town, random.Random(seed))
    for _ in range(ROUNDS):
        life.dice.choice([life.act, life.act, life.keep, life.pause, life.pause])()
        life.check()
    assert life.checked > ROUNDS // 4
    assert sum(truth.opened for truth in life.truth.values()) >= len(PEOPLE)


def test_the_comparison_notices_a_tree_that_forgets(town: HistoryTown) -> None:
    """Leaves that stayed accepted whatever happened would be found out."""
    life = Life(town, random.Random(5))
    who = PEOPLE[0]
    town.start(who)
    truth = life.truth[who]
    truth.opened, truth.opened_at, truth.state = 1, town.node.now(), "runs"
    truth.deadlines = [town.node.now() + 35 * DAY]
    life.keep()
    life.check()
    forgetful = HistoryRecord(1, open=1, good_until=65_535)
    life.leaves[town.copy.root] = {who: forgetful}
    town.node.advance(36 * DAY)
    with pytest.raises(AssertionError):
        life.check()
