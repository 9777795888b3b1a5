from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.curve_vectors import registers
from support.gadgets.gadget_ladder import Ladder

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.pack import pack, unpack
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Builder, UInt
from zkcredit.r1cs.tape import DIVMOD

WIDTHS = (3, 1, 40, 16)
OFFSETS = (0, 3, 4, 44)


def _unpacks(api, x):
    for field, expected in zip(unpack(api, x.word, WIDTHS), x.fields, strict=True):
        api.assert_equal(field.value, expected)


UNPACK = Ladder(_unpacks, word=1, fields=4)
PACK = Ladder(
    lambda api, x: api.assert_equal(
        pack(api, [range_check(api, f, w) for f, w in zip(x.fields, WIDTHS, strict=True)]).value,
        x.word,
    ),
    word=1,
    fields=4,
)
FIELDS = st.tuples(*(st.integers(0, 2**w - 1) for w in WIDTHS))


def _word(fields: tuple[int, ...]) -> int:
    return sum(f << o for f, o in zip(fields, OFFSETS, strict=True))


def test_offsets_of_this_test_are_the_sums_of_the_widths() -> None:
    assert tuple(accumulate(WIDTHS[:-1], initial=0)) == OFFSETS


def test_unpacking_costs_its_width_and_packing_nothing() -> None:
    assert UNPACK.constraints == sum(WIDTHS) + 4
    assert PACK.constraints == sum(WIDTHS) + 1


@given(FIELDS)
@settings(max_examples=40, deadline=None)
def test_packing_and_unpacking_are_inverse(fields: tuple[int, ...]) -> None:
    assert UNPACK.accepts(word=_word(fields), fields=fields)
    assert PACK.accepts(word=_word(fields), fields=fields)


@given(FIELDS, FIELDS)
@settings(max_examples=30, deadline=None)
def test_a_word_has_one_reading(fields: tuple[int, ...], others: tuple[int, ...]) -> None:
    assert UNPACK.accepts(word=_word(fields), fields=others) == (fields == others)


@pytest.mark.parametrize("word", [2**60, 2**60 + 1, R - 1, R - 2**60])
def test_a_word_wider_than_its_fields_is_refused(word: int) -> None:
    assert not UNPACK.accepts(word=word, fields=[word & 7, 0, 0, 0])


def test_shifting_one_field_and_repairing_another_is_refused() -> None:
    """The alias that let a revoked credential through our prototype."""
    fields = (5, 1, 123_456, 7)
    word = _word(fields)
    for low, high in ((0, 2), (0, 3), (2, 3), (1, 2)):
        for delta in (1, -1, 2, R - 3):
            shifted = list(fields)
            shifted[low] = (shifted[low] + delta) % R
            gap = OFFSETS[high] - OFFSETS[low]
            shifted[high] = (shifted[high] - delta * pow(2, -gap, R)) % R
            assert sum(f << o for f, o in zip(shifted, OFFSETS, strict=True)) % R == word
            assert not PACK.accepts(word=word, fields=shifted)
            # In the unpacking circuit the first three fields are internal wires 0 .. 2.
            forged = {i: shifted[i] for i in range(3)}
            assert not UNPACK.accepts_forged(forged, word=word, fields=shifted)


@pytest.mark.parametrize("width", WIDTHS[:-1])
@pytest.mark.parametrize("shift", [1, -1, 2, 2**200])
def test_a_remainder_beyond_its_divisor_is_refused(width: int, shift: int) -> None:
    """The hint moves `shift` divisors between quotient and remainder; the rest follows from it."""
    fields = (5, 1, 123_456, 7)
    inputs = [_word(fields), *fields]
    circuit = UNPACK.circuit
    honest = circuit.tape.run_python(inputs)
    assert circuit.system.first_unsatisfied(honest) == -1
    ((quotient, remainder),) = registers(circuit, DIVMOD, 1 << width)
    everything = replace(circuit.tape, wires=np.array([quotient, remainder], dtype=np.uint32))
    q, r = everything.run_python(inputs)
    lies = {quotient: (q - shift) % R, remainder: (r + (shift << width)) % R}
    forged = circuit.tape.run_python(inputs, lies)
    assert forged != honest
    failing = circuit.system.first_unsatisfied(forged)
    assert circuit.constraint_labels[failing] == "unpack.range"


def test_untyped_fields_and_wide_words_are_refused_while_building() -> None:
    builder = Builder(1)
    x = builder.input()
    with pytest.raises(CircuitError):
        pack(builder, [UInt.unchecked(x, 8), x])
    with pytest.raises(CircuitError):
        pack(builder, [UInt.unchecked(x, 200), UInt.unchecked(x, 54)])
    with pytest.raises(CircuitError):
        pack(builder, [])
    for widths in ([], [200, 54], [8, 0], [254]):
        with pytest.raises(CircuitError):
            unpack(builder, x, widths)
