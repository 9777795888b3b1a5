"""Each story told once for all tests of a run, by the command line in a process of its own.

``python telling.py STORY FILE`` is that process: it runs ``zkcredit demo --story STORY --json`` and
leaves in FILE what only Python sees of it.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.demo.heard import Heard
from support.shared import once, shared_folder

if TYPE_CHECKING:
    import pytest

    from zkcredit.chain import EmbeddedChain
    from zkcredit.demo import Narrator, StoryResult

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Telling:
    """What one run of the command printed and left behind.

    Attributes:
        out: standard output, one JSON document.
        err: standard error, the story for people.
        heard: what the narrator was told.
        result: what the closing tables are made of.
        peak_kib: most memory that the process had at a time.
    """

    out: str
    err: str
    heard: Heard
    result: Any
    peak_kib: int

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def told(story: str, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """The story, told by whoever asks first in this run."""
    folder = shared_folder(tmp_path_factory)
    return once(folder, f"story-{story}", lambda: _tell(story, folder / f"story-{story}.left"))


def _tell(story: str, left: Path) -> Telling:
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, __file__, story, str(left)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Telling(done.stdout, done.stderr, **pickle.loads(left.read_bytes()))


class _Both:
    """Passes the story on to the command's narrator, and remembers it."""

    def __init__(self, first: Narrator, second: Narrator) -> None:
        self._narrators = first, second

    def market(self, node: EmbeddedChain, address: str) -> None:
        for narrator in self._narrators:
            narrator.market(node, address)

    def stage(self, title: str, text: str) -> None:
        for narrator in self._narrators:
            narrator.stage(title, text)

    def line(self, text: str) -> None:
        for narrator in self._narrators:
            narrator.line(text)

    def refused(self, attempt: str, error: str, message: str) -> None:
        for narrator in self._narrators:
            narrator.refused(attempt, error, message)


def _main(story: str, left: Path) -> None:
    import zkcredit.demo
    from zkcredit.cli import main

    heard, genuine = Heard(), zkcredit.demo.tell_story
    results: list[StoryResult] = []

    def tell(name: str, narrator: Narrator) -> StoryResult:
        results.append(genuine(name, _Both(narrator, heard)))
        return results[0]

    zkcredit.demo.tell_story = tell  # type: ignore[assignment]  # the command always has a narrator
    sys.argv = ["zkcredit", "demo", "--story", story, "--json"]
    try:
        main()
    finally:
        if results:
            peak = next(
                int(line.split()[1])
                for line in Path("/proc/self/status").read_text().splitlines()
                if line.startswith("VmHWM")
            )
            parts = {"heard": heard, "result": results[0], "peak_kib": peak}
            left.write_bytes(pickle.dumps(parts))


if __name__ == "__main__":
    from support.demo import telling  # so that pickles name the module, not __main__

    telling._main(sys.argv[1], Path(sys.argv[2]))
