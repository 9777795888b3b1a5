"""A history tree takes what the bureau keeps, at the bureau's places, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.circuits.history_case import update_relation_holds, updates
from support.circuits.refusals import gadget_refusing
from support.circuits.wire_mutation import lies_that_pass
from support.circuits.wire_rounds import compiled, free_gadgets
from support.history.records import RECORD

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.catalogue import get_circuit
from zkcredit.circuits.history_update import HistoryUpdate3, HistoryUpdate12
from zkcredit.history import HistoryRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.r1cs import Circuit

NEW = HistoryRecord(1, open=1, good_until=20_000, first_day=19_990)
STEPS = [(1, replace(RECORD, on_time=36), 0), (3, NEW, 8**6 - 1), (2, NEW, 70)]


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compiled(HistoryUpdate3)


@pytest.fixture(scope="module")
def honest() -> dict[str, Any]:
    return updates(STEPS)


def refused(circuit: Circuit, values: Mapping[str, Any]) -> str | None:
    return gadget_refusing(circuit, HistoryUpdate3(), values, update_relation_holds(values, 3))


def test_the_sizes_are_below_those_of_the_design(circuit: Circuit) -> None:
    assert circuit.system.n_constraints == 16_063
    assert circuit.system.n_public == 8
    twelve = get_circuit("history_update_12").system
    assert (twelve.n_constraints, twelve.n_public) == (64_249, 26)
    assert twelve.n_constraints + twelve.n_public + 1 <= 2**16
    assert circuit.system.n_constraints + 9 <= 2**14


def test_a_keeper_that_takes_the_bureaus_records_is_accepted(
    circuit: Circuit, honest: dict
) -> None:
    assert refused(circuit, honest) is None


def test_twelve_updates_are_accepted_and_a_wrong_one_is_not() -> None:
    steps = [(number + 3, replace(NEW, late=number), 9 * number + 1) for number in range(12)]
    values = updates(steps)
    statement = HistoryUpdate12()
    twelve = get_circuit("history_update_12")
    assert gadget_refusing(twelve, statement, values, update_relation_holds(values, 12)) is None
    for name in ("new_root", "record_12", "nullifier_7"):
        wrong = {**values, name: values[name] + 1}
        holds = update_relation_holds(wrong, 12)
        assert gadget_refusing(twelve, statement, wrong, holds) is not None


def test_a_batch_is_filled_by_repetition(circuit: Circuit) -> None:
    assert refused(circuit, updates([STEPS[0]] * 3)) is None
    assert refused(circuit, updates([STEPS[0], STEPS[1], STEPS[1]])) is None


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("bit", [0, 32, 56, 84, 187])
def test_a_record_that_the_bureau_does_not_keep_is_refused(
    circuit: Circuit, honest: dict, number: int, bit: int
) -> None:
    word = honest[f"record_{number}"]
    assert refused(circuit, {**honest, f"record_{number}": word ^ 1 << bit}) is not None


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_record_of_one_is_not_put_under_another(
    circuit: Circuit, honest: dict, number: int
) -> None:
    for other in (0, 9, honest[f"nullifier_{number % 3 + 1}"]):
        assert refused(circuit, {**honest, f"nullifier_{number}": other}) is not None


@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_other_place_is_taken(circuit: Circuit, honest: dict, number: int) -> None:
    word = honest[f"record_{number}"]
    for bit in range(188, 206, 5):
        assert refused(circuit, {**honest, f"record_{number}": word ^ 1 << bit}) is not None


@pytest.mark.parametrize("bit", [206, 207, 252])
def test_a_word_that_is_too_wide_is_refused(circuit: Circuit, honest: dict, bit: int) -> None:
    word = honest["record_2"] + 2**bit
    assert refused(circuit, {**honest, "record_2": word % R}) == "update.record.range"


def test_words_around_zero_and_the_modulus_are_refused(circuit: Circuit, honest: dict) -> None:
    for word in (R - 1, R - 2**188, (R + 1) // 2):
        assert refused(circuit, {**honest, "record_1": word}) == "update.record.range"


@pytest.mark.parametrize("name", ["old_root", "new_root"])
def test_no_other_root_serves(circuit: Circuit, honest: dict, name: str) -> None:
    for change in (1, -1, R // 2):
        assert refused(circuit, {**honest, name: (honest[name] + change) % R}) is not None
    assert refused(circuit, {**honest, "new_root": honest["old_root"]}) == "new_root"


def test_no_update_is_left_out_or_put_twice_or_moved(circuit: Circuit, honest: dict) -> None:
    for steps in ([STEPS[0], STEPS[1], STEPS[1]], STEPS[::-1], [STEPS[0]] * 3):
        other = updates(steps)
        if other["new_root"] != honest["new_root"]:
            mixed = {**other, "new_root": honest["new_root"]}
            assert refused(circuit, mixed) == "new_root"
        assert refused(circuit, {**honest, "paths": other["paths"]}) is not None


def test_a_second_leaf_does_not_change(circuit: Circuit, honest: dict) -> None:
    """Any child of any path, at any level."""
    paths = list(honest["paths"])
    for place in range(0, len(paths), 7):
        changed = [*paths[:place], (paths[place] + 1) % R, *paths[place + 1 :]]
        values = {**honest, "paths": changed}
        # the old leaf at the place itself is replaced, whatever it was: only the root knows it
        assert refused(circuit, values) is not None


@pytest.mark.slow
def test_no_wire_is_free(circuit: Circuit, honest: dict) -> None:
    assert free_gadgets(circuit, honest) == set()


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    assert lies_that_pass(circuit, honest, 25, 1) == []
