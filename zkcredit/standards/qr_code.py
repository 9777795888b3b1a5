"""QR codes of requests and presentations (ISO/IEC 18004), by segno, which ``zkcredit[qr]`` brings.

The text is ASCII, in byte mode, at error correction level L or better: the level rises where that
does not make the code larger. Readers diverge on texts beyond ASCII, so none is drawn.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_path
from zkcredit._internal.extras import extra
from zkcredit._internal.files import write_atomic
from zkcredit.errors import InvalidInput, TooLargeForQrCode
from zkcredit.request.proof_request import QR_BYTES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["draw_qr_code", "qr_code_lines"]

_SCALE: Final = 4  # pixels of a module
_BORDER: Final = 4  # modules, as the standard demands
_INVERSE: Final = "\x1b[30;107m"  # black on bright white, whatever the terminal's colours
_RESET: Final = "\x1b[0m"
_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def draw_qr_code(text: str, path: str | Path) -> None:
    """Write the QR code of a text as a PNG file; write all of it, or nothing.

    Args:
        text: a request's or a presentation's JSON, or a URL.
        path: file to write; it ends in ``.png``.

    Raises:
        TooLargeForQrCode: if the text does not fit.
        InvalidInput: if the text is empty or not ASCII, or the path is not acceptable.
        MissingExtra: if segno is not installed.
        MachineError: if the machine fails.
    """
    target = require_path("path", path)
    if target.suffix != ".png":
        raise InvalidInput(f"a QR code is written as .png, not {target.suffix!r}")
    picture = io.BytesIO()
    _qr_code(text).save(picture, kind="png", scale=_SCALE, border=_BORDER)
    write_atomic(target, picture.getvalue())


def qr_code_lines(text: str) -> list[str]:
    """Return the QR code of a text as lines for a terminal, in which a character is two modules.

    The lines set their own colours, so that the code is dark on light in every terminal.

    Raises:
        TooLargeForQrCode: if the text does not fit.
        InvalidInput: if the text is empty or not ASCII.
        MissingExtra: if segno is not installed.
    """
    rows = [tuple(row) for row in _qr_code(text).matrix_iter(border=_BORDER)]
    if len(rows) % 2:
        rows.append((0,) * len(rows[0]))
    return [
        _INVERSE + "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) + _RESET
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def _qr_code(text: str) -> Any:
    if not isinstance(text, str) or not text or not text.isascii():
        raise InvalidInput("a QR code is drawn of an ASCII text that is not empty")
    if len(text) > QR_BYTES:
        raise TooLargeForQrCode(
            f"the text has {len(text)} bytes and the largest QR code holds {QR_BYTES}: send the "
            "file instead, or put it on a web page and draw its address",
            len(text),
        )
    with extra("qr", "a QR code"):
        import segno
    return segno.make_qr(text, error="l", mode="byte")
