"""Stories on real data, from signed records and proofs to loans, with every fraud refused.

``zkcredit demo`` tells this story, and others by ``--story``; ``run_demo`` is this one. It
uses the public API only and prints nothing: a ``Narrator`` hears what
happens.

| module | what it holds |
|---|---|
| ``stories`` | the names of the stories |
| ``loan`` | the story of signed data: cast, world, frauds, stages |
| ``season`` | the story of farmers' loans: cast, world, frauds, stages |
| ``history`` | the story of a repaid loan that opens the next: cast, world, frauds, stages |
| ``ledger`` | the story of encrypted data: cast, world, frauds, stages |
| ``escrow`` | the story of an escrowed reference: arbiters, world, frauds, stages |
| ``stage`` | what every story uses: a chain, an operator, lenders, a token |
| ``movements`` | the movements of a market's money, from its events |
| ``outcome`` | each applicant's outcome, the refused attempts, and where the money went |
| ``result`` | what the closing tables show |
| ``plaintext_scan`` | searches everything that a chain stores for amounts in clear |
"""

from __future__ import annotations

from zkcredit.demo.loan.story import run_demo
from zkcredit.demo.narrator import Narrator, Silent
from zkcredit.demo.result import DemoResult, Sheet, StoryResult
from zkcredit.demo.stories import STORIES, tell_story

__all__ = [
    "STORIES",
    "DemoResult",
    "Narrator",
    "Sheet",
    "Silent",
    "StoryResult",
    "run_demo",
    "tell_story",
]
