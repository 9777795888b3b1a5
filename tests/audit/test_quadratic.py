"""The rule on quadratic equations, with its premises and with one missing or too weak."""

from __future__ import annotations

import pytest

from zkcredit.audit.analysis import analyse
from zkcredit.audit.circuits import audit_system
from zkcredit.audit.second_witness import (
    second_witness,
    witness_where_any_value_fits,
    witness_where_bits_wrap,
)
from zkcredit.bn254.fields import R
from zkcredit.r1cs import ConstraintSystem, Matrix

Row = tuple[dict[int, int], dict[int, int], dict[int, int]]


def system_of(rows: list[Row], n_public: int = 0) -> ConstraintSystem:
    n_wires = 1 + max(wire for row in rows for part in row for wire in part)
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    return ConstraintSystem(n_wires, n_public, *matrices)


def bits(first: int, count: int, terms: dict[int, int]) -> list[Row]:
    """``count`` wires from ``first`` on are the bits of a combination."""
    booleans: list[Row] = [
        ({w: 1}, {0: R - 1, w: 1}, {}) for w in range(first, first + count)
    ]  # fmt: skip
    return [*booleans, ({0: 1}, {first + i: 1 << i for i in range(count)}, terms)]


def unproved(rows: list[Row], given: int) -> list[int]:
    return analyse(system_of(rows), range(given + 1)).unproved


# --- one unknown ---------------------------------------------------------------------------------


def root(count: int, *, shift: int = 0) -> list[Row]:
    """(x + shift)² = a for the input a (wire 1) and x (wire 2) of ``count`` bits."""
    factor = {2: 1} | ({0: shift % R} if shift else {})
    return [(factor, factor, {1: 1}), *bits(3, count, {2: 1})]


@pytest.mark.parametrize("count", [1, 8, 100, 252])
def test_a_root_below_half_of_r_has_one_value(count: int) -> None:
    assert unproved(root(count), 1) == []


def test_a_root_without_bounds_has_two_values() -> None:
    assert unproved(root(8)[:1], 1) == [2]


def test_a_root_of_as_many_bits_as_r_has_two_values() -> None:
    assert 2 in unproved(root(253), 1)


@pytest.mark.parametrize(
    ("shift", "one"), [(-(1 << 8), True), (-255, True), (-127, False), (-1, False)]
)
def test_roots_around_another_middle(shift: int, one: bool) -> None:
    """(x - s)² = a has the roots s ± √a, both of which may have eight bits."""
    assert (2 not in unproved(root(8, shift=shift), 1)) is one


def test_a_known_wire_in_a_factor_needs_a_bound_of_the_difference() -> None:
    """x·(x - s) = a for inputs s and a: the sum of the roots is s."""
    equation: Row = ({3: 1}, {3: 1, 1: R - 1}, {2: 1})
    assert 3 in unproved([equation, *bits(4, 20, {3: 1})], 2)
    assert unproved([equation, *bits(4, 20, {3: 2, 1: R - 1})], 2) == []


# --- two unknowns ---------------------------------------------------------------------------------


def pair(*, compared: dict[int, int] | None, count: int = 20) -> list[Row]:
    """x + y and x·y are the inputs (wires 1, 2); x and y are wires 3 and 4."""
    rows: list[Row] = [({0: 1}, {3: 1, 4: 1}, {1: 1}), ({3: 1}, {4: 1}, {2: 1})]
    rows += bits(5, count, {3: 1}) + bits(5 + count, count, {4: 1})
    return rows if compared is None else rows + bits(5 + 2 * count, count, compared)


@pytest.mark.parametrize("compared", [{4: 1, 3: R - 1}, {3: 1, 4: R - 1}, {3: 7, 4: R - 7}])
def test_an_ordered_pair_has_one_value(compared: dict[int, int]) -> None:
    assert unproved(pair(compared=compared), 2) == []


@pytest.mark.parametrize("compared", [None, {3: 1, 4: 1}, {3: 1, 4: R - 1, 0: 1 << 19}, {3: 1}])
def test_a_pair_without_an_order_can_change_places(compared: dict[int, int] | None) -> None:
    assert {3, 4} <= set(unproved(pair(compared=compared), 2))


def test_a_pair_whose_sum_is_not_known_is_not_proved() -> None:
    rows = pair(compared={4: 1, 3: R - 1})[1:]
    assert {3, 4} <= set(unproved(rows, 2))


def test_a_difference_of_as_many_bits_as_r_leaves_both_orders() -> None:
    rows = pair(compared=None, count=1)[:2] + bits(5, 254, {3: 1, 4: R - 1})
    assert {3, 4} <= set(unproved(rows, 2))


# --- hints ----------------------------------------------------------------------------------------


def test_a_hint_of_an_equality_that_is_asserted_decides_nothing() -> None:
    """(a - b)·u = 1 - e and (a - b)·e = 0 and e = 1."""
    difference = {1: 1, 2: R - 1}
    rows: list[Row] = [(difference, {3: 1}, {0: 1, 4: R - 1}), (difference, {4: 1}, {}),
                       ({0: 1}, {4: 1}, {0: 1})]  # fmt: skip
    analysis = analyse(system_of(rows), range(3))
    assert (analysis.unproved, analysis.idle) == ([], [3])


