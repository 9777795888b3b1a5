"""The stages in order, from the cooperative's records to the last withdrawal, over two years."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.narrator import Narrator, Silent, money
from zkcredit.demo.outcome import ApplicantOutcome, Funds, close_books
from zkcredit.demo.result import SeasonResult
from zkcredit.demo.season import frauds
from zkcredit.demo.season.cast import (
    FIRST_HARVEST,
    RECOVERY,
    SECOND_HARVEST,
    SEEDS,
    Farmer,
    Weather,
    dear_product,
    farmers,
    recovery_product,
    season_product,
)
from zkcredit.demo.season.world import open_season_world
from zkcredit.loan import disclose, purpose_in_words
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain import Signer
    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.demo.outcome import Refusal
    from zkcredit.demo.season.world import Grower, SeasonWorld

__all__ = ["run_season_story"]

_PREPAID = 200_00
_HEADROOM = 1_00  # what a debt may grow until a consent is carried, minor units


def run_season_story(narrator: Narrator | None = None) -> SeasonResult:
    """Tell the season story on an embedded chain, and return its result.

    The story leaves no files except cached circuits and dev keys.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, or an honest step is refused.
        ChainError: if the flow of funds is not conserved.
    """
    started = time.monotonic()
    cast = farmers()
    with open_season_world(cast) as world:
        story = _Story(world, cast, narrator or Silent())
        story.tell.market(world.node, world.market.address)
        story.publish()
        story.refuse_dear_loans()
        story.lend()
        story.grow()
        story.harvest()
        story.restructure()
        story.recover()
        story.settle_accounts()
        return story.result(time.monotonic() - started)


class _Story:
    """The stages; each is one method, in the order of the module."""

    def __init__(self, world: SeasonWorld, cast: list[Farmer], narrator: Narrator) -> None:
        self.world = world
        self.cast = cast
        self.tell = narrator
        self.refusals: list[Refusal] = []
        self.released_at = 0
        self.outcomes = {
            farmer.applicant.number: ApplicantOutcome.of(
                farmer.applicant, farmer.applicant.principal
            )
            for farmer in cast
        }
        self.funds = Funds(0, {})

    # --- 1 --------------------------------------------------------------------------------------

    def publish(self) -> None:
        """The cooperative signs, and a lender publishes a product that fits a season."""
        world = self.world
        self.tell.stage(
            "A loan that fits a season",
            "A cooperative signs what it knows of three farmers. A lender publishes a product "
            "without monthly instalments: a part after one harvest, the rest after the next.",
        )
        for grower in world.growers.values():
            farmer = grower.farmer
            grower.credential_id = grower.certified(
                world.issuer, farmer.applicant.record, farmer.name, days=365, now=world.now()
            )
        world.post_registry(world.registry, world.market)
        offered = season_product(world.token.address, world.cooperative.address, world.now())
        world.product = world.market.book.publish(offered, by=world.lenders[0]).address
        principal = self.cast[0].applicant.principal
        for line in disclose(offered, principal).in_words():
            self.tell.line(line)
        self.funds = Funds(world.endow_all(), world.balances())

    # --- 2 --------------------------------------------------------------------------------------

    def refuse_dear_loans(self) -> None:
        """A dealer offers a loan, and the farmer's wallet refuses to prove for it."""
        world = self.world
        self.tell.stage(
            "A wallet refuses what is too dear",
            "A dealer offers money, too. Each wallet has its holder's limit for the cost of a "
            "year, and does not prove for a dearer loan.",
        )
        dealer = world.stranger()
        offered = dear_product(world.token.address, dealer.address)
        dear = world.market.book.publish(offered, by=dealer).address
        grower = self._with(Weather.GOOD)
        self.refusals.append(frauds.too_dear(world, grower, dear, self.tell))
        self.tell.line(self.refusals[-1].message)

    # --- 3 --------------------------------------------------------------------------------------

    def lend(self) -> None:
        """Farmers prove and sign, the cooperative carries, and lenders fund."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Seeds, without a coin for gas",
            "Each farmer proves and signs the application; the cooperative carries it to the "
            "market and pays for gas. Two lenders fund, and the money goes to the farmer alone.",
        )
        for grower in world.growers.values():
            request = world.request(grower)
            presentation = world.prove(grower, request)
            consent = market.consents.sign_application(
                market.address,
                world.product,
                request.principal,
                by=grower.signer,
                deadline=world.deadline(),
                purpose_code=SEEDS,
            )
            if not self.refusals[1:]:
                self.refusals.append(
                    frauds.another_signature(world, consent, request, presentation, self.tell)
                )
            asked = market.apply_for(consent, request, presentation, by=world.cooperative)
            loan = world.fund(asked)
            number = grower.farmer.applicant.number
            world.loans[number] = self.outcomes[number].loan_id = loan.loan_id
            self.tell.line(
                f"loan {loan.loan_id}: {money(loan.principal)} to {grower.farmer.name} for "
                f"{purpose_in_words(loan.purpose)}"
            )
        self.released_at = world.now()

    # --- 4 --------------------------------------------------------------------------------------

    def grow(self) -> None:
        """One farmer pays a part early, another takes a holiday."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "The fields grow",
            "One farmer sells vegetables early and prepays, so that the harvests owe less. Where "
            "the rains come late, the farmer takes the holiday that the product promises: nobody "
            "has to agree.",
        )
        good, late = self._with(Weather.GOOD), self._with(Weather.LATE)
        world.until(100, self.released_at)
        before, loan = world.market.quote(world.loan(good).loan_id), world.loan(good)
        market.allow_payment(loan, _PREPAID, by=world.cooperative)
        market.prepay(loan, _PREPAID, by=world.cooperative)
        after = market.quote(loan.loan_id)
        saved = before.remaining - after.remaining - _PREPAID
        if saved <= 0:
            raise StoryFailed("a prepayment saved no interest")
        self.tell.line(f"{money(_PREPAID)} prepaid: {money(saved)} of interest is saved")
        world.until(150, self.released_at)
        loan = world.loan(late)
        due = market.quote(loan.loan_id).next_due_at
        consent = market.consents.sign_holiday(
            market.address, loan.loan_id, by=late.signer, deadline=world.deadline()
        )
        market.take_holiday_for(consent, loan, by=world.cooperative)
        later = (market.quote(loan.loan_id).next_due_at - due) // DAY
        self.tell.line(f"{late.farmer.name} postpones the first row by {later} days")
        self.refusals.append(frauds.second_holiday(world, late, self.tell))

    # --- 5 --------------------------------------------------------------------------------------

    def harvest(self) -> None:
        """The first harvest is paid from, and hail takes another."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "The first harvest",
            "Farmers sign permits, and the cooperative carries the payments. Hail takes one "
            "harvest, and its loan falls into arrears.",
        )
        good, late, hail = map(self._with, Weather)
        world.node.advance(self.released_at + FIRST_HARVEST * DAY - world.now() - DAY // 2)
        self.refusals.append(frauds.holiday_too_late(world, hail, self.tell))
        self.refusals.append(frauds.permit_for_another_loan(world, good, late, self.tell))
        paid = world.pay(good, market.row_owed(world.loan(good).loan_id, 1))
        self.tell.line(f"{good.farmer.name} pays {money(paid)}")
        world.until(FIRST_HARVEST + 10, self.released_at)
        quote = market.quote(world.loan(hail).loan_id)
        self.tell.line(
            f"{hail.farmer.name} is overdue with {money(quote.overdue)}, and owes a late fee of "
            f"{money(quote.fees)}"
        )

    # --- 6 --------------------------------------------------------------------------------------

    def restructure(self) -> None:
        """The farmer and both lenders agree on another schedule; without one of them, nothing."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "After the hail",
            "The farmer and every lender sign that the debt goes on under another product. The "
            "market takes all signatures, or none; no operator can do it.",
        )
        hail = self._with(Weather.HAIL)
        loan = world.loan(hail)
        offered = recovery_product(world.token.address, world.now())
        product = market.book.publish(offered, by=world.lenders[0]).address
        limit = market.quote(loan.loan_id).settlement + _HEADROOM
        agreed = self._agreed(hail, product, limit)
        self.refusals += frauds.incomplete_consents(world, hail, agreed, self.tell)
        frauds.carry(world, hail, agreed)
        running = world.loan(hail).require_running()
        if (running.restructured, running.fees_owed) != (1, 0):
            raise StoryFailed("the loan does not go on under the other product")
        self.tell.line(
            f"{money(running.balance)} go on, with nothing to pay for {RECOVERY[0]} days"
        )
        self.refusals.append(frauds.used_consents(world, hail, agreed, self.tell))

    def _agreed(self, hail: Grower, product: str, limit: int) -> frauds.Agreed:
        """Let the farmer and the lender of each position sign."""
        world, market = self.world, self.world.market
        loan, deadline = world.loan(hail), world.deadline()
        addresses = (lender.address for lender in world.lenders)
        keys = dict(zip(addresses, world.node.accounts[2:], strict=True))

        def sign(key: Signer) -> SignedConsent:
            return market.consents.sign_restructuring(
                market.address, loan.loan_id, product, limit, by=key, deadline=deadline
            )

        positions = market.positions_of(loan.loan_id)
        lenders = {one.position_id: sign(keys[str(one.lender)]) for one in positions}
        return frauds.Agreed(product, limit, sign(hail.signer), lenders)

    # --- 7 --------------------------------------------------------------------------------------

    def recover(self) -> None:
        """The harvests of the next years pay everything back."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "Better years",
            "The next harvests pay what is left, each at its own due.",
        )
        good, late, hail = map(self._with, Weather)
        restructured_at = world.loan(hail).require_running().started_at

        def close(grower: Grower) -> None:
            loan_id = world.loan(grower).loan_id
            paid = world.pay(grower, market.quote(loan_id).remaining)
            self.tell.line(f"{grower.farmer.name} pays the last {money(paid)}")

        world.until(SECOND_HARVEST - 1, self.released_at)
        close(good)
        world.until(2 * FIRST_HARVEST - 1, self.released_at)
        paid = world.pay(late, market.row_owed(world.loan(late).loan_id, 1))
        self.tell.line(f"{late.farmer.name} pays {money(paid)} a season later")
        world.until(FIRST_HARVEST + SECOND_HARVEST - 1, self.released_at)
        close(late)
        world.until(RECOVERY[1] - 1, restructured_at)
        loan_id = world.loan(hail).loan_id
        paid = world.pay(hail, market.row_owed(loan_id, 2))
        self.tell.line(f"{hail.farmer.name} pays {money(paid)}")
        world.until(RECOVERY[2] - 1, restructured_at)
        close(hail)

    # --- 8 --------------------------------------------------------------------------------------

    def settle_accounts(self) -> None:
        """Lenders and the cooperative withdraw, and the accounts are compared."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "The accounts agree",
            "Lenders withdraw what came in, the cooperative its fee, and no farmer ever held a "
            "coin for gas.",
        )
        market.withdraw_fees(world.token.address, by=world.cooperative)
        moved = close_books(market, world.lenders, world.loans, self.outcomes)
        self.funds.close(world.balances(), moved)
        for grower in world.growers.values():
            if world.node.balance(grower.address) or world.node.transaction_count(grower.address):
                raise StoryFailed(f"{grower.farmer.name} held a coin, or sent a transaction")
        if any(outcome.state != "repaid" for outcome in self.outcomes.values()):
            raise StoryFailed("a loan was not repaid")
        self.tell.line(f"{money(self.funds.minted)} at the start, and the same at the end")

    def result(self, seconds: float) -> SeasonResult:
        """Return the story's result."""
        world, first = self.world, self.cast[0]
        costs = disclose(world.market.book.terms(world.product), first.applicant.principal)
        return SeasonResult(
            chain=world.node.name,
            chain_id=world.node.chain_id,
            applicants=list(self.outcomes.values()),
            weather={farmer.applicant.number: farmer.weather.value for farmer in self.cast},
            costs=asdict(costs),
            payments=list(costs.payments_in_words()),
            refusals=self.refusals,
            funds=self.funds,
            proofs=world.proofs,
            seconds=seconds,
        )

    def _with(self, weather: Weather) -> Grower:
        chosen = next(farmer for farmer in self.cast if farmer.weather is weather)
        return self.world.growers[chosen.applicant.number]
