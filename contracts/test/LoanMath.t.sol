// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanMath} from "../src/libraries/LoanMath.sol";
import {TestBase} from "./support/TestBase.sol";

contract LoanMathTest is TestBase {
    function testFuzzSharesNeverExceedTheWhole(uint48 a, uint48 b, uint48 received, uint96 unit)
        public
        pure
    {
        uint256 whole = uint256(a) + b;
        if (whole == 0) return;
        uint256 parts = LoanMath.shareRoundedDown(a, received, unit, whole)
            + LoanMath.shareRoundedDown(b, received, unit, whole);
        assertLe(parts, uint256(received) * unit, "more than came in");
        assertLe(uint256(received) * unit, parts + 1, "less than one base unit lost a position");
    }

    function testTheLargestNumbersFit() public pure {
        uint256 most = type(uint48).max;
        uint256 share = LoanMath.shareRoundedDown(most, most, type(uint96).max, most);
        assertEq(share, most * type(uint96).max, "everything");
    }
}
