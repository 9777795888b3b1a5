"""go-ethereum, built from the Go module proxy: a second implementation of the chain."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

__all__ = ["BINARY", "NOT_MEASURED", "VERSION", "built_geth", "find_go"]

_ROOT: Final = Path(__file__).resolve().parents[3]
_MODULE: Final = "github.com/ethereum/go-ethereum"
VERSION: Final = "v1.17.10"
_SUM: Final = (
    "h1:b3WO+xux3pItpm13kqT5Xddv01zOxBFZxQgk/Ate4/M="  # of the module's files, as go.sum has it
)

BINARY: Final = _ROOT / "build" / "geth" / VERSION / "geth"
"""Where the program is kept."""

NOT_MEASURED: Final = (
    "go-ethereum: not measured here, because there is no Go toolchain to build it with."
)


def find_go() -> Path | None:
    """Return the Go toolchain on PATH, or at its usual place, or None."""
    found = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    return Path(found) if found else None


def built_geth(go: Path) -> Path:
    """Build the program, unless it is there; some minutes the first time.

    Raises:
        AssertionError: if the module proxy has other files than when this was written.
    """
    if not BINARY.exists():
        BINARY.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            told = subprocess.run(
                [go, "mod", "download", "-json", f"{_MODULE}@{VERSION}"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip
            found = json.loads(told.stdout)["Sum"]
            assert found == _SUM, f"{_MODULE}@{VERSION} has other files: {found}"
            subprocess.run(
                [go, "install", f"{_MODULE}/cmd/geth@{VERSION}"],
                cwd=folder, check=True, env={**os.environ, "GOBIN": str(BINARY.parent)},
            )  # fmt: skip
    return BINARY
