"""The catalogues: no text of the code is missing, parts agree, and the compiled file is fresh."""

from __future__ import annotations

import ast
import gettext
import io
import re
from dataclasses import replace
from typing import Any

import pytest
from support.docs.scripts import loaded

from zkcredit.language import catalogue

TOOL: Any = loaded("release/catalogues.py")
ENTRIES = TOOL.loads(TOOL.CATALOGUE.read_text(encoding="utf-8"))
PARTS = re.compile(r"\{\w*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACES = ("zkcredit/cli/loan/x.py", "zkcredit/chain/x.py", "zkcredit/cli/reference.py")
# The names of errors, and those of contracts, which are typed.
SAME = re.compile(
    r"\w+(Input|Error): \{0\}|\{0\} \(zkcredit\{1\}\)|"
    r"\{error\} \(\{meaning\}\): .*|market, registry, .*|\{money\} \{when\}"
)


def test_no_text_is_missing() -> None:
    missing = [text for text in TOOL.messages() if not ENTRIES.get(text, TOOL.Entry(text)).told]
    assert missing == [], "run: make catalogues"


def test_no_text_is_left_over() -> None:
    assert set(ENTRIES) - set(TOOL.messages()) == set(), "run: make catalogues"


def test_the_file_is_what_the_tool_writes() -> None:
    text = TOOL.CATALOGUE.read_text(encoding="utf-8")
    assert TOOL.dumps(TOOL.updated(ENTRIES)) == text, "run: make catalogues"
    assert TOOL.loads(TOOL.dumps(ENTRIES)) == ENTRIES


def test_the_compiled_file_is_fresh() -> None:
    assert TOOL.CATALOGUE.with_suffix(".mo").read_bytes() == TOOL.binary(ENTRIES)


def test_gettext_reads_every_translation() -> None:
    with TOOL.CATALOGUE.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    for entry in ENTRIES.values():
        if entry.many:
            assert {read.ngettext(entry.text, entry.many, n) for n in (0, 1, 5)} == {entry.told}
        else:
            assert read.gettext(entry.text) == entry.told
    assert len(catalogue("zh_CN")) >= len(ENTRIES) - sum(bool(e.many) for e in ENTRIES.values())
    assert catalogue("en") == {}


@pytest.mark.parametrize("text", ENTRIES)
def test_the_parts_of_a_translation_are_those_of_the_text(text: str) -> None:
    entry = ENTRIES[text]
    assert set(PARTS.findall(entry.told)) == set(PARTS.findall(text))
    if entry.many:
        assert set(PARTS.findall(entry.many)) == set(PARTS.findall(text))
    assert entry.told == entry.told.strip() or text != text.strip()
    assert text.count("\n\n") == entry.told.count("\n\n")


def test_a_translation_is_chinese() -> None:
    english = {text for text, entry in ENTRIES.items() if not HAN.search(entry.told)}
    assert [text for text in english if not SAME.fullmatch(text)] == []


def test_a_translation_names_the_same_options_and_commands() -> None:
    option = re.compile(r"--[a-z][a-z-]+|(?<!\w)ZKCREDIT_\w+")
    for text, entry in ENTRIES.items():
        assert set(option.findall(text)) == set(option.findall(entry.told)), text


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("tr('a {x} b', x=1)", ["a {x} b"]),
        ("marked('later')", ["later"]),
        ("tr_many('one', 'many', 3)", ["one"]),
        ("tr(variable)", []),
        ("other('text')", []),
        ("raise InvalidInput(f'cannot read {path}: {why}')", ["cannot read {0}: {1}"]),
        ("raise InvalidInput('a' 'b')", ["ab"]),
        ("raise InvalidInput(text)", []),
        ("raise", []),
        ("note(f'{a}{b}')", []),
        ("emit({'public_key': 1, **more}, lines or 'no lines')", ["no lines", "public key"]),
        ("emit({'a': {'inner_name': 1}})", ["inner name"]),
        ("emit(result)", []),
        ("return NodeUnavailable(f'no answer from {node}')", ["no answer from {0}"]),
        ("errors.ChainError('it is late')", ["it is late"]),
        ("other.Thing('it is late')", []),
    ],
)
def test_where_texts_are_found(code: str, texts: list[str]) -> None:
    found = [text for _, text, _ in TOOL.places_in("here", ast.parse(code))]
    assert [text for text in found if len(text) > 1] == texts


def test_every_text_of_a_command_is_found() -> None:
    tree = ast.parse("lines = [f'loan {number}: {state}', f'{a}/{b}', f'{name}/repay']")
    found = [[text for _, text, _ in TOOL.places_in(place, tree)] for place in PLACES]
    assert found == [["loan {0}: {1}"], [], []]


@pytest.mark.parametrize(
    "told", ['with "quotes"', "back\\slash", "tab\there", "two\n\nparagraphs", "\\n is not a line"]
)
def test_signs_survive_the_catalogue(told: str) -> None:
    entries = {told: TOOL.Entry(told, "", told, ("a/b.py",))}
    assert TOOL.loads(TOOL.dumps(entries)) == entries
    read = gettext.GNUTranslations(io.BytesIO(TOOL.binary(entries)))
    assert read.gettext(told) == told


@pytest.mark.parametrize("line", ['msgid "open', "nonsense", 'msgstrx "a"', "msgid text"])
def test_what_is_not_a_catalogue_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a line"):
        TOOL.loads(f'msgid "a"\nmsgstr "b"\n\n{line}\n')


def test_a_text_without_a_translation_is_not_compiled() -> None:
    entry = next(iter(ENTRIES.values()))
    read = gettext.GNUTranslations(io.BytesIO(TOOL.binary({"x": replace(entry, told="")})))
    assert read.gettext(entry.text) == entry.text
