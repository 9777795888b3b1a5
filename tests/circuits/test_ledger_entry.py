"""What an issuer must know to enter something: a sum takes only inputs that are proved."""

from __future__ import annotations

import pytest
from support.circuits.entry_case import EntryCase, entry_relation_holds
from support.circuits.ledger_case import BORROWER, LedgerCase
from support.circuits.refusals import gadget_refusing
from support.circuits.wire_mutation import lies_that_pass
from support.circuits.wire_rounds import free_gadgets

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.ledger_entry import EntryWitness, LedgerEntryStatement
from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.elgamal import (
    KEY_BITS,
    AccountKey,
    Ciphertext,
    add,
    encrypt,
    fresh_randomness,
    subtract,
)
from zkcredit.r1cs import Circuit, compile_statement

PUBLIC = ("context", "account_x", "account_y", "c1_x", "c1_y", "c2_x", "c2_y")
STRANGER = AccountKey(b"another account of the ledger...").public


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compile_statement(LedgerEntryStatement())


@pytest.fixture(scope="module")
def honest() -> dict:
    return EntryCase().values()


def refused_by(circuit: Circuit, values: dict) -> str | None:
    """The gadget that refuses the values, or None."""
    return gadget_refusing(circuit, LedgerEntryStatement(), values, entry_relation_holds(values))


def points(account: Point, ciphertext: Ciphertext) -> dict[str, int]:
    flat = [c for point in (account, *ciphertext) for c in point]
    return dict(zip(PUBLIC[1:], flat, strict=True))


def test_an_honest_issuer_is_accepted(circuit: Circuit, honest: dict) -> None:
    assert refused_by(circuit, honest) is None
    for slots in ((0,) * 5, (2**40 - 1,) * 5):
        assert refused_by(circuit, EntryCase(slots=slots).values()) is None


def test_fresh_randomness_is_what_the_statement_is_about(circuit: Circuit) -> None:
    drawn = [fresh_randomness() for _ in range(8)]
    assert len(set(drawn)) == 8
    for k in (*drawn[:2], 2**KEY_BITS + 1, 3 * 2**KEY_BITS - 1):
        assert k % 2 == 1
        assert 2**KEY_BITS < k < 3 * 2**KEY_BITS < SUBGROUP_ORDER
        assert refused_by(circuit, EntryCase(randomness=k).values()) is None


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


def test_the_circuit_fits_its_domain(circuit: Circuit) -> None:
    system = circuit.system
    assert circuit.public_names == PUBLIC
    assert system.n_public == 7
    assert system.n_constraints <= 3200
    assert system.n_constraints + system.n_public + 1 <= 4096


def test_an_issuer_that_erases_has_no_proof(circuit: Circuit, honest: dict) -> None:
    """Enc(wanted) - latest sets the total to what is wanted; its slots are not in 0 .. 2^40."""
    latest, wanted = LedgerCase().ciphertext(), EntryCase().ciphertext()
    erasing = subtract(wanted, latest)
    assert add(latest, erasing) == wanted
    moved = {**honest, **points(BORROWER.public, erasing)}
    assert refused_by(circuit, moved) == "opening.key"  # nobody knows its randomness
    # even if the other issuers' randomness is known: what is taken away is negative
    known, taken = 2**249 + 7, (0, 0, 0, 30_000, 0)
    theirs = encrypt(BORROWER.public, taken, known)
    without = subtract(encrypt(BORROWER.public, (0,) * 5, 2 * known), theirs)  # −taken, with k
    for slots in ((0, 0, 0, R - 30_000, 0), (0, 0, 2**48 - 1, 2**48 - 30_001, 2**48 - 1)):
        values = {**honest, **points(BORROWER.public, without), "randomness": known, "slots": slots}
        assert refused_by(circuit, values) == "opening.message.slots" or slots[2]
        assert refused_by(circuit, values) is not None


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("slot", [2**40, 2**47, 2**48 - 1])
def test_a_slot_of_more_than_forty_bits_has_no_proof(
    circuit: Circuit, honest: dict, place: int, slot: int
) -> None:
    """The ciphertext holds it, so that nothing else is wrong."""
    slots = [0] * 5
    slots[place] = slot
    k = honest["randomness"]
    message = babyjub.mul(slot << 48 * place, BASE8)
    c2 = babyjub.add(message, babyjub.mul(k, BORROWER.public))
    values = {**honest, "slots": tuple(slots), "c2_x": c2.x, "c2_y": c2.y}
    assert refused_by(circuit, values) == "slots.range"


