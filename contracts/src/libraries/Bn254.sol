// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Order of the base field. At file level, because only literals can be named in assembly.
uint256 constant BN254_Q =
    21888242871839275222246405745257275088696311157297823662689037894645226208583;
/// @dev Order of the groups, that is, of the scalar field.
uint256 constant BN254_R =
    21888242871839275222246405745257275088548364400416034343698204186575808495617;

/// @title Membership tests on BN254 in plain arithmetic
/// @notice A pairing precompile that meets a bad point burns all the gas that it was given, so
///         points are tested here first, for a few hundred gas.
/// @dev Nothing here can overflow: every sum and product is taken modulo q by ADDMOD and MULMOD.
library Bn254 {
    // b / (9 + u), the constant of the twist y^2 = x^3 + 3 / (9 + u).
    uint256 private constant TWIST_C0 =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;
    uint256 private constant TWIST_C1 =
        266929791119991161246907387137283842545076965332900288569378510910307636690;

    /// @notice Whether (x, y) is canonical, on y^2 = x^3 + 3 and not infinity.
    /// @dev Infinity is encoded (0, 0), which is off the curve, so the equation excludes it. The
    ///      group has prime order: a point on the curve is in the subgroup.
    function isG1(uint256 x, uint256 y) internal pure returns (bool valid) {
        assembly ("memory-safe") {
            let right := addmod(mulmod(mulmod(x, x, BN254_Q), x, BN254_Q), 3, BN254_Q)
            valid := and(and(lt(x, BN254_Q), lt(y, BN254_Q)), eq(mulmod(y, y, BN254_Q), right))
        }
    }

    /// @notice Whether (x0 + x1 u, y0 + y1 u) is canonical, on the twist and not infinity. Says
    ///         nothing about the subgroup.
    /// @dev (0, 0) is off the twist too. The parameters are in the precompile's order.
    function isOnTwist(uint256 x1, uint256 x0, uint256 y1, uint256 y0)
        internal
        pure
        returns (bool valid)
    {
        assembly ("memory-safe") {
            valid := and(and(lt(x0, BN254_Q), lt(x1, BN254_Q)), and(lt(y0, BN254_Q), lt(y1, BN254_Q)))
            // x^2, in a; then x^3 + b', in c
            let a0 := mulmod(addmod(x0, x1, BN254_Q), addmod(x0, sub(BN254_Q, x1), BN254_Q), BN254_Q)
            let a1 := mulmod(addmod(x0, x0, BN254_Q), x1, BN254_Q)
            let c0 := addmod(mulmod(a0, x0, BN254_Q), sub(BN254_Q, mulmod(a1, x1, BN254_Q)), BN254_Q)
            let c1 := addmod(mulmod(a0, x1, BN254_Q), mulmod(a1, x0, BN254_Q), BN254_Q)
            c0 := addmod(c0, TWIST_C0, BN254_Q)
            c1 := addmod(c1, TWIST_C1, BN254_Q)
            // y^2
            a0 := mulmod(addmod(y0, y1, BN254_Q), addmod(y0, sub(BN254_Q, y1), BN254_Q), BN254_Q)
            a1 := mulmod(addmod(y0, y0, BN254_Q), y1, BN254_Q)
            valid := and(valid, and(eq(a0, c0), eq(a1, c1)))
        }
    }
}
