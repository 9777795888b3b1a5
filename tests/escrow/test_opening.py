"""Partial openings: only for a default, only by their arbiter, and together the reference."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from support.escrow.arbiter_case import (
    ACCOUNTS,
    CONTEXT,
    GROUP,
    KEYS,
    NAMES,
    POLYNOMIAL,
    REFERENCE,
    SCALAR,
    SEALED,
    SEEN,
    SHARES,
    evidence,
    opening,
    signed,
)
from support.escrow.opening_plain import SECP256K1, holds

from zkcredit.bn254.fields import R
from zkcredit.errors import (
    EscrowError,
    InvalidInput,
    MalformedFile,
    NotInDefault,
    OutOfRange,
    TooFewOpenings,
    WrongOpening,
)
from zkcredit.escrow import ArbiterGroup, PartialOpening, attribute, combine, partial_opening
from zkcredit.escrow.polynomial import commit, interpolate_at_zero
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, decrypt, encrypt

PARTS = {index: opening(index) for index in SHARES}
OFF_CURVE = Point(1, 1)


def test_any_three_open_the_reference() -> None:
    for chosen in ((1, 2, 3), (5, 3, 1), (2, 4, 5), (1, 2, 3, 4, 5)):
        assert combine(GROUP, SEALED, CONTEXT, [PARTS[i] for i in chosen]) == REFERENCE


@pytest.mark.parametrize("chosen", [(), (1,), (2, 5)])
def test_fewer_open_nothing(chosen: tuple[int, ...]) -> None:
    with pytest.raises(TooFewOpenings) as caught:
        combine(GROUP, SEALED, CONTEXT, [PARTS[i] for i in chosen])
    assert (caught.value.given, caught.value.threshold) == (len(chosen), 3)


def test_two_parts_interpolated_all_the_same_open_nothing() -> None:
    small = ArbiterGroup(NAMES, GROUP.commitments[:2], GROUP.transcript, ACCOUNTS)
    for pair in permutations((1, 3)):
        with pytest.raises((WrongOpening, InvalidInput)):
            combine(small, SEALED, CONTEXT, [PARTS[i] for i in pair])


@pytest.mark.slow
def test_an_independent_verifier_agrees() -> None:
    for part in PARTS.values():
        assert holds(GROUP, part)
        part.check(GROUP)
        assert attribute(GROUP, part) == NAMES[part.arbiter - 1]


# --- only for a default ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"in_default": False},
        {"in_default": 1},
        {"in_default": None},
        {"context": CONTEXT + 1},
        {"arbiters": BASE8},
        {"escrowed": EscrowedValue(SEALED.point, SEALED.masked + 1)},
        {"escrowed": EscrowedValue(BASE8, SEALED.masked)},
    ],
)
def test_without_the_default_of_this_loan_nothing_is_opened(changes: dict[str, Any]) -> None:
    with pytest.raises(NotInDefault, match="nothing is opened"):
        partial_opening(
            GROUP,
            1,
            SHARES[1],
            SEALED,
            context=CONTEXT,
            evidence=evidence(**changes),
            account_key=KEYS[1],
        )


def test_a_refusal_is_an_escrow_error() -> None:
    assert issubclass(NotInDefault, EscrowError)


@pytest.mark.parametrize("share", [SHARES[1] + 1, SHARES[2], 0, SUBGROUP_ORDER - 1])
def test_a_share_that_is_not_the_arbiters_is_not_used(share: int) -> None:
    with pytest.raises(InvalidInput, match="does not belong to this arbiter"):
        opening(1, share=share)


@pytest.mark.parametrize("key", [KEYS[2], b"k" * 32])
def test_an_account_that_is_not_the_arbiters_does_not_sign(key: bytes) -> None:
    with pytest.raises(InvalidInput, match="account does not belong to this arbiter"):
        opening(1, key=key)


@pytest.mark.parametrize("share", [-1, SUBGROUP_ORDER, True, 1.0, "1"])
def test_what_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(OutOfRange):
        opening(1, share=share)


@pytest.mark.parametrize("arbiter", [0, 6, -1, True, 1.0])
def test_nobody_cannot_open(arbiter: Any) -> None:
    with pytest.raises(InvalidInput, match="no arbiter"):
        partial_opening(
            GROUP,
            arbiter,
            SHARES[1],
            SEALED,
            context=CONTEXT,
            evidence=evidence(),
            account_key=KEYS[1],
        )


@pytest.mark.parametrize(
    "point",
    [IDENTITY, TORSION[1], TORSION[4], babyjub.add(SEALED.point, TORSION[1]), OFF_CURVE],
    ids=["identity", "order 8", "order 2", "torsion part", "off curve"],
)
def test_seals_on_bad_points_are_not_opened(point: Point) -> None:
    bad = EscrowedValue(point, SEALED.masked)
    with pytest.raises(InvalidInput, match="prime order"):
        opening(1, sealed=bad)
    with pytest.raises(InvalidInput, match="prime order"):
        combine(GROUP, bad, CONTEXT, list(PARTS.values()))
    with pytest.raises(InvalidInput, match="prime order"):
        replace(PARTS[1], point=point).check(GROUP)


# --- what does not hold ---------------------------------------------------------------------------

TWISTED = babyjub.add(PARTS[2].part, TORSION[4])
BASE, OTHER = PARTS[2].announced
WRONG = {
    "another arbiter's number": {"arbiter": 3},
    "number 0": {"arbiter": 0},
    "a foreign number": {"arbiter": 6},
    "another group": {"group": GROUP.digest ^ 1},
    "another context": {"context": CONTEXT + 1},
    "another seal": {"point": BASE8},
    "another part": {"part": PARTS[3].part},
    "the opposite part": {"part": babyjub.neg(PARTS[2].part)},
    "a part with torsion": {"part": TWISTED},
    "the identity as part": {"part": IDENTITY},
    "a part off the curve": {"part": OFF_CURVE},
    "another announcement": {"announced": (BASE, BASE)},
    "swapped announcements": {"announced": (OTHER, BASE)},
    "an announcement with torsion": {"announced": (babyjub.add(BASE, TORSION[1]), OTHER)},
    "announcements of nothing": {"announced": (IDENTITY, IDENTITY)},
    "the answer + 1": {"answer": (PARTS[2].answer + 1) % SUBGROUP_ORDER},
    "the answer + l": {"answer": PARTS[2].answer + SUBGROUP_ORDER},
    "the opposite answer": {"answer": -PARTS[2].answer},
    "no answer": {"answer": 0},
}


@pytest.mark.slow
@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_changed_openings_are_refused_and_named(changes: dict[str, Any]) -> None:
    wrong = replace(PARTS[2], **changes)
    assert not holds(GROUP, wrong)
    with pytest.raises(WrongOpening):
        wrong.check(GROUP)
    with pytest.raises(WrongOpening):
        attribute(GROUP, wrong)
    with pytest.raises(WrongOpening) as caught:
        combine(GROUP, SEALED, CONTEXT, [PARTS[1], wrong, PARTS[4], PARTS[5]])
    assert caught.value.arbiters == (wrong.arbiter,)


def test_torsion_cannot_be_ground_into_the_part() -> None:
    # with c a multiple of the torsion's order both equations would hold: the subgroup check stands
    share, torsion = SHARES[2], TORSION[4]
    part = babyjub.add(babyjub.mul(share, SEALED.point), torsion)
    for nonce in range(1, 40):
        announced = (babyjub.mul(nonce, BASE8), babyjub.mul(nonce, SEALED.point))
        made = replace(PARTS[2], part=part, announced=announced, answer=0)
        from zkcredit.escrow.opening import _asked

        asked = _asked(made, GROUP.share_of(2))
        if asked % 2 == 0:
            break
    ground = replace(made, answer=(nonce + asked * share) % SUBGROUP_ORDER)
    with pytest.raises(WrongOpening):
        ground.check(GROUP)


def test_all_wrong_openings_are_named_at_once() -> None:
    wrong = [replace(PARTS[i], answer=1) for i in (5, 2)]
    with pytest.raises(WrongOpening, match="Boran, Emre") as caught:
        combine(GROUP, SEALED, CONTEXT, [PARTS[1], *wrong, PARTS[3]])
    assert caught.value.arbiters == (2, 5)


def test_a_simulated_proof_convinces_nobody() -> None:
    # c and z first, announcements from them: all that is missing is that c is the hash
    asked, answer, share = 2**100 + 1, 2**200 + 3, GROUP.share_of(2)

    def announced(base: Point, product: Point) -> Point:
        return babyjub.add(babyjub.mul(answer, base), babyjub.mul(-asked, product))

    lie = babyjub.mul(5, SEALED.point)
    pair = (announced(BASE8, share), announced(SEALED.point, lie))
    with pytest.raises(WrongOpening):
        replace(PARTS[2], part=lie, announced=pair, answer=answer).check(GROUP)


def test_one_arbiter_counts_once() -> None:
    with pytest.raises(InvalidInput, match="from the same arbiter"):
        combine(GROUP, SEALED, CONTEXT, [PARTS[1], PARTS[1], PARTS[2]])
    with pytest.raises(InvalidInput, match="from the same arbiter"):
        combine(GROUP, SEALED, CONTEXT, [PARTS[1], opening(1), PARTS[2]])


def test_openings_of_another_loan_do_not_open_this_one() -> None:
    other = encrypt(GROUP.key, REFERENCE, CONTEXT + 1, SCALAR + 2)
    parts = [opening(i, sealed=other, context=CONTEXT + 1) for i in (1, 2, 3)]
    assert combine(GROUP, other, CONTEXT + 1, parts) == REFERENCE
    with pytest.raises(WrongOpening):
        combine(GROUP, SEALED, CONTEXT, parts)
    with pytest.raises(WrongOpening):
        combine(GROUP, other, CONTEXT, parts)


def test_a_seal_with_another_mask_or_key_opens_to_nothing() -> None:
    chosen = [PARTS[i] for i in (1, 2, 3)]
    with pytest.raises(InvalidInput, match="do not open"):
        combine(GROUP, EscrowedValue(SEALED.point, (SEALED.masked + 2**70) % R), CONTEXT, chosen)
    with pytest.raises(InvalidInput, match="do not open"):
        combine(GROUP, encrypt(BASE8, REFERENCE, CONTEXT, SCALAR), CONTEXT, chosen)


def test_two_openings_of_one_arbiter_share_no_nonce() -> None:
    again = opening(1)
    assert again.part == PARTS[1].part
    assert again.announced != PARTS[1].announced
    assert again.answer != PARTS[1].answer


def test_the_share_is_not_in_what_is_shown() -> None:
    shown = repr(PARTS[1]) + PARTS[1].to_json()
    assert str(SHARES[1]) not in shown
    assert f"{SHARES[1]:064x}" not in shown


# --- only the arbiter's account convicts ----------------------------------------------------------


def _bytes(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


GOOD = PARTS[2].signature
NUMBERS = int.from_bytes(GOOD[:32], "big"), int.from_bytes(GOOD[32:64], "big"), GOOD[64]
SIGNATURES = {
    "none": b"",
    "zeros": bytes(65),
    "one byte less": GOOD[:-1],
    "one byte more": GOOD + b"\0",
    "another part's": PARTS[3].signature,
    "the second form, with high s": _bytes(NUMBERS[0], SECP256K1 - NUMBERS[1], 55 - NUMBERS[2]),
    "another parity": _bytes(*NUMBERS[:2], 55 - NUMBERS[2]),
    "v from 0": _bytes(*NUMBERS[:2], NUMBERS[2] - 27),
    "r of 0": _bytes(0, *NUMBERS[1:]),
    "s of 0": _bytes(NUMBERS[0], 0, NUMBERS[2]),
    "text": GOOD.hex(),
    "nothing": None,
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
def test_parts_without_the_accounts_one_signature_are_refused(signature: Any) -> None:
    unsigned = replace(PARTS[2], signature=signature)
    for judge in (unsigned.check, lambda group: attribute(group, unsigned)):
        with pytest.raises(WrongOpening, match="account of arbiter 2 did not sign") as caught:
            judge(GROUP)
        assert caught.value.arbiters == (2,)
    with pytest.raises(WrongOpening, match="Boran"):
        combine(GROUP, SEALED, CONTEXT, [PARTS[1], unsigned, PARTS[3]])


SAID = {
    "another chain": {"chain_id": 1},
    "another market": {"market": "0x" + "22" * 20},
    "another loan": {"loan_id": 8},
    "another block": {"block": 98},
    "another hash": {"block_hash": b"\xab" * 32},
}


@pytest.mark.parametrize("changes", SAID.values(), ids=SAID)
def test_a_signature_says_one_thing(changes: dict[str, Any]) -> None:
    moved = replace(PARTS[2], seen=replace(SEEN, **changes))
    with pytest.raises(WrongOpening, match="did not sign"):
        moved.check(GROUP)
    signed(moved, KEYS[2]).check(GROUP)
    assert not holds(GROUP, moved)
    assert holds(GROUP, signed(moved, KEYS[2]))


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": 0}, {"chain_id": True}, {"chain_id": 1 << 63}, {"market": "0x11"},
        {"market": None}, {"loan_id": 0}, {"loan_id": 1 << 256}, {"block": -1}, {"block": 1.0},
        {"block_hash": b""}, {"block_hash": "00" * 32}, {"block_hash": bytes(33)},
    ],
)  # fmt: skip
def test_what_nobody_can_have_seen(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(SEEN, **changes)


def test_the_colluders_know_the_share_and_convict_nobody() -> None:
    """Three arbiters compute Emre's share and make his part; its proof is as good as his own."""
    known = {index: SHARES[index] for index in (1, 2, 3)}
    share = sum(
        value * weight for value, weight in zip(known.values(), _weights_at(5), strict=True)
    ) % SUBGROUP_ORDER  # fmt: skip
    assert share == SHARES[5]
    framed = opening(5)
    assert framed.part == babyjub.mul(share, SEALED.point)
    for key in (KEYS[1], KEYS[2], KEYS[3], share.to_bytes(32, "big")):
        with pytest.raises(WrongOpening, match="account of arbiter 5 did not sign"):
            attribute(GROUP, signed(framed, key))
    for part in PARTS.values():  # what Emre or another arbiter signed elsewhere
        if part.arbiter != 5:
            with pytest.raises(WrongOpening, match="did not sign"):
                attribute(GROUP, replace(framed, signature=part.signature))
    # the part still opens: only the signature is missing
    assert decrypt(
        interpolate_at_zero({1: PARTS[1].part, 2: PARTS[2].part, 5: framed.part}), SEALED, CONTEXT
    ) == REFERENCE  # fmt: skip


