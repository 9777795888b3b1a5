// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {LoanMath} from "./LoanMath.sol";

/// @title What a loan owes, and when
/// @notice Instalments, lateness, default and settlement by the rules of ILoanMarket. Every
///         function works on memory copies, so that the market can also compute what would happen.
library LoanSchedule {
    using SafeCast for uint256;

    uint256 private constant AMOUNT_LIMIT = 1 << 48;

    /// @notice Fills `amounts` with the instalments and returns the level one.
    /// @dev With the fees that could fall due, everything that a borrower ever owes stays below
    ///      2^48.
    function plan(
        ILoanMarket.ProductTerms memory terms,
        uint256 principal,
        uint256[] memory amounts
    ) internal pure returns (uint256 level) {
        if (principal == 0 || principal >= AMOUNT_LIMIT) {
            revert ILoanMarket.PrincipalOutOfRange(principal);
        }
        uint256 count = terms.instalments;
        uint256 rate = terms.rateBps;
        level = LoanMath.levelInstalmentRoundedHalfUp(principal, rate, count);
        uint256 balance = principal;
        uint256 total = count * terms.lateFee;
        uint256 part;
        for (uint256 k = 0; k < count; ++k) {
            (amounts[k], part) = LoanMath.instalmentOf(balance, rate, level, k + 1 == count);
            balance -= part;
            total += amounts[k];
        }
        uint256 last = amounts[count - 1];
        if (last == 0 || last > 2 * level || total >= AMOUNT_LIMIT) {
            revert ILoanMarket.ScheduleDegenerate();
        }
    }

    /// @notice Spends up to `budget` on instalments before `end`, in order, and returns what it
    ///         spent. An instalment that is not covered in full keeps its part as credit.
    function payInstalments(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms,
        uint256 end,
        uint256 budget
    ) internal pure returns (uint256 spent) {
        while (loan.paidInstalments < end) {
            (uint256 demanded, uint256 part) = LoanMath.instalmentOf(
                loan.balance,
                terms.rateBps,
                loan.instalment,
                loan.paidInstalments + 1 == terms.instalments
            );
            uint256 open = demanded - loan.credit;
            if (budget - spent < open) {
                loan.credit += (budget - spent).toUint48();
                return budget;
            }
            spent += open;
            loan.credit = 0;
            loan.balance -= part.toUint48();
            loan.paidInstalments += 1;
        }
    }

    /// @notice Number of instalments that have fallen due; the due second itself counts.
    function countElapsed(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        internal
        view
        returns (uint256 count)
    {
        count = (block.timestamp - loan.startedAt) / terms.period;
        if (count > terms.instalments) count = terms.instalments;
    }

    /// @notice Number of periods that have begun: the present one and all before it.
    function countBegun(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        internal
        view
        returns (uint256 count)
    {
        count = countElapsed(loan, terms);
        if (count < terms.instalments) count += 1;
    }

    /// @notice Judges lateness up to now: `count` fees for instalments, beginning with `first`.
    /// @dev Must run before a payment is booked: an instalment that is paid late is still unpaid
    ///      here.
    function assess(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        internal
        view
        returns (uint256 first, uint256 count)
    {
        uint256 late = _countLate(loan, terms, terms.grace);
        first = loan.assessedInstalments;
        if (late <= first) return (first, 0);
        if (loan.paidInstalments > first) first = loan.paidInstalments;
        loan.assessedInstalments = late.toUint16();
        if (late > first) count = late - first;
        loan.feesOwed += (count * terms.lateFee).toUint48();
    }

    /// @notice Whether default can be declared now. Late fees must have been assessed.
    function isDefaultable(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        internal
        view
        returns (bool)
    {
        uint256 late = _countLate(loan, terms, terms.defaultAfter);
        if (late > loan.paidInstalments) return true;
        return late == terms.instalments && loan.feesOwed > 0;
    }

    /// @notice What closes the loan now. Late fees must have been assessed.
    /// @dev Balance, plus interest of the unpaid periods that have begun (as the schedule would
    ///      charge it), less what was paid towards the next instalment, plus fees. A prepaid
    ///      credit above that is not paid back: it is at most one instalment's interest.
    function settlement(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        internal
        view
        returns (uint256 sum)
    {
        uint256 begun = countBegun(loan, terms);
        sum = loan.balance;
        uint256 balance = loan.balance;
        for (uint256 k = loan.paidInstalments; k < begun; ++k) {
            (uint256 demanded, uint256 part) = LoanMath.instalmentOf(
                balance, terms.rateBps, loan.instalment, k + 1 == terms.instalments
            );
            sum += demanded - part;
            balance -= part;
        }
        sum = sum > loan.credit ? sum - loan.credit : 0;
        sum += loan.feesOwed;
    }

    /// @dev Number of instalments that fell due more than `delay` seconds ago.
    function _countLate(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms,
        uint256 delay
    ) private view returns (uint256 count) {
        uint256 from = loan.startedAt + delay + 1;
        if (block.timestamp < from) return 0;
        count = (block.timestamp - from) / terms.period;
        if (count > terms.instalments) count = terms.instalments;
    }
}
