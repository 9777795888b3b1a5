"""The committed files of a toy circuit made by circom and snarkjs, and ways to damage files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[3] / "vectors" / "snarkjs_toy"


def data(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def text(name: str) -> str:
    return (FOLDER / name).read_text()


def sections(file: bytes) -> list[tuple[int, bytes]]:
    """Split a well-formed binary file, in plain Python: a second opinion on the container."""
    _, _, count = struct.unpack_from("<4sII", file)
    position, found = 12, []
    for _ in range(count):
        number, size = struct.unpack_from("<IQ", file, position)
        found.append((number, file[position + 12 : position + 12 + size]))
        position += 12 + size
    assert position == len(file)
    return found


def join(file: bytes, parts: list[tuple[int, bytes]]) -> bytes:
    """A file with the magic and version of ``file`` and other sections."""
    body = b"".join(struct.pack("<IQ", n, len(b)) + b for n, b in parts)
    return file[:8] + struct.pack("<I", len(parts)) + body


def edited(file: bytes, number: int, offset: int, new: bytes) -> bytes:
    """``file`` with bytes at ``offset`` of one section overwritten."""
    parts = dict(sections(file))
    old = parts[number]
    assert offset + len(new) <= len(old)
    parts[number] = old[:offset] + new + old[offset + len(new) :]
    return join(file, [(n, parts[n]) for n, _ in sections(file)])


def resized(file: bytes, number: int, change: int) -> bytes:
    """``file`` with a section that is ``change`` bytes longer (zeros) or shorter."""
    return join(
        file,
        [
            (n, (b + bytes(change) if change > 0 else b[:change]) if n == number else b)
            for n, b in sections(file)
        ],
    )


def structural_damage(file: bytes) -> Iterator[tuple[str, bytes]]:
    """Damages that every container format must refuse."""
    parts = sections(file)
    yield "empty", b""
    yield "header only", file[:12]
    yield "cut in the header", file[:11]
    yield "one byte short", file[:-1]
    yield "one byte more", file + b"\0"
    yield "other magic", b"abcd" + file[4:]
    yield "version 0", file[:4] + struct.pack("<I", 0) + file[8:]
    yield "version 3", file[:4] + struct.pack("<I", 3) + file[8:]
    yield "too many sections", file[:8] + struct.pack("<I", 0xFFFFFFFF) + file[12:]
    yield "too few sections", file[:8] + struct.pack("<I", len(parts) - 1) + file[12:]
    for i, (number, body) in enumerate(parts):
        if number <= 9:
            yield f"section {number} missing", join(file, parts[:i] + parts[i + 1 :])
        yield f"section {number} repeated", join(file, [*parts, (number, body)])
        yield f"section {number} empty", join(file, [*parts[:i], (number, b""), *parts[i + 1 :]])
        if body:
            yield f"section {number} one byte short", resized(file, number, -1)
        yield f"section {number} one byte more", resized(file, number, 1)
        yield f"section {number} four bytes more", resized(file, number, 4)
    huge = 12 + struct.calcsize("<I")
    yield "a size of 2^64 - 1", file[:huge] + b"\xff" * 8 + file[huge + 8 :]
