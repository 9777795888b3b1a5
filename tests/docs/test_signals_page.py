"""The page of public signals follows from the statements, and no signal is without words."""

from __future__ import annotations

from support.docs.scripts import loaded

from zkcredit.circuits.catalogue import circuit_names, get_statement
from zkcredit.schema import PUBLIC_INPUTS

MADE = loaded("docs/reference/make_signals.py")


def test_the_page_is_fresh() -> None:
    # otherwise: python docs/reference/make_signals.py
    assert MADE.PAGE.read_text(encoding="utf-8") == MADE.page()


def test_each_signal_has_words_and_each_word_a_signal() -> None:
    declared = {signal for name in circuit_names() for signal in get_statement(name).public}
    assert MADE.WORDS.keys() == declared


def test_every_statement_is_on_the_page_with_its_signals_in_order() -> None:
    sections = MADE.page().split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections] == list(circuit_names())
    for section in sections:
        name, _, text = section.partition("\n")
        rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
        assert [row.split("`")[1] for row in rows] == list(PUBLIC_INPUTS[name])
        assert all(length == 1 for length in get_statement(name).public.values())
