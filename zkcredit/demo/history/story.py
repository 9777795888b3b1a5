"""The stages in order, from four small loans to what their records open, and to whom."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.history import frauds
from zkcredit.demo.history.cast import (
    DEFAULT_AFTER,
    GRACE,
    LARGE,
    SMALL,
    Conduct,
    Newcomer,
    clean_product,
    larger_product,
    newcomers,
    record_product,
    small_product,
)
from zkcredit.demo.history.world import open_history_world
from zkcredit.demo.loan.cast import CURRENCY, PERIOD
from zkcredit.demo.narrator import Narrator, Silent, money
from zkcredit.demo.outcome import ApplicantOutcome, Funds, close_books
from zkcredit.demo.result import HistoryResult
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.history.world import HistoryWorld, Person
    from zkcredit.demo.outcome import Refusal

__all__ = ["run_history_story"]

_ROWS = 3
_MONTH = PERIOD // DAY
_PRIVATE, _OPEN = 2, 1  # most blocks from a payment to the application that it opens


def run_history_story(narrator: Narrator | None = None) -> HistoryResult:
    """Tell the history story on an embedded chain, and return its result.

    The story leaves no files except cached circuits and dev keys.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, or an honest step is refused.
        ChainError: if the flow of funds is not conserved.
    """
    started = time.monotonic()
    cast = newcomers()
    with open_history_world(cast) as world:
        story = _Story(world, cast, narrator or Silent())
        story.tell.market(world.node, world.market.address)
        story.publish()
        story.lend()
        story.fall_behind()
        story.count()
        story.report()
        story.settle_accounts()
        return story.result(time.monotonic() - started)


class _Story:
    """The stages; each is one method, in the order of the module."""

    def __init__(self, world: HistoryWorld, cast: list[Newcomer], narrator: Narrator) -> None:
        self.world = world
        self.cast = cast
        self.tell = narrator
        self.refusals: list[Refusal] = []
        self.released_at = 0
        self.private_blocks = self.open_blocks = 0
        self.then: dict[str, str] = {}
        self.outcomes = {one.number: ApplicantOutcome.of(one, SMALL) for one in cast}
        self.larger: dict[int, tuple[LoanMarketClient, ApplicantOutcome]] = {}
        self.funds = Funds(0, {})

    # --- 1 --------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Three markets publish products; nobody has a past yet."""
        world = self.world
        self.tell.stage(
            "A thin file",
            "An employer signs incomes; there is no score and no history. A village lends little "
            "to such people. A city lends more, to those who repaid: it asks for a record at the "
            "village's bureau, and for nothing else.",
        )
        for person in world.people.values():
            person.credential_id = person.certified(
                world.issuer, person.newcomer.record, person.name, days=365, now=world.now()
            )
        world.post_registry(world.registry, world.market, world.cooperative)
        lender, token = world.lenders[0], world.token.address
        world.product = world.market.book.publish(small_product(token), by=lender).address
        elsewhere = world.cooperative.book
        world.small_too = elsewhere.publish(small_product(token), by=lender).address
        world.larger = elsewhere.publish(larger_product(token), by=lender).address
        asked = record_product(token, world.tree.address)
        world.record = world.city.book.publish(asked, by=lender).address
        asked = clean_product(token, world.tree.address)
        world.clean = world.city.book.publish(asked, by=lender).address
        self.funds = Funds(world.endow_all(), world.balances())
        self.tell.line(
            f"the village lends at most {money(SMALL)}; the city {money(LARGE)} to those who "
            f"repaid in time, and {money(SMALL)} to those who were never late"
        )
        ana = self._who(Conduct.ELSEWHERE)
        self.refusals.append(frauds.too_soon(world, ana, self.tell))

    # --- 2 --------------------------------------------------------------------------------------

    def lend(self) -> None:
        """Four people borrow in the village, and the keeper takes the openings."""
        world = self.world
        self.tell.stage(
            "Four small loans",
            "Four people borrow in the village. The bureau notes each loan under a pseudonym, and "
            "a keeper puts the notes into the tree: with a proof, so that nobody has to trust it. "
            "The cooperative is a member of the same bureau: who has a loan gets no second one.",
        )
        for number, person in world.people.items():
            request, shown = world.ask_with_credential(person, world.market, world.product, SMALL)
            loan = world.fund(world.market.apply(request, shown, by=person.sender))
            world.loans[number] = self.outcomes[number].loan_id = loan.loan_id
            self.tell.line(f"{person.name} borrows {money(loan.principal)} in the village")
        self.released_at = world.now()
        self.tell.line(f"the keeper advances the tree by {world.advance()} proofs")
        dia = self._who(Conduct.MEMBER)
        attempt = f"take a second loan at the cooperative while {dia.name}'s first runs"
        self.refusals.append(frauds.another_member(world, dia, attempt, self.tell))

    # --- 3 --------------------------------------------------------------------------------------

    def fall_behind(self) -> None:
        """Two are overdue, and nobody has told the chain."""
        world = self.world
        self.tell.stage(
            "Nobody has to report it",
            "Everybody pays the first row. Then two stop. No contract has heard of it, and still "
            "they cannot show their records: a record says until which day it is good, and that "
            "day is over.",
        )
        world.until(_MONTH - 1, self.released_at)
        for person in world.people.values():
            world.pay_row(person, 1)
        world.advance()
        world.until(2 * _MONTH - 1, self.released_at)
        for conduct in (Conduct.ELSEWHERE, Conduct.MEMBER):
            world.pay_row(self._who(conduct), 2)
        ben, cid = self._who(Conduct.LATE), self._who(Conduct.STOPS)
        world.until(2 * _MONTH + GRACE // DAY + 1, self.released_at)
        world.advance()
        for person in (ben, cid):
            said = world.outlook(person).obstacles[0]
            self.tell.line(f"{person.name}'s wallet: {said}")
            self.refusals.append(
                frauds.record_in_the_city(
                    world,
                    person,
                    "before anybody reports that a row is overdue",
                    {"today"},
                    self.tell,
                )
            )
        self.refusals.append(frauds.easier_terms(world, cid, self.tell))

    # --- 4 --------------------------------------------------------------------------------------

    def count(self) -> None:
        """Two loans end well, and count at once: elsewhere, and at another member."""
        world = self.world
        self.tell.stage(
            "A repaid loan counts at once",
            "Ana pays the last row. One block later the tree has it, and in the block after that "
            "she proves in the city that she repaid, without showing which record is hers. Dia "
            "needs no proof: the cooperative reads the bureau's own record, a block after she "
            "paid.",
        )
        ben = self._who(Conduct.LATE)
        world.pay_row(ben, 2)
        world.until(_ROWS * _MONTH - 1, self.released_at)
        ana, dia = self._who(Conduct.ELSEWHERE), self._who(Conduct.MEMBER)
        world.advance()  # what waits from before, so that the keeper is as quick as it can be
        world.pay_row(ana, _ROWS)
        paid_at = world.node.block_number()
        world.advance()
        request, shown = world.ask_with_record(ana, world.record, LARGE)
        asked = world.city.apply(request, shown, by=ana.sender)
        self.private_blocks = world.node.block_number() - paid_at
        for line in world.outlook(ana).known:
            self.tell.line(f"Ana's wallet: {line}")
        for fact in () if request.history is None else request.history.in_words(CURRENCY.number):
            self.tell.line(f"the city learns: {fact}")
        self._release(ana, world.city, asked, self.private_blocks, "in the city")
        world.pay_row(dia, _ROWS)
        paid_at = world.node.block_number()
        request, shown = world.ask_with_credential(dia, world.cooperative, world.larger, LARGE)
        asked = world.cooperative.apply(request, shown, by=dia.sender)
        self.open_blocks = world.node.block_number() - paid_at
        self._release(dia, world.cooperative, asked, self.open_blocks, "at the cooperative")
        world.pay_row(ben, _ROWS)
        if self.private_blocks > _PRIVATE or self.open_blocks > _OPEN:
            raise StoryFailed("a repaid loan did not count as soon as it should")

    def _release(
        self, person: Person, market: LoanMarketClient, asked: LoanState, blocks: int, where: str
    ) -> None:
        loan = self.world.fund(asked, market)
        outcome = ApplicantOutcome.of(person.newcomer, loan.principal)
        outcome.loan_id = loan.loan_id
        self.larger[person.newcomer.number] = market, outcome
        self.then[person.name] = f"{money(loan.principal)} {where}"
        later = "1 block" if blocks == 1 else f"{blocks} blocks"
        self.tell.line(
            f"{person.name} borrows {money(loan.principal)} {where}, {later} after the last payment"
        )

    # --- 5 --------------------------------------------------------------------------------------

    def report(self) -> None:
        """The lateness and the default are reported, and stay."""
        world = self.world
        self.tell.stage(
            "What is reported stays",
            "Ben has repaid, a row of it late; a stranger marks Cid's loan as defaulted. The tree "
            "has both. Neither can show a record that hides it, and no keeper can write one.",
        )
        ben, cid = self._who(Conduct.LATE), self._who(Conduct.STOPS)
        world.until((_ROWS + 1) * _MONTH - 2, self.released_at)
        for number, (market, outcome) in self.larger.items():
            loan = market.loan(outcome.loan_id or 0)
            limit = market.quote(loan.loan_id).settlement
            market.settle(loan, limit, by=world.people[number].sender)
            self.tell.line(f"{world.people[number].name} settles the larger loan early")
        late_since = 2 * _MONTH + GRACE // DAY
        world.until(late_since + DEFAULT_AFTER // DAY + 1, self.released_at)
        world.advance()
        self.refusals.append(
            frauds.record_in_the_city(
                world,
                cid,
                "before anybody reports that the loan is in default",
                {"today"},
                self.tell,
            )
        )
        world.market.mark_default(world.loan(cid), by=world.stranger())
        self.refusals.append(frauds.record_made_better(world, cid, self.tell))
        world.advance()
        for person, what, terms in (
            (ben, "lateness", {"max_late"}),
            (cid, "default", {"max_late", "max_defaults", "today"}),
        ):
            for line in world.outlook(person).known[1:4]:
                self.tell.line(f"{person.name}'s wallet: {line}")
            self.refusals.append(
                frauds.record_in_the_city(
                    world, person, f"after the {what} is reported", terms, self.tell
                )
            )
            self.then[person.name] = f"refused in the city: {what}"
        attempt = f"apply at the cooperative after {cid.name}'s default in the village"
        self.refusals.append(frauds.another_member(world, cid, attempt, self.tell))

    # --- 6 --------------------------------------------------------------------------------------

    def settle_accounts(self) -> None:
        """The larger loans are settled, lenders withdraw, and the accounts are compared."""
        world = self.world
        self.tell.stage(
            "The accounts agree",
            "Lenders withdraw from all three markets, and the accounts are compared.",
        )
        moved = close_books(world.market, world.lenders, world.loans, self.outcomes)
        for number, (market, outcome) in self.larger.items():
            loans = {number: outcome.loan_id or 0}
            moved += close_books(market, world.lenders, loans, {number: outcome})
        self.funds.close(world.balances(), moved)
        self.tell.line(f"{money(self.funds.minted)} at the start, and the same at the end")

    def result(self, seconds: float) -> HistoryResult:
        """Return the story's result."""
        world = self.world
        found = {one.name: world.outlook(one) for one in world.people.values()}
        return HistoryResult(
            chain=world.node.name,
            chain_id=world.node.chain_id,
            applicants=[*self.outcomes.values(), *(one for _, one in self.larger.values())],
            counted={
                name: asdict(told.record) | {"reputation": told.reputation}
                for name, told in found.items()
            },
            private_blocks=self.private_blocks,
            open_blocks=self.open_blocks,
            markets=self.then,
            refusals=self.refusals,
            funds=self.funds,
            proofs=world.proofs,
            seconds=seconds,
        )

    def _who(self, conduct: Conduct) -> Person:
        return next(self.world.people[one.number] for one in self.cast if one.conduct is conduct)
