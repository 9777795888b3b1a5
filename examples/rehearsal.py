"""The other people: each script, started without arguments, rehearses its work with them.

Files go to a temporary folder, and the chain is inside this process (it needs
``zkcredit[tester]``). Everybody knows this password; the scripts ask you for your own.
"""

import time
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import issuer
import verifier
import wallet

from zkcredit import Policy, RegistrySnapshot, Wallet, unsafe_dev_key
from zkcredit.chain import (
    EmbeddedChain,
    LoanMarketClient,
    Outbox,
    TransactionSender,
    deploy_system,
    deploy_test_token,
    fastest_chain,
)
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import AnsweredRequest, RevokedCredential
from zkcredit.groth16 import UnsafeKeyWarning
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.units import parts_per_billion

PASSWORD = "known to everybody"  # noqa: S105 - opens files that live for seconds
CENT = 10_000  # base units of the token, which has six decimals


@contextmanager
def ana_and_her_bureau() -> Iterator[None]:
    """A folder in which a bureau has issued a credential, and Ana has received it."""
    with TemporaryDirectory() as folder, chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        wallet.create(PASSWORD, "ana.card.json")
        issuer.issue(PASSWORD, "ana.card.json", "ana.envelope.json")
        wallet.receive(PASSWORD, "ana.envelope.json")
        issuer.publish(PASSWORD, "list.json", "registry.json")
        yield


def of_the_issuer() -> None:
    """Issue, publish, revoke, publish again: Ana can no longer prove."""
    with ana_and_her_bureau():
        with issuer.open_issuer(PASSWORD) as bureau:
            given = bureau.issued("customer 17")[0]
        issuer.revoke(PASSWORD, str(given.revocation_id))
        issuer.publish(PASSWORD, "list.json", "registry.json")
        verifier.ask("request.json", "registry.json")
        try:
            wallet.prove(PASSWORD, "request.json", "registry.json", "presentation.json")
        except RevokedCredential as refusal:
            print("Ana's wallet refuses:", refusal)


def of_the_verifier() -> None:
    """Ask, check the answer, and refuse the same answer a second time."""
    with ana_and_her_bureau():
        verifier.ask("request.json", "registry.json")
        wallet.prove(PASSWORD, "request.json", "registry.json", "presentation.json")
        verifier.check("request.json", "presentation.json")
        try:
            verifier.check("request.json", "presentation.json")
        except AnsweredRequest:
            print("shown again, it is refused: the request was answered")


def of_the_wallet() -> None:
    """From an empty wallet to the first instalment of a loan on a chain."""
    with ana_and_her_bureau(), fastest_chain(genesis_time=int(time.time())) as chain:
        lender = TransactionSender(chain, chain.accounts[0], Outbox(None))
        market, product = a_market(chain, lender)
        wallet.apply(PASSWORD, "registry.json", product, "40000", chain)
        market.fund(market.loan(1), 400_00, by=lender)
        wallet.repay(PASSWORD, "1", str(market.row_owed(1, 1)), chain)
        print("the market says:", market.loan(1).status.name.lower())


def a_market(chain: EmbeddedChain, lender: TransactionSender) -> tuple[LoanMarketClient, str]:
    """A market that knows the bureau, a product there, and a lender who can pay."""
    with Wallet.open(wallet.WALLET, PASSWORD) as ana:
        borrower = ana.evm_address
    deployment = deploy_system(chain, unsafe_dev_key("eligibility").verifying_key, by=lender)
    deployment.save(wallet.MARKET)
    system = deployment.open(chain)
    snapshot = RegistrySnapshot.from_json(Path("registry.json").read_text())
    system.market.registry.post(snapshot.root, snapshot.data_hash, "", by=lender)

    token = deploy_test_token(chain, by=lender)
    system.market.set_token_allowed(token.address, True, by=lender)
    token.mint(lender.address, 1_000_00 * CENT, by=lender)
    token.approve(system.market.address, 1_000_00 * CENT, by=lender)
    offer = TableProduct(
        table=consumer(parts_per_billion("12"), months(6)),
        policy=Policy(min_score=600, coverage_bps=12_500, max_dti_bps=4_000, currency=978),
        min_principal=300_00,
        max_principal=900_00,
        token=token.address,
        token_unit=CENT,
        currency=978,
    )
    product = system.book.publish(offer, by=lender)
    lender.send(Call(borrower, b"", 21_000, 10**18))  # coin with which Ana pays for gas
    return system.market, product.address
