"""A market whose borrowers seal their reference to arbiters: every proof is a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.chain.loan_world import MONTH, PRODUCT, World
from support.chain.market_world import DAY
from support.escrow.arbiter_case import GROUP, KEYS, SHARES
from support.protocol.nouns import record

from zkcredit.chain.deploying import deploy_system
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.escrow import DefaultEvidence, SeenDefault, partial_opening
from zkcredit.issuer import Issuer
from zkcredit.registry import RegistrySnapshot
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.contracts.gates import EscrowGateClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.escrow import PartialOpening
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

PASSWORD = "correct horse battery staple"
REFERENCE = 20_261_123


class EscrowWorld(World):
    """As `World`, with an escrow gate, one issuer, a wallet, and three of five arbiters."""

    def __init__(self, node: LocalNode, key: ProvingKey, folder: Path) -> None:
        self.key = key
        self._answers: dict[LoanRequest, Presentation] = {}
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        super().__init__(
            node, deploy_system(node, key.verifying_key, by=operator, arbiters=GROUP.key)
        )
        self.gate: EscrowGateClient = self.market.escrow
        cost = KdfCost.light_unsafe()
        self.issuer = Issuer.create(folder / "issuer", PASSWORD, cost=cost)
        self.wallet = Wallet.create(folder / "wallet", PASSWORD, cost=cost)
        envelope = self.issuer.issue(
            record(subject_ref=REFERENCE), person="Ada", to=self.wallet.card, now=node.now() - 100
        )
        self.credential = self.wallet.receive(envelope)
        self.snapshot = RegistrySnapshot.of(self.issuer.publish(now=node.now()))
        self.registry.post(self.snapshot.root, self.snapshot.data_hash, "test", by=self.operator)
        self.product = self.offer()

    def close(self) -> None:
        """Close the files."""
        self.issuer.close()
        self.wallet.close()

    def request(self) -> LoanRequest:
        """What the borrower must prove for an ordinary loan."""
        return self.market.request(
            self.product.address, 100_000, self.borrower.address, arbiters=GROUP
        )

    def present(self, request: LoanRequest, nullifier: int = 0) -> Presentation:
        """The borrower's wallet answers; once, where several tests ask the same."""
        if request not in self._answers:
            self._answers[request] = self.wallet.prove(
                request, self.credential, registry=self.snapshot, proving_key=self.key
            )
        return self._answers[request]

    def apply(self) -> LoanState:
        """The borrower's application, accepted."""
        request = self.request()
        return self.market.apply(request, self.present(request), by=self.borrower)

    def running(self) -> int:
        """A loan that is paid out."""
        loan = self.apply()
        self.market.fund(loan, loan.principal, by=self.lender)
        return loan.loan_id

    def defaulted(self) -> int:
        """A loan that was never repaid."""
        loan_id = self.running()
        loan = self.market.loan(loan_id)
        self.market.draw(loan, by=self.borrower)
        self.node.advance(MONTH + PRODUCT.default_after + DAY)
        self.market.mark_default(loan, by=self.second)
        return loan_id

    def invented(self, loan_id: int) -> DefaultEvidence:
        """What an arbiter tells its own tool who opens a loan that is not in default."""
        escrow, block = self.gate.escrowed_of(self.market.address, loan_id), self.head()
        return DefaultEvidence(
            SeenDefault(self.node.chain_id, self.market.address, loan_id, *block),
            True,
            escrow.context,
            escrow.escrowed,
            GROUP.key,
        )

    def rogue(self, arbiter: int, loan_id: int) -> PartialOpening:
        """The part of an arbiter who opens without a default; the chain goes on after its block."""
        part = self.open_partially(arbiter, self.invented(loan_id))
        self.node.advance(1)
        return part

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the latest block."""
        number = self.node.block_number()
        found = self.node.block_hash(number)
        assert found is not None
        return number, found

    def open_partially(self, arbiter: int, evidence: DefaultEvidence) -> PartialOpening:
        """An honest arbiter's part."""
        sealed, context = evidence.escrowed, evidence.context
        return partial_opening(
            GROUP,
            arbiter,
            SHARES[arbiter],
            sealed,
            context=context,
            evidence=evidence,
            account_key=KEYS[arbiter],
        )
