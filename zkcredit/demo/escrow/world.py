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
    EscrowMarketClient,
    IssuerRegistryClient,
    Outbox,
    Signer,
    TransactionSender,
    deploy_escrow_market,
    deploy_opening_verifier,
    deploy_test_token,
)
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.demo.escrow.arbiters import agree, spoiled_generation
from zkcredit.demo.loan.cast import CURRENCY, applicants, product
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key
from zkcredit.issuer import Issuer
from zkcredit.registry import RegistrySnapshot
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import DAY
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import OpeningVerifierClient, TokenClient
    from zkcredit.chain.contracts.application import ApplicationRequest
    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import Arbiter, ArbiterGroup, SealedPresentation
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16 import ProvingKey

__all__ = ["EscrowWorld", "Sealing", "open_escrow_world"]

_COUNT: Final = 15  # rows; the 14th qualifies, and its real credit went bad
_FILE_NUMBER: Final = 4_711_000  # the bureau files row n under this plus n
_GAS_MONEY: Final = 10**18  # wei, so that a new account can pay for its transactions
_CAPITAL: Final = 20_000_00
_ROOT_AGE: Final = 3_600
# The password of files that live for a minute in a private folder.
_PASSWORD: Final = "demonstration"  # noqa: S105 - opens nothing but this run's throw-away files


@dataclass
class Sealing:
    """A borrower, and the number under which the bureau knows them."""

    applicant: Applicant
    reference: int
    wallet: Wallet
    sender: TransactionSender
    credential_id: str


@dataclass
class EscrowWorld:
    """Everything that the story moves.

    Attributes:
        node: the chain.
        group, arbiters: who opens.
        spoiled: how the first key generation ended.
        market: its gate seals to the group.
        judge: the contract that checks openings.
        token: the money, in cents.
        key: the proving key of ``escrow_eligibility``.
        operator: deploys, allows the token, posts the root; anybody, in what anybody may do.
        lender: funds loans.
        registry: the accepted issuers.
        borrowers: by the number of their row.
        product_id: the product at the market.
        proofs: number of proofs made so far.
    """

    node: EmbeddedNode
    group: ArbiterGroup
    arbiters: list[Arbiter]
    spoiled: Refusal
    market: EscrowMarketClient
    judge: OpeningVerifierClient
    token: TokenClient
    key: ProvingKey
    operator: TransactionSender
    lender: TransactionSender
    registry: RegistrySnapshot
    borrowers: dict[int, Sealing]
    product_id: int = 0
    proofs: int = 0

    def give_gas(self, account: TransactionSender) -> TransactionSender:
        """Let an account pay for its transactions."""
        self.operator.send(Call(account.address, b"", 21_000, _GAS_MONEY))
        return account

    def stranger(self) -> TransactionSender:
        """A new account that belongs to nobody in the cast."""
        return self.give_gas(TransactionSender(self.node, Signer.generate(), Outbox(None)))

    def request(self, borrower: Sealing) -> ApplicationRequest:
        """What the market demands of this borrower now."""
        return self.market.application_request(
            self.product_id, borrower.applicant.principal, borrower.sender.address
        )

    def prove(
        self, borrower: Sealing, request: ApplicationRequest, arbiters: Point | None = None
    ) -> SealedPresentation:
        """Let the wallet prove and seal, to the group where no other key is given."""
        shown = borrower.wallet.prove_sealed(
            borrower.credential_id,
            request.policy,
            consent=request.consent,
            scope=request.scope,
            registry=self.registry,
            arbiters=self.group.key if arbiters is None else arbiters,
            key=self.key,
        )
        self.proofs += 1
        return shown

    def endow(self, numbers: list[int]) -> int:
        """Give the lender capital, and borrowers a month's free income; returns the sum."""
        self.token.mint(self.lender.address, _CAPITAL, by=self.operator)
        self.token.approve(self.market.address, _CAPITAL, by=self.lender)
        for number in numbers:
            borrower = self.borrowers[number]
            record = borrower.applicant.record
            free = record.monthly_income - record.monthly_expenses - record.monthly_debt_service
            self.give_gas(borrower.sender)
            self.token.mint(borrower.sender.address, free, by=self.operator)
        return self.token.total_supply()

    def balances(self) -> dict[str, int]:
        """Tokens by party."""
        found = {
            "market": self.token.balance_of(self.market.address),
            "lender": self.token.balance_of(self.lender.address),
        }
        for borrower in self.borrowers.values():
            held = self.token.balance_of(borrower.sender.address)
            found[borrower.applicant.name] = held
        return found


@contextmanager
def open_escrow_world(narrator: Narrator) -> Iterator[EscrowWorld]:
    """Build everything in memory and in a private folder, and clear it away at the end.

    Raises:
        NodeUnavailable: the extra ``zkcredit[tester]`` is not installed.
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
        deployment = deploy_escrow_market(
            node, key.verifying_key, group.key, by=operator, max_root_age=_ROOT_AGE
        )
        market = EscrowMarketClient.of(deployment, node)
        token = deploy_test_token(node, "Test Euro", "TEUR", CURRENCY.exponent, by=operator)
        market.set_token_allowed(token.address, True, by=operator)
        cost = KdfCost.light_unsafe()  # nothing here outlives the minute
        issuer = stack.enter_context(Issuer.create(folder / "issuer.zkc", _PASSWORD, cost=cost))
        registry = RegistrySnapshot.of(issuer.publish(now=node.now() - 1))
        IssuerRegistryClient(node, deployment.registry).post(
            registry.root, registry.data_hash, "demo:registry", by=operator
        )
        world = EscrowWorld(
            node=node,
            group=group,
            arbiters=arbiters,
            spoiled=spoiled,
            market=market,
            judge=deploy_opening_verifier(market, group, by=operator),
            token=token,
            key=key,
            operator=operator,
            lender=lender,
            registry=registry,
            borrowers={},
        )
        for member in applicants()[:_COUNT]:
            path = folder / f"borrower-{member.number}.zkc"
            wallet = stack.enter_context(Wallet.create(path, _PASSWORD, cost=cost))
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
