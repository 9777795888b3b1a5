"""Chains of contributions to powers of tau: what follows is accepted, every change is refused."""

from __future__ import annotations

import dataclasses
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import ptau_case
from support.groth16 import ceremony_case as case
from support.groth16 import groth16_toy as g

from zkcredit import _kernel
from zkcredit.bn254 import Q
from zkcredit.bn254.limbs import g2_to_limbs, to_limbs
from zkcredit.errors import MalformedFile, UnsafeKey
from zkcredit.formats import ptau
from zkcredit.formats.binfile import Contributor
from zkcredit.groth16.ceremony.phase1 import Phase1
from zkcredit.groth16.ceremony.phase1_chain import (
    computed_first_challenge,
    first_challenge,
    phase1_chain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.formats.ptau import PtauFile

FIELDS = {
    "tau": (0, 64), "tau in G2": (64, 128), "alpha": (192, 64), "beta": (256, 64),
    "beta in G2": (320, 128),
    **{f"{name} {part}": (448 + 128 * k + 64 * j, 64)
       for k, name in enumerate(("tau", "alpha", "beta"))
       for j, part in enumerate(("g1_s", "g1_sx"))},
    **{f"{name} g2_spx": (832 + 128 * k, 128)
       for k, name in enumerate(("tau", "alpha", "beta"))},
    "next challenge": (1432, 64),
}  # fmt: skip
"""Offset and size of each part of a record."""


def with_records(raws: list[bytes], count: int | None = None) -> bytes:
    file = case.powers()
    number = len(raws) if count is None else count
    data = ptau.dumps(dataclasses.replace(file, contributions=()))
    body = struct.pack("<I", number) + b"".join(raws)
    return ptau_case.toy.join(
        data, [(n, body if n == 7 else old) for n, old in ptau_case.toy.sections(data)]
    )


def checked(file: PtauFile, **options: Any) -> tuple[Any, ...]:
    """Both checks, as ``verify_ceremony`` runs them."""
    found = phase1_chain(file, **options)
    Phase1.of(file, file.power)
    return found


def refused(data: bytes, match: str | None = None) -> None:
    with pytest.raises((UnsafeKey, MalformedFile), match=match):
        checked(ptau.loads(data))


# --- what follows -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 20])
def test_honest_chains_are_verified(count: int) -> None:
    file = case.phase1(2, [(3 + i, 5 + i, 7 + i) for i in range(count)])
    found = checked(file, threads=2)
    assert [step.number for step in found] == list(range(1, count + 1))
    assert len({step.digest for step in found}) == count
    assert not any(step.is_beacon for step in found)


def test_the_file_of_snarkjs_follows() -> None:
    first, beacon = checked(ptau_case.file())
    assert (first.name, first.is_beacon, beacon.name, beacon.is_beacon) == ("a", False, "b", True)
    # what `snarkjs powersoftau verify` prints as their response hashes
    assert first.digest.hex().startswith("992df00fc45317ac575d57cee73dd5e3")
    assert beacon.digest.hex().startswith("4d7ce4387421f812a359fd10900b34cf")


def test_the_first_challenge_is_that_of_snarkjs() -> None:
    """That of 2^28, which is known, is computed again by ``make long PART=first-challenge``."""
    assert first_challenge(12) == computed_first_challenge(12)
    # what `snarkjs powersoftau new bn128 12` prints, and what the Perpetual Powers of Tau published
    assert first_challenge(12).hex().startswith("9e63a5f62b96538daaed2372481920d1")
    assert first_challenge(28).hex().startswith("93da91920d5a54a8a0fde55cd9dc3a10")


def test_a_file_without_lagrange_forms_has_a_chain_too() -> None:
    assert len(phase1_chain(ptau.loads(ptau_case.unprepared()))) == 2


def test_a_truncated_file_keeps_the_challenges_of_its_ceremony() -> None:
    """Its own powers are fewer, so that the last challenge is not their hash."""
    file = dataclasses.replace(case.powers(), ceremony_power=5)
    with pytest.raises(UnsafeKey, match="contribution 1: tau does not follow"):
        phase1_chain(file)  # the first challenge is another one
    assert first_challenge(4) != first_challenge(5)


# --- a record that is changed -------------------------------------------------------------------


def others(field: str) -> dict[str, bytes]:
    if field == "next challenge":
        return {"zeros": bytes(64), "ones": b"\xff" * 64}
    in_g2 = "G2" in field or "g2" in field
    make: Callable[..., Any] = _kernel.g2_mul_generator if in_g2 else _kernel.g1_mul_generator
    mont = _kernel.g2_to_mont if in_g2 else _kernel.g1_to_mont
    other, one = (mont(make(to_limbs([k]))).tobytes() for k in (31337, 1))
    found = {
        "another": other,
        "generator": one,
        "infinity": bytes(len(one)),
        "off the curve": one[:-1] + bytes([one[-1] ^ 1]),
        "not canonical": Q.to_bytes(32, "little") + one[32:],
    }
    if in_g2:
        found["another subgroup"] = mont(g2_to_limbs([g.outside_subgroup()])).tobytes()
    return found


def edits() -> Iterator[tuple[str, bytes]]:
    raws = [step.raw for step in case.powers().contributions]
    for i, raw in enumerate(raws):
        for field, (offset, size) in FIELDS.items():
            news = others(field)
            news["that of another contribution"] = raws[i - 1][offset : offset + size]
            for name, new in news.items():
                changed = raw[:offset] + new + raw[offset + size :]
                where = f"contribution {i + 1}, {field}: {name}"
                yield where, with_records([*raws[:i], changed, *raws[i + 1 :]])


def arrangements() -> Iterator[tuple[str, bytes]]:
    one, two, end = (step.raw for step in case.powers().contributions)
    yield "the first two exchanged", with_records([two, one, end])
    yield "the last two exchanged", with_records([one, end, two])
    yield "the first dropped", with_records([two, end])
    yield "the second dropped", with_records([one, end])
    yield "the last dropped", with_records([one, two])
    yield "none", with_records([])
    yield "the first twice", with_records([one, one, two, end])
    yield "the last twice", with_records([one, two, end, end])
    yield "all twice", with_records([one, two, end] * 2)
    yield "one more announced", with_records([one, two, end], 4)
    yield "one fewer announced", with_records([one, two, end], 2)
    yield "cut off", with_records([one, two, end[:-1]])
    yield "another state of the last", with_records([one, two, flipped(end, 1216 + 5)])
    yield "no state", with_records([flipped(one, 1216 + 201), two, end])
    at = end.index(bytes([2, 10, 3, 16]))
    for name, exponent in (("other iterations", 11), ("2^63 iterations", 63), ("2^99", 99)):
        yield name, with_records([one, two, end[: at + 1] + bytes([exponent]) + end[at + 2 :]])
    yield "another beacon", with_records([one, two, flipped(end, len(end) - 1)])
    foreign = [step.raw for step in ptau_case.file().contributions]
    yield "those of another ceremony", with_records(foreign)
    yield "one of another ceremony", with_records([foreign[0], two, end])


def test_a_state_that_is_changed_changes_the_hash_that_its_maker_published() -> None:
    """Only the last is compared with the file; whoever vouches for another does it by the hash."""
    one, two, end = (step.raw for step in case.powers().contributions)
    honest = checked(case.powers())
    changed = checked(ptau.loads(with_records([flipped(one, 1216), two, end])))
    assert changed[0].digest != honest[0].digest
    assert changed[1:] == honest[1:]


def flipped(raw: bytes, offset: int) -> bytes:
    return raw[:offset] + bytes([raw[offset] ^ 1]) + raw[offset + 1 :]


EDITS, ARRANGEMENTS = dict(edits()), dict(arrangements())


def test_the_damages_are_damages() -> None:
    good = ptau.dumps(case.powers())
    assert len(EDITS) + len(ARRANGEMENTS) > 200
    assert good not in EDITS.values()
    assert good not in ARRANGEMENTS.values()
    assert len(checked(ptau.loads(good))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("start", range(8))
def test_a_changed_field_is_refused(start: int) -> None:
    for name in list(EDITS)[start::8]:
        try:
            checked(ptau.loads(EDITS[name]))
        except (UnsafeKey, MalformedFile):
            continue
        pytest.fail(f"accepted: {name}")


@pytest.mark.parametrize("name", list(ARRANGEMENTS))
def test_another_arrangement_is_refused(name: str) -> None:
    refused(ARRANGEMENTS[name])


# --- lies that are hashed like the truth --------------------------------------------------------


def g1(*scalars: int) -> Any:
    return _kernel.g1_mul_generator(to_limbs(list(scalars)))


def g2(*scalars: int) -> Any:
    return _kernel.g2_mul_generator(to_limbs(list(scalars)))


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"now1": g1(3, 5, 7)}, "does not follow|claims another"),
        ({"now2": g2(3, 7)}, "does not follow|claims another"),
        ({"pairs": np.array([[g1(2)[0], g1(9)[0]]] * 3)}, "tau does not follow"),
        ({"spx": g2(3, 5, 7)}, "tau does not follow"),
        ({"challenge": bytes(range(64))}, "does not follow"),
    ],
)
def test_a_lie_is_refused(change: dict[str, Any], match: str, at: int) -> None:
    def lie(i: int, shown: case.Shown) -> None:
        if i == at:
            shown.update(change)

    file = case.phase1(2, [(11, 13, 17), (19, 23, 29)], lie)
    with pytest.raises((UnsafeKey, MalformedFile), match=match):
        checked(file)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_beacon_with_a_secret_of_its_own_is_refused(k: int) -> None:
    """One of its factors is another than the beacon's; everything else follows."""
    factors, g1_s = case.beacon_values(case.BEACON, 3)
    factors[k] = 99

    def lie(i: int, shown: case.Shown) -> None:
        if i == 1:
            multiples = _kernel.g1_mul(g1_s, to_limbs(factors))
            shown.update(made_by=case.BEACON, pairs=np.stack([g1_s, multiples], axis=1))

    file = case.phase1(2, [(11, 13, 17), (factors[0], factors[1], factors[2])], lie)
    with pytest.raises(UnsafeKey, match="contribution 2: the key does not follow from the beacon"):
        phase1_chain(file)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_secret_that_everybody_knows_is_refused(k: int) -> None:
    secrets = [3, 5, 7]
    secrets[k] = 1
    file = case.phase1(2, [(11, 13, 17), (secrets[0], secrets[1], secrets[2])])
    with pytest.raises(UnsafeKey, match=r"contribution 2: \w+ does not change"):
        phase1_chain(file)


