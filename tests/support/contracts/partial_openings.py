"""Partial openings, valid and not, for every verifier: library, plain formulas, contract.

``python -m support.contracts.partial_openings``, in ``tests/``, writes
``contracts/test/fixtures/partial_openings.json``. The proofs come from the plain formulas of
``opening_plain`` with fixed nonces. An opening is ten words: arbiter, D_i, an eighth of D_i, both
announcements, the answer. The fixture also has the accounts that sign, and their keys, by which the
Solidity tests sign: what is signed contains addresses and hashes that only they know.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from support.escrow.arbiter_case import (
    ACCOUNTS,
    CONTEXT,
    GROUP,
    KEYS,
    SEALED,
    SEEN,
    SHARES,
    signed,
)
from support.escrow.opening_plain import B8, L, P, group_digest, hashed, plus, share_of, tag, times

from zkcredit.escrow import PartialOpening
from zkcredit.gadgets.babyjub import TORSION, Point

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "contracts" / "test" / "fixtures" / "partial_openings.json"
EIGHTH = pow(8, -1, L)
R = tuple(SEALED.point)

Pair = tuple[int, int]
Row = list[int]


def row(
    arbiter: int,
    *,
    nonce: int,
    share: int | None = None,
    opened: int | None = None,
    twist: Pair = (0, 1),
    context: int = CONTEXT,
    beyond: int | None = None,
) -> Row:
    """The words of an opening.

    Args:
        arbiter: who makes it.
        nonce: of the proof.
        share: the arbiter's share; its own if it is not given.
        opened: the share in D_i, while the proof is about ``share``; the same if it is not given.
        twist: added to D_i, before the challenge is asked for.
        context: of the seal.
        beyond: word to which r is added, likewise before.
    """
    x = SHARES[arbiter] if share is None else share
    inside = x if opened is None else opened
    part = plus(times(inside, R), twist)
    base, other = times(nonce, B8), times(nonce, R)
    digest, public = group_digest(GROUP), share_of(GROUP, arbiter)
    eighth = times(EIGHTH, times(inside, R))
    words = [arbiter, *part, *eighth, *base, *other]
    if beyond is not None:
        words[beyond] += P
    asked = (tag("opening"), digest, context, arbiter, *R, *public, *words[1:3], *words[5:9])
    answer = (nonce + (hashed(*asked) >> 128) * x) % L
    return [*words, answer]


def challenge_is_even(words: Row) -> bool:
    """Whether torsion of order 2 in D_i would vanish in both equations."""
    arbiter, part, rest = words[0], words[1:3], words[5:9]
    public = share_of(GROUP, arbiter)
    asked = (tag("opening"), group_digest(GROUP), CONTEXT, arbiter, *R, *public, *part, *rest)
    return (hashed(*asked) >> 128) % 2 == 0


VALID = [row(arbiter, nonce=3**100 + arbiter) for arbiter in SHARES]


@lru_cache
def invalid() -> dict[str, Row]:
    """Openings that nobody may accept, by what is wrong with them."""
    good = VALID[1]
    twist = tuple(TORSION[4])
    ground = next(w for n in range(5, 99) if challenge_is_even(w := row(2, nonce=n, twist=twist)))
    rows = {
        "another share": row(2, nonce=77, share=SHARES[3]),
        "the next share": row(2, nonce=78, share=SHARES[2] + 1),
        "torsion ground into the part": ground,
        "no nonce": row(2, nonce=0),
        "no share": row(2, nonce=79, share=0),
        "another share in the part alone": row(2, nonce=81, opened=SHARES[3]),
        "the next share in the part alone": row(2, nonce=82, opened=SHARES[2] + 1),
        "no share in the part alone": row(2, nonce=83, opened=0),
    }
    # the challenge is that of the same numbers, so nothing but their size gives these away
    for place in (1, 2, 5, 6, 7, 8):
        rows[f"word {place} + r, as asked"] = row(2, nonce=80, beyond=place)
    fitting = next(words for words in VALID if words[9] + L < 1 << 251)
    rows["an answer + l of 251 bits"] = [*fitting[:9], fitting[9] + L]
    for name, place, value in (
        ("another arbiter", 0, 3),
        ("arbiter 0", 0, 0),
        ("arbiter 6", 0, 6),
        ("the answer + l", 9, good[9] + L),
        ("the answer + 1", 9, (good[9] + 1) % L),
        ("the opposite answer", 9, L - good[9]),
        ("part x + r", 1, good[1] + P),
        ("part y + r", 2, good[2] + P),
        ("eighth x + r", 3, good[3] + P),
        ("announcement x + r", 5, good[5] + P),
        ("announcement y + r", 8, good[8] + P),
    ):
        rows[name] = [*good[:place], value, *good[place + 1 :]]
    for place in range(1, 10):
        rows[f"bit of word {place}"] = [*good[:place], good[place] ^ 1, *good[place + 1 :]]
    rows["another's part"] = [*good[:1], *VALID[2][1:5], *good[5:]]
    rows["another's eighth"] = [*good[:3], *VALID[2][3:5], *good[5:]]
    rows["the opposite eighth"] = [*good[:3], P - good[3], *good[4:]]
    rows["announcements swapped"] = [*good[:5], *good[7:9], *good[5:7], good[9]]
    rows["the opposite part"] = [good[0], P - good[1], good[2], P - good[3], *good[4:]]
    rows["zeros"] = [2, *[0] * 9]
    return rows


def opening(words: Row) -> PartialOpening:
    """As the library sees it, signed by its arbiter; the eighth is the contract's alone."""
    made = PartialOpening(
        group_digest(GROUP), CONTEXT, SEALED.point, words[0], Point(*words[1:3]),
        (Point(*words[5:7]), Point(*words[7:9])), words[9], SEEN, b"",
    )  # fmt: skip
    return signed(made, KEYS.get(words[0], KEYS[1]))


def fixture() -> str:
    """The fixture's text."""
    content = {
        "commitments": _hex(c for point in GROUP.commitments for c in point),
        "shares": _hex(c for i in SHARES for c in share_of(GROUP, i)),
        "accounts": _hex(int(account, 16) for account in ACCOUNTS),
        "keys": _hex(int.from_bytes(key, "big") for key in KEYS.values()),
        "record": "0x" + GROUP.record.hex(),
        "digest": _hex([group_digest(GROUP)]),
        "context": _hex([CONTEXT]),
        "seal": _hex([*SEALED.point, SEALED.masked]),
        "valid": _hex(word for words in VALID for word in words),
        "invalid": _hex(word for words in invalid().values() for word in words),
    }
    return json.dumps(content, indent=1) + "\n"


def _hex(numbers: object) -> str:
    return "0x" + "".join(f"{number:064x}" for number in numbers)  # type: ignore[attr-defined]


if __name__ == "__main__":
    FIXTURE.write_text(fixture(), encoding="utf-8")
