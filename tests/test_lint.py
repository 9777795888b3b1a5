"""What `make lint` asks: ruff finds nothing, the code is laid out, and mypy is content.

Types and layout change with other files than the one at hand, so a part alone says little.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "rules": ("ruff", "check", "--no-cache", "."),
    "layout": ("ruff", "format", "--check", "--no-cache", "."),
    "types": ("mypy",),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_code_is_clean(name: str, tmp_path: Path) -> None:
    module, *options = COMMANDS[name]
    if module == "mypy":
        options.append(f"--cache-dir={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", module, *options],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_make_lint_asks_the_same() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    asked = [line.split("/")[-1].split() for line in recipe.splitlines()[1:]]
    tried = [[one for one in line if one != "--no-cache"] for line in COMMANDS.values()]
    assert asked == tried
