"""The sentences of the interfaces' head comments, and the table that names tests for each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

CONTRACTS: Final = Path(__file__).parents[3] / "contracts"
INTERFACES: Final = CONTRACTS / "src" / "interfaces"
TABLE: Final = CONTRACTS / "test" / "promises.md"
_HEAD: Final = re.compile(r"((?:^///.*\n)+)interface (\w+)", re.MULTILINE)
_ENDS: Final = re.compile(r"(?<=\.)\s+(?=[A-Z{])|\s*\0")


class Row(NamedTuple):
    """One row of the table: where the sentence holds, what the test changes, the tests."""

    interface: str
    sentence: str
    where: str
    changed: str
    tests: tuple[str, ...]


def sentences(source: str) -> list[str]:
    """The sentences of an interface's head comment, but its title and its assumptions."""
    found = _HEAD.search(source)
    if found is None:
        raise ValueError("the source has no interface with a comment")
    lines = [line.removeprefix("///").strip() for line in found[1].splitlines()]
    text = "\n".join(line for line in lines if not line.startswith("@title"))
    kept: list[str] = []
    for paragraph in re.split(r"\n(?:\n|(?=Warning: |Assumptions))", re.sub(r"@\w+ ", "", text)):
        flat = " ".join(re.sub(r"(?:^|\n)- ", "\0", paragraph).split())
        if flat.startswith("Assumptions"):
            continue
        parts = _ENDS.split(flat.removeprefix("Warning: "))
        # one word is a heading, such as "Epochs."
        kept += [part.strip().rstrip(".:;") for part in parts if len(part.split()) > 1]
    return kept


def promised() -> dict[str, list[str]]:
    """Interface → its sentences."""
    return {path.stem: sentences(path.read_text()) for path in sorted(INTERFACES.glob("*.sol"))}


def rows(table: str) -> list[Row]:
    """The rows of the table."""
    found, interface = [], ""
    for line in table.splitlines():
        if line.startswith("## "):
            interface = line.removeprefix("## ")
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[0] not in {"sentence", "---"}:
            sentence, where, changed, tests = cells
            named = tuple(re.findall(r"`([\w./]+::\w+)`", tests))
            found.append(Row(interface, sentence.replace("\\|", "|"), where, changed, named))
    return found


def holes(promises: dict[str, list[str]], table: list[Row]) -> list[str]:
    """What the table lacks, and rows of sentences that no interface says."""
    said = {(name, sentence) for name, found in promises.items() for sentence in found}
    listed = {(row.interface, row.sentence) for row in table}
    return [
        *(f"{name} has no row: {sentence}" for name, sentence in sorted(said - listed)),
        *(f"{name} does not say: {sentence}" for name, sentence in sorted(listed - said)),
        *(f"{row.interface} has no test: {row.sentence}" for row in table if not row.tests),
        *(f"{row.interface}: {row.sentence}: nothing is changed, or nowhere"
          for row in table if not (row.where and row.changed)),
    ]  # fmt: skip
