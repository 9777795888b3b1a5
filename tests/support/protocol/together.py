"""Several real processes that open a file each, wait for one another, and then act at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["act_together"]

_PATIENTLY = """
import sys
from zkcredit.errors import WalletError

def patiently(action):
    while True:
        try:
            return action()
        except WalletError as error:  # a process that stalls holds the file for longer
            if "another process" not in str(error):
                raise

def ready():
    print("ready", flush=True)
    sys.stdin.readline()
"""


def act_together(script: str, arguments: Sequence[Sequence[str]]) -> list[list[str]]:
    """Run a script once for each row of arguments, all at once; the lines that each printed.

    The script calls ``ready()`` when it has opened what it needs, and ``patiently(action)`` where
    another process may hold the file.
    """
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PATIENTLY + script, *row],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for row in arguments
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return told
