"""The first file of a ceremony: the same as snarkjs's, and of no use before a contribution."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.formats import ptau_case as case
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g
from support.groth16.known_powers import ALPHA, BETA, TAU, known_powers
from support.groth16.phase2_step import contributed

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import ptau, r1cs, zkey
from zkcredit.groth16 import ProvingKey, VerifyingKey, initial_zkey, keyfile
from zkcredit.groth16.kernel import resident
from zkcredit.groth16.keys import verifying_key_from_arrays
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from zkcredit.formats.zkey import ZKeyFile


def made() -> ZKeyFile:
    return initial_zkey(g.SYSTEM, case.file())


def system(n_constraints: int, n_public: int, n_wires: int = 9) -> ConstraintSystem:
    rows = [{i % n_wires: i + 1, (i + 3) % n_wires: R - 1} for i in range(n_constraints)]
    return ConstraintSystem(
        n_wires, n_public, *(Matrix.from_rows(part) for part in (rows, rows[::-1], rows))
    )


def test_it_is_snarkjs_key_section_by_section() -> None:
    ours = dict(toy.sections(zkey.dumps(made())))
    theirs = dict(toy.sections((case.FOLDER / "initial.zkey").read_bytes()))
    assert ours.keys() == theirs.keys()
    for number, body in theirs.items():
        assert ours[number] == body, f"section {number}"


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_it_does_not_depend_on_threads(threads: int) -> None:
    assert zkey.dumps(initial_zkey(g.SYSTEM, case.file(), threads)) == zkey.dumps(made())


@pytest.mark.parametrize(
    ("n_constraints", "n_public", "power"),
    [(0, 0, 1), (1, 0, 1), (1, 1, 2), (3, 0, 2), (3, 1, 3), (15, 0, 4), (8, 8, 5), (12, 4, 5)],
)
def test_it_is_the_key_that_the_setup_makes_of_the_same_secrets(
    n_constraints: int, n_public: int, power: int
) -> None:
    """The kernel's setup takes the secrets as numbers: another way to the same points."""
    circuit = system(n_constraints, n_public)
    ours = initial_zkey(circuit, known_powers(5))
    points = _kernel.groth16_setup(resident(circuit), to_limbs([TAU, ALPHA, BETA, 1, 1]))
    assert ours.domain_size == 1 << power
    for name in ("alpha1", "beta1", "delta1", "a", "b1", "c", "ic"):
        expected = _kernel.g1_to_mont(points[name].reshape(-1, 8))  # type: ignore[literal-required]
        assert (getattr(ours, f"{name}_mont").reshape(-1, 8) == expected).all(), name
    for name in ("beta2", "gamma2", "delta2", "b2"):
        expected = _kernel.g2_to_mont(points[name].reshape(-1, 16))  # type: ignore[literal-required]
        assert (getattr(ours, f"{name}_mont").reshape(-1, 16) == expected).all(), name
    if power < 5:  # the file holds the power that the setup uses in the doubled domain
        assert (ours.h_mont == _kernel.g1_to_mont(points["h"])).all()


@pytest.mark.filterwarnings("ignore:zkcredit single-party")
@pytest.mark.parametrize("file", ["snarkjs", "same size", "larger", "truncated"])
def test_after_a_contribution_it_proves(file: str) -> None:
    from zkcredit.errors import InvalidProof
    from zkcredit.groth16 import prove, verify

    powers = {
        "snarkjs": case.file,
        "same size": lambda: known_powers(4),
        "larger": lambda: known_powers(6),
        "truncated": lambda: known_powers(4, beyond=pow(TAU, 31, R)),
    }[file]()
    key = contributed(initial_zkey(g.SYSTEM, powers))
    key.require_safe()
    proof = prove(key, g.WITNESS, system=g.SYSTEM)
    verify(key.verifying_key, g.PUBLIC, proof)
    with pytest.raises(InvalidProof):
        verify(key.verifying_key, [g.PUBLIC[0] + 1, *g.PUBLIC[1:]], proof)


def test_nobody_takes_it_before_a_contribution() -> None:
    key = made()
    with pytest.raises(UnsafeKey, match="anybody can forge"):
        keyfile.loads(zkey.dumps(key))
    with pytest.raises(UnsafeKey, match="anybody can forge"):
        contributed(key, 1)
    twos = _kernel.g2_from_mont(np.array([key.beta2_mont, key.gamma2_mont, key.delta2_mont]))
    with pytest.raises(UnsafeKey, match="anybody can forge"):
        verifying_key_from_arrays(
            _kernel.g1_from_mont(np.array(key.alpha1_mont).reshape(1, 8)),
            *twos,
            _kernel.g1_from_mont(np.array(key.ic_mont)),
            origin="ceremony",
            circuit_digest=None,
        )
    assert not isinstance(key, ProvingKey | VerifyingKey)


def test_the_order_of_coefficients_is_that_of_the_file() -> None:
    file = case.reordered_circuit()
    circuit = r1cs.loads(file)
    assert r1cs.digest(circuit) == r1cs.digest(g.SYSTEM)
    ours = initial_zkey(circuit, case.file(), written_as=file)
    one, other = (dict(toy.sections(zkey.dumps(key))) for key in (ours, made()))
    assert [number for number in one if one[number] != other[number]] == [4]
    assert len(one[4]) == len(other[4]) + 44
    assert (np.diff(ours.row.astype(int)) >= 0).all()


@pytest.mark.parametrize("written_as", [r1cs.dumps(system(8, 3, 11)), r1cs.dumps(system(3, 0))])
def test_the_file_of_another_circuit_is_refused(written_as: bytes) -> None:
    with pytest.raises(InvalidInput, match="belongs to another circuit"):
        initial_zkey(g.SYSTEM, case.file(), written_as=written_as)


@pytest.mark.parametrize("written_as", [b"", b"r1cs", toy.data("toy.wtns")])
def test_what_is_no_circuit_gives_no_order(written_as: bytes) -> None:
    with pytest.raises(MalformedFile):
        initial_zkey(g.SYSTEM, case.file(), written_as=written_as)


def test_a_circuit_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"needs powers of tau for 2.5 rows; this file has 2.4"):
        initial_zkey(system(16, 0), case.file())
    initial_zkey(system(15, 0), case.file())


def test_a_file_that_is_not_prepared_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="snarkjs powersoftau prepare phase2"):
        initial_zkey(g.SYSTEM, ptau.loads(case.unprepared()))


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 12, 13, 14, 15])
def test_a_file_whose_points_are_another_files_is_refused(number: int) -> None:
    other = dict(toy.sections(ptau.dumps(known_powers(4))))
    with pytest.raises(MalformedFile, match="ptau file"):
        initial_zkey(g.SYSTEM, ptau.loads(case.with_section(number, other[number])))


def test_a_file_without_contributions_is_refused() -> None:
    file = dataclasses.replace(known_powers(4, tau=1, alpha=1, beta=1), contributions=())
    with pytest.raises(UnsafeKey, match="nobody contributed"):
        initial_zkey(g.SYSTEM, file)


def test_another_circuit_has_another_hash() -> None:
    hashes = {
        initial_zkey(circuit, known_powers(4)).circuit_hash
        for circuit in (g.SYSTEM, system(5, 1), system(5, 2), system(6, 1))
    }
    assert len(hashes) == 4
