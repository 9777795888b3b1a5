"""Take the picture of the demo in a terminal: ``python docs/diagrams/terminal_picture.py``.

It tells the story of ``zkcredit demo`` as it is, and draws the first lines as an SVG that loads
nothing from elsewhere. The file names in a mark what the story is made from, and a test compares
the mark: addresses and times are others at each telling.
"""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PICTURE: Final = Path(__file__).with_name("demo.svg")
_COLUMNS: Final = 104
_LINES: Final = 40


def mark() -> str:
    """Return the digest of what the story is made from."""
    package = ROOT / "zkcredit"
    sources = sorted((package / "demo" / "loan").glob("*.py"))
    whole = hashlib.sha256()
    for path in (package / "cli" / "demo.py", package / "demo" / "narrator.py", *sources):
        whole.update(path.read_bytes())
    return f"<!-- made from {whole.hexdigest()} by docs/diagrams/terminal_picture.py -->"


def drawn() -> str:
    """Tell the story, and return its first lines as an SVG."""
    from rich.console import Console
    from rich.text import Text

    from zkcredit.cli.demo import _Told
    from zkcredit.demo import tell_story

    options = {"width": _COLUMNS, "force_terminal": True, "color_system": "truecolor"}
    told = Console(file=io.StringIO(), record=True, highlight=False, **options)  # type: ignore[arg-type]
    with ExitStack() as pages:
        tell_story("loan", _Told(told, pages, None))
    text = Text.from_ansi(told.export_text(styles=True))
    shown = Console(file=io.StringIO(), record=True, **options)  # type: ignore[arg-type]
    shown.print("$ zkcredit demo")
    for line in list(text.split("\n"))[:_LINES]:
        shown.print(line)
    shown.print("…")
    picture = shown.export_svg(title="zkcredit demo", unique_id="demo")
    # the fonts are those of the reader's machine
    picture = re.sub(r"@font-face \{.*?\}\n?", "", picture, flags=re.DOTALL)
    picture = re.sub(r"\n\s*\n", "\n", re.sub(r"<!--.*?-->", "", picture, flags=re.DOTALL))
    return picture.strip().replace("Fira Code", "ui-monospace") + f"\n{mark()}\n"


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(drawn(), encoding="utf-8")


if __name__ == "__main__":
    main()
