"""Worked examples of the statements about a credit history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.bit_fields import pack_fields
from zkcredit.bn254.fields import R
from zkcredit.circuits.hashes import nullifier
from zkcredit.circuits.history import HistoryWitness
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, history_leaf
from zkcredit.circuits.history_update import Update, update_inputs
from zkcredit.circuits.same_holder import same_holder_inputs
from zkcredit.gadgets.merkle import Tree8
from zkcredit.gadgets.tree_update import SparseTree8
from zkcredit.published.samples.cases import (
    DEMANDING,
    NEUTRAL,
    Refused,
    Samples,
    several,
    single,
)
from zkcredit.published.samples.eligibility import (
    BORROWER,
    CONTEXT,
    SECRET,
    eligibility_values,
)
from zkcredit.schema import (
    HISTORY_DEPTH,
    HISTORY_RECORD,
    HISTORY_TERMS,
    PUBLIC_INPUTS,
    RECORD_BITS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.published.samples.cases import Values

__all__ = [
    "history_eligibility_samples",
    "history_samples",
    "same_holder_samples",
    "update_3_samples",
    "update_12_samples",
]

_SCOPE: Final = 2**246 + 77
_BUREAU: Final = 2**246 + 78
_PLACE: Final = 10
_RECORD: Final = {
    "opened": 4,
    "repaid": 3,
    "on_time": 35,
    "late": 2,
    "defaults": 1,
    "recovered": 1,
    "open": 1,
    "good_until": 20_900,
    "largest": 75_000,
    "first_day": 19_000,
    "last_bad_day": 20_000,
}
_EXACT: Final = {
    "min_repaid": 3,
    "min_on_time": 35,
    "max_late": 2,
    "max_defaults": 1,
    "max_open": 1,
    "today": 20_900,
    "min_largest": 75_000,
    "first_day_limit": 19_000,
    "last_bad_day_limit": 20_000,
}
"""Every condition holds with nothing to spare."""

_NOTHING: Final = {
    name: 0 if name.startswith(("min_", "today")) else (1 << bits) - 1
    for name, bits in HISTORY_TERMS.items()
}
_WORST: Final = {
    **{name: (1 << bits) - 1 for name, bits in HISTORY_RECORD.items()},
    **dict.fromkeys(("opened", "repaid", "on_time", "good_until", "largest"), 0),
}
_BASE: Final = "every-condition-exactly"


def history_samples() -> Samples:
    """Return the examples of ``history``."""
    exact = _values(_RECORD, _EXACT)
    cases = {
        **_about_history(exact),
        "other-nullifier": _moved(exact, "nullifier"),
        "other-scope": _moved(exact, "scope"),
        "other-secret": _moved(exact, "secret"),
    }
    return Samples(
        satisfied={_BASE: exact, "worst-record-under-no-condition": _values(_WORST, _NOTHING)},
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def history_eligibility_samples() -> Samples:
    """Return the examples of ``history_eligibility``."""
    exact = {**eligibility_values(BORROWER, DEMANDING), **_own(_values(_RECORD, _EXACT))}
    neutral = {**eligibility_values(BORROWER, NEUTRAL), **_own(_values(_WORST, _NOTHING))}
    cases = {
        **_about_history(exact),
        "record-of-another-holder": _own(_values(_RECORD, _EXACT, SECRET + 1)),
        "other-nullifier": _moved(exact, "nullifier"),
        "other-policy": _moved(exact, "policy"),
        "other-registry-root": _moved(exact, "registry_root"),
        "other-secret": _moved(exact, "secret"),
    }
    return Samples(
        satisfied={_BASE: exact, "no-condition-at-all": neutral},
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def same_holder_samples() -> Samples:
    """Return the examples of ``same_holder``."""
    base = "two-pseudonyms"
    honest = same_holder_inputs(SECRET, context=CONTEXT, scope=_SCOPE, other_scope=_BUREAU)
    once = same_holder_inputs(SECRET, context=CONTEXT, scope=_SCOPE, other_scope=_SCOPE)
    names = (*PUBLIC_INPUTS["same_holder"][1:], "secret")
    cases: dict[str, Values] = {
        **{f"other-{name.replace('_', '-')}-than-proved": _moved(honest, name) for name in names},
        "pseudonym-of-another-holder": {"other_nullifier": nullifier(SECRET + 1, _BUREAU)},
        "pseudonyms-exchanged": {
            "nullifier": honest["other_nullifier"],
            "other_nullifier": honest["nullifier"],
        },
    }
    return Samples(
        satisfied={base: honest, "one-scope-twice": once},
        refused=[Refused(name, base, changes) for name, changes in cases.items()],
    )


def update_3_samples() -> Samples:
    """Return the examples of ``history_update_3``."""
    return _updates(3)


def update_12_samples() -> Samples:
    """Return the examples of ``history_update_12``."""
    return _updates(12)


# --- a record -------------------------------------------------------------------------------------


def _values(fields: Mapping[str, int], terms: Mapping[str, int], secret: int = SECRET) -> Values:
    record = pack_fields(fields, HISTORY_RECORD)
    leaf = history_leaf(nullifier(secret, _BUREAU), record)
    tree = Tree8(HISTORY_DEPTH, [0] * _PLACE + [leaf], HISTORY_NODE_TAG)
    return HistoryWitness(secret, record, tree.path(_PLACE)).inputs(
        terms=pack_fields(terms, HISTORY_TERMS),
        context=CONTEXT,
        history_root=tree.root,
        history_scope=_BUREAU,
        scope=_SCOPE,
    )


def _own(values: Values) -> Values:
    """Return what a statement about a credential and a record takes for the record."""
    names = ("terms", "history_root", "history_scope", "record", "history_path")
    return {name: values[name] for name in names}


def _about_history(exact: Values) -> dict[str, Values]:
    def asked(name: str, change: int) -> Values:
        return {"terms": pack_fields({**_EXACT, name: _EXACT[name] + change}, HISTORY_TERMS)}

    path = several(exact["history_path"])
    return {
        "one-loan-repaid-too-few": asked("min_repaid", 1),
        "one-row-in-time-too-few": asked("min_on_time", 1),
        "one-row-late-too-many": asked("max_late", -1),
        "one-default-too-many": asked("max_defaults", -1),
        "one-loan-open-too-many": asked("max_open", -1),
        "good-until-yesterday": asked("today", 1),
        "largest-loan-one-unit-too-small": asked("min_largest", 1),
        "first-loan-one-day-too-late": asked("first_day_limit", -1),
        "last-bad-day-one-day-too-late": asked("last_bad_day_limit", -1),
        "terms-with-a-bit-165": {
            "terms": single(exact["terms"]) + 2 ** sum(HISTORY_TERMS.values())
        },
        "record-without-its-default": {
            "record": pack_fields({**_RECORD, "defaults": 0}, HISTORY_RECORD)
        },
        "record-with-a-bit-189": {"record": single(exact["record"]) + 2**RECORD_BITS},
        "record-below-zero": {"record": R - 1},
        "other-history-root": _moved(exact, "history_root"),
        "other-history-scope": _moved(exact, "history_scope"),
        "leaf-that-is-not-in-the-path": {"history_path": (*path[:2], 5, *path[3:])},
    }


def _moved(values: Values, name: str) -> Values:
    return {name: (single(values[name]) + 1) % R}


# --- updates --------------------------------------------------------------------------------------


def _updates(count: int) -> Samples:
    base = "records-of-new-and-old-pseudonyms"
    words = [
        pack_fields({**_RECORD, "on_time": i}, HISTORY_RECORD) | place << RECORD_BITS
        for i, place in enumerate(_places(count))
    ]
    pseudonyms = [nullifier(SECRET + place, _BUREAU) for place in _places(count)]
    honest = _chained(pseudonyms, words)
    again = _chained([pseudonyms[0]] * count, [words[0]] * count)
    word, paths = words[0], several(honest["paths"])
    place = word >> RECORD_BITS
    cases: dict[str, Values] = {
        "other-old-root": _moved(honest, "old_root"),
        "other-new-root": _moved(honest, "new_root"),
        "roots-exchanged": {"old_root": honest["new_root"], "new_root": honest["old_root"]},
        "pseudonym-of-somebody-else": _moved(honest, "nullifier_1"),
        "record-with-one-row-more": {"record_1": word + 2**32},
        "place-of-somebody-else": {"record_1": word + 2**RECORD_BITS},
        "place-beyond-the-tree": {"record_1": word + 2 ** (RECORD_BITS + 18)},
        "word-below-zero": {"record_1": R - 1},
        "last-record-left-out": {f"record_{count}": word, f"nullifier_{count}": pseudonyms[0]},
        "first-two-exchanged": {
            "record_1": words[1],
            "record_2": word,
            "nullifier_1": pseudonyms[1],
            "nullifier_2": pseudonyms[0],
        },
        "second-leaf-changed-as-well": {
            "paths": (*paths[: (place + 1) % 8], 5, *paths[(place + 1) % 8 + 1 :])
        },
        "node-of-another-subtree": {"paths": (*paths[:9], paths[9] + 1, *paths[10:])},
    }
    return Samples(
        satisfied={base: honest, "one-record-repeated": again},
        refused=[Refused(name, base, changes) for name, changes in cases.items()],
    )


def _places(count: int) -> Sequence[int]:
    return [0, 1, 8**HISTORY_DEPTH - 1, *(8 * i + 3 for i in range(count))][:count]


def _chained(pseudonyms: Sequence[int], words: Sequence[int]) -> Values:
    tree = SparseTree8(HISTORY_DEPTH, HISTORY_NODE_TAG)
    tree.replace(_PLACE, history_leaf(7, 7))
    old_root, updates = tree.root, []
    for pseudonym, word in zip(pseudonyms, words, strict=True):
        leaf = history_leaf(pseudonym, word % (1 << RECORD_BITS))
        updates.append(Update(pseudonym, word, tree.replace(word >> RECORD_BITS, leaf)))
    return update_inputs(updates, old_root=old_root, new_root=tree.root)
