"""The world of the season story: a chain, a market, a cooperative, lenders, farmers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit.chain import Signer
from zkcredit.chain.deploying import deploy_system
from zkcredit.circuits import get_circuit
from zkcredit.demo.loan.cast import CURRENCY
from zkcredit.demo.season.cast import SEEDS
from zkcredit.demo.stage import Party, Stage, empty_stage
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.registry import RegistrySnapshot
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import TransactionSender
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.loans.relay import RelayClient
    from zkcredit.demo.season.cast import Farmer
    from zkcredit.issuer import Issuer
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["Grower", "SeasonWorld", "open_season_world"]

_LENDERS: Final = 2
_CAPITAL: Final = 20_000_00
_HARVEST: Final = 2_000_00
"""What each farmer's harvests bring in all, minor units."""
_WEEK: Final = 7 * DAY


@dataclass
class Grower(Party):
    """A farmer with a wallet, whose account never holds a coin for gas."""

    farmer: Farmer
    credential_id: str = ""

    @property
    def signer(self) -> Signer:
        """The key of the account, which signs what others carry."""
        return Signer(self.wallet.evm_key())


@dataclass(kw_only=True)
class SeasonWorld(Stage):
    """Everything that the story uses.

    Attributes:
        relay: takes the farmers' payments with permits.
        cooperative: signs credentials, and carries what farmers signed.
        issuer: the cooperative's records.
        registry: the accepted issuers, as posted.
        growers: the farmers by the number of their row.
        loans: the loan of each farmer.
    """

    relay: RelayClient
    cooperative: TransactionSender
    issuer: Issuer
    registry: RegistrySnapshot
    growers: dict[int, Grower]
    loans: dict[int, int]

    def loan(self, grower: Grower) -> LoanState:
        """Return a farmer's loan as it is now."""
        return self.market.loan(self.loans[grower.farmer.applicant.number])

    def request(self, grower: Grower, product: str | None = None) -> LoanRequest:
        """Return the market's present request to a farmer."""
        return self.market.request(
            product or self.product,
            grower.farmer.applicant.principal,
            grower.address,
            purpose_code=SEEDS,
        )

    def prove(self, grower: Grower, request: LoanRequest) -> Presentation:
        """Let the wallet answer the request."""
        return self.answer(grower, request, grower.credential_id, self.registry)

    def deadline(self) -> int:
        """Return a time a week from now, until which a consent is good."""
        return self.now() + _WEEK

    def pay(self, grower: Grower, amount: int) -> int:
        """Let the cooperative carry a farmer's permit to pay, and return what was credited."""
        loan = self.loan(grower)
        permit = self.relay.sign_payment(loan, amount, by=grower.signer, deadline=self.deadline())
        self.relay.repay(loan, permit, by=self.cooperative)
        return self.loan(grower).received - loan.received

    def balances(self) -> dict[str, int]:
        """Return the tokens of each party."""
        farmers = {grower.farmer.name: grower.address for grower in self.growers.values()}
        return self.balances_of({"cooperative": self.cooperative.address, **farmers})

    def endow_all(self) -> int:
        """Give lenders capital and farmers the money of their harvests; nobody gives farmers gas.

        Returns:
            The sum of all money, in minor units.
        """
        for grower in self.growers.values():
            self.token.mint(grower.address, _HARVEST, by=self.operator)
        self.token.mint(self.cooperative.address, _HARVEST, by=self.operator)
        return self.endow(_CAPITAL, {})


@contextmanager
def open_season_world(cast: list[Farmer]) -> Iterator[SeasonWorld]:
    """Build everything in memory and in a private folder, and remove it at the end.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with empty_stage(2 + _LENDERS) as stage:
        node, (operator, cooperative, *lenders) = stage.node, stage.accounts
        key = load_or_create_dev_key(get_circuit("eligibility"))
        system = deploy_system(node, key.verifying_key, by=operator).open(node, key.verifying_key)
        issuer = stage.issuer("cooperative")
        world = SeasonWorld(
            node=node,
            market=system.market,
            relay=system.relay,
            token=stage.money(system.market, "Test Euro", CURRENCY),
            proving_key=key,
            operator=operator,
            cooperative=cooperative,
            lenders=lenders,
            issuer=issuer,
            registry=RegistrySnapshot.of(issuer.publish(now=node.now() - 1)),
            growers={},
            loans={},
        )
        for farmer in cast:
            party = stage.party(farmer.applicant.number)
            world.growers[farmer.applicant.number] = Grower(party.wallet, party.sender, farmer)
        yield world
