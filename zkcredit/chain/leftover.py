"""What an outbox has not finished, on any network: asked before its file is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.chain.sending.outbox import Outbox

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.sending.entries import Entry

__all__ = ["may_still_execute"]


def may_still_execute(path: Path) -> list[Entry]:
    """Return the transactions of an outbox that are in no block and that no node refused.

    Raises:
        InvalidInput: if the file cannot be opened.
        MalformedFile: if it is not an intact outbox.
        ChainError: if it cannot be read.
        MachineError: if the machine fails.
    """
    with Outbox(path) as outbox:
        accounts = {(one.network, one.sender) for one in outbox._many("1 = 1")}
        pending = [one for account in sorted(accounts) for one in outbox.pending(*account)]
    return [one for one in pending if not one.refusal]
