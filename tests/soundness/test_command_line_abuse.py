"""The command line on a hostile machine: streams that are closed or full, odd names, small disks.

Each case ended in a traceback, or with the wrong exit code, before it stood here.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import desk, run, shared_desk

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk

__all__ = ["desk", "shared_desk"]


def process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zkcredit.cli", *map(os.fsdecode, map(_text, arguments))]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, stderr=subprocess.PIPE, text=True, check=False,
        **{"stdout": subprocess.PIPE, "errors": "surrogateescape", **options},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def _text(argument: object) -> str | bytes:
    return argument if isinstance(argument, bytes) else str(argument)


def test_a_closed_standard_output_stops_a_command_before_it_begins(tmp_path: Path, desk: Desk):
    done = process(
        "wallet", "init", tmp_path / "new", *desk.password,
        stdout=None, preexec_fn=lambda: os.close(1),
    )  # fmt: skip
    assert done.returncode == 1
    assert "standard output is closed" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_full_standard_output_is_an_error(shared_desk: Desk, as_json: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = process("circuit", "list", *as_json, stdout=full)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    del shared_desk


def test_a_reader_that_is_gone_ends_a_command_quietly() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    done = process("circuit", "list", "--json", stdout=writable)
    os.close(writable)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
@pytest.mark.parametrize("closed", [True, False])
def test_without_standard_error_the_exit_code_still_tells(tmp_path: Path, closed: bool) -> None:
    command = [sys.executable, "-m", "zkcredit.cli", "wallet", "show", str(tmp_path / "none"),
               "--password-fd", "0"]  # fmt: skip
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stderr=None if closed else full, check=False,
            preexec_fn=(lambda: os.close(2)) if closed else None,
        )  # fmt: skip
    assert done.returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_names_that_are_no_text_are_printed_all_the_same(
    tmp_path: Path, desk: Desk, encoding: str
) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xc3\xa9 \xff \xe2\x80\x93"
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    made = process("wallet", "init", name, *desk.password, "--json", env=env)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["wallet"].endswith("\u2013")
    for flags in ([], ["--json"]):
        shown = process("wallet", "show", name, *desk.password, *flags, env=env)
        assert shown.returncode == 0, shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize("text", ["[/bold]", "[red]x", "[link=http://x]y[/link]", "\\[", "[" * 9])
def test_square_brackets_are_text_and_no_markup(desk: Desk, text: str) -> None:
    use = ["--policy", desk.path("policy.json"), "--scope", "1", "--root", desk.root]
    asked = ["--verifier", text, "--purpose", text, *use, "--out", desk.path("request.json")]
    assert run("request", *asked).code == 0
    proved = desk.prove(desk.path("shown.json"), "--yes")
    assert proved.code == 0, proved.stderr
    assert f"Shown to: {text}" in proved.stderr
    log = run("wallet", "log", desk.path("wallet"), *desk.password)
    assert log.out.count(text) >= 2


@pytest.mark.parametrize("descriptor", [77, 2**31, 2**63, 10**30])
def test_a_descriptor_that_is_none_is_a_usage_error(shared_desk: Desk, descriptor: int) -> None:
    ran = run("wallet", "show", shared_desk.path("wallet"), "--password-fd", descriptor)
    assert (ran.code, "descriptor" in ran.err) == (2, True)


LONG = "x" * 300


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("wallet", "show", LONG),
        ("issuer", "show", LONG),
        ("wallet", "init", LONG),
        ("registry", "show", LONG),
        ("market", "deploy", "WALLET", "--deployment", LONG, "--node", "http://127.0.0.1:1"),
        ("market", "deploy", "WALLET", "--deployment", "d", "--node", "http://["),
        ("loan", "status", "1", "--deployment", LONG, "--node", "http://["),
        ("wallet", "card", "WALLET", "--out", LONG),
        ("wallet", "card", "WALLET", "--out", "WALLET/below/a/file"),
    ],
    ids=lambda command: " ".join(command)[:40],
)
def test_impossible_paths_and_urls_are_usage_errors(
    shared_desk: Desk, command: tuple[str, ...]
) -> None:
    wallet = str(shared_desk.path("wallet"))
    arguments = [part.replace("WALLET", wallet) for part in command]
    takes_password = command[0] in {"wallet", "issuer", "market"}
    ran = run(*arguments, *(shared_desk.password if takes_password else ()))
    assert ran.code in {2, 5}, ran.stderr


@pytest.mark.slow
def test_a_record_cannot_be_written_below_a_file(shared_desk: Desk) -> None:
    below = shared_desk.path("wallet") / "sub"
    assert run("circuit", "publish", "eligibility", "--folder", below).code == 2
    assert run("circuit", "check", "eligibility", "--folder", below).code == 1


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [0, 1, 3, 8])
def test_a_small_disk_leaves_the_old_state(desk: Desk, blocks: int) -> None:
    """RLIMIT_FSIZE stands for the disk: a write past it fails with EFBIG as one on a full disk."""
    import signal

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (blocks * 1024, blocks * 1024))

    wallet, out = desk.path("wallet"), desk.path("shown.json")
    before = run("wallet", "show", wallet, *desk.password, "--json").json
    out.write_text("[1]")
    for arguments in (
        ("credential", "remove", wallet, desk.credential, *desk.password),
        ("wallet", "init", desk.path("new"), *desk.password),
        ("circuit", "export", "eligibility", "--out", desk.path("new.r1cs")),
        ("issuer", "revoke", desk.path("issuer"), desk.revocation_id, *desk.password),
        ("circuit", "witness", "eligibility", desk.path("record.json"), "--out", out),
    ):
        done = process(*arguments, preexec_fn=limit)
        assert done.returncode in {1, 2}, (arguments, done.stdout)
    assert run("wallet", "show", wallet, *desk.password, "--json").json == before
    assert out.read_text() == "[1]"
    left = {path.name for path in desk.folder.iterdir()}
    assert not {"new", "new.r1cs"} & left
    assert not any(name.endswith(".tmp") for name in left)


INTERRUPTED = """
import os, signal, sys
from zkcredit.cli import main

