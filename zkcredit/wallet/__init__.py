"""The borrower's side: one seed, one encrypted file, and proofs made from what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.wallet.deletion import deletion_in_words
    from zkcredit.wallet.ledger import WalletLedger
    from zkcredit.wallet.limits import CostLimits
    from zkcredit.wallet.log import Consent
    from zkcredit.wallet.seed import Seed
    from zkcredit.wallet.wallet import Wallet

__all__ = ["Consent", "CostLimits", "Seed", "Wallet", "WalletLedger", "deletion_in_words"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Consent": "log",
        "CostLimits": "limits",
        "Seed": "seed",
        "Wallet": "wallet",
        "WalletLedger": "ledger",
        "deletion_in_words": "deletion",
    },
)
