"""The protocol's hashes: which values go in, in which order, under which domain.

Every hash of the protocol that a statement opens is defined here once. The functions compute them
on integers; the statements take the same inputs and tags to signals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zkcredit.errors import InvalidInput
from zkcredit.gadgets.merkle import Tree8
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.schema import N_ATTRIBUTES, REGISTRY_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "CREDENTIAL_TAG",
    "HOLDER_TAG",
    "ISSUER_NODE_TAG",
    "ISSUER_TAG",
    "NULLIFIER_TAG",
    "credential_inputs",
    "credential_message",
    "holder_commitment",
    "issuer_inputs",
    "issuer_leaf",
    "nullifier",
    "nullifier_inputs",
    "registry_tree",
]

T = TypeVar("T")  # an integer, or a signal of a circuit

HOLDER_TAG = domain_tag("holder")
NULLIFIER_TAG = domain_tag("nullifier")
CREDENTIAL_TAG = domain_tag("credential")
ISSUER_TAG = domain_tag("issuer")
ISSUER_NODE_TAG = domain_tag("issuer-node")


def credential_inputs(header: Iterable[T], holder: T, attributes: Iterable[T]) -> list[T]:
    """Return what a credential's hash takes, in order; the schema defines the header."""
    return [*header, holder, *attributes]


def nullifier_inputs(secret: T, scope: T) -> list[T]:
    """Return what a nullifier's hash takes, in order."""
    return [secret, scope]


def issuer_inputs(key_x: T, key_y: T, revocation_root: T) -> list[T]:
    """Return what the hash of an issuer's entry takes, in order."""
    return [key_x, key_y, revocation_root]


def holder_commitment(secret: int) -> int:
    """Return what an issuer signs in place of the holder's secret."""
    return poseidon([secret], HOLDER_TAG)


def nullifier(secret: int, scope: int) -> int:
    """Return the holder's pseudonym within one scope; nobody can link those of two scopes."""
    return poseidon(nullifier_inputs(secret, scope), NULLIFIER_TAG)


def credential_message(
    revocation_id: int, issued_at: int, expires_at: int, holder: int, attributes: Sequence[int]
) -> int:
    """Return what an issuer signs: header, holder commitment and the twelve attributes.

    Raises:
        InvalidInput: if there are not twelve attributes.
        OutOfRange: if a value is not a field element.
    """
    if len(attributes) != N_ATTRIBUTES:
        raise InvalidInput(
            f"a credential must have {N_ATTRIBUTES} attributes, not {len(attributes)}"
        )
    header = (revocation_id, issued_at, expires_at)
    return poseidon(credential_inputs(header, holder, attributes), CREDENTIAL_TAG)


def issuer_leaf(key_x: int, key_y: int, revocation_root: int) -> int:
    """Return an issuer's entry in a registry: its public key with its current revocation root."""
    return poseidon(issuer_inputs(key_x, key_y, revocation_root), ISSUER_TAG)


def registry_tree(leaves: Iterable[int]) -> Tree8:
    """Return the tree of the accepted issuers.

    Args:
        leaves: their leaves in registry order; 0 is an empty place.

    Raises:
        InvalidInput: if there are more than 64 leaves.
    """
    return Tree8(REGISTRY_DEPTH, leaves, ISSUER_NODE_TAG)
