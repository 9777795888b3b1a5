"""What people write as inputs: every notation of numbers, and what is refused by its signal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.bn254.fields import R
from zkcredit.circom import read_signals
from zkcredit.circom.signals import MAX_VALUES, name_hash, signals_of
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0), (7, 7), ("7", 7), ("007", 7), ("0x1F", 31), ("0XfF", 255), (R - 1, R - 1),
        (str(R - 1), R - 1), (-1, R - 1), ("-1", R - 1), ("-0x2", R - 2), (1 - R, 1),
        (1 << 60, 1 << 60),
    ],
)  # fmt: skip
def test_every_notation_of_a_number(value: object, number: int) -> None:
    assert signals_of({"a": value}) == {"a": [number]}


@pytest.mark.parametrize("value", [R, -R, str(R), R + 5, hex(1 << 255), 1 << 300, "-" + str(R)])
def test_a_number_is_not_reduced(value: object) -> None:
    with pytest.raises(OutOfRange, match=r"the input signal a\.b has a number") as caught:
        signals_of({"a": {"b": [1, value]}})
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 1.0, 1.5, "", " 1", "1 ", "1_000", "1e3", "1.0", "+1", "--1", "0x",
        "0b1", "x", "\u0661", "9" * 81, b"1", {1}, object(), [1, None], [[1], ["x"]], (1, True),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_its_signal(value: object) -> None:
    with pytest.raises(InvalidInput, match="the input signal amount must have integers"):
        signals_of({"other": 1, "amount": value})


def test_arrays_are_flattened_in_row_order() -> None:
    assert signals_of({"a": [[1, 2], [3, [4]]], "b": (), "c": [[]]}) == {
        "a": [1, 2, 3, 4], "b": [], "c": []}  # fmt: skip


def test_buses_have_qualified_names() -> None:
    inputs = {"p": {"x": 1, "y": [2, 3]}, "q": [{"x": 4}, {"x": {"z": 5}}], "r": [[{"x": 6}]]}
    assert signals_of(inputs) == {
        "p.x": [1], "p.y": [2, 3], "q[0].x": [4], "q[1].x.z": [5], "r[0][0].x": [6]}  # fmt: skip


@pytest.mark.parametrize("inputs", [None, [], [1], "a", 7, [{"a": 1}]])
def test_inputs_are_a_mapping(inputs: object) -> None:
    with pytest.raises(InvalidInput, match="a mapping of names"):
        signals_of(inputs)


@pytest.mark.parametrize("name", ["", "a b", "a[0]", "a.b", "é", "a\n", "1a", "a" * 257, 7])
def test_a_name_that_no_signal_has_is_refused(name: object) -> None:
    with pytest.raises(InvalidInput, match="is not the name of a signal"):
        signals_of({name: 1})


def test_depth_and_number_are_bounded() -> None:
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(InvalidInput, match="the input signal a is nested deeper"):
        signals_of({"a": deep})
    bus: object = 1
    for _ in range(40):
        bus = {"b": bus}
    with pytest.raises(InvalidInput, match="nested deeper"):
        signals_of(bus)
    with pytest.raises(InvalidInput, match="more than"):
        signals_of({"a": [0] * (MAX_VALUES + 1)})


@given(st.integers(1 - R, R - 1))
def test_a_negative_number_stands_for_its_sum_with_r(value: int) -> None:
    for notation in (value, str(value)):
        assert signals_of({"a": notation}) == {"a": [value % R]}


def test_the_text_is_json_without_repeated_members() -> None:
    exact = 2**60 + 1
    assert read_signals(json.dumps({"a": exact})) == {"a": exact}
    with pytest.raises(MalformedFile, match="repeated") as caught:
        read_signals('{"a": 1,\n "a": 2}')
    assert (caught.value.line, caught.value.column) == (2, 2)
    for text in ("[1]", '"a"', "7", "null"):
        with pytest.raises(MalformedFile, match="an object with a member for each input"):
            read_signals(text)
    with pytest.raises(MalformedFile, match="not an integer"):
        read_signals('{"a": 1.5}')


def test_names_are_hashed_as_circom_does() -> None:
    # circom_runtime's fnvHash
    assert name_hash("") == (0xCBF29CE4, 0x84222325)
    assert name_hash("a") == (0xAF63DC4C, 0x8601EC8C)
    assert name_hash("amounts") == name_hash("amounts")
    assert name_hash("ab") != name_hash("ba")
