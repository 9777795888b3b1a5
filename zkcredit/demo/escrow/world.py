"""The world of the escrow story: an embedded chain, a market, a bureau, wallets, arbiters."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zkcredit.chain import deploy_opening_verifier
from zkcredit.chain.deploying import deploy_system
from zkcredit.circuits import get_circuit
from zkcredit.demo.escrow.arbiters import agree, spoiled_generation
from zkcredit.demo.loan.cast import CURRENCY, applicants, product
from zkcredit.demo.stage import Party, Stage, empty_stage
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.registry import RegistrySnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import OpeningVerifierClient
    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import Arbiter, ArbiterGroup
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["EscrowWorld", "Sealing", "open_escrow_world"]

_COUNT: Final = 15  # rows; the 14th qualifies, and its real credit went bad
_FILE_NUMBER: Final = 4_711_000  # the bureau files row n under this plus n
_CAPITAL: Final = 20_000_00
_ROOT_AGE: Final = 3_600


@dataclass
class Sealing(Party):
    """A borrower, and the number under which the bureau knows them."""

    applicant: Applicant
    reference: int
    credential_id: str


@dataclass(kw_only=True)
class EscrowWorld(Stage):
    """Everything that the story uses.

    Attributes:
        group: the description of the arbiters' group.
        arbiters: the arbiters, who can open a reference.
        spoiled: how the first key generation ended.
        judge: the contract that checks openings.
        registry: the accepted issuers.
        borrowers: the borrowers by the number of their row.
    """

    group: ArbiterGroup
    arbiters: list[Arbiter]
    spoiled: Refusal
    judge: OpeningVerifierClient
    registry: RegistrySnapshot
    borrowers: dict[int, Sealing]

    def request(self, borrower: Sealing) -> LoanRequest:
        """Return the market's present request to this borrower."""
        return self.market.request(
            self.product,
            borrower.applicant.principal,
            borrower.address,
            arbiters=self.group,
        )

    def prove(self, borrower: Sealing, request: LoanRequest) -> Presentation:
        """Let the wallet prove, with the reference escrowed to the request's arbiters."""
        return self.answer(borrower, request, borrower.credential_id, self.registry)

    def endow_borrowers(self, numbers: list[int]) -> int:
        """Give the lender capital, and each borrower a month's free income; return the sum."""
        borrowers = [self.borrowers[number] for number in numbers]
        return self.endow(_CAPITAL, {b.sender: b.applicant.free_income for b in borrowers})

    def balances(self) -> dict[str, int]:
        """Return the tokens of each party."""
        return self.balances_of({b.applicant.name: b.address for b in self.borrowers.values()})


@contextmanager
def open_escrow_world(narrator: Narrator) -> Iterator[EscrowWorld]:
    """Build everything in memory and in a private folder, and remove it at the end.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with empty_stage(2, block_hashes=True) as stage:
        node, (operator, lender) = stage.node, stage.accounts
        narrator.stage(
            "Five arbiters make a key that nobody knows",
            "Each arbiter deals shares of a secret of their own; the key belongs to the sum. Three "
            "of the five can open together what is encrypted to it, and two cannot.",
        )
        spoiled = spoiled_generation(stage.folder, stage.files, narrator)
        group, arbiters = agree(stage.folder, stage.files)
        narrator.line(f"without {spoiled.attempt.split(' deals')[0]} they agree on their group")
        key = load_or_create_dev_key(get_circuit("escrow_eligibility"))
        deployment = deploy_system(
            node, key.verifying_key, arbiters=group.key, by=operator, max_root_age=_ROOT_AGE
        )
        market = deployment.open(node, key.verifying_key).market
        token = stage.money(market, "Test Euro", CURRENCY)
        issuer = stage.issuer()
        registry = RegistrySnapshot.of(issuer.publish(now=node.now() - 1))
        market.registry.post(registry.root, registry.data_hash, "demo:registry", by=operator)
        world = EscrowWorld(
            node=node,
            group=group,
            arbiters=arbiters,
            spoiled=spoiled,
            market=market,
            judge=deploy_opening_verifier(market, group, by=operator),
            token=token,
            proving_key=key,
            operator=operator,
            lenders=[lender],
            registry=registry,
            borrowers={},
        )
        for member in applicants()[:_COUNT]:
            party = stage.party(member.number)
            reference = _FILE_NUMBER + member.number
            record = replace(member.record, subject_ref=reference)
            held = party.certified(issuer, record, member.name, days=90, now=node.now())
            world.borrowers[member.number] = Sealing(
                party.wallet, party.sender, member, reference, held
            )
        world.product = market.book.publish(product(token.address), by=lender).address
        yield world
