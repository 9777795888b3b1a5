"""A password opens what it locked, and every change of a byte is noticed and named."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcredit.errors import DamagedFile, InvalidInput, OutOfMemory, OutOfRange, WrongPassword
from zkcredit.storage import password_lock as secretbox
from zkcredit.storage.password_lock import DataKey, KdfCost, lock, unlock

LIGHT = KdfCost.light_unsafe()
PASSWORD = "päss wörd"
LOCK, KEY = lock(PASSWORD, LIGHT)
BOX = KEY.encrypt(b"secret", "name")


def checksummed(body):
    """The lock as an attacker would write it: changed, with a checksum that fits."""
    body = {key: value for key, value in body.items() if key != "checksum"}
    return {**body, "checksum": secretbox._checksum(body)}


def test_the_password_opens_the_lock():
    assert unlock(LOCK, PASSWORD).decrypt(BOX, "name") == b"secret"
    assert unlock(json.loads(json.dumps(LOCK)), PASSWORD).decrypt(BOX, "name") == b"secret"


def test_the_same_password_typed_on_another_keyboard_opens_it():
    decomposed = "pa\u0308ss wo\u0308rd"
    assert decomposed != PASSWORD
    assert unlock(LOCK, decomposed).decrypt(BOX, "name") == b"secret"


def test_a_byte_order_mark_is_no_part_of_a_password():
    body, key = lock("\ufeff" + PASSWORD, LIGHT)
    box = key.encrypt(b"secret", "name")
    for password in (PASSWORD, "\ufeff" + PASSWORD):
        assert unlock(body, password).decrypt(box, "name") == b"secret"
        assert unlock(LOCK, password).decrypt(BOX, "name") == b"secret"


def test_a_lock_that_was_made_with_the_mark_still_opens(monkeypatch):
    monkeypatch.setattr(secretbox, "without_mark", lambda text: text)  # as earlier versions did
    body, key = lock("\ufeff" + PASSWORD, LIGHT)
    monkeypatch.undo()
    box = key.encrypt(b"secret", "name")
    for password in (PASSWORD, "\ufeff" + PASSWORD):
        assert unlock(body, password).decrypt(box, "name") == b"secret"


@pytest.mark.parametrize("other", ["pass word", PASSWORD + " ", PASSWORD.upper(), "x"])
def test_another_password_is_a_wrong_password(other):
    with pytest.raises(WrongPassword):
        unlock(LOCK, other)


@pytest.mark.parametrize("password", ["", None, b"bytes", 7, "\ud800", "\ufeff"])
def test_no_password_is_refused(password):
    with pytest.raises(InvalidInput):
        lock(password, LIGHT)
    with pytest.raises(InvalidInput):
        unlock(LOCK, password)


@pytest.mark.parametrize("field", sorted(LOCK))
def test_every_changed_field_is_damage_never_a_wrong_key(field):
    value = LOCK[field]
    others = [None, [], {}, "", 1.5]
    others += [value + 1] if isinstance(value, int) else [value[:-1], "A" + value[1:], value[::-1]]
    for other in others:
        if other == value:
            continue
        with pytest.raises(DamagedFile):
            unlock({**LOCK, field: other}, PASSWORD)
    with pytest.raises(DamagedFile):
        unlock({key: value for key, value in LOCK.items() if key != field}, PASSWORD)


@pytest.mark.parametrize("field", ["salt", "check", "key", "log2_n", "r", "p"])
def test_a_forged_checksum_still_never_opens_to_a_wrong_key(field):
    _, other_key = lock(PASSWORD, LIGHT)
    other_lock = other_key.relock(PASSWORD, KdfCost(log2_n=11, r=9, p=2))
    with pytest.raises((WrongPassword, DamagedFile)):
        unlock(checksummed({**LOCK, field: other_lock[field]}), PASSWORD)


@pytest.mark.parametrize(
    "cost",
    [
        {"log2_n": 22},
        {"log2_n": 40},
        {"log2_n": 10**9},
        {"log2_n": 0},
        {"log2_n": -1},
        {"r": 2**30},
        {"r": 0},
        {"p": 2**30},
        {"p": 0},
        {"log2_n": 21, "r": 8},
        {"log2_n": 17, "r": 32},
        {"log2_n": 19, "p": 16, "r": 1},
        {"log2_n": True},
        {"r": "8"},
        {"p": 1.0},
    ],
)
def test_hostile_costs_are_refused_before_any_work(cost, monkeypatch):
    def scrypt(*_args, **_kwargs):
        raise AssertionError("scrypt must not run")

    monkeypatch.setattr(secretbox.hashlib, "scrypt", scrypt)
    with pytest.raises(DamagedFile):
        unlock(checksummed({**LOCK, **cost}), PASSWORD)
    with pytest.raises(InvalidInput):
        KdfCost(**{"log2_n": 10, **cost})


def test_the_default_cost_is_allowed_and_heavy():
    assert 1 << 27 <= KdfCost().memory <= secretbox.MEMORY_LIMIT
    with pytest.raises(OutOfRange):
        KdfCost(log2_n=19)


@pytest.mark.parametrize("thing", [None, 1, "text", [], {}, {"format": "zkcredit-lock/1"}])
def test_what_is_no_lock_is_damage(thing):
    with pytest.raises(DamagedFile):
        unlock(thing, PASSWORD)


@pytest.mark.parametrize("change", [{"format": "zkcredit-lock/2"}, {"kdf": "pbkdf2"}])
def test_unknown_kinds_of_lock_are_refused(change):
    with pytest.raises(DamagedFile):
        unlock(checksummed({**LOCK, **change}), PASSWORD)


@given(st.integers(0, len(BOX) * 8 - 1))
@settings(max_examples=400)
def test_every_changed_bit_of_a_box_is_damage(bit):
    changed = bytearray(BOX)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedFile):
        KEY.decrypt(bytes(changed), "name")


@pytest.mark.parametrize("length", range(len(BOX)))
def test_every_cut_of_a_box_is_damage(length):
    with pytest.raises(DamagedFile):
        KEY.decrypt(BOX[:length], "name")


def test_a_box_opens_under_its_own_name_and_key_only():
    with pytest.raises(DamagedFile):
        KEY.decrypt(BOX, "other name")
    with pytest.raises(DamagedFile):
        lock(PASSWORD, LIGHT)[1].decrypt(BOX, "name")
    with pytest.raises(DamagedFile):
        KEY.decrypt(BOX + b"\0", "name")


def test_the_same_text_never_seals_to_the_same_box():
    assert len({KEY.encrypt(b"secret", "name") for _ in range(50)}) == 50


def test_a_new_password_holds_the_same_key():
    body = KEY.relock("new", LIGHT)
    assert unlock(body, "new").decrypt(BOX, "name") == b"secret"
    with pytest.raises(WrongPassword):
        unlock(body, PASSWORD)


def test_nothing_shows_or_copies_a_key():
    key = DataKey(b"k" * 32)
    assert "kkk" not in repr(key) + str(key) + repr(vars(type(key)).get("__dict__"))
    for copier in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(key)


@pytest.mark.parametrize("error", [MemoryError(), ValueError("memory limit exceeded")])
def test_too_little_memory_for_scrypt_says_how_much_it_takes(monkeypatch, error):
    def without_memory(*_, **__):
        raise error

    body, _ = lock("a password", KdfCost.light_unsafe())
    monkeypatch.setattr(secretbox.hashlib, "scrypt", without_memory)
    for action in (lambda: lock("a password"), lambda: unlock(body, "a password")):
        with pytest.raises(OutOfMemory, match=r"the key derivation needs \d+ MiB of memory"):
            action()
