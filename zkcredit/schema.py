"""Every order and width that is hashed, packed or proved, said once.

Whoever packs, hashes or proves reads the order here: the circuits, the protocol's nouns and the
clients of the contracts. A name's place, a width and a number in this file are part of a format and
never change. Structs of the contracts take their order from the contracts' ABI.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AMOUNT_BITS",
    "ATTRIBUTES",
    "ATTRIBUTE_NAMES",
    "COUNT_BITS",
    "CREDENTIAL_HEADER",
    "DAY_BITS",
    "ENTRY_BITS",
    "ENTRY_CONTEXT",
    "HISTORY_AT_LEAST",
    "HISTORY_DEPTH",
    "HISTORY_RECORD",
    "HISTORY_TERMS",
    "ID_BITS",
    "LEDGER_SLOTS",
    "LOAN_CONTEXT",
    "LOAN_WORDS",
    "MAX_ENTRIES",
    "NOT_JUDGED_BY_LEDGERS",
    "N_ATTRIBUTES",
    "N_SLOTS",
    "POLICY_BITS",
    "POLICY_FIELDS",
    "PRESENTED",
    "PRODUCT_HEADER",
    "PUBLIC_INPUTS",
    "PURPOSE_BITS",
    "RECORD_BITS",
    "REGISTRY_DEPTH",
    "REVOCATION_DEPTH",
    "ROW_BYTES",
    "ROW_FIELDS",
    "SLOT_BITS",
    "TIME_BITS",
    "AttributeSpec",
]

AMOUNT_BITS: Final = 48
"""Width of an amount in minor currency units."""

COUNT_BITS: Final = 16
"""Width of a count, of months and of a score in points."""

TIME_BITS: Final = 40
"""Width of a time in Unix seconds."""

DAY_BITS: Final = 16
"""Width of a day: whole days of 86,400 seconds since 1970-01-01 UTC."""

ID_BITS: Final = 32
"""Width of a revocation id; ids begin at 1."""

PURPOSE_BITS: Final = 16
"""Width of the code of a loan's purpose; 0 means that it is not said."""

# --- the credential -------------------------------------------------------------------------------


class AttributeSpec(NamedTuple):
    """One attribute: its name, its width in bits, its unit, and what it means."""

    name: str
    bits: int
    unit: str
    meaning: str


ATTRIBUTES: Final = (
    AttributeSpec("score", COUNT_BITS, "points", "credit score by the issuer's published scale"),
    AttributeSpec("monthly_income", AMOUNT_BITS, "minor units", "regular net income a month"),
    AttributeSpec("monthly_expenses", AMOUNT_BITS, "minor units", "living expenses a month"),
    AttributeSpec(
        "monthly_debt_service", AMOUNT_BITS, "minor units", "instalments already owed a month"
    ),
    AttributeSpec(
        "delinquencies_24m", COUNT_BITS, "count", "payments late by > 30 days in 24 months"
    ),
    AttributeSpec("history_months", COUNT_BITS, "months", "length of the observed credit history"),
    AttributeSpec("currency", 16, "ISO 4217", "numeric code of the currency of all amounts"),
    AttributeSpec(
        "employment_months", COUNT_BITS, "months", "time in the present employment or trade"
    ),
    AttributeSpec("dependants", COUNT_BITS, "count", "persons who live on this income"),
    AttributeSpec("open_accounts", COUNT_BITS, "count", "credit accounts open now"),
    AttributeSpec("subject_ref", 64, "reference", "the issuer's own reference to the file"),
    AttributeSpec("person_tag", 248, "pseudonym", "same person, same tag, at this issuer"),
)
"""The twelve attributes, in the order in which they are hashed."""

ATTRIBUTE_NAMES: Final = tuple(spec.name for spec in ATTRIBUTES)
"""The attributes' names, in the order in which they are hashed."""

N_ATTRIBUTES: Final = len(ATTRIBUTES)

