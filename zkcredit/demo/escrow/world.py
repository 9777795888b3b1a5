"""The escrow story's stage: an embedded chain, an escrow market, a bureau, wallets, arbiters."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from zkcredit.chain import (
    EmbeddedNode,
    Outbox,
    Signer,
    TransactionSender,
    deploy_opening_verifier,
    deploy_system,
    deploy_test_token,
)
from zkcredit.circuits import get_circuit
from zkcredit.demo.escrow.arbiters import agree, spoiled_generation
from zkcredit.demo.loan.cast import CURRENCY, applicants, product
from zkcredit.demo.stage import PASSWORD, Stage
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key
from zkcredit.issuer import Issuer
from zkcredit.registry import RegistrySnapshot
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import DAY
from zkcredit.wallet import Wallet

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
class Sealing:
    """A borrower, and the number under which the bureau knows them."""

    applicant: Applicant
    reference: int
    wallet: Wallet
    sender: TransactionSender
    credential_id: str


@dataclass(kw_only=True)
class EscrowWorld(Stage):
    """Everything that the story moves.

    Attributes:
        group: and arbiters: who opens.
        spoiled: how the first key generation ended.
        judge: the contract that checks openings.
        registry: the accepted issuers.
        borrowers: by the number of their row.
    """

    group: ArbiterGroup
    arbiters: list[Arbiter]
    spoiled: Refusal
    judge: OpeningVerifierClient
    registry: RegistrySnapshot
    borrowers: dict[int, Sealing]

    def request(self, borrower: Sealing) -> LoanRequest:
        """Return what the market demands of this borrower now."""
        return self.market.request(
            self.product_id,
            borrower.applicant.principal,
            borrower.sender.address,
            arbiters=self.group,
        )

    def prove(self, borrower: Sealing, request: LoanRequest) -> Presentation:
        """Let the wallet prove, with the reference escrowed to the request's arbiters."""
        shown = borrower.wallet.prove(
            request,
            borrower.credential_id,
            registry=self.registry,
            proving_key=self.proving_key,
        )
        self.proofs += 1
        return shown

    def endow_borrowers(self, numbers: list[int]) -> int:
        """Give the lender capital, and borrowers a month's free income; returns the sum."""
        gifts = {}
        for number in numbers:
            borrower = self.borrowers[number]
            record = borrower.applicant.record
            free = record.monthly_income - record.monthly_expenses - record.monthly_debt_service
            gifts[borrower.sender] = free
        return self.endow(_CAPITAL, gifts)

    def balances(self) -> dict[str, int]:
        """Tokens by party."""
        return self.balances_of(
            {b.applicant.name: b.sender.address for b in self.borrowers.values()}
        )


@contextmanager
def open_escrow_world(narrator: Narrator) -> Iterator[EscrowWorld]:
    """Build everything in memory and in a private folder, and clear it away at the end.

    Raises:
        NodeUnavailable: if the extra ``zkcredit[tester]`` is not installed.
    """
    with ExitStack() as stack:
        # The key is a dev key, which the story says; said once is enough.
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="zkcredit-demo-")))
        node = stack.enter_context(EmbeddedNode(accounts=2))
        operator, lender = (TransactionSender(node, s, Outbox(None)) for s in node.accounts)
        narrator.stage(
            "Five arbiters make a key that nobody has",
            "Each deals shares of a secret of its own; the key belongs to the sum. Three of the "
            "five will open together what is sealed to it, and two cannot.",
        )
        spoiled = spoiled_generation(folder, stack, narrator)
        group, arbiters = agree(folder, stack)
        narrator.line(f"without {spoiled.attempt.split(' deals')[0]} they agree on their group")
        key = load_or_create_dev_key(get_circuit("escrow_eligibility"))
        deployment = deploy_system(
            node, key.verifying_key, arbiters=group.key, by=operator, max_root_age=_ROOT_AGE
        )
        market = deployment.open(node, key.verifying_key).market
        token = deploy_test_token(node, "Test Euro", "TEUR", CURRENCY.exponent, by=operator)
        market.set_token_allowed(token.address, True, by=operator)
        cost = KdfCost.light_unsafe()  # nothing here outlives the minute
        issuer = stack.enter_context(Issuer.create(folder / "issuer.zkc", PASSWORD, cost=cost))
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
            path = folder / f"borrower-{member.number}.zkc"
            wallet = stack.enter_context(Wallet.create(path, PASSWORD, cost=cost))
            reference = _FILE_NUMBER + member.number
            envelope = issuer.issue(
                replace(member.record, subject_ref=reference),
                person=member.name,
                to=wallet.card,
                valid_for=90 * DAY,
                now=node.now(),
            )
            sender = TransactionSender(node, Signer(wallet.evm_key()), Outbox(None))
            world.borrowers[member.number] = Sealing(
                member, reference, wallet, sender, wallet.receive(envelope)
            )
        state = market.create_product(product(token.address), by=lender)
        world.product_id = state.product_id
        yield world
