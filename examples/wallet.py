"""A borrower's wallet in one file: create it, receive a credential, prove, apply, repay.

    python examples/wallet.py create  ana.card.json
    python examples/wallet.py receive ana.envelope.json
    python examples/wallet.py prove   demand.json registry.json presentation.json
    python examples/wallet.py apply   registry.json 1 40000
    python examples/wallet.py repay   1 6902
    python examples/wallet.py         (rehearses all of it on a chain in this process)

Keeps its keys in ``ana.wallet``, sealed with a password that it asks for. ``market.json`` says
where the contracts are (``zkcredit market deploy`` writes it).
"""

import json
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path

from zkcredit import Consent, Policy, RegistrySnapshot, Wallet
from zkcredit.chain import Deployment, Node, Outbox, Signer, TransactionSender, connect
from zkcredit.circuits import get_circuit
from zkcredit.errors import NotEligible
from zkcredit.groth16 import load_or_create_dev_key

WALLET = Path("ana.wallet")
MARKET = Path("market.json")
NODE = "http://localhost:8545"


def create(password: str, card: str) -> None:
    """Make the wallet and the card that an issuer needs."""
    with Wallet.create(WALLET, password) as wallet:
        print("write these words down:", wallet.words(password))
        Path(card).write_text(wallet.card.to_json())


def receive(password: str, envelope: str) -> None:
    """Open what an issuer sent."""
    with Wallet.open(WALLET, password) as wallet:
        print("credential", wallet.receive(Path(envelope).read_text()))


def prove(password: str, demand: str, registry: str, presentation: str) -> None:
    """Answer a verifier's demand, without a chain."""
    asked = json.loads(Path(demand).read_text())
    policy, consent = Policy.unpack(int(asked["policy"])), Consent.from_json(asked["consent"])
    print(consent.in_words(policy))  # a real wallet asks here: whoever goes on agrees
    with Wallet.open(WALLET, password) as wallet:
        shown = wallet.prove(
            next(iter(wallet.credentials())),
            policy,
            consent=consent,
            scope=int(asked["scope"]),
            registry=RegistrySnapshot.from_json(Path(registry).read_text()),
            key=load_or_create_dev_key(get_circuit("eligibility")),  # for tests only
        )
    Path(presentation).write_text(shown.to_json())


def apply(
    password: str, registry: str, product: str, amount: str, node: Node | None = None
) -> None:
    """Prove what a product demands, and apply for a loan with it."""
    with Wallet.open(WALLET, password) as wallet, node or connect(NODE) as chain:
        me = TransactionSender(chain, Signer(wallet.evm_key()), Outbox("ana.outbox"))
        client = Deployment.load(MARKET).open(chain).market
        request = client.application_request(int(product), int(amount), me.address)
        print(request.consent.in_words(request.policy))
        try:
            shown = wallet.prove(
                next(iter(wallet.credentials())),
                request.policy,
                consent=request.consent,
                scope=request.scope,
                registry=RegistrySnapshot.from_json(Path(registry).read_text()),
                key=load_or_create_dev_key(get_circuit("eligibility")),  # for tests only
            )
        except NotEligible as error:
            sys.exit(f"nobody but you sees this: {error}")
        loan = client.apply(request, shown, by=me)
        print("loan", loan.loan_id, "instalment", loan.instalment)


def repay(password: str, loan: str, amount: str, node: Node | None = None) -> None:
    """Pay on a loan."""
    with Wallet.open(WALLET, password) as wallet, node or connect(NODE) as chain:
        me = TransactionSender(chain, Signer(wallet.evm_key()), Outbox("ana.outbox"))
        client = Deployment.load(MARKET).open(chain).market
        client.allow_payment(int(loan), int(amount), by=me)
        client.repay(int(loan), int(amount), by=me)
        print("remaining", client.quote(int(loan)).remaining)


COMMANDS: dict[str, Callable[..., None]] = {
    "create": create,
    "receive": receive,
    "prove": prove,
    "apply": apply,
    "repay": repay,
}

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            import rehearsal

            rehearsal.of_the_wallet()
        case [command, *arguments] if command in COMMANDS:
            COMMANDS[command](getpass(), *arguments)
        case _:
            sys.exit(__doc__)
