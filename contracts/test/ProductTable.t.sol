// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProductTable} from "../src/libraries/ProductTable.sol";
import {TableFixture} from "./support/TableFixture.sol";

/// @dev Levels and rows of a table: those of a loan with level instalments, to the unit.
contract ProductTableTest is TableFixture {
    using ProductTable for ProductTable.Product;

    uint256 private constant A_BASIS_POINT = 1e5;

    /// @dev Level rows and a rest, a month each, at one rate; levels are rounded half up.
    function levels(uint256 rateBps, uint256 count)
        private
        pure
        returns (ProductTable.Product memory table)
    {
        bytes memory rows = new bytes(ProductTable.ROW_LENGTH * count);
        for (uint256 k = 0; k < count; ++k) {
            uint256 kind = k + 1 == count ? ProductTable.REST : ProductTable.LEVEL;
            bytes memory row = rowOf((k + 1) * MONTH, rateBps * A_BASIS_POINT, kind, 0);
            for (uint256 i = 0; i < row.length; ++i) {
                rows[k * row.length + i] = row[i];
            }
        }
        bytes memory header = plainHeader();
        put(header, ProductTable.ROUNDING, 2);
        (table,) = ProductTable.from(join(header, rows));
    }

    /// @dev The reference is exact rational arithmetic, see tests/support/loan/loan_reference.py.
    function testSchedulesEqualTheExactReference() public view {
        string memory json = vm.readFile("test/fixtures/loan_schedules.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertTrue(count >= 70, "vectors");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = string.concat(".cases[", vm.toString(i), "]");
            uint256[] memory row = vm.parseJsonUintArray(json, path);
            ProductTable.Product memory table = levels(row[1], row[2]);
            uint256 level = table.levelFrom(0, row[0], row[0]);
            assertEq(level, row[3], "level");
            uint256 balance = row[0];
            uint256 amount;
            for (uint256 k = 0; k < row[2]; ++k) {
                (amount,, balance) =
                    ProductTable.runRow(table.rowAt(k), balance, row[0], level);
                assertEq(amount, row[4 + k], "instalment");
            }
            assertEq(balance, 0, "balance");
        }
    }

    /// @dev Fineract's longest stream of bugs: the rounding of the last instalment. It stays near
    ///      the others for every sensible loan.
    function testFuzzTheRestIsCloseToTheLevel(uint48 principal, uint16 rate, uint8 count)
        public
        pure
    {
        uint256 n = clamp(count, 1, 36);
        uint256 balance = clamp(principal, 10_000, 1 << 46);
        uint256 base = balance;
        ProductTable.Product memory table = levels(clamp(rate, 0, 500), n);
        uint256 level = table.levelFrom(0, balance, base);
        uint256 amount;
        for (uint256 k = 0; k < n; ++k) {
            (amount,, balance) = ProductTable.runRow(table.rowAt(k), balance, base, level);
        }
        assertEq(balance, 0, "nothing left");
        // one half-unit a row from each of two roundings, grown by at most 1.05^36 < 6
        assertLe(amount, level + 6 * n, "above");
        assertLe(level, amount + 6 * n, "below");
    }

    function testFuzzALevelGrowsWithRateAndPrincipal(uint48 principal, uint16 rate, uint8 count)
        public
        pure
    {
        uint256 rateBps = clamp(rate, 0, 9_999);
        uint256 n = clamp(count, 1, 120);
        uint256 balance = principal;
        ProductTable.Product memory table = levels(rateBps, n);
        uint256 level = table.levelFrom(0, balance, balance);
        uint256 dearer = levels(rateBps + 1, n).levelFrom(0, balance, balance);
        assertLe(level, dearer, "rate");
        assertLe(level, table.levelFrom(0, balance + 1, balance + 1), "principal");
    }

    function testInterestRoundsHalvesUp() public pure {
        uint256 below = uint256(499_999_999) << 40;
        uint256 half = uint256(5e8) << 40;
        assertEq(ProductTable.interestRoundedHalfUp(1, below), 0, "below half");
        assertEq(ProductTable.interestRoundedHalfUp(1, half), 1, "half");
        assertEq(ProductTable.interestRoundedHalfUp(3, half), 2, "one and a half");
        assertEq(ProductTable.interestRoundedHalfUp(0, uint256(1e9) << 40), 0, "nothing");
    }
}
