"""A key at the end of phase 2 against circuit and powers of tau."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.formats import ptau_case as case
from support.groth16 import groth16_toy as g
from support.groth16.known_powers import known_powers
from support.groth16.phase2_step import contributed

from zkcredit import _kernel
from zkcredit.bn254.limbs import g1_from_limbs, to_limbs
from zkcredit.errors import UnsafeKey
from zkcredit.groth16 import ProvingKey, initial_zkey, require_made_from
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from zkcredit.formats.zkey import ZKeyFile


@cache
def initial() -> ZKeyFile:
    return initial_zkey(g.SYSTEM, case.file())


@cache
def good() -> ProvingKey:
    return contributed(initial())


def refused(key: ProvingKey, match: str) -> None:
    with pytest.raises(UnsafeKey, match=match):
        require_made_from(key, initial(), 1)


@pytest.mark.parametrize("delta", [2, 77, 3**150])
@pytest.mark.parametrize("threads", [1, 2])
def test_contributions_lead_to_such_a_key(delta: int, threads: int) -> None:
    require_made_from(contributed(initial(), delta), initial(), threads)


@pytest.mark.parametrize("name", ["a", "b1", "b2", "c", "h"])
def test_every_point_counts(name: str) -> None:
    array = getattr(good(), name)
    for index in range(len(array)):
        other = np.array(array)
        make = _kernel.g2_mul_generator if name == "b2" else _kernel.g1_mul_generator
        other[index] = make(to_limbs([31337 + index]))
        refused(dataclasses.replace(good(), **{name: other}), "differs from the initial key")


@pytest.mark.parametrize("name", ["c", "h"])
def test_points_in_another_order_are_refused(name: str) -> None:
    other = getattr(good(), name)[::-1].copy()
    refused(dataclasses.replace(good(), **{name: other}), "divided by delta")


@pytest.mark.parametrize("name", ["c", "h"])
def test_points_that_are_not_divided_are_refused(name: str) -> None:
    twice = getattr(contributed(initial(), 78), name)
    refused(dataclasses.replace(good(), **{name: twice}), "divided by delta")
    refused(dataclasses.replace(good(), **{name: np.zeros_like(twice)}), "divided by delta")


@pytest.mark.parametrize("name", ["alpha1", "beta2", "gamma2", "ic"])
def test_every_element_of_the_verification_key_counts(name: str) -> None:
    vk = good().verifying_key
    other = contributed(initial_zkey(g.SYSTEM, known_powers(4)), 5).verifying_key
    value = other.delta2 if name == "gamma2" else getattr(other, name)
    changed = dataclasses.replace(vk, **{name: value})
    refused(dataclasses.replace(good(), verifying_key=changed), "differs from the initial key")


def test_one_point_of_ic_counts() -> None:
    vk = good().verifying_key
    point = g1_from_limbs(_kernel.g1_mul_generator(to_limbs([5])))[0]
    for i in range(len(vk.ic)):
        ic = (*vk.ic[:i], point, *vk.ic[i + 1 :])
        changed = dataclasses.replace(vk, ic=ic)
        refused(dataclasses.replace(good(), verifying_key=changed), "IC differs")


def test_beta_and_the_hash_count() -> None:
    beta = _kernel.g1_mul_generator(to_limbs([9]))[0]
    refused(dataclasses.replace(good(), beta1=beta), "beta differs")
    refused(dataclasses.replace(good(), circuit_hash=bytes(64)), "circuit hash")


def test_coefficients_count_and_their_order_does_not() -> None:
    matrix, row, wire, value = good().coefficients
    back = type(good().coefficients)(matrix[::-1], row[::-1], wire[::-1], value[::-1])
    require_made_from(dataclasses.replace(good(), coefficients=back), initial())
    for changed in (
        type(back)(matrix[:-1], row[:-1], wire[:-1], value[:-1]),
        type(back)(matrix, row, wire, np.roll(value, 1, axis=0)),
        type(back)(1 - matrix, row, wire, value),
    ):
        refused(dataclasses.replace(good(), coefficients=changed), "coefficients")


def test_the_key_of_another_circuit_or_of_other_powers_is_refused() -> None:
    rows = [{i: 1} for i in range(8)]
    other = ConstraintSystem(
        g.SYSTEM.n_wires, g.SYSTEM.n_public, *(Matrix.from_rows(rows) for _ in range(3))
    )
    small = ConstraintSystem(9, 1, *(Matrix.from_rows(rows) for _ in range(3)))
    refused(contributed(initial_zkey(other, case.file())), "differs from the initial key")
    refused(contributed(initial_zkey(small, case.file())), "another size")
    refused(contributed(initial_zkey(g.SYSTEM, known_powers(4))), "alpha differs")


def test_keys_without_private_wires_and_with_empty_columns_are_compared() -> None:
    rows = [{0: 1, 1: 1}, {1: 2}]
    for n_wires, n_public in ((2, 1), (6, 1)):  # no C at all; a C of infinity alone
        circuit = ConstraintSystem(n_wires, n_public, *(Matrix.from_rows(rows) for _ in range(3)))
        first = initial_zkey(circuit, case.file())
        key = contributed(first)
        require_made_from(key, first)
        if n_wires == 6:
            bad = np.array(key.c)
            bad[0] = key.h[0]
            with pytest.raises(UnsafeKey, match="divided by delta"):
                require_made_from(dataclasses.replace(key, c=bad), first)
