"""The world of the loan story: an embedded chain, the contracts, an issuer, lenders, wallets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit.chain.deploying import deploy_system
from zkcredit.circuits import get_circuit
from zkcredit.demo.loan.cast import CURRENCY, product
from zkcredit.demo.stage import Party, Stage, empty_stage
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.registry import RegistrySnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.issuer import Issuer
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["ROOT_AGE", "Borrower", "World", "endow", "open_world", "publish_product"]

_LENDERS: Final = 2
_CAPITAL: Final = 20_000_00
ROOT_AGE: Final = 3_600


@dataclass
class Borrower(Party):
    """An applicant with a wallet and an account of their own."""

    applicant: Applicant
    credential_id: str = ""


@dataclass(kw_only=True)
class World(Stage):
    """Everything that the story uses.

    Attributes:
        issuer: the bureau that knows the applicants.
        registry: the accepted issuers and their revocations, as last posted.
        borrowers: the borrowers by the number of their row.
    """

    issuer: Issuer
    registry: RegistrySnapshot
    borrowers: dict[int, Borrower]

    def publish(self) -> None:
        """Let the issuer publish its list, and post the registry's new root."""
        self.registry = self.registry.update(self.issuer.publish(now=self.now()))
        self.post_registry(self.registry, self.market)

    def request(self, borrower: Borrower) -> LoanRequest:
        """Return the market's present request to this borrower."""
        return self.market.request(self.product, borrower.applicant.principal, borrower.address)

    def prove(
        self,
        borrower: Borrower,
        request: LoanRequest,
        registry: RegistrySnapshot | None = None,
    ) -> Presentation:
        """Let the wallet answer the request."""
        return self.answer(
            borrower,
            request,
            borrower.credential_id,
            self.registry if registry is None else registry,
        )

    def apply(self, borrower: Borrower) -> LoanState:
        """Prove and apply."""
        request = self.request(borrower)
        presentation = self.prove(borrower, request)
        return self.market.apply(request, presentation, by=borrower.sender)

    def balances(self) -> dict[str, int]:
        """Return the tokens of each party."""
        return self.balances_of({b.applicant.name: b.address for b in self.borrowers.values()})


@contextmanager
def open_world(cast: list[Applicant]) -> Iterator[World]:
    """Build everything in memory and in a private folder, and remove it at the end.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with empty_stage(1 + _LENDERS) as stage:
        node, (operator, *lenders) = stage.node, stage.accounts
        key = load_or_create_dev_key(get_circuit("eligibility"))
        system = deploy_system(node, key.verifying_key, by=operator, max_root_age=ROOT_AGE).open(
            node, key.verifying_key
        )
        token = stage.money(system.market, "Test Euro", CURRENCY)
        issuer = stage.issuer()
        world = World(
            node=node,
            market=system.market,
            token=token,
            proving_key=key,
            operator=operator,
            lenders=lenders,
            issuer=issuer,
            registry=RegistrySnapshot.of(issuer.publish(now=node.now() - 1)),
            borrowers={},
        )
        for member in cast:
            party = stage.party(member.number)
            world.borrowers[member.number] = Borrower(party.wallet, party.sender, member)
        yield world


def endow(world: World, numbers: list[int]) -> int:
    """Give lenders capital, and each possible borrower a month's free income and gas.

    Returns:
        The minted money, in minor units.
    """
    borrowers = [world.borrowers[number] for number in numbers]
    return world.endow(_CAPITAL, {b.sender: b.applicant.free_income for b in borrowers})


def publish_product(world: World) -> None:
    """Let the first lender publish the product."""
    offered = product(world.token.address)
    world.product = world.market.book.publish(offered, by=world.lenders[0]).address
