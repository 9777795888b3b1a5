"""The accounts that embedded and anvil chains fund at genesis: public keys of public secrets."""

from __future__ import annotations

from hashlib import sha256

from zkcredit.chain.sending.accounts import Signer

__all__ = ["LOCAL_BALANCE", "local_accounts_unsafe"]

LOCAL_BALANCE = 10**6 * 10**18
"""Wei that every local account starts with."""


def local_accounts_unsafe(count: int) -> tuple[Signer, ...]:
    """Return the first ``count`` local accounts; unsafe anywhere else, for everybody has their
    keys.
    """
    return tuple(
        Signer(sha256(f"zkcredit/local-account/unsafe/v1/{place}".encode()).digest())
        for place in range(count)
    )
