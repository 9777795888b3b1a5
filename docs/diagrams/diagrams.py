"""Draw the diagrams of the pages: ``python docs/diagrams/diagrams.py`` writes one file for each.

``DIAGRAMS`` is the source; a test compares the SVG files beside this one with it. Boxes stand on a
grid of columns and rows. An arrow goes straight from one box to another, with words at its middle.
No font is measured, so a box is as wide as the longest words that stand in one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
_WIDTH, _HEIGHT = 170, 64  # of a box
_ACROSS, _DOWN = 290, 150  # from one box to the next
_EDGE: Final = 30
_PEOPLE, _CONTRACT, _FILE = "#56b4e9", "#e69f00", "#cccccc"  # of Okabe and Ito, and a grey


@dataclass(frozen=True)
class Box:
    """A party, a contract or a file.

    Attributes:
        name: what arrows call it, and its first line.
        column: its place across, from 0 on.
        row: its place down, from 0 on.
        says: its second line, or "".
        colour: what it is: people, a contract, or a file.
    """

    name: str
    column: float
    row: float
    says: str = ""
    colour: str = _PEOPLE

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the box in the picture."""
        return (
            _EDGE + _WIDTH / 2 + self.column * _ACROSS,
            _EDGE + _HEIGHT / 2 + self.row * _DOWN,
        )


@dataclass(frozen=True)
class Arrow:
    """What goes from one box to another.

    Attributes:
        start: the name of a box.
        end: the name of another.
        says: words at the arrow's middle; a vertical bar begins a new line.
        aside: how far the arrow stands beside the line between the middles, so that two arrows do
            not cover each other.
    """

    start: str
    end: str
    says: str
    aside: float = 0


@dataclass(frozen=True)
class Diagram:
    """A picture.

    Attributes:
        title: what it shows; readers who hear a page get it instead of the picture.
        boxes: the boxes.
        arrows: the arrows.
    """

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


DIAGRAMS: Final = {
    "parties": Diagram(
        "Who gives what to whom: issuer, borrower, verifier, registrar and arbiters",
        (
            Box("issuer", 0, 0, "bureau, employer, bank"),
            Box("borrower", 0, 1.2, "wallet: secret, credentials"),
            Box("registrar", 2, 0, "accepts issuers"),
            Box("verifier", 2, 1.2, "lender, or a gate on chain"),
            Box("arbiters", 1, 2.2, "m of n"),
        ),
        (
            Arrow("issuer", "borrower", "signed credential,|sealed to the wallet"),
            Arrow("issuer", "registrar", "signed list of revocations"),
            Arrow("registrar", "verifier", "root of the registry"),
            Arrow("verifier", "borrower", "request: policy, purpose, nonce", -16),
            Arrow("borrower", "verifier", "presentation: proof, public inputs", -16),
            Arrow("verifier", "arbiters", "escrowed reference,|after a default"),
        ),
    ),
    "money": Diagram(
        "The flow of money: lender, market, borrower",
        (
            Box("lender", 0, 0, "funds applications"),
            Box("LoanMarket", 1, 0, "holds what is lent", _CONTRACT),
            Box("borrower", 2, 0, "applies with a proof"),
        ),
        (
            Arrow("lender", "LoanMarket", "principal", -14),
            Arrow("LoanMarket", "borrower", "principal, drawn", -14),
            Arrow("borrower", "LoanMarket", "instalments", -14),
            Arrow("LoanMarket", "lender", "what is repaid", -14),
        ),
    ),
    "contracts": Diagram(
        "Which contract asks which, from the market down to the verifier",
        (
            Box("LoanMarket", 0, 1, "loans and their money", _CONTRACT),
            Box("LoanEngine", 0, 0, "computes each step", _CONTRACT),
            Box("CreditBureau", 0, 2, "pseudonyms, records", _CONTRACT),
            Box("EligibilityGate", 1, 0, "or an EscrowGate", _CONTRACT),
            Box("LedgerGate", 1, 2, "proofs over the ledger", _CONTRACT),
            Box("IssuerRegistry", 2, 0, "roots, and their age", _CONTRACT),
            Box("Groth16Verifier", 2, 1, "reverts on a bad proof", _CONTRACT),
            Box("CreditLedger", 2, 2, "encrypted totals", _CONTRACT),
            Box("key contract", 3, 1, "the verification key", _FILE),
        ),
        (
            Arrow("LoanMarket", "LoanEngine", "run"),
            Arrow("LoanMarket", "CreditBureau", "reserve"),
            Arrow("LoanMarket", "EligibilityGate", "consume"),
            Arrow("LoanMarket", "LedgerGate", "or consume"),
            Arrow("EligibilityGate", "IssuerRegistry", "is it fresh?"),
            Arrow("EligibilityGate", "Groth16Verifier", "verify"),
            Arrow("LedgerGate", "CreditLedger", "which total?"),
            Arrow("LedgerGate", "Groth16Verifier", "verify"),
            Arrow("Groth16Verifier", "key contract", "reads"),
        ),
    ),
}
"""Each file's picture."""


