from __future__ import annotations

from functools import lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.gadget_ladder import Ladder

from zkcredit.audit.determinism import undetermined
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.scorecard import (
    CodeColumn,
    NumberColumn,
    ScoreTable,
    assert_features,
    evaluate_table,
)
from zkcredit.r1cs import Builder

if TYPE_CHECKING:
    from collections.abc import Sequence

TOP = 2**32 - 1
AMOUNT = NumberColumn("amount", (10, 11, 500), (5, -7, 20, 0))
HOUSING = CodeColumn("housing", ("free", "own", "rent"), (1, 30, -4))
PLAIN = NumberColumn("plain", (100,), (9, 9))
TABLE = ScoreTable(100, (AMOUNT, HOUSING, PLAIN), "00")


@lru_cache
def ladder(table: ScoreTable = TABLE) -> Ladder:
    def define(api, x):
        features = x.f if isinstance(x.f, tuple) else (x.f,)
        api.assert_equal(evaluate_table(api, table, features).value, x.score)

    return Ladder(define, f=len(table.columns), score=1)


def score_in_words(amount: int, housing: int, plain: int) -> int | None:
    if not (0 <= amount <= TOP and 0 <= housing < 3 and 0 <= plain <= TOP):
        return None
    points = 5 if amount < 11 else -7 if amount == 11 else 20 if amount <= 500 else 0
    return 100 + points + [1, 30, -4][housing] + 9


