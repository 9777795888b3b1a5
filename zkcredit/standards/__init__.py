"""Requests and presentations in the forms of other standards: W3C, OpenID, QR codes.

A verifier or a wallet that is built on these standards carries our messages without understanding
the proof. The forms say only what is true: they do not claim a signature suite, and do not name the
issuer or the holder. Each way there and back gives the same request, or the same presentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.standards.openid4vp import AuthorizationRequest, read_answer, write_answer
    from zkcredit.standards.qr_code import draw_qr_code, qr_code_lines
    from zkcredit.standards.verifiable_presentation import (
        read_verifiable_presentation,
        write_verifiable_presentation,
    )

__all__ = [
    "AuthorizationRequest",
    "draw_qr_code",
    "qr_code_lines",
    "read_answer",
    "read_verifiable_presentation",
    "write_answer",
    "write_verifiable_presentation",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AuthorizationRequest": "openid4vp",
        "draw_qr_code": "qr_code",
        "qr_code_lines": "qr_code",
        "read_answer": "openid4vp",
        "read_verifiable_presentation": "verifiable_presentation",
        "write_answer": "openid4vp",
        "write_verifiable_presentation": "verifiable_presentation",
    },
)
