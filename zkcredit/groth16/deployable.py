"""The check of which keys may be deployed on which chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.groth16.ceremony.verified import Endorsement
from zkcredit.groth16.keys import VerifyingKey

if TYPE_CHECKING:
    from zkcredit.groth16.trust import Origin

__all__ = ["LOCAL_CHAIN_IDS", "MOST_DEPLOYED_INPUTS", "require_deployable"]

LOCAL_CHAIN_IDS: Final = frozenset({1337, 31337, 131277322940537})
"""Ganache and geth --dev, anvil and hardhat, eth-tester: chains on this machine only."""
MOST_DEPLOYED_INPUTS: Final = 375
"""Most public inputs of the verifier contract: its key is the code of another contract, which
EIP-170 limits to 24,576 bytes, and has 448 bytes and 64 for each input and one more."""


def require_deployable(
    verifying_key: VerifyingKey, chain_id: int, endorsement: Endorsement | None = None
) -> None:
    """Refuse a key under which somebody can forge proofs, except on a known local chain.

    On every other chain the key's ceremony must have been verified, and the deployer must vouch for
    a contribution to each phase: verification does not show that contributors were different
    people, so one's own contribution, or that of somebody whom one trusts, is what makes the
    difference.

    Args:
        verifying_key: the key.
        chain_id: EIP-155 chain id.
        endorsement: the verified ceremony of the key, and the contributions that the deployer
            vouches for. Local chains do not need it.

    Raises:
        UnsafeKey: if the key is a dev or single-party key, or one of a ceremony without an
            endorsement, and the chain is not in ``LOCAL_CHAIN_IDS``; if the endorsement is for
            another key; or if ``VerifyingKey.require_safe`` refuses the key.
        InvalidInput: if the chain id is not a positive integer, an argument has another type, or
            the key has no public input or more than ``MOST_DEPLOYED_INPUTS``.
    """
    if isinstance(chain_id, bool) or not isinstance(chain_id, int) or chain_id <= 0:
        raise InvalidInput("the chain id must be a positive integer")
    require_instance("the key", verifying_key, VerifyingKey).require_safe()
    if not 1 <= verifying_key.n_public <= MOST_DEPLOYED_INPUTS:
        raise InvalidInput(
            f"the key has {verifying_key.n_public} public inputs, and a verifier contract has 1 to "
            f"{MOST_DEPLOYED_INPUTS} (EIP-170); let the circuit hash them to one public input"
        )
    origin: Origin = verifying_key.origin
    if endorsement is not None:
        verified = require_instance("the endorsement", endorsement, Endorsement).ceremony
        if not verified.is_of(verifying_key):
            raise UnsafeKey("the ceremony that was verified is that of another key")
        origin = verified.origin
    if chain_id in LOCAL_CHAIN_IDS:
        return
    if origin in {"dev", "single-party"}:
        raise UnsafeKey(
            f"a {origin} key is refused on chain {chain_id}: somebody can forge proofs under it; "
            "make a key in a ceremony of several parties"
        )
    if endorsement is None:
        raise UnsafeKey(
            f"the key is refused on chain {chain_id} as long as nobody vouches for it: verify its "
            "ceremony, and name a contribution to each phase that is yours or that of somebody "
            "whom you trust"
        )
