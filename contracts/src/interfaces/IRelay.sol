// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {PositionId} from "../types/PositionId.sol";
import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Relay that pays a market with a signed permit
/// @notice Takes tokens from their owner, pays the market, and gives back what the market did not
///         take. Between calls it keeps nothing.
/// @dev The owner permits the relay to take the tokens (ERC-2612). A permit that fails is passed
///      over: somebody may have used it before, and then the allowance is there.
///      A permit names neither loan nor deed. So a funding is sent by the owner. A repayment is sent
///      by the owner as well, or by anybody for a loan of which the owner is the borrower, and only
///      if the allowance is exactly the amount that is paid.
///
///      Assumptions:
///      - the market answers as {ILoanMarket} says.
interface IRelay {
    /// @notice A permit of ERC-2612 for this relay and the whole amount, base units of the token.
    /// @param owner Address that owns the tokens.
    /// @param deadline Last second at which the token accepts it, Unix seconds.
    /// @param v Last part of the signature.
    /// @param r First part of the signature.
    /// @param s Second part of the signature.
    struct Permit {
        address owner;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Thrown when somebody other than the owner sends what only the owner may send.
    /// @param owner Address that owns the tokens.
    /// @param caller Address that tried.
    error NotOwner(address owner, address caller);

    /// @notice Market that is paid; fixed at deployment.
    /// @return The market's contract.
    function market() external view returns (ILoanMarket);

    /// @notice Pays on a loan, see {ILoanMarket.repay}.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param amount The most that is paid, minor currency units.
    /// @param permit The permit of the owner of the tokens.
    /// @return paid What was credited, minor currency units.
    function repayWithPermit(
        LoanId loanId,
        address borrower,
        uint256 amount,
        Permit calldata permit
    ) external returns (uint256 paid);

    /// @notice Funds an application, see {ILoanMarket.fund}; the position is the caller's.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param product The loan's product.
    /// @param amount The most that is funded, minor currency units.
    /// @param permit The caller's permit.
    /// @return positionId Number of the new position.
    /// @return accepted What was taken of `amount`, minor currency units.
    function fundWithPermit(
        LoanId loanId,
        address borrower,
        address product,
        uint256 amount,
        Permit calldata permit
    ) external returns (PositionId positionId, uint256 accepted);
}
