"""Passwords come from a file, a descriptor or a prompt, and each bad source is refused."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from pathlib import Path


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def read_password(file: Path | None, descriptor: int | None) -> str:
    return PasswordOptions(password_file=file, password_fd=descriptor).password()


def _pipe(content: bytes) -> int:
    readable, writable = os.pipe()
    os.write(writable, content)
    os.close(writable)
    return readable


@pytest.mark.parametrize("content", [b"secret", b"secret\n", b"secret\r\n", b"secret\nmore"])
def test_the_first_line_is_the_password(tmp_path: Path, content: bytes) -> None:
    assert read_password(_file(tmp_path, content), None) == "secret"
    assert read_password(None, _pipe(content)) == "secret"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r\nmore"])
def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path, end: bytes) -> None:
    content = b"\xef\xbb\xbfsecret" + end
    assert read_password(_file(tmp_path, content), None) == "secret"
    assert read_password(None, _pipe(content)) == "secret"


def test_a_file_in_utf_16_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="UTF-16"):
        read_password(_file(tmp_path, "secret\r\n".encode("utf-16")), None)


def test_spaces_and_accents_are_part_of_it(tmp_path: Path) -> None:
    assert read_password(_file(tmp_path, " pässwort \n".encode()), None) == " pässwort "


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecond line", b"\xff\xfe", b"\xef\xbb\xbf\n"])
def test_an_empty_or_undecodable_password_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="password"):
        read_password(_file(tmp_path, content), None)
    with pytest.raises(InvalidInput, match="password"):
        read_password(None, _pipe(content))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match="at most"):
        read_password(_file(tmp_path, b"x" * 5000), None)


def test_an_endless_descriptor_is_refused() -> None:
    with pytest.raises(InvalidInput, match="bytes on the first line"):
        read_password(None, os.open("/dev/zero", os.O_RDONLY))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        read_password(tmp_path / "none", None)


def test_a_closed_descriptor_is_refused() -> None:
    with pytest.raises(InvalidInput, match="descriptor 987"):
        read_password(None, 987)


def test_two_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not both"):
        read_password(_file(tmp_path, b"x"), 0)


def test_without_a_terminal_there_is_no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    with pytest.raises(InvalidInput, match="no terminal"):
        read_password(None, None)


@pytest.mark.parametrize("weak", ["short", "123456789", "aaaaaaaaaaaaaaaa", "abababababab"])
def test_a_new_password_is_held_to_a_rule_and_an_old_one_is_not(tmp_path: Path, weak: str) -> None:
    options = PasswordOptions(password_file=_file(tmp_path, weak.encode()))
    with pytest.raises(InvalidInput, match="10 characters or more") as caught:
        options.password(confirm=True)
    assert weak not in str(caught.value)
    assert options.password() == weak


@pytest.mark.parametrize("good", ["correct horse", "five words are quite enough", "pässwörter"])
def test_words_with_spaces_are_good_passwords(tmp_path: Path, good: str) -> None:
    options = PasswordOptions(password_file=_file(tmp_path, good.encode()))
    assert options.password(confirm=True) == good


def test_a_password_file_that_others_can_read_gives_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, b"secret")
    path.chmod(0o644)
    assert read_password(path, None) == "secret"
    assert "chmod 600" in capsys.readouterr().err
