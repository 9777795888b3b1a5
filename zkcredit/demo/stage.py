"""What every story uses: a chain in this process, an operator, lenders, a token.

``empty_stage`` gives the chain and the folder in which a story builds its ``Stage``.
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from zkcredit.chain import (
    EmbeddedNode,
    LoanStatus,
    Outbox,
    Signer,
    TransactionSender,
    deploy_test_token,
    fastest_chain,
)
from zkcredit.chain.sending.transactions import Call
from zkcredit.demo.failure import StoryFailed
from zkcredit.groth16 import UnsafeKeyWarning
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import DAY
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zkcredit.chain import EmbeddedChain, TokenClient
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.groth16 import ProvingKey
    from zkcredit.ledger import LedgerAccount
    from zkcredit.presentation import Presentation
    from zkcredit.record import CreditRecord
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.request import LoanRequest
    from zkcredit.units import Currency

__all__ = ["COST", "PASSWORD", "EmptyStage", "Party", "Stage", "empty_stage"]

_GAS_MONEY: Final = 10**18  # wei, so that a new account can pay for its transactions
_GAS: Final = 1_000_000

# The password of files that exist for a minute in a private folder.
PASSWORD: Final = "demonstration"  # noqa: S105 - opens only this run's temporary files
COST: Final = KdfCost.light_unsafe()  # these files exist for a minute only


@dataclass
class Party:
    """A borrower: a wallet, and an account of their own."""

    wallet: Wallet
    sender: TransactionSender

    @property
    def address(self) -> str:
        """The account that applies, is paid and repays."""
        return self.sender.address

    def certified(
        self, issuer: Issuer, record: CreditRecord, name: str, *, days: int, now: int
    ) -> str:
        """Let an issuer sign a record for this wallet, and return the credential's id.

        Args:
            issuer: who signs.
            record: the attributes.
            name: what the issuer calls the person.
            days: how long the credential is valid.
            now: Unix seconds.
        """
        envelope = issuer.issue(
            record, person=name, to=self.wallet.card, valid_for=days * DAY, now=now
        )
        return self.wallet.receive(envelope)


@dataclass
class EmptyStage:
    """The chain and the folder in which a story builds its stage.

    Attributes:
        files: closes at the end what the story opens.
        folder: a private folder, removed at the end.
        node: a chain in this process.
        accounts: accounts with gas money; the first one is the operator's.
    """

    files: ExitStack
    folder: Path
    node: EmbeddedChain
    accounts: list[TransactionSender]

    def issuer(self, name: str = "issuer") -> Issuer:
        """Make an issuer's file."""
        made = Issuer.create(self.folder / f"{name}.zkc", PASSWORD, cost=COST)
        return self.files.enter_context(made)

    def party(self, number: int) -> Party:
        """Make a wallet and its account, without money."""
        made = Wallet.create(self.folder / f"borrower-{number}.zkc", PASSWORD, cost=COST)
        wallet = self.files.enter_context(made)
        return Party(wallet, TransactionSender(self.node, Signer(wallet.evm_key()), Outbox(None)))

    def money(self, market: LoanMarketClient, name: str, currency: Currency) -> TokenClient:
        """Deploy a token of a currency, and let a market take it."""
        operator, symbol = self.accounts[0], f"T{currency.code}"
        token = deploy_test_token(self.node, name, symbol, currency.exponent, by=operator)
        market.set_token_allowed(token.address, True, by=operator)
        return token


