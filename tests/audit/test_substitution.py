"""Substitution changes the way constraints are written, and none of their solutions."""

from __future__ import annotations

import random
from itertools import product

import pytest
from support.gadgets.small_field import small_field

from zkcredit.audit.determinism import undetermined
from zkcredit.audit.substitution import Substitution
from zkcredit.bn254.fields import R
from zkcredit.r1cs import ConstraintSystem, Matrix

Terms = dict[int, int]
Constraint = tuple[Terms, Terms, Terms]


def system(n_wires: int, rows: list[Constraint]) -> ConstraintSystem:
    return ConstraintSystem(
        n_wires, 0, *(Matrix.from_rows(row[part] for row in rows) for part in range(3))
    )


def equal(terms: Terms) -> Constraint:
    return {}, {}, {wire: k % R for wire, k in terms.items()}


def test_chains_of_equations_lead_to_one_wire() -> None:
    put = Substitution(system(6, [equal({4: 1, 5: -1}), equal({2: 2, 3: -1}), equal({3: 1, 5: 1})]))
    assert put.terms({3: 1}) == {2: 2}
    assert put.terms({4: 3, 5: 1, 2: 8}) == {}  # -6·w₂ - 2·w₂ + 8·w₂
    assert put.terms({1: 5, 0: 7}) == {1: 5, 0: 7}


def test_constants_go_through_products() -> None:
    rows: list[Constraint] = [
        ({2: 1}, {2: 1}, {3: 1}),  # read before the constant is known
        ({3: 1}, {1: 1}, {4: 1}),
        equal({2: 1, 0: -3}),
    ]
    put = Substitution(system(5, rows))
    assert put.terms({3: 1}) == {0: 9}
    assert put.terms({4: 1}) == {1: 9}
    assert put.row(1) == ({0: 9}, {1: 1}, {1: 9})


def test_a_division_by_0_gives_no_constant() -> None:
    put = Substitution(system(4, [equal({1: 1}), ({1: 1}, {2: 1}, {3: 1})]))
    assert put.terms({1: 1, 3: 1}) == {}
    assert put.terms({2: 1}) == {2: 1}


def test_what_cannot_be_solved_stays_as_it_is() -> None:
    put = Substitution(
        system(4, [equal({1: 1, 2: 1, 3: 1}), equal({0: 5}), equal({1: 1, 2: 1, 0: 1})])
    )
    assert put.equations() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_the_rewritten_constraints_have_the_same_solutions(seed: int) -> None:
    p, wires = 7, 5
    generator = random.Random(seed)

    def terms(most: int) -> Terms:
        chosen = generator.sample(range(wires), generator.randrange(most + 1))
        return {wire: generator.randrange(1, p) for wire in chosen}

    rows = [
        equal_small if generator.random() < 0.6 else (terms(2), terms(2), terms(2))
        for equal_small in (({}, {}, terms(2)) for _ in range(4))
    ]
    with small_field(p):
        made = system(wires, rows)
        put = Substitution(made)
        rewritten = [*map(put.row, range(len(rows))), *(({}, {}, t) for t in put.equations())]

    def solutions(constraints: list[Constraint]) -> set[tuple[int, ...]]:
        def holds(values: tuple[int, ...]) -> bool:
            sums = ([sum(k * values[w] for w, k in part.items()) for part in row]
                    for row in constraints)  # fmt: skip
            return all((a * b - c) % p == 0 for a, b, c in sums)

        return {rest for rest in product(range(p), repeat=wires - 1) if holds((1, *rest))}

    assert solutions(rows) == solutions(rewritten)


def test_rules_see_through_equations() -> None:
    # bits are handed on before and after they are said to be booleans
    bits = range(2, 10)
    rows: list[Constraint] = []
    for bit in bits:
        rows.append(equal({bit: 1, bit + 8: -1}))
        rows.append(({bit + 8: 1}, {bit: 1, 0: R - 1}, {}))
    rows.append(equal({1: -1, **{bit + 8 * (bit % 2): 1 << i for i, bit in enumerate(bits)}}))
    assert undetermined(system(18, rows), [1]) == []
    for drop in range(len(rows)):
        assert undetermined(system(18, rows[:drop] + rows[drop + 1 :]), [1]), drop


def test_a_non_zero_combination_is_told_by_any_of_its_names() -> None:
    rows: list[Constraint] = [equal({1: 1, 2: -1}), ({2: 1}, {3: 1}, {4: 1})]
    assert undetermined(system(5, rows), [1, 4]) == [3]
    assert undetermined(system(5, rows), [1, 4], nonzero=[{1: 5}]) == []
    assert undetermined(system(5, rows), [1, 4], nonzero=[{2: 5}]) == []
    assert undetermined(system(5, rows), [1, 4], nonzero=[{4: 5}]) == [3]
