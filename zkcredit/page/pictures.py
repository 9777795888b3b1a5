"""Pictures of loans and portfolios as SVG, drawn on the server: they need no script.

Only numbers and words of this library are drawn; colours come from the page's style sheet, so that
they follow light and dark mode. Each picture has a title for who cannot see it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bars", "line", "schedule"]

_WIDTH, _HEIGHT, _EDGE = 640, 200, 24
_LEAST: Final = 1.5  # of a bar, so that it can be seen


def schedule(rows: Sequence[tuple[int, str]], title: str) -> Markup:
    """Draw a bar for each row of a schedule.

    Args:
        rows: amount and state ("paid", "late", "overdue", "ahead") of each row.
        title: what the picture shows.
    """
    peak = max((amount for amount, _ in rows), default=0) or 1
    step = (_WIDTH - 2 * _EDGE) / max(len(rows), 1)
    parts = []
    for place, (amount, state) in enumerate(rows):
        height = max(amount / peak * (_HEIGHT - 2 * _EDGE), _LEAST)
        parts.append(
            f'<rect class="bar {escape(state)}" x="{_EDGE + place * step + step * 0.1:.1f}" '
            f'y="{_HEIGHT - _EDGE - height:.1f}" width="{step * 0.8:.1f}" height="{height:.1f}"/>'
        )
    if rows:
        parts += [_text(_EDGE, "1", "start"), _text(_WIDTH - _EDGE, str(len(rows)), "end")]
    return _picture(title, parts)


def bars(values: Sequence[tuple[str, int | None]], title: str) -> Markup:
    """Draw a bar with a label for each value in basis points, up to 100 %.

    Args:
        values: label and value; nothing is drawn for None.
        title: what the picture shows.
    """
    step = (_WIDTH - 2 * _EDGE) / max(len(values), 1)
    parts = []
    for place, (label, value) in enumerate(values):
        middle = _EDGE + (place + 0.5) * step
        height = max((value or 0) / 10_000 * (_HEIGHT - 3 * _EDGE), _LEAST)
        parts.append(
            f'<rect class="bar risk" x="{middle - step * 0.3:.1f}" '
            f'y="{_HEIGHT - _EDGE - height:.1f}" width="{step * 0.6:.1f}" height="{height:.1f}"/>'
        )
        parts.append(_text(middle, label, "middle"))
        if value is not None:
            told = f"{value // 100}.{value % 100:02} %"
            parts.append(_text(middle, told, "middle", _HEIGHT - _EDGE - height - 5))
    return _picture(title, parts)


def line(values: Sequence[tuple[str, int | None]], title: str) -> Markup:
    """Draw values in basis points as points on a line, the largest at the top.

    Args:
        values: label and value; None leaves a point out.
        title: what the picture shows.
    """
    peak = max((value or 0 for _, value in values), default=0) or 1
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    points = [
        (_EDGE + place * step, _HEIGHT - _EDGE - value / peak * (_HEIGHT - 3 * _EDGE))
        for place, (_, value) in enumerate(values)
        if value is not None
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline class="line" points="{drawn}"/>']
    parts += [f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
    if values:
        parts.append(_text(_EDGE, values[0][0], "start"))
        parts.append(_text(_WIDTH - _EDGE, values[-1][0], "end"))
        parts.append(_text(_EDGE, f"{peak // 100}.{peak % 100:02} %", "start", 2 * _EDGE - 8))
    return _picture(title, parts)


def _text(x: float, text: str, anchor: str, y: float = _HEIGHT - 6) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _picture(title: str, parts: Sequence[str]) -> Markup:
    axis = (
        f'<line class="axis" x1="{_EDGE}" y1="{_HEIGHT - _EDGE}" x2="{_WIDTH - _EDGE}" '
        f'y2="{_HEIGHT - _EDGE}"/>'
    )
    inside = "".join(parts)
    return Markup(  # noqa: S704 - numbers, and texts that are escaped above
        f'<svg class="picture" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>{inside}{axis}</svg>"
    )
