"""The world of the history story: three markets, two bureaus, a history tree and its keeper."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from zkcredit.chain import ChainIndex, deploy_verifier
from zkcredit.chain.deploying import deploy_around, deploy_system
from zkcredit.chain.history.bureau import deploy_bureau, deploy_history_tree
from zkcredit.chain.history.keeper import Keeper, Outcome, TreeCopy, history_watched
from zkcredit.chain.history.outlook import outlook_of
from zkcredit.chain.history.records import RECORDS
from zkcredit.circuits import get_circuit
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.loan.cast import CURRENCY
from zkcredit.demo.stage import Party, Stage, empty_stage
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.published import dev_verifying_key
from zkcredit.registry import RegistrySnapshot
from zkcredit.request.asked_history import HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import TransactionSender
    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.history.outlook import Outlook
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.history.cast import Newcomer
    from zkcredit.groth16 import ProvingKey
    from zkcredit.history import HistoryTree
    from zkcredit.issuer import Issuer
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["HistoryWorld", "Person", "open_history_world"]

_LENDERS: Final = 2
_CAPITAL: Final = 10_000_00
_WAGES: Final = 400_00
"""What each borrower earns meanwhile, minor units."""
_SMALL_BATCH: Final = 3


@dataclass
class Person(Party):
    """A borrower with a wallet, an account and a credential of an employer."""

    newcomer: Newcomer
    credential_id: str = ""

    @property
    def name(self) -> str:
        """The name in the story."""
        return self.newcomer.name


@dataclass(kw_only=True)
class HistoryWorld(Stage):
    """Everything that the story uses. ``market`` is the village's.

    Attributes:
        cooperative: another member of the village's bureau.
        city: a market of another bureau, whose gate asks for a record at the village's.
        larger, small_too: addresses of the cooperative's products; the second is the village's.
        record, clean: addresses of the city's products: for who repaid, and for who was never late.
        tree: the history tree of the village's bureau.
        keeper: advances it.
        record_key: proves ``history``.
        update_key: proves ``history_update_3``.
        index: of the tree and its bureau.
        copy: the tree, as wallets read it.
        issuer, registry: the employer who signs incomes, and the accepted issuers.
        people: the borrowers by their number.
        loans: the first loan of each.
    """

    cooperative: LoanMarketClient
    city: LoanMarketClient
    tree: HistoryTreeClient
    keeper: Keeper
    record_key: ProvingKey
    update_key: ProvingKey
    index: ChainIndex
    copy: TreeCopy
    issuer: Issuer
    registry: RegistrySnapshot
    people: dict[int, Person]
    larger: str = ""
    small_too: str = ""
    record: str = ""
    clean: str = ""
    loans: dict[int, int] = field(default_factory=dict)

    def tree_now(self) -> HistoryTree:
        """Return the tree as it is now, from the chain's events."""
        self.index.catch_up()
        self.copy.follow()
        return self.copy.tree

    def advance(self) -> int:
        """Let the keeper put everything that waits into the tree, and return its batches."""
        batches = 0
        while (step := self.keeper.step()).outcome is not Outcome.IDLE:
            if step.outcome is not Outcome.ADVANCED:
                raise StoryFailed(f"the keeper was {step.outcome.value}, though nobody else acts")
            batches += 1
        return batches

    def pseudonym(self, person: Person) -> int:
        """Return a borrower's pseudonym at the village's bureau."""
        return person.wallet.pseudonym(self.tree.bureau.scope)

    def outlook(self, person: Person) -> Outlook:
        """Return what a borrower's wallet says of the record there."""
        return outlook_of(self.tree, self.pseudonym(person), copy=self.tree_now())

    def loan(self, person: Person) -> LoanState:
        """Return a borrower's first loan as it is now."""
        return self.market.loan(self.loans[person.newcomer.number])

    def pay_row(self, person: Person, row: int) -> int:
        """Let a borrower pay the first loan up to a row, and return what was paid."""
        loan = self.loan(person)
        amount = self.market.row_owed(loan.loan_id, row)
        self.market.repay(loan, amount, by=person.sender)
        return amount

    def ask_with_credential(
        self, person: Person, market: LoanMarketClient, product: str, amount: int
    ) -> tuple[LoanRequest, Presentation]:
        """Let a wallet prove what a market asks about a credential."""
        request = market.request(product, amount, person.address)
        return request, self.answer(person, request, person.credential_id, self.registry)

    def ask_with_record(
        self, person: Person, product: str, amount: int
    ) -> tuple[LoanRequest, Presentation]:
        """Let a wallet prove what the city asks about the record at the village's bureau."""
        request = self.city.request(product, amount, person.address)
        return request, self.prove_record(person, request)

    def prove_record(self, person: Person, request: LoanRequest) -> Presentation:
        """Let a wallet answer a request about a record."""
        shown = person.wallet.prove(request, self.tree_now(), proving_key=self.record_key)
        self.proofs += 1
        return shown

    def balances(self) -> dict[str, int]:
        """Return the tokens of each party; those of the three markets together."""
        people = {f"applicant {one.name}": one.address for one in self.people.values()}
        others = {"cooperative": self.cooperative.address, "city": self.city.address}
        found = self.balances_of({**others, **people})
        found["market"] += sum(found.pop(name) for name in others)
        return found

    @property
    def markets(self) -> tuple[LoanMarketClient, ...]:
        """All three markets."""
        return self.market, self.cooperative, self.city

    def endow_all(self) -> int:
        """Give lenders capital, and borrowers gas and their wages.

        Returns:
            The sum of all money, in minor units.
        """
        total = self.endow(_CAPITAL, {one.sender: _WAGES for one in self.people.values()})
        for market in self.markets:
            for payer in (*self.lenders, *(one.sender for one in self.people.values())):
                self.token.approve(market.address, total, by=payer)
        return total


