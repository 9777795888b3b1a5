"""A holder deletes the wallet while a loan runs: everybody else goes on, and no value is left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support.chain.loan_world import TABLE
from support.chain.market_world import POLICY
from support.chain.real_people import RealWorld
from support.protocol.nouns import PASSWORD, record

from zkcredit.chain import Outbox, RevmNode, TransactionSender
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.circuits import get_circuit
from zkcredit.demo.plaintext_scan import written
from zkcredit.errors import WalletError
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.presentation import verify
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import ProofRequest, RequestBook
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkcredit.wallet import Wallet

VALUES = {
    "monthly_income": 4_123_456_789,
    "monthly_expenses": 1_987_654_323,
    "monthly_debt_service": 387_654_321,
    "subject_ref": 15_241_578_753_238_836_750,
}
"""What the issuer said about the holder, in numbers that occur nowhere by chance."""


class Held(RealWorld):
    """As `RealWorld`, with distinctive values for the one whose wallet goes."""

    def issue(self, wallet: Wallet, person: str) -> str:
        """A credential with the distinctive values for Ada, an ordinary one for Ben."""
        said = record(**VALUES) if person == "Ada" else record()
        envelope = self.issuer.issue(said, person=person, to=wallet.card, now=self.node.now() - 100)
        return wallet.receive(envelope)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Held]:
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with RevmNode() as node:
        made = Held(node, key, tmp_path)
        made.product = made.offer(policy=POLICY)  # type: ignore[attr-defined]
        yield made
        made.close()


def values_of(wallet: Wallet) -> set[bytes]:
    """Every form of what only the holder has: the secrets, and what the issuer said."""
    seed = wallet._seed
    secrets = [seed.entropy, seed.evm_key, seed.envelope_key.export_key(format="DER")[-32:]]
    numbers = [seed.holder_secret, seed.ledger_key, seed.account_key.scalar, *VALUES.values()]
    forms = {wallet.words(PASSWORD).encode()}
    for secret in secrets:
        forms |= {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for number in numbers:
        size = (number.bit_length() + 7) // 8
        forms |= {
            number.to_bytes(size, "big"),
            number.to_bytes(size, "little"),
            str(number).encode(),
            f"{number:x}".encode(),
            f"{number:X}".encode(),
        }
    assert min(map(len, forms)) >= 4
    return forms


def hits(folder: Path, forms: set[bytes]) -> set[str]:
    """The files that have a value, as they are or to whoever knows the password."""
    found = set()
    for path in filter(lambda one: one.is_file(), folder.rglob("*")):
        texts = [path.read_bytes(), *_decrypted(path)]
        if any(form in text for text in texts for form in forms):
            found.add(path.name)
    return found


def _decrypted(path: Path) -> list[bytes]:
    for purpose in ("wallet", "issuer"):
        with contextlib.suppress(WalletError), Vault.open(path, purpose, PASSWORD) as opened:  # type: ignore[arg-type]
            rows = opened._connection.execute("SELECT DISTINCT kind FROM records").fetchall()
            return [text for (kind,) in rows for _, text in opened.all(kind)]
    return []


def asked_by_a_verifier(world: Held) -> ProofRequest:
    now = world.node.now()
    return ProofRequest(
        verifier="the village shop", purpose="a bicycle", expires_at=now + 600, nonce=7,
        policy=POLICY.at(now), scope=99, registry_root=world.snapshot.root,
    )  # fmt: skip


@pytest.mark.slow
def test_everybody_else_goes_on_and_no_value_of_the_holder_is_left(
    world: Held, tmp_path: Path
) -> None:
    product = world.product.address  # type: ignore[attr-defined]
    asked = asked_by_a_verifier(world)
    shown = world.wallet.prove(
        asked,
        world.credential,
        registry=world.snapshot,
        proving_key=world.key,
        now=asked.policy.now,
    )
    request = world.market.request(product, 100_000, world.borrower.address)
    loan = world.market.apply(request, world.present(request), by=world.borrower)
    world.market.fund(loan, 100_000, by=world.lender)
    (tmp_path / "shown.json").write_text(shown.to_json())
    (tmp_path / "registry.json").write_text(world.snapshot.to_json())
    forms, theirs = values_of(world.wallet), world.issuer.issued("Ada")
    assert hits(tmp_path, forms) == {"wallet"}  # the scan finds them while they are there

    world.wallet.delete()
    assert hits(tmp_path, forms) == set()

    # the verifier's answer, the issuer's revocation and the registry
    with RequestBook.open(tmp_path / "book") as book:
        book.keep(asked)
        verify(shown, asked, world.key.verifying_key, book=book, now=asked.policy.now)
    world.issuer.revoke(theirs[0].revocation_id)
    listed = world.issuer.publish(now=world.node.now() + 1)
    assert listed.revoked == (theirs[0].revocation_id,)
    world.snapshot = RegistrySnapshot.of(listed)
    world.publish()
    # another borrower, from the same issuer
    second = TransactionSender(world.node, world.node.accounts[6], Outbox(None))
    request = world.market.request(product, 100_000, second.address)
    other = world.other_wallet.prove(
        request, world.other_credential, registry=world.snapshot, proving_key=world.key
    )
    theirs_now = world.market.apply(request, other, by=second)
    world.market.fund(theirs_now, 100_000, by=world.lender)
    assert world.market.loan(theirs_now.loan_id).status is LoanStatus.ACTIVE
    # the loan that the holder left: anybody pays, and the lender gets it
    world.token.approve(world.market.address, 10**30, by=world.second)
    for amount in TABLE.schedule(100_000).amounts:
        world.market.repay(loan, amount, by=world.second)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    before = world.money()["lender"]
    world.market.withdraw(1, by=world.lender)
    assert world.money()["lender"] > before

    assert hits(tmp_path, forms) == set()
    chain = [text for texts in written(world.node).values() for text in texts]
    assert not any(form in text for text in chain for form in forms)
