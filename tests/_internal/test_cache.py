"""The caches: shown, cleared, and nothing else touched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from zkcredit._internal.cache import CACHES, cache_folder, cache_use, clear_cache
from zkcredit.circuits.cache import cached_circuit
from zkcredit.errors import InvalidInput
from zkcredit.groth16 import load_or_create_dev_key, load_proving_key, save_proving_key
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path / "cache"))
    return tmp_path


def fill(folder: Path) -> None:
    circuit = compile_gadget(
        lambda api, x: api.assert_product(x.x, x.x, x.y), public={"y": 1}, private={"x": 1}
    )
    cached_circuit(circuit.name, lambda: circuit)
    save_proving_key(folder / "key.zkey", load_or_create_dev_key(circuit))
    load_proving_key(folder / "key.zkey")


def test_a_cache_that_is_not_there_is_empty() -> None:
    assert [(use.kind, use.files, use.bytes) for use in cache_use()] == [
        ("circuits", 0, 0),
        ("keys", 0, 0),
        ("checked", 0, 0),
    ]
    assert [use.files for use in clear_cache()] == [0, 0, 0]


def test_every_cache_is_shown_and_cleared(here: Path) -> None:
    fill(here)
    before = cache_use()
    assert [use.files for use in before] == [1, 1, 1]
    assert before[0].bytes > 100
    assert before[1].bytes > 100
    assert clear_cache() == before
    assert [use.files for use in cache_use()] == [0, 0, 0]
    fill(here)
    assert [use.files for use in cache_use()] == [1, 1, 1]


def test_what_is_not_ours_stays(here: Path) -> None:
    fill(here)
    foreign = []
    for kind in CACHES:
        folder = cache_folder(kind)
        foreign += [folder / "letter.txt", folder / "a.key", here / "outside.bin"]
        (folder / "inner.bin").mkdir()
    for path in foreign:
        path.write_text("mine")
    link = cache_folder("circuits") / "link.bin"
    link.symlink_to(here / "outside.bin")
    clear_cache()
    assert all(path.read_text() == "mine" for path in foreign)
    assert link.is_symlink()
    assert (cache_folder("keys") / "inner.bin").is_dir()


def test_what_a_crash_left_goes(here: Path) -> None:
    folder = cache_folder("keys")
    folder.mkdir(parents=True)
    (folder / ".zkcredit-0123456789abcdef.tmp").write_bytes(b"half")
    assert clear_cache()[1].files == 1
    assert os.listdir(folder) == []


def test_a_file_that_cannot_be_removed_is_a_typed_error(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(here)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(InvalidInput, match=r"cannot remove .*: Permission denied"):
        clear_cache()


def test_a_folder_that_cannot_be_read_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.glob", refuse)
    with pytest.raises(InvalidInput, match="cannot read the cache"):
        cache_use()


def test_the_commands_print_what_there_is(here: Path) -> None:
    from support.cli.cli_desk import run

    fill(here)
    shown = run("cache", "show", "--json").json
    assert shown["keys"]["files"] == 1
    assert shown["keys"]["folder"] == str(here / "cache" / "keys")
    assert run("cache", "clear", "--json").json == shown
    assert run("cache", "show", "--json").json["keys"]["bytes"] == 0
