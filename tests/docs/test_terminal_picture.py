"""The picture of the demo in a terminal: of the story as it is, whole, and loading nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from support.scripts import script

SOURCE: Any = script("docs/diagrams/terminal_picture.py")
README = SOURCE.ROOT / "README.md"
TEXT = SOURCE.PICTURE.read_text(encoding="utf-8")


def test_the_picture_is_of_the_story_as_it_is() -> None:
    """``python docs/diagrams/terminal_picture.py`` takes it."""
    assert TEXT.rstrip().endswith(SOURCE.mark())


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    root = ElementTree.fromstring(TEXT)
    assert root.tag.endswith("svg")
    assert set(re.findall(r"https?://[^\"' )]+", TEXT)) == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in TEXT
    assert "script" not in TEXT.lower()


def test_it_shows_the_story_to_who_reads_the_readme() -> None:
    words = " ".join("".join(ElementTree.fromstring(TEXT).itertext()).split())
    for word in ("$ zkcredit demo", "1. ", "2. "):
        assert word in words.replace("\xa0", " ")
    assert "](docs/diagrams/demo.svg)" in README.read_text(encoding="utf-8")
