"""Chains of contributions to a key: what follows is accepted, and every change is refused.

At first a file counted as a ceremony's by the number of its records.
"""

from __future__ import annotations

import dataclasses
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import ptau_case
from support.formats import snarkjs_toy as toy
from support.groth16 import ceremony_case as case
from support.groth16 import groth16_toy as g
from support.groth16.ceremony_rounds import round_of

from zkcredit import _kernel
from zkcredit.bn254 import Q
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import g2_to_limbs, to_limbs
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import ptau, r1cs, zkey
from zkcredit.formats.binfile import Contributor
from zkcredit.groth16 import initial_zkey, keyfile, verify_ceremony
from zkcredit.groth16.ceremony import steps
from zkcredit.groth16.ceremony.phase2_chain import phase2_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.formats.zkey import ZKeyFile

FIELDS = {"delta": (0, 64), "g1_s": (64, 64), "g1_sx": (128, 64), "g2_spx": (192, 128),
          "transcript": (320, 64)}  # fmt: skip
"""Offset and size of each part of a record."""

SECRETS = [3**70, 5**55, case.BEACON]


def refused(data: bytes | ZKeyFile, match: str | None = None) -> None:
    with pytest.raises((UnsafeKey, MalformedFile), match=match):
        case.verified(data)


# --- what follows -------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "origin"), [(1, "single-party"), (2, "ceremony"),
                                               (100, "ceremony")])  # fmt: skip
def test_honest_chains_are_verified(count: int, origin: str) -> None:
    ceremony = case.verified(case.phase2(case.initial(), [3 + i for i in range(count)]))
    assert (ceremony.origin, ceremony.parties) == (origin, (2, count))
    assert [step.number for step in ceremony.phase2] == list(range(1, count + 1))
    assert len({step.digest for step in ceremony.phase2}) == count
    shown = "1 contribution" if count == 1 else f"{count} contributions follow from one another"
    assert f"phase 2: {shown}" in ceremony.in_words()
    assert "that their makers are different is not shown" in ceremony.in_words()


def test_a_beacon_does_not_count() -> None:
    ceremony = case.verified(case.phase2(case.initial(), [3, case.BEACON]))
    assert (ceremony.origin, ceremony.parties) == ("single-party", (2, 1))
    refused(case.phase2(case.initial(), [case.BEACON]), "beacons alone")


def test_nothing_covers_what_a_record_says_of_its_maker() -> None:
    """Others can rename a step, and call a beacon a party: hence one vouches for hashes."""
    one, two, end = (step.raw for step in zkey.loads(case.honest()).contributions)
    renamed = one[:388] + struct.pack("<I", 5) + b"\1\3bob"
    ceremony = case.verified(with_records([renamed, two, end[:384] + bytes(8)]))
    assert [step.name for step in ceremony.phase2] == ["bob", "party 2", ""]
    assert [step.digest for step in ceremony.phase2] == [
        step.digest for step in case.verified(case.honest()).phase2
    ]
    assert ceremony.parties == (2, 3)


def test_the_mark_of_a_file_can_lower_what_was_verified() -> None:
    marked = dataclasses.replace(zkey.loads(case.honest()), mark=b'{"origin": "single-party"}')
    assert case.verified(marked).origin == "single-party"
    refused(dataclasses.replace(marked, mark=b'{"origin": "claimed", "circuit": "%s"}'
                                % (b"0" * 64)), "another circuit")  # fmt: skip


def test_files_of_snarkjs_follow() -> None:
    for name, count in (("ceremony.zkey", 3), ("single.zkey", 1)):
        file = zkey.loads(toy.data(name))
        chain = phase2_chain(file.circuit_hash, file.contributions, threads=2)
        assert [step.name for step in chain.steps] == ["one", "two", "b"][:count]
        assert (_kernel.g1_to_mont(chain.delta1.reshape(1, 8))[0] == file.delta1_mont).all()


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_many_equations_at_once_name_the_first_that_fails(threads: int) -> None:
    def lie(i: int, shown: case.Shown) -> None:
        if i in {70, 90}:
            shown["g1_sx"] = _kernel.g1_mul_generator(to_limbs([99 + i]))

    key = case.phase2(case.initial(), [3 + i for i in range(130)], lie)
    with pytest.raises(UnsafeKey, match="contribution 71: delta does not follow"):
        case.verified(key, threads=threads)