CREDENTIAL_HEADER: Final[Mapping[str, int]] = MappingProxyType(
    {"revocation_id": ID_BITS, "issued_at": TIME_BITS, "expires_at": TIME_BITS}
)
"""What is hashed before the holder and the attributes: name → width."""

# --- the policy -----------------------------------------------------------------------------------

POLICY_FIELDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "min_score": COUNT_BITS,
        "max_score": COUNT_BITS,
        "instalment": AMOUNT_BITS,
        "coverage_bps": 20,
        "max_dti_bps": 16,
        "max_delinquencies": COUNT_BITS,
        "min_history_months": COUNT_BITS,
        "currency": 16,
        "now": TIME_BITS,
        "min_issued_at": TIME_BITS,
    }
)
"""Field → width of the packed policy word, from the least significant bit up."""

POLICY_BITS: Final = sum(POLICY_FIELDS.values())
"""Width of the packed policy word: 244."""

# --- the ledger -----------------------------------------------------------------------------------

LEDGER_SLOTS: Final = (
    "score_points",
    "monthly_income",
    "monthly_expenses",
    "monthly_debt_service",
    "delinquencies_24m",
)
"""What the slots of a ledger's plaintext mean, the lowest first."""

N_SLOTS: Final = len(LEDGER_SLOTS)

SLOT_BITS: Final = AMOUNT_BITS
"""Distance of two slots in a plaintext, and width of a slot of a total."""

ENTRY_BITS: Final = 40
"""Width of a slot of one entry."""

MAX_ENTRIES: Final = 256
"""Most entries of one account: so many slots of ``ENTRY_BITS`` add up to less than 2^48."""

NOT_JUDGED_BY_LEDGERS: Final = ("min_history_months", "currency", "min_issued_at")
"""Policy fields that must be 0 at a ledger, which has nothing to compare them with."""

# --- trees ----------------------------------------------------------------------------------------

REGISTRY_DEPTH: Final = 2
"""Levels of a registry tree: 8^2 = 64 accepted issuers."""

REVOCATION_DEPTH: Final = 6
"""Levels of an issuer's gap tree: 8^6 = 2^18 gaps."""

# --- the loan -------------------------------------------------------------------------------------

ENTRY_CONTEXT: Final = ("chain_id", "ledger", "account", "issuer", "count")
"""What the context of a ledger's entry hashes, one ABI word each: where it is made, by whom, and
how many this issuer made in this account before."""

LOAN_CONTEXT: Final = (
    "chain_id",
    "gate",
    "market",
    "borrower",
    "product_id",
    "principal",
    "purpose_code",
    "terms_hash",
    "nonce",
    "deadline",
)
"""What the context of a loan application hashes, one ABI word each."""

ROW_FIELDS: Final[Mapping[str, int]] = MappingProxyType(
    {"due": 5, "rate": 6, "kind": 1, "share": 4}
)
"""A row of a product's table: field → width in bytes, in order, big-endian."""

ROW_BYTES: Final = sum(ROW_FIELDS.values())
"""Length of one row: 16 bytes."""

PRODUCT_HEADER: Final[Mapping[str, int]] = MappingProxyType(
    {
        "version": 1,
        "row_count": 1,
        "rounding": 1,
        "burden": 1,
        "holidays": 1,
        "origination_bps": 2,
        "currency": 2,
        "token": 20,
        "token_unit": 12,
        "fee_recipient": 20,
        "min_principal": 6,
        "max_principal": 6,
        "late_fee": 6,
        "late_fee_cap": 6,
        "grace": 4,
        "default_after": 4,
        "funding_window": 4,
        "proof_age": 4,
        "max_credential_age": 5,
        "min_score": 2,
        "max_score": 2,
        "coverage_bps": 3,
        "max_dti_bps": 2,
        "max_delinquencies": 2,
        "min_history_months": 2,
        "policy_currency": 2,
        "issuers": 26,
        "min_cycle": 2,
        "history_terms": 32,
        "history_source": 20,
    }
)
"""The header of a product that is a table: field → width in bytes, in order, big-endian. The rows
follow it without a gap. The version comes first, so that a later one can order the rest anew."""

