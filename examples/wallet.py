"""A borrower's wallet in one file: create it, receive a credential, prove, apply, repay.

    python examples/wallet.py create  ana.card.json
    python examples/wallet.py receive ana.envelope.json
    python examples/wallet.py prove   request.json registry.json presentation.json
    python examples/wallet.py apply   registry.json 0x71C7656EC7ab88b098defB751B7401B5f6d8976F 40000
    python examples/wallet.py repay   1 6902
    python examples/wallet.py         (rehearses all of it on a chain in this process)

It keeps its keys in ``ana.wallet``, encrypted with a password that it asks for. ``market.json``
says where the contracts are (``zkcredit market deploy`` writes it).
"""

import sys
from getpass import getpass
from pathlib import Path

from zkcredit import ProofRequest, RegistrySnapshot, Wallet, ZkCreditError, unsafe_dev_key
from zkcredit.chain import Deployment, Node, Outbox, Signer, TransactionSender, connect

WALLET = Path("ana.wallet")
MARKET = Path("market.json")
NODE = "http://localhost:8545"


def create(password: str, card: str) -> None:
    """Make a wallet unless it exists, and write the card that an issuer needs."""
    if not WALLET.exists():
        with Wallet.create(WALLET, password) as wallet:
            print("write these words down:", wallet.words(password))
    with Wallet.open(WALLET, password) as wallet:
        Path(card).write_text(wallet.card.to_json())


def receive(password: str, envelope: str) -> None:
    """Open an envelope from an issuer."""
    with Wallet.open(WALLET, password) as wallet:
        print("credential", wallet.receive(Path(envelope).read_text()))


def prove(password: str, request: str, registry: str, presentation: str) -> None:
    """Answer a verifier's request, without a chain."""
    asked = ProofRequest.from_json(Path(request).read_text())
    print(asked.in_words())  # a real wallet asks here: whoever goes on agrees
    with Wallet.open(WALLET, password) as wallet:
        shown = wallet.prove(
            asked,
            next(iter(wallet.credentials())),
            registry=RegistrySnapshot.from_json(Path(registry).read_text()),
            proving_key=unsafe_dev_key(asked.statement),  # for tests only
        )
    Path(presentation).write_text(shown.to_json())


def apply(
    password: str, registry: str, product: str, amount: str, node: Node | None = None
) -> None:
    """Prove a product's conditions, and apply for a loan with the proof."""
    snapshot = RegistrySnapshot.from_json(Path(registry).read_text())
    with Wallet.open(WALLET, password) as wallet, node or connect(NODE) as chain:
        me = TransactionSender(chain, Signer(wallet.evm_key()), Outbox("ana.outbox"))
        market = Deployment.load(MARKET).open(chain).market
        asked = market.request(product, int(amount), me.address, registry_root=snapshot.root)
        print(asked.in_words())  # whoever goes on agrees
        shown = wallet.prove(
            asked,
            next(iter(wallet.credentials())),
            registry=snapshot,
            proving_key=unsafe_dev_key(asked.statement),  # for tests only
        )
        loan = market.apply(asked, shown, by=me)
        print("loan", loan.loan_id, "of product", loan.product_address)


def repay(password: str, loan: str, amount: str, node: Node | None = None) -> None:
    """Draw what waits, and pay on a loan."""
    with Wallet.open(WALLET, password) as wallet, node or connect(NODE) as chain:
        me = TransactionSender(chain, Signer(wallet.evm_key()), Outbox("ana.outbox"))
        market = Deployment.load(MARKET).open(chain).market
        state = market.loan(int(loan))
        if state.undrawn:
            market.draw(state, by=me)
        market.allow_payment(state, int(amount), by=me)
        market.repay(state, int(amount), by=me)
        print("remaining", market.quote(state.loan_id).remaining)


def main(arguments: list[str]) -> None:
    """Run one command."""
    match arguments:
        case ["create", card]:
            create(getpass(), card)
        case ["receive", envelope]:
            receive(getpass(), envelope)
        case ["prove", request, registry, presentation]:
            prove(getpass(), request, registry, presentation)
        case ["apply", registry, product, amount]:
            apply(getpass(), registry, product, amount)
        case ["repay", loan, amount]:
            repay(getpass(), loan, amount)
        case []:
            import rehearsal

            rehearsal.of_the_wallet()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ZkCreditError, OSError, ValueError) as refusal:
        sys.exit(f"refused: {refusal}")
