"""Which issuers are allowed, and what they revoked: revocation lists, and a snapshot with a root.

An issuer publishes a **revocation list**: its public key, the sorted ids of revoked, unexpired
credentials, a time, and its signature over the root of the gap tree made of these ids. A registrar
collects the lists of the issuers that it allows into a **snapshot**: an 8-ary tree of depth 2 over
H(A.x, A.y, revocation root). The tree's root goes on chain. The snapshot is public: anybody can
recompute the root from it, and borrowers need it to prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal import json
from zkcredit._internal.checks import require_field, require_instance, require_uint
from zkcredit._internal.derived import Derived
from zkcredit._internal.evm import keccak256
from zkcredit._internal.text import short_repr
from zkcredit.circuits.hashes import issuer_leaf, registry_tree
from zkcredit.credential import Credential, key_from_text, signature_from_text, signature_text
from zkcredit.errors import InvalidInput, InvalidSignature, MalformedFile, UnknownIssuer
from zkcredit.gadgets import eddsa
from zkcredit.gadgets.babyjub import Point, to_text
from zkcredit.gadgets.eddsa import Signature
from zkcredit.gadgets.gaps import GapTree
from zkcredit.gadgets.merkle import ARITY
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.schema import ID_BITS, REGISTRY_DEPTH, TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.gadgets.eddsa import SigningKey
    from zkcredit.gadgets.gaps import Gap
    from zkcredit.gadgets.merkle import Tree8

__all__ = [
    "MAX_ISSUERS",
    "Membership",
    "RegistrySnapshot",
    "RevocationList",
]

MAX_ISSUERS: Final = ARITY**REGISTRY_DEPTH
"""The most issuers in one registry: 64."""

_LIST_TAG: Final = domain_tag("revocation-list")

_LIST_TYPE: Final = "zkcredit/revocation-list/1"
_SNAPSHOT_TYPE: Final = "zkcredit/registry/1"
_LIST_BYTES: Final = 1 << 22  # 2^18 ids of at most ten digits
_SNAPSHOT_BYTES: Final = 1 << 25
_LIST_MEMBERS: Final = ("issuer", "revoked", "revocationRoot", "publishedAt", "signature")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class RevocationList:
    """What one issuer says about its credentials at one time.

    Attributes:
        issuer: the issuer's public key.
        revoked: ids, sorted, each once, 1 to 2^32 − 1.
        root: root of the gap tree over these ids. It is signed; ``tree`` recomputes it.
        published_at: Unix seconds; a later list replaces an earlier one.
        signature: the issuer's, over key, root and time.

    Raises:
        InvalidInput: if the ids are not sorted, or one is listed twice.
        OutOfRange: if an id or the time is out of range.
        InvalidSignature: if the key is not acceptable, or did not sign this root.
    """

    issuer: Point
    revoked: tuple[int, ...]
    root: int
    published_at: int
    signature: Signature

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_uint("published_at", self.published_at, TIME_BITS)
        require_instance("the issuer", self.issuer, Point)
        require_instance("the signature", self.signature, Signature)
        require_instance("the ids", self.revoked, tuple)
        require_field("root", self.root)
        previous = 0
        for id_ in self.revoked:
            if require_uint("a revoked id", id_, ID_BITS, minimum=1) <= previous:
                raise InvalidInput("revoked ids must be sorted and listed once")
            previous = id_
        message = _list_message(self.issuer, self.root, self.published_at)
        eddsa.verify(self.issuer, message, self.signature)

    @classmethod
    def sign(cls, key: SigningKey, revoked: Iterable[int], published_at: int) -> RevocationList:
        """Make and sign a list.

        Raises:
            InvalidInput: if there are more than 2^18 − 1 ids.
            OutOfRange: if an id is not 1 to 2^32 − 1, or the time is not below 2^40.
        """
        require_uint("published_at", published_at, TIME_BITS)
        ids = tuple(sorted(set(revoked)))
        issuer, root = eddsa.public_key(key), GapTree(ids).root
        signature = eddsa.sign(key, _list_message(issuer, root, published_at))
        return cls(issuer, ids, root, published_at, signature)

    @Derived
    def tree(self) -> GapTree:
        """Recompute the gap tree from the ids, which takes seconds for some hundred thousand ids.

        Raises:
            InvalidSignature: if the issuer signed a root that these ids do not have.
        """
        tree = GapTree(self.revoked)
        if tree.root != self.root:
            raise InvalidSignature("the revocation list's ids are not those that were signed")
        return tree

    @property
    def leaf(self) -> int:
        """The issuer's leaf in the registry: H(A.x, A.y, revocation root)."""
        return issuer_leaf(self.issuer.x, self.issuer.y, self.root)

    def to_json(self) -> str:
        """Return the list as JSON, always the same text for the same list."""
        return json.canonical(self._document())

    @classmethod
    def from_json(cls, text: str | bytes) -> RevocationList:
        """Read a list and verify its signature.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if the ids are not sorted, or one is listed twice.
            OutOfRange: if an id or the time is out of range.
            InvalidSignature: if the key that it names did not sign it.
        """
        return cls._from_document(json.parse(text, "revocation list", _LIST_BYTES))

    def _document(self) -> dict[str, object]:
        return {
            "type": _LIST_TYPE,
            "issuer": to_text(self.issuer),
            "revoked": list(self.revoked),
            "revocationRoot": json.field_text(self.root),
            "publishedAt": self.published_at,
            "signature": signature_text(self.signature),
        }

    @classmethod
    def _from_document(cls, value: object) -> RevocationList:
        what = "revocation list"
        document = json.typed_members(value, what, _LIST_TYPE, _LIST_MEMBERS)
        return cls(
            revoked=tuple(json.items(document["revoked"], f"{what}: revoked")),
            root=json.field(document["revocationRoot"], "revocationRoot"),
            published_at=json.integer(document["publishedAt"], "publishedAt"),
            signature=signature_from_text(document["signature"], "signature"),
            issuer=key_from_text(document["issuer"], "issuer"),  # last, because it is the slow one
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """Why a credential is accepted: the gap around its id, and its issuer's path to the root.

    Attributes:
        gap: lo, hi, and six levels of eight children.
        registry_path: two levels of eight children, bottom up.
        root: the registry root at the end of the path.
    """

    gap: Gap
    registry_path: list[list[int]]
    root: int


@dataclass(frozen=True, slots=True, weakref_slot=True)
class RegistrySnapshot:
    """The allowed issuers with their revocation lists at one time; the order changes the root.

    Attributes:
        lists: one list for each issuer, at most 64.

    Raises:
        InvalidInput: if an issuer is listed twice, or there are too many.
    """

    lists: tuple[RevocationList, ...]

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for entry in require_instance("the lists", self.lists, tuple):
            require_instance("a list", entry, RevocationList)
        if len(self.lists) > MAX_ISSUERS:
            raise InvalidInput(f"a registry holds at most {MAX_ISSUERS} issuers")
        if len({entry.issuer for entry in self.lists}) != len(self.lists):
            raise InvalidInput("an issuer may be in the registry only once")

    @classmethod
    def of(cls, *lists: RevocationList) -> RegistrySnapshot:
        """Return the snapshot of these lists."""
        return cls(lists)

    @Derived
    def _tree(self) -> Tree8:
        return registry_tree(entry.leaf for entry in self.lists)

    @property
    def root(self) -> int:
        """The registry root: what goes on chain, and into the proof as a public input."""
        return self._tree.root

    @property
    def issuers(self) -> tuple[Point, ...]:
        """The allowed issuers' public keys."""
        return tuple(entry.issuer for entry in self.lists)

    def allow(self, first_list: RevocationList) -> RegistrySnapshot:
        """Return the snapshot with one more issuer.

        Raises:
            InvalidInput: if the issuer is allowed already, or the registry is full.
        """
        return RegistrySnapshot((*self.lists, first_list))

    def update(self, newer: RevocationList) -> RegistrySnapshot:
        """Return the snapshot with a newer list of an issuer that is allowed.

        Raises:
            UnknownIssuer: if the issuer is not allowed.
            InvalidInput: if the list is not newer than the one that it replaces.
        """
        index = self._index(require_instance("the list", newer, RevocationList).issuer)
        if newer.published_at <= self.lists[index].published_at:
            raise InvalidInput("the list is not newer than the one that it would replace")
        return RegistrySnapshot((*self.lists[:index], newer, *self.lists[index + 1 :]))

    def disallow(self, issuer: Point) -> RegistrySnapshot:
        """Return the snapshot without an issuer.

        Raises:
            UnknownIssuer: if the issuer is not allowed.
        """
        index = self._index(issuer)
        return RegistrySnapshot((*self.lists[:index], *self.lists[index + 1 :]))

    def membership(self, credential: Credential) -> Membership:
        """Return what a proof about this credential needs from the registry.

        Raises:
            UnknownIssuer: if the credential's issuer is not allowed.
            RevokedCredential: if the issuer revoked the credential.
            InvalidSignature: if the issuer signed a root that its list's ids do not have.
        """
        index = self._index(require_instance("the credential", credential, Credential).issuer)
        gap = self.lists[index].tree.gap_for(credential.revocation_id)
        return Membership(gap, self._tree.path(index), self.root)

    def to_json(self) -> str:
        """Return the snapshot as JSON, always the same text for the same snapshot."""
        return json.canonical(
            {
                "type": _SNAPSHOT_TYPE,
                "root": json.field_text(self.root),
                "issuers": [entry._document() for entry in self.lists],
            }
        )

    @property
    def data_hash(self) -> bytes:
        """Return Keccak-256 of ``to_json``: the 32 bytes that are posted with the root."""
        return keccak256(self.to_json().encode())

    @classmethod
    def from_json(cls, text: str | bytes, *, root: int | None = None) -> RegistrySnapshot:
        """Read a snapshot and verify it: every list's signature, and the root.

        Args:
            text: the published document.
            root: the root that the caller knows from elsewhere, such as the chain, or None.

        Raises:
            MalformedFile: if the text is not exactly such a document, or has another root.
            InvalidInput: if a list is not sorted, or an issuer is listed twice.
            OutOfRange: if an id or a time is out of range.
            InvalidSignature: if the issuer that a list names did not sign it.
        """
        what = "registry"
        names = ("root", "issuers")
        document = json.open_document(text, what, _SNAPSHOT_TYPE, names, _SNAPSHOT_BYTES)
        lists = json.items(document["issuers"], f"{what}: issuers")
        stated = json.field(document["root"], "root")
        if root not in (None, stated):
            raise MalformedFile(f"{what}: the root is not the expected one")
        snapshot = cls(tuple(RevocationList._from_document(entry) for entry in lists))
        if snapshot.root != stated:
            raise MalformedFile(f"{what}: the lists do not have the root that is stated")
        return snapshot

    def _index(self, issuer: Point) -> int:
        for index, entry in enumerate(self.lists):
            if entry.issuer == issuer:
                return index
        raise UnknownIssuer(
            "the issuer is not in the registry, or was removed from it: get the newest registry; "
            "if it is missing there, too, ask the issuer for a new credential under a key that the "
            "registrar accepts"
        )


def _list_message(issuer: Point, root: int, published_at: int) -> int:
    return poseidon([issuer.x, issuer.y, root, published_at], _LIST_TAG)
