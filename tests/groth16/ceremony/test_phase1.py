"""What of a powers-of-tau file is believed: each check, broken alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import ptau_case as case
from support.groth16 import groth16_toy
from support.groth16.known_powers import ALPHA, BETA, TAU, contribution, g1, g2, known_powers

from zkcredit import _kernel
from zkcredit.bn254.curve import mul
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, g2_to_limbs, to_limbs
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import ptau
from zkcredit.groth16 import load_ptau
from zkcredit.groth16.ceremony.phase1 import Phase1

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.formats.ptau import PtauFile

POWER = 3
N = 1 << POWER
GOOD = known_powers(POWER)
G1_SECTIONS = ["tau_g1", "alpha_tau_g1", "beta_tau_g1"]
LAGRANGE = [
    "tau_g1_lagrange", "tau_g2_lagrange", "alpha_tau_g1_lagrange", "beta_tau_g1_lagrange",
]  # fmt: skip


def changed(name: str, index: int, point: np.ndarray, file: PtauFile = GOOD) -> PtauFile:
    return dataclasses.replace(file, **{f"{name}_mont": case.replaced(file, name, index, point)})


def refused(
    file: PtauFile, match: str, power: int = POWER, error: type[Exception] = MalformedFile
) -> None:
    with pytest.raises(error, match=match):
        Phase1.of(file, power, 1)


def in_group(name: str, scalar: int) -> np.ndarray:
    return (g2 if "g2" in name else g1)(to_limbs([scalar % R]))


@pytest.mark.parametrize("power", [1, 2, 3, 4])
@pytest.mark.parametrize("threads", [1, 2])
def test_snarkjs_file_passes_for_every_domain_up_to_its_size(power: int, threads: int) -> None:
    part = Phase1.of(case.file(), power, threads)
    assert len(part.tau_g1) == len(part.h) == 1 << power
    assert len(part.tau) == min(2 << power, 31)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_what_is_read_is_what_the_secrets_say(power: int) -> None:
    part = Phase1.of(GOOD, power)
    n = 1 << power
    lagrange = _kernel.ntt(to_limbs([pow(TAU, i, R) for i in range(n)]), True)
    scaled = [_kernel.fr_mul(lagrange, to_limbs([secret] * n)) for secret in (1, ALPHA, BETA)]
    for points, scalars in zip((part.tau_g1, part.alpha_g1, part.beta_g1), scaled, strict=True):
        assert (points == _kernel.g1_mul_generator(scalars)).all()
    assert (part.tau_g2 == _kernel.g2_mul_generator(lagrange)).all()
    last = [] if power == POWER else [pow(TAU, 2 * n - 1, R)]
    doubled = _kernel.ntt(
        to_limbs(([pow(TAU, i, R) for i in range(2 * n - 1)] + last + [0])[: 2 * n]), True
    )
    assert (part.h == _kernel.g1_mul_generator(doubled)[1::2]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*G1_SECTIONS, "tau_g2", *LAGRANGE])
def test_each_point_that_is_used_is_seen_to_be_another(name: str) -> None:
    count = len(getattr(GOOD, f"{name}_mont"))
    # of the Lagrange forms only the circuit's domain, and the one of twice its size
    start = N - 1 if name in LAGRANGE else 0
    for index in range(start, count):
        with pytest.raises(MalformedFile):
            Phase1.of(changed(name, index, in_group(name, 987654321 + index)), POWER, 1)


@pytest.mark.parametrize("name", [*G1_SECTIONS, "beta_g2", "tau_g2", *LAGRANGE])
def test_a_point_of_no_group_is_refused(name: str) -> None:
    index = len(getattr(GOOD, f"{name}_mont")) - 1
    off = in_group(name, 5)
    off[0, 0] ^= np.uint64(1)  # still below q, no longer on the curve
    refused(changed(name, index, off), r"not a point of its group|claims another")
    zero = np.zeros_like(off)
    refused(changed(name, index, zero), "infinity")


@pytest.mark.parametrize("name", ["tau_g2", "tau_g2_lagrange"])
def test_a_point_of_the_twist_outside_the_subgroup_is_refused(name: str) -> None:
    outside = _kernel.g2_to_mont(g2_to_limbs([groth16_toy.outside_subgroup()]))
    for index in {N - 1, len(getattr(GOOD, f"{name}_mont")) - 1}:
        refused(changed(name, index, outside), rf"{name}\[{index}\] is not a point of its group")
    # the right point plus one of small order: pairings may not see it
    good = getattr(GOOD, f"{name}_mont")[N - 1 :][:1]
    torsion = g2_to_limbs([mul(R, groth16_toy.outside_subgroup())])
    mixed = _kernel.g2_add_naive(_kernel.g2_from_mont(np.array(good)), torsion)
    refused(changed(name, N - 1, _kernel.g2_to_mont(mixed)), "not a point of its group")


def test_beta_in_g2_outside_the_subgroup_is_refused() -> None:
    outside = _kernel.g2_to_mont(g2_to_limbs([groth16_toy.outside_subgroup()]))
    step = dataclasses.replace(contribution(), beta2_mont=outside)
    file = changed("beta_g2", 0, outside)
    refused(dataclasses.replace(file, contributions=(step,)), r"beta_g2\[0\] is not a point")


@pytest.mark.parametrize("name", [*G1_SECTIONS, "tau_g2"])
def test_powers_of_another_tau_are_refused(name: str) -> None:
    other = known_powers(POWER, tau=TAU + 1)
    array = getattr(other, f"{name}_mont")
    file = dataclasses.replace(GOOD, **{f"{name}_mont": array})
    refused(file, "powers of|claims another")
    mixed = np.array(getattr(GOOD, f"{name}_mont"))
    mixed[2:] = array[2:]
    refused(dataclasses.replace(GOOD, **{f"{name}_mont": mixed}), "powers of")


@pytest.mark.parametrize("name", LAGRANGE)
def test_the_lagrange_form_of_another_file_is_refused(name: str) -> None:
    for other in (known_powers(POWER, tau=TAU + 1), known_powers(POWER, alpha=7, beta=7)):
        array = getattr(other, f"{name}_mont")
        if (array == getattr(GOOD, f"{name}_mont")).all():
            continue
        refused(dataclasses.replace(GOOD, **{f"{name}_mont": array}), "is not the Lagrange form")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alpha_tau_g1", "beta_tau_g1"),
        ("alpha_tau_g1_lagrange", "beta_tau_g1_lagrange"),
    ],
)
def test_swapped_sections_are_refused(one: str, other: str) -> None:
    swap = {
        f"{one}_mont": getattr(GOOD, f"{other}_mont"),
        f"{other}_mont": getattr(GOOD, f"{one}_mont"),
    }
    refused(dataclasses.replace(GOOD, **swap), "claims another|is not the Lagrange form")


def test_swapped_multiples_are_refused_even_where_the_contribution_is_swapped_too() -> None:
    other = known_powers(POWER, alpha=BETA, beta=ALPHA)
    refused(dataclasses.replace(other, beta_g2_mont=GOOD.beta_g2_mont,
            contributions=(dataclasses.replace(other.contributions[0],
                           beta2_mont=GOOD.contributions[0].beta2_mont),)),
            "beta differs between G1 and G2")  # fmt: skip


def test_lagrange_points_in_another_order_are_refused() -> None:
    for name in LAGRANGE:
        array = np.array(getattr(GOOD, f"{name}_mont"))
        array[N - 1 : 2 * N - 1] = array[N - 1 : 2 * N - 1][::-1].copy()
        refused(dataclasses.replace(GOOD, **{f"{name}_mont": array}), "is not the Lagrange form")


def test_a_domain_is_not_another_one() -> None:
    array = np.array(GOOD.tau_g1_lagrange_mont)
    array[N - 1 : N - 1 + N // 2] = array[N // 2 - 1 : N - 1]
    refused(dataclasses.replace(GOOD, tau_g1_lagrange_mont=array), "is not the Lagrange form")


@pytest.mark.parametrize("name", ["tau_g1", "tau_g2"])
def test_powers_begin_with_the_generator(name: str) -> None:
    refused(changed(name, 0, in_group(name, 2)), "the first power in G.? is not the generator")


def test_multiplied_powers_are_refused() -> None:
    scaled = _kernel.g1_to_mont(
        _kernel.g1_mul(_kernel.g1_from_mont(np.array(GOOD.tau_g1_mont)), to_limbs([3] * 15))
    )
    step = dataclasses.replace(contribution(), tau1_mont=scaled[1:2])
    refused(
        dataclasses.replace(GOOD, tau_g1_mont=scaled, contributions=(step,)),
        "is not the generator",
    )


def test_the_powers_of_g2_are_not_those_of_another_secret() -> None:
    other = known_powers(POWER, tau=TAU * 3)
    step = dataclasses.replace(GOOD.contributions[0], tau2_mont=other.contributions[0].tau2_mont)
    file = dataclasses.replace(GOOD, tau_g2_mont=other.tau_g2_mont, contributions=(step,))
    refused(file, "tau_g2 are not powers of the tau in G1")


@pytest.mark.parametrize("field", ["tau1", "tau2", "alpha1", "beta1", "beta2"])
def test_the_last_contribution_must_lead_here(field: str) -> None:
    other = contribution(tau=5, alpha=6, beta=7)
    step = dataclasses.replace(
        GOOD.contributions[0], **{f"{field}_mont": getattr(other, f"{field}_mont")}
    )
    for steps in ((step,), (GOOD.contributions[0], step)):
        refused(dataclasses.replace(GOOD, contributions=steps), "the last contribution claims")
    Phase1.of(dataclasses.replace(GOOD, contributions=(step, GOOD.contributions[0])), POWER)


def test_a_file_that_nobody_contributed_to_is_unsafe() -> None:
    refused(dataclasses.replace(GOOD, contributions=()), "nobody contributed", error=UnsafeKey)


@pytest.mark.parametrize("secret", ["alpha", "beta"])
def test_secrets_that_are_one_are_unsafe(secret: str) -> None:
    refused(known_powers(POWER, **{secret: 1}), f"{secret} is 1", error=UnsafeKey)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [1, 2, 4, 8])
def test_a_tau_that_is_a_root_of_unity_is_unsafe(order: int) -> None:
    root = pow(5, (R - 1) // order, R)
    # its Lagrange forms hold infinity, which is refused as well
    refused(known_powers(POWER, tau=root), "root of unity", error=UnsafeKey)


@pytest.mark.parametrize("power", [-1, 0, 4, 28, 2**40])
def test_a_domain_that_the_file_is_not_for_is_refused(power: int) -> None:
    refused(GOOD, "this file has 2.3", power=power, error=InvalidInput)


def test_a_file_that_is_not_prepared_is_refused_with_what_to_do() -> None:
    file = known_powers(POWER, prepared=False)
    refused(file, "run `snarkjs powersoftau prepare phase2`", error=InvalidInput)


@pytest.mark.parametrize("beyond", [0, pow(TAU, 2 * N - 1, R)])
def test_the_doubled_domain_ends_in_infinity_or_in_the_true_power(beyond: int) -> None:
    Phase1.of(known_powers(POWER, beyond=beyond), POWER)


@pytest.mark.parametrize(
    "beyond", [1, R - 1, pow(TAU, 2 * N, R), pow(TAU, 2 * N - 2, R), R - pow(TAU, 2 * N - 1, R)]
)
def test_the_doubled_domain_ends_in_nothing_else(beyond: int) -> None:
    refused(known_powers(POWER, beyond=beyond), "doubled domain")


def test_in_a_smaller_domain_the_power_is_known_and_infinity_is_refused() -> None:
    small = known_powers(POWER - 1)  # its last form has infinity, which is not what 2N = 8 has here
    array = np.array(GOOD.tau_g1_lagrange_mont)
    array[N - 1 : 2 * N - 1] = np.array(small.tau_g1_lagrange_mont)[N - 1 :]
    refused(dataclasses.replace(GOOD, tau_g1_lagrange_mont=array), "Lagrange", power=POWER - 1)


def test_a_small_circuit_reads_a_small_part() -> None:
    """Damage beyond what a circuit needs is not seen: that is what makes large files usable."""
    zero = np.zeros(16, dtype=np.uint64)
    file = changed("tau_g2", N - 1, zero, changed("tau_g1", 2 * N - 2, zero[:8]))
    Phase1.of(file, POWER - 1)
    with pytest.raises(MalformedFile):
        Phase1.of(file, POWER)


def test_weights_are_fresh_and_none_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    from zkcredit.groth16.ceremony import phase1

    asked: list[int] = []
    monkeypatch.setattr(phase1.os, "urandom", lambda count: asked.append(count) or bytes(count))
    weights = phase1.random_weights(5)
    assert asked == [80]
    assert from_limbs(weights) == [1] * 5
    monkeypatch.undo()
    one, other = (from_limbs(phase1.random_weights(1000)) for _ in range(2))
    assert not set(one) & set(other)
    assert max(w.bit_length() for w in one) <= 128
    assert len(set(one)) == 1000


def test_a_file_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "a.ptau").write_bytes(case.data())
    file = load_ptau(tmp_path / "a.ptau")
    assert ptau.dumps(file) == case.data()
    Phase1.of(file, 4)


@pytest.mark.parametrize("content", [b"", b"ptau", b"zkey" + bytes(60)])
def test_what_is_no_file_is_not_loaded(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ptau").write_bytes(content)
    with pytest.raises(MalformedFile):
        load_ptau(tmp_path / "a.ptau")


def test_no_file_a_folder_and_a_device_are_not_loaded(tmp_path: Path) -> None:
    paths: list[Any] = [tmp_path / "none", tmp_path, "/dev/null", "a\0b", 3.5]
    for path in paths:
        with pytest.raises(InvalidInput, match="cannot read"):
            load_ptau(path)
