"""What a page makes before its first readers, what it keeps, and when it makes it anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from support.chain.loan_chains import MARKET_AT
from support.page.pages import FarNode, Seen

from zkcredit.errors import NodeUnavailable, WalletError
from zkcredit.page import Follower, Judge, Views, make_app
from zkcredit.page.verdicts import Busy


def test_the_edition_changes_with_whatever_readers_see(views, follower, monkeypatch):
    before = views.edition()
    assert views.edition() == before
    views.portfolio()  # the first report
    reported = views.edition()
    assert reported != before
    views.portfolio()
    assert views.edition() == reported
    follower.status = replace(follower.status, version=follower.status.version + 1)
    assert views.edition() != reported


def test_what_readers_ask_for_first_is_made_before_they_do(views, monkeypatch):
    from zkcredit.page import views as module

    made = []
    honest = module.histories_of
    monkeypatch.setattr(module, "histories_of", lambda *a: made.append(1) or honest(*a))
    views.prepare()
    views.portfolio()
    assert len(made) == 1


@pytest.mark.parametrize("error", [WalletError("locked"), Busy("being made")])
def test_what_cannot_be_made_beforehand_waits_for_a_reader(views, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(views, "overview", fails)
    views.prepare()


def test_a_page_that_starts_without_its_node_shows_what_was_read(chain, index, follower, told):
    class Away(FarNode):
        def call(self, *_, **__):
            raise NodeUnavailable("http://user:secret@host cannot be reached")

    def gone():
        raise NodeUnavailable("http://user:secret@host cannot be reached")

    again = Follower(index, Away(chain), MARKET_AT, report=told.append)
    assert (again.status.block, again.status.time) == (index.block, index.time)
    assert index.time == follower.status.time > 0
    index.catch_up = gone
    again.step()
    views = Views(index, again, MARKET_AT)
    with TestClient(make_app(views, again, Judge()), raise_server_exceptions=False) as client:
        for path in ("/", "/loans", "/loans/1", "/portfolio", "/impact", "/verify", "/api"):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "does not answer" in Seen(answer.text).text
            assert "1970" not in answer.text
        states = {one["state"] for one in client.get("/api/overview").json()["states"]}
        assert "active" in states


def test_pages_that_are_kept_have_the_readers_language(client):
    for _ in range(2):  # the second time from what is kept
        for language in ("en", "zh_CN"):
            page = client.get("/", headers={"Accept-Language": language.replace("_", "-")}).text
            assert f'lang="{language.replace("_", "-")}"' in page
        chosen = client.get("/?lang=zh_CN").text
        assert "lang=zh_CN" in chosen  # its links stay in the language
        assert "lang=zh_CN" not in client.get("/", headers={"Accept-Language": "zh-CN"}).text
