"""The ledger story's stage: an embedded chain, a ledger with a market, three issuers, wallets."""

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
    deploy_ledger_system,
    deploy_test_token,
)
from zkcredit.circuits import get_circuit
from zkcredit.demo.ledger.cast import CURRENCY, Institution, ledger_product
from zkcredit.demo.stage import PASSWORD, Stage
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import DAY
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import CreditLedgerClient
    from zkcredit.demo.ledger.cast import Household
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.ledger import LedgerAccount, LedgerEntry
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["PASSWORD", "Desk", "LedgerWorld", "Member", "open_ledger_world"]

_LENDERS: Final = 2
_CAPITAL: Final = 200_000_000_00
_SAVINGS: Final = 3_000_000_00  # the same for everybody: what somebody has left would tell of them


@dataclass
class Desk:
    """An issuer: its books, and the account that it posts from."""

    book: Issuer
    sender: TransactionSender


@dataclass
class Member:
    """A borrower with a wallet and an account of their own."""

    household: Household
    wallet: Wallet
    sender: TransactionSender

    @property
    def name(self) -> str:
        """As in the cast."""
        return self.household.name

    @property
    def address(self) -> str:
        """The account that applies, is paid and repays."""
        return self.sender.address


@dataclass(kw_only=True)
class LedgerWorld(Stage):
    """Everything that the story moves.

    Attributes:
        ledger: the ledger's client.
        desks: the issuers.
        members: by the number of their row.
        files: closes what is opened later.
        folder: where files are.
        entries: how many were made so far.
    """

    ledger: CreditLedgerClient
    desks: dict[Institution, Desk]
    members: dict[int, Member]
    files: ExitStack
    folder: Path
    entries: int = 0

    def next_epoch(self) -> None:
        """Wait until the next epoch has begun."""
        self.node.advance(DAY - self.now() % DAY + 1)

    def enter(self, member: Member, institution: Institution, entry: LedgerEntry) -> None:
        """Let an issuer make or replace its entry about somebody."""
        desk = self.desks[institution]
        sealed = desk.book.ledger.seal(
            entry,
            person=member.name,
            to=member.wallet.ledger.card(desk.sender.address),
            address=desk.sender.address,
        )
        self.ledger.post(sealed, by=desk.sender)
        self.entries += 1

    def look(self, member: Member) -> tuple[LedgerAccount, Ciphertext]:
        """Let a wallet read its account from the chain; with the total that counts now."""
        posted, state, epoch = self.ledger.read(member.wallet.ledger.key)
        return member.wallet.ledger.read(posted, epoch=epoch), state.in_effect(epoch)

    def request(self, member: Member, borrower: str | None = None) -> LoanRequest:
        """Return what the market demands of this borrower now."""
        return self.market.request(
            self.product_id,
            member.household.principal,
            borrower or member.address,
            account=member.wallet.ledger.key,
        )

    def prove(self, member: Member, request: LoanRequest) -> Presentation:
        """Let the wallet answer the request. Raises as ``Wallet.prove``."""
        account, _ = self.look(member)
        presentation = member.wallet.prove(request, account, proving_key=self.proving_key)
        self.proofs += 1
        return presentation

    def balances(self) -> dict[str, int]:
        """Tokens by party."""
        return self.balances_of({member.name: member.address for member in self.members.values()})

    def endow_members(self, members: list[Member]) -> int:
        """Give lenders capital, and borrowers gas and equal savings; returns all money there is."""
        return self.endow(_CAPITAL, {member.sender: _SAVINGS for member in members})


@contextmanager
def open_ledger_world(cast: list[Household]) -> Iterator[LedgerWorld]:
    """Build everything in memory and in a private folder, and clear it away at the end.

    Raises:
        NodeUnavailable: if the extra ``zkcredit[tester]`` is not installed.
    """
    with ExitStack() as stack:
        # The key is a dev key, which the story says; said once is enough.
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="zkcredit-demo-")))
        node = stack.enter_context(EmbeddedNode(accounts=1 + _LENDERS + len(Institution)))
        operator, *others = (TransactionSender(node, s, Outbox(None)) for s in node.accounts)
        lenders, posters = others[:_LENDERS], others[_LENDERS:]
        key = load_or_create_dev_key(get_circuit("ledger_eligibility"))
        system = deploy_ledger_system(
            node, key.verifying_key, currency=CURRENCY.number, by=operator
        ).open(node, key.verifying_key)
        ledger = system.market.ledger
        token = deploy_test_token(node, "Test Rupiah", "TIDR", CURRENCY.exponent, by=operator)
        system.market.set_token_allowed(token.address, True, by=operator)

        cost = KdfCost.light_unsafe()  # nothing here outlives the minute
        desks = {}
        for institution, sender in zip(Institution, posters, strict=True):
            path = folder / f"{institution.name.lower()}.zkc"
            book = stack.enter_context(Issuer.create(path, PASSWORD, cost=cost))
            ledger.accept_issuer(sender.address, by=operator)
            desks[institution] = Desk(book, sender)
        world = LedgerWorld(
            node=node,
            ledger=ledger,
            market=system.market,
            token=token,
            proving_key=key,
            operator=operator,
            lenders=lenders,
            desks=desks,
            members={},
            files=stack,
            folder=folder,
        )
        for household in cast:
            path = folder / f"borrower-{household.number}.zkc"
            wallet = stack.enter_context(Wallet.create(path, PASSWORD, cost=cost))
            sender = TransactionSender(node, Signer(wallet.evm_key()), Outbox(None))
            world.members[household.number] = Member(household, wallet, sender)
        offered = ledger_product(token.address)
        world.product_id = world.market.create_product(offered, by=lenders[0]).product_id
        yield world
