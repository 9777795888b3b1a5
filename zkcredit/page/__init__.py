"""A page that shows a market's loans and money to everybody, live; ``zkcredit[page]`` brings it.

``zkcredit page serve`` starts it. Programs that serve it by themselves use ``make_app``.
"""

from __future__ import annotations

from zkcredit._internal.extras import extra
from zkcredit.page.follower import Check, Compared, Follower, Lag, Status, Waiting
from zkcredit.page.views import Views

with extra("page", "the page"):
    from zkcredit.page.app import make_app
    from zkcredit.page.serving import ServedPage, serve, serving
    from zkcredit.page.verdicts import Judge

__all__ = [
    "Check",
    "Compared",
    "Follower",
    "Judge",
    "Lag",
    "ServedPage",
    "Status",
    "Views",
    "Waiting",
    "make_app",
    "serve",
    "serving",
]
