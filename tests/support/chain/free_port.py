"""A port for a server that a test starts, which nobody else gets by chance before it listens."""

from __future__ import annotations

import secrets
import socket

__all__ = ["free_port"]

_LOWEST, _HIGHEST = 10_000, 32_000


def free_port() -> int:
    """A drawn port that is free, below those that Linux hands out to whoever asks for any."""
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
