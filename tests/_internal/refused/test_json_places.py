"""Every refusal of a JSON text says line and column, and they are right."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcredit._internal.json import MAX_DEPTH, members, parse
from zkcredit._internal.refused.json_places import line_and_column, only_member
from zkcredit.errors import MalformedFile

REFUSED = {
    '{"a": 1,\n "b": 2,\n "a": 3}': (3, 2, "repeated"),
    '{"a": {"x": 1, "x": 2}}': (1, 16, "repeated"),
    '{"a": "\\"b\\":", "c": 1, "\\u0061": 3}': (1, 25, "repeated"),
    "[1,\n 2.5]": (2, 2, "not an integer"),
    "[1, 2e3]": (1, 5, "not an integer"),
    '["1.5", -1.5]': (1, 9, "not an integer"),
    "[1, NaN]": (1, 5, "NaN is not JSON"),
    '["NaN", -Infinity]': (1, 9, "-Infinity is not JSON"),
    '["\\ud83d\\ude00",\n "\\ud83d"]': (2, 2, "half of a surrogate pair"),
    "[\n" + "9" * 5000 + "]": (2, 1, "too many digits"),
    "\n" + "[" * 40: (2, MAX_DEPTH + 1, "nested deeper"),
    '["a",\n,]': (2, 1, "not JSON"),
    "": (1, 1, "empty"),
    "{": (1, 2, "not JSON"),
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize("encode", [str, str.encode], ids=["str", "bytes"])
def test_a_refusal_has_its_place(text: str, encode: type) -> None:
    line, column, said = REFUSED[text]
    with pytest.raises(MalformedFile, match=said) as caught:
        parse(encode(text), "x", 1 << 20)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said == "empty" or f"(line {line}, column {column})" in str(caught.value)


def test_bytes_that_are_not_utf8_have_their_place() -> None:
    with pytest.raises(MalformedFile) as caught:
        parse(b'["\xc3\xa4",\n "\xff"]', "x", 100)
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_a_text_that_is_too_long_has_none() -> None:
    with pytest.raises(MalformedFile, match="longer") as caught:
        parse("[1, 2]", "x", 3)
    assert caught.value.line == 0


@given(st.text(alphabet='ab{}[]",:\\1.\n ', max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_refused_text_has_a_place_inside_it(text: str) -> None:
    lines = text.split("\n")
    line, column = _place(text)
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


def _place(text: str) -> tuple[int, int]:
    try:
        parse(text, "x", 1000)
    except MalformedFile as error:
        return error.line, error.column
    return 1, 1


@given(st.lists(st.text(alphabet="ab\n", max_size=5), min_size=1, max_size=4), st.data())
def test_line_and_column_are_those_of_an_editor(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    offset = data.draw(st.integers(0, len(text)))
    line, column = line_and_column(text, offset)
    before = text.split("\n")[: line - 1]
    assert sum(len(one) + 1 for one in before) + column - 1 == offset


def test_a_member_is_found_if_it_is_the_only_one_of_its_name() -> None:
    text = json.dumps({"a": {"b": "c", "d": 1}, "c": [{"d": 2}]})
    assert only_member(text, {"b"}) == text.index('"b"')
    assert only_member(text, {"a", "b"}) == text.index('"b"')  # the innermost
    assert only_member(text, {"d"}) is None
    assert only_member(text, {"c"}) == text.rindex('"c"')  # the other one is a value
    assert only_member(text, set()) is None


def test_what_is_refused_and_what_kind_it_is() -> None:
    with pytest.raises(MalformedFile, match="lacks a, but this is a policy"):
        members({"min_score": 1}, ("a",), "thing")
