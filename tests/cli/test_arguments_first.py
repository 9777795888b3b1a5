"""What a command is given is checked before a node is asked, and before web3 is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ROLES = ("verifier", "registry", "gate", "market", "lens", "relay")
GOOD = json.dumps(
    {"format": "zkcredit-deployment/2", "chain_id": 31337, "network": "31337:" + 64 * "0",
     "block": 1, **{name: "0x" + 40 * str(place) for place, name in enumerate(ROLES, 1)}}
)  # fmt: skip
DEAD = "http://127.0.0.1:9"
WATCH = """
import sys
from zkcredit.chain.nodes.transport import Transport
Transport.post = lambda *_, **__: sys.exit("the node was asked")
from zkcredit.cli.app import app
try:
    app(sys.argv[1:])
finally:
    if "web3" in sys.modules:
        sys.exit("web3 was imported")
"""
PASSWORD = "--password-file", "password"
COMMANDS = [
    ("loan", "show", "1"),
    ("registry", "status"),
    ("escrow", "attribute", "opening", "--group", "group", "--loan", "1"),
    ("ledger", "show", "wallet", *PASSWORD),
    ("loan", "fund", "wallet", "1", "5", *PASSWORD),
    ("registry", "cancel", "wallet", "7", *PASSWORD),
]


def ran(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WATCH, *arguments], cwd=folder, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: " ".join(one[:2]))
def test_a_deployment_that_is_something_else_is_refused_first(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "deployment.json").write_text('{"min_score": 3}')
    (tmp_path / "password").write_text("correct horse\n")
    place = ("--node", DEAD, "--deployment", "deployment.json", "--json")
    told = ran(*command, *place, folder=tmp_path)
    assert told.returncode == 2, told.stderr
    described = json.loads(told.stderr)
    assert (described["error"], described["file"]) == ("MalformedFile", "deployment.json")
    assert "but this is a policy" in described["message"]


@pytest.mark.parametrize("url", ["ftp://node", "http://"])
def test_a_url_of_no_node_is_refused_first(url: str, tmp_path: Path) -> None:
    (tmp_path / "deployment.json").write_text(GOOD)
    told = ran(
        "loan", "show", "1", "--node", url, "--deployment", "deployment.json", folder=tmp_path
    )
    assert told.returncode == 2, told.stderr
    assert "InvalidInput" in told.stderr
