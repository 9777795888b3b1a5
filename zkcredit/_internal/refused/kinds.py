"""What kind of file somebody named, so that an error about a wrong one can say which it is."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["KINDS", "but_this_is", "kind_of_bytes", "kind_of_document"]

_BEGINNINGS: Final = (
    (b"r1cs", "a circuit (.r1cs)"),
    (b"wtns", "a witness (.wtns)"),
    (b"zkey", "a proving key (.zkey)"),
    (b"ptau", "powers of tau (.ptau)"),
    (b"\0asm", "a WebAssembly program (.wasm)"),
    (b"SQLite format 3\0", "a wallet, or another file under a password"),
    (b"-----BEGIN ", "a key in PEM form"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ\0", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; run git lfs pull"),
    (b"pragma circom", "the source of a circom circuit"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
)

_TYPES: Final = {
    "zkcredit-deployment": "a deployment",
    "zkcredit-receipt": "a receipt of a payment",
    "zkcredit-quote": "a quote of an exchange rate",
    "zkcredit-release": "a proposal to a treasury",
    "zkcredit-signed": "a signed transaction",
    "zkcredit-unsigned": "an unsigned transaction",
    "zkcredit/arbiter-card": "an arbiter's card",
    "zkcredit/arbiter-commitment": "an arbiter's commitment",
    "zkcredit/arbiter-complaint": "an arbiter's complaint",
    "zkcredit/arbiter-deal": "an arbiter's deal",
    "zkcredit/arbiter-deals": "an arbiter's deals",
    "zkcredit/arbiter-group": "a group of arbiters",
    "zkcredit/arbiter-roster": "a roster of arbiters",
    "zkcredit/envelope": "a sealed credential",
    "zkcredit/holder-card": "a wallet's card",
    "zkcredit/ledger-card": "a card of a ledger account",
    "zkcredit/partial-opening": "a partial opening",
    "zkcredit/presentation": "a presentation",
    "zkcredit/proof-request": "a request",
    "zkcredit/proved-entry": "a proved entry of a ledger",
    "zkcredit/record-claim": "a claim of a record",
    "zkcredit/registry": "a registry of issuers",
    "zkcredit/restructuring": "consents to a restructuring",
    "zkcredit/revocation-list": "a revocation list",
    "zkcredit/scorecard": "a scorecard",
    "zkcredit/sealed-entry": "a sealed entry of a ledger",
    "zkcredit/signed-step": "a step that somebody signed for others to carry",
}

_MEMBERS: Final = (
    ({"pi_a", "pi_b", "pi_c"}, "a proof"),
    ({"vk_alpha_1", "IC"}, "a verification key"),
    ({"A", "B", "C", "protocol"}, "a proof of PLONK or FFLONK"),
    ({"proof", "pub_signals"}, "a proof with its public inputs"),
    ({"proof", "publicSignals"}, "a proof with its public inputs"),
    ({"crypto", "version"}, "an Ethereum keystore"),
    ({"credentialSubject"}, "a credential"),
    ({"abi"}, "a contract's ABI with its code"),
    ({"schedule", "policy"}, "an offer of a loan"),
    ({"min_score"}, "a policy"),
    ({"monthly_income", "score"}, "a credit record"),
    ({"monthly_income", "features"}, "a credit record"),
)


KINDS: Final = (
    *dict.fromkeys(kind for _, kind in (*_BEGINNINGS, *_TYPES.items(), *_MEMBERS)),
    "empty",
    "a JSON document",
    "a list of public inputs",
)
"""Every kind that an error can name."""


def kind_of_bytes(data: bytes | memoryview) -> str:
    """Return in words what a file is by its first bytes, or "" if they do not tell."""
    head = bytes(data[:32])
    if not head:
        return "empty"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning) or text.startswith(beginning):
            return kind
    return "a JSON document" if text[:1] in (b"{", b"[") else ""


def kind_of_document(value: Any) -> str:
    """Return in words what a parsed JSON document is, or "" if its members do not tell."""
    if isinstance(value, list):
        digits = value and all(isinstance(one, str) and one.isdigit() for one in value)
        return "a list of public inputs" if digits else ""
    if not isinstance(value, dict):
        return ""
    for name in ("type", "format"):
        stated = value.get(name)
        if isinstance(stated, str) and (base := stated.rpartition("/")[0]) in _TYPES:
            return f"{_TYPES[base]} ({stated})"
    return next((kind for names, kind in _MEMBERS if names <= value.keys()), "")


def but_this_is(value: Any) -> str:
    """Return the end of a sentence that says what a parsed document is; "" if it is not known."""
    kind = kind_of_document(value)
    return f", but this is {kind}" if kind else ""
