"""What a node's answer to the bytes of a transaction means."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_refusal", "says_used"]

_REFUSALS: Final = re.compile(
    r"insufficient (funds|balance)|insufficientfunds|not have enough balance"
    r"|upfront cost exceeds|cost exceeds account balance"
    r"|(?<!replacement )transaction underpriced|fee ?too ?low|less than (the )?block base ?fee"
    r"|base ?fee exceeds|below (the )?base ?fee|gas ?price too low|higher than max ?fee per gas"
    r"|intrinsic gas|gas ?limit|out of gas|gas too (low|high)"
    r"|chain ?id|another chain|wrong chain",
    re.IGNORECASE,
)
_USED: Final = re.compile(r"nonce[ _]?(is )?too[ _]?low|old ?nonce", re.IGNORECASE)


def is_refusal(answer: str) -> bool:
    """Return whether a node's answer certainly means that it did not take a transaction.

    Funds, fee, gas limit and chain id are such reasons. After any other answer, also an unknown
    one, the node may have the transaction.
    """
    return _REFUSALS.search(answer) is not None


def says_used(answer: str) -> bool:
    """Return whether a node's answer says that the nonce is used."""
    return _USED.search(answer) is not None
