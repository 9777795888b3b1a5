"""Run a command, keep all that it prints, and show what a person waits for.

``python release/told.py LOG PATTERN COMMAND...`` writes the whole output to LOG and prints what
PATTERN matches in its lines. After five seconds without a line it says how long the command has
been at work, so that nobody takes it for hung. If the command fails, the end of the log is printed,
and the exit code is the command's.

Needs the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Final

PATIENCE: Final = 5.0
END: Final = 40
"""The lines of the log that are printed if the command fails."""


def main(log: str, pattern: str, *command: str) -> int:
    """Run the command and return its exit code."""
    wanted = re.compile(pattern)
    told: queue.Queue[str | None] = queue.Queue()
    start = time.monotonic()
    with Path(log).open("w") as kept:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        assert process.stdout is not None
        reader = threading.Thread(target=follow, args=(process.stdout, kept, wanted, told))
        reader.start()
        while True:
            try:
                line = told.get(timeout=PATIENCE)
            except queue.Empty:
                line = f"... {time.monotonic() - start:.0f} s"
            if line is None:
                break
            print(line, flush=True)
        reader.join()
    code = process.wait()
    if code:
        print(*Path(log).read_text().splitlines()[-END:], sep="\n", file=sys.stderr)
    return code


def follow(
    output: IO[str], kept: IO[str], wanted: re.Pattern[str], told: queue.Queue[str | None]
) -> None:
    """Copy the output to the log line by line, what is wanted to the queue, and None at the end."""
    for line in output:
        kept.write(line)
        kept.flush()
        found = wanted.search(line)
        if found:
            told.put(found[0])
    told.put(None)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
