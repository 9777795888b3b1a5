"""The relation of `eligibility` once more, in plain Python and in other words: the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit.bn254.fields import R
from zkcredit.errors import ZkCreditError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.eddsa import Signature, verify
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping


def tagged(name: str, *values: int) -> int:
    return poseidon(values, domain_tag(name))


def climbs(leaf: int, path: tuple[int, ...], tag: str) -> int | None:
    """The root above the leaf, or None where the path does not contain it."""
    for i in range(0, len(path), 8):
        if leaf not in path[i : i + 8]:
            return None
        leaf = tagged(tag, *path[i : i + 8])
    return leaf


def conditions_hold(word: int, a: tuple[int, ...], issued_at: int, expires_at: int) -> bool:
    """Every condition of a policy word, and the widths on which the circuit insists."""
    if word >> sum(POLICY_FIELDS.values()):
        return False
    t: dict[str, int] = {}
    for name, width in POLICY_FIELDS.items():
        t[name] = word % 2**width
        word >>= width
    score, income, expenses, debt, late, history, currency = a[:7]
    now = t["now"]
    return all(
        (
            max(income, expenses, debt) < 2**48,
            late <= min(t["max_delinquencies"], 65535),
            t["min_score"] <= score <= t["max_score"],
            t["coverage_bps"] == 0
            or (income - expenses - debt) * 10_000 >= t["coverage_bps"] * t["instalment"],
            t["max_dti_bps"] == 65535
            or (debt + t["instalment"]) * 10_000 <= t["max_dti_bps"] * income,
            t["min_history_months"] <= history < t["min_history_months"] + 2**16,
            t["currency"] in (0, currency),
            t["min_issued_at"] <= issued_at <= now < expires_at <= now + 2**40,
        )
    )


def relation_holds(v: Mapping[str, Any]) -> bool:
    """Whether the values satisfy the statement, by native verification and plain comparison."""
    a = tuple(v["attributes"])
    holder = tagged("holder", v["secret"])
    header = (v["revocation_id"], v["issued_at"], v["expires_at"])
    message = tagged("credential", *header, holder, *a)
    try:
        key = babyjub.mul(8, babyjub.from_montgomery(*v["issuer_key_eighth"]))
        nonce = babyjub.Point(*v["signature_nonce"])
        verify(key, message, Signature(nonce, v["signature_scalar"]))
    except ZkCreditError:
        return False
    number, lo, hi = v["revocation_id"], v["gap_lo"], v["gap_hi"]
    gap_root = climbs(tagged("gap", lo, hi), tuple(v["revocation_path"]), "gap-node")
    if gap_root is None or not (lo < number < hi and number < 2**32 and hi < R // 2):
        return False
    leaf = tagged("issuer", *key, gap_root)
    return (
        climbs(leaf, tuple(v["registry_path"]), "issuer-node") == v["registry_root"]
        and v["nullifier"] == tagged("nullifier", v["secret"], v["scope"])
        and conditions_hold(v["policy"], a, v["issued_at"], v["expires_at"])
    )