EDGES = [0, 1, 9, 10, 11, 12, 499, 500, 501, TOP, TOP + 1, R - 1, R // 2]


def test_count() -> None:
    assert ladder().constraints == (4 + 64) + (3 + 1) + (2 + 64) + 1


@pytest.mark.parametrize(("amount", "housing"), product(EDGES, [0, 1, 2, 3, R - 1]))
def test_every_bin_ends_where_it_says(amount: int, housing: int) -> None:
    expected = score_in_words(amount, housing, 3)
    values = (amount, housing, 3)
    if expected is None:
        with pytest.raises(OutOfRange):
            TABLE.score(values)
    else:
        assert TABLE.score(values) == expected
    for claimed in {expected, 100, 0, 144} - {None}:
        assert ladder().accepts(f=values, score=claimed) == (claimed == expected)


@given(st.lists(st.integers(0, TOP - 1), min_size=1, max_size=7, unique=True), st.data())
@settings(max_examples=25, deadline=None)
def test_bins_tile_the_numbers(bounds: list[int], data: st.DataObject) -> None:
    bounds.sort()
    column = NumberColumn("x", tuple(bounds), tuple(2**i for i in range(len(bounds) + 1)))
    near = [v for b in [0, *bounds, TOP] for v in (b - 1, b, b + 1) if 0 <= v <= TOP]
    value = data.draw(st.one_of(st.sampled_from(near), st.integers(0, TOP)))
    edges = [-1, *bounds, TOP]
    holding = [i for i, (low, high) in enumerate(pairwise(edges)) if low < value <= high]
    assert holding == [column.bin(value)]
    table = ScoreTable(0, (column,), "00")
    for points in column.points:
        accepted = ladder(table).accepts(f=value, score=points)
        assert accepted == (points == column.points[holding[0]])


def test_two_bins_and_no_bin_are_refused() -> None:
    """The incident: without the derived bit's own check, two others may be set."""
    relation = ladder(ScoreTable(10, (HOUSING,), "00"))
    assert relation.internal_wires == 2  # the bits of codes 1 and 2
    honest = {0: 0, 1: 0}
    assert relation.accepts_forged(honest, f=0, score=11)
    for bits in ({0: 1, 1: 1}, {0: 2, 1: R - 1}, {0: R - 1, 1: 1}, {0: R - 1, 1: 0}):
        code = (bits[0] + 2 * bits[1]) % R
        first = (1 - bits[0] - bits[1]) % R
        points = (10 + first * 1 + bits[0] * 30 - bits[1] * 4) % R
        assert not relation.accepts_forged(bits, f=code, score=points)
    for bits in ({0: 1, 1: 0}, {0: 0, 1: 1}):
        assert not relation.accepts_forged(bits, f=0, score=11)


def test_a_number_cannot_choose_another_bin() -> None:
    relation = ladder(ScoreTable(10, (AMOUNT,), "00"))
    for amount in (0, 10, 11, 12, 500, 501, TOP):
        for chosen in range(4):
            bits = {i: int(chosen == i + 1) for i in range(3)}
            score = (10 + AMOUNT.points[chosen]) % R
            own = chosen == AMOUNT.bin(amount)
            witness = relation.circuit.tape.run_python([amount, score])
            forged = {**bits, **_range_wires(relation, amount, chosen)}
            assert len(witness) == 3 + len(bits) + 62
            assert relation.accepts_forged(forged, f=amount, score=score) == own


def _range_wires(relation: Ladder, amount: int, chosen: int) -> dict[int, int]:
    """The bits of x − low and high − x as a dishonest prover would fill them for a bin."""
    low = (0, 11, 12, 501)[chosen]
    high = (10, 11, 500, TOP)[chosen]
    wires: dict[int, int] = {}
    for start, value in ((3, amount - low), (34, high - amount)):
        wires |= {start + i: value % R >> i & 1 for i in range(31)}
    return wires


def test_lies_in_bits_are_noticed() -> None:
    circuit = ladder().circuit
    inputs = [11, 2, 3, 98]
    honest = circuit.tape.run_python(inputs)
    assert circuit.system.first_unsatisfied(honest) == -1
    assert unnoticed_wires(circuit.system, honest) == []


def test_every_wire_is_unique_given_which_bin_it_is() -> None:
    """That there is one bin only is what the tests above try."""
    circuit = ladder().circuit
    inputs = range(1 + 3 + 1)
    known = {*inputs, *(5 + i for i in range(3)), *(70 + i for i in range(2)), 72}
    labels = {circuit.constraint_labels[circuit.system.wire_uses[w][0]] for w in known - {*inputs}}
    assert labels == {"scorecard.amount", "scorecard.housing", "scorecard.plain"}
    assert undetermined(circuit.system, known) == []


def test_signed_features_are_bound() -> None:
    relation = Ladder(lambda api, x: assert_features(api, TABLE, x.f, x.digest), f=3, digest=1)
    values = (10, 1, 7)
    digest = TABLE.features_hash(values)
    assert digest == poseidon(values, TABLE.domain)
    assert relation.accepts(f=values, digest=digest)
    for other in ((11, 1, 7), (1, 10, 7), (10, 1, 0)):
        assert not relation.accepts(f=other, digest=digest)
    assert not relation.accepts(f=values, digest=poseidon(values))


def test_other_features_hash_under_another_domain() -> None:
    tables = [
        TABLE,
        ScoreTable(100, (HOUSING, AMOUNT, PLAIN), "00"),
        ScoreTable(
            100, (AMOUNT, CodeColumn("housing", ("free", "let", "rent"), (1, 30, -4)), PLAIN), "0"
        ),
        ScoreTable(100, (NumberColumn("sum", (10,), (5, 7)), HOUSING, PLAIN), "00"),
    ]
    assert len({table.domain for table in tables}) == len(tables)
    retrained = NumberColumn("amount", (77,), (1, 2))
    assert ScoreTable(5, (retrained, HOUSING, PLAIN), "11").domain == TABLE.domain


@pytest.mark.parametrize("features", [(), (1, 2), (1, 2, 3, 4)])
def test_rows_of_another_length_are_refused(features: Sequence[int]) -> None:
    for call in (TABLE.score, TABLE.features_hash):
        with pytest.raises(InvalidInput):
            call(features)
    builder = Builder(1)
    signal = builder.input()
    with pytest.raises(CircuitError):
        evaluate_table(builder, TABLE, [signal] * len(features))


@pytest.mark.parametrize(
    "bad", [(-1, 0, 0), (TOP + 1, 0, 0), (0, 3, 0), (0, -1, 0), (0, 0, "1"), (True, 0, 0)]
)
def test_values_without_a_bin_are_refused(bad: tuple) -> None:
    for call in (TABLE.score, TABLE.features_hash):
        with pytest.raises(OutOfRange):
            call(bad)


@pytest.mark.parametrize(
    "build",
    [
        lambda: NumberColumn("x", (1, 1), (0, 0, 0)),
        lambda: NumberColumn("x", (2, 1), (0, 0, 0)),
        lambda: NumberColumn("x", (-1,), (0, 0)),
        lambda: NumberColumn("x", (TOP,), (0, 0)),
        lambda: NumberColumn("x", (1,), (0,)),
        lambda: CodeColumn("x", ("b", "a"), (0, 0)),
        lambda: CodeColumn("x", ("a", "a"), (0, 0)),
        lambda: CodeColumn("x", ("a",), (0, 0)),
        lambda: CodeColumn("x", (), ()),
        lambda: CodeColumn("x", ("a",), (0,)),
        lambda: NumberColumn("x", (), (0,)),
        lambda: ScoreTable(0, (), "00"),
        lambda: ScoreTable(0, (PLAIN, PLAIN), "00"),
        lambda: ScoreTable(0, tuple(NumberColumn(str(i), (1,), (1, 1)) for i in range(17)), "00"),
        lambda: ScoreTable(-10, (PLAIN,), "00"),
        lambda: ScoreTable(2**16 - 9, (PLAIN,), "00"),
        lambda: ScoreTable(3, (HOUSING,), "00"),
    ],
)
def test_tables_that_a_circuit_cannot_hold_are_refused(build) -> None:
    with pytest.raises(CircuitError):
        build()


def test_the_native_tape_agrees() -> None:
    circuit = ladder().circuit
    for values in ((0, 0, 0), (TOP, 2, TOP), (11, 1, 5)):
        fields = {"f": values, "score": TABLE.score(values)}
        native = from_limbs(circuit.witness(fields))
        assert native == circuit.tape.run_python([*values, TABLE.score(values)])