def _weights_at(index: int) -> list[int]:
    """Lagrange's weights that give f(index) from f(1), f(2), f(3)."""
    weights = []
    for i in (1, 2, 3):
        above = below = 1
        for j in (1, 2, 3):
            if j != i:
                above, below = above * (index - j), below * (i - j)
        weights.append(above * pow(below, -1, SUBGROUP_ORDER))
    return weights


# --- JSON -----------------------------------------------------------------------------------------


def test_json_and_back() -> None:
    assert PartialOpening.from_json(PARTS[3].to_json()) == PARTS[3]
    assert PartialOpening.from_json(PARTS[3].to_json().encode()) == PARTS[3]


def _document(**changes: Any) -> str:
    return json.dumps({**json.loads(PARTS[3].to_json()), **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "zkcredit/partial-opening/1"},
        {"extra": 1},
        {"group": "00"},
        {"context": "0x" + f"{R:064x}"},
        {"context": 5},
        {"arbiter": "3"},
        {"arbiter": 3.0},
        {"arbiter": True},
        {"part": babyjub.encode(IDENTITY).hex()},
        {"part": babyjub.encode(TORSION[1]).hex()},
        {"part": babyjub.encode(TWISTED).hex()},
        {"part": "ff" * 32},
        {"point": babyjub.encode(IDENTITY).hex()},
        {"proof": None},
        {"proof": {}},
        {"proof": {"base": "", "point": "", "scalar": ""}},
        {"signature": None},
        {"signature": ""},
        {"signature": "00" * 64},
        {"seen": None},
        {"seen": {}},
        {"seen": SEEN.members() | {"more": 1}},
        {"seen": SEEN.members() | {"market": "0x" + "aB" * 20}},
        {"seen": SEEN.members() | {"market": "0x" + "0" * 40}},
        {"seen": SEEN.members() | {"blockHash": "0x" + "00" * 31}},
        {"seen": SEEN.members() | {"block": "99"}},
    ],
)
def test_other_documents_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedFile):
        PartialOpening.from_json(_document(**changes))


