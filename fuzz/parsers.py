"""Every parser of bytes from strangers: how to call it, and what good input looks like.

A parser may raise errors of ``zkcredit.errors`` and nothing else. What it accepts and can write
again must read back as the same. A new parser is one entry in ``PARSERS`` and a good file in
``make_corpus.py``; a test compares this table with the functions of the library.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mutators
import py_ecc  # it raises the recursion limit, as in every process that verifies

from zkcredit._internal.json import parse
from zkcredit.audit.names import read_symbols
from zkcredit.chain.contracts.abi import ContractAbi, abi_of
from zkcredit.chain.contracts.reverts import decode_revert
from zkcredit.chain.custody.proposal import Proposal
from zkcredit.chain.custody.signed_quote import SignedQuote
from zkcredit.chain.custody.unsigned import SignedTransaction, UnsignedTransaction
from zkcredit.chain.deployment import Deployment
from zkcredit.chain.loans.lens import LoanLensClient
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.loan_state import LoanState, PositionState
from zkcredit.chain.loans.receipts import PaymentReceipt
from zkcredit.chain.loans.signed_steps import SignedStep
from zkcredit.chain.sending import keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.circom.signals import read_signals, signals_of
from zkcredit.cli.loan.consent_file import Agreement
from zkcredit.cli.options import read_policy
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import (
    ChainError,
    InternalError,
    MachineError,
    MalformedFile,
    ZkCreditError,
)
from zkcredit.escrow import (
    ArbiterCard,
    ArbiterGroup,
    Commitment,
    Complaint,
    Deal,
    PartialOpening,
    Roster,
)
from zkcredit.formats import calldata, ptau, r1cs, snarkjs, wtns, zkey
from zkcredit.groth16 import Proof, UnsafeKeyWarning, VerifyingKey, keyfile, resident_key
from zkcredit.groth16.ceremony.phase1 import Phase1
from zkcredit.history import RecordClaim
from zkcredit.issuer import IssueOrder, read_orders
from zkcredit.ledger import LedgerCard, LedgerEntry, ProvedEntry, SealedEntry
from zkcredit.loan import Quote, TableProduct, read_offer
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.published import Manifest
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest, RequestBook, RequestKey
from zkcredit.scoring import Scorecard
from zkcredit.scoring.scored_record import ScoredRecord, read_record
from zkcredit.standards import (
    AuthorizationRequest,
    read_answer,
    read_verifiable_presentation,
    write_answer,
    write_verifiable_presentation,
)
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

assert sys.getrecursionlimit() >= 100_000, py_ecc  # otherwise deep input tests nothing

__all__ = [
    "ACCOUNT",
    "CORPUS",
    "LONG",
    "NETWORK",
    "OUTPUTS",
    "PARSERS",
    "PASSWORD",
    "SHORT",
    "Fault",
    "Parser",
    "judge",
]

CORPUS = Path(__file__).parent / "corpus"
LONG, SHORT = 120, 20
"""Most seconds of damaged files that a parser gets in the tests: those that the verifier, the chain
and a wallet depend on, and the others. ZKCREDIT_FUZZ_SECONDS, which is 1, lowers both."""
PASSWORD = "of the corpus"  # of a wallet and an account without anything in them
NETWORK, ACCOUNT = "31337:0xaa", "0x" + "11" * 20  # whose transactions the outbox holds
ASKED = AuthorizationRequest(  # what the answers over OpenID4VP are to
    ProofRequest(
        "redirect_uri:https://example.org",
        "a loan",
        1_790_000_600,
        6,
        policy=Policy(min_score=600, now=1_790_000_000),
        scope=5678,
        reply_to="https://example.org",
    ),
    "s-1",
)
WIRES = 1 << 10  # of the circuit whose symbols are read


class Fault(Exception):
    """A parser raised an error that is not typed, or reads its own output differently."""


@dataclass(frozen=True)
class Parser:
    """One parser.

    Attributes:
        name: the name of the parser, and of its folder in the corpus.
        read: a function that takes bytes and raises typed errors.
        mutate: damage that fits the format.
        write: a function that writes what was read as bytes again; None if nothing writes it.
        function: the library's function, if ``read`` is not the function itself.
        seconds: maximum number of seconds in the tests.
    """

    name: str
    read: Callable[[bytes], Any]
    mutate: mutators.Mutator
    write: Callable[[Any], bytes] | None = None
    function: Callable[..., Any] | None = None
    seconds: int = SHORT

    @property
    def covers(self) -> str:
        """The full name of the library's function that is fed."""
        function = self.function or self.read
        return f"{function.__module__}.{function.__qualname__}"

    def seeds(self) -> list[bytes]:
        """Return the good files, and the bad ones that once did harm, by name."""
        return [path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())]

    def input(self, rng: random.Random, seeds: list[bytes]) -> bytes:
        """Return a damaged file."""
        seed = rng.choice(seeds)
        return mutators.raw(rng, seed) if rng.random() < 0.1 else self.mutate(rng, seed)


