"""``zkcredit wallet``: make a wallet, show what it holds, back it up."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

import zkcredit.units as units
from zkcredit.cli.account import WalletOptions
from zkcredit.cli.options import command, read_text, write_text
from zkcredit.cli.output import confirm_deletion, emit, note
from zkcredit.errors import InvalidInput
from zkcredit.language import tr

if TYPE_CHECKING:
    from zkcredit.wallet import Wallet

app = typer.Typer(help="The borrower's wallet.", no_args_is_help=True)

_NONE: Final = "none"


@command(app)
def init(
    new: WalletOptions,
    *,
    restore_from: Annotated[
        Path | None,
        typer.Option("--restore-from", help="Restore from this file of backup words instead."),
    ] = None,
) -> None:
    """Make a new wallet's file; a password encrypts it."""
    from zkcredit._internal.text import text_of
    from zkcredit.wallet import Wallet

    words = None
    if restore_from is not None:
        from zkcredit._internal.refused.file_errors import in_file
        from zkcredit.wallet.seed import Seed

        words = text_of(read_text(restore_from, 4096), str(restore_from))
        with in_file(restore_from):
            Seed.from_words(words)
    password = new.password(confirm=True)
    made = (
        Wallet.create(new.wallet, password)
        if words is None
        else Wallet.restore(new.wallet, password, words)
    )
    with made:
        note(f"write the backup words down: zkcredit wallet words {new.wallet}")
        emit({"wallet": str(new.wallet), "address": _address(made)})


@command(app)
def show(owner: WalletOptions) -> None:
    """Show what a wallet holds. The output contains no secrets."""
    with owner.open() as wallet:
        emit(
            {
                "wallet": str(owner.wallet),
                "address": _address(wallet),
                "holder": str(wallet.card.holder),
                "credentials": list(wallet.credentials()),
                "proofs_shown": len(wallet.consents()),
            }
        )


@command(app)
def card(
    owner: WalletOptions,
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file.")] = None,
) -> None:
    """Print the card that an issuer needs to send a credential here."""
    import json

    with owner.open() as wallet:
        text = wallet.card.to_json()
    if out is None:
        emit(json.loads(text), text)
    else:
        write_text(out, text + "\n")
        emit({"card": str(out)})


@command(app)
def addressee(
    owner: WalletOptions,
    verifier_key: Annotated[
        str, typer.Argument(metavar="VERIFIER_KEY", help="The verifier's public key, 64 digits.")
    ],
) -> None:
    """Print the name of this wallet for one verifier's signed requests.

    Each verifier's key gets another name, and nobody can link the names. The wallet does not answer
    a signed request that is addressed to another name.
    """
    from zkcredit._internal.json import hex_bytes

    with owner.open() as wallet:
        name = wallet.addressee(hex_bytes(verifier_key, 32, "the verifier's key"))
    emit({"addressee": name}, name)


@command(app)
def words(owner: WalletOptions) -> None:
    """Print the backup words. Whoever sees them has every key."""
    from zkcredit.wallet import Wallet

    password = owner.password()
    with Wallet.open(owner.wallet, password) as wallet:
        text = wallet.words(password)
    emit({"words": text.split()}, text)


@command(app)
def backup(
    owner: WalletOptions,
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="The new file.")],
) -> None:
    """Copy a wallet to a new file, which the same password opens, and check the copy."""
    with owner.open() as wallet:
        records = wallet.backup(copy)
    emit({"backup": str(copy), "records": records})


@command(app)
def verify(owner: WalletOptions) -> None:
    """Check a wallet or its backup: decrypt every record."""
    with owner.open() as wallet:
        records = wallet.check()
    emit({"wallet": str(owner.wallet), "whole": True, "records": records})


