"""The command line in Chinese: help, usage errors, errors, names of results; JSON stays English."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, run
from typer.main import get_command

from zkcredit.cli.app import app
from zkcredit.cli.output import columns
from zkcredit.cli.speech import each_line, one_message
from zkcredit.language import catalogue, language, speaking

if TYPE_CHECKING:
    from pathlib import Path

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZKCREDIT_LANG", "zh_CN")


def leaves() -> list[tuple[str, ...]]:
    root: Any = get_command(app)
    found: list[tuple[str, ...]] = []
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        found += [(name,)] if inner is None else [(name, leaf) for leaf in inner]
    return found


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_the_help_of_a_command_is_chinese(words: tuple[str, ...]) -> None:
    told = run(*words, "--help")
    assert told.code == 0
    assert told.out.startswith("用法：")
    assert "选项：" in told.out
    for english in ("Usage:", "Options:", "Arguments:", "[required]", "Show this", "Example:"):
        assert english not in told.out
    sentences = [
        line for line in told.out.splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+ ", line)
    ]
    assert [line for line in sentences if "zkcredit" not in line and not HAN.search(line)] == []


@pytest.mark.parametrize("words", [("-h",), ("wallet", "-h"), ("help", "wallet", "init")])
def test_the_option_speaks_before_anything_else(words: tuple[str, ...]) -> None:
    assert HAN.search(run("--lang", "zh_CN", *words).out)
    assert HAN.search(run("--lang=zh", *words).out)
    assert not HAN.search(run("--lang", "en", *words).out)
    assert language() == "en"


def test_the_option_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZKCREDIT_LANG", "zh")
    assert not HAN.search(run("--lang", "en", "-h").out)


@pytest.mark.parametrize("name", ["fr", "zh_TW", "", "../x"])
def test_an_unknown_language_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("--lang", name, "doctor")
    if name:
        assert (told.code, "speaks en and zh_CN" in told.err) == (2, True)
        monkeypatch.setenv("ZKCREDIT_LANG", name)
        assert run("doctor").code == 2
        described = json.loads(run("doctor", "--json").err)
        assert described["error"] == "InvalidInput"
    assert run("--lang").code == 2


def test_a_language_of_the_system_that_there_is_not_is_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ZKCREDIT_LANG")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert run("-h").out.startswith("Usage:")


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("walet",), "错误：没有命令“walet”。您是指“wallet”吗？"),
        (("wallet", "show"), "错误：缺少参数“WALLET”。"),
        (("wallet", "show", "w", "--nope"), "错误：没有这个选项：--nope"),
        (("wallet", "show", "w", "x", "y"), "错误：多余的参数（x y）"),
        (("issuer", "revoke", "w", "0"), "错误：“REVOCATION_ID”的值无效：0 不在范围 x>=1 内。"),
        (("wallet", "show", "w", "--password-file", "no"), "InvalidInput：无法读取 no："),
        (("help", "nothing"), "没有命令"),
    ],
)
def test_what_is_wrong_is_told_in_chinese(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = run(*words)
    assert told.code == 2
    assert said in told.err


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "words",
    [("wallet", "show", "--json"), ("wallet", "show", "w", "--password-file", "no", "--json")],
)
def test_json_is_english(words: tuple[str, ...], tmp_path: Path) -> None:
    told = run(*words)
    assert told.code == 2
    assert not HAN.search(told.stderr)
    assert json.loads(told.err)["exit_code"] == 2


@pytest.mark.usefixtures("chinese")
def test_results_have_chinese_names_in_columns(desk: Desk) -> None:
    shown = run("wallet", "show", desk.path("wallet"), *desk.password)
    assert shown.code == 0, shown.stderr
    names = [line.split("  ")[0] for line in shown.out.splitlines()]
    assert names[:2] == ["钱包", "地址"]
    values = [re.match(r"(\S+ +)", line) for line in shown.out.splitlines()]
    assert len({columns(found[1]) for found in values if found}) == 1
    plain = run("wallet", "show", desk.path("wallet"), *desk.password, "--json")
    assert "credentials" in plain.json


@pytest.mark.usefixtures("chinese")
def test_a_borrower_reads_consent_and_shortfalls_in_chinese(desk: Desk, tmp_path: Path) -> None:
    asked = desk.ask(tmp_path / "request.json")
    agreed = desk.prove(tmp_path / "shown.json", "--yes", request=asked)
    assert agreed.code == 0, agreed.stderr
    for words in ("出示给：", "对方会知道：", "您的评分至少为 650", "对方不会知道任何金额"):
        assert words in agreed.stderr
    assert "Shown to" not in agreed.stderr


def test_a_borrower_reads_shortfalls_as_sentences(desk: Desk, tmp_path: Path) -> None:
    from zkcredit.policy import Policy
    from zkcredit.units import now

    strict = Policy(min_score=750, currency=840).at(now())
    asked = desk.ask(tmp_path / "strict.json", policy=strict)
    for lang, sentence in (
        ("en", "- your score is 50 points too low"),
        ("zh", "- 您的评分低了 50 分"),
    ):
        told = run(
            "--lang", lang, "prove", desk.path("wallet"), desk.credential, "--request", asked,
            "--registry", desk.path("registry.json"), "--out", tmp_path / "x", "--yes",
            *desk.password,
        )  # fmt: skip
        assert (told.code, sentence in told.stderr.splitlines()) == (6, True)
        assert not (tmp_path / "x").exists()


# --- messages are recognised ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("the password does not open this file", "密码打不开这个文件"),
        ("cannot open a b: not a regular file", "无法打开 a b：不是普通文件"),
        ("{0} is not UTF-8 text", "{0} 不是 UTF-8 文本"),
        ("a message that nobody wrote", "a message that nobody wrote"),
        ("", ""),
        ("wallet", "钱包"),
        ("cannot read {0.__class__}: not a regular file", "无法读取 {0.__class__}：不是普通文件"),
    ],
)
def test_a_message_is_recognised_by_the_text_between_its_parts(message: str, told: str) -> None:
    with speaking("zh_CN"):
        assert one_message(message) == told
    assert one_message(message) == message


def test_every_message_with_parts_is_recognised() -> None:
    with speaking("zh_CN"):
        for text, told in catalogue("zh_CN").items():
            parts = sorted(set(re.findall(r"\{(\d+)\}", text)))
            if not parts or text.startswith(("{0}: {1} of", "InvalidInput", "MachineError", "- ")):
                continue
            values = [f"«{number}»" for number in parts]
            assert one_message(text.format(*values)) == told.format(*values), text


@pytest.mark.parametrize("size", [3, 300, 100_000])
def test_a_hostile_message_takes_no_time(size: int) -> None:
    """Patterns do not backtrack over parts without end."""
    with speaking("zh_CN"):
        assert "x" in one_message("cannot " + "x: " * size)


def test_errors_of_every_room_are_told_in_chinese() -> None:
    """Errors of chain, groth16, escrow and loan, with parts that are sentences themselves."""
    with speaking("zh_CN"):
        assert one_message("there is no loan 7") == "没有贷款 7"
        assert one_message("claim 3: the proof must be a zkcredit.groth16.Proof") == (
            "第 3 项：证明必须是 zkcredit.groth16.Proof"
        )
        told = one_message(
            "receipt: an object is expected, but this is a wallet's card (zkcredit/1)"
        )
        assert told == "receipt：应为对象，但这是钱包的名片（zkcredit/1）"
        lines = each_line("There is no late fee.\nnobody wrote this line")
        assert lines == "没有滞纳金。\nnobody wrote this line"
    assert each_line("There is no late fee.\n7") == "There is no late fee.\n7"


def test_a_message_that_repeats_itself_is_read_once() -> None:
    """A hostile file is quoted: each piece of a template is sought once, and takes its place."""
    hostile = " file, section , offset : " * 30
    with speaking("zh_CN"):
        told = one_message(f".zkey{hostile}end")
        assert told.startswith(".zkey 文件，第  节，偏移 ：")
        assert told.endswith("end")
        assert one_message("x" + hostile * 2) == "x" + hostile * 2  # too long to be compared
