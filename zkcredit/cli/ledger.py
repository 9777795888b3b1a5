"""``zkcredit ledger``: encrypted credit data on chain, read and proved about by the borrower."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli import ledger_issuing
from zkcredit.cli.account import (
    Account,
    DeploymentFile,
    NodeUrl,
    connect_node,
    open_account,
    open_ledger,
)
from zkcredit.cli.agreement import Yes, agree
from zkcredit.cli.options import (
    Out,
    PolicyFile,
    ProvingKeyFile,
    RequestFile,
    Threads,
    WalletFile,
    read_policy,
    read_text,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import AsJson, emit, note
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.groth16 import ProvingKey
    from zkcredit.ledger import LedgerAccount, PostedEntry

app = typer.Typer(help="Encrypted credit data on chain.", no_args_is_help=True)

for _name, _command in (
    ("deploy", ledger_issuing.deploy),
    ("accept-issuer", ledger_issuing.accept_issuer),
    ("dismiss-issuer", ledger_issuing.dismiss_issuer),
    ("seal", ledger_issuing.seal),
    ("enter", ledger_issuing.enter),
):
    app.command(_name)(_command)

IssuerAddress = Annotated[str, typer.Option("--issuer", help="Account that the issuer posts from.")]


@app.command()
def card(
    *,
    wallet: WalletFile,
    issuer: IssuerAddress,
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Make the card that one issuer needs to write to your account; good for no other issuer."""
    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        made = opened.ledger.card(issuer)
    write_text(out, made.to_json() + "\n")
    emit({"card": str(out), "account": str(made.number), "issuer": made.issuer}, as_json)


