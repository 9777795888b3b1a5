"""The world of the ledger story: an embedded chain, a ledger and its market, issuers, wallets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit.chain.deploying import deploy_ledger_system
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.demo.ledger.cast import CURRENCY, Institution, ledger_product
from zkcredit.demo.stage import Party, Stage, empty_stage
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from zkcredit.chain import CreditLedgerClient, TransactionSender
    from zkcredit.demo.ledger.cast import Household
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.groth16 import ProvingKey
    from zkcredit.issuer import Issuer
    from zkcredit.ledger import LedgerAccount, LedgerEntry, ProvedEntry
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["Desk", "LedgerWorld", "Member", "open_ledger_world"]

_LENDERS: Final = 2
_GAS: Final = 1_000_000
_CAPITAL: Final = 200_000_000_00
_SAVINGS: Final = 3_000_000_00  # the same for everybody, so that a balance reveals nothing


@dataclass
class Desk:
    """An issuer: its records, and the account that it posts from."""

    book: Issuer
    sender: TransactionSender


@dataclass
class Member(Party):
    """A borrower with a wallet and an account of their own."""

    household: Household

    @property
    def name(self) -> str:
        """The household's name in the story."""
        return self.household.name


@dataclass(kw_only=True)
class LedgerWorld(Stage):
    """Everything that the story uses.

    Attributes:
        ledger: the ledger's client.
        entry_key: the key under which issuers prove their entries.
        desks: the issuers.
        members: the borrowers by the number of their row.
        files: closes files that the story opens later.
        folder: the folder of all files.
        entries: number of entries made so far.
    """

    ledger: CreditLedgerClient
    entry_key: ProvingKey
    desks: dict[Institution, Desk]
    members: dict[int, Member]
    files: ExitStack
    folder: Path
    entries: int = 0

    def next_epoch(self) -> None:
        """Wait until the next epoch has begun."""
        self.node.advance(DAY - self.now() % DAY + 1)

    def prepared(self, member: Member, institution: Institution, entry: LedgerEntry) -> ProvedEntry:
        """Let an issuer make and prove its next entry about a borrower."""
        desk = self.desks[institution]
        return desk.book.ledger.seal(
            entry,
            person=member.name,
            to=member.wallet.ledger.card(desk.sender.address),
            address=desk.sender.address,
            at=self.ledger.place(member.wallet.ledger.key, desk.sender.address),
            proving_key=self.entry_key,
        )

    def enter(self, member: Member, institution: Institution, entry: LedgerEntry) -> None:
        """Let an issuer make or replace its entry about a borrower."""
        self.post(institution, [self.prepared(member, institution, entry)])

    def post(self, institution: Institution, proved: list[ProvedEntry]) -> None:
        """Let an issuer post entries in one transaction."""
        self.ledger.post_many(proved, by=self.desks[institution].sender)
        self.entries += len(proved)

    def send_entry(
        self, proved: ProvedEntry, ciphertext: Ciphertext, by: TransactionSender
    ) -> object:
        """Enter a ciphertext with the proof of an entry like an attacker, without any check."""
        sealed, words = proved.sealed, tuple(proved.proof.to_words())
        submission = (sealed.account, sealed.issuer, ciphertext, words, sealed.envelope)
        data = self.ledger.abi.encode("addEntry", submission)
        return by.send(Call(self.ledger.address, data, _GAS))

    def look(self, member: Member) -> tuple[LedgerAccount, Ciphertext]:
        """Let a wallet read its account from the chain; return it with the total in effect."""
        posted, state, epoch = self.ledger.read(member.wallet.ledger.key)
        return member.wallet.ledger.read(posted, epoch=epoch), state.in_effect(epoch)

    def request(self, member: Member, borrower: str | None = None) -> LoanRequest:
        """Return the market's present request to this borrower."""
        return self.market.request(
            self.product,
            member.household.principal,
            borrower or member.address,
            account=member.wallet.ledger.key,
        )

    def prove(self, member: Member, request: LoanRequest) -> Presentation:
        """Let the wallet answer the request."""
        return self.answer(member, request, self.look(member)[0])

    def balances(self) -> dict[str, int]:
        """Return the tokens of each party."""
        return self.balances_of({member.name: member.address for member in self.members.values()})

    def endow_members(self, members: list[Member]) -> int:
        """Give lenders capital, and borrowers gas and equal savings; return the sum."""
        return self.endow(_CAPITAL, {member.sender: _SAVINGS for member in members})


@contextmanager
def open_ledger_world(cast: list[Household]) -> Iterator[LedgerWorld]:
    """Build everything in memory and in a private folder, and remove it at the end.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    with empty_stage(1 + _LENDERS + len(Institution)) as stage:
        node, (operator, *others) = stage.node, stage.accounts
        lenders, posters = others[:_LENDERS], others[_LENDERS:]
        key, entry_key = (
            load_or_create_dev_key(get_circuit(name))
            for name in ("ledger_eligibility", "ledger_entry")
        )
        system = deploy_ledger_system(
            node,
            key.verifying_key,
            entry_key.verifying_key,
            currency=CURRENCY.number,
            by=operator,
        ).open(node, key.verifying_key)
        ledger = system.market.ledger
        token = stage.money(system.market, "Test Rupiah", CURRENCY)

        desks = {}
        for institution, sender in zip(Institution, posters, strict=True):
            ledger.accept_issuer(sender.address, by=operator)
            desks[institution] = Desk(stage.issuer(institution.name.lower()), sender)
        world = LedgerWorld(
            node=node,
            ledger=ledger,
            market=system.market,
            token=token,
            proving_key=key,
            entry_key=entry_key,
            operator=operator,
            lenders=lenders,
            desks=desks,
            members={},
            files=stage.files,
            folder=stage.folder,
        )
        for household in cast:
            party = stage.party(household.number)
            world.members[household.number] = Member(party.wallet, party.sender, household)
        offered = ledger_product(token.address)
        world.product = world.market.book.publish(offered, by=lenders[0]).address
        yield world
