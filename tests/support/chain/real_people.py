"""A market with the real verifier, an issuer and wallets: every proof is a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.chain.loan_world import World
from support.protocol.nouns import record

from zkcredit.chain.deploying import deploy_system
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.issuer import Issuer
from zkcredit.registry import RegistrySnapshot
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.deploying import DeploymentOptions
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

PASSWORD = "correct horse battery staple"


class RealWorld(World):
    """As `World`, with one issuer and a wallet for the borrower and one for the stranger."""

    def __init__(self, node: LocalNode, key: ProvingKey, folder: Path) -> None:
        self.key = key
        self._answers: dict[LoanRequest, Presentation] = {}
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        options = self.options(operator)
        super().__init__(node, deploy_system(node, key.verifying_key, by=operator, **options))
        cost = KdfCost.light_unsafe()
        self.issuer = Issuer.create(folder / "issuer", PASSWORD, cost=cost)
        self.wallet = Wallet.create(folder / "wallet", PASSWORD, cost=cost)
        self.other_wallet = Wallet.create(folder / "other", PASSWORD, cost=cost)
        self.credential = self.issue(self.wallet, "Ada")
        self.other_credential = self.issue(self.other_wallet, "Ben")
        self.snapshot = RegistrySnapshot.of(self.issuer.publish(now=node.now()))
        self.publish()

    def options(self, operator: TransactionSender) -> DeploymentOptions:
        """What the deployment is given besides."""
        return {}

    def close(self) -> None:
        """Close the files."""
        for holder in (self.issuer, self.wallet, self.other_wallet):
            holder.close()

    def issue(self, wallet: Wallet, person: str, **changes: int) -> str:
        """An ordinary credential with some attributes changed, in the wallet."""
        envelope = self.issuer.issue(
            record(**changes), person=person, to=wallet.card, now=self.node.now() - 100
        )
        return wallet.receive(envelope)

    def publish(self) -> None:
        """Post the registry's root."""
        self.registry.post(
            self.snapshot.root, self.snapshot.data_hash, "test:registry", by=self.operator
        )

    def present(self, request: LoanRequest, nullifier: int = 0) -> Presentation:
        """The borrower's wallet answers; once, where several tests ask the same."""
        if request not in self._answers:
            self._answers[request] = self.wallet.prove(
                request, self.credential, registry=self.snapshot, proving_key=self.key
            )
        return self._answers[request]