def test_a_scalar_of_l_is_refused() -> None:
    proof = {**json.loads(PARTS[3].to_json())["proof"], "scalar": f"0x{SUBGROUP_ORDER:064x}"}
    with pytest.raises(OutOfRange):
        PartialOpening.from_json(_document(proof=proof))


def test_missing_members_and_other_texts_are_refused() -> None:
    document = json.loads(PARTS[3].to_json())
    for name in document:
        rest = {key: value for key, value in document.items() if key != name}
        with pytest.raises(MalformedFile):
            PartialOpening.from_json(json.dumps(rest))
    for text in ("", "[]", "null", "{" * 50, "1", " " * 5000):
        with pytest.raises(MalformedFile):
            PartialOpening.from_json(text)


# --- the group ------------------------------------------------------------------------------------


def test_a_group_and_back() -> None:
    assert ArbiterGroup.from_json(GROUP.to_json()) == GROUP
    assert (GROUP.size, GROUP.threshold) == (5, 3)
    assert GROUP.key == babyjub.mul(POLYNOMIAL[0], BASE8)
    for index, share in SHARES.items():
        assert GROUP.share_of(index) == babyjub.mul(share, BASE8)


def test_the_digest_depends_on_everything() -> None:
    others = [
        replace(GROUP, names=(*NAMES[:4], "Eve")),
        replace(GROUP, names=NAMES[:4], accounts=ACCOUNTS[:4]),
        replace(GROUP, names=(*NAMES[1:], NAMES[0])),
        replace(GROUP, commitments=GROUP.commitments[:2]),
        replace(GROUP, commitments=commit((1, 2, 3))),
        replace(GROUP, transcript=bytes(32)),
        replace(GROUP, accounts=(*ACCOUNTS[1:], ACCOUNTS[0])),
        replace(GROUP, accounts=(*ACCOUNTS[:4], "0x" + "11" * 20)),
    ]
    assert len({group.digest for group in (GROUP, *others)}) == len(others) + 1


