"""Damage that fits the format of its file, so that it gets past the first check.

Every mutator takes a random source and a good file and returns a bad one (now and then a good
one). The same source gives the same file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING, Any

from zkcredit._internal.json import require_depth
from zkcredit.bn254.fields import Q, R

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Mutator = Callable[[random.Random, bytes], bytes]

_NUMBERS = (0, 1, 2, 255, 256, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
_ELEMENTS = (0, 1, R - 1, R, R + 1, Q - 1, Q, Q + 1, 2**254, 2**255, 2**256 - 1)
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**64, 10**80, 1e308, 0.5, "", "0", "1", "-1",
    "00", "0x0", "0x" + "f" * 64, str(R), str(R - 1), str(Q), str(2**256), "9" * 400, "é", "\u0661",
    "\ud800", "\0", "A" * 70, [], {}, [[]], {"": 0}, ["1", "0"], ["0", "1", "0"],
)  # fmt: skip


def raw(rng: random.Random, data: bytes) -> bytes:
    """Bytes changed, removed, added, repeated or zeroed, without any idea of what they are."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(changed) + 1)
        step = rng.randrange(7)
        length = rng.choice((1, 1, 2, 4, 8, 32, 200))
        if step == 0:
            del changed[at:]
        elif step == 1:
            del changed[at : at + length]
        elif step == 2:
            changed[at:at] = rng.randbytes(length)
        elif step == 3:
            changed[at : at + length] = bytes(length)
        elif step == 4:
            changed[at:at] = changed[at : at + length]
        elif at < len(changed):
            changed[at] ^= 1 << rng.randrange(8) if step == 5 else rng.randrange(1, 256)
    return bytes(changed)


def sections(rng: random.Random, data: bytes) -> bytes:
    """Change iden3's container: move, resize and rename sections, replace counts and elements."""
    try:
        parts = _split(data)
    except (struct.error, OverflowError):
        return raw(rng, data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not parts:
            break
        i = rng.randrange(len(parts))
        number, body = parts[i]
        step = rng.randrange(10)
        if step == 0:
            parts.pop(i)
        elif step == 1:
            parts.insert(rng.randrange(len(parts) + 1), parts[i])
        elif step == 2:
            rng.shuffle(parts)
        elif step == 3:
            parts[i] = (rng.choice((0, 1, 2, 3, 4, 5, 9, 10, 11, 31339, 2**32 - 1)), body)
        elif step == 4:
            parts[i] = (number, body[: rng.randrange(len(body) + 1)])
        elif step == 5:
            parts[i] = (number, body + rng.randbytes(rng.choice((1, 4, 8, 32, 64))))
        elif step == 6:
            parts[i] = (number, raw(rng, body))
        else:
            parts[i] = (number, _placed(rng, body))
    count = len(parts) if rng.random() < 0.95 else rng.choice(_NUMBERS)
    joined = b"".join(
        struct.pack("<IQ", number, len(body) if rng.random() < 0.98 else rng.randrange(2**64))
        + body
        for number, body in parts
    )
    version = data[4:8] if rng.random() < 0.97 else rng.randbytes(4)
    return data[:4] + version + struct.pack("<I", count) + joined


def _split(data: bytes) -> list[tuple[int, bytes]]:
    parts, position = [], 12
    for _ in range(min(struct.unpack_from("<I", data, 8)[0], 64)):
        number, size = struct.unpack_from("<IQ", data, position)
        position += 12
        parts.append((number, data[position : position + size]))
        position += size
    return parts


def _placed(rng: random.Random, body: bytes) -> bytes:
    # A u32 or a field element, on the grid that the formats have.
    element = rng.random() < 0.5
    width = 32 if element else 4
    if len(body) < width:
        return body + bytes(width)
    at = 4 * rng.randrange((len(body) - width) // 4 + 1)
    if element:
        new = rng.choice(_ELEMENTS).to_bytes(32, "little")
    else:
        old = int.from_bytes(body[at : at + 4], "little")
        number = rng.choice((*_NUMBERS, old + 1, old - 1, old * 2))
        new = (number % 2**32).to_bytes(4, "little")
    return body[:at] + new + body[at + width :]


def words(rng: random.Random, data: bytes) -> bytes:
    """Words of the EVM replaced by edges, swapped, added and removed."""
    parts = [data[i : i + 32] for i in range(0, len(data), 32)]
    for _ in range(rng.choice((1, 1, 2, 3))):
        i = rng.randrange(len(parts) + 1)
        step = rng.randrange(6)
        if step == 0 or i == len(parts):
            parts.insert(i, rng.randbytes(32))
        elif step == 1:
            parts.pop(i)
        elif step == 2:
            parts[i] = rng.choice((*_ELEMENTS, *_NUMBERS)).to_bytes(32, "big")
        elif step == 3:
            j = rng.randrange(len(parts))
            parts[i], parts[j] = parts[j], parts[i]
        elif step == 4:
            more = int.from_bytes(parts[i], "big") + rng.choice((Q, R, 1, -1))
            parts[i] = (more % 2**256).to_bytes(32, "big")
        else:
            parts[i] = raw(rng, parts[i])
    return b"".join(parts)


def call(rng: random.Random, data: bytes) -> bytes:
    """Return a selector of four bytes, sometimes damaged, and words."""
    head = raw(rng, data[:4]) if rng.random() < 0.05 else data[:4]
    return head + words(rng, data[4:])


def lines(rng: random.Random, data: bytes) -> bytes:
    """Lines of fields with commas between them: fields replaced, lines moved and repeated."""
    parts = data.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 3))):
        i = rng.randrange(len(parts))
        fields = parts[i].split(b",")
        step = rng.randrange(6)
        if step == 0:
            parts.insert(rng.randrange(len(parts) + 1), parts[i])
        elif step == 1:
            parts[i] = raw(rng, parts[i])
        else:
            new = rng.choice(_VALUES)
            text = new if isinstance(new, str) else json.dumps(new)
            fields[rng.randrange(len(fields))] = text.encode("utf-8", "surrogatepass")
            parts[i] = b",".join(fields)
    return b"\n".join(parts)