LOAN_WORDS: Final[tuple[Mapping[str, int], ...]] = (
    MappingProxyType(
        {"product": 160, "started_at": TIME_BITS, "recovered_at": TIME_BITS, "restructured": 16}
    ),
    MappingProxyType(
        dict.fromkeys(("principal", "base", "balance", "credit", "level"), AMOUNT_BITS)
        | {"paid": 8, "assessed": 8}
    ),
    MappingProxyType(
        dict.fromkeys(("received", "recovery_owed", "fees_charged", "fees_owed"), AMOUNT_BITS)
        | {"shift": TIME_BITS, "held": 8, "holidays": 8, "standing": 8}
    ),
)
"""A running loan in three words of a contract: part → width in bits, from the highest bit down."""

# --- the history ----------------------------------------------------------------------------------

HISTORY_DEPTH: Final = 6
"""Levels of a history tree: 8^6 = 2^18 pseudonyms."""

HISTORY_RECORD: Final[Mapping[str, int]] = MappingProxyType(
    {
        "opened": COUNT_BITS,
        "repaid": COUNT_BITS,
        "on_time": 24,
        "late": COUNT_BITS,
        "defaults": 8,
        "recovered": 8,
        "open": 4,
        "good_until": DAY_BITS,
        "largest": AMOUNT_BITS,
        "first_day": DAY_BITS,
        "last_bad_day": DAY_BITS,
    }
)
"""Field → width of the record of a pseudonym's loans, from the least significant bit up."""

RECORD_BITS: Final = sum(HISTORY_RECORD.values())
"""Width of a record: 188. The bureau's word has the index in the tree above it."""

HISTORY_TERMS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "min_repaid": COUNT_BITS,
        "min_on_time": 24,
        "max_late": COUNT_BITS,
        "max_defaults": 8,
        "max_open": 4,
        "today": DAY_BITS,
        "min_largest": AMOUNT_BITS,
        "first_day_limit": DAY_BITS,
        "last_bad_day_limit": DAY_BITS,
    }
)
"""Field → width of the word of what a lender asks of a record, from the least significant bit
up."""

HISTORY_AT_LEAST: Final = frozenset({"min_repaid", "min_on_time", "today", "min_largest"})
"""The fields that a record must reach, neutral at 0; the others are bounds from above, neutral at
their largest value."""

# --- the statements -------------------------------------------------------------------------------

_CREDENTIAL: Final = ("policy", "context", "registry_root", "scope", "nullifier")

_ENCRYPTED: Final = ("account_x", "account_y", "c1_x", "c1_y", "c2_x", "c2_y")

_HISTORY: Final = ("history_root", "history_scope")


def _updates(count: int) -> tuple[str, ...]:
    pairs = ((f"nullifier_{i}", f"record_{i}") for i in range(1, count + 1))
    return ("old_root", "new_root", *(name for pair in pairs for name in pair))


PUBLIC_INPUTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "eligibility": _CREDENTIAL,
        "scored_eligibility": _CREDENTIAL,
        "escrow_eligibility": (
            *_CREDENTIAL,
            "arbiters_x",
            "arbiters_y",
            "sealed_x",
            "sealed_y",
            "sealed_value",
        ),
        "ledger_eligibility": (
            "policy",
            "context",
            *_ENCRYPTED,
        ),
        "ledger_entry": ("context", *_ENCRYPTED),
        "history": ("terms", "context", *_HISTORY, "scope", "nullifier"),
        "history_eligibility": (*_CREDENTIAL, "terms", *_HISTORY),
        "same_holder": ("context", "scope", "nullifier", "other_scope", "other_nullifier"),
        "history_update_3": _updates(3),
        "history_update_12": _updates(12),
    }
)
"""Statement → the names of its public inputs, in their order; each is one field element."""

PRESENTED: Final = (
    "eligibility",
    "scored_eligibility",
    "escrow_eligibility",
    "ledger_eligibility",
    "history",
    "history_eligibility",
)
"""The statements that a borrower presents to a verifier."""
