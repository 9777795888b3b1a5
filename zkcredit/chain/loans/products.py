"""The book of products: publishing, opening and closing, and lines of products.

A product is a ``TableProduct``, kept by a data contract that nobody can change; its address is the
product's name. Every change takes the account that makes it as ``by``, and may take an
``idempotency_key`` (see ``TransactionSender.send``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.loans.loan_events import LineBegun, ProductPublished
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.loan import TableProduct
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["Line", "ProductBookClient", "PublishedProduct"]

_STOP: Final = b"\0"
_PUBLISH_A_ROW: Final = 9_000


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """A product of the book.

    Attributes:
        address: the data contract that holds it, by which it is named.
        product: the product.
        creator: who published it.
        open: whether it takes applications.
        line_id: number of its line, or None.
    """

    address: str
    product: TableProduct
    creator: str
    open: bool
    line_id: int | None

    @property
    def terms_hash(self) -> bytes:
        """The hash of everything in it, to which proofs are bound."""
        return self.product.digest


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one creator's products, of which one takes applications.

    Attributes:
        line_id: its number.
        creator: who began it.
        product: address of the product that it has.
        announced: address of the next product, or None.
        starts_at: when that product begins, Unix seconds, or None.
    """

    line_id: int
    creator: str
    product: str
    announced: str | None
    starts_at: int | None


class ProductBookClient(ContractClient):
    """A ``ProductBook`` contract."""

    contract = "ProductBook"

    @cached_property
    def _known(self) -> dict[tuple[int, str], TableProduct]:
        """The products that were read, by ``Node.restored`` and address: they never change."""
        return {}

    def terms(self, address: str) -> TableProduct:
        """Return the product that a data contract holds, whether or not it is of this book.

        Raises:
            InvalidInput: if the address is malformed, has no contract, or is not a product's.
            MalformedFile: if the product has another version.
        """
        where = self.node.restored, checksum(address)
        if where not in self._known:
            code = self.node.code(where[1])
            if not code.startswith(_STOP):
                raise InvalidInput(f"{where[1]} is not a product; check the address")
            self._known[where] = TableProduct.decode(code[1:])
        return self._known[where]

    def product(self, address: str) -> PublishedProduct:
        """Return a product of this book.

        Raises:
            InvalidInput: if it was not published here.
            MalformedFile: if it has another version.
        """
        where = checksum(address)
        creator = str(self._read("creatorOf", where))
        if not int(creator, 16):
            raise InvalidInput(f"the product {where} was not published in the book {self.address}")
        line = int(self._read("lineOf", where)) or None
        return PublishedProduct(where, self.terms(where), creator, self.is_open(where), line)

    def products(self, creator: str | None = None) -> list[PublishedProduct]:
        """Return the products in the order of their publishing; those of one creator, or all.

        Products that this version of the library cannot read are left out.
        """
        who = None if creator is None else checksum(creator)
        found = []
        for event in self.events():
            if isinstance(event, ProductPublished) and who in (None, event.creator):
                try:
                    found.append(self.product(event.product))
                except MalformedFile:
                    continue
        return found

    def is_open(self, address: str) -> bool:
        """Return whether a product takes applications now; False if it is not of this book."""
        return bool(self._read("isOpen", checksum(address)))

    def engine(self) -> str:
        """Return the address of the engine that judges products."""
        return str(self._read("engine"))

    def notice(self) -> int:
        """Return the least time between an announcement and the product's beginning, seconds."""
        return int(self._read("notice"))

    def line(self, line_id: int) -> Line:
        """Return a line.

        Raises:
            TransactionReverted: if the contract answers with LineUnknown.
        """
        creator, product, announced, starts_at = self._read("line", _number(line_id))
        return Line(line_id, creator, product, announced if starts_at else None, starts_at or None)

    def line_count(self) -> int:
        """Return the number of lines; they are numbered from 1."""
        return int(self._read("lineCount"))

    # --- changes --------------------------------------------------------------------------------

    def publish(
        self, product: TableProduct, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> PublishedProduct:
        """Publish a product; it takes applications from then on, and never changes.

        Raises:
            TransactionReverted: if the contract answers with FieldInvalid, RowInvalid,
                PrincipalOutOfRange, ScheduleDegenerate, or because the token is not a contract.
        """
        data = require_instance("the product", product, TableProduct).encode()
        rows = len(product.table.rows)
        limit = gas.rows_limit("ProductBook.publish", rows, _PUBLISH_A_ROW)
        receipt = self._send(by, "publish", data, idempotency_key=idempotency_key, gas_limit=limit)
        return self.product(self._one(receipt, ProductPublished).product)

    def set_open(
        self,
        address: str,
        is_open: bool,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Open or close a product for applications. Its creator only.

        Raises:
            TransactionReverted: if the contract answers with NotPublished, NotCreatorOfProduct.
        """
        return self._send(
            by, "setProductOpen", checksum(address), is_open, idempotency_key=idempotency_key
        )

    def begin_line(
        self, address: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Line:
        """Begin a line with a product of the sender.

        Raises:
            TransactionReverted: if the contract answers with NotPublished, NotCreatorOfProduct,
                ProductInLine.
        """
        receipt = self._send(by, "beginLine", checksum(address), idempotency_key=idempotency_key)
        return self.line(self._one(receipt, LineBegun).line_id)

    def announce(
        self,
        line_id: int,
        address: str,
        starts_at: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Name the next product of a line, and when it begins, Unix seconds. Its creator only.

        Raises:
            TransactionReverted: if the contract answers with LineUnknown, NotCreatorOfLine,
                NotPublished, NotCreatorOfProduct, ProductInLine, NoticeTooShort,
                AnnouncementPending.
        """
        return self._send(
            by,
            "announce",
            _number(line_id),
            checksum(address),
            require_uint("starts_at", starts_at, TIME_BITS),
            idempotency_key=idempotency_key,
        )

    def withdraw_announcement(
        self, line_id: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Take an announcement back before its time. The line's creator only.

        Raises:
            TransactionReverted: if the contract answers with LineUnknown, NotCreatorOfLine,
                NothingAnnounced.
        """
        return self._send(
            by, "withdrawAnnouncement", _number(line_id), idempotency_key=idempotency_key
        )


def _number(value: int) -> int:
    return require_uint("the number", value, 256)