def judge(parser: Parser, data: bytes) -> str:
    """Feed the parser: "accepted", or the name of its typed error.

    Raises:
        Fault: if any other error is raised, including lack of memory, or if what was accepted does
            not read back as the same after it is written.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnsafeKeyWarning)
            value = parser.read(data)
            if parser.write is not None:
                written = parser.write(value)
                if parser.write(parser.read(written)) != written:
                    raise Fault(f"{parser.name}: what it writes reads back as something else")
    except (InternalError, MachineError) as error:
        raise Fault(f"{parser.name}: {error!r}") from error
    except ZkCreditError as error:
        return type(error).__name__
    except Fault:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Fault(f"{parser.name}: untyped {error!r}") from error
    return "accepted"


def _phase1(data: bytes) -> Any:
    file = ptau.loads(data)
    return Phase1.of(file, file.power, 1)


def _proving_key(data: bytes) -> Any:
    """Read the key into arrays and into the kernel: both readers accept it, or both refuse it."""
    try:
        resident_key.loads(data, 1)
        refused = False
    except ZkCreditError:
        refused = True
    try:
        key = keyfile.loads(data)
        _ = key.resident
    except ZkCreditError:
        if not refused:
            raise AssertionError("the kernel takes a key that cannot be read as arrays") from None
        raise
    if refused:
        raise AssertionError("the kernel refuses a key that can be read as arrays")
    return key


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    """A file with this content, one for each process, in memory where there is such a place."""
    folder = Path("/dev/shm")  # created with mode 0600 below
    place = folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())
    path = place / f"zkcredit-fuzz-{os.getpid()}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        yield path
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


def _wallet(data: bytes) -> None:
    with _file(data) as path, Vault.open(path, "wallet", PASSWORD) as store:
        for kind in ("seed", "credential"):
            store.all(kind)
        store.put([("credential", "new", b"1")])
        store.remove("credential", "new")


def _outbox(data: bytes) -> None:
    with _file(data) as path, Outbox(path) as outbox:
        for entry in outbox.history(NETWORK, ACCOUNT):
            outbox.hashes(entry)
        outbox.find(NETWORK, ACCOUNT, "a loan")
        # a hash that no transaction of the corpus has, whatever nonce it seems to have
        new = outbox.add(
            NETWORK, ACCOUNT, "new", 0, lambda nonce: (b"raw", f"0x{7**80 + nonce:064x}")
        )
        outbox.count_send(new.id)
        outbox.finish(new.id, "mined")


def _request_book(data: bytes) -> None:
    with _file(data) as path, RequestBook.open(path) as book:
        book.answer_to(book.get(1))
        for request in book.open_requests(now=1):
            book.accept(request, 5, 1)
        book.keep(ProofRequest("a lender", "a new loan", 2, 99, policy=Policy(now=1)))
        book.forget(expired_before=3)


def _request_key(data: bytes) -> RequestKey:
    return RequestKey.from_pem(data.decode("latin-1"))


def _authorization_request(data: bytes) -> AuthorizationRequest:
    return AuthorizationRequest.from_parameters(parse(data, "parameters", 1 << 20))


def _parameters(asked: AuthorizationRequest) -> bytes:
    return json.dumps(asked.parameters()).encode()


def _authorization_url(data: bytes) -> AuthorizationRequest:
    return AuthorizationRequest.from_url(data.decode("latin-1"))


def _authorization_answer(data: bytes) -> Presentation:
    return read_answer(data, ASKED)


def _keystore(data: bytes) -> Any:
    with _file(data) as path:
        return keystore.load_keystore(path, PASSWORD)


def _policy(data: bytes) -> Any:
    with _file(data) as path:
        return read_policy(path, None)


def _scorecard(data: bytes) -> Scorecard:
    return Scorecard.from_json(parse(data, "scorecard", 1 << 20))


def _record(data: bytes) -> CreditRecord:
    return CreditRecord.from_values(parse(data, "record", 1 << 20))


def _offer(data: bytes) -> TableProduct:
    return read_offer(object_of(data, "offer"))


def _features(data: bytes) -> ScoredRecord | CreditRecord:
    return read_record(object_of(data, "record"))


def object_of(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object, as the command line reads it."""
    value = parse(data, what, 1 << 20)
    if not isinstance(value, dict):
        raise MalformedFile(f"{what}: an object is expected")
    return value


