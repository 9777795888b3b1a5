"""QR codes: an independent reader reads the text back, and what does not fit is refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from support.protocol.openid_cases import ASKED, KINDS, answer_to

from zkcredit.errors import InvalidInput, MissingExtra, TooLargeForQrCode
from zkcredit.request.proof_request import QR_BYTES
from zkcredit.standards import draw_qr_code, qr_code_lines, write_verifiable_presentation

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    **{f"request, {kind}": request.to_json() for kind, request in KINDS.items()},
    **{f"answer, {kind}": answer_to(request).to_json() for kind, request in KINDS.items()},
    "url": ASKED.to_url(),
    "verifiable presentation": write_verifiable_presentation(answer_to(ASKED.request)),
    "one": "1",
    "largest": '{"a":"' + "b" * (QR_BYTES - 8) + '"}',
}


def read(picture: Any) -> str:
    """What the one code of a picture says, by ZXing."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    (code,) = found
    return str(code.text)


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_read_back_from_the_png(name: str, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    draw_qr_code(TEXTS[name], path)
    with Image.open(path) as picture:
        assert read(picture.convert("L")) == TEXTS[name]


def pixels(lines: list[str], scale: int = 4) -> Any:
    """The picture that a terminal shows."""
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = []
    for line in lines:
        assert line.startswith("\x1b[30;107m")
        assert line.endswith("\x1b[0m")
        pairs = [halves[c] for c in line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m")]
        rows += [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]
    dark = np.array(rows, dtype=np.uint8)
    return np.kron(255 * (1 - dark), np.ones((scale, scale), dtype=np.uint8)).astype(np.uint8)


@pytest.mark.parametrize("name", ["request, signed", "url", "one"])
def test_the_text_is_read_back_from_the_terminal(name: str) -> None:
    lines = qr_code_lines(TEXTS[name])
    assert len({len(line) for line in lines}) == 1
    assert read(pixels(lines)) == TEXTS[name]


@pytest.mark.parametrize("size", [QR_BYTES + 1, 10_000])
def test_a_text_that_does_not_fit_is_refused_with_its_size(size: int, tmp_path: Path) -> None:
    for call in (
        lambda: draw_qr_code("a" * size, tmp_path / "code.png"),
        lambda: qr_code_lines("a" * size),
    ):
        with pytest.raises(TooLargeForQrCode, match=rf"{size} bytes.*2953.*send the file") as told:
            call()
        assert told.value.size == size
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "Größe", "\u4e2d", None, b"abc", 7])
def test_what_is_not_ascii_text_is_refused(text: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="ASCII"):
        draw_qr_code(text, tmp_path / "code.png")
    with pytest.raises(InvalidInput, match="ASCII"):
        qr_code_lines(text)


@pytest.mark.parametrize("name", ["code", "code.svg", "code.PNG", 5, None])
def test_another_ending_is_refused(name: Any, tmp_path: Path) -> None:
    path = tmp_path / name if isinstance(name, str) else name
    with pytest.raises(InvalidInput):
        draw_qr_code("a", path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        draw_qr_code("a", tmp_path / "none" / "code.png")


def test_without_segno_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(MissingExtra, match=r"pip install 'zkcredit\[qr\]'"):
        draw_qr_code("a", tmp_path / "code.png")
    with pytest.raises(MissingExtra):
        qr_code_lines("a")
