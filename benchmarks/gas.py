"""The gas of deployment, verification and all steps of a loan, on the embedded chain."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from measure import arguments, report

from zkcredit import (
    CreditRecord,
    Issuer,
    Policy,
    RegistrySnapshot,
    Wallet,
    unsafe_dev_key,
)
from zkcredit._internal import secp256k1
from zkcredit.chain import (
    CreditLedgerClient,
    EmbeddedNode,
    Outbox,
    TransactionSender,
    VerifierClient,
    default_evidence,
    deploy_ledger_system,
    deploy_opening_verifier,
    deploy_system,
    deploy_test_token,
    deploy_verifier,
)
from zkcredit.chain.contracts.openings import opening_words
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.escrow import ArbiterGroup, partial_opening
from zkcredit.escrow.polynomial import commit, evaluate
from zkcredit.escrow.signed import account_key
from zkcredit.gadgets.elgamal import AccountKey, encrypt, fresh_randomness
from zkcredit.groth16 import Proof, UnsafeKeyWarning, dev_setup, prove
from zkcredit.ledger import LedgerEntry, account_number, prove_entry
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.r1cs import Api, Inputs, compile_gadget
from zkcredit.units import DAY, parts_per_billion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkcredit.chain import LoanMarketClient, LoanState, LocalNode
    from zkcredit.groth16 import ProvingKey
    from zkcredit.ledger import LedgerAccount
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

PASSWORD = "of files that live for a minute"
RECORD = CreditRecord(
    score=700,
    monthly_income=300_000,
    monthly_expenses=120_000,
    monthly_debt_service=30_000,
    delinquencies_24m=0,
    history_months=36,
    currency=978,
)
PRINCIPAL = 120_000
BATCH = 64
ENVELOPE = bytes(range(1, 151)) * 2
MONTH = 30 * DAY
POLICY = Policy(600, 800, coverage_bps=12_500, max_dti_bps=4_000, currency=978)
OFFER = TableProduct(
    table=consumer(parts_per_billion("18"), months(12)),
    policy=POLICY,
    min_principal=10_000,
    max_principal=200_000,
    token="0x" + 39 * "0" + "1",
    currency=978,
    late_fee=500,
    late_fee_cap=6_000,
    holidays=2,
)
"""The product, before there is a token."""
STACK = "engine", "book", "bureau", "consents", "market", "lens", "relay", "membership"


class Meter:
    """Notes the gas of named transactions; on the embedded chain each is a block of its own."""

    def __init__(self, node: LocalNode) -> None:
        self._node = node
        self.used: dict[str, int] = {}

    @contextmanager
    def __call__(self, *names: str) -> Iterator[None]:
        """Expect one transaction for each name."""
        first = self._node.block_number() + 1
        yield
        blocks = range(first, self._node.block_number() + 1)
        for name, block in zip(names, blocks, strict=True):
            self.used[name] = int(self._node.w3.eth.get_block(block)["gasUsed"])


class Cast:
    """The people of the embedded chain: a borrower with a credential, and one who pays for all.

    Every proof is a real proof by the borrower's wallet.
    """

    def __init__(self, folder: Path, node: LocalNode) -> None:
        self.me = TransactionSender(node, node.accounts[0], Outbox(None))
        self.key = unsafe_dev_key("eligibility")
        self.folder = folder
        Issuer.create(folder / "issuer", PASSWORD).close()
        self.wallet = Wallet.create(folder / "wallet", PASSWORD)
        self.renew(node.now())

    def renew(self, now: int) -> None:
        """A credential of today, and the registry of today."""
        with Issuer.open(self.folder / "issuer", PASSWORD) as issuer:
            sealed = issuer.issue(RECORD, person="customer 17", to=self.wallet.card, now=now)
            self.credential = self.wallet.receive(sealed)
            self.registry = RegistrySnapshot.of(issuer.publish(now=now))

    def answer(self, request: LoanRequest, account: LedgerAccount | None = None) -> Presentation:
        """Return the borrower's proof for one application."""
        return self.wallet.prove(
            request,
            account or self.credential,
            registry=self.registry,
            proving_key=unsafe_dev_key(request.statement),
        )


