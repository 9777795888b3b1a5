"""Fragments fold into the changelog, once, and what is not a fragment is refused."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from support.scripts import script

ROOT = Path(__file__).parents[2]
DAY = date(2027, 1, 31)
BEFORE = "# Changelog\n\nWords.\n\n## [0.1.0] - 2026-11-29\n\n### Added\n\n- One thing.\n"


FOLD = script("changelog.d/fold.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text("# How\n")
    (tmp_path / "b-is-new.added.md").write_text("`b` is new.\nIt does more.\n")
    (tmp_path / "a-is-new.added.md").write_text("`a` is new.\n")
    (tmp_path / "c.fixed.md").write_text("`c` no longer fails.")
    return tmp_path


def test_fragments_stand_by_kind_and_name_above_the_releases_before(folder: Path) -> None:
    text = FOLD.folded(BEFORE, "0.2.0", DAY, FOLD.fragments(folder))
    assert text == BEFORE.replace(
        "## [0.1.0]",
        "## [0.2.0] - 2027-01-31\n\n### Added\n\n- `a` is new.\n- `b` is new.\n  It does more.\n\n"
        "### Fixed\n\n- `c` no longer fails.\n\n## [0.1.0]",
    )


def test_folding_writes_the_file_and_removes_the_fragments(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = folder / "CHANGELOG"
    log.write_text(BEFORE)
    changes = FOLD.fragments(folder)
    monkeypatch.setattr(FOLD, "fragments", lambda: changes)
    monkeypatch.setattr(FOLD, "CHANGELOG", log)
    FOLD.main(["0.2.0", "--date", "2027-01-31"])
    assert log.read_text() == FOLD.folded(BEFORE, "0.2.0", DAY, changes)
    assert [path.name for path in folder.glob("*.md")] == ["README.md"]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.2", "v0.2.0", "0.2.0rc1", "01.2.0", ""])
def test_a_version_is_three_numbers_and_comes_after_the_last(folder: Path, version: str) -> None:
    with pytest.raises(FOLD.Refused):
        FOLD.folded(BEFORE, version, DAY, FOLD.fragments(folder))


def test_a_release_has_a_change() -> None:
    with pytest.raises(FOLD.Refused, match="nothing to release"):
        FOLD.folded(BEFORE, "0.2.0", DAY, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.md", "x"),
        ("words.new.md", "x"),
        ("Words.added.md", "x"),
        ("two words.added.md", "x"),
        ("a.added.md", ""),
        ("a.added.md", "- a bullet"),
        ("a.added.md", "# a heading"),
        ("a.added.md", "one.\n\ntwo."),
        ("a.added.md", "x" * 99),
    ],
)
def test_what_is_not_a_fragment_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(FOLD.Refused, match=re.escape(name)):
        FOLD.fragments(folder)


def test_the_fragments_of_today_can_be_folded() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "changelog.d" / "fold.py", "--check"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{len(FOLD.fragments())} changes\n"


def test_the_version_is_that_of_the_newest_notes() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## \[(.+)\] - \d{4}-\d{2}-\d{2}$", FOLD.CHANGELOG.read_text(), re.M)
    assert newest is not None
    assert newest[1] == version
