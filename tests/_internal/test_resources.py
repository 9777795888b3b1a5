from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zkcredit._internal import resources
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    resources.folder.cache_clear()
    yield
    resources.folder.cache_clear()


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site" / "zkcredit"
    folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def test_the_checkout_is_found() -> None:
    top = resources.checkout()
    assert top == Path(__file__).parents[2]
    assert resources.folder("circuits") == top / "circuits"
    assert resources.folder("abi") == top / "contracts" / "abi"


def test_an_installed_package_uses_its_own_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(tmp_path, monkeypatch)
    for name in ("circuits", "abi"):
        (folder / "_data" / name).mkdir(parents=True)
    # Folders of the same name beside an installed package belong to somebody else.
    (folder.parent / "circuits").mkdir()
    (folder.parent / "contracts" / "abi").mkdir(parents=True)
    assert resources.checkout() is None
    assert resources.folder("circuits") == folder / "_data" / "circuits"
    assert resources.folder("abi") == folder / "_data" / "abi"


def test_missing_data_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    for name in ("circuits", "abi"):
        with pytest.raises(InvalidInput):
            resources.folder(name)
