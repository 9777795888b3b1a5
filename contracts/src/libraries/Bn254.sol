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
///      The modulus is kept on the stack: the optimizer stores a wide constant that is used often
///      as data, which costs more gas to read than it saves.
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
            let q := BN254_Q
            let right := addmod(mulmod(mulmod(x, x, q), x, q), 3, q)
            valid := and(and(lt(x, q), lt(y, q)), eq(mulmod(y, y, q), right))
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
            let q := BN254_Q
            valid := and(and(lt(x0, q), lt(x1, q)), and(lt(y0, q), lt(y1, q)))
            // x^2, in a; then x^3 + b', in c
            let a0 := mulmod(addmod(x0, x1, q), addmod(x0, sub(q, x1), q), q)
            let a1 := mulmod(addmod(x0, x0, q), x1, q)
            let c0 := addmod(mulmod(a0, x0, q), sub(q, mulmod(a1, x1, q)), q)
            let c1 := addmod(mulmod(a0, x1, q), mulmod(a1, x0, q), q)
            c0 := addmod(c0, TWIST_C0, q)
            c1 := addmod(c1, TWIST_C1, q)
            // y^2
            a0 := mulmod(addmod(y0, y1, q), addmod(y0, sub(q, y1), q), q)
            a1 := mulmod(addmod(y0, y0, q), y1, q)
            valid := and(valid, and(eq(a0, c0), eq(a1, c1)))
        }
    }
}
