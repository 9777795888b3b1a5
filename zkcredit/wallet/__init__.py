"""The borrower's side: one seed, one encrypted file, and proofs made from what is in it."""

from __future__ import annotations

from zkcredit.wallet.log import Consent
from zkcredit.wallet.seed import Seed
from zkcredit.wallet.wallet import Wallet

__all__ = ["Consent", "Seed", "Wallet"]
