"""Every order and width that is hashed, packed or proved, said once.

Whoever packs, hashes or proves reads the order here: the circuits, the protocol's nouns and the
clients of the contracts. A number in this file is part of a format and never changes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PUBLIC_INPUTS"]

_CREDENTIAL: Final = ("policy", "context", "registry_root", "scope", "nullifier")

PUBLIC_INPUTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "eligibility": _CREDENTIAL,
        "scored_eligibility": _CREDENTIAL,
        "escrow_eligibility": (
            *_CREDENTIAL,
            "arbiters_x",
            "arbiters_y",
            "sealed_x",
            "sealed_y",
            "sealed_value",
        ),
        "ledger_eligibility": (
            "policy",
            "context",
            "account_x",
            "account_y",
            "c1_x",
            "c1_y",
            "c2_x",
            "c2_y",
        ),
    }
)
"""Statement → the names of its public inputs, in their order; each is one field element."""
