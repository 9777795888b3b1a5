"""anvil with its own accounts, unlocked, at a port that it chooses itself."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from web3 import HTTPProvider, Web3

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["plain_anvil"]

_LISTENS = re.compile(r"Listening on (127\.0\.0\.1:\d+)")


@contextmanager
def plain_anvil(binary: Path, *options: str) -> Iterator[Web3]:
    """A chain for one test file. No other program can take its port: anvil holds it at once."""
    with tempfile.TemporaryFile("w+") as told:
        command = [str(binary), "--port", "0", *options]
        with subprocess.Popen(command, stdout=told, stdin=subprocess.DEVNULL) as node:
            try:
                # anvil says where it listens, or ends: a slow machine only asks more often
                while not (found := _LISTENS.search(_so_far(told.fileno()))):
                    assert node.poll() is None, _so_far(told.fileno())
                    time.sleep(0.05)
                web3 = Web3(HTTPProvider(f"http://{found[1]}", {"timeout": 300}))
                assert web3.is_connected()
                yield web3
            finally:
                node.kill()


def _so_far(descriptor: int) -> str:
    return Path(f"/proc/self/fd/{descriptor}").read_text()