def _amounts(data: bytes) -> LedgerEntry:
    return LedgerEntry.from_values(parse(data, "entry", 1 << 20))


def _signals(data: bytes) -> dict[str, list[int]]:
    return signals_of(read_signals(data))


def _order_table(data: bytes) -> list[IssueOrder | None]:
    card = HolderCard.from_json((CORPUS / "holder_card" / "good-0").read_bytes())
    rows = read_orders(data, lambda _: card)
    for row in rows:
        if row.error is not None:
            raise row.error
    return [row.order for row in rows]


def _symbols(data: bytes) -> dict[int, str]:
    return read_symbols(data, WIRES)


OUTPUTS = ("entry", "position", "quote")
"""Calls of a market and its lens whose output is read; the fourth byte of a file says which."""


def _call_output(data: bytes) -> Any:
    name = OUTPUTS[sum(data[:4]) % len(OUTPUTS)]
    contract = LoanLensClient.contract if name == "quote" else LoanMarketClient.contract
    (values,) = abi_of(contract).decode(name, data[4:])
    if name == "entry":
        return LoanState.of_entry(1, values, _lent(), 1_790_000_000)
    return PositionState.from_tuple(1, values) if name == "position" else Quote(*values)


@cache
def _lent() -> TableProduct:
    return TableProduct.decode((CORPUS / "table_product" / "good-0").read_bytes())


def _event(data: bytes) -> Any:
    start, count = 4, sum(data[:4]) % 5
    topics = [data[start + 32 * i : start + 32 * i + 32] for i in range(count)]
    found = abi_of("CreditLedger").decode_event(topics, data[start + 32 * count :])
    return _known(found is not None, found)


def _revert(data: bytes) -> Any:
    found = decode_revert(data)
    return _known(found[0] != "", found)


def _known(known: bool, found: Any) -> Any:  # so that "nobody knows it" is a verdict of its own
    if not known:
        raise ChainError("unknown")
    return found


def _fields(value: Any) -> bytes:
    return json.dumps(asdict(value)).encode()


def _scorecard_text(value: Scorecard) -> bytes:
    return json.dumps(value.to_json()).encode()


@cache
def _text(kind: Any) -> Callable[[Any], bytes]:
    return lambda value: kind.to_json(value).encode()


def _json(name: str, kind: Any, seconds: int = SHORT) -> Parser:
    return Parser(name, kind.from_json, mutators.document, _text(kind), seconds=seconds)


