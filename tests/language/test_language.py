"""The language in which texts are made: who chooses it, and what happens without a choice."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from zkcredit.errors import InvalidInput
from zkcredit.language import (
    LANGUAGES,
    catalogue,
    language,
    require_language,
    speaking,
    tr,
    tr_many,
)
from zkcredit.policy import Policy, policy_words, shortfall_words
from zkcredit.units import DAY, money_in_words

VARIABLES = ("ZKCREDIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that does not choose a language."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_a_choice_it_is_english(nothing: pytest.MonkeyPatch) -> None:
    assert language() == "en"
    assert tr("Until: {time}", time="noon") == "Until: noon"


@pytest.mark.parametrize("place", range(len(VARIABLES)))
def test_the_first_variable_that_is_set_decides(nothing: pytest.MonkeyPatch, place: int) -> None:
    for name in VARIABLES[place + 1 :]:
        nothing.setenv(name, "en_GB.UTF-8")
    nothing.setenv(VARIABLES[place], "zh_CN.UTF-8")
    assert language() == "zh_CN"


@pytest.mark.parametrize("name", ["fr_FR.UTF-8", "zh_TW.UTF-8", "zh_Hant", "", "nonsense", "€"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_language_that_there_is_not_becomes_english(
    nothing: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    nothing.setenv(variable, name)
    assert language() == "en"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("zh", "zh_CN"),
        ("zh-CN", "zh_CN"),
        ("zh_Hans", "zh_CN"),
        ("ZH_cn.GB18030@pinyin", "zh_CN"),
        ("zh_SG", "zh_CN"),
        ("en", "en"),
        ("en_KE.UTF-8", "en"),
        ("C", "en"),
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
    ],
)
def test_names_of_languages(name: str, known: str) -> None:
    assert require_language(name) == known in LANGUAGES


@pytest.mark.parametrize("name", ["", "fr", "zh_TW", "chinese", "../../etc", "en/../zh", "e" * 999])
def test_an_unknown_language_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="en and zh_CN"):
        require_language(name)
    with pytest.raises(InvalidInput), speaking(name):
        pass
    with pytest.raises(InvalidInput):
        catalogue(name)


def test_a_choice_ends_with_its_block() -> None:
    with speaking("zh"):
        assert tr("They learn that:") == "对方会知道："
        with speaking("en"):
            assert tr("They learn that:") == "They learn that:"
        assert language() == "zh_CN"
    assert language() == "en"


def test_a_choice_is_of_one_thread() -> None:
    seen: list[str] = []
    with speaking("zh_CN"):
        other = threading.Thread(target=lambda: seen.append(language()))
        other.start()
        other.join()
    assert seen == ["en"]


def test_a_text_without_a_translation_stays_english() -> None:
    with speaking("zh_CN"):
        assert tr("a text that nobody wrote {x}", x=5) == "a text that nobody wrote 5"
        assert tr("braces {stay}") == "braces {stay}"


def test_the_parts_of_a_text_are_not_read_again() -> None:
    """A verifier's name with braces or with an English text of ours is only a name."""
    for hostile in ("{purpose}", "{0.__class__}", "They learn that:"):
        with speaking("zh_CN"):
            assert tr("Shown to: {verifier}", verifier=hostile) == f"出示给：{hostile}"


def test_numbers_have_their_forms() -> None:
    one, many = "{number} credential", "{number} credentials"
    assert [tr_many(one, many, n) for n in (0, 1, 2)] == [
        "0 credentials", "1 credential", "2 credentials",
    ]  # fmt: skip
    with speaking("zh_CN"):
        assert [tr_many(one, many, n) for n in (0, 1, 2)] == ["0 份凭证", "1 份凭证", "2 份凭证"]


def test_conditions_and_shortfalls_are_sentences_in_both_languages() -> None:
    policy = Policy(min_score=650, instalment=8_000, coverage_bps=15_000, currency=156)
    missed = {"min_score": 50, "coverage_bps": 12_345, "expired": 3 * DAY, "max_open": 2}
    assert shortfall_words(missed, 978) == [
        "your score is 50 points too low",
        "123.45 EUR a month are missing beside expenses, debts and instalment",
        "the credential expired 3 days ago; ask your issuer for a new one",
        "the condition max_open is missed by 2",
    ]
    assert shortfall_words({"expired": 1, "not_yet_issued": 90, "currency": 1}) == [
        "the credential expired 1 second ago; ask your issuer for a new one",
        "the credential becomes valid only in 2 minutes",
        "your amounts are in another currency",
    ]
    with speaking("zh_CN"):
        assert policy_words(policy) == [
            "您的评分至少为 650",
            "每月收入扣除支出和债务后，所剩至少为每期还款 80.00 CNY 的 150 %",
            "您的金额以 CNY 计",
        ]
        assert shortfall_words(missed, 156) == [
            "您的评分低了 50 分",
            "除去支出、债务和每期还款，每月还差 123.45 CNY",
            "这份凭证已过期 3 天；请向签发方申请新的",
            "条件 max_open 相差 2",
        ]
        assert money_in_words(5, 0) == "5 个最小货币单位"


def test_a_process_that_speaks_english_loads_no_gettext() -> None:
    script = (
        "import sys, zkcredit, zkcredit.language as l; from zkcredit import Policy; "
        "from zkcredit.policy import policy_words; policy_words(Policy(min_score=3)); "
        "print('gettext' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