CANCEL = (BASE8, babyjub.neg(BASE8))


@pytest.mark.parametrize(
    ("names", "commitments", "transcript"),
    [
        (NAMES[:2], GROUP.commitments, bytes(32)),
        (NAMES, GROUP.commitments[:1], bytes(32)),
        (NAMES, (), bytes(32)),
        (tuple(map(str, range(33))), GROUP.commitments, bytes(32)),
        (("Ana", "Ana"), GROUP.commitments[:2], bytes(32)),
        (("Ana", " "), GROUP.commitments[:2], bytes(32)),
        (("Ana", 5), GROUP.commitments[:2], bytes(32)),
        (("Ana", "A\n"), GROUP.commitments[:2], bytes(32)),
        (NAMES, GROUP.commitments, bytes(31)),
        (NAMES, GROUP.commitments, "0" * 32),
        (NAMES, (IDENTITY, BASE8), bytes(32)),
        (NAMES, (BASE8, IDENTITY), bytes(32)),
        (NAMES, (TORSION[1], BASE8), bytes(32)),
        (NAMES, (babyjub.add(BASE8, TORSION[4]), BASE8), bytes(32)),
        (NAMES, (OFF_CURVE, BASE8), bytes(32)),
        (NAMES, CANCEL, bytes(32)),
        (NAMES, ((1, 2, 3), BASE8), bytes(32)),
        (NAMES, (None, BASE8), bytes(32)),
    ],
)
def test_groups_that_are_none(names: Any, commitments: Any, transcript: Any) -> None:
    with pytest.raises(InvalidInput):
        ArbiterGroup(names, commitments, transcript, ACCOUNTS[: len(names)])