def test_a_hint_that_another_constraint_reads_is_not_idle() -> None:
    rows: list[Row] = [({1: 1}, {2: 1}, {}), ({2: 1}, {0: 1}, {3: 1})]
    assert analyse(system_of(rows), range(2)).unproved == [2, 3]


def test_an_output_is_never_an_idle_hint() -> None:
    rows: list[Row] = [({2: 1}, {1: 1}, {})]
    assert analyse(system_of(rows, n_public=1), [2]).unproved == [1]


# --- second witnesses ----------------------------------------------------------------------------


def check(system: ConstraintSystem, witness: list[int], found: dict[int, int] | None) -> None:
    assert found
    other = [found.get(wire, value) for wire, value in enumerate(witness)]
    assert other != witness
    assert system.first_unsatisfied(other) == -1


def test_parts_of_a_number_slide() -> None:
    rows: list[Row] = [
        ({}, {}, {1: 1, 3: R - 1, 4: R - 256}),
        ({}, {}, {2: 1, 4: R - 1, 3: R - 256}),
    ]
    system, witness = system_of(rows), [1, 0x1234, 0x3412, 0x34, 0x12]
    check(system, witness, second_witness(system, witness, {2, 3, 4}))


def test_two_parts_with_a_sum_and_a_product_change_places() -> None:
    system, witness = system_of(pair(compared=None)[:2]), [1, 12, 35, 5, 7]
    assert second_witness(system, witness, {3, 4}) == {3: 7, 4: 5}


def test_a_change_that_touches_what_is_wanted_is_preferred() -> None:
    system = system_of([({1: 1}, {1: 1}, {0: 9}), ({2: 1}, {2: 1}, {0: 4})])
    assert second_witness(system, [1, 3, 2], {1, 2}, wanted={1}) == {1: R - 3}
    assert second_witness(system, [1, 3, 2], {1, 2}, wanted={2}) == {2: R - 2}
    assert second_witness(system, [1, 3, 2], {2}, wanted={1}) == {2: R - 2}


@pytest.mark.parametrize(
    ("rows", "wire", "witness"),
    [
        # s·(x2 - x1) = y2 - y1
        ([({5: 1}, {2: 1, 1: R - 1}, {4: 1, 3: R - 1})], 5, [1, 3, 5, 4, 10, 3]),
        # s·2y = 3x² - 12
        ([({1: 1}, {1: 1}, {2: 1}), ({4: 1}, {3: 2}, {2: 3, 0: R - 12})], 4,
         [1, 5, 25, 3, 63 * pow(6, -1, R) % R]),
    ],
)  # fmt: skip
def test_inputs_are_found_at_which_a_quotient_is_free(
    rows: list[Row], wire: int, witness: list[int]
) -> None:
    system = system_of(rows)
    assert system.first_unsatisfied(witness) == -1
    assert second_witness(system, witness, {wire}) is None
    other = next(witness_where_any_value_fits(system, witness, wire))
    assert system.first_unsatisfied(other) == -1
    check(system, other, second_witness(system, other, {wire}))


def test_a_quotient_whose_divisor_is_never_0_has_no_such_inputs() -> None:
    """s·(x² + 5) = y, and -5 is not a square."""
    rows: list[Row] = [({1: 1}, {1: 1}, {2: 1}), ({4: 1}, {2: 1, 0: 5}, {3: 1})]
    witness = [1, 1, 1, 6, 1]
    assert pow(-5 % R, (R - 1) // 2, R) == R - 1
    assert list(witness_where_any_value_fits(system_of(rows), witness, 4)) == []


# --- bits with two readings for some inputs only -------------------------------------------------


def decomposed(count: int, value: int, *more: Row) -> tuple[ConstraintSystem, list[int]]:
    """The input (wire 1) in as many bits (from wire 2 on), and the witness of a value."""
    system = system_of([*bits(2, count, {1: 1}), *more])
    return system, [1, value, *(value >> i & 1 for i in range(count))]


@pytest.mark.parametrize("value", [R - 1, (1 << 254) - R, 1 << 253])
def test_inputs_are_found_at_which_bits_have_two_readings(value: int) -> None:
    """A value of 2^254 - r or more has one reading in 254 bits, and a smaller one has two."""
    system, witness = decomposed(254, value)
    assert system.first_unsatisfied(witness) == -1
    free = set(range(2, 256))
    assert second_witness(system, witness, free) is None
    other = next(witness_where_bits_wrap(system, witness, free))
    assert system.first_unsatisfied(other) == -1
    check(system, other, second_witness(system, other, free))
    report = audit_system(system, given=[0, 1], title="bits", witnesses=[witness])
    assert report.free > 80
    assert report.other_inputs == ("wire 1 = 0",)


def test_bits_below_the_field_have_no_such_inputs() -> None:
    system, witness = decomposed(253, 5)
    assert list(witness_where_bits_wrap(system, witness, range(2, 255))) == []


def test_bits_that_cannot_all_be_0_give_no_witness() -> None:
    """The top bit is 1, so every value has one reading."""
    system, witness = decomposed(254, 1 << 253, ({0: 1}, {255: 1}, {0: 1}))
    assert system.first_unsatisfied(witness) == -1
    assert list(witness_where_bits_wrap(system, witness, range(2, 256))) == []
