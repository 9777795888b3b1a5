"""A credit ledger with three issuers, a market on it, and a borrower who proves in earnest."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.chain.loan_world import PRODUCT
from support.chain.market_world import POLICY, UNIT
from support.ledger.proved_entries import entry_key, proved_entry

from zkcredit.chain.deploying import deploy_ledger_system, deploy_test_token
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.circuits import get_circuit
from zkcredit.circuits.ledger_eligibility import LedgerWitness
from zkcredit.gadgets.elgamal import AccountKey, encrypt, fresh_randomness, sum_entries
from zkcredit.groth16 import prove
from zkcredit.presentation import Presentation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.contracts.events import EntryAdded
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.ledger import ProvedEntry
    from zkcredit.request import LoanRequest

DAY = 86_400
# score points, income, expenses, debt service, delinquencies
SALARY = (0, 300_000, 0, 0, 0)
ACCOUNT = (650, 0, 100_000, 30_000, 1)
AIRTIME = (50, 20_000, 10_000, 0, 0)
HIDDEN_DEBT = (0, 0, 0, 260_000, 0)
JUDGED = replace(POLICY, currency=0)


class LedgerWorld:
    """Operator, borrower, lender, employer, bank, carrier and a stranger."""

    def __init__(self, node: LocalNode, key: ProvingKey) -> None:
        self.node = node
        self.key = key
        self.new_senders()
        self.account = AccountKey(b"the borrower's account at e2e...")
        self.entry_key = entry_key()
        self.deployment = deploy_ledger_system(
            node,
            key.verifying_key,
            self.entry_key.verifying_key,
            currency=978,
            by=self.operator,
            epoch_length=DAY,
        )
        system = self.deployment.open(node, key.verifying_key)
        self.market, self.ledger = system.market, system.ledger
        for issuer in (self.employer, self.bank, self.carrier):
            self.ledger.accept_issuer(issuer.address, by=self.operator)
        self.token = deploy_test_token(node, by=self.operator)
        self.market.set_token_allowed(self.token.address, True, by=self.operator)
        self.token.mint(self.lender.address, 1_000_000 * UNIT, by=self.operator)
        self.token.approve(self.market.address, 10**30, by=self.lender)
        product = replace(PRODUCT, policy=JUDGED, token=self.token.address)
        self.product = system.book.publish(product, by=self.lender)

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""
        people = [TransactionSender(self.node, who, Outbox(None)) for who in self.node.accounts[:7]]
        self.operator, self.borrower, self.lender, *issuers, self.stranger = people
        self.employer, self.bank, self.carrier = issuers

    def next_epoch(self) -> None:
        """Wait until the next epoch has begun."""
        self.node.advance(DAY - self.node.now() % DAY + 1)

    def encrypted(self, amounts: Sequence[int]) -> Ciphertext:
        """An entry for the borrower."""
        return encrypt(self.account.public, amounts, fresh_randomness())

    def proved(
        self,
        issuer: str,
        amounts: Sequence[int],
        *,
        randomness: int | None = None,
        later: int = 0,
    ) -> ProvedEntry:
        """An issuer's next entry but `later`; the envelope is nobody's concern here."""
        key = self.account.public
        place = self.ledger.place(key, issuer)
        place = replace(place, count=place.count + later)
        return proved_entry(key, issuer, amounts, place, randomness=randomness)

    def enter(self, issuer: TransactionSender, amounts: Sequence[int]) -> EntryAdded:
        """Let an issuer make its entry."""
        return self.ledger.post(self.proved(issuer.address, amounts), by=issuer)

    def send_entry(
        self, proved: ProvedEntry, by: TransactionSender, ciphertext: Ciphertext | None = None
    ) -> Any:
        """Enter like an attacker, without the client's checks, perhaps another ciphertext."""
        sealed = proved.sealed
        held = sealed.ciphertext if ciphertext is None else ciphertext
        words = tuple(proved.proof.to_words())
        submission = (sealed.account, sealed.issuer, held, words, sealed.envelope)
        data = self.ledger.abi.encode("addEntry", submission)
        return by.send(Call(self.ledger.address, data, 1_000_000))

    def request(self, **changes: Any) -> LoanRequest:
        """What the borrower must prove for an ordinary loan."""
        arguments: dict[str, Any] = {
            "product_address": self.product.address,
            "principal": 100_000,
            "borrower": self.borrower.address,
            "account": self.account.public,
        }
        return self.market.request(**(arguments | changes))

    def prove(
        self,
        request: LoanRequest,
        entries: Sequence[Sequence[int]],
        ciphertext: Ciphertext | None = None,
    ) -> Presentation:
        """A real proof about the request's total, or another one that holds the entries."""
        circuit = get_circuit("ledger_eligibility")
        held = request.total if ciphertext is None else ciphertext
        assert held is not None
        witness = LedgerWitness(key=self.account, ciphertext=held, slots=sum_entries(entries))
        inputs = witness.inputs(policy=request.policy.pack(), context=request.context)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the dev key's
            proof = prove(self.key, circuit.witness(inputs), system=circuit.system)
        public = tuple(int(inputs[name]) for name in circuit.public_names)  # type: ignore[arg-type]
        return Presentation("ledger_eligibility", public, proof)
