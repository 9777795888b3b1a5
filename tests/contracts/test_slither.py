"""What slither finds in the contracts is reviewed.

`make long PART=slither` runs it; the tool is in no environment of `make test`.
"""

from __future__ import annotations

from support.contracts.slither_rounds import REVIEWED, is_reviewed
from support.contracts.tool_rounds import PACKAGES


def finding(check: str, name: str) -> dict[str, object]:
    return {"check": check, "elements": [{"name": name}]}


def test_a_reviewed_kind_has_its_reason() -> None:
    for reason, _ in REVIEWED.values():
        assert len(reason.split()) >= 8


def test_a_finding_elsewhere_is_not_reviewed() -> None:
    assert is_reviewed(finding("arbitrary-send-erc20", "pullExactly"))
    assert not is_reviewed(finding("arbitrary-send-erc20", "withdraw"))
    assert is_reviewed(finding("timestamp", "anything"))


def test_another_kind_is_not_reviewed() -> None:
    assert not is_reviewed(finding("reentrancy-eth", "applyForLoan"))


def test_tools_have_one_version() -> None:
    assert all(package.count("==") == 1 for package in PACKAGES.values())
