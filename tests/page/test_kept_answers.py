"""An answer is made once for all readers, and none of them takes it from another."""

from __future__ import annotations

import asyncio
import threading

import pytest

from zkcredit.language import language, speaking
from zkcredit.page.kept_answers import KeptAnswers

PATIENCE = 60


class Maker:
    """Makes answers when it may, and counts them."""

    def __init__(self):
        self.edition = 1
        self.made = 0
        self.may = threading.Event()
        self.may.set()
        self.fails = None
        self.kept = KeptAnswers(lambda: self.edition)

    def make(self):
        assert self.may.wait(PATIENCE)
        self.made += 1
        if self.fails is not None:
            raise self.fails
        return f"{self.made} {language()}".encode()

    async def get(self, name="/"):
        return await self.kept.get(name, self.make)


def test_many_readers_have_one_answer():
    """A turn of the loop, ``sleep(0)``, lets every task begin that was created before it."""
    maker = Maker()

    async def read():
        maker.may.clear()
        readers = [asyncio.create_task(maker.get()) for _ in range(300)]
        await asyncio.sleep(0)
        maker.may.set()
        return await asyncio.gather(*readers), await maker.get()

    first, later = asyncio.run(read())
    assert set(first) == {later} == {b"1 en"}
    assert maker.made == 1


def test_another_edition_and_another_name_are_made_anew():
    maker = Maker()

    async def read():
        found = [await maker.get(), await maker.get("/loans"), await maker.get()]
        maker.edition = 2
        return [*found, await maker.get(), await maker.get()]

    assert asyncio.run(read()) == [b"1 en", b"2 en", b"1 en", b"3 en", b"3 en"]


def test_what_fails_reaches_all_who_wait_and_is_not_kept():
    maker = Maker()
    maker.fails = LookupError("no such loan")

    async def read():
        maker.may.clear()
        readers = [asyncio.create_task(maker.get()) for _ in range(5)]
        await asyncio.sleep(0)
        maker.may.set()
        found = await asyncio.gather(*readers, return_exceptions=True)
        assert all(isinstance(one, LookupError) for one in found)
        maker.fails = None
        return await maker.get()

    assert asyncio.run(read()) == b"2 en"


def test_a_reader_who_leaves_takes_nothing_from_the_others():
    maker = Maker()

    async def read():
        maker.may.clear()
        leaves, stays = asyncio.create_task(maker.get()), asyncio.create_task(maker.get())
        await asyncio.sleep(0)
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
        maker.may.set()
        return await stays

    assert asyncio.run(read()) == b"1 en"
    assert maker.made == 1


def test_an_answer_is_made_in_the_readers_language():
    maker = Maker()

    async def read():
        with speaking("zh_CN"):
            return await maker.get("/ zh")

    assert asyncio.run(read()) == b"1 zh_CN"


def test_a_reader_who_asks_for_much_fills_no_memory():
    maker = Maker()

    async def read():
        for number in range(600):
            await maker.get(f"/loans/{number}")
        return await maker.get("/loans/0"), await maker.get("/loans/599")

    assert asyncio.run(read()) == (b"1 en", b"601 en")
    assert maker.made == 601
