"""What may still execute is found on every network, and what was refused does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.chain.outbox_world import NETWORK, SIGNER

from zkcredit.chain.leftover import may_still_execute
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from pathlib import Path


def signed(number: int) -> tuple[bytes, str]:
    return bytes([number]), f"0x{number:064x}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


def test_an_empty_outbox_has_nothing_left(path: Path) -> None:
    Outbox(path).close()
    assert may_still_execute(path) == []


def test_what_is_pending_on_another_network_is_found_too(path: Path) -> None:
    with Outbox(path) as outbox:
        for network, number in ((NETWORK, 1), ("1:other", 2), ("5:third", 3)):
            outbox.add(network, SIGNER.address, f"payment {number}", 0, lambda n: signed(n + 1))
        done = outbox.find("5:third", SIGNER.address, "payment 3")
        assert done is not None
        outbox.finish(done.id, "mined", block="0x01")
    assert [one.idempotency_key for one in may_still_execute(path)] == ["payment 2", "payment 1"]


def test_what_a_node_refused_does_not_count(path: Path) -> None:
    with Outbox(path) as outbox:
        entry = outbox.add(NETWORK, SIGNER.address, "a payment", 0, signed)
        outbox.refuse(entry.id, "insufficient funds")
    assert may_still_execute(path) == []


def test_what_is_not_an_outbox_is_refused(path: Path) -> None:
    path.write_bytes(b"x" * 4096)
    with pytest.raises(MalformedFile):
        may_still_execute(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InvalidInput):
        may_still_execute(path)
