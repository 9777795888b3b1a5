"""Each sentence of an interface has a row: where it holds, what is changed, and a test that exists.

At first two gates kept a sentence that the third did not: "exactly one market".
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.contracts.promises import (
    CONTRACTS,
    INTERFACES,
    TABLE,
    Row,
    holes,
    promised,
    rows,
    sentences,
)

TESTS = Path(__file__).parents[1]
GATES = {
    "EligibilityGate", "EscrowGate", "HistoryEligibilityGate", "HistoryGate", "LedgerGate",
}  # fmt: skip
FIELDS = {"chain", "gate", "market", "borrower", "product", "principal", "purpose", "terms",
          "number", "deadline"}  # fmt: skip
PROMISED, ROWS = promised(), rows(TABLE.read_text())
SOURCE = """
/// @title A thing
/// @notice It keeps a promise. It keeps
///         another.
/// @dev Two follow:
///      - the first - with a dash;
///      - the second.
///
///      Assumptions:
///      - nobody lies.
///
///      Warning: it can be lost.
interface IThing {}
"""


def test_every_sentence_has_a_row_and_a_test() -> None:
    assert holes(PROMISED, ROWS) == []
    assert PROMISED.keys() == {path.stem for path in INTERFACES.glob("*.sol")}
    assert len(ROWS) > 100


@pytest.mark.parametrize("name", sorted({name for row in ROWS for name in row.tests}))
def test_a_named_test_exists(name: str) -> None:
    file, test = name.split("::")
    path = CONTRACTS / "test" / file if file.endswith(".sol") else TESTS / file
    assert re.search(rf"\b(def|function) {test}\(", path.read_text()), f"{file} has no {test}"


def test_a_sentence_about_every_gate_is_tested_at_each() -> None:
    for sentence in PROMISED["IApplicationGate"]:
        found = [row for row in ROWS if row.sentence == sentence]
        assert {gate for row in found for gate in row.where.split(", ")} == GATES, sentence


def test_what_a_proof_fits_is_changed_field_by_field() -> None:
    said = next(one for one in PROMISED["IApplicationGate"] if "fits exactly one" in one)
    found = [row for row in ROWS if row.sentence == said]
    assert len(found) == len(GATES)
    assert {*found[0].changed.split(", ")} == FIELDS
    source = (CONTRACTS / "test" / "ApplicationPromises.t.sol").read_text()
    fields = re.search(r"enum Field \{(.*?)\}", source, re.DOTALL)
    assert fields is not None
    assert {name.strip().lower() for name in fields[1].split(",")} == FIELDS


# --- the search itself --------------------------------------------------------------------------


def test_sentences_are_found() -> None:
    assert sentences(SOURCE) == [
        "It keeps a promise", "It keeps another", "Two follow", "the first - with a dash",
        "the second", "it can be lost",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no interface"):
        sentences("contract C {}")


def test_a_row_that_is_taken_out_is_missed() -> None:
    for row in ROWS:
        rest = [other for other in ROWS if other.sentence != row.sentence]
        assert holes(PROMISED, rest) == [f"{row.interface} has no row: {row.sentence}"]


def test_a_new_sentence_and_an_old_row_are_found() -> None:
    more = PROMISED | {"ILedgerGate": [*PROMISED["ILedgerGate"], "Nobody waits"]}
    assert holes(more, ROWS) == ["ILedgerGate has no row: Nobody waits"]
    fewer = PROMISED | {"ILedgerGate": PROMISED["ILedgerGate"][1:]}
    assert holes(fewer, ROWS) == [f"ILedgerGate does not say: {PROMISED['ILedgerGate'][0]}"]


@pytest.mark.parametrize(("cell", "said"), [(1, "nowhere"), (2, "nowhere"), (3, "no test")])
def test_an_empty_cell_is_a_hole(cell: int, said: str) -> None:
    cells = ["Nobody waits", "LoanMarket", "the time", "`A.t.sol::testB`"]
    cells[cell] = " "
    table = rows(
        "## IThing\n| sentence | at | c | t |\n|---|---|---|---|\n| " + " | ".join(cells) + " |"
    )
    assert said in holes({"IThing": ["Nobody waits"]}, table)[0]
    assert table[0]._replace(tests=()) == Row(
        "IThing", *cells[:1], cells[1].strip(), cells[2].strip(), ()
    )
