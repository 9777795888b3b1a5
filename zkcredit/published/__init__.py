"""The published record of each statement, and the assignments that it is tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.published.dev_keys import unsafe_dev_key
    from zkcredit.published.record import (
        FILES,
        Manifest,
        dev_verifying_key,
        load_manifest,
        make_record,
        stale_files,
        write_record,
    )

__all__ = [
    "FILES",
    "Manifest",
    "dev_verifying_key",
    "load_manifest",
    "make_record",
    "stale_files",
    "unsafe_dev_key",
    "write_record",
]

__getattr__, __dir__ = lazy_names(
    __name__, {**dict.fromkeys(__all__, "record"), "unsafe_dev_key": "dev_keys"}
)
