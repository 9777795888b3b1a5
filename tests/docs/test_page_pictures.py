"""The pictures of the page are of the page as it is, small, and shown with their titles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.scripts import script

ROOT = Path(__file__).parents[2]
SOURCE: Any = script("docs/diagrams/page_pictures.py")
PAGES = [*(ROOT / "docs").rglob("*.md")]
MOST_BYTES = 60_000


@pytest.mark.parametrize("name", SOURCE.PICTURES)
def test_a_picture_is_of_the_page_as_it_is(name: str) -> None:
    """``python docs/diagrams/page_pictures.py`` takes them."""
    picture = SOURCE.PICTURES[name]
    with Image.open(SOURCE.FOLDER / f"{name}.png") as image:
        assert image.info[SOURCE.MARK] == SOURCE.digest()
        size = (picture.width * picture.scale, picture.height * picture.scale)
        assert image.size == size


def test_they_are_small_and_there_is_no_other() -> None:
    files = {path.stem: path.stat().st_size for path in SOURCE.FOLDER.glob("*.png")}
    assert files.keys() == SOURCE.PICTURES.keys()
    assert max(files.values()) < MOST_BYTES


@pytest.mark.parametrize("name", SOURCE.PICTURES)
def test_a_page_shows_it_with_its_title(name: str) -> None:
    image = f"![{SOURCE.PICTURES[name].title}](../diagrams/{name}.png)"
    assert any(image in page.read_text() for page in PAGES)


def test_the_mark_changes_with_what_is_seen(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "static").mkdir()
    for name in ("templates/a.html", "static/page.css", "pictures.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(SOURCE, "PAGE", tmp_path)
    seen = {SOURCE.digest()}
    for name in ("templates/a.html", "static/page.css", "pictures.py", "templates/b.html"):
        (tmp_path / name).write_text("changed")
        seen.add(SOURCE.digest())
    assert len(seen) == 5
