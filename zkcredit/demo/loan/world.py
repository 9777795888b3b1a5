"""The stage: an embedded chain with the contracts, one issuer, two lenders, a wallet each."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from zkcredit.chain import (
    EmbeddedNode,
    Outbox,
    Signer,
    TransactionSender,
    deploy_system,
    deploy_test_token,
)
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.demo.loan.cast import CURRENCY, product
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key
from zkcredit.issuer import Issuer
from zkcredit.registry import RegistrySnapshot
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import LoanState, LocalNode, System, TokenClient
    from zkcredit.chain.contracts.application import ApplicationRequest
    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.groth16 import ProvingKey
    from zkcredit.presentation import Presentation

__all__ = ["PASSWORD", "Borrower", "World", "endow", "open_world", "publish_product"]

_GAS_MONEY: Final = 10**18  # wei, so that a new account can pay for its transactions
_LENDERS: Final = 2
_CAPITAL: Final = 20_000_00
_ROOT_AGE: Final = 3_600
# The password of a wallet that lives for a minute in a private folder.
PASSWORD: Final = "demonstration"  # noqa: S105 - opens nothing but this run's throw-away files


@dataclass
class Borrower:
    """An applicant with a wallet and an account of their own."""

    applicant: Applicant
    wallet: Wallet
    sender: TransactionSender
    credential_id: str = ""

    @property
    def address(self) -> str:
        """The account that applies, is paid and repays."""
        return self.sender.address


@dataclass
class World:
    """Everything that the story moves.

    Attributes:
        node: the chain.
        system: verifier, registry, gate and market.
        token: the money, in cents.
        key: the proving key of ``eligibility``.
        operator: deploys, allows the token, posts registry roots.
        lenders: fund loans.
        issuer: the bureau that knows the applicants.
        registry: the accepted issuers and what they revoked, as posted last.
        borrowers: by the number of their row.
        product_id: the product at the market.
        proofs: number of proofs made so far.
    """

    node: LocalNode
    system: System
    token: TokenClient
    key: ProvingKey
    operator: TransactionSender
    lenders: list[TransactionSender]
    issuer: Issuer
    registry: RegistrySnapshot
    borrowers: dict[int, Borrower]
    product_id: int
    proofs: int = 0

    def now(self) -> int:
        """The chain's time."""
        return self.node.now()

    def give_gas(self, account: TransactionSender) -> TransactionSender:
        """Let an account pay for its transactions."""
        self.operator.send(Call(account.address, b"", 21_000, _GAS_MONEY))
        return account

    def stranger(self) -> TransactionSender:
        """A new account that belongs to nobody in the cast."""
        return self.give_gas(TransactionSender(self.node, Signer.generate(), Outbox(None)))

    def publish(self) -> None:
        """Let the issuer publish its list, and post the registry's new root."""
        self.registry = self.registry.update(self.issuer.publish(now=self.now()))
        self.system.registry.post(
            self.registry.root, self.registry.data_hash, "demo:registry", by=self.operator
        )

    def request(self, borrower: Borrower) -> ApplicationRequest:
        """What the market demands of this borrower now."""
        return self.system.market.application_request(
            self.product_id, borrower.applicant.principal, borrower.address
        )

    def prove(
        self,
        borrower: Borrower,
        request: ApplicationRequest,
        registry: RegistrySnapshot | None = None,
    ) -> Presentation:
        """Let the wallet prove what the request demands. Raises as ``Wallet.prove``."""
        presentation = borrower.wallet.prove(
            borrower.credential_id,
            request.policy,
            consent=request.consent,
            scope=request.scope,
            registry=self.registry if registry is None else registry,
            key=self.key,
        )
        self.proofs += 1
        return presentation

    def apply(self, borrower: Borrower) -> LoanState:
        """Prove and apply."""
        request = self.request(borrower)
        presentation = self.prove(borrower, request)
        return self.system.market.apply(request, presentation, by=borrower.sender)

    def balances(self) -> dict[str, int]:
        """Tokens by party."""
        found = {"market": self.token.balance_of(self.system.market.address)}
        for place, lender in enumerate(self.lenders, start=1):
            found[f"lender {place}"] = self.token.balance_of(lender.address)
        for borrower in self.borrowers.values():
            found[borrower.applicant.name] = self.token.balance_of(borrower.address)
        return found


@contextmanager
def open_world(cast: list[Applicant]) -> Iterator[World]:
    """Build everything in memory and in a private folder, and clear it away at the end.

    Raises:
        NodeUnavailable: the extra ``zkcredit[tester]`` is not installed.
    """
    with ExitStack() as stack:
        # The key is a dev key, which the story says; said once is enough.
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="zkcredit-demo-")))
        node = stack.enter_context(EmbeddedNode(accounts=1 + _LENDERS))
        operator, *lenders = (TransactionSender(node, s, Outbox(None)) for s in node.accounts)
        key = load_or_create_dev_key(get_circuit("eligibility"))
        system = deploy_system(node, key.verifying_key, by=operator, max_root_age=_ROOT_AGE).open(
            node, key.verifying_key
        )
        token = deploy_test_token(node, "Test Euro", "TEUR", CURRENCY.exponent, by=operator)
        system.market.set_token_allowed(token.address, True, by=operator)

        cost = KdfCost.light_unsafe()  # nothing here outlives the minute
        issuer = stack.enter_context(Issuer.create(folder / "issuer.zkc", PASSWORD, cost=cost))
        world = World(
            node=node,
            system=system,
            token=token,
            key=key,
            operator=operator,
            lenders=lenders,
            issuer=issuer,
            registry=RegistrySnapshot.of(issuer.publish(now=node.now() - 1)),
            borrowers={},
            product_id=0,
        )
        for member in cast:
            path = folder / f"borrower-{member.number}.zkc"
            wallet = stack.enter_context(Wallet.create(path, PASSWORD, cost=cost))
            sender = TransactionSender(node, Signer(wallet.evm_key()), Outbox(None))
            world.borrowers[member.number] = Borrower(member, wallet, sender)
        yield world


def endow(world: World, numbers: list[int]) -> int:
    """Give lenders capital, and those who may borrow their month's free income and gas.

    Returns:
        The money that was made, in minor units.
    """
    for lender in world.lenders:
        world.token.mint(lender.address, _CAPITAL, by=world.operator)
        world.token.approve(world.system.market.address, _CAPITAL, by=lender)
    for number in numbers:
        borrower = world.borrowers[number]
        record = borrower.applicant.record
        free = record.monthly_income - record.monthly_expenses - record.monthly_debt_service
        world.give_gas(borrower.sender)
        world.token.mint(borrower.address, free, by=world.operator)
    return world.token.total_supply()


def publish_product(world: World) -> None:
    """Let the first lender publish the product."""
    state = world.system.market.create_product(product(world.token.address), by=world.lenders[0])
    world.product_id = state.product_id