def drawing(diagram: Diagram) -> str:
    """Return the SVG of a diagram."""
    places = {box.name: box.middle for box in diagram.boxes}
    width = max(x for x, _ in places.values()) + _WIDTH / 2 + _EDGE
    height = max(y for _, y in places.values()) + _HEIGHT / 2 + _EDGE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" font-family="sans-serif">',
        f"<title>{escape(diagram.title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>',
        f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
    ]
    for arrow in diagram.arrows:
        lines += _arrow(arrow, places[arrow.start], places[arrow.end])
    for box in diagram.boxes:
        lines += _box(box)
    return "\n".join([*lines, "</svg>", ""])


def _box(box: Box) -> list[str]:
    x, y = box.middle
    first = y - 5 if box.says else y + 5
    lines = [
        f'<rect x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="8" fill="{box.colour}" stroke="black"/>',
        _words(x, first, box.name, 15, "bold"),
    ]
    return lines + ([_words(x, y + 17, box.says, 12)] if box.says else [])


def _arrow(arrow: Arrow, start: tuple[float, float], end: tuple[float, float]) -> list[str]:
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    across, down = (x1 - x0) / length, (y1 - y0) / length
    x0, y0 = x0 - down * arrow.aside, y0 + across * arrow.aside
    x1, y1 = x1 - down * arrow.aside, y1 + across * arrow.aside
    out = _to_the_edge(across, down)
    x0, y0 = x0 + across * out, y0 + down * out
    x1, y1 = x1 - across * out, y1 - down * out
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    said = arrow.says.split("|")
    first = y - 7 * (len(said) - 1) + 4  # on the arrow, with a halo
    if abs(across) > 0.9:  # an arrow across has them above it, or below it if it comes back
        first = y - 8 - 14 * (len(said) - 1) if across > 0 else y + 18
    return [
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="black" '
        'marker-end="url(#tip)"/>',
        *(_words(x, first + 14 * i, line, 12, halo=True) for i, line in enumerate(said)),
    ]


def _to_the_edge(across: float, down: float) -> float:
    """The way from a box's middle to its edge in a direction."""
    ways = [_WIDTH / 2 / abs(across)] if abs(across) > 1e-9 else []
    ways += [_HEIGHT / 2 / abs(down)] if abs(down) > 1e-9 else []
    return min(ways)


def _words(
    x: float, y: float, text: str, size: int, weight: str = "normal", *, halo: bool = False
) -> str:
    around = ' paint-order="stroke" stroke="white" stroke-width="5"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="middle"{around}>{escape(text)}</text>'
    )


def main() -> None:
    """Write every file."""
    for name, diagram in DIAGRAMS.items():
        (FOLDER / f"{name}.svg").write_text(drawing(diagram))


if __name__ == "__main__":
    main()
