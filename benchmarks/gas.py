"""What a loan costs in gas on the embedded chain: verification, application, release, the rest."""

from __future__ import annotations

import secrets
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from measure import arguments, report

from zkcredit import CreditRecord, Issuer, Policy, Product, RegistrySnapshot, Terms, Wallet
from zkcredit.chain import (
    EmbeddedNode,
    Outbox,
    TransactionSender,
    deploy_system,
    deploy_test_token,
)
from zkcredit.chain.abi import abi_of
from zkcredit.chain.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key

if TYPE_CHECKING:
    from zkcredit.chain import LocalNode, System
    from zkcredit.chain.application import ApplicationRequest
    from zkcredit.presentation import Presentation

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
TERMS = Terms(rate_bps=150, instalments=12)


def used(node: LocalNode, block: int) -> int:
    """Gas used by the one transaction of a block."""
    return int(node.w3.eth.get_block(block)["gasUsed"])


def verification(node: LocalNode, system: System, shown: Presentation) -> int:
    """Gas of a transaction that does nothing but verify."""
    sender = TransactionSender(node, node.accounts[1], Outbox(None))
    data = abi_of("Groth16Verifier").encode(
        "verify", tuple(shown.proof.to_words()), shown.public_inputs
    )
    return sender.send(Call(system.verifier.address, data, 400_000)).gas_used


def prove(wallet: Wallet, request: ApplicationRequest, registry: RegistrySnapshot) -> Presentation:
    """A proof for one application."""
    return wallet.prove(
        next(iter(wallet.credentials())),
        request.policy,
        context=request.context,
        scope=request.scope,
        registry=registry,
        key=load_or_create_dev_key(get_circuit("eligibility")),
    )


def measure(folder: Path) -> dict[str, int | str]:
    """Play one loan and note what each step uses."""
    found: dict[str, int | str] = {}
    password = secrets.token_hex()
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with (
        EmbeddedNode() as node,
        Wallet.create(folder / "wallet", password) as wallet,
        Issuer.create(folder / "issuer", password) as issuer,
    ):
        found["chain"] = node.name
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        wallet.receive(issuer.issue(RECORD, person="x", to=wallet.card, now=node.now()))
        registry = RegistrySnapshot.of(issuer.publish(now=node.now()))
        system = deploy_system(node, key.verifying_key, by=me).open(node)
        market = system.market
        found["post_root"] = system.registry.post(
            registry.root, registry.data_hash, "", by=me
        ).gas_used
        token = deploy_test_token(node, by=me)
        market.set_token_allowed(token.address, True, by=me)
        token.mint(me.address, 10**12, by=me)
        token.approve(market.address, 10**12, by=me)
        policy = Policy(600, 800, coverage_bps=12_500, max_dti_bps=4_000, currency=978)
        market.create_product(Product(TERMS, policy, 10_000, 200_000, token.address), by=me)
        found["create_product"] = used(node, node.block_number())

        request = market.application_request(1, PRINCIPAL, me.address)
        shown = prove(wallet, request, registry)
        found["verify_5_inputs"] = verification(node, system, shown)
        loan = market.apply(request, shown, by=me)
        found["apply"] = used(node, node.block_number())
        market.fund(loan.loan_id, PRINCIPAL // 2, by=me)
        found["fund_part"] = used(node, node.block_number())
        market.fund(loan.loan_id, PRINCIPAL, by=me)
        found["fund_and_release"] = used(node, node.block_number())
        found["repay_instalment"] = market.repay(loan.loan_id, loan.instalment, by=me).gas_used
        settled = market.settle(loan.loan_id, market.quote(loan.loan_id).settlement, by=me)
        found["settle"] = settled.gas_used
        found["withdraw"] = market.withdraw(1, by=me).gas_used
    found["instalments"] = TERMS.instalments
    return found


options = arguments(__doc__, repeat=1)
warnings.simplefilter("ignore", UnsafeKeyWarning)
with TemporaryDirectory() as name:
    report("gas units of one loan", measure(Path(name)), options.json)
