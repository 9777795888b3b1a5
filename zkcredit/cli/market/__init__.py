"""``zkcredit market``: ``deploy`` makes the contracts, ``operate`` holds what roles do later."""

from zkcredit.cli.market import deploy, operate
from zkcredit.cli.market.group import app

__all__ = ["app", "deploy", "operate"]
