"""Products that are tables: a header of conditions, and the rows of the schedule.

A product is one string of bytes, header and then rows, that a data contract holds
(``schema.PRODUCT_HEADER``, ``schema.ROW_FIELDS``). Whoever holds the bytes knows everything that
the loan promises and asks for. A product that a lender or a borrower would regret is refused here,
before it is published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from zkcredit._internal.bit_fields import unpack_fields
from zkcredit._internal.checks import require_instance, require_int, require_text, require_uint
from zkcredit._internal.derived import Derived
from zkcredit._internal.evm import address_word, keccak256
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.loan.table import Kind, Rounding, Table
from zkcredit.policy import Policy
from zkcredit.schema import AMOUNT_BITS, HISTORY_TERMS, PRODUCT_HEADER, ROW_BYTES, TIME_BITS
from zkcredit.units import BASIS_POINTS, DAY

if TYPE_CHECKING:
    from zkcredit.loan.schedule import Schedule

__all__ = ["Burden", "TableProduct", "burden_of"]

VERSION: Final = 1
MAX_ORIGINATION_BPS: Final = 1_000
MAX_HOLIDAYS: Final = 12
MAX_FUNDING_WINDOW: Final = 90 * DAY
MONTH: Final = 30 * DAY
"""The month in which the burden AVERAGE is stated."""
# February, less the days by which a due date may move to the next working day
_SHORTEST_MONTH: Final = 25 * DAY
_HEADER_BYTES: Final = sum(PRODUCT_HEADER.values())
_NO_ADDRESS: Final = "0x" + 40 * "0"
_ISSUERS_DIGITS: Final = 2 * PRODUCT_HEADER["issuers"]
_NAMES: Final = tuple(PRODUCT_HEADER)
_POLICY_FIELDS: Final = _NAMES[_NAMES.index("min_score") : _NAMES.index("policy_currency")]


class Burden(IntEnum):
    """Which amount of the schedule the policy judges as the instalment of a month."""

    LEVEL = 1
    """The level instalment."""
    PEAK = 2
    """The largest amount of any row."""
    AVERAGE = 3
    """The total of the schedule, for 30 days of its time, rounded up."""


def burden_of(rule: Burden, table: Table, schedule: Schedule) -> int:
    """Return the amount that the policy judges, in minor units a month.

    Args:
        rule: which amount.
        table: the table of the schedule, for its last due.
        schedule: the schedule of the loan.
    """
    if rule is Burden.LEVEL:
        return schedule.level
    if rule is Burden.PEAK:
        return max(schedule.amounts)
    last = table.rows[-1].due
    return (schedule.total * MONTH + last - 1) // last


@dataclass(frozen=True)
class TableProduct:
    """A lender's offer whose schedule is a table. Amounts are minor units, times are seconds.

    Attributes:
        table: rows and rounding.
        policy: the conditions. Leave out ``instalment``, ``now`` and ``min_issued_at``, which are
            set for each application.
        min_principal: the smallest amount.
        max_principal: the largest amount.
        token: 0x-address of the ERC-20 token in which the loan is paid.
        token_unit: base units of the token in one minor unit, 1 to 2^96 − 1.
        currency: ISO 4217 number of the amounts; 0 if it is not said.
        burden: which amount the policy judges.
        grace: time after a due during which no late fee is charged, at least a day.
        late_fee: fee of a row that is paid late, charged once.
        late_fee_cap: the most that all late fees of one loan can add up to.
        default_after: time after a due from which default can be declared, at least a day longer
            than ``grace``.
        holidays: how many payment holidays the borrower may take, 0 to 12.
        origination_bps: fee that is kept from the principal at release, basis points, 0 to 1 000.
        fee_recipient: 0x-address that draws the origination fee; empty if there is none.
        funding_window: time for which an application can be funded, 1 to 90 days.
        proof_age: the greatest age of a proof at release, at least a day.
        max_credential_age: the greatest age of an accepted credential; 0 accepts any.
        issuers: at a ledger's market, the hash of the issuers whose entries count, 52 hexadecimal
            digits; empty for every issuer, and at other markets.
        min_cycle: least number of loans that the borrower repaid at the market's bureau.
        history_terms: the conditions on a record, ``HistoryTerms.pack()`` without ``today``; 0 if
            the product does not ask for a record.
        history_source: 0x-address of the history tree in which the record is proved; empty without
            conditions.

    Raises:
        InvalidInput: if a field has the wrong type, the fields contradict each other, or the
            largest or smallest loan is degenerate (see ``Table.schedule``).
        OutOfRange: if a field is outside its range, or the largest loan could owe 2^48 or more.
    """

    table: Table
    policy: Policy
    min_principal: int
    max_principal: int
    token: str
    token_unit: int = 1
    currency: int = 0
    burden: Burden = Burden.AVERAGE
    grace: int = 5 * DAY
    late_fee: int = 0
    late_fee_cap: int = 0
    default_after: int = 60 * DAY
    holidays: int = 0
    origination_bps: int = 0
    fee_recipient: str = ""
    funding_window: int = 7 * DAY
    proof_age: int = 7 * DAY
    max_credential_age: int = 0
    issuers: str = ""
    min_cycle: int = 0
    history_terms: int = 0
    history_source: str = ""

    def __post_init__(self) -> None:
        require_instance("table", self.table, Table)
        require_instance("policy", self.policy, Policy)
        require_instance("burden", self.burden, Burden)
        self._require_money()
        self._require_clocks()
        self._require_policy()
        self._require_history()
        self._require_burden()
        # the smallest loan is the one that rounding spoils, the largest the one that grows too big
        self.table.schedule(self.min_principal)
        total = self.table.schedule(self.max_principal).total
        if (total + self.most_late_fees) >> AMOUNT_BITS:
            raise OutOfRange(
                "the largest loan and its late fees reach 2^48 minor units: lower max_principal "
                "or late_fee_cap"
            )

    def _require_money(self) -> None:
        require_uint("max_principal", self.max_principal, AMOUNT_BITS, minimum=1)
        _require_between("min_principal", self.min_principal, 1, self.max_principal)
        address_word("token", self.token)
        require_uint("token_unit", self.token_unit, 96, minimum=1)
        require_uint("currency", self.currency, 16)
        require_uint("late_fee", self.late_fee, AMOUNT_BITS)
        require_uint("late_fee_cap", self.late_fee_cap, AMOUNT_BITS)
        if self.late_fee > self.late_fee_cap:
            raise InvalidInput(
                "late_fee is above late_fee_cap: say in late_fee_cap what all late fees of a loan "
                "can add up to"
            )
        _require_between("origination_bps", self.origination_bps, 0, MAX_ORIGINATION_BPS)
        require_text("fee_recipient", self.fee_recipient)
        if bool(self.origination_bps) != bool(self.fee_recipient):
            raise InvalidInput("an origination fee needs a fee_recipient, and no fee needs none")
        if self.fee_recipient and not int.from_bytes(
            address_word("fee_recipient", self.fee_recipient)
        ):
            raise InvalidInput("fee_recipient is address 0, from which nobody can draw the fee")

    def _require_clocks(self) -> None:
        for name in ("grace", "default_after", "proof_age", "funding_window"):
            if require_uint(name, getattr(self, name), 32) < DAY:
                raise OutOfRange(f"{name} must be at least a day, 86400 seconds, to act within it")
        if self.default_after - self.grace < DAY:
            raise InvalidInput(
                "default_after must be at least a day longer than grace: a borrower hears of the "
                "late fee before the default"
            )
        if self.funding_window > MAX_FUNDING_WINDOW:
            raise OutOfRange("funding_window must be at most 90 days")
        require_uint("max_credential_age", self.max_credential_age, TIME_BITS)
        _require_between("holidays", self.holidays, 0, MAX_HOLIDAYS)

    def _require_policy(self) -> None:
        if self.policy.instalment or self.policy.now or self.policy.min_issued_at:
            raise InvalidInput(
                "leave instalment, now and min_issued_at out of a product's policy: they are set "
                "for each application"
            )
        if self.policy.currency and not self.currency:
            raise InvalidInput(
                "the policy has a currency, but the product does not: say in which currency the "
                "loan is"
            )
        issuers = require_text("issuers", self.issuers)
        if issuers:
            try:
                known = len(issuers) == _ISSUERS_DIGITS and any(bytes.fromhex(issuers))
            except ValueError:
                known = False
            if not known or issuers != issuers.lower():
                raise InvalidInput("the issuers of a product are named by 52 hexadecimal digits")

    def _require_history(self) -> None:
        require_uint("min_cycle", self.min_cycle, 16)
        require_uint("history_terms", self.history_terms, sum(HISTORY_TERMS.values()))
        if unpack_fields("history_terms", self.history_terms, HISTORY_TERMS)["today"]:
            raise InvalidInput("leave today out of a product's history terms: the gate sets it")
        source = require_text("history_source", self.history_source)
        named = bool(source) and any(address_word("history_source", source))
        if bool(source) != named or named != bool(self.history_terms):
            raise InvalidInput(
                "history_terms need a history_source, the tree in which the record is proved, and "
                "no terms need none"
            )

    def _require_burden(self) -> None:
        if self.burden is Burden.AVERAGE:
            return
        rows = [row for row in self.table.rows if row.kind is not Kind.DEFER]
        gaps = (late.due - early.due for early, late in pairwise(rows))
        if min(gaps, default=_SHORTEST_MONTH) < _SHORTEST_MONTH or rows[0].due < _SHORTEST_MONTH:
            raise InvalidInput(
                f"the burden {self.burden.name} of payments less than 25 days apart understates a "
                "month: use AVERAGE"
            )
        kinds = {row.kind for row in self.table.rows}
        if self.burden is Burden.LEVEL and (
            Kind.LEVEL not in kinds or kinds & {Kind.SHARE, Kind.INTEREST}
        ):
            raise InvalidInput(
                "the burden LEVEL needs a table of LEVEL rows alone, apart from DEFER rows and the "
                "last: use PEAK or AVERAGE"
            )

    @property
    def most_late_fees(self) -> int:
        """The most that late fees can add up to, in minor units."""
        return min(self.late_fee_cap, self.late_fee * len(self.table.rows))

    def schedule(self, principal: int) -> Schedule:
        """Return the schedule of a loan of this product.

        Raises:
            OutOfRange: if the principal is outside the product's range.
            InvalidInput: if the loan is degenerate, see ``Table.schedule``.
        """
        _require_between("principal", principal, self.min_principal, self.max_principal)
        return self.table.schedule(principal)

    def origination_fee(self, principal: int) -> int:
        """Return what is kept from the principal at release, in minor units, rounded down.

        Raises:
            OutOfRange: if the principal is outside the product's range.
        """
        _require_between("principal", principal, self.min_principal, self.max_principal)
        return principal * self.origination_bps // BASIS_POINTS

    def policy_for(self, principal: int, now: int) -> Policy:
        """Return the policy of one application, with its burden, time and oldest time of issue.

        Args:
            principal: minor units, within the product's range.
            now: Unix seconds.

        Raises:
            InvalidInput: if the loan is degenerate, see ``Table.schedule``.
            OutOfRange: if the principal or the time is outside its range.
        """
        require_uint("now", now, TIME_BITS)
        oldest = max(now - self.max_credential_age, 0) if self.max_credential_age else 0
        burden = burden_of(self.burden, self.table, self.schedule(principal))
        return replace(self.policy, instalment=burden, now=now, min_issued_at=oldest)

    # --- encoding -----------------------------------------------------------------------------

    def encode(self) -> bytes:
        """Return header and rows as the product's data contract holds them."""
        values = self._values()
        header = b"".join(
            values.get(name, 0).to_bytes(width, "big") for name, width in PRODUCT_HEADER.items()
        )
        return header + self.table.encode()

    def _values(self) -> dict[str, int]:
        values = {
            name: getattr(self, name)
            for name in PRODUCT_HEADER
            if isinstance(getattr(self, name, None), int)
        }
        values |= {name: getattr(self.policy, name) for name in _POLICY_FIELDS}
        recipient = self.fee_recipient or _NO_ADDRESS
        source = self.history_source or _NO_ADDRESS
        return values | {
            "version": VERSION,
            "row_count": len(self.table.rows),
            "rounding": self.table.rounding,
            "policy_currency": self.policy.currency,
            "token": int.from_bytes(address_word("token", self.token)),
            "fee_recipient": int.from_bytes(address_word("fee_recipient", recipient)),
            "issuers": int(self.issuers or "0", 16),
            "history_source": int.from_bytes(address_word("history_source", source)),
        }

    @classmethod
    def decode(cls, data: bytes) -> TableProduct:
        """Read a product from the bytes of its data contract; the one form that ``encode`` writes.

        Raises:
            MalformedFile: if the version is unknown, the length is wrong, or a code is unknown.
            InvalidInput: if the product is refused, see the class.
            OutOfRange: if a number is outside its range.
        """
        require_instance("the product's bytes", data, bytes)
        if data[:1] != bytes([VERSION]):
            raise MalformedFile(
                f"a product begins with the version {VERSION}: this address is not a product, or "
                "needs a later zkcredit"
            )
        values, at = {}, 0
        for name, width in PRODUCT_HEADER.items():
            values[name] = int.from_bytes(data[at : at + width], "big")
            at += width
        if len(data) != _HEADER_BYTES + ROW_BYTES * values["row_count"]:
            raise MalformedFile("the product's length does not fit its number of rows")
        return cls._of_values(values, data[_HEADER_BYTES:])

    @classmethod
    def _of_values(cls, values: dict[str, int], rows: bytes) -> TableProduct:
        policy = {name: values.pop(name) for name in _POLICY_FIELDS}
        try:
            rounding, burden = Rounding(values.pop("rounding")), Burden(values.pop("burden"))
        except ValueError:
            raise MalformedFile("the product has an unknown rounding or burden") from None
        recipient, issuers = values.pop("fee_recipient"), values.pop("issuers")
        token, currency = values.pop("token"), values.pop("policy_currency")
        source = values.pop("history_source")
        del values["version"], values["row_count"]
        return cls(
            table=Table.decode(rows, rounding),
            policy=Policy(**policy, currency=currency),
            burden=burden,
            token=f"0x{token:040x}",
            fee_recipient=f"0x{recipient:040x}" if recipient else "",
            issuers=f"{issuers:0{_ISSUERS_DIGITS}x}" if issuers else "",
            history_source=f"0x{source:040x}" if source else "",
            **values,
        )

    @Derived
    def digest(self) -> bytes:
        """Keccak-256 of ``encode()``: the name of the product for whoever has seen its bytes."""
        return keccak256(self.encode())


def _require_between(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= require_int(name, value) <= highest:
        raise OutOfRange(f"{name} must be {lowest} to {highest}")
