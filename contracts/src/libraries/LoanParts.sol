// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../interfaces/ILoanEngine.sol";

/// @title Single parts of a running loan's words
/// @notice What a market reads of a loan; {LoanWords} takes it apart as a whole, which is longer
///         code. {ILoanEngine.Loan} lists the parts.
library LoanParts {
    /// @notice Time of release or of the last restructuring, on the loan's clock.
    function startedAt(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint40(loan.terms >> 56);
    }

    /// @notice Amount lent, minor currency units.
    function principal(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return loan.debt >> 208;
    }

    /// @notice Outstanding after the rows behind the loan, minor currency units.
    function balance(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint48(loan.debt >> 112);
    }

    /// @notice Number of rows behind the loan.
    function paid(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint8(loan.debt >> 8);
    }

    /// @notice Number of rows whose lateness was judged.
    function assessed(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint8(loan.debt);
    }

    /// @notice Everything paid in, minor currency units.
    function received(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return loan.account >> 208;
    }

    /// @notice Left of the debt after a default, minor currency units.
    function recoveryOwed(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint48(loan.account >> 160);
    }

    /// @notice Time by which holidays moved the unpaid rows, seconds.
    function shift(ILoanEngine.Loan memory loan) internal pure returns (uint256) {
        return uint40(loan.account >> 24);
    }

    /// @notice Where the loan stands.
    function standing(ILoanEngine.Loan memory loan) internal pure returns (ILoanEngine.Standing) {
        return ILoanEngine.Standing(uint8(loan.account));
    }
}
