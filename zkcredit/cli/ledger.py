"""``zkcredit ledger``: encrypted credit data on chain, which issuers write and the owner reads."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    IssuerOptions,
    LedgerOptions,
    WalletOptions,
    read_account,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import (
    Out,
    command,
    load_entry_key,
    read_as,
    read_object,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

app = typer.Typer(help="Encrypted credit data on chain.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The issuer's account.")]
IssuerAddress = Annotated[str, typer.Option("--issuer", help="Account that the issuer posts from.")]


# --- the ledger's admin -------------------------------------------------------------------------


@command(app, "accept-issuer")
def accept_issuer(
    admin: WalletOptions, at: LedgerOptions, how: ActionOptions, issuer: Address
) -> None:
    """Allow an account to post entries. Admin only."""
    _decide(admin, at, how, issuer, accepted=True)


@command(app, "dismiss-issuer")
def dismiss_issuer(
    admin: WalletOptions, at: LedgerOptions, how: ActionOptions, issuer: Address
) -> None:
    """Refuse further entries from an account; those that it posted stay. Admin only."""
    _decide(admin, at, how, issuer, accepted=False)


def _decide(
    admin: WalletOptions, at: LedgerOptions, how: ActionOptions, issuer: str, *, accepted: bool
) -> None:
    from zkcredit._internal.evm import checksum_address

    verb = "accept" if accepted else "dismiss"
    with admin.acting(at, how) as actor:
        ledger = at.open(actor.node).ledger
        send = ledger.accept_issuer if accepted else ledger.dismiss_issuer

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            send(issuer, by=actor.sender, idempotency_key=f"{name}/{verb}")
            return {"issuer": issuer, "accepted": accepted}

        wanted = {"issuer": checksum_address("the issuer", issuer)}
        perform(actor, Wish(f"ledger {verb}-issuer", ledger.address, wanted), carry_out)


@command(app, "name-successor")
def name_successor(
    admin: WalletOptions,
    at: LedgerOptions,
    how: ActionOptions,
    issuer: Address,
    successor: Annotated[
        str, typer.Argument(metavar="SUCCESSOR", help="An accepted issuer's account.")
    ],
) -> None:
    """Allow an issuer to post entries in the place of a dismissed one. Admin only."""
    from zkcredit._internal.evm import checksum_address

    with admin.acting(at, how) as actor:
        ledger = at.open(actor.node).ledger

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/succeed"
            ledger.name_successor(issuer, successor, by=actor.sender, idempotency_key=step)
            return {"issuer": issuer, "successor": successor}

        wanted = {
            "issuer": checksum_address("the issuer", issuer),
            "successor": checksum_address("the successor", successor),
        }
        perform(actor, Wish("ledger name-successor", ledger.address, wanted), carry_out)


# --- lenders ------------------------------------------------------------------------------------


@command(app, "name-issuers")
def name_issuers(
    lender: WalletOptions,
    at: LedgerOptions,
    how: ActionOptions,
    issuers: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Issuers' accounts.")],
) -> None:
    """Publish the issuers whose entries count for your products, and print the list's hash.

    A product has the hash as its field "issuers". Anybody can publish a list: a list alone changes
    nothing.
    """
    from zkcredit.ledger import issuers_hash

    named = issuers_hash(issuers)
    with lender.acting(at, how) as actor:
        ledger = at.open(actor.node).ledger

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            ledger.name_issuers(issuers, by=actor.sender, idempotency_key=f"{name}/name")
            return {"issuers": named, "count": len(issuers)}

        perform(actor, Wish("ledger name-issuers", ledger.address, {"issuers": named}), carry_out)


# --- issuers ------------------------------------------------------------------------------------


@command(app)
def seal(
    by: IssuerOptions,
    at: LedgerOptions,
    entry: Annotated[Path, typer.Argument(metavar="ENTRY.json", help="Everything you know.")],
    *,
    person: Annotated[str, typer.Option("--person", help="Your own identifier of the person.")],
    to: Annotated[Path, typer.Option("--to", help="The card that the person made for you.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Proving key of entries (.zkey); the dev key by default."),
    ] = None,
    out: Out,
) -> None:
    """Encrypt an entry to a person's account, and prove that it is one, ready to be posted.

    The entry will replace your earlier entry about the person. A field that ENTRY.json leaves out
    is 0. The command asks the ledger how many entries you have made in the account: the proof is
    for the next entry, and for no other.
    """
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.ledger import LedgerCard, LedgerEntry

    values = read_object(entry, "entry")
    with in_file(entry):
        amounts = LedgerEntry.from_values(values)
    card = read_as(to, LedgerCard.from_json, 1 << 12)
    require_replaceable(out)
    with by.open() as issuer, at.connect() as node:
        proved = issuer.ledger.seal(
            amounts,
            person=person,
            to=card,
            address=card.issuer,
            at=at.open(node).ledger.place(card.account, card.issuer),
            proving_key=load_entry_key(key),
        )
    write_text(out, proved.to_json() + "\n")
    sealed, number = proved.sealed, proved.place.count
    emit(
        {
            "entry": str(out),
            "account": str(sealed.number),
            "post_from": sealed.issuer,
            "number": number,
        }
    )


@command(app)
def enter(
    issuer: WalletOptions,
    at: LedgerOptions,
    how: ActionOptions,
    entry: Annotated[
        Path, typer.Argument(metavar="SEALED.json", help="The output of the command seal.")
    ],
) -> None:
    """Post a sealed entry, which counts from the next epoch. Accepted issuers only."""
    from zkcredit.ledger import ProvedEntry

    proved = read_as(entry, ProvedEntry.from_json, 1 << 13)
    with issuer.acting(at, how) as actor:
        ledger = at.open(actor.node).ledger

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            made = ledger.post(proved, by=actor.sender, idempotency_key=f"{name}/enter")
            return {
                "account": str(made.account),
                "replaced": made.number > 0,
                "counts_from_epoch": made.epoch + 1,
            }

        wanted = {"entry": hashlib.sha256(proved.to_json().encode()).hexdigest()}
        perform(actor, Wish("ledger enter", ledger.address, wanted), carry_out)


# --- the account's owner ------------------------------------------------------------------------


@command(app)
def card(owner: WalletOptions, *, issuer: IssuerAddress, out: Out) -> None:
    """Make the card that one issuer needs to write to your account; no other issuer can use it."""
    with owner.open() as wallet:
        made = wallet.ledger.card(issuer)
    write_text(out, made.to_json() + "\n")
    emit({"card": str(out), "account": str(made.number), "issuer": made.issuer})


@command(app)
def show(owner: WalletOptions, at: LedgerOptions) -> None:
    """Show what is public about your account: its key and number, who wrote to it and when."""
    from zkcredit.gadgets.babyjub import to_text

    with owner.on(at) as account:
        key = account.wallet.ledger.key
        posted, state, epoch = at.open(account.node).ledger.read(key)
    emit(
        {
            "account": str(state.account),
            "key": to_text(key),
            "epoch": epoch,
            "issuers": list(state.entries),
            "entries": [{"issuer": entry.issuer, "epoch": entry.epoch} for entry in posted],
        }
    )


@command(app)
def sync(owner: WalletOptions, at: LedgerOptions) -> None:
    """Read your account from the chain: open every entry, compare it with its ciphertext, and sum.

    Keep the output private. If an entry cannot be used, the command says why and exits with 1,
    because nothing can be proved.
    """
    with owner.on(at) as account:
        ledger = at.open(account.node).ledger
        posted, state, epoch = ledger.read(account.wallet.ledger.key)
        read = account.wallet.ledger.read(posted, epoch=epoch)
        emit(
            {
                "account": str(read.number),
                "epoch": read.epoch,
                "entries": {issuer: asdict(entry) for issuer, entry in read.entries.items()},
                "faults": {issuer: str(fault) for issuer, fault in read.faults.items()},
                "exposed": list(read.exposed),
                "not_yet_in_effect": sum(entry.epoch >= read.epoch for entry in posted),
            }
        )
        for issuer in read.exposed:
            note(f"warning: {issuer} used the randomness of an entry twice; tell this issuer")
        if read.entries or read.faults:
            account.wallet.ledger.check(read, state.in_effect(epoch))


@command(app)
def recover(
    owner: WalletOptions,
    at: LedgerOptions,
    known: Annotated[
        Path, typer.Argument(metavar="KNOWN.json", help="Its amounts; null for an unknown one.")
    ],
    *,
    issuer: IssuerAddress,
    bound: Annotated[
        int, typer.Option("--bound", min=1, max=1 << 40, help="The unknown amount is below it.")
    ] = 1 << 40,
) -> None:
    """Find the amounts of an entry whose envelope does not open, and remember them."""
    from zkcredit._internal.evm import checksum_address
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.ledger import LedgerEntry

    values = read_object(known, "amounts")
    with in_file(known):
        amounts = LedgerEntry.known(values)
    sender = checksum_address("the issuer", issuer)
    with owner.on(at) as account:
        _, posted = read_account(account.wallet, at.open(account.node).ledger)
        theirs = [entry for entry in posted if entry.issuer == sender]
        if not theirs:
            raise InvalidInput(f"{sender} has no entry in this account")
        found = account.wallet.ledger.recover(theirs[-1], amounts, bound=bound)
    emit({"issuer": sender, **asdict(found)})
