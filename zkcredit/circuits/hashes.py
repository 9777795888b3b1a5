"""The protocol's hashes: which values go in, in which order, under which domain.

Every hash of the protocol that a statement opens is defined here once, on integers; the
statements use the same tags on signals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import InvalidInput
from zkcredit.gadgets.merkle import Tree8
from zkcredit.gadgets.poseidon import domain_tag, poseidon

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "CREDENTIAL_TAG",
    "HOLDER_TAG",
    "ISSUER_NODE_TAG",
    "ISSUER_TAG",
    "NULLIFIER_TAG",
    "N_ATTRIBUTES",
    "REGISTRY_DEPTH",
    "credential_message",
    "holder_commitment",
    "issuer_leaf",
    "nullifier",
    "registry_tree",
]

HOLDER_TAG = domain_tag("holder")
NULLIFIER_TAG = domain_tag("nullifier")
CREDENTIAL_TAG = domain_tag("credential")
ISSUER_TAG = domain_tag("issuer")
ISSUER_NODE_TAG = domain_tag("issuer-node")

N_ATTRIBUTES = 12

REGISTRY_DEPTH = 2
"""Levels of a registry tree: 64 accepted issuers."""


def holder_commitment(secret: int) -> int:
    """What an issuer signs in place of the holder's secret."""
    return poseidon([secret], HOLDER_TAG)


def nullifier(secret: int, scope: int) -> int:
    """The holder's pseudonym within one scope; pseudonyms of two scopes cannot be linked."""
    return poseidon([secret, scope], NULLIFIER_TAG)


def credential_message(
    revocation_id: int, issued_at: int, expires_at: int, holder: int, attributes: Sequence[int]
) -> int:
    """What an issuer signs: header, holder commitment and the twelve attributes.

    Raises:
        InvalidInput: there are not twelve attributes.
        OutOfRange: a value is not a field element.
    """
    if len(attributes) != N_ATTRIBUTES:
        raise InvalidInput(f"a credential has {N_ATTRIBUTES} attributes, not {len(attributes)}")
    return poseidon([revocation_id, issued_at, expires_at, holder, *attributes], CREDENTIAL_TAG)


def issuer_leaf(key_x: int, key_y: int, revocation_root: int) -> int:
    """An issuer's entry in a registry: its public key with its current revocation root."""
    return poseidon([key_x, key_y, revocation_root], ISSUER_TAG)


def registry_tree(leaves: Iterable[int]) -> Tree8:
    """The tree of the accepted issuers, from their leaves in registry order (0 = empty place).

    Raises:
        InvalidInput: more than 64 leaves.
    """
    return Tree8(REGISTRY_DEPTH, leaves, ISSUER_NODE_TAG)
