"""What `escrow_eligibility` adds to `eligibility`, whose own conditions have their own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.circuits.eligibility_case import GOOD, NEUTRAL, Case
from support.circuits.eligibility_plain import relation_holds
from support.circuits.escrow_case import ARBITERS, SCALAR, SECRET, sealed_case
from support.circuits.refusals import gadget_refusing
from support.circuits.wire_mutation import lies_that_pass, unnoticed_wires

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.eligibility import SUBJECT_REF, Eligibility
from zkcredit.circuits.escrow_eligibility import EscrowEligibility, EscrowWitness, escrow_fields
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, decrypt, fresh_escrow_scalar
from zkcredit.r1cs import Circuit, compile_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = ("arbiters_x", "arbiters_y", "sealed_x", "sealed_y", "sealed_value")


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compile_statement(EscrowEligibility())


@pytest.fixture(scope="module")
def honest() -> dict:
    return sealed_case(Case())


def seal_holds(v: Mapping) -> bool:
    """The seal in other words: opened with the arbiters' secret, it gives the signed reference."""
    point, arbiters = Point(v["sealed_x"], v["sealed_y"]), Point(v["arbiters_x"], v["arbiters_y"])
    k, root = v["seal_scalar"], v["arbiters_eighth"]
    try:
        eightfold = babyjub.mul(8, babyjub.from_montgomery(*root))
        shared = babyjub.mul(k, arbiters)
        value = decrypt(shared, EscrowedValue(point, v["sealed_value"]), v["context"])
    except InvalidInput:
        return False
    in_range = k % 2 == 1 and 2**249 < k < 3 * 2**249
    own = eightfold == arbiters != IDENTITY and babyjub.mul(k, BASE8) == point
    return in_range and own and value == v["attributes"][SUBJECT_REF]


def refused_by(circuit: Circuit, values: dict) -> str | None:
    """The gadget that refuses the values, or None."""
    return gadget_refusing(
        circuit, EscrowEligibility(), values, (relation_holds(values) and seal_holds(values))
    )


def test_an_honest_borrower_is_accepted_and_the_arbiters_can_open(
    circuit: Circuit, honest: dict
) -> None:
    assert refused_by(circuit, honest) is None
    point = Point(honest["sealed_x"], honest["sealed_y"])
    sealed = EscrowedValue(point, honest["sealed_value"])
    opened = decrypt(babyjub.mul(SECRET, point), sealed, honest["context"])
    assert opened == GOOD["subject_ref"]


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


def test_the_circuit_fits_its_domain(circuit: Circuit) -> None:
    system = circuit.system
    assert circuit.public_names == (*Eligibility.public, *SEAL)
    assert system.n_public == 10
    assert system.n_constraints + system.n_public + 1 <= 2**14


@pytest.mark.slow
@pytest.mark.parametrize("reference", [0, 1, 2**64 - 1])
def test_references_of_64_bits_are_sealed(circuit: Circuit, reference: int) -> None:
    case = Case(record={**GOOD, "subject_ref": reference})
    assert refused_by(circuit, sealed_case(case)) is None


@pytest.mark.slow
@pytest.mark.parametrize("reference", [2**64, 2**64 + GOOD["subject_ref"], R - 1])
def test_longer_references_are_refused(circuit: Circuit, honest: dict, reference: int) -> None:
    case = Case(record={**GOOD, "subject_ref": reference})
    with pytest.raises(OutOfRange):
        sealed_case(case)
    moved = (honest["sealed_value"] + reference - GOOD["subject_ref"]) % R
    fields = {name: honest[name] for name in (*SEAL, "arbiters_eighth", "seal_scalar")}
    values = {**case.values(), **fields, "sealed_value": moved}
    assert refused_by(circuit, values) == "seal.value.range"


def test_the_reference_is_the_signed_one(circuit: Circuit, honest: dict) -> None:
    for reference in (GOOD["subject_ref"] + 1, 0):
        other = {**honest, **escrow_fields(reference, honest["context"], ARBITERS, SCALAR)}
        assert refused_by(circuit, other) == "seal.mask.poseidon"
        forged = [*honest["attributes"]]
        forged[SUBJECT_REF] = reference
        assert (refused_by(circuit, {**other, "attributes": forged}) or "").startswith("eddsa")


def test_a_seal_serves_one_context(circuit: Circuit, honest: dict) -> None:
    elsewhere = Case(context=honest["context"] + 1).values()
    fields = {name: honest[name] for name in (*SEAL, "arbiters_eighth", "seal_scalar")}
    assert refused_by(circuit, {**elsewhere, **fields}) == "seal.mask.poseidon"


