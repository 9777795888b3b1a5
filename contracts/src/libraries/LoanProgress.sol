// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {LoanParts} from "./LoanParts.sol";
import {ProductTable} from "./ProductTable.sol";

/// @title What a bureau is told of a running loan
/// @notice Finds the next due, and counts rows paid on time, from a loan's words and its table.
/// @dev Times are on the loan's clock. A row asks for nothing if it defers, or asks for interest at
///      a rate of 0. Other rows ask for nothing only when the loan is so small that a level, a
///      share or an interest rounds to 0; a record then expires early, never late.
library LoanProgress {
    using LoanParts for ILoanEngine.Loan;
    using ProductTable for ProductTable.Product;

    /// @notice When the oldest unpaid row falls due that asks for something; if all rows are paid
    ///         and fees are left, when the last row did.
    function nextDueAt(ProductTable.Product memory table, ILoanEngine.Loan memory loan)
        internal
        pure
        returns (uint256)
    {
        uint256 last = table.count - 1;
        uint256 k = loan.paid();
        while (k < last && !_asks(table.rowAt(k))) ++k;
        if (k > last) k = last;
        return _dueAt(table, loan, k);
    }

    /// @notice Number of rows from `first` up to those behind the loan that had begun at a time, ask
    ///         for something, and were not found late.
    function onTimeFrom(
        ProductTable.Product memory table,
        ILoanEngine.Loan memory loan,
        uint256 first,
        uint256 time
    ) internal pure returns (uint256 count) {
        uint256 end = loan.paid();
        uint256 judged = loan.assessed();
        for (uint256 k = first; k < end; ++k) {
            uint256 beginsAt = loan.startedAt();
            if (k != 0) beginsAt = _dueAt(table, loan, k - 1);
            if (beginsAt > time) break;
            if (k >= judged && _asks(table.rowAt(k))) ++count;
        }
    }

    function _asks(uint256 row) private pure returns (bool) {
        uint256 kind = ProductTable.kindOf(row);
        return kind != ProductTable.DEFER
            && (kind != ProductTable.INTEREST || ProductTable.rateOf(row) != 0);
    }

    function _dueAt(ProductTable.Product memory table, ILoanEngine.Loan memory loan, uint256 k)
        private
        pure
        returns (uint256)
    {
        return loan.startedAt() + loan.shift() + ProductTable.dueOf(table.rowAt(k));
    }
}
