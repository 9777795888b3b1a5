// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {IRelay} from "../interfaces/IRelay.sol";
import {ApplicationWords} from "../libraries/ApplicationWords.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {PositionId} from "../types/PositionId.sol";

/// @title Relay that pays a market with a signed permit
/// @dev What was in the relay before a call, by somebody's mistake, stays in it.
contract Relay is IRelay, ReentrancyGuard {
    using ProductTable for ProductTable.Product;
    using SafeERC20 for IERC20;

    /// @inheritdoc IRelay
    ILoanMarket public immutable market;

    /// @notice Deploys a relay. Reverts with NotAContract or WrongKind if the address is not a
    ///         market's.
    /// @param market_ Market that is paid.
    constructor(ILoanMarket market_) {
        Requirements.requireAnswer(
            address(market_), abi.encodeCall(ILoanMarket.entry, (LoanId.wrap(0))), 5
        );
        market = market_;
    }

    /// @inheritdoc IRelay
    function repayWithPermit(
        LoanId loanId,
        address borrower,
        uint256 amount,
        Permit calldata permit
    ) external nonReentrant returns (uint256 paid) {
        ProductTable.Product memory table = _tableOf(loanId);
        IERC20 token = IERC20(table.account(ProductTable.TOKEN));
        uint256 unit = table.field(ProductTable.TOKEN_UNIT);
        _permit(token, permit, amount * unit);
        if (msg.sender != permit.owner) {
            bool exact = token.allowance(permit.owner, address(this)) == amount * unit;
            // nobody else makes more of an allowance than the owner signed for
            if (permit.owner != borrower || !exact) revert NotOwner(permit.owner, msg.sender);
        }
        uint256 before = token.balanceOf(address(this));
        uint256 arrived = _take(token, permit.owner, amount * unit);
        paid = market.repay(loanId, borrower, arrived / unit);
        _giveBack(token, permit.owner, before);
    }

    /// @inheritdoc IRelay
    function fundWithPermit(
        LoanId loanId,
        address borrower,
        address product,
        uint256 amount,
        Permit calldata permit
    ) external nonReentrant returns (PositionId positionId, uint256 accepted) {
        if (msg.sender != permit.owner) revert NotOwner(permit.owner, msg.sender);
        ProductTable.Product memory table = _tableOf(loanId);
        IERC20 token = IERC20(table.account(ProductTable.TOKEN));
        uint256 tokens = amount * table.field(ProductTable.TOKEN_UNIT);
        _permit(token, permit, tokens);
        uint256 before = token.balanceOf(address(this));
        _take(token, msg.sender, tokens);
        (positionId, accepted) = market.fund(loanId, borrower, product, amount, msg.sender);
        _giveBack(token, msg.sender, before);
    }

    function _tableOf(LoanId loanId) private view returns (ProductTable.Product memory) {
        return ProductTable.read(ApplicationWords.productOf(market.entry(loanId).terms));
    }

    /// @dev Its failure has no effect: the transfer that follows needs the allowance alone.
    function _permit(IERC20 token, Permit calldata permit, uint256 tokens) private {
        (bool done,) = address(token).call(
            abi.encodeCall(
                IERC20Permit.permit,
                (
                    permit.owner,
                    address(this),
                    tokens,
                    permit.deadline,
                    permit.v,
                    permit.r,
                    permit.s
                )
            )
        );
        done;
    }

    /// @dev Takes tokens, lets the market take them, and returns how many arrived.
    function _take(IERC20 token, address owner, uint256 tokens)
        private
        returns (uint256 arrived)
    {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(owner, address(this), tokens);
        arrived = token.balanceOf(address(this)) - before;
        token.forceApprove(address(market), arrived);
    }

    function _giveBack(IERC20 token, address owner, uint256 before) private {
        token.forceApprove(address(market), 0);
        uint256 left = token.balanceOf(address(this)) - before;
        if (left != 0) token.safeTransfer(owner, left);
    }
}
