"""Every call to a file fails once, in every way of opening and writing a file of ours.

What is asked: the error is that the machine failed, and never that a file is damaged or that
somebody lacks a permission; and the file is as it was, or, if the call came after the change was
on the disk, as it should become.
"""

from __future__ import annotations

import errno
import os
import shutil
import warnings
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from support.storage.faults import failing
from support.storage.power_rounds import WRITINGS

from zkcredit.errors import MachineError, ZkCreditError

if TYPE_CHECKING:
    from support.storage.power_rounds import Writing

__all__ = ["FAULTS", "fail", "round_of"]

FAULTS: Final = (errno.EIO, errno.ENOSPC)
_AFTERWARDS: Final = frozenset({"fsync", "fdatasync", "fcntl", "openat", "newfstatat", "unlink"})
"""Calls that also come after a change is on the disk."""

_STEPS: Final = frozenset({
    "outbox created", "outbox written", "book created", "book written", "list published",
})  # fmt: skip
"""What is done in several steps, each whole by itself."""


def fail(name: str, code: int, first: int = 1, stride: int = 1) -> dict[str, int]:
    """Let every ``stride``-th call of one writing fail, from one call on.

    Raises:
        AssertionError: if another error comes, or the file is not as it was.
    """
    writing = WRITINGS[name]
    counts: Counter[str] = Counter()
    with TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        origin, work = Path(place).resolve() / "origin", Path(place).resolve() / "work"
        origin.mkdir()
        writing.before(origin)
        old = repr(writing.look(origin))
        number = first
        while True:
            shutil.copytree(origin, work)
            said, call = _done(writing, work, number, code)
            if not call:
                return dict(counts) | {name: counts["calls"]}
            now = repr(writing.look(work))
            what = f"{name}, {errno.errorcode[code]} at call {number} ({call}): {said}; then {now}"
            if said:
                assert said.startswith("MachineError: the machine failed"), what
                assert now == old or call in _AFTERWARDS or name in _STEPS, what
                if writing.creates and now == "None":
                    writing.act(work)
                    assert repr(writing.look(work)) != "None", what
            else:
                assert now != old or name == "outbox migrated", what
            counts.update({"calls": 1, "told": bool(said)})
            shutil.rmtree(work)
            number += stride


def _done(writing: Writing, work: Path, number: int, code: int) -> tuple[str, str]:
    """Write with one fault; the error's kind and text, or "", and the call that failed, or ""."""
    out, into = os.pipe()

    def act() -> int:
        try:
            writing.act(work)
        except ZkCreditError as error:
            kind = "MachineError" if isinstance(error, MachineError) else type(error).__name__
            os.write(into, f"{kind}: {error}".encode())
        return 0

    failed = failing(act, work, number, code)
    os.close(into)
    with open(out, "rb") as told:
        said = told.read().decode()
    assert failed.code == 0, f"an error that is not ours, at call {number} ({failed.call})"
    return said, failed.call


def round_of(number: int) -> dict[str, int]:
    """Let every call of one writing fail."""
    name = sorted(WRITINGS)[number % len(WRITINGS)]
    counts: Counter[str] = Counter()
    for code in FAULTS:
        counts.update(fail(name, code))
    return dict(counts)