# --- a record that is changed -------------------------------------------------------------------


def points(field: str) -> dict[str, bytes]:
    """What stands in the place of a field's point."""
    if field == "transcript":
        return {"zeros": bytes(64), "ones": b"\xff" * 64}
    in_g2 = field == "g2_spx"
    make: Callable[..., Any] = _kernel.g2_mul_generator if in_g2 else _kernel.g1_mul_generator
    mont = _kernel.g2_to_mont if in_g2 else _kernel.g1_to_mont
    other, one = (mont(make(to_limbs([k]))).tobytes() for k in (31337, 1))
    size = 128 if in_g2 else 64
    found = {
        "another": other,
        "generator": one,
        "infinity": bytes(size),
        "off the curve": one[:-1] + bytes([one[-1] ^ 1]),
        "not canonical": Q.to_bytes(32, "little") + one[32:],
    }
    if in_g2:
        found["another subgroup"] = mont(g2_to_limbs([g.outside_subgroup()])).tobytes()
    return found


def edits() -> Iterator[tuple[str, bytes]]:
    """The honest file with one field of one contribution changed."""
    file = case.honest()
    raws = [step.raw for step in zkey.loads(file).contributions]
    for i, raw in enumerate(raws):
        for field, (offset, size) in FIELDS.items():
            old = raw[offset : offset + size]
            news = points(field)
            news["that of another contribution"] = raws[i - 1][offset : offset + size]
            if field != "transcript":
                y = int.from_bytes(old[size // 2 : size // 2 + 32], "little")
                rest = old[size // 2 + 32 :]
                news["y negated"] = old[: size // 2] + (Q - y).to_bytes(32, "little") + rest
            else:
                news["one bit"] = bytes([old[0] ^ 1]) + old[1:]
                news["last bit"] = old[:-1] + bytes([old[-1] ^ 1])
            for name, new in news.items():
                changed = raw[:offset] + new + raw[offset + size :]
                yield (
                    f"contribution {i + 1}, {field}: {name}",
                    with_records([*raws[:i], changed, *raws[i + 1 :]]),
                )


def with_records(raws: list[bytes], count: int | None = None, circuit_hash: bytes = b"") -> bytes:
    file = case.honest()
    parts = dict(toy.sections(file))
    head = circuit_hash or parts[10][:64]
    number = len(raws) if count is None else count
    parts[10] = head + struct.pack("<I", number) + b"".join(raws)
    return toy.join(file, list(parts.items()))


def arrangements() -> Iterator[tuple[str, bytes]]:
    """The honest file with its contributions in another order, repeated, dropped or cut off."""
    one, two, end = (step.raw for step in zkey.loads(case.honest()).contributions)
    yield "the first two exchanged", with_records([two, one, end])
    yield "the last two exchanged", with_records([one, end, two])
    yield "reversed", with_records([end, two, one])
    yield "the first dropped", with_records([two, end])
    yield "the second dropped", with_records([one, end])
    yield "the last dropped", with_records([one, two])
    yield "the first alone", with_records([one])
    yield "the last alone", with_records([end])
    yield "none", with_records([])
    yield "the first twice", with_records([one, one, two, end])
    yield "the second twice", with_records([one, two, two, end])
    yield "the last twice", with_records([one, two, end, end])
    yield "the first again at the end", with_records([one, two, end, one])
    yield "all twice", with_records([one, two, end] * 2)
    yield "the last a thousand times", with_records([one, two, *[end] * 1000])
    yield "one more announced", with_records([one, two, end], count=4)
    yield "one fewer announced", with_records([one, two, end], count=2)
    yield "millions announced", with_records([one, two, end], count=2**32 - 1)
    for cut in (1, 8, 64, 392):
        yield f"{cut} bytes cut off", with_records([one, two, end[:-cut]])
        yield f"{cut} bytes more", with_records([one, two, end + bytes(cut)])
    yield "another circuit hash", with_records([one, two, end], circuit_hash=bytes([7]) * 64)
    zero, first = struct.pack("<I", 0), struct.pack("<I", 1)
    yield "a party as a beacon", with_records([one[:384] + first + one[388:], two, end])
    yield "a beacon as a party", with_records([one, two, end[:384] + zero + end[388:]])
    yield "an unknown kind", with_records([one[:384] + b"\2" + one[385:], two, end])
    at = end.index(bytes([2, 10, 3, 16]))
    for name, new in (
        ("other iterations", bytes([2, 11, 3, 16])),
        ("fewer iterations", bytes([2, 9, 3, 16])),
        ("2^40 iterations", bytes([2, 40, 3, 16])),
        ("2^63 iterations", bytes([2, 63, 3, 16])),
        ("2^255 iterations", bytes([2, 255, 3, 16])),
    ):
        yield name, with_records([one, two, end[:at] + new + end[at + 4 :]])
    yield "another beacon", with_records([one, two, end[:-1] + bytes([end[-1] ^ 1])])
    length = struct.pack("<I", 2 + 3)
    yield (
        "a beacon without its bytes",
        with_records([one, two, end[:388] + length + end[392 : at + 2]]),
    )
    yield (
        "a beacon of no bytes",
        with_records([one, two, end[:388] + struct.pack("<I", 9) + end[392 : at + 3] + b"\0"]),
    )
    foreign = zkey.loads(toy.data("ceremony.zkey")).contributions
    yield "those of another ceremony", with_records([step.raw for step in foreign])
    yield "one of another ceremony", with_records([foreign[0].raw, two, end])


EDITS, ARRANGEMENTS = dict(edits()), dict(arrangements())


def test_there_are_more_than_sixty_damages() -> None:
    assert len(EDITS) + len(ARRANGEMENTS) > 120
    assert case.honest() not in EDITS.values()
    assert case.honest() not in ARRANGEMENTS.values()


@pytest.mark.parametrize("name", list(EDITS))
def test_a_changed_field_is_refused(name: str) -> None:
    refused(EDITS[name])


@pytest.mark.parametrize("name", list(ARRANGEMENTS))
def test_another_arrangement_is_refused(name: str) -> None:
    refused(ARRANGEMENTS[name])


# --- lies that are hashed like the truth --------------------------------------------------------


def lied(change: dict[str, Any], at: int = 1) -> ZKeyFile:
    def lie(i: int, shown: case.Shown) -> None:
        if i == at:
            shown.update({k: v(shown) if callable(v) else v for k, v in change.items()})

    return case.phase2(case.initial(), SECRETS[:2], lie)


def g1(*scalars: int) -> Any:
    return _kernel.g1_mul_generator(to_limbs(list(scalars)))


def g2(scalar: int) -> Any:
    return _kernel.g2_mul_generator(to_limbs([scalar]))


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"g1_s": g1(77)}, "does not follow"),
        ({"g1_sx": g1(77)}, "does not follow"),
        ({"g2_spx": g2(77)}, "does not follow"),
        ({"delta": g1(77)}, "does not follow|last contribution"),
        ({"secret": 1}, "does not follow|last contribution"),
        # a key for another factor than that of delta
        ({"g1_sx": lambda s: _kernel.g1_mul(s["g1_s"], to_limbs([9]))}, "does not follow"),
        # a key that was made for another point of G2: its secret need not be known
        ({"g2_spx": lambda s: g2(s["secret"])}, "does not follow"),
        ({"g2_sp": g2(5)}, "does not follow"),
        ({"transcript": bytes(range(64))}, "transcript"),
        ({"g1_s": g1(0), "g1_sx": g1(0)}, "g1_s is not a point"),
        ({"g2_spx": g2(0)}, "g2_spx is not a point"),
        ({"delta": g1(0)}, "delta is not a point|last contribution"),
    ],
)
def test_a_lie_is_refused(change: dict[str, Any], match: str, at: int) -> None:
    refused(lied(change, at), match)


