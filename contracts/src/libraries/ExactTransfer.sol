// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";

/// @title Transfers that move exactly what was said
/// @notice Tokens that charge a fee, or answer without moving anything, would leave the market
///         with less than its lenders own, so its own balance is compared around every transfer.
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice Takes `expected` base units from `from`, who has allowed it.
    function pullExactly(IERC20 token, address from, uint256 expected) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), expected);
        uint256 actual = token.balanceOf(address(this)) - before;
        _requireEqual(token, expected, actual);
    }

    /// @notice Sends `expected` base units to `to`.
    /// @dev A token that charged the sender more would be paid by other lenders, so that is
    ///      refused as well.
    function pushExactly(IERC20 token, address to, uint256 expected) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(to, expected);
        uint256 actual = before - token.balanceOf(address(this));
        _requireEqual(token, expected, actual);
    }

    function _requireEqual(IERC20 token, uint256 expected, uint256 actual) private pure {
        if (actual != expected) {
            revert ILoanMarket.TransferAmountMismatch(address(token), expected, actual);
        }
    }
}
