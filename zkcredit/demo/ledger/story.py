"""The ledger's story: three issuers' encrypted entries, and loans on proofs about their sum."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.ledger import frauds
from zkcredit.demo.ledger.cast import Household, Institution, Role, households
from zkcredit.demo.ledger.world import open_ledger_world
from zkcredit.demo.loan.cast import PERIOD
from zkcredit.demo.narrator import Narrator, Silent, shortfalls
from zkcredit.demo.outcome import ApplicantOutcome, Funds, close_books, expect_refusal
from zkcredit.demo.plaintext_scan import scan, written
from zkcredit.demo.result import LedgerResult
from zkcredit.demo.stage import COST, PASSWORD
from zkcredit.errors import NotEligible, TransactionReverted
from zkcredit.ledger import require_eligible
from zkcredit.units import DAY
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.ledger.world import LedgerWorld, Member
    from zkcredit.demo.outcome import Refusal

__all__ = ["run_ledger_story"]


def run_ledger_story(narrator: Narrator | None = None) -> LedgerResult:
    """Tell the ledger's story on an embedded chain, and return its result.

    The story leaves no files except cached circuits and dev keys. It takes well under a minute.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, an honest step is refused, or an amount is on the chain
            in clear.
        ChainError: if the flow of funds is not conserved.
    """
    started = time.monotonic()
    cast = households()
    with open_ledger_world(cast) as world:
        story = _Story(world, cast, narrator or Silent())
        story.tell.market(world.node, world.market.address)
        story.enter()
        story.judge()
        story.cheat()
        story.hide()
        story.lose()
        story.lend()
        story.repay()
        story.settle_accounts()
        return story.search(started)


class _Story:
    """The stages; each is one method, in order."""

    def __init__(self, world: LedgerWorld, cast: list[Household], narrator: Narrator) -> None:
        self.world = world
        self.cast = cast
        self.tell = narrator
        self.outcomes: dict[int, ApplicantOutcome] = {}
        self.refusals: list[Refusal] = []
        self.loans: dict[int, int] = {}  # household's number -> loan
        self.funds = Funds(0, {})

    # --- 1 --------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Three issuers post encrypted entries about all households."""
        world = self.world
        self.tell.stage(
            "Three issuers write to the ledger",
            f"An employer, a bank and a mobile-money operator each know a part of the data of "
            f"{len(self.cast)} households. They post it encrypted under the household's key. The "
            "contract adds the ciphertexts, and nobody sees a number. Each issuer proves that its "
            "entries are encryptions of amounts, and posts all of them in one transaction.",
        )
        world.next_epoch()
        for institution in Institution:
            made = [
                world.prepared(
                    world.members[household.number], institution, household.entries[institution]
                )
                for household in self.cast
            ]
            world.post(institution, made)
        world.next_epoch()
        self.tell.line(
            f"{world.entries} entries of {len(Institution)} issuers; they count from the next epoch"
        )

    # --- 2 --------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Each wallet reads its account from the chain and checks whether its owner qualifies."""
        world = self.world
        self.tell.stage(
            "Everybody checks with their own wallet",
            "Each wallet opens its envelopes from the chain's events. It compares each with its "
            "ciphertext, and the sum with the ledger's. Only its owner sees the result.",
        )
        offered = world.market.book.terms(world.product)
        for household in self.cast:
            account, _ = world.look(world.members[household.number])
            totals = account.totals()
            if totals != household.totals():
                raise StoryFailed(f"the wallet of {household.name} reads other amounts")
            missed: dict[str, int] = {}
            try:
                require_eligible(offered.policy_for(household.principal, world.now()), totals)
            except NotEligible as error:
                missed = error.shortfalls
                self.tell.line(f"{household.name} is told: {shortfalls(missed)}")
            self.outcomes[household.number] = ApplicantOutcome(
                number=household.number,
                score=totals.score_points,
                principal=household.principal,
                missed=missed,
                really_good=household.applicant.really_good,
                state="not eligible" if missed else "",
            )
        eligible = self._eligible()
        self.tell.line(f"{len(eligible)} of {len(self.cast)} qualify")
        minted = world.endow_members([world.members[household.number] for household in eligible])
        self.funds = Funds(minted, world.balances())

    # --- 3 --------------------------------------------------------------------------------------

    def cheat(self) -> None:
        """Some use their own ciphertexts, entries by strangers, or accounts of others."""
        world = self.world
        self.tell.stage(
            "Some try to cheat",
            "Anybody can make a ciphertext, and add to one. Only entries that an accepted issuer "
            "wrote to the right account count.",
        )
        poor = world.members[next(h.number for h in self.cast if self.outcomes[h.number].missed)]
        victim = self._playing(Role.PAYS)
        self.refusals += frauds.not_eligible(world, poor, self.tell)
        self.refusals += frauds.own_ciphertext(world, poor, self.tell)
        self.refusals += frauds.strangers_entry(world, poor, self.tell)
        self.refusals += frauds.rogue_issuer(world, poor, self.tell)
        self.refusals += frauds.foreign_accounts(world, poor, victim, self.tell)

    # --- 4 --------------------------------------------------------------------------------------

    def hide(self) -> None:
        """The bank enters a new debt, and the debtor tries to leave it out."""
        world, debtor = self.world, self._playing(Role.HIDES)
        self.tell.stage(
            "A debt that cannot be hidden",
            f"The bank gives {debtor.name} another credit and writes it to the ledger. From the "
            "next epoch it is in the total, and no proof can leave it out.",
        )
        before = world.look(debtor)
        debt = world.prepared(debtor, Institution.BANK, debtor.household.hidden_debt())
        self.refusals += frauds.in_front(world, debtor, debt, self.tell)
        world.next_epoch()
        self.refusals += frauds.hidden_debt(world, debtor, self.tell)
        self.refusals += frauds.stale_epoch(world, debtor, before, self.tell)
        outcome = self.outcomes[debtor.household.number]
        outcome.state, outcome.missed = "hidden debt", {}

    # --- 5 --------------------------------------------------------------------------------------

    def lose(self) -> None:
        """A wallet's file is lost; its backup words restore the account from the chain."""
        world, member = self.world, self._playing(Role.LOSES)
        self.tell.stage(
            "A lost wallet comes back",
            f"The phone of {member.name} is lost. The backup words restore the keys, and the "
            "ledger's events restore everything else, without the issuers.",
        )
        words = member.wallet.words(PASSWORD)
        member.wallet.close()
        for file in world.folder.glob(f"borrower-{member.household.number}.zkc*"):
            file.unlink()
        path = world.folder / f"borrower-{member.household.number}-again.zkc"
        member.wallet = world.files.enter_context(Wallet.restore(path, PASSWORD, words, cost=COST))
        account, _ = world.look(member)
        if account.totals() != member.household.totals():
            raise StoryFailed("the restored wallet reads another account")
        self.tell.line(f"{len(account.entries)} entries are read again")

    # --- 6 --------------------------------------------------------------------------------------

    def lend(self) -> None:
        """Borrowers prove about the ledger's totals, and two lenders fund every loan."""
        world = self.world
        self.tell.stage(
            "Proofs release loans",
            "Each borrower proves that the total in the contract meets the conditions. Lenders "
            "fund the loan, and it is paid out.",
        )
        for household in self._eligible():
            if household.role is Role.HIDES:
                continue
            member = world.members[household.number]
            self.loans[household.number] = self._lend(member)
            self.outcomes[household.number].loan_id = self.loans[household.number]
        self.tell.line(f"{len(self.loans)} loans are out")

    def _lend(self, member: Member) -> int:
        world = self.world
        request = world.request(member)
        presentation = world.prove(member, request)
        asked = world.market.apply(request, presentation, by=member.sender)
        return world.fund(asked).loan_id

    # --- 7 --------------------------------------------------------------------------------------

    def repay(self) -> None:
        """Six months pass: most pay on time, one settles early, one stops paying."""
        world, market = self.world, self.world.market
        months = len(market.book.terms(world.product).table.rows)
        self.tell.stage(
            "Six months pass",
            "Most repay month by month, one settles early, and one stops paying.",
        )
        loans = market.loans(list(self.loans.values()))
        for number, loan in zip(self.loans, loans, strict=True):
            total = loan.product.schedule(loan.principal).total
            market.allow_payment(loan, 2 * total, by=world.members[number].sender)
        world.node.advance(PERIOD - DAY)
        for month in range(1, months + 1):
            for number, loan in zip(self.loans, loans, strict=True):
                self._pay(world.members[number], loan, month, months)
            world.node.advance(PERIOD)
        self.tell.line("all others have paid their last instalment")

    def _pay(self, member: Member, loan: LoanState, month: int, months: int) -> None:
        market, loan_id = self.world.market, loan.loan_id
        match member.household.role:
            case Role.SETTLES if month >= 3:
                if month == 3:
                    market.settle(loan, market.quote(loan_id).settlement, by=member.sender)
                    self.tell.line(f"month 3: {member.name} settles early")
            case Role.DEFAULTS if month > 1:
                if month == 5:
                    market.mark_default(loan, by=self.world.operator)
                    self.tell.line(f"month 5: {member.name} is declared in default")
            case _:
                # the last row contains all rounding, so the market is asked for it
                level = loan.product.table.level(loan.principal)
                due = market.quote(loan_id).remaining if month == months else level
                market.repay(loan, due, by=member.sender)

    # --- 8 --------------------------------------------------------------------------------------

    def settle_accounts(self) -> None:
        """The defaulter is refused, lenders withdraw, and the accounts are compared."""
        world, market = self.world, self.world.market
        self.tell.stage(
            "The accounts agree",
            "The market knows a defaulter's account under any address. Lenders withdraw what was "
            "paid, and every cent is where the events say.",
        )
        bank, stranger = world.desks[Institution.BANK].sender, world.stranger()
        self.refusals.append(
            expect_refusal(
                "remove the bank from the issuers, as a stranger",
                "contract",
                TransactionReverted,
                lambda: world.ledger.dismiss_issuer(bank.address, by=stranger),
                self.tell,
                contract_error="AccessControlUnauthorizedAccount",
            )
        )
        self.refusals.append(
            frauds.default_and_return(world, self._playing(Role.DEFAULTS), self.tell)
        )
        moved = close_books(market, world.lenders, self.loans, self.outcomes)
        self.funds.close(world.balances(), moved)
        self.tell.line(f"{self.funds.minted:,} cents at the start, and the same at the end")

    # --- 9 --------------------------------------------------------------------------------------

    def search(self, started: float) -> LedgerResult:
        """Search everything that the chain stores for the households' amounts."""
        world = self.world
        self.tell.stage(
            "Nobody can read the chain",
            "A search for every amount of every household, in every form that an amount could "
            "have, covers all calldata, all events and every word that was ever in storage.",
        )
        plaintexts = {
            household.name: [
                *(entry.slots() for entry in household.entries.values()),
                household.totals().slots(),
                household.hidden_debt().slots(),
            ]
            for household in self.cast
        }
        offered = world.market.book.terms(world.product)
        found = scan(written(world.node), plaintexts, public=offered.policy.conditions().values())
        found.require_clean()
        self.tell.line(
            f"{found.amounts} amounts in {found.forms:,} forms, {sum(found.searched.values()):,} "
            "bytes: none was found"
        )
        return LedgerResult(
            chain=world.node.name,
            chain_id=world.node.chain_id,
            issuers=[institution.value for institution in Institution],
            entries=world.entries,
            applicants=list(self.outcomes.values()),
            refusals=self.refusals,
            funds=self.funds,
            scan=found,
            proofs=world.proofs,
            seconds=time.monotonic() - started,
        )

    def _eligible(self) -> list[Household]:
        return [household for household in self.cast if self.outcomes[household.number].eligible]

    def _playing(self, role: Role) -> Member:
        chosen = next(household for household in self._eligible() if household.role is role)
        return self.world.members[chosen.number]