def test_a_beacon_with_a_secret_of_its_own_is_refused() -> None:
    """Its point is the beacon's, but whoever applied it chose the factor."""

    def lie(i: int, shown: case.Shown) -> None:
        if i == 2:
            _, g1_s = case.beacon_values(case.BEACON, 1)
            g1_sx = _kernel.g1_mul(g1_s, to_limbs([99]))
            shown.update(made_by=case.BEACON, g1_s=g1_s, g1_sx=g1_sx)

    key = case.phase2(case.initial(), [3, 5, 99], lie)
    refused(key, "contribution 3: the key does not follow from the beacon")


def test_a_secret_that_everybody_knows_is_refused() -> None:
    refused(case.phase2(case.initial(), [3, 1]), "contribution 2: delta does not change")
    refused(case.phase2(case.initial(), [1, 3]), "contribution 1: delta does not change")


def test_factors_whose_product_is_1_are_refused() -> None:
    """Each changes delta, and at the end it is the generator again."""
    refused(case.phase2(case.initial(), [3, pow(3, -1, R)]), "anybody can forge")


def test_a_key_with_another_delta_than_its_contributions_is_refused() -> None:
    """Whoever replaces δ by one that he knows forges, however honest the records are."""
    honest = zkey.loads(case.honest())
    mine = case.with_delta(case.initial(), 12345)
    stolen = dataclasses.replace(mine, contributions=honest.contributions)
    refused(stolen, "last contribution")
    refused(dataclasses.replace(honest, delta1_mont=mine.delta1_mont), "last contribution|delta")
    refused(dataclasses.replace(honest, delta2_mont=mine.delta2_mont), "last contribution|delta")