@app.command()
def show(
    *,
    wallet: WalletFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Show what everybody sees of your account: its number, who wrote to it and when."""
    with open_account(wallet, node, password_file, password_fd) as account:
        posted, state, epoch = open_ledger(account.node, deployment).ledger.read(
            account.wallet.ledger.key
        )
    emit(
        {
            "account": str(state.account),
            "epoch": epoch,
            "issuers": list(state.entries),
            "entries": [{"issuer": entry.issuer, "epoch": entry.epoch} for entry in posted],
        },
        as_json,
    )


@app.command()
def sync(
    *,
    wallet: WalletFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Read your account from the chain: every entry opened, held against its ciphertext, summed.

    What it prints is yours alone. An entry that cannot be used is named with the reason; exits
    with 1 then, because nothing can be proved.
    """
    from dataclasses import asdict

    with open_account(wallet, node, password_file, password_fd) as account:
        read, total, posted = _read(account, deployment)
        emit(
            {
                "account": str(read.number),
                "epoch": read.epoch,
                "entries": {issuer: asdict(entry) for issuer, entry in read.entries.items()},
                "faults": {issuer: str(fault) for issuer, fault in read.faults.items()},
                "exposed": list(read.exposed),
                "not_yet_in_effect": sum(entry.epoch >= read.epoch for entry in posted),
            },
            as_json,
        )
        for issuer in read.exposed:
            note(f"warning: {issuer} used the randomness of an entry twice; tell them")
        if read.entries or read.faults:
            account.wallet.ledger.check(read, total)


@app.command()
def recover(
    *,
    wallet: WalletFile,
    issuer: IssuerAddress,
    known: Annotated[
        Path, typer.Argument(metavar="KNOWN.json", help="Its amounts; null for one not known.")
    ],
    deployment: DeploymentFile,
    node: NodeUrl,
    bound: Annotated[
        int, typer.Option("--bound", min=1, max=1 << 40, help="The unknown amount is below it.")
    ] = 1 << 40,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Find the amounts of an entry whose envelope does not open, and remember them."""
    from dataclasses import asdict

    from zkcredit._internal.evm import checksum_address
    from zkcredit.cli.options import read_object
    from zkcredit.ledger import LedgerEntry

    hint = read_object(known, "amounts")
    names = list(asdict(LedgerEntry()))
    LedgerEntry.from_values({name: hint[name] or 0 for name in hint})  # names and ranges
    sender = checksum_address("the issuer", issuer)
    with open_account(wallet, node, password_file, password_fd) as account:
        posted = _read(account, deployment)[2]
        theirs = [entry for entry in posted if entry.issuer == sender]
        if not theirs:
            raise InvalidInput(f"{sender} has no entry in this account")
        found = account.wallet.ledger.recover(
            theirs[-1], [hint.get(name, 0) for name in names], bound=bound
        )
    emit({"issuer": sender, **asdict(found)}, as_json)


@app.command()
def prove(
    *,
    wallet: WalletFile,
    policy: PolicyFile,
    request: RequestFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    out: Out,
    key: ProvingKeyFile = None,
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds; the policy's, or now.")
    ] = None,
    yes: Yes = False,
    threads: Threads = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove that your account's total meets a policy; exits with 6 if it does not."""
    import zkcredit.units as units
    from zkcredit.request import Consent

    demanded = read_policy(policy, now)
    if demanded.now == 0:
        demanded = demanded.at(units.now())
    asked = Consent.from_json(read_text(request, 1 << 13))
    require_replaceable(out)
    with open_account(wallet, node, password_file, password_fd) as account:
        read, total, _ = _read(account, deployment)
        note(_SEEN)
        agree(asked, demanded, yes)
        shown = account.wallet.ledger.prove(
            read, total, demanded, consent=asked, key=_proving_key(key), threads=threads
        )
    write_text(out, shown.to_json() + "\n")
    emit({"presentation": str(out), "now": demanded.now, "account": str(shown.number)}, as_json)


@app.command()
def verify(
    *,
    presentation: Annotated[Path, typer.Argument(metavar="PRESENTATION.json")],
    policy: PolicyFile,
    request: RequestFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds that you accept.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Verification key (JSON); the dev key by default, for tests."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a proof against the total that the ledger has now; exits with 3 if it does not hold.

    The request must be your own file, not one that came with the presentation.
    """
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.ledger import LedgerPresentation
    from zkcredit.published import dev_verifying_key
    from zkcredit.request import Consent

    shown = LedgerPresentation.from_json(read_text(presentation, 1 << 16))
    demanded = read_policy(policy, now)
    asked = Consent.from_json(read_text(request, 1 << 13))
    verifying = (
        dev_verifying_key(ledger_issuing.STATEMENT)
        if key is None
        else VerifyingKey.from_json(read_text(key))
    )
    with connect_node(node) as connected:
        ledger = open_ledger(connected, deployment).ledger
        ledger.verify(shown, policy=demanded, consent=asked, key=verifying)
    emit({"valid": True, "account": str(shown.number)}, as_json, "OK")


@app.command()
def apply(
    *,
    wallet: WalletFile,
    product: Annotated[int, typer.Option("--product", min=1, help="The product's number.")],
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    deployment: DeploymentFile,
    node: NodeUrl,
    key: ProvingKeyFile = None,
    yes: Yes = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove about your account and apply for a loan; writes the total in effect out before.

    Exits with 6 if you do not qualify, and says why to you alone.
    """
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.errors import TransactionReverted

        system = open_ledger(account.node, deployment)
        request = system.market.application_request(product, amount, account.sender.address)
        read, total, _ = _read(account, deployment)
        note(_SEEN)
        agree(request.consent, request.policy, yes)
        shown = account.wallet.ledger.prove(
            read, total, request.policy, consent=request.consent, key=_proving_key(key)
        )
        note("proved; applying")
        try:
            system.ledger.in_effect(shown.account)
        except TransactionReverted as refusal:
            if refusal.error != "NotSettled":
                raise
            system.ledger.settle(shown.account, by=account.sender)
        loan = system.market.apply(request, shown, by=account.sender)
        emit(
            {"loan": loan.loan_id, "status": loan.status.name.lower(), "principal": loan.principal},
            as_json,
        )


_SEEN = (
    "Your account at the ledger is shown, too: it is the same for everybody, and everybody sees "
    "which issuers write to it."
)


def _read(
    account: Account, deployment: Path
) -> "tuple[LedgerAccount, Ciphertext, list[PostedEntry]]":
    ledger = open_ledger(account.node, deployment).ledger
    posted, state, epoch = ledger.read(account.wallet.ledger.key)
    read = account.wallet.ledger.read(posted, epoch=epoch)
    return read, state.in_effect(epoch), posted


def _proving_key(path: Path | None) -> "ProvingKey":
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key

    if path is not None:
        return load_proving_key(path)
    return load_or_create_dev_key(get_circuit(ledger_issuing.STATEMENT))
