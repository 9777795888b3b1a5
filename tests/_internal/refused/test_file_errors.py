"""An error about a file's content names the file, and the line of the member that it names."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run
from support.formats.snarkjs_toy import FOLDER

from zkcredit._internal.json import parse
from zkcredit._internal.refused.file_errors import FileBytes, in_file
from zkcredit.errors import InvalidInput, MachineError, MalformedFile, UnsafeKey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", [InvalidInput, MalformedFile, UnsafeKey])
def test_an_error_about_the_content_names_the_file(kind: type[InvalidInput]) -> None:
    with pytest.raises(kind) as caught, in_file("here.json"):
        raise kind("lacks a member")
    assert caught.value.file == "here.json"
    assert str(caught.value) == "here.json: lacks a member"
    assert str(pickle.loads(pickle.dumps(caught.value))) == "here.json: lacks a member"


def test_the_innermost_file_counts_and_a_name_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught, in_file("outer"), in_file("inner"):
        raise InvalidInput("cannot read inner")
    assert (caught.value.file, str(caught.value)) == ("inner", "cannot read inner")


def test_an_error_of_the_machine_is_not_about_the_content() -> None:
    with pytest.raises(MachineError) as caught, in_file("here"):
        raise MachineError("the disk is full")
    assert caught.value.file == ""


def test_a_member_that_is_named_has_its_line() -> None:
    data = b'{\n "policy": {},\n "nonce": 7\n}'
    with pytest.raises(MalformedFile) as caught, in_file("r.json", data):
        raise MalformedFile("request: nonce: hexadecimal digits are expected")
    assert (caught.value.line, caught.value.column) == (3, 2)
    assert "(line 3, column 2)" in str(caught.value)


def test_content_that_knows_its_file_needs_no_help() -> None:
    with pytest.raises(MalformedFile) as caught:
        parse(FileBytes.of("there.json", b"[1,"), "x", 100)
    assert (caught.value.file, caught.value.line) == ("there.json", 1)
    assert str(caught.value).startswith("there.json: x: ")


def test_a_key_in_the_place_of_a_document_is_told(tmp_path: Path) -> None:
    key = tmp_path / "large.zkey"
    key.write_bytes(b"zkey" + bytes(1 << 23))
    proof = FOLDER / "proof.json"
    refused = run("groth16", "verify", key, FOLDER / "public.json", proof, "--json")
    assert json.loads(refused.err)["file"] == str(key)
    assert "this is a proving key (.zkey)" in refused.err


COMMANDS = {
    "vk": lambda bad, good: ("verify", bad, good["public"], good["proof"]),
    "public": lambda bad, good: ("verify", good["vk"], bad, good["proof"]),
    "proof": lambda bad, good: ("verify", good["vk"], good["public"], bad),
    "calldata": lambda bad, good: ("calldata", good["public"], bad),
}
BAD = {
    "cut": b'{"pi_a": [\n',
    "deep": b"[" * 50,
    "repeated": b'{"protocol": 1,\n"protocol": 2}',
    "not UTF-8": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("place", COMMANDS)
@pytest.mark.parametrize("bad", BAD)
def test_a_command_names_file_line_and_column(tmp_path: Path, place: str, bad: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(BAD[bad])
    good = {"vk": FOLDER / "verification_key.json", "public": FOLDER / "public.json",
            "proof": FOLDER / "proof.json"}  # fmt: skip
    refused = run("groth16", *COMMANDS[place](path, good), "--json")
    told = json.loads(refused.err)
    assert (refused.code, told["error"], told["file"]) == (2, "MalformedFile", str(path))
    assert told["line"] >= 1
    assert told["column"] >= 1
    assert f"{path}: " in told["message"]
