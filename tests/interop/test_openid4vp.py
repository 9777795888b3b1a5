"""An OpenID4VP library of others, @openid4vc/openid4vp, reads our requests and our answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.protocol.openid_cases import KINDS, answer_to

from zkcredit.presentation import Presentation
from zkcredit.request import ProofRequest
from zkcredit.standards import AuthorizationRequest, write_answer

pytestmark = pytest.mark.node

SCRIPT = Path(__file__).parents[1] / "support" / "interop" / "read_openid4vp.mjs"
FINAL = 100
"""The number by which the library calls version 1.0."""


def understood(**given: str) -> Any:
    """What the library understands of a request, and of an answer."""
    ran = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)
    return json.loads(ran.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_the_same_request_and_the_same_answer(kind: str) -> None:
    asked = AuthorizationRequest(KINDS[kind], "s-1")
    presentation = answer_to(asked.request)
    found = understood(url=asked.to_url(), body=write_answer(presentation, asked))
    assert (found["kind"], found["version"]) == ("openid4vp", FINAL)
    assert found["parameters"] == asked.parameters()
    by_address = kind in ("by address", "arbiters")
    assert found["client"]["prefix"] == ("redirect_uri" if by_address else "pre-registered")
    assert found["client"]["effective"] == asked.request.verifier
    (query,) = found["query"]["credentials"]
    assert ProofRequest.from_json(json.dumps(query["meta"]["proof_request"])) == asked.request
    (shown,) = found["presentations"]["zkcredit"]
    assert Presentation.from_json(json.dumps(shown["creditPresentation"])) == presentation


def test_it_notices_another_state() -> None:
    asked = AuthorizationRequest(KINDS["registered"], "s-1")
    other = AuthorizationRequest(KINDS["registered"], "s-2")
    body = write_answer(answer_to(asked.request), other)
    with pytest.raises(AssertionError, match="state mismatch"):
        understood(url=asked.to_url(), body=body)


def test_it_notices_a_client_that_may_not_ask() -> None:
    """It is lenient otherwise: it takes any parameters for a request whose object is elsewhere."""
    url = AuthorizationRequest(KINDS["registered"]).to_url()
    with pytest.raises(AssertionError, match="client_id"):
        understood(url=url.replace("client_id=Farm+Credit+Union", "client_id=origin%3Afarm"))
