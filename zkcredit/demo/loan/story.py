"""The stages in order, from a bureau's records to the last withdrawal."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from zkcredit.demo.loan import frauds
from zkcredit.demo.loan.cast import PERIOD, Applicant, Part, applicants
from zkcredit.demo.loan.world import ROOT_AGE, endow, open_world, publish_product
from zkcredit.demo.narrator import Narrator, Silent, money, shortfalls
from zkcredit.demo.outcome import ApplicantOutcome, Funds, close_books, expect_refusal
from zkcredit.demo.result import DemoResult
from zkcredit.errors import NotEligible, TransactionReverted
from zkcredit.presentation import verify
from zkcredit.scoring import load_scorecard
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.loan.world import Borrower, World
    from zkcredit.demo.outcome import Refusal

__all__ = ["run_demo"]

_WAIT = 8 * DAY
_SHORT_VALIDITY = 7  # days


def run_demo(narrator: Narrator | None = None) -> DemoResult:
    """Tell the whole story on an embedded chain, and return its result.

    The story leaves no files except cached circuits and dev keys. It takes well under a minute.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, or an honest step is refused.
        ChainError: if the flow of funds is not conserved.
    """
    started = time.monotonic()
    cast = applicants()
    with open_world(cast) as world:
        story = _Story(world, cast, narrator or Silent())
        story.tell.market(world.node, world.market.address)
        story.issue()
        story.publish()
        story.judge()
        story.cheat()
        story.lend()
        story.repay()
        story.settle_accounts()
        return story.result(time.monotonic() - started)


class _Story:
    """The stages; each is one method, in the order of the module."""

    def __init__(self, world: World, cast: list[Applicant], narrator: Narrator) -> None:
        self.world = world
        self.cast = cast
        self.tell = narrator
        self.outcomes: dict[int, ApplicantOutcome] = {}
        self.refusals: list[Refusal] = []
        self.loans: dict[int, int] = {}  # applicant's number -> loan
        self.funds = Funds(0, {})
        self.months = 0

    # --- 1 --------------------------------------------------------------------------------------

    def issue(self) -> None:
        """The bureau scores and signs; each wallet opens its envelope."""
        self.tell.stage(
            "The bureau signs what it knows",
            f"A scorecard scores {len(self.cast)} applicants of the German Credit data. Each gets "
            "a signed record, sealed to their own wallet.",
        )
        for member in self.cast:
            borrower = self.world.borrowers[member.number]
            days = _SHORT_VALIDITY if member.part is Part.EXPIRES else 90
            borrower.credential_id = borrower.certified(
                self.world.issuer, member.record, member.name, days=days, now=self.world.now()
            )
        scores = sorted(member.record.score for member in self.cast)
        self.tell.line(f"scores from {scores[0]} to {scores[-1]}; nobody else sees them")

    # --- 2 --------------------------------------------------------------------------------------

    def publish(self) -> None:
        """The registry's root and the lenders' product go on chain."""
        world = self.world
        self.tell.stage(
            "A registrar and a lender publish",
            "The root of the accepted issuers goes on chain, and so does a product: what a loan "
            "costs, and which conditions a borrower must prove.",
        )
        world.publish()
        self.tell.line(f"registry root posted at {world.market.registry.address}")
        publish_product(world)
        offered = world.market.book.terms(world.product)
        self.months = len(offered.table.rows)
        conditions = offered.policy.conditions()
        self.tell.line("conditions: " + ", ".join(f"{k} {v}" for k, v in conditions.items()))

    # --- 3 --------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Each wallet checks whether its owner qualifies, before anything is proved."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Everybody checks with their own wallet",
            "Whoever does not qualify learns from their own wallet why, and by how much. Nobody "
            "else learns anything.",
        )
        offered = market.book.terms(world.product)
        for member in self.cast:
            credential_id = world.borrowers[member.number].credential_id
            credential = world.borrowers[member.number].wallet.credential(credential_id)
            missed: dict[str, int] = {}
            try:
                offered.policy_for(member.principal, world.now()).check(
                    member.record, credential.issued_at, credential.expires_at
                )
            except NotEligible as error:
                missed = error.shortfalls
                self.tell.line(f"{member.name} is told: {shortfalls(missed)}")
            self.outcomes[member.number] = ApplicantOutcome.of(member, member.principal, missed)
        eligible = self._eligible()
        self.tell.line(f"{len(eligible)} of {len(self.cast)} qualify")
        minted = endow(world, [member.number for member in eligible])
        self.funds = Funds(minted, world.balances())

    # --- 4 --------------------------------------------------------------------------------------

    def cheat(self) -> None:
        """Some try to cheat before any loan is paid out."""
        world = self.world
        self.tell.stage(
            "Some try to cheat",
            "Forged data, copied proofs, expired and revoked credentials: every attempt is real, "
            "and every attempt is refused.",
        )
        refused = next(member for member in self.cast if self.outcomes[member.number].missed)
        self.refusals += frauds.forged_witness(world, world.borrowers[refused.number], self.tell)

        victim = self._playing(Part.PAYS)
        request = world.request(victim)
        presentation = world.prove(victim, request)
        self.refusals.append(frauds.stolen_proof(world, request, presentation, self.tell))
        asked = world.market.apply(request, presentation, by=victim.sender)
        self.refusals += frauds.replayed_proof(
            world, victim, (request, presentation), asked, self.tell
        )

        world.node.advance(_WAIT)
        late = self._playing(Part.EXPIRES)
        self.refusals += frauds.expired_credential(world, late, self.tell)
        self.outcomes[late.applicant.number].state = "credential expired"

        revoked, before = self._playing(Part.REVOKED), world.registry
        credential = revoked.wallet.credential(revoked.credential_id)
        world.issuer.revoke(credential.revocation_id, now=world.now())
        world.publish()
        # While the old root is fresh, a proof for it is accepted; an hour later it is refused.
        world.node.advance(ROOT_AGE + 1)
        self.refusals += frauds.revoked_credential(world, revoked, before, self.tell)
        self.outcomes[revoked.applicant.number].state = "credential revoked"

    # --- 5 --------------------------------------------------------------------------------------

    def lend(self) -> None:
        """Borrowers prove and apply, and two lenders each fund half of every loan."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Proofs release loans",
            "Each remaining borrower proves the conditions in zero knowledge. The contract checks "
            "the proof, two lenders fund the loan, and the borrower draws it.",
        )
        for member in self._eligible():
            if member.part in (Part.EXPIRES, Part.REVOKED):
                continue
            loan = self._lend(world.borrowers[member.number])
            self.loans[member.number] = loan.loan_id
            self.outcomes[member.number].loan_id = loan.loan_id
            self.tell.line(
                f"loan {loan.loan_id}: {money(loan.principal)} to {member.name}, "
                f"{money(loan.product.table.level(loan.principal))} a month"
            )
        held = world.token.balance_of(market.address)
        self.tell.line(f"{len(self.loans)} loans are out; the market holds {money(held)}")

    def _lend(self, borrower: Borrower) -> LoanState:
        world, market = self.world, self.world.market
        request = world.request(borrower)
        presentation = world.prove(borrower, request)
        # A lender can check off chain what the contract checks again.
        verify(presentation, request, world.proving_key.verifying_key, now=world.now())
        return world.fund(market.apply(request, presentation, by=borrower.sender))

    # --- 6 --------------------------------------------------------------------------------------

    def repay(self) -> None:
        """Six months pass: most pay on time, one settles early, one is late, one stops paying."""
        self.tell.stage(
            "Six months pass",
            "Borrowers repay by instalments. One is late and pays a fee, one settles early, and "
            "one stops paying; once that loan is overdue for long enough, anybody can declare the "
            "default.",
        )
        loans = self.world.market.loans(list(self.loans.values()))
        for number, loan in zip(self.loans, loans, strict=True):
            total = loan.product.schedule(loan.principal).total
            # enough for a late fee, too
            self.world.market.allow_payment(
                loan, total + 50_00, by=self.world.borrowers[number].sender
            )
        self.world.node.advance(PERIOD - DAY)
        for month in range(1, self.months + 1):
            self._month(month)
            self.world.node.advance(PERIOD)
        self.tell.line("all others have paid their last instalment")

    def _month(self, month: int) -> None:
        market, borrowers = self.world.market, self.world.borrowers
        # nobody's payment changes the loan of another
        loans = market.loans(list(self.loans.values()))
        for number, loan in zip(self.loans, loans, strict=True):
            borrower, loan_id = borrowers[number], loan.loan_id
            match borrower.applicant.part:
                case Part.SETTLES if month == 3:
                    owed = market.quote(loan_id).settlement
                    market.settle(loan, owed, by=borrower.sender)
                    self.tell.line(f"month 3: {borrower.applicant.name} settles early")
                case Part.SETTLES if month > 3:
                    pass
                case Part.LATE if month == 2:
                    self.tell.line(f"month 2: {borrower.applicant.name} pays nothing yet")
                case Part.LATE if month == 3:
                    quote = market.quote(loan_id)
                    due = quote.overdue + quote.fees + self._level(loan)
                    market.repay(loan, due, by=borrower.sender)
                    self.tell.line(
                        f"month 3: {borrower.applicant.name} pays both instalments and a late fee "
                        f"of {money(quote.fees)}"
                    )
                case Part.DEFAULTS if month > 1:
                    self._default(borrower, loan, month)
                case _:
                    market.repay(loan, self._due(loan), by=borrower.sender)

    def _due(self, loan: LoanState) -> int:
        # the last row contains all rounding, so the market is asked for it
        if loan.paid_rows < self.months - 1:
            return self._level(loan)
        return self.world.market.quote(loan.loan_id).remaining

    def _level(self, loan: LoanState) -> int:
        return loan.product.table.level(loan.principal)

    def _default(self, borrower: Borrower, loan: LoanState, month: int) -> None:
        market, anybody = self.world.market, self.world.operator
        if month == 3:
            self.refusals.append(
                expect_refusal(
                    "declare a default too early",
                    "contract",
                    TransactionReverted,
                    lambda: market.mark_default(loan, by=anybody),
                    self.tell,
                    contract_error="DefaultNotYet",
                )
            )
        elif month == 5:
            market.mark_default(loan, by=anybody)
            self.tell.line(f"month 5: {borrower.applicant.name} is declared in default")

    # --- 7 --------------------------------------------------------------------------------------

    def settle_accounts(self) -> None:
        """The defaulter is refused, lenders withdraw, and the accounts are compared."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "The accounts agree",
            "A defaulter cannot come back under another account. Lenders withdraw what was paid, "
            "and every cent is where the events say.",
        )
        # The credential is still valid, but the product refuses credentials older than 30 days.
        defaulter = self._playing(Part.DEFAULTS)
        self._renew(defaulter)
        self.refusals.append(frauds.default_and_return(world, defaulter, self.tell))
        moved = close_books(market, world.lenders, self.loans, self.outcomes)
        self.funds.close(world.balances(), moved)
        self.tell.line(f"{money(self.funds.minted)} at the start, and the same at the end")

    def result(self, seconds: float) -> DemoResult:
        """Return the story's result."""
        scorecard, world = load_scorecard(), self.world
        offered = world.market.book.terms(world.product)
        return DemoResult(
            chain=world.node.name,
            chain_id=world.node.chain_id,
            scorecard=scorecard.digest,
            auc_bps=scorecard.training["auc_bps_cross_validated"],
            product={**asdict(offered), "digest": offered.digest.hex()},
            applicants=list(self.outcomes.values()),
            refusals=self.refusals,
            funds=self.funds,
            proofs=world.proofs,
            seconds=seconds,
        )

    def _renew(self, borrower: Borrower) -> None:
        member, now = borrower.applicant, self.world.now()
        borrower.credential_id = borrower.certified(
            self.world.issuer, member.record, member.name, days=90, now=now
        )

    def _eligible(self) -> list[Applicant]:
        return [member for member in self.cast if self.outcomes[member.number].eligible]

    def _playing(self, part: Part) -> Borrower:
        chosen = next(member for member in self._eligible() if member.part is part)
        return self.world.borrowers[chosen.number]
