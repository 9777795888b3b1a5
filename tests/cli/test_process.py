"""The command line as a process: a quick start, no tracebacks, a clean end on Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from zkcredit.cli.app import _COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk

HEAVY = {"web3", "numpy", "py_ecc", "eth_tester", "Crypto", "rich", "pydantic", "zkcredit._kernel"}


def _run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "zkcredit.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, **options,
    )  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import json, sys\n"
        "sys.argv = ['zkcredit', '--help']\n"
        "from zkcredit.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "Commands:" in done.stdout
    loaded = set(json.loads(done.stderr))
    assert not HEAVY & loaded
    assert not {f"zkcredit.cli.{home.partition(':')[0]}" for home, _ in _COMMANDS.values()} & loaded


def test_the_summaries_of_the_help_are_what_the_commands_say() -> None:
    from typer.main import get_command

    from zkcredit.cli.app import app

    root = get_command(app)
    assert root.commands.keys() == _COMMANDS.keys()  # type: ignore[attr-defined]
    for name, (_, summary) in _COMMANDS.items():
        said = root.commands[name].help  # type: ignore[attr-defined]
        assert said.startswith(summary.removesuffix(".")), name
        assert said[len(summary) - 1] in ".,:; ", name
        assert len(summary) <= 63, f"the help would cut the summary of {name}"


def test_every_command_explains_itself() -> None:
    from typer.main import get_command

    from zkcredit.cli.app import app

    root = get_command(app)
    leaves = [
        (group, name)
        for group, command in root.commands.items()  # type: ignore[attr-defined]
        for name in (getattr(command, "commands", None) or {"": command})
    ]
    commands = {f"{group} {name}".strip() for group, name in leaves}
    documented = {
        "demo", "wallet init", "wallet show", "issuer init", "issuer issue", "issuer revoke",
        "credential receive", "credential list", "credential show", "verifier init", "request",
        "prove", "verify",
        "wallet addressee", "market deploy", "loan apply", "loan fund",
        "loan repay", "loan show", "circuit list", "circuit info", "circuit publish",
        "circuit check", "groth16 setup", "groth16 prove", "groth16 verify", "groth16 export",
        "bench prove", "bench verify", "doctor",
    }  # fmt: skip
    assert documented <= commands
    for group, name in leaves:
        command = root.commands[group]  # type: ignore[attr-defined]
        command = command.commands[name] if name else command
        assert command.help, f"{group} {name} has no help"
        options = {text for parameter in command.params for text in parameter.opts}
        assert "--json" in options, f"{group} {name} has no --json"
        assert not {"--password", "--key-password", "--secret", "--words"} & options
        assert all(not parameter.envvar for parameter in command.params)


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert _run("--version").stdout.strip() == version("zkcredit")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["nothing"], ["wallet", "shown"], ["prove"], ["--colour"]])
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_typed_error_is_one_line_without_a_traceback(shared_desk: Desk) -> None:
    done = _run("wallet", "show", shared_desk.path("wallet"), *shared_desk.wrong)
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_password_is_read_from_a_descriptor(shared_desk: Desk) -> None:
    readable, writable = os.pipe()
    os.write(writable, b"correct horse\n")
    os.close(writable)
    done = _run(
        "wallet", "show", shared_desk.path("wallet"), "--password-fd", readable, "--json",
        pass_fds=(readable,),
    )  # fmt: skip
    os.close(readable)
    assert json.loads(done.stdout)["credentials"] == [shared_desk.credential]


@pytest.mark.slow
def test_warnings_are_lines_of_ours(shared_desk: Desk) -> None:
    request = shared_desk.path("request.json")
    done = _run("verify", shared_desk.path("shown.json"), "--request", request)
    assert (done.returncode, done.stdout) == (0, "OK\n")
    assert done.stderr.startswith("warning: zkcredit dev key in use")


@pytest.mark.slow
def test_a_file_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    done = _run("registry", "show", tmp_path / "\x1b[31mred")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def _waiting(pipe: int) -> int:
    """The bytes that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    readable, writable = os.pipe()
    os.write(writable, b"a password whose line never ends")
    process = subprocess.Popen(
        [sys.executable, "-m", "zkcredit.cli", "wallet", "init", str(tmp_path / "w"),
         "--password-fd", str(readable)],
        pass_fds=(readable,), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while _waiting(readable) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    finally:
        process.kill()
        os.close(readable)
        os.close(writable)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert not (tmp_path / "w").exists()


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error(shared_desk: Desk) -> None:
    command = f"{sys.executable} -m zkcredit.cli circuit info eligibility | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["fastest", "IFMA", "portable "])
def test_an_unknown_unit_of_the_kernel_is_one_line(shared_desk: Desk, unit: str) -> None:
    shown, request = (shared_desk.path(name) for name in ("shown.json", "request.json"))
    command = ("verify", shown, "--request", request)
    done = _run(*command, env={**os.environ, "ZKCREDIT_KERNEL": unit})
    assert (done.returncode, done.stdout) == (2, "")
    said = f"KernelUnavailable: ZKCREDIT_KERNEL={unit.strip()} is not a unit of the kernel: "
    assert done.stderr.splitlines()[-1].startswith(said)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["fastest", "ADX"])
def test_doctor_says_that_a_unit_is_unknown(unit: str) -> None:
    done = _run("doctor", "--json", env={**os.environ, "ZKCREDIT_KERNEL": unit})
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, done.stderr) == (1, "")
    assert not checks["kernel"]["ok"]
    assert "units are ifma, avx2, adx, portable; this processor runs " in checks["kernel"]["detail"]
    assert checks["python"]["ok"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "used"), [("", {"ifma", "avx2", "adx", "portable"}), ("portable", {"portable"})]
)
def test_doctor_names_the_unit_in_use(unit: str, used: set[str]) -> None:
    done = _run("doctor", "--json", env={**os.environ, "ZKCREDIT_KERNEL": unit})
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0
    assert checks["kernel"]["detail"].partition(",")[0] in used


def test_help_needs_no_kernel() -> None:
    assert _run("--help", env={**os.environ, "ZKCREDIT_KERNEL": "fastest"}).returncode == 0


@pytest.mark.slow
def test_doctor_finds_this_installation_sound() -> None:
    done = _run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0
    assert checks["proof"]["ok"]
    assert checks["kernel"]["required"]
