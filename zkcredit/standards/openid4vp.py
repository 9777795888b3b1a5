"""Requests and answers over OpenID for Verifiable Presentations 1.0 (OpenID4VP).

The authorization request is a URL with the parameters of OpenID4VP. Its query (DCQL) asks for one
credential of the format ``zkcredit_presentation``, which is our own; ``meta`` holds our request.
OpenID4VP leaves formats that it does not describe to others (appendix B).

OpenID4VP wants each answer bound to ``nonce`` and ``client_id`` (section 14.1). The context of our
request binds its nonce and its verifier, so both must be equal: a request whose verifier is not the
client identifier is refused when it is written, and again when it is read.

=================  ===============================================================================
``response_type``  ``vp_token``
``response_mode``  ``direct_post``
``client_id``      the request's verifier: ``redirect_uri:`` and its ``reply_to``, or the name of a
                   client that the wallet knows, which has no colon
``response_uri``   the request's ``reply_to``, an https address
``nonce``          the request's nonce, 32 hexadecimal digits
``state``          what the verifier wants back, or left out
=================  ===============================================================================

Where OpenID4VP and this module part:

* Request objects (``request``, ``request_uri``) are refused: they are signed by X.509 certificates
  or decentralised identifiers, which nothing here checks. A request's own signature stays in it.
* Other client identifier prefixes are refused, because they need such a signature.
* A query for more than one credential is refused: one request has one answer.
* Unknown parameters are ignored, as OpenID4VP demands; ``transaction_data`` is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_text
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile, UnboundRequest
from zkcredit.presentation import Presentation, require_answer
from zkcredit.request.proof_request import ProofRequest
from zkcredit.standards.verifiable_presentation import presentation_in, verifiable_presentation

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMAT", "AuthorizationRequest", "read_answer", "write_answer"]

FORMAT: Final = "zkcredit_presentation"
"""The credential format in queries, and in what a verifier says that it supports."""

_QUERY: Final = "zkcredit"  # the id of the one credential query
_ENDPOINT: Final = "openid4vp://"
_MAX_BYTES: Final = 1 << 16
_WHAT: Final = "authorization request"
_ANSWER: Final = "authorization response"
_BY_ADDRESS: Final = "redirect_uri:"
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]{1,256}", re.ASCII)
_VISIBLE: Final = re.compile(r"[ -~]+", re.ASCII)  # VSCHAR of RFC 6749, and the space
_OBJECTS: Final = ("request", "request_uri", "request_uri_method")
_ONE_CREDENTIAL: Final = ("id", "format", "meta")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A verifier's request as an authorization request of OpenID4VP.

    Attributes:
        request: the request, whose ``verifier`` is the client identifier and whose ``reply_to`` is
            the address to which the answer is posted.
        state: text that the answer must repeat, or "".

    Raises:
        UnboundRequest: if the verifier is not a client identifier that this form can bind.
        InvalidInput: if a part has the wrong type, the request has no https address for the answer,
            or the state has other characters than letters, digits and ``. _ ~ -``.
    """

    request: ProofRequest
    state: str = ""

    __repr__ = short_repr

    def __post_init__(self) -> None:
        request = require_instance("the request", self.request, ProofRequest)
        if require_text("state", self.state) and not _URL_SAFE.fullmatch(self.state):
            raise InvalidInput("state: letters, digits, '.', '_', '~' and '-' are expected")
        if not _is_https(request.reply_to):
            raise InvalidInput(
                "OpenID4VP needs an https address for the answer: give the request a reply_to"
            )
        _require_client(request.verifier, request.reply_to)

    @property
    def client_id(self) -> str:
        """The verifier, as OpenID4VP names it; the proof is bound to it."""
        return self.request.verifier

    @property
    def nonce(self) -> str:
        """The request's nonce, as OpenID4VP carries it; the proof is bound to it."""
        return f"{self.request.nonce:032x}"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name; those that are objects of JSON are dictionaries."""
        document = json.parse(self.request.to_json(), "request", _MAX_BYTES)
        query = {"id": _QUERY, "format": FORMAT, "meta": {"proof_request": document}}
        found: dict[str, Any] = {
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "client_id": self.client_id,
            "response_uri": self.request.reply_to,
            "nonce": self.nonce,
            "dcql_query": {"credentials": [query]},
            "client_metadata": {"vp_formats_supported": {FORMAT: {}}},
        }
        return found | ({"state": self.state} if self.state else {})

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Read an authorization request from its parameters.

        Args:
            parameters: by name; those that are objects of JSON are dictionaries.

        Raises:
            MalformedFile: if it is not such a request, or asks for something that this module does
                not support.
            UnboundRequest: if nonce, client or address differ from those of the request inside.
            InvalidSignature: if the key that the request names did not sign it.
            InvalidInput: if a part of the request inside is not acceptable.
            OutOfRange: if a number of the request inside is out of its range.
        """
        if not isinstance(parameters, dict):
            raise MalformedFile(f"{_WHAT}: an object is expected")
        for name in (*_OBJECTS, "transaction_data", "redirect_uri", "scope"):
            if name in parameters:
                raise MalformedFile(f"{_WHAT}: {name} is not supported")
        _require_text(parameters, "response_type", "vp_token")
        _require_text(parameters, "response_mode", "direct_post")
        request = _request_in(parameters.get("dcql_query"))
        state = parameters.get("state", "")
        if not isinstance(state, str) or ("state" in parameters and not _URL_SAFE.fullmatch(state)):
            raise MalformedFile(f"{_WHAT}: the state has other characters than OpenID4VP permits")
        made = cls(request, state)
        for name, bound in made.parameters().items():
            if name in ("client_id", "nonce", "response_uri") and parameters.get(name) != bound:
                raise UnboundRequest(
                    f"{_WHAT}: {name} is not that of the request inside, to which a proof is bound"
                )
        return made

    def to_url(self, endpoint: str = _ENDPOINT) -> str:
        """Return the URL that a wallet opens, or reads from a QR code.

        Args:
            endpoint: the wallet's address, without a query.

        Raises:
            InvalidInput: if the endpoint is not a text, or has a query or a fragment.
        """
        if {"?", "#"} & set(require_text("endpoint", endpoint)):
            raise InvalidInput("the endpoint has a query or a fragment")
        texts = {
            name: value if isinstance(value, str) else json.canonical(value)
            for name, value in self.parameters().items()
        }
        return f"{endpoint}?{urlencode(texts)}"

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read an authorization request from a URL, whatever the wallet's address in it.

        Raises:
            MalformedFile: if it is not such a request; also if a parameter is repeated.
            UnboundRequest: if nonce, client or address differ from those of the request inside.
            InvalidSignature: if the key that the request names did not sign it.
            InvalidInput: if a part of the request inside is not acceptable.
            OutOfRange: if a number of the request inside is out of its range.
        """
        if not isinstance(url, str) or "?" not in url:
            raise MalformedFile(f"{_WHAT}: a URL with a query is expected")
        found: dict[str, Any] = dict(_form(url.partition("?")[2], _WHAT))
        for name in ("dcql_query", "client_metadata"):
            if name in found:
                found[name] = json.parse(found[name], f"{_WHAT}: {name}", _MAX_BYTES)
        return cls.from_parameters(found)


def write_answer(presentation: Presentation, asked: AuthorizationRequest) -> str:
    """Return the body of the HTTP POST by which a wallet answers.

    The body has the media type ``application/x-www-form-urlencoded``; it goes to the request's
    ``reply_to``.

    Raises:
        InvalidProof: if the presentation was not made for this request: its nonce, its client, or
            another part differs.
        InvalidInput: if an argument has the wrong type.
    """
    require_instance("asked", asked, AuthorizationRequest)
    require_instance("the presentation", presentation, Presentation)
    require_answer(presentation, asked.request)
    token = {_QUERY: [verifiable_presentation(presentation)]}
    state = {"state": asked.state} if asked.state else {}
    return urlencode({"vp_token": json.canonical(token), **state})


def read_answer(body: str | bytes, asked: AuthorizationRequest) -> Presentation:
    """Read the body of a wallet's answer. The proof is not verified: that is ``verify``'s work.

    Args:
        body: what was posted to the request's ``reply_to``.
        asked: the verifier's own authorization request.

    Raises:
        MalformedFile: if it is not such an answer; also if the wallet reports an error.
        UnboundRequest: if the answer does not repeat the request's state.
        InvalidProof: if the presentation was not made for this request: its nonce, its client, or
            another part differs.
        OutOfRange: if a public input is not below r.
        InvalidInput: if ``asked`` has the wrong type.
    """
    require_instance("asked", asked, AuthorizationRequest)
    if isinstance(body, bytes):
        try:
            body = body.decode("ascii")
        except UnicodeDecodeError:
            raise MalformedFile(f"{_ANSWER}: a form's body is ASCII") from None
    if not isinstance(body, str):
        raise MalformedFile(f"{_ANSWER}: text is expected, not {type(body).__name__}")
    found = _form(body, _ANSWER)
    if found.get("state", "") != asked.state:
        raise UnboundRequest(f"{_ANSWER}: its state is not that of the request")
    if "error" in found:
        raise MalformedFile(f"{_ANSWER}: the wallet reports {found['error'][:64]!r}")
    if "vp_token" not in found:
        raise MalformedFile(f"{_ANSWER}: lacks vp_token")
    token = json.parse(found["vp_token"], f"{_ANSWER}: vp_token", _MAX_BYTES)
    entries = json.items(json.members(token, (_QUERY,), f"{_ANSWER}: vp_token")[_QUERY], _ANSWER)
    if len(entries) != 1:
        raise MalformedFile(f"{_ANSWER}: one presentation is expected, not {len(entries)}")
    presentation = presentation_in(entries[0])
    require_answer(presentation, asked.request)
    return presentation


def _require_client(verifier: str, reply_to: str) -> None:
    if verifier == _BY_ADDRESS + reply_to:
        return
    if ":" in verifier or not _VISIBLE.fullmatch(verifier):
        raise UnboundRequest(
            "the request's verifier must be its client identifier: 'redirect_uri:' and the "
            "reply_to, or a name in ASCII without a colon that the wallet knows"
        )


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and not parts.fragment
    except ValueError:
        return False


def _require_text(parameters: Mapping[str, Any], name: str, expected: str) -> None:
    if parameters.get(name) != expected:
        raise MalformedFile(f"{_WHAT}: {name} must be {expected}")


def _request_in(query: object) -> ProofRequest:
    what = f"{_WHAT}: dcql_query"
    credentials = json.items(json.members(query, ("credentials",), what)["credentials"], what)
    if len(credentials) != 1:
        raise MalformedFile(f"{what}: one credential is expected, not {len(credentials)}")
    found = json.members(credentials[0], _ONE_CREDENTIAL, what)
    if found["format"] != FORMAT or found["id"] != _QUERY:
        raise MalformedFile(f"{what}: it asks for another format than {FORMAT}")
    inside = json.members(found["meta"], ("proof_request",), what)["proof_request"]
    return ProofRequest.from_json(json.canonical(inside))


def _form(text: str, what: str) -> dict[str, str]:
    """Read parameters of a form, each at most once."""
    if len(text) > _MAX_BYTES:
        raise MalformedFile(f"{what}: longer than {_MAX_BYTES} characters")
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=64,
        )
    except ValueError:
        raise MalformedFile(f"{what}: parameters of a form are expected") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedFile(f"{what}: a parameter is repeated")
    return found
