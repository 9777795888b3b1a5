"""Worked examples of ``ledger_entry``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER
from zkcredit.gadgets.elgamal import AccountKey, Ciphertext, encrypt, subtract
from zkcredit.published.samples.cases import Refused, Samples, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.published.samples.cases import Values

__all__ = ["entry_samples"]

_ACCOUNT: Final = AccountKey(b"zkcredit sample account".ljust(32, b".")).public
_K: Final = 2**249 + 1 + 2 * 11
"""Randomness that everybody can follow. Real randomness is drawn, and kept secret."""

_BANKS: Final = (650, 0, 100_000, 30_000, 1)
_BASE: Final = "a-banks-entry"


def entry_samples() -> Samples:
    """Return the examples of the statement."""
    honest = _values(_BANKS, _K)
    c1 = babyjub.Point(single(honest["c1_x"]), single(honest["c1_y"]))
    c2 = babyjub.Point(single(honest["c2_x"]), single(honest["c2_y"]))
    torsion = babyjub.TORSION[1]
    other = AccountKey(b"zkcredit sample stranger".ljust(32, b".")).public
    total = encrypt(_ACCOUNT, (700, 300_000, 0, 0, 0), 5)

    def held(ciphertext: Ciphertext) -> Values:
        (x1, y1), (x2, y2) = ciphertext
        return {"c1_x": x1, "c1_y": y1, "c2_x": x2, "c2_y": y2}

    def under(account: babyjub.Point) -> Values:
        return {"account_x": account.x, "account_y": account.y}

    cases: dict[str, Values] = {
        "wanted-total-minus-what-is-there": held(subtract(Ciphertext(c1, c2), total)),
        "opposite-of-another-entry": held(subtract(Ciphertext(c1, c2), Ciphertext(c1, c2))),
        "higher-income-than-encrypted": {"slots": (650, 1, 100_000, 30_000, 1)},
        "slot-of-41-bits": _too_long(1 << 40),
        "slot-of-48-bits": _too_long((1 << 48) - 1),
        "slot-below-zero": {"slots": (650, R - 1, 100_001, 30_000, 1)},
        "slot-that-borrows-from-the-next": {"slots": (650, 2**48, 100_000, 29_999, 1)},
        "randomness-plus-the-group-order": {"randomness": _K + SUBGROUP_ORDER},
        "opposite-randomness": {"randomness": SUBGROUP_ORDER - _K},
        "other-randomness": {"randomness": _K + 2},
        "randomness-below-the-range": _masked(2**249 - 1),
        "no-randomness-at-all": {**held(Ciphertext(babyjub.IDENTITY, c2)), "randomness": 0},
        "other-account": under(other),
        "account-with-torsion": under(babyjub.add(_ACCOUNT, torsion)),
        "account-of-low-order": {
            **under(torsion),
            "account_eighth": babyjub.to_montgomery(torsion),
        },
        "account-the-identity": under(babyjub.IDENTITY),
        "account-off-the-curve": under(babyjub.Point(_ACCOUNT.x, _ACCOUNT.y + 1)),
        "first-point-with-torsion": held(Ciphertext(babyjub.add(c1, torsion), c2)),
        "first-point-the-identity": held(Ciphertext(babyjub.IDENTITY, c2)),
        "second-point-with-torsion": held(Ciphertext(c1, babyjub.add(c2, torsion))),
        "second-point-off-the-curve": held(Ciphertext(c1, babyjub.Point(c2.x, c2.y + 1))),
    }
    largest = (2**40 - 1,) * 5
    return Samples(
        satisfied={
            _BASE: honest,
            "nothing-known": _values((0,) * 5, 3 * 2**249 - 1),
            "largest-amounts": _values(largest, 2**249 + 1),
        },
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def _values(entry: Sequence[int], randomness: int) -> Values:
    witness = EntryWitness(_ACCOUNT, encrypt(_ACCOUNT, entry, randomness), entry, randomness)
    return witness.inputs(context=2**247 + 13)


def _too_long(slot: int) -> Values:
    # the ciphertext holds it, so that nothing but its length is wrong
    slots = (0, 0, 0, slot, 0)
    message = babyjub.mul(slot << 3 * 48, BASE8)
    c2 = babyjub.add(message, babyjub.mul(_K, _ACCOUNT))
    return {"slots": slots, "c2_x": c2.x, "c2_y": c2.y}


def _masked(randomness: int) -> Values:
    (x1, y1), (x2, y2) = encrypt(_ACCOUNT, _BANKS, randomness)
    return {"c1_x": x1, "c1_y": y1, "c2_x": x2, "c2_y": y2, "randomness": randomness}