def document(rng: random.Random, data: bytes) -> bytes:
    """Change JSON: remove, rename and repeat members, replace and move values, change texts."""
    try:
        tree = _tree(data)
    except ValueError:
        return raw(rng, data)
    if rng.random() < 0.002:  # deeper than a recursive reader survives
        return _nested(rng)
    for _ in range(rng.choice((1, 1, 2, 3))):
        tree = _bent(rng, tree)
    text = json.dumps(tree, ensure_ascii=rng.random() < 0.8)
    if rng.random() < 0.05:
        text = text.replace("{", '{"type":0,', 1)  # perhaps a repeated member
    encoded = text.encode("utf-8", "surrogatepass")
    return raw(rng, encoded) if rng.random() < 0.1 else encoded


def _bent(rng: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        return _bent_members(rng, dict(value))
    if isinstance(value, list) and value and rng.random() < 0.9:
        return _bent_items(rng, list(value))
    if isinstance(value, str) and value and rng.random() < 0.5:
        return raw(rng, value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    if type(value) is int and rng.random() < 0.5:
        return rng.choice((value + 1, value - 1, -value, value << 32, float(value), str(value)))
    if rng.random() < 0.05:
        return _deep(rng.choice((10, 31, 33, 500)))
    return rng.choice(_VALUES)


def _bent_members(rng: random.Random, members: dict[str, Any]) -> dict[str, Any]:
    name = rng.choice(list(members))
    step = rng.randrange(8)
    if step == 0:
        del members[name]
    elif step == 1:
        members[rng.choice(("", "x", name + "s", name.upper(), "__proto__"))] = members[name]
    elif step == 2:
        members[name] = members[rng.choice(list(members))]
    else:
        members[name] = _bent(rng, members[name])
    return members


def _bent_items(rng: random.Random, items: list[Any]) -> list[Any]:
    i = rng.randrange(len(items))
    step = rng.randrange(8)
    if step == 0:
        items.pop(i)
    elif step == 1:
        items.insert(i, items[i])
    elif step == 2:
        rng.shuffle(items)
    else:
        items[i] = _bent(rng, items[i])
    return items


def _tree(data: bytes) -> Any:
    # The mutators must survive what they make: a deep text crashes Python's own reader.
    require_depth(data.decode())
    return json.loads(data)


def _nested(rng: random.Random) -> bytes:
    bracket, depth = rng.choice((b"[", b'{"":')), rng.choice((40, 2_000, 200_000))
    return bracket * depth + rng.choice((b"", b"0" + bytes([bracket[0] + 2]) * depth))


def _deep(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def keystore(rng: random.Random, data: bytes) -> bytes:
    """Change a keystore: JSON with a cost of key derivation that is either refused or low."""
    try:
        tree = _tree(document(rng, data))
    except ValueError:
        return raw(rng, data)
    _lower(tree, ("crypto", "kdfparams"), _KEYSTORE_COSTS)
    text = json.dumps(tree, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def database(rng: random.Random, data: bytes) -> bytes:
    """Change a wallet: its pages, or its rows through SQLite; the lock's checksum is made right."""
    return _stored(rng, data, _bend_wallet)


def outbox(rng: random.Random, data: bytes) -> bytes:
    """Change an outbox: its pages, or its rows and tables through SQLite."""
    return _stored(rng, data, _bend_outbox)


def request_book(rng: random.Random, data: bytes) -> bytes:
    """Change a book of requests: its pages, or its rows and tables through SQLite."""
    return _stored(rng, data, _bend_request_book)


def _stored(
    rng: random.Random, data: bytes, bend: Callable[[random.Random, sqlite3.Connection], None]
) -> bytes:
    if rng.random() < 0.5:
        changed = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 4))):
            # headers of the file and of pages are where the structure is
            page = 4096 * rng.randrange(max(1, len(changed) // 4096))
            at = page + rng.choice((rng.randrange(108), rng.randrange(4096)))
            if at < len(changed):
                changed[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        return bytes(changed)
    if rng.random() < 0.2:
        return raw(rng, data)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(data)
            bend(rng, connection)
            return connection.serialize()
        except (sqlite3.Error, ValueError, UnicodeError, OverflowError):
            return raw(rng, data)


def _bend_outbox(rng: random.Random, connection: sqlite3.Connection) -> None:
    _bend_rows(rng, connection, "transactions", _OUTBOX_STATEMENTS)


def _bend_request_book(rng: random.Random, connection: sqlite3.Connection) -> None:
    if rng.random() < 0.4:
        number, text = rng.choice(
            connection.execute("SELECT id, document FROM requests").fetchall()
        )
        bent = document(rng, text.encode()).decode("utf-8", "replace")
        connection.execute("UPDATE requests SET document = ? WHERE id = ?", (bent, number))
        return
    _bend_rows(rng, connection, "requests", _BOOK_STATEMENTS)


def _bend_rows(
    rng: random.Random, connection: sqlite3.Connection, table: str, statements: tuple[str, ...]
) -> None:
    step = rng.randrange(6)
    if step == 0:
        connection.execute(rng.choice(statements))
        return
    connection.execute("PRAGMA ignore_check_constraints = ON")
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    column = rng.choice(columns)[1]
    old = rng.choice(connection.execute(f"SELECT id, {column} FROM {table}").fetchall())
    new: Any = rng.choice((*_VALUES[3:22], b"", b"\0", rng.randbytes(8)))
    if isinstance(old[1], str | bytes) and step == 1:
        new = raw(rng, old[1].encode() if isinstance(old[1], str) else old[1])
    if isinstance(new, str) and step == 2:  # a text that is not UTF-8
        new = b"\xff" + new.encode("utf-8", "surrogatepass")
        update = f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE id = ?"
    else:
        update = f"UPDATE {table} SET {column} = ? WHERE id = ?"
    connection.execute(update, (new, old[0]))


_OUTBOX_STATEMENTS = (
    "DELETE FROM transactions",
    "DROP TABLE transactions",
    "DROP INDEX live_nonce",
    "DROP INDEX by_nonce",
    "ALTER TABLE transactions RENAME COLUMN key TO name",
    "ALTER TABLE transactions DROP COLUMN sends",
    "ALTER TABLE transactions RENAME TO others",
    "CREATE TABLE more (x)",
    "CREATE TRIGGER t AFTER INSERT ON transactions BEGIN DELETE FROM transactions; END",
    "CREATE TRIGGER t AFTER UPDATE ON transactions BEGIN SELECT raise(ABORT, 'no'); END",
    "UPDATE transactions SET raw = zeroblob(200000)",
    "PRAGMA application_id = 1",
    "PRAGMA user_version = 7",
)


_BOOK_STATEMENTS = (
    "DELETE FROM requests",
    "DROP TABLE requests",
    "DROP INDEX nonces",
    "ALTER TABLE requests RENAME COLUMN nonce TO name",
    "ALTER TABLE requests DROP COLUMN pseudonym",
    "CREATE TABLE more (x)",
    "CREATE TRIGGER t AFTER UPDATE ON requests BEGIN DELETE FROM requests; END",
    "UPDATE requests SET document = '[]'",
    "UPDATE requests SET pseudonym = 'nobody'",
    "UPDATE requests SET answered_at = NULL",
    "UPDATE requests SET answered_at = -1, expires_at = 9000000000000000000",
    "PRAGMA application_id = 1",
    "PRAGMA user_version = 7",
)


def _bend_wallet(rng: random.Random, connection: sqlite3.Connection) -> None:
    step = rng.randrange(6)
    if step == 0 and rng.random() < 0.02:
        connection.execute("UPDATE lock SET body = ?", (_nested(rng).decode(),))
    elif step <= 2:
        (text,) = connection.execute("SELECT body FROM lock").fetchone()
        body = _tree(document(rng, text.encode()))
        _lower(body, (), _WALLET_COSTS)
        if isinstance(body, dict) and rng.random() < 0.8:
            body.pop("checksum", None)
            plain = json.dumps(body, sort_keys=True, separators=(",", ":"))
            body["checksum"] = hashlib.sha256(plain.encode()).hexdigest()
        connection.execute("UPDATE lock SET body = ?", (json.dumps(body),))
    elif step == 3:
        rows = connection.execute("SELECT kind, id, box FROM records").fetchall()
        kind, name, box = rng.choice(rows)
        update = "UPDATE records SET box = ? WHERE kind = ? AND id = ?"
        connection.execute(update, (raw(rng, box), kind, name))
    elif step == 4:
        connection.execute(rng.choice(_STATEMENTS))
    else:
        connection.execute(f"PRAGMA user_version = {rng.choice(_NUMBERS[:6])}")


_STATEMENTS = (
    "DELETE FROM lock",
    "DELETE FROM records",
    "DROP TABLE records",
    "UPDATE records SET kind = 'seed'",
    "UPDATE records SET id = 'x' || id",
    "UPDATE records SET box = zeroblob(200000)",
    "CREATE TABLE more (x)",
    "CREATE VIEW v AS SELECT * FROM lock",
    "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM lock; END",
    "PRAGMA application_id = 1",
    "CREATE INDEX i ON records (box)",
)


# A mutated cost that is allowed but high would make a run slow without testing anything more:
# what lies above the second number, up to the first that is refused, becomes the second.
_WALLET_COSTS = {"log2_n": (21, 10), "r": (32, 8), "p": (16, 1)}
_KEYSTORE_COSTS = {"n": (1 << 22, 16), "r": (1 << 22, 8), "p": (1 << 22, 1), "c": (1 << 22, 9)}


def _lower(tree: Any, path: tuple[str, ...], costs: dict[str, tuple[int, int]]) -> None:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if isinstance(tree, dict):
        for name, (top, lower) in costs.items():
            if type(tree.get(name)) is int and lower < tree[name] <= top:
                tree[name] = lower