@contextmanager
def empty_stage(accounts: int, *, block_hashes: bool = False) -> Iterator[EmptyStage]:
    """Open a chain with a number of accounts and a private folder; remove both at the end.

    Args:
        accounts: number of accounts.
        block_hashes: whether contracts read the hashes of blocks, which revm does not give them.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with ExitStack() as files:
        # The story says once that the key is a dev key; warnings need not repeat it.
        files.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        folder = Path(files.enter_context(TemporaryDirectory(prefix="zkcredit-demo-")))
        chain: EmbeddedChain = (
            EmbeddedNode(accounts=accounts) if block_hashes else fastest_chain(accounts=accounts)
        )
        node = files.enter_context(chain)
        senders = [TransactionSender(node, signer, Outbox(None)) for signer in node.accounts]
        yield EmptyStage(files, folder, node, senders)


@dataclass(kw_only=True)
class Stage:
    """What a story uses, for any statement.

    Attributes:
        node: the chain.
        market: the market at which borrowers apply.
        token: the money, in cents.
        proving_key: the key of the story's statement.
        operator: deploys, allows the token, posts registry roots, names issuers.
        lenders: fund loans.
        product: address of the product at the market.
        proofs: number of proofs made so far.
    """

    node: EmbeddedChain
    market: LoanMarketClient
    token: TokenClient
    proving_key: ProvingKey
    operator: TransactionSender
    lenders: list[TransactionSender]
    product: str = ""
    proofs: int = 0

    def now(self) -> int:
        """Return the chain's time."""
        return self.node.now()

    def until(self, day: int, since: int) -> None:
        """Let time pass until a number of days after a time."""
        self.node.advance(since + day * DAY - self.now())

    def post_registry(self, registry: RegistrySnapshot, *markets: LoanMarketClient) -> None:
        """Let the operator post a registry's root at each market's registry."""
        for market in markets:
            market.registry.post(
                registry.root, registry.data_hash, "demo:registry", by=self.operator
            )

    def give_gas(self, account: TransactionSender) -> TransactionSender:
        """Give an account the gas money for its transactions."""
        self.operator.send(Call(account.address, b"", 21_000, _GAS_MONEY))
        return account

    def stranger(self) -> TransactionSender:
        """Return a new account that belongs to nobody in the cast."""
        return self.give_gas(TransactionSender(self.node, Signer.generate(), Outbox(None)))

    def answer(
        self,
        party: Party,
        request: LoanRequest,
        source: str | LedgerAccount,
        registry: RegistrySnapshot | None = None,
    ) -> Presentation:
        """Let a wallet answer a request."""
        presentation = party.wallet.prove(
            request, source, registry=registry, proving_key=self.proving_key
        )
        self.proofs += 1
        return presentation

    def fund(self, loan: LoanState, at: LoanMarketClient | None = None) -> LoanState:
        """Let the lenders fund an application in equal parts, and the borrower's account be paid.

        Args:
            loan: the application.
            at: its market; the story's own by default.

        Raises:
            StoryFailed: if the loan was not released.
        """
        market = at or self.market
        part = loan.principal // len(self.lenders)
        for lender in self.lenders[:-1]:
            market.fund(loan, part, by=lender)
        market.fund(loan, loan.principal, by=self.lenders[-1])
        # anybody may have the money sent to the borrower's own account
        market.draw(loan, by=self.operator)
        released = market.loan(loan.loan_id)
        if released.status is not LoanStatus.ACTIVE:
            raise StoryFailed(f"loan {loan.loan_id} was funded and not released")
        return released

    def endow(self, capital: int, gifts: Mapping[TransactionSender, int]) -> int:
        """Give each lender capital, and each borrower gas and their own sum.

        Returns:
            The sum of all money, in minor currency units.
        """
        for lender in self.lenders:
            self.token.mint(lender.address, capital, by=self.operator)
            self.token.approve(self.market.address, capital, by=lender)
        for account, gift in gifts.items():
            self.give_gas(account)
            self.token.mint(account.address, gift, by=self.operator)
        return self.token.total_supply()

    def balances_of(self, borrowers: Mapping[str, str]) -> dict[str, int]:
        """Return the tokens of the market, the lenders, and borrowers (name to address)."""
        places = {"market": self.market.address}
        places |= {f"lender {i}": lender.address for i, lender in enumerate(self.lenders, start=1)}
        places |= borrowers
        units = self.token.balances_of(list(places.values()))
        return dict(zip(places, units, strict=True))

    def send_unchecked(
        self, request: LoanRequest, presentation: Presentation, by: TransactionSender
    ) -> object:
        """Apply like an attacker, without the client's own checks."""
        words = tuple(presentation.proof.to_words())
        evidence = (
            words,
            request.registry_root,
            presentation.pseudonym,
            request.policy.now,
            request.deadline,
            b"",
        )
        data = self.market.abi.encode(
            "applyForLoan",
            request.product_address,
            request.principal,
            request.purpose_code,
            evidence,
        )
        return by.send(Call(self.market.address, data, _GAS))
