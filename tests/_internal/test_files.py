from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from zkcredit._internal import files
from zkcredit.errors import InvalidInput, MachineError, MalformedFile, OutOfMemory


class Killed(BaseException):
    """Stands for the death of the process at a system call."""


CALLS = ("open", "write", "fchmod", "fsync", "close", "replace", "rename", "link", "unlink")


def killed_at(
    monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException, *, lasting: bool = False
) -> list[str]:
    """Let a write fail at a system call, or at all from it on; returns the calls made."""
    made: list[str] = []

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            made.append(name)
            if len(made) == step or (lasting and len(made) > step):
                if name == "close":
                    real(*args, **kwargs)
                raise error
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    for name in CALLS:
        wrap(name)
    return made


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("step", range(1, 10))
@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_failure_at_any_call_leaves_the_old_bytes_or_the_new_ones(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
    error: BaseException,
    overwrite: bool,
) -> None:
    target = tmp_path / "key"
    if overwrite:
        files.write_atomic(target, b"old" * 100)
    with monkeypatch.context() as patch:
        made = killed_at(patch, step, error)
        try:
            files.write_atomic(target, b"new" * 200, overwrite=overwrite)
        except (Killed, MachineError):
            assert len(made) >= step
            failed = made[step - 1] != "unlink"
        else:
            failed = False
    content = target.read_bytes() if target.exists() else b""
    # A write that failed changed nothing; what is left over to tidy up is not a failure.
    assert content == (b"old" * 100 if overwrite else b"") if failed else b"new" * 200
    if "unlink" not in made[step - 1 : step]:
        assert [p for p in tmp_path.iterdir() if p != target] == []


TWO = (b"old proof", b"old inputs"), (b"new proof, longer", b"new inputs, longer")


@pytest.mark.parametrize("there", [(), (0,), (1,), (0, 1)])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("lasting", [False, True])
def test_files_that_belong_together_change_together_whatever_call_fails(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: tuple[int, ...],
    code: int,
    lasting: bool,
) -> None:
    """Every call fails once, and every call from one on: the old pair stays, or the new is there.

    If the machine goes on failing, what was moved aside is kept, and the error names it.
    """
    paths = [tmp_path / "proof", tmp_path / "public"]
    before = {paths[i]: TWO[0][i] for i in there}
    after = dict(zip(paths, TWO[1], strict=True))
    for step in range(1, 60):
        for path in tmp_path.iterdir():
            path.unlink()
        for path, data in before.items():
            path.write_bytes(data)
        with monkeypatch.context() as patch:
            made = killed_at(patch, step, OSError(code, os.strerror(code)), lasting=lasting)
            try:
                files.write_together(list(after.items()))
                failed = ""
            except MachineError as error:
                failed = str(error)
        now = {path: path.read_bytes() for path in paths if path.exists()}
        kept = {path.read_bytes() for path in tmp_path.iterdir()}
        if not failed:
            assert now == after
        elif "what is kept" not in failed:
            assert now == before
            assert "the machine failed" in failed
        assert failed or now == after
        assert not (now.get(paths[0]) == TWO[0][0] and now.get(paths[1]) == TWO[1][1])
        assert not (now.get(paths[0]) == TWO[1][0] and now.get(paths[1]) == TWO[0][1])
        assert now == after or kept >= set(before.values())
        if len(made) < step:
            assert not failed
            return
    raise AssertionError("it never ended")


@pytest.mark.parametrize("there", [(), (0, 1)])
def test_files_that_belong_together_are_never_mixed_by_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: tuple[int, ...]
) -> None:
    paths = [tmp_path / "proof", tmp_path / "public"]
    seen: set[tuple[bytes | None, ...]] = set()

    def look(*_: object) -> None:
        seen.add(tuple(path.read_bytes() if path.exists() else None for path in paths))

    for i in there:
        paths[i].write_bytes(TWO[0][i])
    for name in CALLS:
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _real=real, **k: (look(), _real(*a, **k))[1])
    files.write_together(list(zip(paths, TWO[1], strict=True)))
    look()
    assert TWO[1] in seen
    assert not any(TWO[0][0] in one and TWO[1][1] in one for one in seen)
    assert not any(TWO[1][0] in one and TWO[0][1] in one for one in seen)


def test_one_file_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "one")
    with pytest.raises(InvalidInput, match="the same file"):
        files.write_together([(tmp_path / "one", b"1"), (tmp_path / "link", b"2")])
    assert not (tmp_path / "one").exists()


def test_the_order_is_data_flush_rename_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        made = killed_at(patch, -1, Killed())
        files.write_atomic(tmp_path / "a", b"x")
    assert made == [
        "open", "write", "fchmod", "fsync", "close", "replace", "open", "fsync", "close",
        "unlink", "unlink",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", [files.PRIVATE, files.PUBLIC])
def test_the_mode_is_as_asked_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    old = os.umask(0o077)
    try:
        files.write_atomic(tmp_path / "a", b"x", mode=mode)
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_a_file_is_private_before_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "umask", os.umask)
        seen: list[int] = []
        real = os.write

        def spy(descriptor: int, data: Any) -> int:
            seen.append(os.fstat(descriptor).st_mode & 0o777)
            return real(descriptor, data)

        patch.setattr(os, "write", spy)
        files.write_atomic(tmp_path / "a", b"x", mode=files.PUBLIC)
    assert seen == [0o600]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    real, link = tmp_path / "folder" / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    files.write_atomic(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data[:7])))
    files.write_atomic(tmp_path / "a", bytes(range(100)))
    assert files.read_limited(tmp_path / "a", 100) == bytes(range(100))


def test_an_existing_file_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "a", b"old", overwrite=False)
    with pytest.raises(InvalidInput, match="exists"):
        files.write_atomic(tmp_path / "a", b"new", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_paths_that_cannot_be_written_give_the_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for bad in ("missing/a", "file/a", "x" * 300, "nul\0"):
        with pytest.raises(InvalidInput, match="cannot write"):
            files.write_atomic(f"{tmp_path}/{bad}", b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match="cannot write"):
        files.write_atomic(tmp_path / "folder", b"x")
    assert {p.name for p in tmp_path.iterdir()} == {"file", "folder"}


def test_the_longest_legal_name_can_be_written(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / ("n" * 255), b"x")


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    assert len(files.read_limited(tmp_path / "a", 100)) == 100
    with pytest.raises(MalformedFile, match="100 bytes"):
        files.read_limited(tmp_path / "a", 99)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for bad in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "missing", "nul\0"):
        with pytest.raises(InvalidInput, match="cannot read"):
            files.read_limited(bad, 1 << 30)


def test_a_mapped_file_is_what_is_read_and_needs_no_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 10_000)
    view = files.map_readonly(tmp_path / "a")
    assert bytes(view) == files.read_limited(tmp_path / "a", 1 << 20)
    assert view.readonly
    files.write_atomic(tmp_path / "a", b"new")  # the old file lives as long as it is mapped
    assert bytes(view[-3:]) == b"abc"
    (tmp_path / "empty").touch()
    assert bytes(files.map_readonly(tmp_path / "empty")) == b""


def test_only_regular_files_are_mapped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for bad in (tmp_path, tmp_path / "none", tmp_path / "pipe", "/dev/zero", "a\0b"):
        with pytest.raises(InvalidInput, match="cannot read"):
            files.map_readonly(bad)


def test_a_file_that_does_not_fit_the_address_space_gives_the_typed_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(files.mmap, "mmap", full)
    with pytest.raises(OutOfMemory, match="no memory to read"):
        files.map_readonly(tmp_path / "a")