library, left = os.path.dirname(sys.modules["zkcredit"].__file__) + os.sep, int(sys.argv.pop(1))
counted = 0

def count(frame, event, called):
    global counted
    if event == "c_call" and called is os.read and not left:
        print(counted)  # where the password is waited for
        sys.stdout.flush()
        os._exit(0)
    if event == "call" and frame.f_code.co_filename.startswith(library):
        counted += 1
        if counted == left:
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGINT)

sys.setprofile(count)
main()
"""


def interrupted(folder: Path, at: int) -> subprocess.CompletedProcess[str]:
    """Interrupt a command at a call of the library's own; with 0, print how many there are."""
    readable, writable = os.pipe()  # a password that never comes
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(at), "wallet", "init", str(folder / "w"),
         "--password-fd", str(readable)],
        pass_fds=(readable,), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    os.close(readable)
    os.close(writable)
    return done


def test_an_interrupt_at_any_time_shows_no_traceback(tmp_path: Path) -> None:
    calls = int(interrupted(tmp_path, 0).stdout)
    assert calls > 100
    for part in range(5):  # from the first after the entry itself to the last
        done = interrupted(tmp_path, 2 + part * (calls - 2) // 4)
        assert done.returncode == 130, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_nothing_secret_is_in_the_arguments_of_a_running_command(desk: Desk) -> None:
    """Other users read /proc: a password comes from a file, a descriptor or a prompt alone."""
    readable, writable = os.pipe()
    command = [sys.executable, "-m", "zkcredit.cli", "wallet", "show", str(desk.path("wallet")),
               "--password-fd", str(readable)]  # fmt: skip
    running = subprocess.Popen(
        command, pass_fds=(readable,), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        for name in ("cmdline", "environ"):
            # a process that has made its memory private by now shows nobody its environment
            with (
                contextlib.suppress(PermissionError),
                open(f"/proc/{running.pid}/{name}", "rb") as file,
            ):
                assert b"correct horse" not in file.read()
        os.write(writable, b"correct horse\n")
        running.communicate()
    finally:
        running.kill()
        os.close(readable)
        os.close(writable)
    assert running.returncode == 0
