"""The published record of each statement, and the assignments that it is tested with."""

from __future__ import annotations

from zkcredit._internal.lazy import lazy_names

__all__ = [
    "FILES",
    "Manifest",
    "dev_verifying_key",
    "load_manifest",
    "make_record",
    "stale_files",
    "write_record",
]

__getattr__, __dir__ = lazy_names(__name__, dict.fromkeys(__all__, "record"))
