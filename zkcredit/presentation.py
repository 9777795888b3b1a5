"""What a borrower shows, a proof and its public inputs, and how a verifier checks it.

A presentation contains a proof and its public inputs, which the statement names. ``verify`` trusts
none of them: it compares each with the value that the verifier's own request expects, and only then
checks the proof. The verifier, the purpose and the expiry are not in a presentation: they are in
the request, whose hash must equal the context.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_field, require_instance, require_uint
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, InvalidProof, MalformedFile, OutOfRange
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.gadgets.hashed_elgamal import EscrowedValue
from zkcredit.groth16.keys import Proof
from zkcredit.ledger.card import account_number
from zkcredit.policy import Policy
from zkcredit.request.base import SCORED_ELIGIBILITY, Request, require_scorecard_digest
from zkcredit.request.proof_request import ProofRequest
from zkcredit.schema import POLICY_FIELDS, PRESENTED, PUBLIC_INPUTS, TIME_BITS

if TYPE_CHECKING:
    from zkcredit.groth16.keys import VerifyingKey
    from zkcredit.request.book import RequestBook

__all__ = ["Presentation", "verify"]

MAX_BYTES: Final = 1 << 14

_LOG: Final = logging.getLogger(__name__)

_TYPE: Final = "zkcredit/presentation/1"
_WHAT: Final = "presentation"
_MEANT: Final = {  # what differs if a public input does; a point has an input for each coordinate
    "context": "verifier, purpose, expiry, nonce or signature",
    "arbiters": "arbiters' key",
    "c1": "total",
    "c2": "total",
    "account": "account",
    "terms": "terms of the record",
    "history_root": "state of the history tree",
    "history_scope": "bureau of the record",
}

_OTHER_POLICY: Final = "the presentation is for another policy than expected"
_NO_POLICY: Final = ": its word does not encode a policy"


@dataclass(frozen=True, slots=True)
class Presentation:
    """A proof of a statement with its public inputs. Anybody may see everything in it.

    The bytes of the proof do not identify it, because anybody can re-randomise a proof; use the
    pseudonym.

    Attributes:
        statement: name of the statement.
        public_inputs: field elements, in the order of ``zkcredit.schema.PUBLIC_INPUTS``.
        proof: three points.
        scorecard: sha256 (hexadecimal) of the scorecard that made the score; None unless the
            statement is ``scored_eligibility``.

    Raises:
        InvalidInput: if the statement is unknown, has another number of public inputs, a part has
            the wrong type, or the scorecard is missing or does not belong to the statement; or if
            a property is read that another statement has.
        OutOfRange: if a public input is not in [0, r).
    """

    statement: str
    public_inputs: tuple[int, ...]
    proof: Proof
    scorecard: str | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if require_instance("the statement", self.statement, str) not in PRESENTED:
            raise InvalidInput(
                f"there is no statement {self.statement[:40]!r}; known: {', '.join(PRESENTED)}"
            )
        names = PUBLIC_INPUTS[self.statement]
        if len(require_instance("the public inputs", self.public_inputs, tuple)) != len(names):
            raise InvalidInput(f"{self.statement} has {len(names)} public inputs")
        for name, value in zip(names, self.public_inputs, strict=True):
            require_field(name, value)
        require_instance("the proof", self.proof, Proof)
        if (self.statement == SCORED_ELIGIBILITY) != (self.scorecard is not None):
            raise InvalidInput("a scorecard belongs to a computed score, and to nothing else")
        if self.scorecard is not None:
            require_scorecard_digest(self.scorecard)

    @property
    def named(self) -> dict[str, int]:
        """The public inputs by name."""
        return dict(zip(PUBLIC_INPUTS[self.statement], self.public_inputs, strict=True))

    @property
    def nullifier(self) -> int:
        """The borrower's pseudonym within the scope."""
        return self._input("nullifier")

    @property
    def account(self) -> Point:
        """The ledger account that the proof is about."""
        return self._point("account")

    @property
    def total(self) -> Ciphertext:
        """The ciphertext that the proof is about."""
        return Ciphertext(self._point("c1"), self._point("c2"))

    @property
    def arbiters(self) -> Point:
        """The key that the borrower's reference is escrowed to."""
        return self._point("arbiters")

    @property
    def escrowed(self) -> EscrowedValue:
        """The borrower's reference, encrypted to the arbiters' key."""
        return EscrowedValue(self._point("sealed"), self._input("sealed_value"))

    @property
    def pseudonym(self) -> int:
        """The number by which the verifier knows the borrower: the nullifier, or the account's."""
        if "account_x" in self.named:
            return account_number(self.account)
        return self.nullifier

    def to_json(self) -> str:
        """Return the presentation as JSON; snarkjs can read ``proof`` and ``publicSignals``."""
        document: dict[str, Any] = {
            "type": _TYPE,
            "statement": self.statement,
            "publicSignals": [str(value) for value in self.public_inputs],
            "proof": json.parse(self.proof.to_json(), "proof", MAX_BYTES),
        }
        if self.scorecard is not None:
            document["model"] = self.scorecard
        return json.canonical(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a presentation. It is not verified.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            OutOfRange: if a public input is not below r.
        """
        names = ("statement", "publicSignals", "proof")
        document = json.open_document(text, _WHAT, _TYPE, names, MAX_BYTES, optional=("model",))
        signals = json.items(document["publicSignals"], f"{_WHAT}: public signals")
        inputs = tuple(json.decimal(signal, f"{_WHAT}: a public signal") for signal in signals)
        proof = Proof.from_json(json.canonical(document["proof"]))
        try:
            return cls(document["statement"], inputs, proof, document.get("model"))
        except OutOfRange:
            raise
        except InvalidInput as error:
            raise MalformedFile(f"{_WHAT}: {error}") from None

    def _point(self, name: str) -> Point:
        return Point(self._input(f"{name}_x"), self._input(f"{name}_y"))

    def _input(self, name: str) -> int:
        try:
            return self.named[name]
        except KeyError:
            raise InvalidInput(f"a proof of {self.statement} has no public input {name}") from None


def verify(
    presentation: Presentation,
    request: Request,
    verifying_key: VerifyingKey,
    *,
    now: int | None = None,
    max_age: int | None = None,
    book: RequestBook | None = None,
) -> None:
    """Check that a presentation answers a request. Return nothing if it does, otherwise raise.

    Every expected value comes from the verifier's own request, none from the presentation. Without
    a ``book`` the caller must remember which requests were answered. In both cases the caller
    decides whether this pseudonym may apply.

    Several threads may verify at once: the kernel releases Python's lock while it computes. In a
    coroutine, ``await asyncio.to_thread(verify, …)`` keeps the event loop free.

    Args:
        presentation: what the borrower showed.
        request: the verifier's own copy, not one that came back with the presentation.
        verifying_key: the verification key of the request's statement. If the request names a
            scorecard, ``zkcredit.request.circuit.require_key_of_request`` checks that the key
            belongs to it.
        now: the time of the check in Unix seconds; the present by default.
        max_age: if given, the credential may be judged at another time than the policy names: at
            most so many seconds before ``now``, and not after it. By default the time must be the
            request's own. Everything else must still be the request's.
        book: the verifier's book, which accepts one answer to each request.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        ExpiredRequest: if the request has expired.
        AnsweredRequest: if the book has an answer to the request.
        InvalidProof: if the presentation differs from what the request expects (the message says
            where, and ``differs`` has the names), or its proof is invalid.
        InvalidInput: if an argument is not acceptable, or the key is another statement's.
    """
    from zkcredit.groth16.verification import verify as verify_proof

    if not isinstance(presentation, Presentation):
        raise InvalidInput("a Presentation is expected; read JSON with Presentation.from_json")
    require_instance("the request", request, Request)
    if book is not None:
        from zkcredit.request.book import RequestBook

        require_instance("the book", book, RequestBook)
        require_instance("a request in a book", request, ProofRequest)
    moment = units.now() if now is None else now
    request.require_open(moment)
    policy = request.policy
    if max_age is not None:
        require_uint("max_age", max_age, TIME_BITS)
        policy = policy.at(_judged_at(presentation, moment, max_age))
    _require_answer(presentation, request, policy)
    verify_proof(verifying_key, presentation.public_inputs, presentation.proof)
    if book is not None and isinstance(request, ProofRequest):
        book.accept(request, presentation.pseudonym, moment)
    _LOG.info("accepted a presentation of %s", presentation.statement)


def require_answer(presentation: Presentation, request: Request) -> None:
    """Require that a presentation has the public inputs that a request expects.

    The proof itself is not checked.

    Raises:
        InvalidProof: if its statement, its scorecard or a public input differs; the message says
            which.
        InvalidInput: if the request does not say which total of its account counts.
    """
    _require_answer(presentation, request, request.policy)


def _require_answer(presentation: Presentation, request: Request, policy: Policy) -> None:
    if presentation.statement != request.statement:
        raise InvalidProof(
            f"the presentation proves {presentation.statement}, "
            f"but the request asks for {request.statement}",
            differs=("statement",),
        )
    if presentation.scorecard != request.scorecard:
        raise InvalidProof(
            "the presentation is for another scorecard than the request names",
            differs=("scorecard",),
        )
    named = presentation.named
    expected = request.expected()
    if "policy" in expected:
        expected["policy"] = policy.pack()
    for name, value in expected.items():
        if named[name] == value:
            continue
        if name == "policy":
            raise _other_policy(named[name], policy)
        meant = _MEANT.get(name, _MEANT.get(name[:-2], name))
        raise InvalidProof(
            f"the presentation is for another {meant} than expected (public input {name})",
            differs=(name,),
        )


def _other_policy(word: int, expected: Policy) -> InvalidProof:
    """Return the error that names the conditions in which a policy differs from the expected."""
    try:
        shown = Policy.unpack(word)
    except InvalidInput:
        return InvalidProof(_OTHER_POLICY + _NO_POLICY, differs=("policy",))
    values = {
        name: (getattr(shown, name), getattr(expected, name))
        for name in POLICY_FIELDS
        if getattr(shown, name) != getattr(expected, name)
    }
    told = ", ".join(f"{name} is {given}, not {wanted}" for name, (given, wanted) in values.items())
    hint = "; to accept an earlier time, pass max_age" if values.keys() == {"now"} else ""
    return InvalidProof(f"{_OTHER_POLICY}: {told}{hint}", differs=tuple(values))


def _judged_at(presentation: Presentation, moment: int, max_age: int) -> int:
    """Return the time at which the presentation judges the credential, in Unix seconds.

    Raises:
        InvalidProof: if this time is after ``moment``, or more than ``max_age`` seconds before it.
    """
    try:
        judged = Policy.unpack(presentation._input("policy")).now
    except InvalidInput:
        raise InvalidProof(_OTHER_POLICY + _NO_POLICY, differs=("policy",)) from None
    if not 0 <= moment - judged <= max_age:
        shown = units.format_time(min(judged, units.MAX_TIME))
        raise InvalidProof(
            f"the presentation judges the credential at {shown}; it must be at most {max_age} "
            f"seconds before {units.format_time(moment)}, and not after it",
            differs=("now",),
        )
    return judged