def deployment(node: LocalNode, meter: Meter, cast: Cast) -> tuple[LoanMarketClient, str]:
    """Deploy a market, post the registry's root, publish a product."""
    vk, me = cast.key.verifying_key, cast.me
    parts = ("verifier", "registry", "gate", *STACK)
    with meter(*(f"deploy_{part}" for part in parts)):
        deployed = deploy_system(node, vk, by=me)
    system = deployed.open(node, vk)
    with meter("post_root"):
        root, digest = cast.registry.root, cast.registry.data_hash
        system.market.registry.post(root, digest, "https://example.org/registry.json", by=me)
    token = deploy_test_token(node, by=me)
    system.market.set_token_allowed(token.address, True, by=me)
    token.mint(me.address, 10**12, by=me)
    token.approve(system.market.address, 10**12, by=me)
    with meter("publish_product"):
        offer = replace(OFFER, token=token.address, max_credential_age=30 * DAY)
        product = system.book.publish(offer, by=me)
    return system.market, product.address


def verifications(
    node: LocalNode, meter: Meter, cast: Cast, market: LoanMarketClient, product: str
) -> None:
    """Send transactions that only verify: a borrower's proof, and a proof of the widest inputs."""

    def transaction(verifier: VerifierClient, proof: Proof, inputs: Sequence[int]) -> None:
        data = verifier.abi.encode("verify", tuple(proof.to_words()), tuple(inputs))
        cast.me.send(Call(verifier.address, data, 400_000))

    shown = cast.answer(market.request(product, PRINCIPAL, cast.me.address))
    with meter("verify_eligibility"):
        verifier = VerifierClient(node, market.gate.verifier())
        transaction(verifier, shown.proof, shown.public_inputs)

    # A zero byte of calldata is cheaper than others; these numbers below r have none.
    widest = [(0x2F << 248) + (1 << 248) - 1 - i for i in range(5)]
    circuit = compile_gadget(_none_is_zero, public={"numbers": 5})
    key = dev_setup(circuit.system)
    proof = prove(key, circuit.witness({"numbers": widest}))
    verifier = deploy_verifier(node, key.verifying_key, by=cast.me)
    with meter("verify_5_inputs"):
        transaction(verifier, proof, widest)


def _none_is_zero(api: Api, x: Inputs) -> None:
    for number in x.numbers:
        api.assert_product(number, api.witness(api.shadow(number).inverse()), api.constant(1))


