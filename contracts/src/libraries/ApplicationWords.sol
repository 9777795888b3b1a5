// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {LoanWords} from "./LoanWords.sol";

/// @title The words of an application that waits for its funding
/// @notice Takes an application apart and puts it together again. Its words stand where those of
///         the running loan will be, so that an application costs no storage of its own.
/// @dev From the highest bit down. First word: product (160), deadline (40), time of the proof (40).
///      Second word: principal, funded, reached (48 each), gap (64). The third word is the root.
///      Parts are not cut: amounts are at most the principal, which the engine bounds by 2^48, and
///      no market lives to see a time of 2^40 or a position of 2^64.
library ApplicationWords {
    /// @notice An application, taken apart.
    /// @param product Data contract of the product.
    /// @param deadline Last second at which it can be funded, Unix seconds.
    /// @param provedAt Time that its proof calls "now", Unix seconds.
    /// @param principal Amount asked for, minor currency units.
    /// @param funded Sum of its positions, minor currency units.
    /// @param reached Where the interval that was never funded begins, minor currency units.
    /// @param gap Number of the position that left last and is not filled again; 0 without one.
    struct State {
        address product;
        uint256 deadline;
        uint256 provedAt;
        uint256 principal;
        uint256 funded;
        uint256 reached;
        uint256 gap;
    }

    /// @notice Takes an application apart.
    function unpack(uint256 terms, uint256 debt) internal pure returns (State memory state) {
        state.product = productOf(terms);
        state.deadline = deadlineOf(terms);
        state.provedAt = uint40(terms >> 16);
        state.principal = debt >> 208;
        state.funded = uint48(debt >> 160);
        state.reached = uint48(debt >> 112);
        state.gap = uint64(debt >> 48);
    }

    /// @notice The product in the first word, of an application and of a running loan.
    function productOf(uint256 terms) internal pure returns (address) {
        return address(uint160(terms >> 96));
    }

    /// @notice The deadline in the first word.
    function deadlineOf(uint256 terms) internal pure returns (uint256) {
        return uint40(terms >> 56);
    }

    /// @notice The first word.
    function termsOf(State memory state) internal pure returns (uint256) {
        return uint256(uint160(state.product)) << 96 | state.deadline << 56 | state.provedAt << 16;
    }

    /// @notice The second word.
    function debtOf(State memory state) internal pure returns (uint256) {
        return state.principal << 208 | state.funded << 160 | state.reached << 112
            | state.gap << 48;
    }

    /// @notice The words of the loan that begins at a time, as {LoanWords.start} gives them.
    function released(State memory state, uint256 time)
        internal
        pure
        returns (ILoanEngine.Loan memory)
    {
        return ILoanEngine.Loan({
            terms: uint256(uint160(state.product)) << 96 | time << 56,
            debt: state.principal * (1 << 208 | 1 << 160 | 1 << 112),
            account: LoanWords.NEVER << 16 | uint256(ILoanEngine.Standing.Active)
        });
    }
}
