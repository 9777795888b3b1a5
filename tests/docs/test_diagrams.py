"""The committed diagrams are those of their source, and load nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.scripts import script

ROOT = Path(__file__).parents[2]
SOURCE: Any = script("docs/diagrams/diagrams.py")
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
CONTRACTS = {path.stem for path in (ROOT / "contracts" / "src").rglob("*.sol")}


@pytest.mark.parametrize("name", SOURCE.DIAGRAMS)
def test_a_diagram_is_that_of_its_source(name: str) -> None:
    """``python docs/diagrams/diagrams.py`` writes them."""
    assert (SOURCE.FOLDER / f"{name}.svg").read_text() == SOURCE.drawing(SOURCE.DIAGRAMS[name])


def test_there_is_no_other_file() -> None:
    drawn = {path.stem for path in SOURCE.FOLDER.glob("*.svg")}
    assert drawn == {*SOURCE.DIAGRAMS, "demo"}  # terminal_picture.py draws the last


@pytest.mark.parametrize("name", SOURCE.DIAGRAMS)
def test_a_diagram_is_svg_that_loads_nothing(name: str) -> None:
    tree = ElementTree.fromstring((SOURCE.FOLDER / f"{name}.svg").read_text())
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    kinds = {element.tag.partition("}")[2] for element in tree.iter()}
    assert kinds <= {"svg", "title", "defs", "marker", "path", "rect", "line", "text"}
    for element in tree.iter():
        for attribute, value in element.attrib.items():
            assert "href" not in attribute
            assert "url(" not in value or value == "url(#tip)"


@pytest.mark.parametrize("name", SOURCE.DIAGRAMS)
def test_a_page_shows_it_with_its_title(name: str) -> None:
    image = f"![{SOURCE.DIAGRAMS[name].title}]("
    assert any(f"{image}" in page.read_text() for page in PAGES)


@pytest.mark.parametrize("name", SOURCE.DIAGRAMS)
def test_boxes_have_names_of_their_own_and_contracts_exist(name: str) -> None:
    boxes = SOURCE.DIAGRAMS[name].boxes
    names = {box.name for box in boxes}
    assert len(names) == len(boxes)
    for arrow in SOURCE.DIAGRAMS[name].arrows:
        assert {arrow.start, arrow.end} <= names
    assert {box.name for box in boxes if box.colour == SOURCE._CONTRACT} <= CONTRACTS


def test_what_is_written_is_escaped() -> None:
    box = SOURCE.Box("a<b>&", 0, 0)
    tree = ElementTree.fromstring(SOURCE.drawing(SOURCE.Diagram("<t>", (box,), ())))
    assert "a<b>&" in {element.text for element in tree.iter()}
