"""Requests and answers over OpenID4VP: exact there and back, and bound as it wants, or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from support.groth16 import groth16_toy as toy
from support.protocol.openid_cases import ADDRESS, ASKED, BY_ADDRESS, KINDS, REGISTERED, answer_to

from zkcredit.errors import (
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    MalformedFile,
    UnboundRequest,
    ZkCreditError,
)
from zkcredit.presentation import Presentation
from zkcredit.standards import AuthorizationRequest, read_answer, write_answer
from zkcredit.standards.openid4vp import FORMAT

PLAIN = ASKED.parameters()
QUERY = PLAIN["dcql_query"]["credentials"][0]
INSIDE = QUERY["meta"]["proof_request"]

# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("state", ["", "af0ifjsldkj", "-._~"])
def test_a_request_comes_back_to_the_byte(request_: Any, state: str) -> None:
    asked = AuthorizationRequest(request_, state)
    url = asked.to_url()
    back = AuthorizationRequest.from_url(url)
    assert back == asked
    assert back.request.to_json() == request_.to_json()
    assert back.to_url() == url
    assert AuthorizationRequest.from_parameters(asked.parameters()) == asked


def test_the_parameters_are_those_of_openid4vp() -> None:
    found = parse_qs(ASKED.to_url("https://wallet.example/open").partition("?")[2])
    assert {name: value for name, (value,) in found.items() if not value.startswith("{")} == {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": "redirect_uri:" + ADDRESS,
        "response_uri": ADDRESS,
        "nonce": f"{ASKED.request.nonce:032x}",
        "state": "s-1",
    }
    (query,) = json.loads(found["dcql_query"][0])["credentials"]
    assert query.keys() == {"id", "format", "meta"}
    assert query["format"] == FORMAT
    assert json.loads(found["client_metadata"][0]) == {"vp_formats_supported": {FORMAT: {}}}


def test_a_request_fits_a_qr_code() -> None:
    assert len(ASKED.to_url()) < 2_953


@pytest.mark.parametrize(
    "verifier",
    ["Farm: Credit Union", "redirect_uri:https://other.example/answers", "redirect_uri:",
     "x509_san_dns:fcu.example", "decentralized_identifier:did:web:fcu.example", "did:web:fcu",
     "https://fcu.example/answers", "origin:https://fcu.example", "Banca Etică",
     "redirect_uri:https://fcu.example/answers/", "REDIRECT_URI:https://fcu.example/answers"],
)  # fmt: skip
def test_a_verifier_that_is_not_the_client_is_refused(verifier: str) -> None:
    with pytest.raises(UnboundRequest):
        AuthorizationRequest(replace(BY_ADDRESS, verifier=verifier))


@pytest.mark.parametrize(
    "reply_to",
    ["", "http://fcu.example/answers", "https://", "https:/answers", "fcu.example", "the desk",
     "https://fcu.example/answers#here", "https://[fcu/answers", "openid4vp://x"],
)  # fmt: skip
def test_an_address_that_is_not_https_is_refused(reply_to: str) -> None:
    with pytest.raises(InvalidInput, match="https"):
        AuthorizationRequest(replace(REGISTERED, reply_to=reply_to))


@pytest.mark.parametrize("state", ["a b", "ä", "a/b", "x" * 257, 7, None, "a\n"])
def test_a_state_of_other_characters_is_refused(state: Any) -> None:
    with pytest.raises(InvalidInput):
        AuthorizationRequest(REGISTERED, state)


@pytest.mark.parametrize("request_", [None, "x", ASKED])
def test_only_a_proof_request_is_wrapped(request_: Any) -> None:
    with pytest.raises(InvalidInput):
        AuthorizationRequest(request_)


@pytest.mark.parametrize("endpoint", ["https://w.example?a=b", "https://w.example#a", 5, None])
def test_an_endpoint_with_a_query_is_refused(endpoint: Any) -> None:
    with pytest.raises(InvalidInput):
        ASKED.to_url(endpoint)


@pytest.mark.parametrize(
    "change",
    [{"nonce": "0" * 31 + "8"}, {"nonce": PLAIN["nonce"].upper()}, {"nonce": 7}, {"nonce": ""},
     {"nonce": None}, {"client_id": "redirect_uri:https://evil.example/answers"},
     {"client_id": "Farm Credit Union"}, {"client_id": ADDRESS}, {"client_id": None},
     {"response_uri": "https://evil.example/answers"}, {"response_uri": None},
     {"response_uri": ADDRESS + "/"}],
    ids=str,
)  # fmt: skip
def test_what_the_proof_would_not_be_bound_to_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnboundRequest):
        AuthorizationRequest.from_parameters({**PLAIN, **change})


@pytest.mark.parametrize("name", ["nonce", "client_id", "response_uri"])
def test_what_is_missing_is_not_bound(name: str) -> None:
    rest = {key: value for key, value in PLAIN.items() if key != name}
    with pytest.raises(UnboundRequest, match=name):
        AuthorizationRequest.from_parameters(rest)


def with_query(**change: Any) -> dict[str, Any]:
    """The parameters with another credential query."""
    return {**PLAIN, "dcql_query": {"credentials": [{**QUERY, **change}]}}


@pytest.mark.parametrize(
    "parameters",
    [
        {**PLAIN, "response_type": "vp_token id_token"},
        {**PLAIN, "response_type": "code"},
        {**PLAIN, "response_mode": "fragment"},
        {**PLAIN, "response_mode": "direct_post.jwt"},
        {**PLAIN, "transaction_data": ["e30"]},
        {**PLAIN, "request": "eyJ"},
        {**PLAIN, "request_uri": "https://fcu.example/r"},
        {**PLAIN, "request_uri_method": "post"},
        {**PLAIN, "redirect_uri": ADDRESS},
        {**PLAIN, "scope": "credit"},
        {**PLAIN, "state": ""},
        {**PLAIN, "state": "a b"},
        {**PLAIN, "state": 5},
        {**PLAIN, "dcql_query": None},
        {**PLAIN, "dcql_query": {}},
        {**PLAIN, "dcql_query": json.dumps(PLAIN["dcql_query"])},
        {**PLAIN, "dcql_query": {"credentials": []}},
        {**PLAIN, "dcql_query": {"credentials": [QUERY, QUERY]}},
        {**PLAIN, "dcql_query": {"credentials": [QUERY], "credential_sets": []}},
        {**PLAIN, "dcql_query": {"credentials": QUERY}},
        with_query(format="ldp_vc"),
        with_query(format="dc+sd-jwt"),
        with_query(id="other"),
        with_query(multiple=True),
        with_query(require_cryptographic_holder_binding=False),
        with_query(claims=[{"path": ["income"]}]),
        with_query(trusted_authorities=[]),
        with_query(meta={}),
        with_query(meta=None),
        with_query(meta={"proof_request": INSIDE, "vct_values": []}),
        with_query(meta={"proof_request": json.dumps(INSIDE)}),
        with_query(meta={"proof_request": {**INSIDE, "type": "zkcredit/proof-request/2"}}),
        with_query(meta={"proof_request": {**INSIDE, "extra": 1}}),
        with_query(meta={"proof_request": {**INSIDE, "addressee": ""}}),
        [],
        None,
        "response_type=vp_token",
    ],
    ids=lambda value: str(value)[-60:],
)
def test_other_requests_are_refused(parameters: Any) -> None:
    with pytest.raises(MalformedFile):
        AuthorizationRequest.from_parameters(parameters)


def test_a_changed_signed_request_is_refused() -> None:
    signed = AuthorizationRequest(KINDS["signed"]).parameters()
    inside = signed["dcql_query"]["credentials"][0]["meta"]["proof_request"]
    inside["purpose"] = "another loan"
    with pytest.raises(InvalidSignature):
        AuthorizationRequest.from_parameters(signed)


def test_unknown_parameters_are_ignored() -> None:
    parameters = {**PLAIN, "verifier_info": [{"format": "jwt", "data": "e"}], "client_metadata": {}}
    assert AuthorizationRequest.from_parameters(parameters) == ASKED


@pytest.mark.parametrize(
    "url",
    ["", "openid4vp://", "openid4vp://?", "openid4vp://?a", "openid4vp://?a=%ff", None, b"x?a=b",
     ASKED.to_url() + "&nonce=" + PLAIN["nonce"], ASKED.to_url() + "&state=s-2",
     ASKED.to_url().replace("dcql_query=%7B", "dcql_query=%5B"),
     ASKED.to_url() + "&x=" + "y" * (1 << 16),
     ASKED.to_url() + "".join(f"&x{i}=y" for i in range(80))],
    ids=lambda url: str(url)[-30:],
)  # fmt: skip
def test_what_is_not_such_a_url_is_refused(url: Any) -> None:
    with pytest.raises(MalformedFile):
        AuthorizationRequest.from_url(url)


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("state", ["", "s"])
def test_an_answer_comes_back_to_the_byte(request_: Any, state: str) -> None:
    asked = AuthorizationRequest(request_, state)
    presentation = answer_to(request_)
    body = write_answer(presentation, asked)
    back = read_answer(body, asked)
    assert back == presentation
    assert back.to_json() == presentation.to_json()
    assert read_answer(body.encode(), asked) == presentation


@pytest.mark.parametrize(
    "change",
    [{"nonce": 8}, {"verifier": "Other Union"}, {"purpose": "x"}, {"expires_at": 1_790_000_601},
     {"scope": 5}, {"registry_root": 5}],
    ids=str,
)  # fmt: skip
def test_an_answer_to_another_request_is_refused_on_both_sides(change: dict[str, Any]) -> None:
    asked = AuthorizationRequest(REGISTERED, "s")
    other = AuthorizationRequest(replace(REGISTERED, **change), "s")
    with pytest.raises(InvalidProof):
        write_answer(answer_to(REGISTERED), other)
    body = write_answer(answer_to(REGISTERED), asked)
    with pytest.raises(InvalidProof):
        read_answer(body, other)


GOOD = dict(parse_qsl(write_answer(answer_to(BY_ADDRESS), ASKED)))
TOKEN = json.loads(GOOD["vp_token"])
(SHOWN,) = TOKEN["zkcredit"]


@pytest.mark.parametrize("state", [None, "", "s-2", "S-1"])
def test_an_answer_with_another_state_is_refused(state: str | None) -> None:
    body = {"vp_token": GOOD["vp_token"]} | ({} if state is None else {"state": state})
    with pytest.raises(UnboundRequest):
        read_answer(urlencode(body), ASKED)


@pytest.mark.parametrize(
    "token",
    [{}, [], None, SHOWN, [SHOWN], {"zkcredit": []}, {"zkcredit": SHOWN}, {"other": [SHOWN]},
     {"zkcredit": [SHOWN, SHOWN]}, {"zkcredit": [json.dumps(SHOWN)]}, {"zkcredit": [None]},
     {"zkcredit": [SHOWN], "other": [SHOWN]}, {"zkcredit": [{**SHOWN, "holder": "did:x:y"}]},
     {"zkcredit": [SHOWN["creditPresentation"]]}],
    ids=lambda token: str(token)[:40],
)  # fmt: skip
def test_other_tokens_are_refused(token: Any) -> None:
    with pytest.raises(MalformedFile):
        read_answer(urlencode({"vp_token": json.dumps(token), "state": "s-1"}), ASKED)


@pytest.mark.parametrize(
    "body",
    ["", "vp_token", "state=s-1", "vp_token=x&state=s-1", "error=access_denied&state=s-1",
     "state=s-1&vp_token=%7B%7D&vp_token=%7B%7D", b"\xff", "é", None, 5,
     "state=s-1&a=" + "x" * (1 << 16)],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_other_bodies_are_refused(body: Any) -> None:
    with pytest.raises((MalformedFile, UnboundRequest)):
        read_answer(body, ASKED)


def test_a_wallets_error_is_told() -> None:
    with pytest.raises(MalformedFile, match="access_denied"):
        read_answer("error=access_denied&state=s-1", ASKED)


def test_arguments_of_another_kind_are_refused() -> None:
    presentation = answer_to(BY_ADDRESS)
    for call in (
        lambda: write_answer(presentation, BY_ADDRESS),  # type: ignore[arg-type]
        lambda: write_answer("x", ASKED),  # type: ignore[arg-type]
        lambda: read_answer("x", BY_ADDRESS),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInput):
            call()


def test_a_proof_of_other_points_is_still_read() -> None:
    """Reading says nothing about the proof: ``verify`` does."""
    other = Presentation("eligibility", answer_to(BY_ADDRESS).public_inputs, toy.PROOF)
    assert read_answer(write_answer(other, ASKED), ASKED) == other


def test_every_refusal_is_typed() -> None:
    assert issubclass(UnboundRequest, InvalidInput)
    assert issubclass(UnboundRequest, ZkCreditError)
