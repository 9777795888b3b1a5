"""The page in Chinese: whole, and without English left; what programs read stays English."""

from __future__ import annotations

import re

import pytest
from support.page.pages import Seen

from zkcredit.errors import NodeUnavailable
from zkcredit.language import catalogue

PAGES = ("/", "/loans", "/loans?state=active", "/loans/7", "/portfolio", "/impact", "/verify")
# names, currencies, units and formats, which are the same in both languages
SAME = re.compile(
    r"0x[0-9a-fA-F]*…[0-9a-fA-F]+|zkcredit|English|JSON|API|UTC|USD|EUR|PAR\d*|IFRS|eligibility"
)


@pytest.mark.parametrize("path", PAGES)
def test_no_english_is_left(client, path):
    answer = client.get(path, headers={"accept-language": "zh-CN,en;q=0.5"})
    page = Seen(answer.text)
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert not re.findall(r"[A-Za-z]{2,}", SAME.sub("", page.text))
    labels = [found["aria-label"] or "" for _, found in page.tags if "aria-label" in found]
    assert not re.findall(r"[A-Za-z]{2,}", " ".join(labels))


@pytest.mark.parametrize(
    ("accepts", "path", "expected"),
    [
        ("zh", "/", "zh-CN"),
        ("zh-Hans-CN", "/", "zh-CN"),
        ("fr;q=0.9, zh;q=0.5", "/", "zh-CN"),
        ("en-GB,zh", "/", "en"),
        ("zh-TW", "/", "en"),  # traditional characters are another language to read
        ("", "/", "en"),
        ("*", "/", "en"),
        (",;,;=" * 500, "/", "en"),
        ("\x7f", "/", "en"),
        ("zh", "/?lang=en", "en"),
        ("en", "/?lang=zh_CN", "zh-CN"),
        ("zh", "/?lang=klingon", "en"),
        ("zh", "/?lang=%3Cscript%3E", "en"),
    ],
)
def test_which_language_a_reader_gets(client, accepts, path, expected):
    answer = client.get(path, headers={"accept-language": accepts})
    assert ("html", {"lang": expected}) in Seen(answer.text).tags


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_a_language_that_was_chosen_stays(client, lang):
    headers = {"accept-language": "zh" if lang == "en" else "en"}
    page = Seen(client.get(f"/?lang={lang}", headers=headers).text)
    inside = [link for link in page.links if link.startswith("/")]
    assert len(inside) > 10
    assert all(f"lang={lang}" in link for link in inside)
    plain = Seen(client.get("/", headers=headers).text)
    assert not [link for link in plain.links if "lang=" in link and link.startswith("/")]


def test_what_programs_read_is_english(client, follower, index, monkeypatch):
    def gone():
        raise NodeUnavailable("away")

    monkeypatch.setattr(index, "catch_up", gone)
    follower.step()
    chinese = {"accept-language": "zh"}
    for path in ("/api/status", "/api/overview", "/api/loans/7", "/api/portfolio", "/api/loans/99"):
        text = client.get(path, headers=chinese).text
        assert text == client.get(path).text
        assert not re.search("[\u4e00-\u9fff]", text)
    assert "does not answer" in client.get("/api/status", headers=chinese).json()["waiting"]
    assert "节点没有回应" in client.get("/", headers=chinese).text
    posted = client.post("/verify", json={"request": "{}", "presentation": "{}"}, headers=chinese)
    assert not re.search("[\u4e00-\u9fff]", posted.text)


@pytest.mark.parametrize("path", ["/loans/99999", "/loans/x", "/nothing", "/loans?state=none"])
def test_refusals_are_in_the_language_too(client, path):
    page = Seen(client.get(path, headers={"accept-language": "zh"}).text)
    assert "此处没有" in page.text


def test_every_column_of_a_report_is_translated(client):
    known = catalogue("zh_CN")
    for name in ("portfolio", "impact"):
        for table in client.get(f"/api/{name}").json()["tables"].values():
            for column in table["columns"]:
                word = column.removesuffix("_minor").removesuffix("_bps").replace("_", " ")
                word = word.removeprefix("to ")
                assert word in known or word.startswith("par"), column
