"""An issuer in one file: sign what you know about a person, revoke it, publish the list.

    python examples/issuer.py issue   ana.card.json ana.envelope.json
    python examples/issuer.py revoke  1234567890
    python examples/issuer.py publish list.json registry.json
    python examples/issuer.py         (rehearses all of it in a temporary folder)

It keeps its keys in ``bureau.issuer``, encrypted with a password that it asks for.
"""

import sys
from getpass import getpass
from pathlib import Path

from zkcredit import CreditRecord, HolderCard, Issuer, RegistrySnapshot, ZkCreditError

BUREAU = Path("bureau.issuer")


def open_issuer(password: str) -> Issuer:
    """Open the issuer of this folder, or make a new one."""
    return (Issuer.open if BUREAU.exists() else Issuer.create)(BUREAU, password)


def issue(password: str, card: str, envelope: str) -> None:
    """Sign a record, and seal it to the wallet of a card."""
    record = CreditRecord(  # from your own books; amounts in cents, 978 = euro
        score=640,
        monthly_income=520_00,
        monthly_expenses=240_00,
        monthly_debt_service=60_00,
        delinquencies_24m=0,
        history_months=18,
        currency=978,
    )
    with open_issuer(password) as issuer:
        to = HolderCard.from_json(Path(card).read_text())
        sealed = issuer.issue(record, person="customer 17", to=to)
        Path(envelope).write_text(sealed.to_json())
        print("issued", issuer.issued()[-1].revocation_id)


def revoke(password: str, revocation_id: str) -> None:
    """Revoke a credential; this takes effect with the next published list."""
    with open_issuer(password) as issuer:
        issuer.revoke(int(revocation_id))
        print("revoked", revocation_id)


def publish(password: str, listed: str, registry: str) -> None:
    """Publish the list of revoked credentials, and a registry of this one issuer."""
    with open_issuer(password) as issuer:
        newest = issuer.publish()
    Path(listed).write_text(newest.to_json())
    snapshot = RegistrySnapshot.of(newest)  # a registrar combines the lists of many issuers
    Path(registry).write_text(snapshot.to_json())
    print("root", snapshot.root)


def main(arguments: list[str]) -> None:
    """Run one command."""
    match arguments:
        case ["issue", card, envelope]:
            issue(getpass(), card, envelope)
        case ["revoke", revocation_id]:
            revoke(getpass(), revocation_id)
        case ["publish", listed, registry]:
            publish(getpass(), listed, registry)
        case []:
            import rehearsal

            rehearsal.of_the_issuer()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ZkCreditError, OSError, ValueError) as refusal:
        sys.exit(f"refused: {refusal}")