def test_another_key_of_arbiters_is_another_statement(circuit: Circuit, honest: dict) -> None:
    mine = babyjub.mul(77, BASE8)
    own = sealed_case(Case(), arbiters=mine)
    assert refused_by(circuit, own) is None
    theirs = {name: honest[name] for name in ("arbiters_x", "arbiters_y", "arbiters_eighth")}
    assert refused_by(circuit, {**own, **theirs}) == "seal.mask.poseidon"


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_keys_of_low_order_are_refused(circuit: Circuit, honest: dict, torsion: Point) -> None:
    root = babyjub.to_montgomery(torsion)
    for bad in (torsion, babyjub.add(ARBITERS, torsion), IDENTITY):
        changed = {**honest, "arbiters_x": bad.x, "arbiters_y": bad.y}
        assert refused_by(circuit, changed) == "seal.key"
        gadget = refused_by(circuit, {**changed, "arbiters_eighth": root})
        assert (gadget or "").startswith("seal.key")
        with pytest.raises(InvalidInput):
            sealed_case(Case(), arbiters=bad)


def test_aliases_of_the_scalar_are_refused(circuit: Circuit, honest: dict) -> None:
    for alias in (SCALAR + SUBGROUP_ORDER, SUBGROUP_ORDER - SCALAR, R - SCALAR, 0, SCALAR + 2):
        gadget = refused_by(circuit, {**honest, "seal_scalar": alias})
        assert (gadget or "").startswith("seal.point")
    for bad in (0, 1, 2**250, SUBGROUP_ORDER):
        with pytest.raises(OutOfRange):
            sealed_case(Case(), scalar=bad)


def test_the_rest_is_eligibility(circuit: Circuit) -> None:
    for change, gadget in (
        ({"score": 599}, "conditions.score"),
        ({"max_dti_bps": 1833}, "conditions.debt_to_income"),
        ({"prover_secret": 5}, "eddsa"),
        ({"revocation_id": 69_000, "gap_of": 70_000}, "revocation"),
    ):
        values = sealed_case(Case().but(**change))
        assert (refused_by(circuit, values) or "").startswith(gadget)


def test_two_proofs_of_one_borrower_have_nothing_in_common(circuit: Circuit) -> None:
    seals = [sealed_case(Case(), scalar=fresh_escrow_scalar()) for _ in range(2)]
    for values in seals:
        assert refused_by(circuit, values) is None
    assert all(seals[0][name] != seals[1][name] for name in SEAL[2:])


def test_the_witness_class_computes_the_same(honest: dict) -> None:
    eligibility, public = Case().parts()
    witness = EscrowWitness(eligibility, SCALAR)
    assert witness.inputs(**public, arbiters=ARBITERS) == honest
    assert str(SCALAR) not in repr(witness)
    with pytest.raises(InvalidInput):
        witness.inputs(**public, arbiters=IDENTITY)


@pytest.mark.parametrize("index", range(10))
def test_each_public_input_is_bound(circuit: Circuit, honest: dict, index: int) -> None:
    """Changed alone, with every other wire kept, each breaks a constraint."""
    wires = from_limbs(circuit.witness(honest))
    for other in (wires[1 + index] + 1, -wires[1 + index], 0):
        changed = list(wires)
        changed[1 + index] = other % R
        uses = circuit.system.wire_uses[1 + index]
        assert not all(circuit.system.holds(i, changed) for i in uses)


@pytest.mark.parametrize("name", SEAL)
def test_public_inputs_beyond_the_field_are_refused(
    circuit: Circuit, honest: dict, name: str
) -> None:
    for bad in (R, honest[name] + R, -1):
        with pytest.raises(OutOfRange):
            circuit.witness({**honest, name: bad})


def test_every_wire_is_bound(circuit: Circuit) -> None:
    """Free are the hints that `eligibility` lists with their reasons, and none of the seal."""
    listed = {
        "conditions.coverage.is_zero",
        "conditions.debt_to_income.is_zero",
        "eddsa.challenge.window",
    }
    wires = from_limbs(circuit.witness(sealed_case(Case(terms=NEUTRAL))))
    free = unnoticed_wires(circuit.system, wires)
    assert {circuit.constraint_labels[circuit.system.wire_uses[wire][0]] for wire in free} <= listed


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    """`make long PART=wires-escrow` lies in a thousand."""
    assert set(lies_that_pass(circuit, honest, 15, 1)) <= {"eddsa.challenge.window"}
