"""With every issuer's process ended and its files deleted, wallet and market run a whole loan."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.chain.loan_world import TABLE, World
from support.chain.market_world import DAY, POLICY
from support.protocol.nouns import PASSWORD

from zkcredit.chain import Outbox, RevmNode, TransactionSender
from zkcredit.chain.deploying import deploy_system
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.circuits import get_circuit
from zkcredit.errors import UnknownIssuer
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.request import LoanRequest

ISSUING = """
import sys
from pathlib import Path
from support.protocol.nouns import PASSWORD, record
from zkcredit.envelope import HolderCard
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost

own, given, now = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with Issuer.create(own / "issuer", PASSWORD, cost=KdfCost.light_unsafe()) as issuer:
    card = HolderCard.from_json((given / "card.json").read_text())
    sealed = issuer.issue(record(), person=sys.argv[4], to=card, now=now)
    (given / f"{sys.argv[4]}.envelope.json").write_text(sealed.to_json())
    (given / f"{sys.argv[4]}.list.json").write_text(issuer.publish(now=now).to_json())
"""
ISSUERS = ("bureau", "cooperative")


class Issued(World):
    """A market whose issuers are gone: what they gave is in one folder, and they are in none."""

    def __init__(self, node: RevmNode, key: ProvingKey, folder: Path) -> None:
        self.key = key
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        super().__init__(node, deploy_system(node, key.verifying_key, by=operator))
        self.given = folder / "given"
        self.given.mkdir()
        self.wallet = Wallet.create(folder / "wallet", PASSWORD, cost=KdfCost.light_unsafe())
        (self.given / "card.json").write_text(self.wallet.card.to_json())
        self.issuers = [folder / name for name in ISSUERS]
        for issuer in self.issuers:
            issuer.mkdir()
            now = str(node.now() - 100)
            subprocess.run(
                [sys.executable, "-c", ISSUING, issuer, self.given, now, issuer.name],
                check=True, env={"PYTHONPATH": ":".join(filter(None, sys.path))},
            )  # fmt: skip
            shutil.rmtree(issuer)
        self.credentials = [
            self.wallet.receive((self.given / f"{name}.envelope.json").read_text())
            for name in ISSUERS
        ]
        lists = [
            RevocationList.from_json((self.given / f"{name}.list.json").read_text())
            for name in ISSUERS
        ]
        self.snapshot = RegistrySnapshot.of(*lists)
        self.registry.post(
            self.snapshot.root, self.snapshot.data_hash, "test:registry", by=self.operator
        )

    def applied(self, request: LoanRequest, credential: str) -> LoanState:
        """The borrower's application, by a proof from a credential."""
        shown = self.wallet.prove(request, credential, registry=self.snapshot, proving_key=self.key)
        return self.market.apply(request, shown, by=self.borrower)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Issued]:
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with RevmNode() as node:
        made = Issued(node, key, tmp_path)
        yield made
        made.wallet.close()


@pytest.mark.slow
def test_loans_of_credentials_whose_issuers_are_gone_run_to_their_end(world: Issued) -> None:
    product = world.offer(policy=POLICY)
    before = world.money()
    for credential in world.credentials:
        assert not any(issuer.exists() for issuer in world.issuers)
        request = world.market.request(product.address, 100_000, world.borrower.address)
        loan = world.applied(request, credential)
        world.market.fund(loan, 100_000, by=world.lender)
        world.market.draw(loan, by=world.borrower)
        for amount in TABLE.schedule(100_000).amounts:
            world.node.advance(10 * DAY)
            world.market.repay(loan, amount, by=world.borrower)
        assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
        world.market.withdraw(loan.loan_id, by=world.lender)
    after = world.money()
    assert after["market"] == 0
    assert after["lender"] > before["lender"]
    assert sum(after.values()) == sum(before.values())
    assert len(world.wallet.consents()) == 2


@pytest.mark.slow
def test_a_registry_that_removes_the_issuer_ends_what_the_issuer_s_absence_did_not(
    world: Issued,
) -> None:
    product = world.offer(policy=POLICY)
    listed = RevocationList.from_json((world.given / "cooperative.list.json").read_text())
    world.snapshot = RegistrySnapshot.of(listed)
    world.registry.post(
        world.snapshot.root, world.snapshot.data_hash, "test:registry", by=world.operator
    )
    request = world.market.request(product.address, 100_000, world.borrower.address)
    with pytest.raises(UnknownIssuer):
        world.applied(request, world.credentials[0])
    assert world.applied(request, world.credentials[1]).status is LoanStatus.REQUESTED
