"""Worked examples of ``ledger_eligibility``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.circuits.ledger_eligibility import LedgerWitness
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.gadgets.elgamal import EMPTY, AccountKey, Ciphertext, add, encrypt, sum_entries
from zkcredit.published.samples.cases import (
    DEMANDING,
    NEUTRAL,
    Refused,
    Samples,
    pack_terms,
    single,
    stricter,
)
from zkcredit.schema import NOT_JUDGED_BY_LEDGERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.published.samples.cases import Values

__all__ = ["ledger_samples"]

_KEY: Final = AccountKey(b"zkcredit sample account".ljust(32, b"."))
_ENTRIES: Final = (
    (0, 250_000, 0, 0, 0),
    (650, 0, 100_000, 30_000, 1),
    (50, 50_000, 20_000, 0, 0),
)
"""An employer's, a bank's and a mobile-money operator's."""

_HOPELESS: Final = (0, 0, 2**40 - 1, 2**40 - 1, 2**16 - 1)
_JUDGED: Final = {**DEMANDING, **dict.fromkeys(NOT_JUDGED_BY_LEDGERS, 0)}
_BASE: Final = "every-condition-exactly"


def ledger_samples() -> Samples:
    """Return the examples of the statement."""
    exact = _values(_ENTRIES, _JUDGED)
    e, slots = single(exact["secret_key"]), sum_entries(_ENTRIES)
    c1 = babyjub.Point(single(exact["c1_x"]), single(exact["c1_y"]))
    c2 = babyjub.Point(single(exact["c2_x"]), single(exact["c2_y"]))
    torsion = babyjub.TORSION[1]
    other = AccountKey(b"zkcredit sample stranger".ljust(32, b"."))
    later = add(Ciphertext(c1, c2), encrypt(_KEY.public, (0, 0, 0, 10_000, 0), 4))

    def claimed(*changed: int) -> Values:
        return {"slots": changed}

    def held(ciphertext: Ciphertext) -> Values:
        (x1, y1), (x2, y2) = ciphertext
        return {"c1_x": x1, "c1_y": y1, "c2_x": x2, "c2_y": y2}

    def provable(ciphertext: Ciphertext) -> Values:
        root = babyjub.to_montgomery(babyjub.eighth(ciphertext.c1))
        return {**held(ciphertext), "c1_eighth": root}

    cases: dict[str, Values] = {
        "score-one-below-the-range": stricter(_JUDGED, min_score=701, max_score=800),
        "score-one-above-the-range": stricter(_JUDGED, min_score=600, max_score=699),
        "instalment-one-unit-too-high": stricter(_JUDGED, instalment=75_001),
        "coverage-one-basis-point-too-high": stricter(_JUDGED, coverage_bps=20_001),
        "debt-to-income-one-basis-point-too-low": stricter(_JUDGED, max_dti_bps=3_499),
        "one-delinquency-too-many": stricter(_JUDGED, max_delinquencies=0),
        "policy-that-asks-for-history": stricter(_JUDGED, min_history_months=1),
        "policy-that-names-a-currency": stricter(_JUDGED, currency=978),
        "policy-that-asks-for-a-time-of-issue": stricter(_JUDGED, min_issued_at=1),
        "policy-word-with-a-bit-245": {"policy": pack_terms(_JUDGED) + 2**244},
        "better-score-than-encrypted": claimed(701, *slots[1:]),
        "higher-income-than-encrypted": claimed(slots[0], slots[1] + 1, *slots[2:]),
        "without-the-banks-entry": claimed(*sum_entries([_ENTRIES[0], _ENTRIES[2]])),
        "slot-that-borrows-from-the-next": claimed(
            slots[0], slots[1], slots[2] + 2**48, slots[3] - 1, slots[4]
        ),
        "secret-key-plus-the-group-order": {"secret_key": e + SUBGROUP_ORDER},
        "opposite-secret-key": {"secret_key": SUBGROUP_ORDER - e},
        "other-secret-key": {"secret_key": other.scalar},
        "other-account": {"account_x": other.public.x, "account_y": other.public.y},
        "ciphertext-of-another-account": provable(encrypt(other.public, slots, 1)),
        "ciphertext-after-the-next-entry": provable(later),
        "first-point-with-torsion": held(Ciphertext(babyjub.add(c1, torsion), c2)),
        "first-point-of-low-order": {
            **held(Ciphertext(torsion, c2)),
            "c1_eighth": babyjub.to_montgomery(torsion),
        },
        "first-point-the-identity": held(Ciphertext(babyjub.IDENTITY, c2)),
        "second-point-with-torsion": held(Ciphertext(c1, babyjub.add(c2, torsion))),
        "second-point-off-the-curve": held(Ciphertext(c1, babyjub.Point(c2.x, c2.y + 1))),
    }
    return Samples(
        satisfied={_BASE: exact, "no-condition-at-all": _values([_HOPELESS], NEUTRAL)},
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def _values(entries: Sequence[Sequence[int]], terms: Mapping[str, int]) -> Values:
    total = EMPTY
    for randomness, entry in enumerate(entries, 1):
        # Small randomness, so that everybody can follow. Real randomness is drawn, and kept secret.
        total = add(total, encrypt(_KEY.public, entry, randomness))
    witness = LedgerWitness(key=_KEY, ciphertext=total, slots=sum_entries(entries))
    return witness.inputs(policy=pack_terms(terms), context=2**247 + 11)
