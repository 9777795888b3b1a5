// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanMath} from "../../src/libraries/LoanMath.sol";
import {LoanSchedule} from "../../src/libraries/LoanSchedule.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev The arithmetic of loans. Whatever the interest of a period is, these hold.
contract LoanProperties is SymbolicBase {
    uint256 private constant MOST = 3; // instalments

    function instalment(uint48 balance, uint16 rateBps, uint48 level, bool last)
        private
        pure
        returns (uint256 interest, uint256 amount, uint256 part)
    {
        interest = LoanMath.interestRoundedHalfUp(balance, rateBps);
        vm.assume(interest <= balance); // a rate of at most 10,000 basis points
        (amount, part) = LoanMath.instalmentOf(balance, rateBps, level, last);
    }

    function check_AnInstalmentIsInterestAndPart(
        uint48 balance,
        uint16 rateBps,
        uint48 level,
        bool last
    ) external pure {
        (uint256 interest, uint256 amount, uint256 part) =
            instalment(balance, rateBps, level, last);
        assert(amount == interest + part);
    }

    function check_APartNeverExceedsTheBalance(
        uint48 balance,
        uint16 rateBps,
        uint48 level,
        bool last
    ) external pure {
        (,, uint256 part) = instalment(balance, rateBps, level, last);
        assert(part <= balance);
    }

    function check_TheLastInstalmentRepaysEverything(
        uint48 balance,
        uint16 rateBps,
        uint48 level
    ) external pure {
        (uint256 interest, uint256 amount, uint256 part) =
            instalment(balance, rateBps, level, true);
        assert(part == balance && amount == balance + interest);
    }

    function check_NoInstalmentIsAboveTheLevelButForInterest(
        uint48 balance,
        uint16 rateBps,
        uint48 level
    ) external pure {
        (uint256 interest, uint256 amount,) = instalment(balance, rateBps, level, false);
        assert(amount <= level || amount == interest);
    }

    // --- running loans ------------------------------------------------------------------------

    /// @dev A loan of at most three instalments that is somewhere in its life.
    function running(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms
    ) private view {
        vm.assume(terms.instalments >= 1 && terms.instalments <= MOST);
        vm.assume(terms.period > 0 && terms.rateBps <= 10_000);
        vm.assume(loan.paidInstalments < terms.instalments);
        vm.assume(loan.startedAt <= block.timestamp);
    }

    /// @dev Interest and amount of everything that is still unpaid.
    function remaining(ILoanMarket.Loan memory loan, ILoanMarket.ProductTerms memory terms)
        private
        pure
        returns (uint256 sum)
    {
        uint256 balance = loan.balance;
        for (uint256 k = loan.paidInstalments; k < terms.instalments; ++k) {
            uint256 interest = LoanMath.interestRoundedHalfUp(balance, terms.rateBps);
            vm.assume(interest <= balance);
            (uint256 amount, uint256 part) = LoanMath.instalmentOf(
                balance, terms.rateBps, loan.instalment, k + 1 == terms.instalments
            );
            sum += amount;
            balance -= part;
        }
        assert(balance == 0);
        sum = sum > loan.credit ? sum - loan.credit : 0;
        sum += loan.feesOwed;
    }

    /// @dev Nobody pays more by paying now.
    function check_ASettlementIsAtMostTheRemaining(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms
    ) external view {
        running(loan, terms);
        uint256 most = remaining(loan, terms);
        assert(LoanSchedule.settlement(loan, terms) <= most);
    }

    function check_ASettlementCoversTheBalanceAndFees(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms
    ) external view {
        running(loan, terms);
        vm.assume(loan.credit == 0);
        remaining(loan, terms);
        assert(LoanSchedule.settlement(loan, terms) >= uint256(loan.balance) + loan.feesOwed);
    }

    function check_PeriodsAreCountedWithinTheLoan(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms
    ) external view {
        vm.assume(terms.period > 0 && loan.startedAt <= block.timestamp);
        uint256 elapsed = LoanSchedule.countElapsed(loan, terms);
        uint256 begun = LoanSchedule.countBegun(loan, terms);
        assert(elapsed <= begun && begun <= elapsed + 1 && begun <= terms.instalments);
    }

    function check_LatenessIsJudgedOnce(
        ILoanMarket.Loan memory loan,
        ILoanMarket.ProductTerms memory terms
    ) external view {
        vm.assume(terms.period > 0 && terms.instalments <= 120);
        vm.assume(loan.feesOwed < 1 << 47 && terms.lateFee < 1 << 40);
        uint256 before = loan.assessedInstalments;
        uint256 fees = loan.feesOwed;
        (, uint256 count) = LoanSchedule.assess(loan, terms);
        assert(loan.assessedInstalments >= before);
        assert(count <= terms.instalments);
        uint256 owed = loan.feesOwed;
        (, uint256 again) = LoanSchedule.assess(loan, terms);
        assert(again == 0 && loan.feesOwed == owed && owed >= fees);
    }
}
