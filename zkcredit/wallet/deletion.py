"""What is lost with a wallet and what stays without it, in words for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import MissingExtra
from zkcredit.language import tr, tr_many

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
        account = tr("the account {address}", address=wallet.evm_address)
    except MissingExtra:
        account = tr("the wallet's account")
    return "\n".join(
        [
            tr(
                "What goes for good: the seed with every key that is made from it, {credentials}, "
                "the log of {proofs}, and what you entered for a ledger.",
                credentials=tr_many("{number} credential", "{number} credentials", credentials),
                proofs=tr_many("{number} proof", "{number} proofs", shown),
            ),
            tr(
                "What stays on a chain, where nobody can remove it: applications, loans, payments "
                "and transfers of {account}, the proofs with their public inputs, and encrypted "
                "entries of a ledger. A loan stays owed, and anybody may pay for it.",
                account=account,
            ),
            tr(
                "What others keep: an issuer the holder and the id of what it issued to you, a "
                "verifier what you showed."
            ),
            tr(
                "Whoever has the backup words can make the keys again. Without them, money in the "
                "account is lost. Copies, backups and files that you exported are not removed."
            ),
        ]
    )
