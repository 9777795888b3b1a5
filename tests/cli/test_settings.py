"""Defaults from ``zkcredit.toml`` and from variables, and what is refused in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import run

import zkcredit.cli.account as account
from zkcredit.cli.settings import read_settings, settings_of
from zkcredit.errors import InvalidInput, MalformedFile, NodeUnavailable

if TYPE_CHECKING:
    from pathlib import Path

ROLES = ("verifier", "registry", "gate", "market", "lens", "relay")
DEPLOYMENT = json.dumps(
    {"format": "zkcredit-deployment/2", "chain_id": 31337, "network": "31337:" + 64 * "0",
     "block": 1, **{name: "0x" + 40 * str(place) for place, name in enumerate(ROLES, 1)}}
)  # fmt: skip
WHOLE = """
profile = "village"

[profiles.village]
node = ["http://one", "http://two"]
deployment = "village.json"
confirmations = 7

[profiles.other]
node = "http://three"
keyring = true

[profiles.empty]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings that a variable names, and the present folder is another one."""
    (tmp_path / "settings").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "settings" / "zkcredit.toml").write_text(WHOLE)
    (tmp_path / "settings" / "village.json").write_text(DEPLOYMENT)
    monkeypatch.setenv("ZKCREDIT_CONFIG", str(tmp_path / "settings" / "zkcredit.toml"))
    for name in ("ZKCREDIT_NODE", "ZKCREDIT_DEPLOYMENT", "ZKCREDIT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "settings"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The URLs that commands ask, in order; no node is there."""
    found: list[list[str]] = []

    def connect(urls: list[str]) -> Any:
        found.append(urls)
        raise NodeUnavailable("no node in this test")

    monkeypatch.setattr(account, "_connect", connect)
    return found


def test_a_profile_names_node_and_deployment(folder: Path, asked: list[list[str]]) -> None:
    assert run("registry", "status").code == 5
    assert asked == [["http://one", "http://two"]]


def test_an_option_is_stronger_than_a_variable_and_that_than_a_profile(
    folder: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZKCREDIT_NODE", "http://four  http://five")
    assert run("registry", "status").code == 5
    assert run("registry", "status", "--node", "http://six").code == 5
    assert asked == [["http://four", "http://five"], ["http://six"]]
    monkeypatch.setenv("ZKCREDIT_DEPLOYMENT", "missing.json")
    told = run("registry", "status")
    assert (told.code, "missing.json" in told.err) == (2, True)
    village = folder / "village.json"
    assert run("registry", "status", "--deployment", village).code == 5


def test_a_profile_is_chosen_by_option_variable_or_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of()["node"] == ["http://one", "http://two"]
    assert settings_of()["deployment"] == str(folder / "village.json")
    monkeypatch.setenv("ZKCREDIT_PROFILE", "other")
    assert settings_of() == {"node": ["http://three"], "keyring": True}
    assert settings_of("empty") == {}


def test_without_a_default_an_option_is_required(folder: Path) -> None:
    told = run("--profile", "empty", "registry", "status", "--json")
    assert told.code == 2
    assert json.loads(told.err)["message"] == "Missing option '--node'."
    told = run("--profile", "other", "registry", "status")
    assert "Missing option '--deployment'" in told.stderr


def test_settings_in_the_present_folder_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZKCREDIT_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zkcredit.toml").write_text(WHOLE)
    assert settings_of() == {}
    (tmp_path / "config" / "zkcredit").mkdir(parents=True)
    (tmp_path / "config" / "zkcredit" / "zkcredit.toml").write_text(WHOLE)
    assert settings_of()["confirmations"] == 7


@pytest.mark.parametrize("profile", ["nothing", "", "villages", "x" * 500])
def test_a_profile_that_there_is_not_is_refused(folder: Path, profile: str) -> None:
    told = run("--profile", profile, "registry", "status")
    if profile:
        assert (told.code, "known: village, other, empty" in told.err) == (2, True)
    with pytest.raises(InvalidInput, match="no profile"):
        read_settings(None, profile or "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile = ", "not TOML"),
        ("\xff", "not TOML"),
        ("node = 'http://one'", "not 'node'"),
        ("profiles = 3", "must be tables"),
        ("[profiles]\nvillage = 3", "must be tables"),
        ("profile = 3\n[profiles.a]", "no profile '3'"),
        ("profile = 'b'\n[profiles.a]", "no profile 'b'; known: a"),
        ("profile = 'a'", "known: none"),
        ("profile = 'a'\n[profiles.a]\nport = 3", "unknown setting 'port'"),
        ("profile = 'a'\n[profiles.a]\npassword = 'x'", "unknown setting 'password'"),
        ("profile = 'a'\n[profiles.a]\nnode = 3", "a URL, or a list"),
        ("profile = 'a'\n[profiles.a]\nnode = []", "a URL, or a list"),
        ("profile = 'a'\n[profiles.a]\nnode = [3]", "a URL, or a list"),
        ("profile = 'a'\n[profiles.a]\ndeployment = 3", "a file's name"),
        ("profile = 'a'\n[profiles.a]\nconfirmations = true", "0 to 1000"),
        ("profile = 'a'\n[profiles.a]\nconfirmations = 1001", "0 to 1000"),
        ("profile = 'a'\n[profiles.a]\nconfirmations = -1", "0 to 1000"),
        ("profile = 'a'\n[profiles.a]\nkeyring = 'yes'", "true or false"),
    ],
)
def test_what_is_not_a_file_of_settings_is_refused(folder: Path, text: str, said: str) -> None:
    path = folder / "zkcredit.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises((InvalidInput, MalformedFile), match=said) as refused:
        settings_of()
    assert refused.value.file == str(path)
    told = run("registry", "status", "--json")
    assert (told.code, json.loads(told.err)["file"]) == (2, str(path))


def test_a_file_that_a_variable_names_must_be_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZKCREDIT_CONFIG", str(folder / "gone.toml"))
    assert run("registry", "status").code == 2
    monkeypatch.setenv("ZKCREDIT_CONFIG", str(folder))
    assert run("registry", "status").code == 2


def test_commands_that_need_no_default_read_no_settings(folder: Path) -> None:
    (folder / "zkcredit.toml").write_text("nonsense")
    assert run("circuit", "list").code == 0
    assert run("registry", "status", "--help").code == 0
    assert run("-h").code == 0
