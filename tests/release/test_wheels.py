"""The wheels' table, and what stops a release."""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.scripts import script

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


@pytest.fixture
def wheels(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "release"))
    monkeypatch.delitem(sys.modules, "trial", raising=False)
    return script("release/wheels.py")


def test_each_processor_has_wheels_for_both_c_libraries(wheels: Any) -> None:
    names = {system.name for system in wheels.SYSTEMS}
    assert names == {
        f"{kind}_{processor}"
        for kind in ("manylinux_2_27", "musllinux_1_2")
        for processor in ("x86_64", "aarch64")
    }
    for system in wheels.SYSTEMS:
        assert system.target.startswith(f"{system.processor}-linux-{system.libc}")
        version = system.target.partition("gnu.")[2]
        assert version == "" or system.platform.endswith(version.replace(".", "_"))


def test_the_wheel_of_the_stable_abi_starts_where_the_settings_say(wheels: Any) -> None:
    assert SETTINGS["scikit-build"]["wheel"]["py-api"] == "cp312"
    built = {f"{wheels.Interpreter('p', (3, minor)).abi}" for minor in (11, 12, 13, 14)}
    assert built == {"cp311-cp311", "cp312-abi3"}
    kinds = [name.removesuffix("-*") for name in SETTINGS["cibuildwheel"]["build"]]
    assert kinds == sorted(abi.partition("-")[0] for abi in built)


def test_a_wheel_of_musl_names_the_library_as_its_systems_do(wheels: Any) -> None:
    named = {system.name: system.musl for system in wheels.SYSTEMS}
    assert named == {
        "manylinux_2_27_x86_64": "",
        "manylinux_2_27_aarch64": "",
        "musllinux_1_2_x86_64": "libc.musl-x86_64.so.1",
        "musllinux_1_2_aarch64": "libc.musl-aarch64.so.1",
    }


@pytest.mark.parametrize(
    ("found", "claimed", "right"),
    [
        ("manylinux_2_27_x86_64", "manylinux_2_27_x86_64", True),
        ("manylinux_2_5_x86_64", "manylinux_2_27_x86_64", True),
        ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", False),
        ("manylinux_3_1_x86_64", "manylinux_2_27_x86_64", False),
        ("manylinux_2_17_aarch64", "manylinux_2_27_x86_64", False),
        ("musllinux_1_1_x86_64", "manylinux_2_27_x86_64", False),
        ("linux_x86_64", "manylinux_2_27_x86_64", False),
        ("musllinux_1_2_aarch64", "musllinux_1_2_aarch64", True),
    ],
)
def test_a_wheel_may_run_on_older_systems_only(
    wheels: Any, found: str, claimed: str, right: bool
) -> None:
    assert wheels.older(found, claimed) is right


def test_the_newest_symbol_of_each_library_is_told(wheels: Any) -> None:
    versions = {"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.3"], "libm.so.6": []}
    assert wheels.symbols(versions) == "libc.so.6 GLIBC_2.14"
    assert wheels.symbols({}) == ""


def test_a_path_of_the_machine_is_found_in_a_wheel(wheels: Any, tmp_path: Path) -> None:
    wheel = tmp_path / "w.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("a.so", b"\x7fELF /home/somebody/x.cpp\0")
        opened.writestr("b.py", b"")
    assert wheels.mentions(wheel, b"/home/somebody") == ["a.so"]
    assert wheels.mentions(wheel, b"/home/nobody") == []


@pytest.mark.parametrize(
    ("pythons", "says"),
    [
        (["/nowhere/python"], "does not run"),
        (["/bin/false"], "does not run"),
        ([], "no Python 3.11 was named"),
    ],
)
def test_pythons_that_cannot_build_are_refused(wheels: Any, pythons: list[str], says: str) -> None:
    with pytest.raises(wheels.Fault, match=says):
        wheels.interpreters(pythons)


def answering(folder: Path, answer: str) -> str:
    """A Python that answers every question in one way."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\necho {answer}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("3 11 cpython 0 False", "lacks its headers"),
        ("3 13 cpython 1 True", "usual ABI"),
        ("3 11 pypy 0 True", "is not CPython"),
        ("3 10 cpython 0 True", "no Python 3.11 was named"),
        ("3 11 cpython 0 True", "no Python 3.12 or later was named"),
        ("3 12 cpython 0 True", "no Python 3.11 was named"),
    ],
)
def test_pythons_of_another_kind_are_refused(
    wheels: Any, tmp_path: Path, answer: str, says: str
) -> None:
    with pytest.raises(wheels.Fault, match=says):
        wheels.interpreters([answering(tmp_path, answer)])


def test_nothing_of_the_user_decides_what_is_built(
    wheels: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CXXFLAGS", "LDFLAGS", "CXX", "CMAKE_ARGS", "PYTHONPATH", "SKBUILD_CMAKE_ARGS"):
        monkeypatch.setenv(name, "other")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    variables = wheels.environment(tmp_path)
    assert "other" not in variables.values()
    assert variables["SOURCE_DATE_EPOCH"] == "1"


def test_a_wheel_lists_the_library_that_is_compiled_into_it(
    wheels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels.importlib.metadata, "version", lambda _: "9.9")
    before = json.loads((ROOT / "release" / "sbom.cdx.json").read_text())
    after = json.loads(wheels.with_zig(json.dumps(before)))
    (added,) = (part for part in after["components"] if part not in before["components"])
    assert added["purl"] == "pkg:pypi/ziglang@9.9"
    root = before["metadata"]["component"]["bom-ref"]
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in after["dependencies"]}
    assert added["bom-ref"] in graph[root]
    assert graph[added["bom-ref"]] == []


def test_the_trial_runs_the_proof_of_the_readme(wheels: Any) -> None:
    proof = wheels.trial.first_proof()
    assert "wallet.prove(request" in proof
    assert "verify(presentation, request, key.verifying_key)" in proof


def test_every_kind_of_wheel_has_a_debian_to_be_tried_in(wheels: Any) -> None:
    assert list(wheels.trial.DEBIAN) == ["cp311-cp311", "cp312-abi3"]


def test_a_wheel_of_an_unknown_system_says_that_it_was_not_tried(wheels: Any) -> None:
    seen = wheels.trial.tried(Path("zkcredit-1-cp312-abi3-musllinux_1_2_riscv64.whl"), [])
    assert seen == {"tried": ["not tried: this machine has no such system"]}
