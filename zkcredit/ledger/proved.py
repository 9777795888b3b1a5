"""An entry as an issuer posts it: sealed, and proved to be the encryption of five amounts.

The proof is of the statement ``ledger_entry``, and bound to one place: chain, ledger, account,
issuer, and the number of entries that this issuer made in this account before. So it is made when
the place is known, and serves once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import address_word, checksum_address, field_hash, keccak256, words
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.gadgets.elgamal import fresh_randomness
from zkcredit.groth16.keys import Proof, ProvingKey, VerifyingKey
from zkcredit.ledger.card import LedgerCard
from zkcredit.ledger.entry import LedgerEntry
from zkcredit.ledger.sealed import SealedEntry, seal_with
from zkcredit.schema import ENTRY_CONTEXT, MAX_ENTRIES, PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "LEDGER_ENTRY",
    "EntryPlace",
    "ProvedEntry",
    "issuers_hash",
    "prove_entry",
]

LEDGER_ENTRY: Final = "ledger_entry"
"""The statement that an issuer proves about its entry."""

_TYPE: Final = "zkcredit/proved-entry/1"
_WHAT: Final = "proved entry"
_COUNT_BITS: Final = 24
_HASH_BYTES: Final = 26
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """Where an entry is to stand; ``CreditLedgerClient.place`` reads it from the chain.

    Attributes:
        chain_id: EIP-155 number of the chain.
        ledger: address of the ledger, in EIP-55 spelling.
        count: number of entries that the issuer made in the account before.

    Raises:
        InvalidInput: if a part has the wrong type, or the address is malformed.
        OutOfRange: if a number is out of its range.
    """

    chain_id: int
    ledger: str
    count: int

    def __post_init__(self) -> None:
        require_uint("chain_id", self.chain_id, 256)
        require_uint("count", self.count, _COUNT_BITS)
        if self.ledger != checksum_address("the ledger", self.ledger):
            raise InvalidInput("the ledger's address must be in EIP-55 spelling")

    def context(self, account: int, issuer: str) -> int:
        """Return the public input that binds a proof to this place, below 2^248.

        Args:
            account: the account's number.
            issuer: address of the issuer in whose place the entry stands.

        Raises:
            InvalidInput: if an argument is malformed.
            OutOfRange: if the account's number is out of range.
        """
        encoded = {
            "chain_id": words(self.chain_id),
            "ledger": address_word("the ledger", self.ledger),
            "account": words(require_uint("account", account, 248)),
            "issuer": address_word("the issuer", issuer),
            "count": words(self.count),
        }
        return field_hash(b"".join(encoded[name] for name in ENTRY_CONTEXT))


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """A sealed entry with its place and its proof. Everything in it becomes public.

    Attributes:
        sealed: the ciphertext and the envelope.
        place: where it is to stand.
        proof: of the statement ``ledger_entry``.

    Raises:
        InvalidInput: if a part has the wrong type.
    """

    sealed: SealedEntry
    place: EntryPlace
    proof: Proof

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_instance("the sealed entry", self.sealed, SealedEntry)
        require_instance("the place", self.place, EntryPlace)
        require_instance("the proof", self.proof, Proof)

    @property
    def public_inputs(self) -> tuple[int, ...]:
        """The public inputs of the proof, in the statement's order."""
        sealed = self.sealed
        context = self.place.context(sealed.number, sealed.issuer)
        return (context, *sealed.account, *sealed.ciphertext.c1, *sealed.ciphertext.c2)

    def verify(self, verifying_key: VerifyingKey) -> None:
        """Check the proof, as the ledger does.

        Args:
            verifying_key: of the statement ``ledger_entry``.

        Raises:
            InvalidProof: if the proof does not hold.
            InvalidInput: if the key belongs to another statement.
        """
        from zkcredit.groth16.verification import verify

        key = require_instance("the verifying key", verifying_key, VerifyingKey)
        verify(key, self.public_inputs, self.proof)

    def to_json(self) -> str:
        """Return the entry as JSON."""
        return json.canonical(
            {
                "type": _TYPE,
                "entry": json.parse(self.sealed.to_json(), _WHAT, 4096),
                "chainId": str(self.place.chain_id),
                "ledger": self.place.ledger,
                "count": self.place.count,
                "proof": json.parse(self.proof.to_json(), "proof", 4096),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> ProvedEntry:
        """Read an entry. The proof is not looked into.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if a part is not acceptable.
            InvalidSignature: if the account's key is not acceptable.
        """
        names = ("entry", "chainId", "ledger", "count", "proof")
        document = json.open_document(text, _WHAT, _TYPE, names, 1 << 13)
        chain = document["chainId"]
        if not isinstance(chain, str) or not _DECIMAL.fullmatch(chain):
            raise MalformedFile(f"{_WHAT}: chainId must be a number in decimal digits")
        place = EntryPlace(
            int(chain), document["ledger"], json.integer(document["count"], f"{_WHAT}: count")
        )
        proof = Proof.from_json(json.canonical(document["proof"]))
        return cls(SealedEntry.from_json(json.canonical(document["entry"])), place, proof)


def prove_entry(
    entry: LedgerEntry, to: LedgerCard, at: EntryPlace, *, proving_key: ProvingKey
) -> ProvedEntry:
    """Encrypt an entry to the account of a card, seal its amounts, and prove that it is one.

    This function draws the randomness of the encryption, uses it once and forgets it, so that
    nobody can use it again.

    Args:
        entry: the amounts.
        to: the card that the account's owner made for the issuer.
        at: where the entry is to stand.
        proving_key: of the statement ``ledger_entry``.

    Raises:
        InvalidInput: if an argument has the wrong type, or the key belongs to another statement.
        MachineError: if the machine fails.
    """
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.ledger_entry import EntryWitness
    from zkcredit.groth16.prover import prove

    require_instance("the entry", entry, LedgerEntry)
    require_instance("the card", to, LedgerCard)
    require_instance("the place", at, EntryPlace)
    require_instance("the proving key", proving_key, ProvingKey)
    if proving_key.n_public != len(PUBLIC_INPUTS[LEDGER_ENTRY]):
        raise InvalidInput(f"the proving key is not of the statement {LEDGER_ENTRY}")
    randomness = fresh_randomness()
    sealed = seal_with(entry, to, randomness)
    witness = EntryWitness(sealed.account, sealed.ciphertext, entry.slots(), randomness)
    circuit = get_circuit(LEDGER_ENTRY)
    values = witness.inputs(context=at.context(sealed.number, sealed.issuer))
    proof = prove(proving_key, circuit.witness(values), system=circuit.system)
    return ProvedEntry(sealed, at, proof)


def issuers_hash(issuers: Iterable[str]) -> str:
    """Return the hash by which a product names the issuers whose entries count.

    It is the first 208 bits of keccak256(abi.encode(address[])) of the list in ascending order, as
    the ledger computes it: 52 hexadecimal digits. A product that names nobody has an empty text.

    Raises:
        InvalidInput: if an address is malformed or named twice, or there are none or more than 256.
    """
    encoded = sorted(address_word("an issuer", issuer) for issuer in issuers)
    if not 0 < len(encoded) <= MAX_ENTRIES or len(set(encoded)) != len(encoded):
        raise InvalidInput(f"name 1 to {MAX_ENTRIES} issuers, each once")
    return keccak256(words(32, len(encoded)) + b"".join(encoded))[:_HASH_BYTES].hex()
