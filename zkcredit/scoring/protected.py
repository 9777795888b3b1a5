"""Attributes that must never enter a policy or a scorecard, and the check that refuses them.

These are refused:

======================== ==========================================================================
attribute                reason
======================== ==========================================================================
sex, gender              protected in lending law nearly everywhere (EU Directive 2004/113/EC,
                         US ECOA 15 U.S.C. 1691)
personal / marital       protected (ECOA); in the German data the column also encodes sex
status
age                      protected (ECOA allows it only under conditions that a public demonstration
                         cannot meet, so it is left out altogether)
foreign worker,          national origin (ECOA; EU Directive 2000/43/EC)
nationality, residence
status
race, ethnicity,         protected (ECOA; EU Directive 2000/43/EC)
religion, colour
disability, sexual       protected (EU Charter of Fundamental Rights, art. 21)
orientation, pregnancy
======================== ==========================================================================

The number of dependants is not refused, because the household budget needs it. It is not a feature
of the trained scorecard, because it says much about family status.

Leaving a column out does not make a model fair: another column can still be a proxy for it. A
lender must measure this on its own data; these data, without the columns, cannot show it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

PROTECTED_ATTRIBUTES = frozenset(
    {
        "age",
        "birth",
        "citizenship",
        "color",
        "colour",
        "disability",
        "ethnic",
        "ethnicity",
        "foreign",
        "gender",
        "immigrant",
        "marital",
        "married",
        "nationality",
        "orientation",
        "personal_status",
        "pregnancy",
        "pregnant",
        "race",
        "religion",
        "sex",
    }
)
"""Words that the name of a feature must not contain as a whole word between underscores."""


def refuse_protected(names: Iterable[str]) -> None:
    """Refuse feature names that denote a protected attribute.

    A name is split at everything that is not a letter and at changes of case, so ``age_in_years``,
    ``personAge`` and ``Sex`` are found while ``percentage`` and ``mortgage`` are not.

    Raises:
        InvalidInput: if a name denotes a protected attribute; the text lists all that do.
    """
    found = sorted({name for name in names if is_protected(name)})
    if found:
        raise InvalidInput(
            f"protected attributes cannot be used for scoring: {', '.join(found)}; remove them"
        )


def is_protected(name: str) -> bool:
    """Return whether a feature's name denotes a protected attribute."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    words = [word for word in re.split(r"[^a-z]+", split.lower()) if word]
    pairs = {f"{first}_{second}" for first, second in pairwise(words)}
    return not PROTECTED_ATTRIBUTES.isdisjoint(pairs | set(words))