PARSERS: dict[str, Parser] = {
    parser.name: parser
    for parser in (
        Parser("r1cs", r1cs.loads, mutators.sections, r1cs.dumps, seconds=LONG),
        Parser("wtns", wtns.loads, mutators.sections, wtns.dumps, seconds=LONG),
        Parser("zkey", zkey.loads, mutators.sections, zkey.dumps, seconds=LONG),
        Parser(
            "proving_key",
            _proving_key,
            mutators.sections,
            keyfile.dumps,
            function=keyfile.loads,
            seconds=LONG,
        ),
        Parser("ptau", ptau.loads, mutators.sections, ptau.dumps, seconds=LONG),
        Parser("phase1", _phase1, mutators.sections, function=Phase1.of),
        _json("proof", Proof, LONG),
        Parser(
            "public",
            snarkjs.load_public,
            mutators.document,
            lambda values: snarkjs.dump_public(values).encode(),
            seconds=LONG,
        ),
        _json("verification_key", VerifyingKey, LONG),
        Parser("calldata", calldata.from_bytes, mutators.words, calldata.to_bytes, seconds=LONG),
        _json("credential", Credential, LONG),
        _json("holder_card", HolderCard),
        _json("envelope", Envelope, LONG),
        _json("presentation", Presentation, LONG),
        _json("revocation_list", RevocationList),
        _json("registry", RegistrySnapshot),
        _json("manifest", Manifest),
        _json("request", ProofRequest, LONG),
        Parser("request_book", _request_book, mutators.request_book, function=RequestBook.open),
        Parser("request_key", _request_key, mutators.raw, function=RequestKey.from_pem),
        Parser(
            "verifiable_presentation",
            read_verifiable_presentation,
            mutators.document,
            lambda shown: write_verifiable_presentation(shown).encode(),
        ),
        Parser(
            "authorization_request",
            _authorization_request,
            mutators.document,
            _parameters,
            AuthorizationRequest.from_parameters,
        ),
        Parser(
            "authorization_url",
            _authorization_url,
            mutators.raw,
            lambda asked: asked.to_url().encode(),
            AuthorizationRequest.from_url,
        ),
        Parser(
            "authorization_answer",
            _authorization_answer,
            mutators.raw,
            lambda shown: write_answer(shown, ASKED).encode(),
            read_answer,
        ),
        _json("record_claim", RecordClaim),
        Parser("policy", _policy, mutators.document, _fields, read_policy),
        Parser("record", _record, mutators.document, _fields, CreditRecord.from_values),
        Parser("offer", _offer, mutators.document, function=read_offer),
        Parser("table_product", TableProduct.decode, mutators.words, TableProduct.encode),
        Parser("features", _features, mutators.document, function=read_record),
        Parser("inputs", snarkjs.load_inputs, mutators.document),
        Parser("signals", _signals, mutators.document, function=read_signals),
        Parser("scorecard", _scorecard, mutators.document, _scorecard_text, Scorecard.from_json),
        _json("ledger_card", LedgerCard),
        _json("sealed_entry", SealedEntry),
        _json("proved_entry", ProvedEntry),
        Parser("amounts", _amounts, mutators.document, _fields, LedgerEntry.from_values),
        Parser("ledger_entry", LedgerEntry.from_bytes, mutators.words, LedgerEntry.to_bytes),
        _json("arbiter_card", ArbiterCard),
        _json("arbiter_roster", Roster),
        _json("arbiter_commitment", Commitment),
        _json("arbiter_deal", Deal),
        _json("arbiter_complaint", Complaint),
        _json("arbiter_group", ArbiterGroup),
        _json("partial_opening", PartialOpening),
        _json("deployment", Deployment),
        _json("restructuring", Agreement),
        _json("signed_step", SignedStep),
        _json("payment_receipt", PaymentReceipt),
        _json("proposal", Proposal),
        _json("quote", SignedQuote),
        _json("unsigned_transaction", UnsignedTransaction),
        _json("signed_transaction", SignedTransaction),
        Parser("call_output", _call_output, mutators.call, function=ContractAbi.decode),
        Parser("event", _event, mutators.call, function=ContractAbi.decode_event),
        Parser("revert", _revert, mutators.call, function=decode_revert),
        Parser("order_table", _order_table, mutators.lines, function=read_orders),
        Parser("symbols", _symbols, mutators.lines, function=read_symbols),
        Parser("wallet", _wallet, mutators.database, function=Vault.open, seconds=LONG),
        Parser("outbox", _outbox, mutators.outbox, function=Outbox),
        Parser("keystore", _keystore, mutators.keystore, function=keystore.load_keystore),
    )
}
