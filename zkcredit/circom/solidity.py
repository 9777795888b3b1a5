"""A verifier contract for one key, as Solidity source with the key in its code.

The contract has the function of snarkjs's template, with the same arguments and the same answer, so
that it takes the place of one::

    verifyProof(uint256[2] a, uint256[2][2] b, uint256[2] c, uint256[n] inputs) returns (bool)

The equation is e(−A, B)·e(α, β)·e(IC(x), γ)·e(C, δ) = 1 with IC(x) = IC₀ + Σ xⱼ·ICⱼ (Groth,
EUROCRYPT 2016, section 3.2). Unlike the template, the contract looks whether the precompile of
EIP-197 answered, so that it accepts nothing on a chain that does not have it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.fields import Q, R
from zkcredit.errors import InvalidInput
from zkcredit.groth16.deployable import MOST_DEPLOYED_INPUTS
from zkcredit.groth16.keys import VerifyingKey

if TYPE_CHECKING:
    from zkcredit.bn254.points import G1Point, G2Point

__all__ = ["MOST_SOLIDITY_INPUTS", "solidity_verifier"]

MOST_SOLIDITY_INPUTS: Final = 150
"""Most public inputs of a contract with the key in its code, which EIP-170 limits to 24,576 bytes,
whether it is compiled with the optimizer or without."""

_IDENTIFIER: Final = re.compile(r"[A-Z][A-Za-z0-9_]{0,63}", re.ASCII)

_CONTRACT: Final = """\
// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4 <0.9.0;

/// @title Groth16 verifier over BN254 for one key
/// @notice Written by zkcredit. Circuit: {circuit}. Key: {origin}.{warning}
contract {name} {{
    uint256 private constant R =
        {r};
    uint256 private constant Q =
        {q};

    /// @notice Tells whether a proof holds for these public inputs.
    /// @param a The point A of the proof.
    /// @param b The point B, imaginary parts first, as "groth16 calldata" prints it.
    /// @param c The point C.
    /// @param inputs The public inputs; an input that is not below R makes the answer false.
    /// @return Whether the proof holds.
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[{count}] calldata inputs
    ) external view returns (bool) {{
        assembly ("memory-safe") {{
            // Above the free memory pointer, four pairs of 192 bytes: (-A, B), (alpha, beta),
            // (IC(x), gamma), (C, delta). IC(x) grows in its place; each term is put behind it,
            // where the addition wants it and where gamma goes in the end.
            let pairs := mload(0x40)
            let sum := add(pairs, 384)
            let term := add(pairs, 448)
            let ok := lt(calldataload(add(a, 32)), Q)
            let value
            mstore(sum, {ic0x})
            mstore(add(sum, 32), {ic0y})
{terms}
            mstore(pairs, calldataload(a))
            mstore(add(pairs, 32), sub(Q, calldataload(add(a, 32))))
            calldatacopy(add(pairs, 64), b, 128)
            mstore(add(pairs, 192), {alphax})
            mstore(add(pairs, 224), {alphay})
{beta}
{gamma}
            calldatacopy(add(pairs, 576), c, 64)
{delta}
            ok := and(ok, staticcall(gas(), 8, pairs, 768, 0, 32))
            // a call of an absent precompile succeeds and returns nothing
            ok := and(ok, eq(returndatasize(), 32))
            mstore(0, and(ok, eq(mload(0), 1)))
            return(0, 32)
        }}
    }}
}}
"""

_TERM: Final = """\
            value := calldataload({place})
            ok := and(ok, lt(value, R))
            mstore(term, {x})
            mstore(add(term, 32), {y})
            mstore(add(term, 64), value)
            ok := and(ok, staticcall(gas(), 7, term, 96, term, 64))
            ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))"""


def solidity_verifier(verifying_key: VerifyingKey, name: str = "Groth16Verifier") -> str:
    """Return the source of a contract that verifies proofs under a key.

    Args:
        verifying_key: the key. A comment of the contract says whether somebody can forge under it.
        name: the contract's name.

    Raises:
        InvalidInput: if the key has no public input, or more than ``MOST_SOLIDITY_INPUTS``; or the
            name is not one of a contract.
        UnsafeKey: if the key is forgeable or broken.
    """
    require_instance("the key", verifying_key, VerifyingKey).require_safe()
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise InvalidInput("a contract's name has a capital letter, then letters, digits and _")
    count = verifying_key.n_public
    if not 1 <= count <= MOST_SOLIDITY_INPUTS:
        raise InvalidInput(
            f"the key has {count} public inputs, and a contract with the key in its code has 1 to "
            f"{MOST_SOLIDITY_INPUTS} (EIP-170). zkcredit's own verifier (groth16 deploy) takes "
            f"up to {MOST_DEPLOYED_INPUTS}; for more, let the circuit hash them to one public input"
        )
    trusted = verifying_key.origin in ("ceremony", "claimed")
    return _CONTRACT.format(
        name=name,
        circuit=verifying_key.circuit_digest or "not stated",
        origin=verifying_key.origin,
        warning="" if trusted else " UNSAFE: somebody can forge proofs under this key.",
        r=R,
        q=Q,
        count=count,
        ic0x=verifying_key.ic[0].x,
        ic0y=verifying_key.ic[0].y,
        terms="\n".join(_term(j, point) for j, point in enumerate(verifying_key.ic[1:])),
        alphax=verifying_key.alpha1.x,
        alphay=verifying_key.alpha1.y,
        beta=_stored(256, verifying_key.beta2),
        gamma=_stored(448, verifying_key.gamma2),
        delta=_stored(640, verifying_key.delta2),
    )


def _term(number: int, point: G1Point) -> str:
    place = f"add(inputs, {32 * number})" if number else "inputs"
    return _TERM.format(place=place, x=point.x, y=point.y)


def _stored(place: int, point: G2Point) -> str:
    words = (point.x[1], point.x[0], point.y[1], point.y[0])
    return "\n".join(
        f"            mstore(add(pairs, {place + 32 * i}), {word})" for i, word in enumerate(words)
    )