def test_powers_of_a_secret_that_was_not_contributed_are_refused() -> None:
    """Whoever knows the powers' τ forges, however honest the records are."""
    honest, mine = case.powers(), case.phase1(4, [(2, 3, 4)])
    file = dataclasses.replace(mine, contributions=honest.contributions)
    with pytest.raises((UnsafeKey, MalformedFile), match=r"last challenge|claims another"):
        checked(file)
    # and also if they call themselves the end of a larger ceremony, whose hash nobody can compare
    with pytest.raises(MalformedFile, match="claims another"):
        Phase1.of(dataclasses.replace(file, ceremony_power=5), 4)


# --- bounds of the work -------------------------------------------------------------------------


def test_too_many_contributions_are_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zkcredit.groth16.ceremony.phase1_chain.MAX_CONTRIBUTIONS", 2)
    with pytest.raises(UnsafeKey, match="more than 2 contributions"):
        phase1_chain(case.powers())


def test_beacons_share_a_bound_of_iterations() -> None:
    file = case.phase1(2, [(3, 5, 7), *[Contributor(True, "", b"x", 10)] * 2])
    assert len(phase1_chain(file, max_iterations=1 << 11)) == 3
    with pytest.raises(UnsafeKey, match=r"contribution 3: .* more than the limit"):
        phase1_chain(file, max_iterations=(1 << 11) - 1)
