"""Reports of large markets are made seldom and aside, and those of small ones with each block."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from zkcredit.errors import WalletError
from zkcredit.page import market_reports
from zkcredit.page.market_reports import Report
from zkcredit.page.verdicts import Busy

PATIENCE = 120


class Maker:
    """Makes reports that take as long as it is told, by a clock that it moves."""

    def __init__(self, took):
        self.took = took
        self.now = 1_000.0
        self.made = 0
        self.told = []
        self.error = None
        self.waits = None
        self.done = Event()
        self.report = Report(self.make, self.told.append, lambda: self.now)

    def make(self):
        if self.waits is not None:
            assert self.waits.wait(PATIENCE)
        self.now += self.took
        self.done.set()
        if self.error is not None:
            raise self.error
        self.made += 1
        return {"made": self.made}

    def get(self, version):
        return self.report.get(version)["made"]

    def aside(self):
        """Wait until the thread that makes it has ended."""
        assert self.done.wait(PATIENCE)
        with self.report._making:
            self.done.clear()


def test_a_quick_report_is_that_of_the_block():
    maker = Maker(0.01)
    for version in (1, 1, 2, 2, 3):
        maker.now += 1
        assert maker.get(version) == version


def test_blocks_in_a_row_have_quick_reports_of_their_own():
    maker = Maker(0.05)
    for version in range(1, 20):
        assert maker.get(version) == version


def test_a_long_one_is_made_aside_while_readers_see_the_one_before():
    maker = Maker(10.0)
    assert maker.get(1) == 1
    maker.done.clear()
    maker.now += 399
    assert maker.get(2) == 1
    assert not maker.done.is_set()
    maker.now += 2
    maker.waits = Event()
    for _ in range(3):
        assert maker.get(2) == 1  # and does not wait
    maker.waits.set()
    maker.aside()
    assert maker.get(2) == 2
    assert maker.made == 2


def test_an_error_aside_is_told_and_leaves_the_old_one():
    maker = Maker(10.0)
    maker.get(1)
    maker.done.clear()
    maker.now += 1_000
    maker.error = WalletError("locked")
    assert maker.get(2) == 1
    maker.aside()
    assert maker.told == ["WalletError: locked"]
    maker.error = None
    assert maker.get(2) == 1
    maker.aside()
    assert maker.get(2) == 2


def test_the_first_error_is_the_readers_and_the_next_one_tries_again():
    maker = Maker(0.1)
    maker.error = WalletError("locked")
    with pytest.raises(WalletError):
        maker.get(1)
    maker.error = None
    assert maker.get(1) == 1


def test_nobody_waits_long_for_the_first_one(monkeypatch):
    monkeypatch.setattr(market_reports, "_PATIENCE", 0.0)
    maker = Maker(100.0)
    maker.waits = Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(maker.get, 1)
        while not maker.report._making.locked():
            pass
        with pytest.raises(Busy, match="Try again"):
            maker.get(1)
        maker.waits.set()
        assert first.result() == 1
    assert maker.get(1) == 1


def test_many_readers_make_it_once():
    maker = Maker(0.01)
    maker.waits = Event()
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(maker.get, 1) for _ in range(8)]
        maker.waits.set()
        assert [one.result() for one in found] == [1] * 8


def test_whoever_sees_that_there_is_a_new_one_finds_it():
    """The page's edition has the time when it was made; an old value must not be kept under it."""
    seen = []

    class Watched(Report):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name == "_at" and value:
                seen.append((value, self._value))

    report = Watched(lambda: {"made": 1}, lambda _: None, lambda: 5.0)
    report.get(1)
    assert seen == [(5.0, {"made": 1})]


def test_a_busy_report_is_a_clear_message(client, views, monkeypatch):
    def busy():
        raise Busy("This report is being made. Try again in a minute.")

    for name in ("portfolio", "impact"):
        monkeypatch.setattr(views, name, busy)
        page = client.get(f"/{name}")
        assert (page.status_code, page.headers["retry-after"]) == (503, "30")
        assert "is being made" in page.text
        assert client.get(f"/api/{name}").json()["error"].startswith("This report")
