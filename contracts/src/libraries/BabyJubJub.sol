// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254_R} from "./Bn254.sol";

/// @title BabyJubJub (EIP-2494), projective sums of points
/// @notice a x^2 + y^2 = 1 + d x^2 y^2 over the scalar field of BN254, a = 168700, d = 168696.
///         Sums are kept in projective coordinates, and two of them cost one modular inversion.
/// @dev a is a square and d is not, so the addition law has no exceptional case on the curve
///      (Bernstein, Birkner, Joye, Lange, Peters, 2008, section 6): no denominator here is zero.
///      Results for points off the curve are undefined: call {isOnCurve} first.
library BabyJubJub {
    /// @notice A sum of points in projective coordinates, the point (x / z, y / z).
    /// @param x First coordinate times z.
    /// @param y Second coordinate times z.
    /// @param z Common denominator, never zero.
    struct Sum {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    /// @notice Thrown when the precompile for modular exponentiation fails: too little gas.
    error InversionFailed();

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

    /// @notice Whether two points in projective coordinates, Z not zero, are the same.
    function areEqual(uint256 x, uint256 y, uint256 z, uint256 u, uint256 v, uint256 w)
        internal
        pure
        returns (bool)
    {
        return mulmod(x, w, BN254_R) == mulmod(u, z, BN254_R)
            && mulmod(y, w, BN254_R) == mulmod(v, z, BN254_R);
    }

    /// @notice The sum of no points: the identity.
    function nothing() internal pure returns (Sum memory) {
        return Sum({x: 0, y: 1, z: 1});
    }

    /// @notice Adds a point of the curve to a sum.
    /// @dev madd-2008-bbjlp of the Explicit-Formulas Database; z stays different from zero.
    function add(Sum memory sum_, uint256 px, uint256 py) internal pure {
        assembly ("memory-safe") {
            let r := BN254_R
            let x := mload(sum_)
            let y := mload(add(sum_, 32))
            let z := mload(add(sum_, 64))
            let b := mulmod(z, z, r)
            let c := mulmod(x, px, r)
            let d := mulmod(y, py, r)
            let e := mulmod(mulmod(168696, c, r), d, r)
            // (x + y)(px + py) - c - d; the sums of two stay below 2^255
            let cross := addmod(mulmod(add(x, y), add(px, py), r), sub(add(r, r), add(c, d)), r)
            let f := addmod(b, sub(r, e), r)
            let g := addmod(b, e, r)
            mstore(sum_, mulmod(mulmod(z, f, r), cross, r))
            let top := addmod(d, sub(r, mulmod(168700, c, r)), r)
            mstore(add(sum_, 32), mulmod(mulmod(z, g, r), top, r))
            mstore(add(sum_, 64), mulmod(f, g, r))
        }
    }

    /// @notice The affine coordinates of two sums, by one inversion.
    /// @dev 1 / (p.z q.z) = (p.z q.z)^(r - 2).
    function toAffine(Sum memory p, Sum memory q)
        internal
        view
        returns (uint256 px, uint256 py, uint256 qx, uint256 qy)
    {
        uint256 both = mulmod(p.z, q.z, BN254_R);
        (bool ok, bytes memory answer) =
            address(5).staticcall(abi.encode(32, 32, 32, both, BN254_R - 2, BN254_R));
        if (!ok || answer.length != 32) revert InversionFailed();
        uint256 inverse = uint256(bytes32(answer));
        uint256 inverseP = mulmod(inverse, q.z, BN254_R);
        uint256 inverseQ = mulmod(inverse, p.z, BN254_R);
        px = mulmod(p.x, inverseP, BN254_R);
        py = mulmod(p.y, inverseP, BN254_R);
        qx = mulmod(q.x, inverseQ, BN254_R);
        qy = mulmod(q.y, inverseQ, BN254_R);
    }
}
