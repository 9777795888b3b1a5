"""The accounts that embedded and anvil chains fund at genesis; everybody knows their secrets."""

from __future__ import annotations

from hashlib import sha256

from zkcredit.chain.sending.accounts import Signer

__all__ = ["LOCAL_BALANCE", "local_accounts_unsafe"]

LOCAL_BALANCE = 10**6 * 10**18
"""Initial balance of every local account, in wei."""


def local_accounts_unsafe(count: int) -> tuple[Signer, ...]:
    """Return the first ``count`` local accounts; unsafe elsewhere, as everybody has their keys."""
    return tuple(
        Signer(sha256(f"zkcredit/local-account/unsafe/v1/{place}".encode()).digest())
        for place in range(count)
    )
