"""Take the pictures of the page: ``python docs/diagrams/page_pictures.py`` writes each to a file.

It needs what ``make test`` installs, chromium among it. The market is made up: 60 loans over 300
days. Each file names in a mark what the page is made from, and a test compares the mark, because
another browser or font draws other pixels.
"""

from __future__ import annotations

import hashlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

PAGE: Final = ROOT / "zkcredit" / "page"
MARK: Final = "made from"
"""The name of the PNG text that has the digest of what the page is made from."""
_COLOURS: Final = 128


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes:
        title: what it shows.
        path: address on the page.
        width: of the window, pixels.
        height: of the window, pixels.
        scale: pixels of the picture for one of the window.
        options: what else the reader's window has.
    """

    title: str
    path: str
    width: int
    height: int
    scale: int
    options: tuple[tuple[str, Any], ...] = ()


PICTURES: Final = {
    "page-overview": Picture(
        "The first page: what the market holds, loans by state, the newest movements", "/",
        940, 720, 1,
    ),
    "page-loan": Picture("A loan with its schedule and every payment", "/loans/46", 940, 860, 1),
    "page-phone": Picture(
        "The portfolio on a phone, in dark mode and in Chinese", "/portfolio", 360, 640, 1,
        (("color_scheme", "dark"), ("locale", "zh-CN"), ("is_mobile", True)),
    ),
}  # fmt: skip


def digest() -> str:
    """Return the digest of what the page looks like: templates, style and drawings."""
    files = sorted([*PAGE.glob("templates/*.html"), PAGE / "static/page.css", PAGE / "pictures.py"])
    content = hashlib.sha256()
    for file in files:
        content.update(f"{file.relative_to(PAGE).as_posix()}\0".encode() + file.read_bytes())
    return content.hexdigest()


def main() -> None:
    """Serve a made market, and take each picture."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo
    from support.chain.loan_chains import MARKET_AT, opened
    from support.page.browser import Reader, chromium, served
    from support.page.pages import FarNode
    from support.portfolio.simulated import borrowers, simulate

    from zkcredit.page import Follower, Judge, Views, make_app

    chain = simulate(borrowers(60, False), days=300)
    mark = PngInfo()
    mark.add_text(MARK, digest())
    with opened(chain) as index, chromium() as browser:
        follower = Follower(index, FarNode(chain), MARKET_AT, report=print)  # type: ignore[arg-type]
        follower.step()
        with served(make_app(Views(index, follower, MARKET_AT), follower, Judge())) as url:
            for name, picture in PICTURES.items():
                size = {"width": picture.width, "height": picture.height}
                reader = Reader(
                    browser, url, viewport=size, device_scale_factor=picture.scale,
                    **dict(picture.options),
                )  # fmt: skip
                reader.page.goto(picture.path)
                shot = Image.open(io.BytesIO(reader.page.screenshot())).convert("RGB")
                reader.close()
                few = shot.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
                few.save(FOLDER / f"{name}.png", optimize=True, pnginfo=mark)


if __name__ == "__main__":
    main()
