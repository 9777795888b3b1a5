"""Fold the fragments of this folder into CHANGELOG.md, as the notes of one release.

    python changelog.d/fold.py 0.2.0                      (dated today, UTC)
    python changelog.d/fold.py 0.2.0 --date 2027-01-31
    python changelog.d/fold.py --check                    (reads the fragments, and changes nothing)

A fragment is ``<words>.<kind>.md``: one user-visible change, in one or more sentences. The kind is
added, changed, deprecated, removed, fixed or security, as in Keep a Changelog. Folding removes it.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
CHANGELOG: Final = HERE.parent / "CHANGELOG.md"
KINDS: Final = ("added", "changed", "deprecated", "removed", "fixed", "security")

_NAME: Final = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*\.({'|'.join(KINDS)})\.md")
_VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
_HEADING: Final = re.compile(r"^## \[([^\]]+)\]", re.MULTILINE)
_LONGEST_LINE: Final = 100


class Refused(Exception):
    """A fragment or a version is not as it should be; the text says what to do."""


@dataclass(frozen=True)
class Fragment:
    """One change.

    Attributes:
        path: its file.
        kind: one of ``KINDS``.
        text: what the changelog says.
    """

    path: Path
    kind: str
    text: str

    @classmethod
    def read(cls, path: Path) -> Fragment:
        """Read one file.

        Raises:
            Refused: its name does not say the kind, or its text is not one entry.
        """
        if not _NAME.fullmatch(path.name):
            raise Refused(f"{path.name}: call it <words>.<kind>.md, of kind {', '.join(KINDS)}")
        text = path.read_text(encoding="utf-8").strip()
        if not text or text[0] in "-*#" or "\n\n" in text:
            raise Refused(f"{path.name}: write one entry: sentences, without a bullet or a heading")
        if any(len(line) > _LONGEST_LINE - 2 for line in text.splitlines()):
            raise Refused(f"{path.name}: keep lines to {_LONGEST_LINE - 2} characters")
        return cls(path, path.name.split(".")[1], text)


def fragments(folder: Path = HERE) -> list[Fragment]:
    """Every fragment, by kind and by name.

    Raises:
        Refused: one of them is not as it should be.
    """
    paths = (path for path in folder.glob("*.md") if path.name != "README.md")
    found = [Fragment.read(path) for path in paths]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.path.name))


def notes(version: str, day: date, changes: list[Fragment]) -> str:
    """The notes of a release.

    Raises:
        Refused: there is no change, or the version is not three numbers.
    """
    if not _VERSION.fullmatch(version):
        raise Refused(f"{version!r} is not a version: three numbers, such as 0.2.0")
    if not changes:
        raise Refused("there is nothing to release: no fragment is in changelog.d")
    parts = [f"## [{version}] - {day.isoformat()}"]
    for kind in KINDS:
        if told := [one.text.replace("\n", "\n  ") for one in changes if one.kind == kind]:
            parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(f"- {text}" for text in told))
    return "\n\n".join(parts) + "\n"


def folded(changelog: str, version: str, day: date, changes: list[Fragment]) -> str:
    """The changelog with the notes of a release above those of the releases before.

    Raises:
        Refused: the version is not above the newest one; or as ``notes``.
    """
    told = notes(version, day, changes)
    newest = _HEADING.search(changelog)
    if newest is None:
        raise Refused("the changelog has no release yet; write the first one by hand")
    if _numbers(version) <= _numbers(newest[1]):
        raise Refused(f"the newest release is {newest[1]}; {version} does not come after it")
    return f"{changelog[: newest.start()]}{told}\n{changelog[newest.start() :]}"


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def main(arguments: list[str]) -> None:
    """Read the options; check, or fold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("version", nargs="?", help="of the release: three numbers")
    what.add_argument("--check", action="store_true", help="read the fragments, change nothing")
    today = datetime.now(UTC).date()
    parser.add_argument("--date", type=date.fromisoformat, default=today, help="of the release")
    options = parser.parse_args(arguments)
    try:
        changes = fragments()
        if options.check:
            print(f"{len(changes)} changes")
            return
        text = folded(CHANGELOG.read_text(encoding="utf-8"), options.version, options.date, changes)
    except Refused as refusal:
        sys.exit(str(refusal))
    CHANGELOG.write_text(text, encoding="utf-8")
    for change in changes:
        change.path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
