"""Where a key comes from, who can forge under it, and the warnings about its use.

==============  ==========================================================  =====================
origin          who can forge proofs                                        use
==============  ==========================================================  =====================
dev             everybody: the trapdoor is derived from public data         warning; local chains
single-party    one party, who made the key or its only contribution        warning; local chains
claimed         whoever made the file, who may have made up its ceremony    local chains
ceremony        nobody, if one of several contributors forgot its secret    everywhere
==============  ==========================================================  =====================

A file claims at most that there was a ceremony. A key is "ceremony" if its contributions were
verified in this process (``verify_ceremony``), or if the caller says so. Verification shows that
the contributions follow from one another; that their makers are different is not shown. Therefore
a public chain also wants contributions that the deployer vouches for (``deployable``).

A dev key is recognised by its α, whatever its file says. All dev keys share α, β and τ, so neither
removal of the mark nor a contribution to the key hides it.
"""

from __future__ import annotations

import warnings
from typing import Final, Literal, TypeAlias, get_args

from zkcredit.bn254.points import G1Point

__all__ = [
    "DEV_ALPHA1",
    "ORIGINS",
    "DevKeyWarning",
    "Origin",
    "SinglePartyKeyWarning",
    "UnsafeKeyWarning",
    "warn_of",
]

Origin: TypeAlias = Literal["dev", "single-party", "claimed", "ceremony"]
"""Who can forge under a key: everybody, its maker, perhaps its maker, nobody if one was honest."""

ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
"""From the least trustworthy to the most."""

DEV_ALPHA1: Final = G1Point(
    15453651222552900667262303728524407487344828686133002841668083972006189467503,
    14987628317014163210261061156972430953751945373077986806369257073645332303984,
)
"""α·G1 of every dev key; ``setup`` says how it is derived, and a test derives it again."""


class UnsafeKeyWarning(UserWarning):
    """Somebody can forge proofs under the key in use."""


class DevKeyWarning(UnsafeKeyWarning):
    """Everybody can forge proofs under the key in use: it is for tests and local chains."""


class SinglePartyKeyWarning(UnsafeKeyWarning):
    """The one party that made the key in use can forge proofs under it."""


def warn_of(origin: Origin, stacklevel: int = 3) -> None:
    """Warn if a key of this origin lets somebody forge.

    Args:
        origin: the key's origin.
        stacklevel: the caller to which the warning is attributed, as in ``warnings.warn``.
    """
    # Test configurations filter by the first words of these texts.
    if origin == "dev":
        warnings.warn(
            "zkcredit dev key in use: everybody can forge proofs under it",
            DevKeyWarning,
            stacklevel=stacklevel,
        )
    elif origin == "single-party":
        warnings.warn(
            "zkcredit single-party key in use: whoever made it can forge proofs under it",
            SinglePartyKeyWarning,
            stacklevel=stacklevel,
        )
