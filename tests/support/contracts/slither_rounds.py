"""slither over the contracts: what it finds is reviewed, with a reason."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

from support.contracts.tool_rounds import copied, run, tool

REVIEWED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "arbitrary-send-erc20": (
        "every caller of the library passes msg.sender, who pays or lends its own tokens",
        ("pullExactly",),
    ),
    "calls-loop": (
        "at most sixteen people sign, and whoever asks for the restructuring names them",
        ("_takeConsents",),
    ),
    "divide-before-multiply": (
        "a share, a discount and a fee are whole numbers by their formulas, which the Python"
        " reference rounds in the same places; a token's unit divides what is asked of it",
        ("_level", "_pull", "_release"),
    ),
    "incorrect-equality": (
        "what is compared are states, counts and amounts of the contracts' own books, and no"
        " balance that a stranger can change",
        (),
    ),
    "reentrancy-benign": (
        "the gate is fixed, has no owner and calls others by STATICCALL alone; the market's guard"
        " is on besides",
        ("applyForLoan", "_apply"),
    ),
    "reentrancy-no-eth": (
        "gate, bureau and consents are fixed and call others by STATICCALL alone; the market's"
        " guard is on besides",
        ("applyForLoan", "markDefault", "restructure"),
    ),
    "shadowing-local": (
        "a parameter in an interface hides nothing, because a declaration has no body",
        ("root",),
    ),
    "timestamp": (
        "terms of loans, epochs and freshness are times; the seconds that a block's proposer may"
        " choose move them by no more than these seconds",
        (),
    ),
    "uninitialized-local": (
        "a chain of hashes, a sum, a count and a flag begin with zero, and so do the fields of an"
        " application or a loan that are not set",
        (
            "chain",
            "application",
            "none",
            "amount",
            "asked",
            "before",
            "kinds",
            "last",
            "levelled",
            "onTime",
            "shares",
            "weights",
        ),
    ),
    "unused-return": (
        "what is left out is said otherwise: a loan that was brought up to the time, a signer who"
        " is zero after a fault, a call that reverts when the answer would be no; or it is asked"
        " elsewhere: what the loan would cost, and who opened it; or it says nothing of the price:"
        " the numbers of a feed's round",
        (
            "quote",
            "_isSigned",
            "accuse",
            "publish",
            "constructor",
            "lag",
            "renew",
            "statementOf",
            "_rate",
            "_requireFeed",
            "_requireSequencer",
        ),
    ),
}
"""Kinds of slither's findings → why they are not faults, and where; everywhere if not named."""


def slither(number: int) -> dict[str, int]:
    """Find nothing in the contracts but what was reviewed."""
    assert number == 0
    directory = copied("slither", "src/")
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    run(
        str(tool("slither")), ".", "--filter-paths", "node_modules|src/mocks",
        "--exclude-informational", "--exclude-optimization", "--json", str(report),
        cwd=directory, fails=True,
    )  # fmt: skip
    found = json.loads(report.read_text())
    assert found["success"], found["error"]
    findings = found["results"].get("detectors", [])
    wrong = [finding["description"] for finding in findings if not is_reviewed(finding)]
    assert not wrong, "".join(wrong)
    return dict(Counter(finding["check"] for finding in findings))


def is_reviewed(finding: dict[str, Any]) -> bool:
    """Whether a finding of slither is of a kind that was reviewed, at its place."""
    if finding["check"] not in REVIEWED:
        return False
    _, places = REVIEWED[finding["check"]]
    return not places or finding["elements"][0]["name"] in places
