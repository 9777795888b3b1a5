"""The points of a key file are checked once, and never for a file that failed or changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from support.formats import snarkjs_toy as toy

from zkcredit.errors import MalformedFile, UnsafeKey
from zkcredit.groth16 import checked_keys as checked
from zkcredit.groth16 import keyfile, keys

if TYPE_CHECKING:
    from pathlib import Path

GOOD = toy.data("ceremony.zkey")
# The last bytes of section 5, A: a coordinate of another point.
BAD = toy.edited(GOOD, 5, len(dict(toy.sections(GOOD))[5]) - 32, bytes(31) + b"\1")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    seen: list[object] = []
    real = keys.require_safe_proving_key

    def counting(**parts: Any) -> None:
        seen.append(parts["a"])
        real(**parts)

    monkeypatch.setattr(keys, "require_safe_proving_key", counting)
    return seen


def file(folder: Path, data: bytes = GOOD, name: str = "key.zkey") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_file_is_checked_once(tmp_path: Path, checks: list[object]) -> None:
    keyfile.load_proving_key(file(tmp_path))
    keyfile.load_proving_key(file(tmp_path))
    keyfile.load_proving_key(file(tmp_path, name="copy.zkey"))
    assert len(checks) == 1


def test_another_file_is_checked(tmp_path: Path, checks: list[object]) -> None:
    keyfile.load_proving_key(file(tmp_path))
    longer = toy.join(GOOD, [*toy.sections(GOOD), (77, b"more")])
    keyfile.load_proving_key(file(tmp_path, longer))
    assert len(checks) == 2


def test_a_bad_file_is_refused_every_time(tmp_path: Path, checks: list[object]) -> None:
    for _ in range(3):
        with pytest.raises(UnsafeKey, match="not on its curve"):
            keyfile.load_proving_key(file(tmp_path, BAD))
    assert len(checks) == 3
    assert not list((tmp_path / "cache").rglob("*.v1"))


def test_a_file_that_was_checked_is_still_parsed(tmp_path: Path, checks: list[object]) -> None:
    broken = GOOD[:-1]
    checked.remember(hashlib.sha256(broken).hexdigest())
    with pytest.raises(MalformedFile):
        keyfile.load_proving_key(file(tmp_path, broken))
    forgeable = toy.data("uncontributed.zkey")
    checked.remember(hashlib.sha256(forgeable).hexdigest())
    with pytest.raises(UnsafeKey):
        keyfile.load_proving_key(file(tmp_path, forgeable))
    assert not checks


def test_bytes_are_checked_every_time(checks: list[object]) -> None:
    keyfile.loads(GOOD)
    keyfile.loads(GOOD)
    assert len(checks) == 2


def test_the_caller_may_do_without_the_check(tmp_path: Path, checks: list[object]) -> None:
    keyfile.load_proving_key(file(tmp_path), check_points=False)
    assert not checks
    keyfile.load_proving_key(file(tmp_path))
    assert len(checks) == 1


def test_a_stricter_check_begins_anew(
    tmp_path: Path, checks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyfile.load_proving_key(file(tmp_path))
    monkeypatch.setattr(checked, "_CHECK", "v2")
    keyfile.load_proving_key(file(tmp_path))
    assert len(checks) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, checks: list[object]
) -> None:
    (tmp_path / "cache").write_text("not a folder")
    for _ in range(2):
        keyfile.load_proving_key(file(tmp_path))
    assert len(checks) == 2


def test_the_cache_is_private(tmp_path: Path) -> None:
    keyfile.load_proving_key(file(tmp_path))
    (noted,) = (tmp_path / "cache" / "checked").iterdir()
    assert noted.stat().st_mode & 0o777 == 0o600
    assert noted.stat().st_size == 0
