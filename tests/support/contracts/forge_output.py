"""What ``forge test --json`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from subprocess import CompletedProcess


def suites(done: CompletedProcess[str]) -> dict[str, Any]:
    """What each suite did, by ``file:contract``.

    It is the last line: while a campaign of invariants that is guided by coverage lasts, forge
    prints a line about its progress every few seconds, so a slow machine has more lines.

    Raises:
        AssertionError: forge ended without an answer; the text has its last words.
    """
    last = done.stdout.rstrip().rpartition("\n")[2]
    assert last.startswith("{"), done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(last)
    assert all(":" in name for name in found), last[-2000:]
    return found
