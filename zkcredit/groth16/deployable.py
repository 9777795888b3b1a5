"""The check of which keys may be deployed on which chain."""

from __future__ import annotations

from typing import Final

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.groth16.keys import VerifyingKey

__all__ = ["LOCAL_CHAIN_IDS", "require_deployable"]

LOCAL_CHAIN_IDS: Final = frozenset({1337, 31337, 131277322940537})
"""Ganache and geth --dev, anvil and hardhat, eth-tester: chains on this machine only."""


def require_deployable(verifying_key: VerifyingKey, chain_id: int) -> None:
    """Refuse a key under which somebody can forge proofs, except on a known local chain.

    Raises:
        UnsafeKey: if the key is a dev or single-party key and the chain is not in
            ``LOCAL_CHAIN_IDS``, or ``VerifyingKey.require_safe`` refuses the key.
        InvalidInput: if the chain id is not a positive integer, or the key is not a VerifyingKey.
    """
    if isinstance(chain_id, bool) or not isinstance(chain_id, int) or chain_id <= 0:
        raise InvalidInput("the chain id must be a positive integer")
    require_instance("the key", verifying_key, VerifyingKey).require_safe()
    if verifying_key.origin != "ceremony" and chain_id not in LOCAL_CHAIN_IDS:
        raise UnsafeKey(
            f"a {verifying_key.origin} key is refused on chain {chain_id}: somebody can forge "
            "proofs under it; make a key in a ceremony of several parties"
        )
