"""A search for amounts in clear in everything that a chain ever stored.

The search covers the calldata of every transaction, the topics and data of every event, and every
word that was ever in a contract's storage. For each plaintext and its slots it looks for:

- an amount of 2^16 and more: as five bytes at any offset (which every longer number and every byte
  packing contains), as a little-endian word, and as decimal and hexadecimal digits;
- an amount from 256 to 2^16 - 1 (scores): as a whole 32-byte word of calldata or an event. As two
  bytes it would be found everywhere, and a word of storage packs several small fields. Multiples of
  32 are omitted, because offsets of the ABI look the same; so are numbers that the caller names
  because they are public for another reason;
- the plaintext packed as in a ciphertext, in both byte orders, and as in an envelope; and the
  packed plaintext and every amount in the exponent, as the coordinates that a ciphertext without
  blinding would show.

An amount below 256 (a count of delinquencies, 0, 1 or 2) is searched for only inside the packed
plaintexts and in the exponent: words and bytes of that value have other meanings everywhere. So a
scan is meaningful only for a story with distinctive incomes and debts. An amount of eight or more
digits that the chain does not contain is found by chance in fewer than one of a thousand scans of a
megabyte.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit.demo.failure import StoryFailed
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY
from zkcredit.gadgets.elgamal import pack_slots
from zkcredit.ledger import LedgerEntry
from zkcredit.schema import ENTRY_BITS, N_SLOTS, SLOT_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from zkcredit.chain import EmbeddedChain

__all__ = ["Finding", "Scan", "needles", "scan", "written"]

_DISTINCTIVE: Final = 1 << 16
_WORDS: Final = 1 << 8
_ABI_WORD: Final = 32
_WORD: Final = "a word"
_LITTLE: Final = "a little-endian word"
_PACKED_BYTES: Final = N_SLOTS * SLOT_BITS // 8


@dataclass(frozen=True, slots=True)
class Finding:
    """A plaintext that was found. The finding does not repeat the amount.

    Attributes:
        where: ``"calldata"``, ``"events"`` or ``"storage"``.
        form: how it was written.
        owner: the person with this plaintext, as the caller named them.
    """

    where: str
    form: str
    owner: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was searched and found.

    Attributes:
        searched: bytes by place.
        amounts: number of different amounts that were searched for individually.
        forms: number of byte strings that were searched for.
        findings: what was found; empty if no amount is in clear.
    """

    searched: Mapping[str, int]
    amounts: int
    forms: int
    findings: tuple[Finding, ...]

    def require_clean(self) -> None:
        """Require that nothing was found.

        Raises:
            StoryFailed: if an amount was found.
        """
        for found in self.findings:
            raise StoryFailed(
                f"an amount of {found.owner} is in {found.where} in clear: {found.form}"
            )


def written(node: EmbeddedChain) -> dict[str, list[bytes]]:
    """Return everything that a chain received and stored, by place."""
    from hexbytes import HexBytes

    calldata, events = [], []
    for number in range(node.block_number() + 1):
        sent: Any = node.w3.eth.get_block(number, True)["transactions"]
        # eth-tester calls the input "data"
        calldata += [bytes(HexBytes(one.get("input", one.get("data")))) for one in sent]
    for log in node.w3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"}):
        events += [bytes(topic) for topic in log["topics"]]
        events.append(bytes(log["data"]))
    return {"calldata": calldata, "events": events, "storage": node.storage_words()}


def needles(
    plaintexts: Mapping[str, Iterable[Sequence[int]]], public: Collection[int] = ()
) -> dict[bytes, tuple[str, str]]:
    """Return the byte strings to look for → (form, owner).

    Args:
        plaintexts: owner → entries and totals, five slots each.
        public: numbers from 256 to 2^16 - 1 that are on chain for another reason.
    """
    found: dict[bytes, tuple[str, str]] = {}
    for owner, several in plaintexts.items():
        for slots in several:
            packed = pack_slots(slots)
            forms = _in_exponent(packed)
            if packed >= _DISTINCTIVE:
                forms |= {
                    packed.to_bytes(_PACKED_BYTES, "big"): "packed",
                    packed.to_bytes(_PACKED_BYTES, "little"): "packed, little-endian",
                }
                if all(slot < 1 << ENTRY_BITS for slot in slots):
                    forms[LedgerEntry(*slots).to_bytes()] = "an envelope's content"
            for amount in filter(None, slots):
                forms |= _of_amount(amount, public)
            for data, form in forms.items():
                found.setdefault(data, (form, owner))
    return found


def scan(
    places: Mapping[str, Iterable[bytes]],
    plaintexts: Mapping[str, Sequence[Sequence[int]]],
    public: Collection[int] = (),
) -> Scan:
    """Search for plaintexts in what a chain stores.

    Args:
        places: the result of ``written``.
        plaintexts, public: as in ``needles``.
    """
    wanted = needles(plaintexts, public)
    by_length: defaultdict[int, set[bytes]] = defaultdict(set)
    for needle in wanted:
        by_length[len(needle)].add(needle)
    hits: set[Finding] = set()
    searched = {}
    for where, texts in places.items():
        unique = set(texts)
        searched[where] = sum(map(len, unique))
        for text in unique:
            for length, group in by_length.items():
                windows = {text[i : i + length] for i in range(len(text) - length + 1)}
                found = {needle for needle in windows & group if wanted[needle][0] != _WORD}
                hits |= {Finding(where, *wanted[needle]) for needle in found}
            # a word of storage packs small fields, such as two states, which can look like a score
            if where != "storage":
                hits |= {
                    Finding(where, *wanted[word])
                    for word in _words(text) & by_length[_ABI_WORD]
                    if wanted[word][0] == _WORD
                }
    amounts = {amount for several in plaintexts.values() for slots in several for amount in slots}
    alone = [a for a in amounts if a >= _DISTINCTIVE or _is_word(a, public)]
    findings = tuple(sorted(hits, key=lambda hit: (hit.where, hit.form, hit.owner)))
    return Scan(searched, len(alone), len(wanted), findings)


def _words(text: bytes) -> set[bytes]:
    """Return the ABI's words, which end where the text ends; a call begins with four more bytes.

    Between two words, a small number and the first byte of a hash can look like a score.
    """
    first = len(text) % _ABI_WORD
    return {text[i : i + _ABI_WORD] for i in range(first, len(text), _ABI_WORD)}


def _of_amount(amount: int, public: Collection[int]) -> dict[bytes, str]:
    forms = _in_exponent(amount)
    if amount >= _DISTINCTIVE:
        length = 5 if amount < 1 << 40 else 6
        forms |= {
            amount.to_bytes(length, "big"): "bytes",
            amount.to_bytes(_ABI_WORD, "little"): _LITTLE,
            str(amount).encode(): "decimal digits",
            f"{amount:x}".encode(): "hexadecimal digits",
            f"{amount:X}".encode(): "hexadecimal digits",
        }
    elif _is_word(amount, public):
        forms[amount.to_bytes(_ABI_WORD, "big")] = _WORD
    return forms


def _is_word(amount: int, public: Collection[int]) -> bool:
    return _WORDS <= amount < _DISTINCTIVE and amount % _ABI_WORD != 0 and amount not in public


def _in_exponent(number: int) -> dict[bytes, str]:
    point = babyjub.mul(number, BASE8)
    if point == IDENTITY:
        return {}
    return {coordinate.to_bytes(_ABI_WORD, "big"): "in the exponent" for coordinate in point}
