// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BabyJubJub} from "./BabyJubJub.sol";
import {BN254_R} from "./Bn254.sol";

/// @title Multiples of points of BabyJubJub, in projective coordinates
/// @dev Two multiples are summed at once: one doubling a bit for both (Straus, 1964). Points
///      must be on the curve; the addition law then has no exceptional case, so Z is never zero.
library BabyJubJubScalars {
    /// @notice The prime order l of the subgroup.
    uint256 internal constant ORDER =
        2736030358979909402780800718157159386076813972158567259200215660948447373041;
    /// @notice First coordinate of the subgroup's generator B8.
    uint256 internal constant BASE_X =
        5299619240641551281634865583518297030282874472190772894086521144482721001553;
    /// @notice Second coordinate of the subgroup's generator B8.
    uint256 internal constant BASE_Y =
        16950150798460657717958625567821834550301663161624707787222815936182638968203;

    uint256 private constant ORDER_BITS = 251;

    /// @notice A point (X : Y : Z) in projective coordinates.
    /// @param x The coordinate X.
    /// @param y The coordinate Y.
    /// @param z The coordinate Z, not zero.
    struct Projective {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    /// @notice Two points P and Q in projective coordinates, and room for P + Q.
    /// @dev The assembly below reads nine words in a row.
    /// @param px The coordinate X of P.
    /// @param py The coordinate Y of P.
    /// @param pz The coordinate Z of P, not zero.
    /// @param qx The coordinate X of Q.
    /// @param qy The coordinate Y of Q.
    /// @param qz The coordinate Z of Q, not zero.
    /// @param sx The coordinate X of P + Q, written by {sumOfMultiples}.
    /// @param sy The coordinate Y of P + Q, written by {sumOfMultiples}.
    /// @param sz The coordinate Z of P + Q, written by {sumOfMultiples}.
    struct Pair {
        uint256 px;
        uint256 py;
        uint256 pz;
        uint256 qx;
        uint256 qy;
        uint256 qz;
        uint256 sx;
        uint256 sy;
        uint256 sz;
    }

    /// @notice Whether (x, y) is canonical, on the curve, and of order l.
    function isOfPrimeOrder(uint256 x, uint256 y) internal pure returns (bool) {
        if (!BabyJubJub.isOnCurve(x, y) || BabyJubJub.isLowOrder(x, y)) return false;
        Projective memory p = sumOfMultiples(Pair(x, y, 1, 0, 1, 1, 0, 0, 0), ORDER, 0, ORDER_BITS);
        return p.x == 0 && p.y == p.z;
    }

    /// @notice Whether p * P + q * Q, for affine points of the curve and p, q < l, is (x, y).
    function isSumOfMultiples(
        Pair memory pair,
        uint256 p,
        uint256 q,
        uint256 x,
        uint256 y
    ) internal pure returns (bool) {
        Projective memory sum = sumOfMultiples(pair, p, q, ORDER_BITS);
        return BabyJubJub.areEqual(sum.x, sum.y, sum.z, x, y, 1);
    }

    /// @notice Whether eight times the point (x, y) of the curve is (u, v).
    function isEightTimes(uint256 x, uint256 y, uint256 u, uint256 v)
        internal
        pure
        returns (bool)
    {
        uint256 z = 1;
        for (uint256 i = 0; i < 3; ++i) {
            (x, y, z) = _double(x, y, z);
        }
        return BabyJubJub.areEqual(x, y, z, u, v, 1);
    }

    /// @notice The point p * P + q * Q for p, q < 2^bits; writes P + Q into the pair.
    function sumOfMultiples(Pair memory pair, uint256 p, uint256 q, uint256 bits)
        internal
        pure
        returns (Projective memory)
    {
        (pair.sx, pair.sy, pair.sz) = _add(pair.px, pair.py, pair.pz, pair, 1);
        (uint256 x, uint256 y, uint256 z) = (0, 1, 1);
        // bits counts down from at most 251 to 0, and pick - 1 follows the test for 0
        unchecked {
            while (bits > 0) {
                --bits;
                (x, y, z) = _double(x, y, z);
                uint256 pick = ((p >> bits) & 1) | (((q >> bits) & 1) << 1);
                if (pick != 0) (x, y, z) = _add(x, y, z, pair, pick - 1);
            }
        }
        return Projective(x, y, z);
    }

    /// @dev dbl-2008-bbjlp of the Explicit-Formulas Database.
    function _double(uint256 x, uint256 y, uint256 z)
        private
        pure
        returns (uint256 u, uint256 v, uint256 w)
    {
        assembly ("memory-safe") {
            let r := BN254_R
            let c := mulmod(x, x, r)
            let d := mulmod(y, y, r)
            let e := mulmod(168700, c, r)
            let f := addmod(e, d, r)
            // z^2 twice, below 2^255
            let h := mulmod(z, z, r)
            let j := addmod(f, sub(add(r, r), add(h, h)), r)
            // (x + y)^2 - c - d
            let b := add(x, y)
            b := addmod(mulmod(b, b, r), sub(add(r, r), add(c, d)), r)
            u := mulmod(b, j, r)
            v := mulmod(f, addmod(e, sub(r, d), r), r)
            w := mulmod(f, j, r)
        }
    }

    /// @dev add-2008-bbjlp, with the pair's point number `pick`.
    function _add(uint256 x, uint256 y, uint256 z, Pair memory pair, uint256 pick)
        private
        pure
        returns (uint256 u, uint256 v, uint256 w)
    {
        assembly ("memory-safe") {
            let r := BN254_R
            let at := add(pair, mul(96, pick))
            let c := mulmod(x, mload(at), r)
            let d := mulmod(y, mload(add(at, 32)), r)
            // (x + y)(x' + y') - c - d
            u := mulmod(add(x, y), add(mload(at), mload(add(at, 32))), r)
            u := addmod(u, sub(add(r, r), add(c, d)), r)
            let a := mulmod(z, mload(add(at, 64)), r)
            let b := mulmod(a, a, r)
            let e := mulmod(mulmod(168696, c, r), d, r)
            let f := addmod(b, sub(r, e), r)
            let g := addmod(b, e, r)
            u := mulmod(mulmod(a, f, r), u, r)
            v := mulmod(mulmod(a, g, r), addmod(d, sub(r, mulmod(168700, c, r)), r), r)
            w := mulmod(f, g, r)
        }
    }
}
