"""The power fails while a file is made or changed: what is there afterwards opens.

``make long PART=power`` draws a hundred thousand disks.
"""

from __future__ import annotations

import os
import random

import pytest
from support.storage import power_rounds
from support.storage.power import disks, record
from support.storage.power_rounds import WRITINGS, Writing, cut


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WRITINGS if name != "keystore created"])
def test_what_a_failing_power_leaves_opens(name):
    """`make long PART=power` draws forty times as many after each call."""
    assert cut(name, 0, drawn=3)["disks"] > 3


@pytest.mark.slow
def test_a_killed_creation_leaves_all_or_nothing_and_can_be_done_again():
    made = [name for name, writing in WRITINGS.items() if writing.creates]
    assert len(made) == 7
    for name in made:
        assert cut(name, 0, drawn=0)["after a kill"] >= 3, name


def _careless(folder):
    (folder / "file").write_bytes(b'{"new": 1}')


def _unsynced(folder):
    (folder / "other").write_bytes(b'{"new": 1}')
    (folder / "other").replace(folder / "file")


@pytest.mark.parametrize("write", [_careless, _unsynced])
def test_a_careless_writer_is_found(write, monkeypatch):
    def look(folder):
        text = (folder / "file").read_bytes()
        assert text in (b'{"old": 1}', b'{"new": 1}')
        return text

    def before(folder):
        (folder / "file").write_bytes(b'{"old": 1}')

    monkeypatch.setitem(power_rounds.WRITINGS, "careless", Writing(before, write, look))
    with pytest.raises(AssertionError, match="careless"):
        cut("careless", 0)


def test_a_disk_has_what_was_synced_and_perhaps_the_rest(tmp_path):
    def act():
        with open(tmp_path / "a", "r+b", buffering=0) as file:
            file.write(b"1")
            os.fsync(file.fileno())
            file.write(b"2")
            os.fsync(file.fileno())
        (tmp_path / "a").rename(tmp_path / "b")

    (tmp_path / "a").write_bytes(b"..")
    found = list(disks(record(tmp_path, act), random.Random(0), 2))
    held = [next(iter(disk.items())) for _, disk in found]
    assert set(held) == {("a", b".."), ("a", b"1."), ("a", b"12"), ("b", b"12")}
    assert [killed for killed, _ in found].count(True) == 4
