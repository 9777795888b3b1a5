"""A deployment file of a market that a test deployed by hand."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING

from zkcredit.chain.deployment import Deployment

if TYPE_CHECKING:
    from pathlib import Path

    from support.chain.loan_town import LoanTown


def save_deployment(town: LoanTown, path: Path, **changes: object) -> Path:
    """Write the file; contracts that reports do not ask stand for others."""
    values: dict[str, object] = {
        field.name: town.book for field in fields(Deployment) if field.default is MISSING
    }
    values |= {
        "chain_id": town.node.chain_id,
        "network": town.node.network,
        "block": town.watched.since,
        "market": town.market,
    }
    Deployment(**{**values, **changes}).save(path)  # type: ignore[arg-type]
    return path
