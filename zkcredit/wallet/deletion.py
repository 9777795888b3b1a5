"""What is lost with a wallet and what stays without it, in words for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import MissingExtra

if TYPE_CHECKING:
    from zkcredit.wallet.wallet import Wallet

__all__ = ["deletion_in_words"]


def deletion_in_words(wallet: Wallet) -> str:
    """Return what goes when a wallet is deleted, and what stays, a paragraph to a line.

    Raises:
        DamagedFile: if the file is corrupted.
        WalletError: if another process keeps the file locked, or the wallet is closed.
    """
    credentials, shown = len(wallet.credentials()), len(wallet.consents())
    try:
        account = f"the account {wallet.evm_address}"
    except MissingExtra:
        account = "the wallet's account"
    return "\n".join(
        [
            "What goes for good: the seed with every key that is made from it, "
            f"{_count(credentials, 'credential')}, the log of {_count(shown, 'proof')}, and "
            "what you entered for a ledger.",
            "What stays on a chain, where nobody can remove it: applications, loans, payments and "
            f"transfers of {account}, the proofs with their public inputs, and encrypted entries "
            "of a ledger. A loan stays owed, and anybody may pay for it.",
            "What others keep: an issuer the holder and the id of what it issued to you, a "
            "verifier what you showed.",
            "Whoever has the backup words can make the keys again. Without them, money in the "
            "account is lost. Copies, backups and files that you exported are not removed.",
        ]
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
