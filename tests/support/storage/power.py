"""What a disk may hold after the power failed: recorded calls to files, and every disk they allow.

The calls of a child that writes into a folder are recorded. A disk is what the folder holds if the
power fails after one of them. What was written to a file counts for sure once the file was synced,
a name once its folder was. Of what was not, a disk has nothing, all, some of it in any
combination, or single writes in part, by sectors, with zeros where a longer file has no data.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from support.storage.tracing import Call, follow

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Disk", "Recorded", "disks", "lay_out", "record"]

Disk = dict[str, bytes]
"""Files by their names in the folder."""

_SECTOR: Final = 512
_CREATE, _TRUNCATE = os.O_CREAT, os.O_TRUNC


@dataclass(frozen=True, slots=True)
class _Data:
    """Bytes at a place of a file; None cuts the file, or fills it up, to a length."""

    file: int
    place: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class _Names:
    """Names that change at once: to a file, or None for a name that goes."""

    changed: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class _Sync:
    """A file whose data are safe from now on; None for the folder with its names."""

    file: int | None


_Op = _Data | _Names | _Sync


@dataclass
class Recorded:
    """What was done to a folder.

    Attributes:
        names: which file each name was at first.
        files: what each file held at first.
        ops: what happened, in order.
        code: the exit code of the child that did it.
    """

    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    ops: list[_Op] = field(default_factory=list)
    code: int | None = None


def record(folder: Path, action: Callable[[], object]) -> Recorded:
    """Run an action in a child, and record what it does to the files of a folder.

    Folders below it are left out.
    """
    made = Recorded()
    for number, path in enumerate(sorted(one for one in folder.iterdir() if one.is_file())):
        made.names[path.name], made.files[number] = number, path.read_bytes()
    recorder = _Recorder(str(folder.resolve()), made)

    def act() -> int:
        action()
        return 0

    made.code = follow(act, recorder.before, recorder.after).code
    return made


class _Recorder:
    def __init__(self, folder: str, made: Recorded) -> None:
        self._folder, self._made = folder, made
        self._names = dict(made.names)
        self._next = len(made.files)
        self._open: dict[int, int | None] = {}  # file behind a descriptor; None for the folder
        self._waiting: tuple[_Op, ...] = ()

    def before(self, call: Call) -> bool:
        self._waiting = ()
        a = call.arguments
        name = call.name
        if name in ("write", "pwrite64") and self._open.get(a[0]) is not None:
            place = call.position(a[0]) if name == "write" else a[3]
            self._wait(_Data(self._file(a[0]), place, call.memory(a[1], a[2])))
        elif name == "ftruncate" and self._open.get(a[0]) is not None:
            self._wait(_Data(self._file(a[0]), a[1], None))
        elif name in ("fsync", "fdatasync") and a[0] in self._open:
            self._wait(_Sync(self._open[a[0]]))
        elif name in ("unlink", "unlinkat"):
            self._moved(call, None, a[0] if name == "unlink" else a[1])
        elif name in ("rename", "link"):
            self._moved(call, a[0], a[1], gone=name == "rename")
        elif name in ("renameat", "renameat2", "linkat"):
            self._moved(call, a[1], a[3], gone=name != "linkat")
        elif name == "writev" and self._open.get(a[0]) is not None:
            raise AssertionError("a call that nobody reads")
        return False

    def after(self, call: Call) -> None:
        assert call.result is not None
        if call.result < 0:
            return
        for op in self._waiting:
            if isinstance(op, _Names):
                for name, file in op.changed:
                    if file is None:
                        self._names.pop(name, None)
                    else:
                        self._names[name] = file
            if isinstance(op, _Data) and op.content is not None:
                assert call.result == len(op.content), "a write was cut short"
            self._made.ops.append(op)
        if call.name == "close":
            self._open.pop(call.arguments[0], None)
        if call.name in ("openat", "open", "creat"):
            self._opened(call, call.result)

    def _opened(self, call: Call, descriptor: int) -> None:
        self._open.pop(descriptor, None)
        path = call.file(descriptor)
        if path == self._folder:
            self._open[descriptor] = None
            return
        name = self._inside(path)
        if name is None:
            return
        flags = call.arguments[2] if call.name == "openat" else call.arguments[1]
        if name not in self._names:
            assert flags & _CREATE, f"{name} came from nowhere"
            self._names[name], self._next = self._next, self._next + 1
            self._made.ops.append(_Names(((name, self._names[name]),)))
        elif flags & _TRUNCATE:
            self._made.ops.append(_Data(self._names[name], 0, None))
        self._open[descriptor] = self._names[name]

    def _moved(self, call: Call, old: int | None, new: int, *, gone: bool = False) -> None:
        target = self._inside(call.text(new))
        if target is None:
            return
        if old is None:
            self._wait(_Names(((target, None),)))
            return
        source = self._inside(call.text(old))
        if source in self._names:
            changed = [(target, self._names[source])]
            self._wait(_Names((*changed, (source, None)) if gone else tuple(changed)))

    def _inside(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        return name if folder == self._folder else None

    def _file(self, descriptor: int) -> int:
        file = self._open[descriptor]
        assert file is not None
        return file

    def _wait(self, *ops: _Op) -> None:
        self._waiting = ops


def disks(made: Recorded, dice: random.Random, drawn: int) -> Iterator[tuple[bool, Disk]]:
    """Yield the disks that a failing power may leave, each once.

    Whether it is what a killed process leaves, too, is said with it. After each call, ``drawn``
    disks with some of what is not synced are drawn, and as many with torn writes.
    """
    seen: set[int] = set()
    safe, waiting = _State(dict(made.names), dict(made.files)), list[_Op]()
    for place in range(len(made.ops) + 1):
        if place:
            op = made.ops[place - 1]
            if isinstance(op, _Sync):
                kept = [one for one in waiting if not _synced(one, op.file)]
                safe.play(one for one in waiting if _synced(one, op.file))
                waiting = kept
            else:
                waiting.append(op)
        draws = drawn if waiting else 0
        wanted = [(True, waiting), (False, [])]
        wanted += [(False, _some(waiting, dice)) for _ in range(draws)]
        wanted += [(False, _torn(waiting, dice)) for _ in range(draws)]
        for killed, ops in wanted:
            disk = safe.after(ops)
            mark = hash(tuple(sorted(disk.items())))
            if mark not in seen:
                seen.add(mark)
                yield killed, disk


@dataclass
class _State:
    names: dict[str, int]
    files: dict[int, bytes]

    def play(self, ops: Iterable[_Op]) -> None:
        for op in ops:
            if isinstance(op, _Names):
                for name, file in op.changed:
                    if file is None:
                        self.names.pop(name, None)
                    else:
                        self.names[name] = file
            elif isinstance(op, _Data):
                self.files[op.file] = _written(self.files.get(op.file, b""), op)

    def after(self, ops: Iterable[_Op]) -> Disk:
        later = _State(dict(self.names), dict(self.files))
        later.play(ops)
        return {name: later.files.get(file, b"") for name, file in later.names.items()}


def _written(held: bytes, op: _Data) -> bytes:
    if op.content is None:
        return held[: op.place].ljust(op.place, b"\0")
    end = op.place + len(op.content)
    return held[: op.place].ljust(op.place, b"\0") + op.content + held[end:]


def _synced(op: _Op, file: int | None) -> bool:
    if isinstance(op, _Names):
        return file is None
    return isinstance(op, _Data) and op.file == file


def _some(ops: list[_Op], dice: random.Random) -> list[_Op]:
    likely = dice.choice([0.2, 0.5, 0.8])
    return [op for op in ops if dice.random() < likely]


def _torn(ops: list[_Op], dice: random.Random) -> list[_Op]:
    """Some of the writes, single ones only in some of their sectors; at least one is torn."""
    found: list[_Op] = []
    writes = [number for number, op in enumerate(ops) if isinstance(op, _Data) and op.content]
    chosen = dice.choice(writes) if writes else -1
    for number, op in enumerate(ops):
        if number == chosen or (isinstance(op, _Data) and op.content and dice.random() < 0.3):
            assert isinstance(op, _Data)
            found += _pieces(op, dice)
        elif dice.random() < 0.7:
            found.append(op)
    return found


def _pieces(op: _Data, dice: random.Random) -> list[_Op]:
    assert op.content is not None
    end = op.place + len(op.content)
    kind = dice.randrange(3)
    if kind == 0:  # a prefix, to the byte
        return [_Data(op.file, op.place, op.content[: dice.randrange(len(op.content))])]
    first = op.place - op.place % _SECTOR
    found: list[_Op] = []
    for sector in range(first, end, _SECTOR):
        start, stop = max(sector, op.place), min(sector + _SECTOR, end)
        if dice.random() < 0.5:
            found.append(_Data(op.file, start, op.content[start - op.place : stop - op.place]))
    if kind == 2:  # the file is as long as it will be, and parts of it are zeros
        found.append(_Data(op.file, end - 1, op.content[-1:]))
    return found


def lay_out(disk: Disk, folder: Path) -> None:
    """Make a folder hold what a disk holds."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in disk.items():
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o600)
