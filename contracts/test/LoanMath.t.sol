// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanMath} from "../src/libraries/LoanMath.sol";
import {TestBase} from "./support/TestBase.sol";

contract LoanMathTest is TestBase {
    /// @dev The reference is exact rational arithmetic, see tests/support/loan/loan_reference.py.
    function testSchedulesEqualTheExactReference() public view {
        string memory json = vm.readFile("test/fixtures/loan_schedules.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertTrue(count >= 70, "vectors");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = string.concat(".cases[", vm.toString(i), "]");
            uint256[] memory row = vm.parseJsonUintArray(json, path);
            uint256 level = LoanMath.levelInstalmentRoundedHalfUp(row[0], row[1], row[2]);
            assertEq(level, row[3], "level");
            uint256 balance = row[0];
            for (uint256 k = 0; k < row[2]; ++k) {
                (uint256 amount, uint256 part) =
                    LoanMath.instalmentOf(balance, row[1], level, k + 1 == row[2]);
                assertEq(amount, row[4 + k], "instalment");
                balance -= part;
            }
            assertEq(balance, 0, "balance");
        }
    }

    /// @dev Fineract's longest stream of bugs: last instalment and overdue-interest rounding.
    function testFuzzScheduleSumsToPrincipalPlusInterest(
        uint48 principal,
        uint16 rate,
        uint8 count
    ) public pure {
        uint256 rateBps = clamp(rate, 0, 10_000);
        uint256 n = clamp(count, 1, 120);
        uint256 level = LoanMath.levelInstalmentRoundedHalfUp(principal, rateBps, n);
        uint256 balance = principal;
        uint256 total;
        uint256 interest;
        for (uint256 k = 0; k < n; ++k) {
            uint256 owed = LoanMath.interestRoundedHalfUp(balance, rateBps);
            (uint256 amount, uint256 part) =
                LoanMath.instalmentOf(balance, rateBps, level, k + 1 == n);
            assertEq(amount, owed + part, "split");
            total += amount;
            interest += owed;
            balance -= part;
        }
        assertEq(balance, 0, "nothing left");
        assertEq(total, principal + interest, "sum");
    }

    /// @dev The last instalment stays near the others for every sensible loan.
    function testFuzzLastInstalmentIsCloseToLevel(uint48 principal, uint16 rate, uint8 count)
        public
        pure
    {
        uint256 rateBps = clamp(rate, 0, 500);
        uint256 n = clamp(count, 1, 36);
        uint256 amount = clamp(principal, 10_000, 1 << 46);
        uint256 level = LoanMath.levelInstalmentRoundedHalfUp(amount, rateBps, n);
        uint256 balance = amount;
        for (uint256 k = 0; k + 1 < n; ++k) {
            (, uint256 part) = LoanMath.instalmentOf(balance, rateBps, level, false);
            balance -= part;
        }
        (uint256 last,) = LoanMath.instalmentOf(balance, rateBps, level, true);
        // one half-unit a period from each of two roundings, grown by at most 1.05^36 < 6
        assertLe(last, level + 6 * n, "above");
        assertLe(level, last + 6 * n, "below");
    }

    function testFuzzLevelGrowsWithRateAndPrincipal(uint48 principal, uint16 rate, uint8 count)
        public
        pure
    {
        uint256 rateBps = clamp(rate, 0, 9_999);
        uint256 n = clamp(count, 1, 120);
        uint256 level = LoanMath.levelInstalmentRoundedHalfUp(principal, rateBps, n);
        assertLe(level, LoanMath.levelInstalmentRoundedHalfUp(principal, rateBps + 1, n), "rate");
        uint256 more = uint256(principal) + 1;
        assertLe(level, LoanMath.levelInstalmentRoundedHalfUp(more, rateBps, n), "principal");
    }

    function testInterestRoundsHalvesUp() public pure {
        assertEq(LoanMath.interestRoundedHalfUp(1, 4_999), 0, "below half");
        assertEq(LoanMath.interestRoundedHalfUp(1, 5_000), 1, "half");
        assertEq(LoanMath.interestRoundedHalfUp(3, 5_000), 2, "one and a half");
        assertEq(LoanMath.interestRoundedHalfUp(0, 10_000), 0, "nothing");
    }

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
}
