"""The relation of `ledger_eligibility` in plain Python and in other words: the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, Point
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping


def terms_hold(word: int, slots: tuple[int, ...]) -> bool:
    """Every condition that a ledger can judge, and that the word names no other."""
    if word >> sum(POLICY_FIELDS.values()):
        return False
    t: dict[str, int] = {}
    for name, width in POLICY_FIELDS.items():
        t[name] = word % 2**width
        word >>= width
    score, income, expenses, debt, late = slots
    return all(
        (
            t["min_score"] <= score <= t["max_score"],
            t["coverage_bps"] == 0
            or (income - expenses - debt) * 10_000 >= t["coverage_bps"] * t["instalment"],
            t["max_dti_bps"] == 65535
            or (debt + t["instalment"]) * 10_000 <= t["max_dti_bps"] * income,
            late <= t["max_delinquencies"],
            (t["min_history_months"], t["currency"], t["min_issued_at"]) == (0, 0, 0),
        )
    )


def ledger_relation_holds(v: Mapping[str, Any]) -> bool:
    """Whether the values satisfy the statement, by curve arithmetic on integers."""
    e, slots = v["secret_key"], tuple(v["slots"])
    account = Point(v["account_x"], v["account_y"])
    c1, c2 = Point(v["c1_x"], v["c1_y"]), Point(v["c2_x"], v["c2_y"])
    u, w = v["c1_eighth"]
    root_is_point = babyjub.is_on_curve(c1) and (u, w) in {
        babyjub.to_montgomery(point) for point in _roots(c1) if point != IDENTITY
    }
    if not (e % 2 and 2**249 < e < 3 * 2**249 and babyjub.mul(e, BASE8) == account):
        return False
    if c1 == IDENTITY or not root_is_point or max(slots) >= 2**48:
        return False
    message = sum(slot << 48 * i for i, slot in enumerate(slots))
    total = babyjub.add(babyjub.mul(message, BASE8), babyjub.mul(e, c1))
    return c2 == total and terms_hold(v["policy"], slots)


def _roots(point: Point) -> list[Point]:
    """The points whose eightfold the given point is."""
    if not babyjub.in_subgroup(point):
        return []
    root = babyjub.eighth(point)
    return [babyjub.add(root, torsion) for torsion in babyjub.TORSION]