@contextmanager
def open_history_world(cast: list[Newcomer]) -> Iterator[HistoryWorld]:
    """Build everything in memory and in a private folder, and remove it at the end.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with empty_stage(2 + _LENDERS) as stage:
        node, (operator, keeping, *lenders) = stage.node, stage.accounts
        key = load_or_create_dev_key(get_circuit("eligibility"))
        bureau = deploy_bureau(node, by=operator, currency=CURRENCY.number).address
        village = deploy_system(node, key.verifying_key, by=operator, bureau=bureau)
        member = deploy_around(node, village.verifier, by=operator, bureau=bureau)
        record_key = load_or_create_dev_key(get_circuit(HISTORY))
        city = deploy_system(node, record_key.verifying_key, by=operator, history=HISTORY)
        tree = _tree(bureau, operator)
        index = stage.files.enter_context(
            ChainIndex.open(None, node, history_watched(tree), projections=[RECORDS])
        )
        update_key = load_or_create_dev_key(get_circuit(f"history_update_{_SMALL_BATCH}"))
        markets = [made.open(node).market for made in (village, member, city)]
        token = stage.money(markets[0], "Test Euro", CURRENCY)
        for market in markets[1:]:
            market.set_token_allowed(token.address, True, by=operator)
        issuer = stage.issuer("employer")
        people = {}
        for one in cast:
            party = stage.party(one.number)
            people[one.number] = Person(party.wallet, party.sender, one)
        yield HistoryWorld(
            node=node,
            market=markets[0],
            cooperative=markets[1],
            city=markets[2],
            token=token,
            proving_key=key,
            record_key=record_key,
            update_key=update_key,
            operator=operator,
            lenders=lenders,
            tree=tree,
            # twelve at a time is for keepers of many; its key takes ten seconds to make
            keeper=Keeper(tree, index, {_SMALL_BATCH: [update_key]}, by=keeping),
            index=index,
            copy=TreeCopy(index, tree.bureau.address, tree.address),
            issuer=issuer,
            registry=RegistrySnapshot.of(issuer.publish(now=node.now() - 1)),
            people=people,
        )


def _tree(bureau: str, by: TransactionSender) -> HistoryTreeClient:
    places = [
        deploy_verifier(by.node, dev_verifying_key(f"history_update_{size}"), by=by).address
        for size in (_SMALL_BATCH, 12)
    ]
    return deploy_history_tree(by.node, bureau, (places[0], places[1]), by=by)
