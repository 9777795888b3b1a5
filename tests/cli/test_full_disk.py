"""A full disk is told as what it is: the machine's failure, not the kernel's, and no bug."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.circom.programs import TOY, TOY_WASM
from support.cli.cli_desk import run

from zkcredit._internal import files
from zkcredit.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit .* key:UserWarning")

KEY, WITNESS = TOY / "ceremony.zkey", TOY / "toy.wtns"
VK = TOY / "verification_key.json"
COMMANDS: dict[str, tuple[object, ...]] = {
    "setup": ("groth16", "setup", TOY / "toy.r1cs", "out.zkey", "--dev"),
    "prove": ("groth16", "prove", KEY, WITNESS, "proof.json", "public.json"),
    "fullprove": (
        "groth16", "fullprove", TOY / "input.json", TOY_WASM, KEY, "proof.json", "public.json",
    ),
    "export": ("groth16", "export", KEY, "vk.json"),
    "solidity": ("groth16", "solidity", VK, "--out", "V.sol"),
}  # fmt: skip


def told(result: Any) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(result.err)
    return described


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_whose_file_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, number: int
) -> None:
    def full(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files.os, "write", full)
    result = run(*COMMANDS[command], "--json")
    described = told(result)
    assert (result.code, described["error"]) == (1, MachineError.__name__)
    assert os.strerror(number) in described["message"]
    assert "kernel" not in described["message"].lower()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [("groth16", "verify"), ("help",), ("circuit", "list")])
def test_results_that_do_not_fit(command: tuple[str, ...]) -> None:
    files_ = (VK, TOY / "public.json", TOY / "proof.json") if command[-1] == "verify" else ()
    with open("/dev/full", "w") as device:
        done = subprocess.run(
            [sys.executable, "-m", "zkcredit.cli", *command, *map(str, files_), "--json"],
            stdout=device, stderr=subprocess.PIPE, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode == 1
    described = json.loads(done.stderr.splitlines()[-1])
    assert described["error"] == "MachineError"
    assert "No space left" in described["message"]
    assert "kernel" not in described["message"]


@pytest.mark.parametrize(
    "option", [["--help"], ["--version"], ["-V"], ["help"], ["loan", "--help"]]
)
def test_text_that_does_not_fit(option: list[str]) -> None:
    with open("/dev/full", "w") as device:
        done = subprocess.run(
            [sys.executable, "-m", "zkcredit.cli", *option],
            stdout=device, stderr=subprocess.PIPE, text=True, check=False, timeout=120,
        )  # fmt: skip
    told = "MachineError: the machine failed: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, told)
