"""A second verifier of partial openings, from the page's formulas alone.

Affine Edwards addition with one inversion each, double-and-add, another Keccak; nothing of
zkcredit but the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_hash.auto import keccak
from eth_keys import KeyAPI
from eth_keys.exceptions import BadSignature, ValidationError

if TYPE_CHECKING:
    from zkcredit.escrow import ArbiterGroup, PartialOpening

P = 21888242871839275222246405745257275088548364400416034343698204186575808495617
L = 2736030358979909402780800718157159386076813972158567259200215660948447373041
A, D = 168700, 168696
SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
B8 = (
    5299619240641551281634865583518297030282874472190772894086521144482721001553,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)


def plus(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    (x, y), (u, v) = p, q
    t = D * x * u * y * v
    return (
        (x * v + y * u) * pow(1 + t, -1, P) % P,
        (y * v - A * x * u) * pow(1 - t, -1, P) % P,
    )


def times(k: int, p: tuple[int, int]) -> tuple[int, int]:
    result = (0, 1)
    for bit in bin(k)[2:]:
        result = plus(result, result)
        if bit == "1":
            result = plus(result, p)
    return result


def on_curve(p: tuple[int, int]) -> bool:
    x, y = p
    return 0 <= x < P and 0 <= y < P and (A * x * x + y * y - 1 - D * x * x * y * y) % P == 0


def prime_order(p: tuple[int, int]) -> bool:
    return on_curve(p) and times(L, p) == (0, 1) != tuple(p)


def hashed(*values: int) -> int:
    return int.from_bytes(keccak(b"".join(v.to_bytes(32, "big") for v in values)), "big")


def tag(name: str, version: int = 1) -> int:
    return int.from_bytes(keccak(f"zkcredit.escrow.{name}/{version}".encode()), "big")


def group_digest(group: ArbiterGroup) -> int:
    points = [c for point in group.commitments for c in point]
    record = int.from_bytes(group.record, "big")
    accounts = [int(account, 16) for account in group.accounts]
    head = (tag("group", 2), record, 128, 128 + 32 * (1 + len(points)), len(group.commitments))
    return hashed(*head, *points, len(accounts), *accounts)


def share_of(group: ArbiterGroup, index: int) -> tuple[int, int]:
    total = (0, 1)
    for k, point in enumerate(group.commitments):
        total = plus(total, times(index**k, point))
    return total


def holds(group: ArbiterGroup, opening: PartialOpening) -> bool:
    i, z, d, (base, other) = opening.arbiter, opening.answer, opening.part, opening.announced
    if opening.group != group_digest(group) or not 1 <= i <= len(group.names):
        return False
    if not all(map(prime_order, (opening.point, d, base, other))) or not 0 <= z < L:
        return False
    share, r = share_of(group, i), opening.point
    words = (tag("opening"), opening.group, opening.context, i, *r, *share, *d, *base, *other)
    c = hashed(*words) >> 128
    if times(z, B8) != plus(base, times(c, share)) or times(z, r) != plus(other, times(c, d)):
        return False
    return signer(opening) == group.accounts[i - 1].lower()


def text(content: str) -> int:
    return int.from_bytes(keccak(content.encode()), "big")


def signed_digest(opening: PartialOpening) -> int:
    """EIP-712's, word for word."""
    seen, name = opening.seen, text("zkcredit escrow")
    kind = text("EIP712Domain(string name,string version,uint256 chainId)")
    domain = hashed(kind, name, text("1"), seen.chain_id)
    content = hashed(
        text(
            "Opening(uint256 group,address market,uint256 loanId,uint256 context,uint256 arbiter,"
            "uint256 partX,uint256 partY,uint256 blockNumber,bytes32 blockHash)"
        ),
        opening.group, int(seen.market, 16), seen.loan_id, opening.context, opening.arbiter,
        *opening.part, seen.block, int.from_bytes(seen.block_hash, "big"),
    )  # fmt: skip
    both = domain.to_bytes(32, "big") + content.to_bytes(32, "big")
    return int.from_bytes(keccak(b"\x19\x01" + both), "big")


def signer(opening: PartialOpening) -> str | None:
    data = opening.signature
    r, s, v = int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big"), data[64]
    if v not in (27, 28) or 2 * s > SECP256K1:
        return None
    try:
        signature = KeyAPI.Signature(vrs=(v - 27, r, s))
        digest = signed_digest(opening).to_bytes(32, "big")
        return str(KeyAPI().ecdsa_recover(digest, signature).to_address())
    except (BadSignature, ValidationError):
        return None
