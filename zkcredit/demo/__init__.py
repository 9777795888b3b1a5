"""The whole road once, on real data: signed records, proofs, loans, and every fraud refused.

``zkcredit demo`` tells this story, and others by ``--story``; ``run_demo`` is this one. It
uses the public API only and prints nothing: a ``Narrator`` hears what
happens.

| module | what it holds |
|---|---|
| ``cast`` | who takes part: the first 24 rows of the German Credit data, and who does what |
| ``world`` | the embedded chain, the contracts, the issuer, the wallets, the lenders |
| ``frauds`` | what is tried in vain |
| ``outcome`` | what came of everybody, what was refused, and where the money went |
| ``result`` | what the closing tables show |
| ``story`` | the stages in order |
| ``stories`` | which stories there are |
| ``ledger_…`` | the story of encrypted data: cast, world, frauds, stages |
| ``escrow_…`` | the story of a sealed identity: arbiters, world, frauds, stages |
| ``plaintext_scan`` | looks for amounts in clear in everything that a chain was given |
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