def loans(
    node: LocalNode, meter: Meter, cast: Cast, market: LoanMarketClient, product: str
) -> None:
    """Play one loan that is settled early, and one that is late and then defaults."""
    me = cast.me

    def apply(name: str) -> LoanState:
        request = market.request(product, PRINCIPAL, me.address)
        shown = cast.answer(request)
        with meter(name):
            return market.apply(request, shown, by=me)

    loan = apply("apply")
    with meter("fund_part"):
        position = market.fund(loan, PRINCIPAL // 2, by=me)
    with meter("fund_rest_and_release"):
        market.fund(loan, PRINCIPAL, by=me)
    with meter("draw"):
        market.draw(loan, by=me)
    row = market.row_owed(loan.loan_id, 1)
    with meter("repay_first_row"):
        market.repay(loan, row, by=me)
    node.advance(MONTH)
    with meter("repay_row"):
        market.repay(loan, row, by=me)
    node.advance(MONTH)
    with meter("holiday"):
        market.take_holiday(loan, by=me)
    with meter("prepay"):
        market.prepay(loan, PRINCIPAL // 4, by=me)
    with meter("settle"):
        market.settle(loan, market.quote(loan.loan_id).settlement, by=me)
    with meter("withdraw"):
        market.withdraw(position.position_id, by=me)

    cast.renew(node.now())
    loan = apply("apply_again")
    with meter("fund_all_and_release"):
        market.fund(loan, PRINCIPAL, by=me)
    market.draw(loan, by=me)
    node.advance(MONTH + OFFER.grace + DAY)
    with meter("repay_first_row_late"):
        market.repay(loan, row, by=me)
    node.advance(MONTH + OFFER.default_after)
    with meter("mark_default"):
        market.mark_default(loan, by=me)
    with meter("repay_after_default"):
        market.repay(loan, row, by=me)


def escrow(node: LocalNode, meter: Meter, cast: Cast) -> None:
    """Play a loan with an escrowed reference that defaults, and check an opening on chain."""
    me, key = cast.me, unsafe_dev_key("escrow_eligibility").verifying_key
    polynomial = (3**150, 5**100, 7**80)
    keys = [account_key(bytes([number]) * 32) for number in range(1, 6)]
    accounts = tuple(map(secp256k1.address_of, keys))
    group = ArbiterGroup(("A", "B", "C", "D", "E"), commit(polynomial), bytes(32), accounts)
    names = ("verifier", "registry", "gate", *STACK)
    with meter(*(f"deploy_escrow_{name}" for name in names)):
        deployed = deploy_system(node, key, by=me, arbiters=group.key)
    system = deployed.open(node)
    market = system.market
    with meter("deploy_opening_verifier_3_of_5"):
        judge = deploy_opening_verifier(market, group, by=me)
    root, digest = cast.registry.root, cast.registry.data_hash
    market.registry.post(root, digest, "https://example.org/registry.json", by=me)
    token = deploy_test_token(node, by=me)
    market.set_token_allowed(token.address, True, by=me)
    token.mint(me.address, 10**12, by=me)
    token.approve(market.address, 10**12, by=me)
    offer = replace(OFFER, token=token.address, max_credential_age=30 * DAY)
    request = market.request(system.book.publish(offer, by=me).address, PRINCIPAL, me.address)
    shown = cast.answer(request)
    with meter("verify_escrow_eligibility"):
        verifier = VerifierClient(node, market.gate.verifier())
        words = tuple(shown.proof.to_words()), shown.public_inputs
        me.send(Call(verifier.address, verifier.abi.encode("verify", *words), 500_000))
    with meter("place_escrow", "apply_with_escrow"):
        loan = market.apply(request, shown, by=me)
    market.fund(loan, PRINCIPAL, by=me)
    market.draw(loan, by=me)
    node.advance(MONTH + OFFER.default_after + DAY)
    market.mark_default(loan, by=me)
    evidence = default_evidence(market, loan.loan_id)
    sealed, context = evidence.escrowed, evidence.context
    share = evaluate(polynomial, 2)
    part = partial_opening(
        group, 2, share, sealed, context=context, evidence=evidence, account_key=keys[1]
    )
    with meter("check_partial_opening"):
        data = judge.abi.encode("check", loan.loan_id, opening_words(part))
        me.send(Call(judge.address, data, 700_000))


def ledger(node: LocalNode, meter: Meter, cast: Cast) -> None:
    """Post encrypted entries of two issuers, and play a loan with a proof about their sum."""
    me, account = cast.me, cast.wallet.ledger
    other = TransactionSender(node, node.accounts[1], Outbox(None))
    key, entry_key = (unsafe_dev_key(name) for name in ("ledger_eligibility", "ledger_entry"))
    parts = ("verifier", "gate", *STACK)
    names = ("deploy_entry_verifier", "deploy_ledger", *(f"deploy_ledger_{name}" for name in parts))
    with meter(*names):
        deployed = deploy_ledger_system(
            node, key.verifying_key, entry_key.verifying_key, currency=978, by=me
        )
    system = deployed.open(node, key.verifying_key)
    entries = CreditLedgerClient(node, deployed.ledger, since=deployed.block)
    for issuer in (me, other):
        entries.accept_issuer(issuer.address, by=me)
    token = deploy_test_token(node, by=me)
    system.market.set_token_allowed(token.address, True, by=me)
    judged = replace(POLICY, currency=0)
    product = system.book.publish(replace(OFFER, policy=judged, token=token.address), by=me)

    def next_epoch() -> None:
        node.advance(DAY - node.now() % DAY + 1)

    def enter(name: str, by: TransactionSender, entry: LedgerEntry) -> None:
        place = entries.place(account.key, by.address)
        card = account.card(by.address)
        proved = prove_entry(entry, card, place, proving_key=entry_key)
        with meter(name):
            entries.post(proved, by=by)

    salary = LedgerEntry(monthly_income=300_000)
    next_epoch()
    enter("ledger_entry_first", me, salary)
    enter("ledger_entry_of_another_issuer", other, LedgerEntry(700, 0, 120_000, 30_000, 0))
    next_epoch()
    enter("ledger_entry_replaced", me, salary)
    next_epoch()
    with meter("ledger_snapshot_first"):
        entries.snapshot(account.key, by=me)
    enter("ledger_entry_replaced_again", me, salary)
    next_epoch()
    with meter("ledger_snapshot_again"):
        entries.snapshot(account.key, by=me)

    request = system.market.request(product.address, PRINCIPAL, me.address, account=account.key)
    posted, _, epoch = entries.read(account.key)
    shown = cast.answer(request, account.read(posted, epoch=epoch))
    with meter("verify_ledger_eligibility"):
        words = tuple(shown.proof.to_words()), shown.public_inputs
        data = system.verifier.abi.encode("verify", *words)
        me.send(Call(system.verifier.address, data, 500_000))
    with meter("apply_with_ledger"):
        system.market.apply(request, shown, by=me)
    entries_in_batches(node, meter, entries, (me, other), entry_key)


def entries_in_batches(
    node: LocalNode,
    meter: Meter,
    ledger: CreditLedgerClient,
    issuers: tuple[TransactionSender, TransactionSender],
    key: ProvingKey,
) -> None:
    """Enter for 64 accounts at once, with envelopes of 300 bytes: gas of one entry.

    The accounts get their first entry, then that of another issuer, which is replaced in the next
    epoch. What verification is of it is measured by the verifier alone.
    """
    circuit = get_circuit("ledger_entry")
    accounts = [AccountKey(number.to_bytes(32, "big")).public for number in range(BATCH)]

    def submissions(by: TransactionSender) -> tuple[list[Any], list[int]]:
        made, inputs = [], []
        for account in accounts:
            slots, k = (700, 300_000, 120_000, 30_000, 1), fresh_randomness()
            witness = EntryWitness(account, encrypt(account, slots, k), slots, k)
            place = ledger.place(account, by.address)
            sealed = (*account, *witness.ciphertext.c1, *witness.ciphertext.c2)
            context = place.context(account_number(account), by.address)
            values = witness.inputs(context=context)
            proof = tuple(prove(key, circuit.witness(values)).to_words())
            made.append((account, by.address, witness.ciphertext, proof, ENVELOPE))
            inputs += [context, *sealed]
        return made, inputs

    def send(name: str, by: TransactionSender, function: str, *arguments: Any) -> None:
        with meter(name):
            data = ledger.abi.encode(function, *arguments)
            by.send(Call(ledger.address, data, 16_000_000))

    def each(name: str, by: TransactionSender) -> list[int]:
        made, inputs = submissions(by)
        send(name, by, "addEntries", made)
        meter.used[name] //= BATCH
        return inputs

    me, other = issuers
    each("ledger_batch_entry_first", other)
    made, inputs = submissions(me)
    proofs = [one[3] for one in made]
    verifier = VerifierClient(node, ledger.verifier())
    with meter("ledger_batch_verification"):
        data = verifier.abi.encode("verifyBatch", proofs, inputs)
        me.send(Call(verifier.address, data, 16_000_000))
    meter.used["ledger_batch_verification"] //= BATCH
    send("ledger_batch_entry_new", me, "addEntries", made)
    meter.used["ledger_batch_entry_new"] //= BATCH
    node.advance(DAY)
    each("ledger_batch_entry_replaced", me)
    node.advance(DAY)
    made, _ = submissions(me)
    send("ledger_entry_alone_replaced", me, "addEntry", made[0])
    account = AccountKey(bytes(range(32))).public
    accounts = [account]
    made, _ = submissions(me)
    send("ledger_entry_alone_first", me, "addEntry", made[0])


def measure(folder: Path) -> dict[str, int | str]:
    """Play everything once; gas varies only by a few zero bytes in a proof."""
    with EmbeddedNode() as node:
        meter, cast = Meter(node), Cast(folder, node)
        with cast.wallet:
            market, product = deployment(node, meter, cast)
            verifications(node, meter, cast, market, product)
            loans(node, meter, cast, market, product)
            cast.renew(node.now())
            escrow(node, meter, cast)
            ledger(node, meter, cast)
        return {"chain": node.name, "rows": len(OFFER.table.rows), **meter.used}


options = arguments(__doc__)
warnings.simplefilter("ignore", UnsafeKeyWarning)
with TemporaryDirectory() as name:
    report("gas of a loan", measure(Path(name)), options.json)
