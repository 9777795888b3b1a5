// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../../src/interfaces/ILoanEngine.sol";
import {DataContract} from "../../src/libraries/DataContract.sol";
import {LoanWords} from "../../src/libraries/LoanWords.sol";
import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {LoanEngine} from "../../src/market/LoanEngine.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev One row of a table, for every balance, base, level and row that its bits allow; and a
///      payment of a loan of two rows.
contract LoanEngineProperties is SymbolicBase {
    uint256 private constant START = 1_800_000_000;

    LoanEngine private engine;
    address private product;

    function setUp() public {
        engine = new LoanEngine();
        // an interest row and the rest, 30 days each; late fee 500 up to 1,200, grace 5 days. Without
        // interest: with its division, halmos did not finish in 15 minutes.
        bytes memory header = new bytes(ProductTable.HEADER_LENGTH);
        (header[0], header[1], header[2], header[3]) = (hex"01", hex"02", hex"01", hex"03");
        header[40] = hex"01"; // the token's unit
        (header[77], header[78]) = (hex"01", hex"f4");
        (header[83], header[84]) = (hex"04", hex"b0");
        (header[86], header[87], header[88]) = (hex"06", hex"97", hex"80");
        (header[90], header[91], header[92]) = (hex"4f", hex"1a", hex"00");
        product = DataContract.write(
            bytes.concat(
                header,
                abi.encodePacked(uint40(30 days), uint48(0), uint8(3), uint32(0)),
                abi.encodePacked(uint40(60 days), uint48(0), uint8(5), uint32(0))
            )
        );
    }

    /// @dev A loan that runs takes every payment at every time, and counts it.
    function check_ARepaymentIsTotal(
        uint48 balance,
        uint48 credit,
        uint16 feesOwed,
        uint48 amount,
        uint32 after_
    ) external view {
        vm.assume(balance > 0 && balance < 1 << 46 && credit < 1 << 40);
        vm.assume(feesOwed <= 1_200 && amount > 0 && amount < 1 << 46);
        LoanWords.State memory state = LoanWords.start(product, balance, START);
        state.credit = credit;
        (state.feesOwed, state.feesCharged) = (feesOwed, feesOwed);
        ILoanEngine.Loan memory loan = LoanWords.pack(state);
        try engine.run(
            ILoanEngine.Action.Repay, loan, amount, START + after_, address(0)
        ) returns (ILoanEngine.Loan memory next, ILoanEngine.Outcome memory outcome) {
            assert(outcome.taken <= amount && outcome.tokens == outcome.taken);
            assert(LoanWords.unpack(next).received == outcome.taken);
        } catch {
            assert(false);
        }
    }

    /// @dev A loan that runs, somewhere before its first row is paid.
    function running(uint48 balance, uint48 credit, uint16 feesOwed)
        private
        view
        returns (ILoanEngine.Loan memory)
    {
        vm.assume(balance > 0 && balance < 1 << 46 && credit < 1 << 40 && feesOwed <= 1_200);
        LoanWords.State memory state = LoanWords.start(product, balance, START);
        state.credit = credit;
        (state.feesOwed, state.feesCharged) = (feesOwed, feesOwed);
        return LoanWords.pack(state);
    }

    /// @dev Nobody pays more by paying now, and nobody gets out for less than the balance.
    function check_ASettlementIsBetweenBalanceAndRemaining(
        uint48 balance,
        uint48 credit,
        uint16 feesOwed,
        uint32 after_
    ) external view {
        vm.assume(credit <= balance);
        ILoanEngine.Quote memory costs =
            engine.quote(running(balance, credit, feesOwed), START + after_);
        assert(costs.settlement <= costs.remaining);
        assert(costs.settlement + credit >= uint256(balance) + feesOwed);
        assert(costs.fees >= feesOwed && costs.fees <= 1_200);
    }

    function check_LatenessIsJudgedOnce(uint48 balance, uint16 feesOwed, uint32 after_)
        external
        view
    {
        vm.assume(balance > 2);
        ILoanEngine.Loan memory loan = running(balance, 0, feesOwed);
        ILoanEngine.Outcome memory outcome;
        (loan, outcome) =
            engine.run(ILoanEngine.Action.Repay, loan, 1, START + after_, address(0));
        assert(outcome.late <= 2 && outcome.charged <= 1_200);
        (, outcome) = engine.run(ILoanEngine.Action.Repay, loan, 1, START + after_, address(0));
        assert(outcome.late == 0 && outcome.charged == 0);
    }

    /// @dev The row's parts, and the interest, which is the only product of two unknown numbers.
    function row(uint48 balance, uint128 bits) private pure returns (uint256 interest) {
        interest = ProductTable.interestRoundedHalfUp(balance, bits);
        vm.assume(interest <= ProductTable.MAX_AMOUNT - balance);
    }

    function check_AnAmountIsInterestAndWhatTheBalanceFallsBy(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        row(balance, bits);
        (uint256 amount, uint256 interest, uint256 rest) =
            ProductTable.runRow(bits, balance, base, level);
        assert(amount + rest == balance + interest);
    }

    function check_ARowAsksForNoMoreThanIsOwed(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        uint256 interest = row(balance, bits);
        (uint256 amount,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(amount <= balance + interest && rest <= ProductTable.MAX_AMOUNT);
    }

    function check_ARestLeavesNothing(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint40 due,
        uint48 rate
    ) external pure {
        uint256 bits = uint256(due) << 88 | uint256(rate) << 40 | ProductTable.REST << 32;
        vm.assume(
            ProductTable.interestRoundedHalfUp(balance, bits) <= ProductTable.MAX_AMOUNT - balance
        );
        (,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(rest == 0);
    }

    function check_OnlyLevelsAndDeferredRowsRaiseTheBalance(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        row(balance, bits);
        uint256 kind = ProductTable.kindOf(bits);
        vm.assume(kind != ProductTable.LEVEL && kind != ProductTable.DEFER);
        (,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(rest <= balance);
    }
}
