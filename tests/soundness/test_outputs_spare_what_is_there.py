"""A command's output never replaces something that cannot be made again.

Found by attack: ``wallet card W --out W`` put the public card in the place of the wallet, and with
it the only copy of the keys was gone; the same held for issuers, proving keys and pipes, and for
``/dev/null`` where the caller may write to ``/dev``.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import desk, run, shared_desk

from zkcredit._internal.files import write_atomic
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk

__all__ = ["desk", "shared_desk"]

PRECIOUS = ["wallet", "issuer", "password"]


def outputs(desk: Desk) -> dict[str, tuple[object, ...]]:
    """Every command that writes a file beside a wallet or an issuer, without its output."""
    wallet, issuer = desk.path("wallet"), desk.path("issuer")
    return {
        "wallet card": ("wallet", "card", wallet, *desk.password, "--out"),
        "issuer publish": ("issuer", "publish", issuer, *desk.password, "--out"),
        "issuer issue": ("issuer", "issue", issuer, desk.path("record.json"), "--person", "one",
                         "--to", desk.path("card.json"), *desk.password, "--out"),
        "registry build": ("registry", "build", desk.path("list.json"), "--out"),
        "prove": ("prove", wallet, desk.credential, "--request", desk.path("request.json"),
                  "--registry", desk.path("registry.json"), *desk.password, "--yes", "--out"),
        "request": ("request", "--verifier", "a lender", "--purpose", "rent", "--policy",
                    desk.path("policy.json"), "--scope", "1", "--root", "1", "--out"),
        "circuit export": ("circuit", "export", "eligibility", "--out"),
    }  # fmt: skip


COMMANDS = ["wallet card", "issuer publish", "issuer issue", "registry build", "prove",
            "request", "circuit export"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", PRECIOUS)
def test_no_output_takes_the_place_of_a_secret(desk: Desk, command: str, name: str) -> None:
    before = desk.path(name).read_bytes()
    ran = run(*outputs(desk)[command], desk.path(name))
    assert ran.code == 2, ran.stderr
    assert "is a file of another kind" in ran.err
    if not (name == "wallet" and command == "prove"):  # a proof may have been logged before
        assert desk.path(name).read_bytes() == before
    assert run("wallet", "show", desk.path("wallet"), *desk.password).code == 0
    assert run("issuer", "show", desk.path("issuer"), *desk.password).code == 0


def test_an_output_that_cannot_be_written_issues_nothing(desk: Desk) -> None:
    issue = outputs(desk)["issuer issue"]
    before = run("issuer", "show", desk.path("issuer"), *desk.password, "--json").json
    assert run(*issue, desk.path("wallet")).code == 2
    assert run("issuer", "show", desk.path("issuer"), *desk.password, "--json").json == before


def test_an_output_that_is_a_document_is_replaced(desk: Desk) -> None:
    card = desk.path("card.json")
    old = card.read_text()
    card.write_text(" \n" + old)
    assert run("wallet", "card", desk.path("wallet"), "--out", card, *desk.password).code == 0
    assert card.read_text() == old + "\n"
    desk.path("empty").touch()
    ran = run("wallet", "card", desk.path("wallet"), "--out", desk.path("empty"), *desk.password)
    assert ran.code == 0


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to a pipe"])
def test_what_is_no_regular_file_keeps_its_place(tmp_path: Path, kind: str) -> None:
    target = real = tmp_path / "target"
    if kind == "folder":
        target.mkdir()
    else:
        os.mkfifo(target)
    if kind.startswith("link"):
        target = tmp_path / "link"
        target.symlink_to(real)
    mode = stat.S_IFMT(real.stat().st_mode)
    for overwrite in (True, False):
        with pytest.raises(InvalidInput):
            write_atomic(target, b"{}", overwrite=overwrite)
    assert stat.S_IFMT(real.stat().st_mode) == mode
    assert {path.name for path in tmp_path.iterdir()} <= {"target", "link"}


@pytest.mark.slow
def test_keys_and_proofs_do_not_overwrite_each_other(desk: Desk) -> None:
    folder = desk.folder
    assert run("circuit", "export", "eligibility", "--out", folder / "c.r1cs").code == 0
    setup = run("groth16", "setup", folder / "c.r1cs", folder / "k.zkey", "--dev")
    assert setup.code == 0, setup.stderr
    key = (folder / "k.zkey").read_bytes()
    for command in (
        ("groth16", "export", folder / "k.zkey", folder / "k.zkey"),
        ("groth16", "setup", folder / "c.r1cs", folder / "c.r1cs", "--dev"),
        ("groth16", "prove", folder / "k.zkey", folder / "w", folder / "k.zkey", folder / "p"),
        ("groth16", "prove", folder / "k.zkey", folder / "w", folder / "p", folder / "k.zkey"),
        ("groth16", "prove", folder / "k.zkey", folder / "w", folder / "p", folder / "p"),
    ):
        assert run(*command).code == 2
    assert (folder / "k.zkey").read_bytes() == key
    assert not (folder / "p").exists()
    assert run("groth16", "setup", folder / "c.r1cs", folder / "k.zkey", "--dev").code == 0


def test_the_revocation_id_that_is_told_is_that_of_this_credential(desk: Desk) -> None:
    """Found by attack: of two credentials of one second the larger id was told for both."""
    told = set()
    for number in range(4):
        issue = outputs(desk)["issuer issue"]
        ran = run(*issue, desk.path(f"env{number}.json"), "--json")
        received = run("credential", "receive", desk.path("wallet"), desk.path(f"env{number}.json"),
                       *desk.password, "--json").json["credential"]  # fmt: skip
        shown = run("credential", "show", desk.path("wallet"), received, *desk.password, "--json")
        assert shown.json["credentialStatus"]["revocationId"] == ran.json["revocation_id"]
        told.add(ran.json["revocation_id"])
    assert len(told) == 4