@pytest.mark.parametrize("name", ["c_mont", "h_mont", "a_mont", "b1_mont"])
def test_every_point_of_the_key_counts(name: str) -> None:
    """The highest point of H too, which no honest proof uses."""
    honest = zkey.loads(case.honest())
    for index in (0, -1):
        array = np.array(getattr(honest, name))
        array[index] = _kernel.g1_to_mont(g1(31337))[0]
        refused(dataclasses.replace(honest, **{name: array}), "differs from the initial key")


def test_a_key_of_another_circuit_is_refused() -> None:
    other = r1cs.loads(ptau_case.reordered_circuit())
    rows = dataclasses.replace(other, a=other.b, b=other.a)
    key = keyfile.loads(case.honest())
    with pytest.raises(UnsafeKey, match=r"differs from the initial key|circuit"):
        verify_ceremony(key, rows, case.powers())
    foreign = case.phase2(initial_zkey(rows, case.powers()), SECRETS)
    refused(foreign, "differs from the initial key")


def test_a_key_of_another_phase_1_is_refused() -> None:
    other = case.phase1(4, [(19**30, 23**30, 29**30), (31, 37, 41)])
    with pytest.raises(UnsafeKey, match="differs from the initial key"):
        case.verified(case.honest(), other)


@pytest.mark.parametrize("number", [0, 1])
def test_a_round_of_many_contributions(number: int) -> None:
    """The rounds of 1,000 are done by ``make long PART=ceremonies``."""
    assert round_of(number, contributions=30, damages=20) == {"contributions": 30, "refused": 21}


# --- bounds of the work -------------------------------------------------------------------------


def test_too_many_contributions_are_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zkcredit.groth16.ceremony.phase2_chain.MAX_CONTRIBUTIONS", 2)
    refused(case.honest(), "more than 2 contributions")


@pytest.mark.parametrize("kind", ["zkey", "ptau"])
def test_files_of_too_many_contributions_are_not_read(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(f"zkcredit.formats.{kind}.MOST_CONTRIBUTIONS", 2)
    data = case.honest() if kind == "zkey" else ptau.dumps(case.powers())
    with pytest.raises(MalformedFile, match="more than 2 contributions are not read"):
        (zkey if kind == "zkey" else ptau).loads(data)


def test_beacons_share_a_bound_of_iterations() -> None:
    many = [3, *[Contributor(True, "", bytes([i + 1]), 10) for i in range(4)]]
    key = case.phase2(case.initial(), many)
    assert case.verified(key, max_iterations=1 << 12).parties == (2, 1)
    with pytest.raises(UnsafeKey, match=r"contribution 5: .* more than the limit"):
        case.verified(key, max_iterations=(1 << 12) - 1)


def test_a_beacon_of_huge_cost_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(_: bytes) -> Any:
        raise AssertionError

    file = zkey.loads(ARRANGEMENTS["2^40 iterations"])
    monkeypatch.setattr(steps.hashlib, "sha256", computed)
    with pytest.raises(UnsafeKey, match="2\\^40 iterations"):
        phase2_chain(file.circuit_hash, file.contributions)


@pytest.mark.parametrize("limit", [None, "1", 1.5, True])
def test_a_limit_of_another_type_is_refused(limit: Any) -> None:
    with pytest.raises(InvalidInput):
        case.verified(case.honest(), max_iterations=limit)


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    case.verified(case.honest(), progress=lambda *what: told.append(what))
    assert {what.split(":")[0] for what, _, _ in told} >= {"phase 1", "phase 2", "key"}
    assert all(0 <= done <= total for _, done, total in told)
