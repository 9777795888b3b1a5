"""The escrow story's stages: loans with escrow, attempts to open early, and an opened default."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zkcredit.chain import combine_openings, default_evidence
from zkcredit.demo.escrow import frauds as escrow_frauds
from zkcredit.demo.escrow.world import open_escrow_world
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.loan.cast import PERIOD, Part
from zkcredit.demo.narrator import Narrator, Silent, money
from zkcredit.demo.outcome import ApplicantOutcome, Funds, close_books
from zkcredit.demo.result import EscrowResult, Opened
from zkcredit.errors import NotEligible
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.demo.escrow.world import EscrowWorld, Sealing
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import DefaultEvidence, PartialOpening

__all__ = ["run_escrow_story"]


def run_escrow_story(narrator: Narrator | None = None) -> EscrowResult:
    """Tell the escrow story on an embedded chain, and return its result.

    The story leaves no files except cached circuits and dev keys.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, or an honest step is refused.
        ChainError: if the flow of funds is not conserved.
    """
    started = time.monotonic()
    teller = narrator or Silent()
    with open_escrow_world(teller) as world:
        story = _Story(world, teller)
        story.tell.market(world.node, world.market.address)
        story.judge()
        story.cheat()
        story.lend()
        story.pry()
        story.repay()
        opened = story.open()
        story.settle_accounts()
        return story.result(opened, time.monotonic() - started)


class _Story:
    """The stages; each is one method, in the order of the module."""

    def __init__(self, world: EscrowWorld, narrator: Narrator) -> None:
        self.world = world
        self.tell = narrator
        self.outcomes: dict[int, ApplicantOutcome] = {}
        self.refusals: list[Refusal] = [world.spoiled]
        self.loans: dict[int, int] = {}  # applicant's number -> loan
        self.funds = Funds(0, {})
        self.months = 0

    def judge(self) -> None:
        """Each wallet tells its owner whether they qualify."""
        world = self.world
        self.tell.stage(
            "Everybody checks with their own wallet",
            f"{len(world.borrowers)} applicants of the German Credit data hold records that their "
            "bureau signed, each with the bureau's number of their file.",
        )
        offered = world.market.book.terms(world.product)
        self.months = len(offered.table.rows)
        for number, borrower in world.borrowers.items():
            member, missed = borrower.applicant, {}
            credential = borrower.wallet.credential(borrower.credential_id)
            try:
                offered.policy_for(member.principal, world.node.now()).check(
                    member.record, credential.issued_at, credential.expires_at
                )
            except NotEligible as error:
                missed = error.shortfalls
            self.outcomes[number] = ApplicantOutcome.of(member, member.principal, missed)
        eligible = self._eligible()
        self.funds = Funds(world.endow_borrowers(eligible), {})
        self.funds.before = world.balances()
        self.tell.line(f"{len(eligible)} of {len(self.outcomes)} qualify")

    def cheat(self) -> None:
        """A borrower escrows to a friend instead of the arbiters."""
        self.tell.stage(
            "A borrower escrows to a friend",
            "The proof is valid for the friend's key only. The gate takes the arbiters' key from "
            "its own configuration, and refuses the proof.",
        )
        borrower = self._borrower(self._eligible()[0])
        self.refusals += escrow_frauds.escrowed_to_a_friend(self.world, borrower, self.tell)

    def lend(self) -> None:
        """Each borrower who qualifies escrows, proves, applies, and gets the loan."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Loans with an escrowed reference",
            "Each application proves that it contains the bureau's number of the borrower's file, "
            "encrypted to the arbiters. The chain sees a point and a masked number.",
        )
        for number in self._eligible():
            borrower = self._borrower(number)
            request = world.request(borrower)
            asked = market.apply(request, world.prove(borrower, request), by=borrower.sender)
            self.loans[number] = world.fund(asked).loan_id
        held = sum(market.loan(loan).principal for loan in self.loans.values())
        self.tell.line(f"{len(self.loans)} loans are out: {money(held)}")

    def pry(self) -> None:
        """A lender asks too early, and one arbiter helps."""
        self.tell.stage(
            "A lender asks before anything is due",
            "An arbiter's tool refuses to open without a default. If an arbiter deceives the tool, "
            "the arbiter's own signature convicts it, also on chain. Three arbiters who know the "
            "share of another cannot convict that one: its account did not sign.",
        )
        loan_id = self.loans[self._eligible()[0]]
        self.refusals += escrow_frauds.opened_early(self.world, loan_id, self.tell)

    def repay(self) -> None:
        """All borrowers pay by instalments except one, whose loan is declared in default."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Six months pass", "Borrowers repay by instalments. One stops paying, and defaults."
        )
        loans = market.loans(list(self.loans.values()))
        for number, loan in zip(self.loans, loans, strict=True):
            total = loan.product.schedule(loan.principal).total
            market.allow_payment(loan, total, by=self._borrower(number).sender)
        world.node.advance(PERIOD - DAY)
        for month in range(1, self.months + 1):
            for number, loan in zip(self.loans, loans, strict=True):
                if number != self._defaulter:
                    level = loan.product.table.level(loan.principal)
                    last = month == self.months
                    due = market.quote(loan.loan_id).remaining if last else level
                    market.repay(loan, due, by=self._borrower(number).sender)
                elif month == 5:
                    market.mark_default(loan, by=world.operator)
                    name = self._borrower(number).applicant.name
                    self.tell.line(f"month 5: {name} is declared in default")
            world.node.advance(PERIOD)
        self.tell.line("all others have paid their last instalment")

    def open(self) -> Opened:
        """Two arbiters cannot open, an arbiter who lies is named, and three arbiters open."""
        world, loan_id = self.world, self.loans[self._defaulter]
        self.tell.stage(
            "Three of five open the defaulter's reference",
            "Each arbiter checks on the chain that exactly this loan is in default, and gives a "
            "part with a proof. The chain checks the parts, too, and anybody can combine them.",
        )
        evidence = default_evidence(world.market, loan_id)
        numbers = (1, 3, 5)
        parts = [self._part(number, evidence) for number in numbers]
        for part in parts:
            world.judge.check(loan_id, part)
        self.refusals += escrow_frauds.parts_that_do_not_open(world, evidence, parts, self.tell)
        found = combine_openings(world.market, loan_id, world.group, parts)
        known = {b.reference: b.applicant.name for b in world.borrowers.values()}
        if known.get(found) != self._borrower(self._defaulter).applicant.name:
            raise StoryFailed("the opened reference is not the defaulter's")
        names = [world.group.name_of(number) for number in numbers]
        self.tell.line(f"{', '.join(names)} open reference {found}: {known[found]}")
        return Opened(loan_id, names, found, known[found])

    def settle_accounts(self) -> None:
        """The lender withdraws, and the accounts are compared."""
        world, market = self.world, self.world.market
        self.tell.stage("The accounts agree", "Every cent is where the events say.")
        for number, loan_id in self.loans.items():
            self.outcomes[number].loan_id = loan_id
        moved = close_books(market, world.lenders, self.loans, self.outcomes)
        self.funds.close(world.balances(), moved)
        self.tell.line(f"{money(self.funds.minted)} at the start, and the same at the end")

    def result(self, opened: Opened, seconds: float) -> EscrowResult:
        """Return the story's result."""
        world = self.world
        return EscrowResult(
            chain=world.node.name,
            chain_id=world.node.chain_id,
            group=f"{world.group.digest:064x}",
            threshold=world.group.threshold,
            arbiters=list(world.group.names),
            applicants=list(self.outcomes.values()),
            opened=opened,
            refusals=self.refusals,
            funds=self.funds,
            proofs=world.proofs,
            seconds=seconds,
        )

    def _part(self, number: int, evidence: DefaultEvidence) -> PartialOpening:
        arbiter = self.world.arbiters[number - 1]
        return arbiter.open_partially(evidence.escrowed, evidence.context, evidence)

    def _eligible(self) -> list[int]:
        return [number for number, outcome in self.outcomes.items() if outcome.eligible]

    def _borrower(self, number: int) -> Sealing:
        return self.world.borrowers[number]

    @property
    def _defaulter(self) -> int:
        return next(
            number
            for number in self._eligible()
            if self._borrower(number).applicant.part is Part.DEFAULTS
        )
