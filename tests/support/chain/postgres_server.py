"""A PostgreSQL server of a test's own: in a folder, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HAS_SERVER", "Server", "postgres_server"]


def _programs() -> Path | None:
    found = shutil.which("initdb")
    folders = (
        [str(Path(found).resolve().parent)] if found else sorted(glob("/usr/lib/postgresql/*/bin"))
    )
    return Path(folders[-1]) if folders else None


HAS_SERVER = _programs() is not None
"""Whether this machine has PostgreSQL's programs."""


class Server:
    """A running server.

    Attributes:
        folder: where it keeps everything.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        # the server refuses to run as root
        root = os.geteuid() == 0
        self._user = pwd.getpwnam("postgres").pw_name if root else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", str(folder / "data"), "-U", "zk", "-A", "trust", "--no-sync")
        self.start()

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._programs / program), *words],
            user=self._user, cwd=self.folder, check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = str(self.folder / "data")
        options = f"-c listen_addresses= -c fsync=off -k {self.folder}"
        self._run("pg_ctl", "-D", data, "-w", "-s", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-s", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        """The URL of a new, empty database."""
        self._run("createdb", "-h", str(self.folder), "-U", "zk", database)
        return f"postgresql://zk@{quote(str(self.folder), safe='')}/{database}"


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Run a server for a while."""
    programs = _programs()
    assert programs is not None
    folder = Path(mkdtemp(prefix="zkcredit-pg-"))
    try:
        server = Server(folder, programs)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