@pytest.mark.parametrize(
    "accounts",
    [
        (),
        ACCOUNTS[:4],
        (*ACCOUNTS, "0x" + "11" * 20),
        (*ACCOUNTS[:4], ACCOUNTS[0]),
        (*ACCOUNTS[:4], "0x" + "00" * 20),
        (*ACCOUNTS[:4], ACCOUNTS[4].lower()),
        (*ACCOUNTS[:4], None),
    ],
)
def test_each_arbiter_has_one_account_of_its_own(accounts: Any) -> None:
    with pytest.raises(InvalidInput):
        ArbiterGroup(NAMES, GROUP.commitments, bytes(32), accounts)


def _group_document(**changes: Any) -> str:
    return json.dumps({**json.loads(GROUP.to_json()), **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "zkcredit/arbiter-group/1"},
        {"threshold": 2},
        {"threshold": "3"},
        {"key": babyjub.encode(BASE8).hex()},
        {"commitments": [babyjub.encode(TORSION[1]).hex()] * 3},
        {"commitments": json.loads(GROUP.to_json())["commitments"][:2]},
        {"commitments": None},
        {"arbiters": json.loads(GROUP.to_json())["arbiters"][::-1]},
        {"arbiters": [{"name": "Ana"}] * 5},
        {"arbiters": {}},
        {"transcript": "00" * 31},
        {"members": []},
    ],
)
def test_group_documents_that_contradict_themselves(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ArbiterGroup.from_json(_group_document(**changes))