@pytest.mark.parametrize("place", range(5))
def test_slots_beyond_48_bits_and_negative_ones_have_no_proof(
    circuit: Circuit, honest: dict, place: int
) -> None:
    for slot in (2**48, R - 1, (R + 1) // 2):
        slots = list(honest["slots"])
        slots[place] = slot
        assert refused_by(circuit, {**honest, "slots": slots}) == "opening.message.slots"


@pytest.mark.parametrize("place", range(5))
def test_the_ciphertext_holds_the_slots(circuit: Circuit, honest: dict, place: int) -> None:
    slots = list(honest["slots"])
    slots[place] += 1
    assert refused_by(circuit, {**honest, "slots": slots}) == "opening.second_point"


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_torsion_in_any_point_has_no_proof(circuit: Circuit, honest: dict, torsion: Point) -> None:
    """A torsion part in C1 closed an account for good."""
    account, (c1, c2) = BORROWER.public, EntryCase().ciphertext()
    for gadget, public, ciphertext in (
        ("opening.first_point", babyjub.add(account, torsion), Ciphertext(c1, c2)),
        ("opening.key", account, Ciphertext(babyjub.add(c1, torsion), c2)),
        ("opening.second_point", account, Ciphertext(c1, babyjub.add(c2, torsion))),
        ("opening.first_point", torsion, Ciphertext(c1, c2)),
        ("opening.key", account, Ciphertext(torsion, c2)),
        ("opening.second_point", account, Ciphertext(c1, torsion)),
    ):
        assert refused_by(circuit, {**honest, **points(public, ciphertext)}) == gadget
    root = babyjub.to_montgomery(torsion)
    low = {**honest, **points(torsion, Ciphertext(c1, c2)), "account_eighth": root}
    assert (refused_by(circuit, low) or "").startswith("opening.first_point")


@pytest.mark.parametrize("bad", [IDENTITY, Point(0, 0), Point(1, 1), Point(5, 7)])
def test_the_identity_and_points_off_the_curve_have_no_proof(
    circuit: Circuit, honest: dict, bad: Point
) -> None:
    account, (c1, c2) = BORROWER.public, EntryCase().ciphertext()
    for gadget, public, ciphertext in (
        ("opening.first_point", bad, Ciphertext(c1, c2)),
        ("opening.key", account, Ciphertext(bad, c2)),
        ("opening.second_point", account, Ciphertext(c1, bad)),
    ):
        assert refused_by(circuit, {**honest, **points(public, ciphertext)}) == gadget


def test_an_entry_without_randomness_has_no_proof(circuit: Circuit, honest: dict) -> None:
    """With k = 0 everybody reads the amounts."""
    bare = babyjub.mul(sum(slot << 48 * i for i, slot in enumerate(honest["slots"])), BASE8)
    shown = points(BORROWER.public, Ciphertext(IDENTITY, bare))
    for k in (0, SUBGROUP_ORDER):
        assert refused_by(circuit, {**honest, **shown, "randomness": k}) == "opening.key"


def test_randomness_that_aliases_is_refused(circuit: Circuit, honest: dict) -> None:
    k = honest["randomness"]
    for alias in (k + SUBGROUP_ORDER, SUBGROUP_ORDER - k, R - k, k + 2, 0, 1, R - 1):
        gadget = refused_by(circuit, {**honest, "randomness": alias})
        assert (gadget or "").startswith("opening.key")


def test_an_entry_for_another_account_is_refused(circuit: Circuit, honest: dict) -> None:
    foreign = EntryCase(account=STRANGER).values()
    assert refused_by(circuit, foreign) is None
    moved = {name: foreign[name] for name in ("account_x", "account_y", "account_eighth")}
    assert refused_by(circuit, {**honest, **moved}) == "opening.second_point"


def test_the_context_is_in_a_constraint(circuit: Circuit) -> None:
    assert all(circuit.system.wire_uses)
    for context in (0, 1, R - 1):
        assert refused_by(circuit, EntryCase(context=context).values()) is None


def test_inputs_for_an_account_that_is_none_are_refused() -> None:
    for account in (IDENTITY, TORSION[4], Point(1, 1)):
        with pytest.raises(InvalidInput):
            EntryWitness(account, EntryCase().ciphertext(), (0,) * 5, 1).inputs(context=0)


def test_the_witness_does_not_show_its_secrets() -> None:
    case = EntryCase()
    witness = EntryWitness(case.account, case.ciphertext(), case.slots, case.randomness)
    assert str(case.randomness) not in repr(witness)
    assert "30000" not in repr(witness)


def test_no_wire_is_free(circuit: Circuit, honest: dict) -> None:
    assert free_gadgets(circuit, honest) == set()


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    assert lies_that_pass(circuit, honest, 25, 1) == []


@pytest.mark.slow
def test_no_wire_of_another_entry_is_free(circuit: Circuit) -> None:
    """`make long PART=wires-entry` takes twenty entries, and lies in a thousand hints."""
    case = EntryCase(STRANGER, (1, 2, 3, 4, 2**40 - 1), 3 * 2**249 - 1)
    assert free_gadgets(circuit, case.values()) == set()
