"""``zkcredit ceremony``: from the first file to a key that somebody vouches for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import run
from support.formats import snarkjs_toy as toy
from support.groth16 import ceremony_case as case

from zkcredit.cli import ceremony
from zkcredit.errors import InvalidInput
from zkcredit.formats import ptau, zkey

if TYPE_CHECKING:
    from pathlib import Path

CIRCUIT = toy.FOLDER / "toy.r1cs"
DIGEST = bytes(range(64))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Powers of tau of two parties and a beacon."""
    (tmp_path / "phase1.ptau").write_bytes(ptau.dumps(case.powers()))
    (tmp_path / "0.zkey").write_bytes(zkey.dumps(case.initial()))
    return tmp_path


def checked(folder: Path, name: str, *options: object) -> Any:
    return run("ceremony", "verify", CIRCUIT, folder / "phase1.ptau", folder / name, *options)


def test_a_ceremony_from_its_beginning_to_its_end(folder: Path) -> None:
    made = run("ceremony", "new", CIRCUIT, folder / "phase1.ptau", folder / "a0.zkey", "--json")
    assert made.code == 0
    assert (folder / "a0.zkey").read_bytes() == (folder / "0.zkey").read_bytes()
    hashes = []
    for i in (1, 2):
        step = run("ceremony", "contribute", folder / f"a{i - 1}.zkey", folder / f"a{i}.zkey",
                   "--name", f"party {i}", "--json")  # fmt: skip
        assert (step.code, step.json["contribution"]) == (0, i)
        assert ceremony.hash_of(step.json["words"]) == step.json["hash"]
        hashes.append(step.json["hash"])
    ended = run("ceremony", "beacon", folder / "a2.zkey", folder / "a3.zkey", "0a" * 16, 10)
    assert ended.code == 0
    mine = ["--contribution", hashes[1], "--contribution", case.verified(case.honest()).phase1[0]
            .digest.hex()]  # fmt: skip
    result = checked(folder, "a3.zkey", *mine, "--json").json
    assert result["origin"] == "ceremony"
    assert "phase 2: 2 contributions follow from one another" in result["shown"]
    assert "that their makers are different is not shown" in result["shown"]
    assert [step["hash"] for step in result["phase2"]][:2] == hashes
    assert [step["beacon"] for step in result["phase2"]] == [False, False, True]
    assert [step["stood_for"] for step in result["phase2"]] == [False, True, False]
    text = checked(folder, "a3.zkey")
    assert "phase 2, contribution 1 'party 1'" in text.out
    assert ceremony.in_fours(bytes.fromhex(hashes[0])).splitlines()[2] in text.out
    assert text.out.rstrip().endswith("origin: ceremony")
    assert "phase 1: pairings" in text.stderr  # progress


def test_the_old_file_stays(folder: Path) -> None:
    before = (folder / "0.zkey").read_bytes()
    same = run("ceremony", "contribute", folder / "0.zkey", folder / "0.zkey")
    assert (same.code, (folder / "0.zkey").read_bytes()) == (2, before)
    (folder / "letter.txt").write_text("dear")
    other = run("ceremony", "contribute", folder / "0.zkey", folder / "letter.txt")
    assert (other.code, (folder / "letter.txt").read_text()) == (2, "dear")


def test_what_would_be_typed_is_read_from_a_descriptor(folder: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"zqxj: 4 1 6 6 2\n")
    os.close(writer)
    step = run("ceremony", "contribute", folder / "0.zkey", folder / "1.zkey",
               "--entropy-fd", reader)  # fmt: skip
    os.close(reader)
    assert step.code == 0
    assert "zqxj" not in step.out + step.stderr
    assert "no terminal" not in step.stderr
    for descriptor in (999, 10**30):
        bad = run("ceremony", "contribute", folder / "0.zkey", folder / "2.zkey",
                  "--entropy-fd", descriptor)  # fmt: skip
        assert bad.code == 2
    assert not (folder / "2.zkey").exists()


def test_without_a_terminal_the_system_alone_is_asked(folder: Path) -> None:
    step = run("ceremony", "contribute", folder / "0.zkey", folder / "1.zkey")
    assert step.code == 0
    assert "the system's random numbers alone" in step.stderr


