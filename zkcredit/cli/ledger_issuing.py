"""The part of ``zkcredit ledger`` that writes: deploy, the issuers' list, sealing and posting."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.account import DeploymentFile, NodeUrl, open_account, open_ledger
from zkcredit.cli.options import (
    IssuerFile,
    Out,
    WalletFile,
    read_object,
    read_text,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password
from zkcredit.errors import InvalidInput

STATEMENT = "ledger_eligibility"

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The issuer's account.")]


def deploy(
    *,
    wallet: WalletFile,
    currency: Annotated[str, typer.Option("--currency", help="Of all amounts: EUR, KES, …")],
    deployment: DeploymentFile,
    node: NodeUrl,
    epoch_hours: Annotated[
        int, typer.Option("--epoch-hours", min=1, max=720, help="How long an entry may wait.")
    ] = 24,
    vk: Annotated[
        Path | None,
        typer.Option("--vk", help="Verification key (JSON); the dev key by default."),
    ] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Deploy a ledger with a gate and a market, and add it to a deployment; you get all roles.

    The deployment is one that `market deploy` made. Run again after an interruption, this goes on
    where it stopped.
    """
    import zkcredit.units as units
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.published import dev_verifying_key

    key = dev_verifying_key(STATEMENT) if vk is None else VerifyingKey.from_json(read_text(vk))
    number = units.currency(currency).number
    intention = f"deploy the ledger of {os.fsencode(deployment.resolve())!r}"
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.chain import Deployment, deploy_ledger_system

        known = Deployment.load(deployment)
        if known.ledger is not None:
            raise InvalidInput(f"{deployment} names a ledger already")
        known.open(account.node)
        made = deploy_ledger_system(
            account.node,
            key,
            currency=number,
            by=account.sender,
            epoch_length=epoch_hours * 3600,
            intention=intention,
        )
        replace(known, ledger=made).save(deployment)
    emit({"deployment": str(deployment), **made.members()}, as_json)


def accept_issuer(
    *,
    wallet: WalletFile,
    issuer: Address,
    deployment: DeploymentFile,
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Let an account make entries. Admin only."""
    with open_account(wallet, node, password_file, password_fd) as account:
        open_ledger(account.node, deployment).ledger.accept_issuer(issuer, by=account.sender)
    emit({"issuer": issuer, "accepted": True}, as_json)


def dismiss_issuer(
    *,
    wallet: WalletFile,
    issuer: Address,
    deployment: DeploymentFile,
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Take no more entries from an account; those that it made stay. Admin only."""
    with open_account(wallet, node, password_file, password_fd) as account:
        open_ledger(account.node, deployment).ledger.dismiss_issuer(issuer, by=account.sender)
    emit({"issuer": issuer, "accepted": False}, as_json)


def seal(
    *,
    issuer: IssuerFile,
    entry: Annotated[Path, typer.Argument(metavar="ENTRY.json", help="What is known, all of it.")],
    person: Annotated[str, typer.Option("--person", help="Your own identifier of the person.")],
    to: Annotated[Path, typer.Option("--to", help="The card that the person made for you.")],
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Encrypt an entry to a person's account, ready to be posted; needs no node.

    It will replace your earlier entry about the person. What is left out of ENTRY.json is 0.
    """
    from zkcredit.issuer import Issuer
    from zkcredit.ledger import LedgerCard, LedgerEntry

    amounts = LedgerEntry.from_values(read_object(entry, "entry"))
    card = LedgerCard.from_json(read_text(to, 1 << 12))
    require_replaceable(out)
    with Issuer.open(issuer, read_password(password_file, password_fd)) as opened:
        sealed = opened.ledger.seal(amounts, person=person, to=card, address=card.issuer)
    write_text(out, sealed.to_json() + "\n")
    emit({"entry": str(out), "account": str(sealed.number), "post_from": sealed.issuer}, as_json)


def enter(
    *,
    wallet: WalletFile,
    entry: Annotated[Path, typer.Argument(metavar="SEALED.json", help="As `seal` wrote it.")],
    deployment: DeploymentFile,
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Post a sealed entry from your account. Accepted issuers only; counts from the next epoch."""
    from zkcredit.ledger import SealedEntry

    sealed = SealedEntry.from_json(read_text(entry, 1 << 13))
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.chain.contracts.events import EntryReplaced

        ledger = open_ledger(account.node, deployment).ledger
        made = ledger.post(sealed, by=account.sender)
        emit(
            {
                "account": str(made.account),
                "replaced": isinstance(made, EntryReplaced),
                "counts_from_epoch": made.epoch + 1,
            },
            as_json,
        )
