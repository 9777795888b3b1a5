"""The book keeps what a verifier asked for and accepts one answer, whatever happens meanwhile."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from zkcredit import Policy, RequestBook, units
from zkcredit.errors import (
    AnsweredRequest,
    DamagedFile,
    InvalidInput,
    InvalidProof,
    OutOfRange,
    WalletError,
)
from zkcredit.request import Answer, ProofRequest, RequestKey

NOW = 1_790_000_000
ASKED = ProofRequest("a bank", "a loan", NOW + 60, 7, policy=Policy().at(NOW))
PARTS = {"verifier": "a bank", "purpose": "a loan", "policy": Policy(), "valid_for": 60}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book"


@pytest.fixture
def book(path):
    with RequestBook.open(path) as book:
        yield book


def test_what_is_made_is_kept_for_this_user_alone(book, path):
    made = book.new(**PARTS, now=NOW)
    assert book.get(made.nonce) == made
    assert book.open_requests(NOW) == [made]
    assert book.open_requests(NOW + 61) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in repr(book)


def test_a_signed_request_is_kept_with_its_signature(book):
    key = RequestKey.generate()
    made = book.new(**PARTS, now=NOW, addressee="ab" * 32, key=key)
    assert made.signed_by == key.public
    assert book.get(made.nonce) == made


@pytest.mark.parametrize("missing", sorted(PARTS))
def test_a_request_needs_its_parts(book, missing):
    with pytest.raises(InvalidInput, match=missing):
        book.new(**{name: value for name, value in PARTS.items() if name != missing})
    assert book.open_requests(0) == []


def test_keeping_it_twice_changes_nothing(book):
    book.keep(ASKED)
    book.keep(ASKED)
    assert book.open_requests(NOW) == [ASKED]
    with pytest.raises(InvalidInput, match="another request"):
        book.keep(replace(ASKED, purpose="a car"))


def test_one_answer_is_accepted(book, path):
    book.keep(ASKED)
    assert book.answer_to(ASKED) is None
    book.accept(ASKED, 5, NOW)
    for pseudonym in (5, 6):
        with pytest.raises(AnsweredRequest):
            book.accept(ASKED, pseudonym, NOW + 1)
    assert book.answer_to(ASKED) == Answer(NOW, 5)
    assert book.open_requests(NOW) == []
    with RequestBook.open(path) as again, pytest.raises(AnsweredRequest):
        again.accept(ASKED, 5, NOW)


def test_what_was_made_elsewhere_is_refused(book):
    for other in (ASKED, replace(ASKED, nonce=8)):
        with pytest.raises(InvalidProof, match="not in the book"):
            book.accept(other, 5, NOW)
    book.keep(ASKED)
    with pytest.raises(InvalidProof, match="not in the book"):
        book.accept(replace(ASKED, scope=1), 5, NOW)
    with pytest.raises(InvalidInput):
        book.get(8)
    assert book.answer_to(replace(ASKED, nonce=8)) is None


@pytest.mark.parametrize("value", [None, "x", ASKED.to_json()])
def test_only_requests_are_kept(book, value):
    for use in (book.keep, book.answer_to, lambda value: book.accept(value, 1, NOW)):
        with pytest.raises(InvalidInput):
            use(value)


def test_only_what_has_expired_is_forgotten(book, monkeypatch):
    monkeypatch.setattr(units, "now", lambda: NOW + 61)
    late = replace(ASKED, nonce=8, expires_at=NOW + 100)
    book.keep(ASKED)
    book.keep(late)
    with pytest.raises(OutOfRange):
        book.forget(expired_before=NOW + 62)
    assert book.forget(expired_before=NOW + 60) == 0
    assert book.forget(expired_before=NOW + 61) == 1
    assert book.open_requests(NOW) == [late]


def test_of_many_threads_one_is_first(book):
    book.keep(ASKED)
    outcomes = []

    def answer(pseudonym):
        try:
            book.accept(ASKED, pseudonym, NOW)
            outcomes.append(pseudonym)
        except AnsweredRequest:
            pass

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert book.answer_to(ASKED).pseudonym == outcomes[0]


def test_two_books_of_one_file_share_it(book, path):
    with RequestBook.open(path) as other:
        other.keep(ASKED)
        book.accept(ASKED, 1, NOW)
        with pytest.raises(AnsweredRequest):
            other.accept(ASKED, 2, NOW)


def test_a_book_that_was_killed_after_an_answer_remembers_it(path):
    script = (
        "import os, signal, sys\n"
        "from zkcredit import RequestBook\n"
        "from zkcredit.request import ProofRequest\n"
        "book = RequestBook.open(sys.argv[1])\n"
        "request = ProofRequest.from_json(sys.argv[2])\n"
        "book.keep(request)\n"
        "book.accept(request, 5, 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path), ASKED.to_json()], check=False)
    assert done.returncode == -9
    with RequestBook.open(path) as book, pytest.raises(AnsweredRequest):
        book.accept(ASKED, 5, NOW)


@pytest.mark.parametrize("content", [b"", b"x" * 4096, b"SQLite format 3\0" + bytes(4080)])
def test_other_files_are_refused_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(DamagedFile):
        RequestBook.open(path)
    assert path.read_bytes() == content


def test_a_wallet_is_no_book(path):
    from zkcredit.storage.password_lock import KdfCost
    from zkcredit.wallet import Wallet

    Wallet.create(path, "a password of some length", cost=KdfCost.light_unsafe()).close()
    with pytest.raises(DamagedFile):
        RequestBook.open(path)


def test_a_closed_book_says_so(path):
    book = RequestBook.open(path)
    book.close()
    book.close()
    with pytest.raises(WalletError):
        book.keep(ASKED)


@pytest.mark.parametrize("where", [None, 5, "/", "missing/book"])
def test_a_path_must_be_usable(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput):
        RequestBook.open(where)


@pytest.mark.parametrize(
    "change",
    [
        "document = '[]'",
        "document = replace(document, 'a loan', 'a  loan ')",
        "pseudonym = 'nobody'",
        "pseudonym = '-1'",
        "pseudonym = NULL",
        "answered_at = -1",
        "answered_at = 1 << 60",
    ],
)
def test_a_book_that_somebody_changed_is_corrupted(book, path, change):
    book.keep(ASKED)
    book.accept(ASKED, 5, NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE requests SET {change}")  # from the list above
    read = [lambda: book.get(ASKED.nonce)] if "document" in change else []
    if not read:
        read = [lambda: book.answer_to(ASKED), lambda: book.accept(ASKED, 5, NOW)]
    for one in read:
        with pytest.raises(DamagedFile, match="did not write"):
            one()
