// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254_R} from "./Bn254.sol";

/// @title BabyJubJub (EIP-2494) without a modular inversion
/// @notice a x^2 + y^2 = 1 + d x^2 y^2 over the scalar field of BN254, a = 168700, d = 168696.
///         A caller who claims a sum supplies its affine coordinates, which are compared with the
///         projective ones.
/// @dev a is a square and d is not, so the addition law has no exceptional case on the curve
///      (Bernstein, Birkner, Joye, Lange, Peters, 2008, section 6): no denominator here is zero.
///      Results for points off the curve are undefined: call {isOnCurve} first.
library BabyJubJub {
    // y of two of the four points of order 8; the others have its opposite.
    uint256 private constant ORDER_8_Y =
        4826523245007015323400664741523384119579596407052839571721035538011798951543;

    /// @notice Whether (x, y) is canonical and on the curve. The identity is (0, 1).
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool valid) {
        assembly ("memory-safe") {
            let r := BN254_R
            let xx := mulmod(x, x, r)
            let yy := mulmod(y, y, r)
            let left := addmod(mulmod(168700, xx, r), yy, r)
            let right := addmod(mulmod(mulmod(168696, xx, r), yy, r), 1, r)
            valid := and(and(lt(x, r), lt(y, r)), eq(left, right))
        }
    }

    /// @notice Whether a point of the curve has an order that divides 8: the identity, (0, -1),
    ///         two points with y = 0, and four with y = +-ORDER_8_Y.
    /// @dev A point of another order may still have a torsion part; no cheap test shows it.
    function isLowOrder(uint256 x, uint256 y) internal pure returns (bool) {
        return x == 0 || y == 0 || y == ORDER_8_Y || y == BN254_R - ORDER_8_Y;
    }

    /// @notice The point P + Q for two points of the curve, in projective coordinates.
    /// @dev add-2008-bbjlp of the Explicit-Formulas Database with Z1 = Z2 = 1; Z3 is not zero.
    function sum(uint256 px, uint256 py, uint256 qx, uint256 qy)
        internal
        pure
        returns (uint256 x, uint256 y, uint256 z)
    {
        assembly ("memory-safe") {
            let r := BN254_R
            let c := mulmod(px, qx, r)
            let d := mulmod(py, qy, r)
            z := mulmod(mulmod(168696, c, r), d, r)
            // (px + py)(qx + qy) - c - d; the sums of two stay below 2^255
            x := addmod(mulmod(add(px, py), add(qx, qy), r), sub(add(r, r), add(c, d)), r)
            y := addmod(d, sub(r, mulmod(168700, c, r)), r)
            x := mulmod(x, addmod(1, sub(r, z), r), r)
            y := mulmod(y, addmod(1, z, r), r)
            // (1 - z)(1 + z)
            z := addmod(1, sub(r, mulmod(z, z, r)), r)
        }
    }

    /// @notice Whether two points in projective coordinates, Z not zero, are the same.
    function areEqual(uint256 x, uint256 y, uint256 z, uint256 u, uint256 v, uint256 w)
        internal
        pure
        returns (bool)
    {
        return mulmod(x, w, BN254_R) == mulmod(u, z, BN254_R)
            && mulmod(y, w, BN254_R) == mulmod(v, z, BN254_R);
    }
}