@command(app)
def delete(
    owner: WalletOptions,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Remove a wallet and its outbox for good.

    The command first says what goes, and what stays on a chain and with others. A transaction
    that may still be executed has to end before. After a kill, the wallet is there whole, or it
    is gone and the same command removes the rest.
    """
    outbox = owner.wallet.with_name(f"{owner.wallet.name}.outbox")
    _require_finished(outbox)
    if not os.path.lexists(owner.wallet) and os.path.lexists(outbox):
        confirm_deletion("The wallet is gone already; its outbox goes now.", yes)
        gone = [outbox]
    else:
        from zkcredit.wallet import deletion_in_words

        with owner.open() as wallet:
            confirm_deletion(deletion_in_words(wallet), yes)
            _require_finished(outbox)  # the owner may have taken long to decide
            wallet.delete()
        gone = [owner.wallet, *([outbox] if os.path.lexists(outbox) else [])]
    if outbox in gone:
        from zkcredit._internal.files import remove

        remove(outbox)
    emit({"deleted": [str(path) for path in gone]})


@command(app)
def limits(
    owner: WalletOptions,
    *,
    ear: Annotated[
        str | None,
        typer.Option("--ear", help="Highest effective annual rate in per cent, or 'none'."),
    ] = None,
    payment: Annotated[
        str | None,
        typer.Option("--payment", help="Largest payment in minor currency units, or 'none'."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="With --payment: its currency (EUR, KES, …).")
    ] = None,
) -> None:
    """Show what a loan may cost at most, or set it; the wallet refuses to prove for a dearer one.

    Without a setting, the wallet refuses loans of more than 60 % a year (effective annual rate).
    Only the options that are given change a limit. Nobody else learns the limits.
    """
    wanted = None if payment in (None, _NONE) else _whole("--payment", str(payment))
    if (currency is not None) != (wanted is not None):
        raise InvalidInput("--currency belongs to a --payment, and says in what it is stated")
    rate, finer = divmod(0 if ear in (None, _NONE) else units.parts_per_billion(str(ear)), 10)
    if finer:
        raise InvalidInput("--ear is in per cent with at most 6 decimals")
    with owner.open() as wallet:
        kept = wallet.limits
        if ear is not None:
            kept = replace(kept, ear=None if ear == _NONE else rate)
        if payment is not None:
            number = 0 if currency is None else units.currency(currency).number
            kept = replace(kept, payment=wanted, currency=number)
        if kept != wallet.limits:
            wallet.set_limits(kept)
    emit(asdict(kept), "\n".join(kept.in_words()))


@command(app)
def log(owner: WalletOptions) -> None:
    """Show what was proved: when, to whom, for what, and what a loan was said to cost."""
    from zkcredit.units import format_time

    with owner.open() as wallet:
        consents = wallet.consents()
    entries = []
    for consent in consents:
        entry = asdict(consent)
        for name in ("context", "scope", "nullifier"):  # beyond what JSON numbers hold exactly
            entry[name] = str(entry[name])
        entries.append(entry)
    lines = [
        f"{format_time(entry.time)}  {entry.verifier or '–'}  {entry.purpose or '–'}"
        + (
            "  " + tr("until {time}", time=format_time(entry.expires_at))
            if entry.expires_at
            else ""
        )
        + (f"  {_cost(entry.costs)}" if entry.costs else "")
        for entry in consents
    ]
    emit({"proofs": entries}, "\n".join(lines) or "nothing was proved yet")


def _cost(told: dict[str, int]) -> str:
    from zkcredit.loan import rate_in_words

    paid_out, total = (
        units.money_in_words(told[name], told["currency"]) for name in ("net", "total")
    )
    return tr(
        "{paid_out} paid out, {total} to pay back, {rate} a year",
        paid_out=paid_out,
        total=total,
        rate=rate_in_words(told["ear"]),
    )


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise InvalidInput(f"{name} is a whole number of minor currency units, or 'none'")
    return int(text)


def _require_finished(outbox: Path) -> None:
    if not os.path.lexists(outbox):
        return
    from zkcredit.chain.leftover import may_still_execute

    if waiting := may_still_execute(outbox):
        raise InvalidInput(
            f"{len(waiting)} of the wallet's transactions may still be executed; "
            "end them first: zkcredit tx resume, or zkcredit tx cancel"
        )


def _address(wallet: "Wallet") -> str | None:
    from zkcredit.errors import WalletError

    try:
        return wallet.evm_address
    except WalletError:  # the extra for the chain is not installed
        return None
