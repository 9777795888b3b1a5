"""What is not installed is told with the line that installs it."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from support.cli.cli_desk import run

import zkcredit
from zkcredit._internal import secp256k1
from zkcredit._internal.extras import EXTRA_OF, extra, missing_extra
from zkcredit.bn254 import curve
from zkcredit.errors import MissingExtra

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPLOYMENT = ROOT / "fuzz" / "corpus" / "deployment" / "good-0"
INSTALLED = {"Crypto", "mnemonic", "numpy", "platformdirs", "rich", "typer", "_typeshed"}


def imported() -> set[str]:
    """The modules outside the standard library that the package imports."""
    found: set[str] = set()
    for path in Path(zkcredit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"zkcredit"}


def test_every_import_is_a_dependency_or_belongs_to_an_extra() -> None:
    assert imported() - INSTALLED == EXTRA_OF.keys()
    assert set(EXTRA_OF.values()) <= PROJECT["optional-dependencies"].keys()


def test_the_page_about_installing_names_every_extra() -> None:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text()
    told = re.findall(r"^\| `zkcredit\[(\w+)\]` \| .+ \|$", page, re.MULTILINE)
    assert sorted(told) == sorted(PROJECT["optional-dependencies"])


def test_an_installation_brings_no_oracle() -> None:
    listed = json.loads((ROOT / "release" / "sbom.cdx.json").read_text())["components"]
    assert not {"py-ecc", "pydantic", "cytoolz"} & {part["name"] for part in listed}


@pytest.mark.parametrize("module", EXTRA_OF)
def test_the_error_has_the_line_that_installs_the_extra(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as caught, extra(EXTRA_OF[module], "this"):
        __import__(module)
    assert caught.value.extra == EXTRA_OF[module]
    assert f"pip install 'zkcredit[{EXTRA_OF[module]}]'" in str(caught.value)


def test_the_slow_verifier_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py_ecc", None)
    with pytest.raises(MissingExtra) as caught:
        curve.add(curve.G1_GENERATOR, curve.G1_GENERATOR)
    with pytest.raises(MissingExtra) as alike, extra("oracle", "slow BN254"):
        __import__("py_ecc")
    assert (str(caught.value), caught.value.extra) == (str(alike.value), "oracle")


def test_a_signature_of_an_account_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "eth_keys", None)
    with pytest.raises(MissingExtra, match=r"zkcredit\[chain\]"):
        secp256k1.address_of(bytes(31) + b"\1")


@pytest.mark.parametrize("module", ["zkcredit.nothing", "nothing_of_ours"])
def test_another_missing_module_is_a_bug_and_stays_one(module: str) -> None:
    with pytest.raises(ModuleNotFoundError), extra("chain", "this"):
        __import__(module)
    assert missing_extra(ImportError("a broken package")) is None


def test_a_command_without_the_extra_exits_with_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "web3"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "web3", None)
    place = "--node", "http://127.0.0.1:9", "--deployment", DEPLOYMENT
    told = run("loan", "show", 1, *place, "--json")
    assert (told.code, json.loads(told.err)["extra"]) == (2, "chain")


def test_an_arbiter_without_the_extra_is_told_and_has_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "eth_keys", None)
    password = tmp_path / "a.pw"
    password.write_text("one correct horse\n")
    password.chmod(0o600)
    made = tmp_path / "a.zkc", "--name", "Ombudsman", "--out", tmp_path / "a.card"
    told = run("escrow", "new", *made, "--password-file", password, "--json")
    assert (told.code, json.loads(told.err)["extra"]) == (2, "chain")
    assert list(tmp_path.iterdir()) == [password]


def test_the_guard_of_all_commands_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ModuleNotFoundError("no", name="eth_keyfile.keyfile")

    monkeypatch.setattr("zkcredit.cli.doctor.doctor", fails)
    told = run("doctor")
    assert (told.code, "zkcredit[chain]" in told.err) == (2, True)
