// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BabyJubJub} from "../../src/libraries/BabyJubJub.sol";
import {BN254_Q, BN254_R, Bn254} from "../../src/libraries/Bn254.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev A point has one encoding: whatever the curve's equation says, large numbers are refused.
contract CurveProperties is SymbolicBase {
    function check_PointsOfG1AreCanonical(uint256 x, uint256 y) external pure {
        if (Bn254.isG1(x, y)) assert(x < BN254_Q && y < BN254_Q);
    }

    function check_PointsOfTheTwistAreCanonical(uint256 x1, uint256 x0, uint256 y1, uint256 y0)
        external
        pure
    {
        if (!Bn254.isOnTwist(x1, x0, y1, y0)) return;
        assert(x1 < BN254_Q && x0 < BN254_Q && y1 < BN254_Q && y0 < BN254_Q);
    }

    function check_PointsOfBabyJubJubAreCanonical(uint256 x, uint256 y) external pure {
        if (BabyJubJub.isOnCurve(x, y)) assert(x < BN254_R && y < BN254_R);
    }

    function check_InfinityIsNoPoint() external pure {
        assert(!Bn254.isG1(0, 0) && !Bn254.isOnTwist(0, 0, 0, 0));
        assert(BabyJubJub.isOnCurve(0, 1) && BabyJubJub.isLowOrder(0, 1));
    }
}