def test_what_a_terminal_gives_is_hidden(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append(options)
        return "secret words \udcff"

    monkeypatch.setattr(ceremony.typer, "prompt", prompt)
    monkeypatch.setattr(ceremony.sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    assert ceremony._typed(None) == b"secret words \xff"
    assert asked[0]["hide_input"] is True


def test_a_contribution_that_is_listed_twice_exits_with_4(folder: Path) -> None:
    (folder / "twice.zkey").write_bytes(case.listed_twice())
    ran = checked(folder, "twice.zkey")
    assert ran.code == 4
    assert "contribution 2: the transcript is not" in ran.err
    again = run("ceremony", "contribute", folder / "twice.zkey", folder / "new.zkey")
    assert (again.code, (folder / "new.zkey").exists()) == (4, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("00" * 64, 2),
        ("00", 2),
        ("", 2),
        (" ".join(["abandon"] * 47), 2),
        (" ".join(["nonsense"] * 47), 2),
        (" ".join(["zoo"] * 47), 2),
    ],
)
def test_a_hash_that_is_not_the_ceremonys_is_refused(folder: Path, text: str, code: int) -> None:
    (folder / "1.zkey").write_bytes(case.honest())
    ran = checked(folder, "1.zkey", "--contribution", text)
    assert ran.code == code


def test_a_beacon_or_a_phase_without_a_hash_is_refused(folder: Path) -> None:
    (folder / "1.zkey").write_bytes(case.honest())
    found = case.verified(case.honest())
    for step in (found.phase1[0], found.phase2[0], found.phase2[2]):
        assert checked(folder, "1.zkey", "--contribution", step.digest.hex()).code == 4


@pytest.mark.parametrize(
    ("value", "iterations"), [("xyz", 10), ("0", 10), ("", 10), ("00", 9), ("00", 25), ("00", 63)]
)
def test_a_beacon_that_others_cannot_check_is_refused(
    folder: Path, value: str, iterations: int
) -> None:
    ran = run("ceremony", "beacon", folder / "0.zkey", folder / "1.zkey", value, iterations)
    assert (ran.code, (folder / "1.zkey").exists()) == (2, False)


def test_a_beacon_of_more_iterations_wants_a_higher_limit(folder: Path) -> None:
    from zkcredit.formats.binfile import Contributor

    costly = Contributor(True, "", b"x", 12)
    key = case.phase2(case.initial(), [3, 5, costly])
    (folder / "1.zkey").write_bytes(zkey.dumps(key))
    refused = checked(folder, "1.zkey", "--beacon-limit", 11)
    assert (refused.code, "more than the limit" in refused.err) == (4, True)
    assert checked(folder, "1.zkey", "--beacon-limit", 12).code == 0


@pytest.mark.parametrize("name", ["phase1.ptau", "0.zkey", "missing"])
def test_files_of_other_kinds_are_refused(folder: Path, name: str) -> None:
    wrong = {"phase1.ptau": "0.zkey", "0.zkey": "phase1.ptau"}.get(name, name)
    ran = run("ceremony", "contribute", folder / wrong, folder / "new.zkey")
    assert (ran.code == 0) == (wrong == "0.zkey")
    assert run("ceremony", "verify", CIRCUIT, folder / wrong, folder / wrong).code in {2, 4}


def test_words_say_a_hash_and_only_one() -> None:
    words = ceremony.in_words(DIGEST)
    assert len(words.split()) == 47  # a wallet's seed has at most 24
    assert ceremony.hash_of(words) == DIGEST.hex()
    assert ceremony.hash_of(f"  {words.upper()}\n") == DIGEST.hex()
    assert ceremony.hash_of(DIGEST.hex()) == DIGEST.hex()
    first, *rest = words.split()
    for wrong in (["zoo", *rest], [*words.split()[:-1], "zoo"], ["nonsense", *rest]):
        try:
            assert ceremony.hash_of(" ".join(wrong)) != DIGEST.hex()
        except InvalidInput:
            continue
    assert first == "abandon"
    assert ceremony.in_words(bytes(64)) == " ".join(["abandon"] * 47)
