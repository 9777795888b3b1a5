"""Text of people: marks, line ends and Unicode forms are not part of what it says."""

from __future__ import annotations

import pytest

from zkcredit._internal.text import first_line, spellings, text_of, words_in
from zkcredit.errors import InvalidInput


@pytest.mark.parametrize("data", [b"a b", b"a b\n", b"a b\r\nc", b"\xef\xbb\xbfa b\r\n"])
def test_a_first_line_has_neither_mark_nor_end(data):
    assert first_line(data, "it") == "a b"


def test_only_the_mark_at_the_beginning_is_taken_off():
    assert text_of("\ufeffa\ufeff".encode(), "it") == "a\ufeff"


@pytest.mark.parametrize("data", [b"\xff\xfea\0", b"\xfe\xff\0a", b"\xe4"])
def test_what_is_not_utf_8_is_refused_without_being_shown(data):
    for read in (text_of, first_line):
        with pytest.raises(InvalidInput, match="it is not UTF-8 text") as caught:
            read(data, "it")
        assert caught.value.__cause__ is None
        assert ("UTF-16" in str(caught.value)) == (len(data) == 4)


def test_ascii_has_one_spelling_and_other_text_several_each_once():
    assert spellings("ascii") == [b"ascii"]
    assert spellings("\u00e4") == ["\u00e4".encode()]
    assert spellings("a\u0308") == ["a\u0308".encode(), "\u00e4".encode()]
    assert spellings("\ufb01a\u0308") == [
        text.encode() for text in ("\ufb01a\u0308", "\ufb01\u00e4", "fi\u00e4")
    ]
    assert spellings("\ufeffx") == [b"x", "\ufeffx".encode()]


def test_words_are_split_at_any_space():
    assert words_in("\ufeff One\r\nTWO\u00a0\uff54hree\t") == ["one", "two", "three"]
